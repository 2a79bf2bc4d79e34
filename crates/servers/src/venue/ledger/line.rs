//! [`Line`]: one row as it stands in a file, with its checksum and its place in the chain.
//!
//! `CRC CHAIN GROUP LEFT JSON`: eight hex digits of CRC-32 (the one of gzip) over all that follows its blank; 64 hex digits
//! of SHA-256 over the 32 bytes of the chain before it and the bytes of the JSON; the number of the group, decimal; how many
//! rows of the group follow, decimal; the JSON.

use flate2::Crc;
use sha2::{Digest, Sha256};

/// The running hash over all rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Chain([u8; 32]);

impl Chain {
    /// Returns the chain with one more row.
    #[must_use]
    pub fn with(self, json: &[u8]) -> Self {
        let mut hash = Sha256::new();
        hash.update(self.0);
        hash.update(json);
        Self(hash.finalize().into())
    }

    /// Returns it as 64 hex digits.
    #[must_use]
    pub fn hex(self) -> String {
        self.0.iter().fold(String::with_capacity(64), |mut text, byte| {
            for digit in [byte >> 4, byte & 15] {
                text.push(char::from(b"0123456789abcdef"[usize::from(digit)]));
            }
            text
        })
    }
}

/// A line that has passed its checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// Number of the group that was synced at once.
    pub group: u64,
    /// Rows of the group behind this one.
    pub left: u64,
    /// The chain up to this row.
    pub chain: Chain,
    /// The row.
    pub json: &'a [u8],
}

/// Why a line is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// Its form.
    Form(&'static str),
    /// Its checksum.
    Sum,
}

impl std::fmt::Display for Wrong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Form(what) => f.write_str(what),
            Self::Sum => f.write_str("its CRC-32 differs"),
        }
    }
}

/// Adds a line, with its end, to `out`; returns the chain after it.
pub(super) fn write(out: &mut Vec<u8>, chain: Chain, group: u64, left: u64, json: &[u8]) -> Chain {
    let chain = chain.with(json);
    let mut body = format!("{} {group} {left} ", chain.hex()).into_bytes();
    body.extend_from_slice(json);
    out.extend_from_slice(format!("{:08x} ", sum(&body)).as_bytes());
    out.append(&mut body);
    out.push(b'\n');
    chain
}

/// Reads a line without its end; its chain is not followed here.
pub(super) fn read(line: &[u8]) -> Result<Line<'_>, Wrong> {
    let (crc, body) = split(line).ok_or(Wrong::Form("no CRC-32"))?;
    let crc = hex_u32(crc).ok_or(Wrong::Form("no CRC-32"))?;
    if sum(body) != crc {
        return Err(Wrong::Sum);
    }
    let (chain, rest) = split(body).ok_or(Wrong::Form("no chain"))?;
    let (group, rest) = split(rest).ok_or(Wrong::Form("no group"))?;
    let (left, json) = split(rest).ok_or(Wrong::Form("no count of rows"))?;
    let chain = Chain(hex_32(chain).ok_or(Wrong::Form("no chain"))?);
    let number = |text: &[u8]| std::str::from_utf8(text).ok()?.parse().ok();
    Ok(Line {
        group: number(group).ok_or(Wrong::Form("no group"))?,
        left: number(left).ok_or(Wrong::Form("no count of rows"))?,
        chain,
        json,
    })
}

fn sum(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let blank = bytes.iter().position(|byte| *byte == b' ')?;
    Some((&bytes[..blank], &bytes[blank + 1..]))
}

fn hex_u32(text: &[u8]) -> Option<u32> {
    let text = std::str::from_utf8(text).ok().filter(|text| text.len() == 8)?;
    u32::from_str_radix(text, 16).ok()
}

fn hex_32(text: &[u8]) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).ok()?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_it_was_written_and_every_flipped_bit_is_seen() {
        let mut line = Vec::new();
        let chain = write(&mut line, Chain::default(), 7, 2, br#"{"n":1}"#);
        assert_eq!(line.pop(), Some(b'\n'));
        let back = read(&line).expect("a line");
        assert_eq!(
            (back.group, back.left, back.json, back.chain),
            (7, 2, &br#"{"n":1}"#[..], chain)
        );
        for bit in 0..line.len() * 8 {
            let mut bent = line.clone();
            bent[bit / 8] ^= 1 << (bit % 8);
            assert!(read(&bent).is_err() || read(&bent) == read(&line), "bit {bit}");
        }
    }

    #[test]
    fn hostile_lines_are_errors() {
        for line in ["", " ", "00000000", "00000000 ", "zzzzzzzz a b c d", "\0\0\0\0"] {
            assert!(read(line.as_bytes()).is_err(), "{line:?}");
        }
    }
}
