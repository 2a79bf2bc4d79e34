//! [`Line`]: one line of a ledger's file, `CRC CHAIN GROUP LEFT JSON`, with its checksum held.

use flate2::Crc;
use sha2::{Digest, Sha256};

/// The running hash over all rows.
pub(super) type Chain = [u8; 32];

/// A line whose checksum holds; its place is judged by the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    pub(super) chain: Chain,
    pub(super) group: u64,
    /// Lines of the group behind this one.
    pub(super) left: u64,
    pub(super) json: &'a [u8],
}

impl<'a> Line<'a> {
    /// Reads a line without its end; says what it is instead.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, &'static str> {
        let (sum, body) = word(bytes).ok_or("no checksum")?;
        let sum = (sum.len() == 8).then(|| hex(sum)).flatten().ok_or("no checksum")?;
        let mut crc = Crc::new();
        crc.update(body);
        if u64::from(crc.sum()) != sum {
            return Err("a line whose CRC-32 differs");
        }
        let (chain, rest) = word(body).ok_or("no chain")?;
        let (group, rest) = word(rest).ok_or("no group")?;
        let (left, json) = word(rest).ok_or("no count of lines")?;
        Ok(Self {
            chain: chain_of(chain).ok_or("no chain")?,
            group: decimal(group).ok_or("no group")?,
            left: decimal(left).ok_or("no count of lines")?,
            json,
        })
    }
}

/// Returns the chain with one more row.
pub(super) fn chained(before: Chain, json: &[u8]) -> Chain {
    let mut hash = Sha256::new();
    hash.update(before);
    hash.update(json);
    hash.finalize().into()
}

fn word(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let blank = bytes.iter().position(|byte| *byte == b' ')?;
    Some((&bytes[..blank], &bytes[blank + 1..]))
}

fn hex(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0_u64, |number, digit| {
        let digit = char::from(*digit);
        let value = digit.to_digit(16).filter(|_| !digit.is_ascii_uppercase())?;
        number.checked_mul(16)?.checked_add(value.into())
    })
}

fn chain_of(digits: &[u8]) -> Option<Chain> {
    let mut chain = [0; 32];
    if digits.len() != 64 {
        return None;
    }
    for (byte, pair) in chain.iter_mut().zip(digits.chunks(2)) {
        *byte = u8::try_from(hex(pair)?).ok()?;
    }
    Some(chain)
}

fn decimal(digits: &[u8]) -> Option<u64> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written by `plimsoll venue`.
    const SEEN: &[u8] = include_bytes!("line.sample");

    #[test]
    fn a_line_of_the_venue_is_read_and_no_bent_one() {
        let line = Line::parse(SEEN).expect("a line");
        assert_eq!((line.group, line.left), (1, 0));
        assert_eq!(line.chain, chained([0; 32], line.json));
        for place in 0..SEEN.len() {
            let mut bent = SEEN.to_vec();
            bent[place] ^= 1;
            assert!(Line::parse(&bent).is_err(), "byte {place}");
        }
    }

    #[test]
    fn hostile_lines_are_errors() {
        for bytes in
            [&b""[..], b" ", b"00000000", b"00000000 ", b"zzzzzzzz a b c", b"+0000000 x y z"]
        {
            assert!(Line::parse(bytes).is_err(), "{bytes:?}");
        }
    }
}
