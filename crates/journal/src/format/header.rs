//! The head of a segment.

use super::bytes::Bytes;
use crate::tree::Hash;
use crate::words::{JournalId, Seq, Term};

/// First bytes of every segment.
pub const MAGIC: [u8; 8] = *b"PLIMJRNL";

/// Version of the format.
pub const VERSION: u16 = 1;

/// Size of the head; the first record follows it.
pub const HEADER_BYTES: usize = 128;

/// Everything before the checksum is under it.
const CRC_AT: usize = HEADER_BYTES - 4;

/// Bit 0 of the flags: retention dropped entries of this segment and kept their leaves.
const THINNED: u16 = 1;

/// The head of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Whether retention dropped entries.
    pub thinned: bool,
    /// Which journal it belongs to.
    pub id: JournalId,
    /// Term of its writer.
    pub term: Term,
    /// Place of its first entry.
    pub first: Seq,
    /// Root of the tree of all entries before the first.
    pub previous_root: Hash,
    /// The Ed25519 key whose checkpoints hold when the segment begins.
    pub public_key: [u8; 32],
}

/// Bytes that are no head of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// There are too few bytes.
    #[error("saw {0} bytes, wanted a header of 128")]
    Short(usize),
    /// It is not a segment.
    #[error("saw no magic number, wanted \"PLIMJRNL\"")]
    Magic,
    /// The checksum does not fit.
    #[error("saw the header checksum {saw:08x}, wanted {wanted:08x}")]
    Crc {
        /// The one that stands there.
        saw: u32,
        /// The one of the bytes.
        wanted: u32,
    },
    /// It is written by another version.
    #[error("saw format version {0}, wanted 1: read it with the build that wrote it")]
    Version(u16),
    /// A flag or a reserved byte is set, or a number is 0.
    #[error("saw an impossible {0} in the header")]
    Field(&'static str),
}

impl Header {
    /// Returns the bytes.
    #[must_use]
    pub fn encode(&self) -> [u8; HEADER_BYTES] {
        let mut out = Vec::with_capacity(HEADER_BYTES);
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&VERSION.to_le_bytes());
        out.extend_from_slice(&(if self.thinned { THINNED } else { 0 }).to_le_bytes());
        out.extend_from_slice(&self.id.0);
        out.extend_from_slice(&self.term.0.to_le_bytes());
        out.extend_from_slice(&self.first.0.to_le_bytes());
        out.extend_from_slice(&self.previous_root.0);
        out.extend_from_slice(&self.public_key);
        out.resize(CRC_AT, 0);
        out.extend_from_slice(&crc32c::crc32c(&out).to_le_bytes());
        out.try_into().expect("the fields fit by their sizes")
    }

    /// Reads a head from the first bytes of a segment.
    ///
    /// # Errors
    /// Which of its parts does not hold, in the order magic, checksum, version, fields.
    pub fn parse(bytes: &[u8]) -> Result<Header, HeaderError> {
        let short = HeaderError::Short(bytes.len());
        let head: &[u8; HEADER_BYTES] = bytes.first_chunk().ok_or(short)?;
        if !head.starts_with(&MAGIC) {
            return Err(HeaderError::Magic);
        }
        let (covered, sum) = head.split_at(CRC_AT);
        let wanted = crc32c::crc32c(covered);
        let saw = Bytes(sum).u32().map_err(|_| short)?;
        if saw != wanted {
            return Err(HeaderError::Crc { saw, wanted });
        }
        let mut rest = Bytes(&covered[MAGIC.len()..]);
        let wrong = |_| short;
        let version = rest.u16().map_err(wrong)?;
        if version != VERSION {
            return Err(HeaderError::Version(version));
        }
        let flags = rest.u16().map_err(wrong)?;
        let header = Header {
            thinned: flags & THINNED != 0,
            id: JournalId(rest.array().map_err(wrong)?),
            term: Term(rest.u64().map_err(wrong)?),
            first: Seq(rest.u64().map_err(wrong)?),
            previous_root: Hash(rest.array().map_err(wrong)?),
            public_key: rest.array().map_err(wrong)?,
        };
        match () {
            () if flags & !THINNED != 0 => Err(HeaderError::Field("flag")),
            () if header.term.0 == 0 => Err(HeaderError::Field("term 0")),
            () if header.first.0 == 0 => Err(HeaderError::Field("first sequence 0")),
            () if rest.0.iter().any(|byte| *byte != 0) => Err(HeaderError::Field("reserved byte")),
            () => Ok(header),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> Header {
        Header {
            thinned: false,
            id: JournalId([7; 16]),
            term: Term(2),
            first: Seq(300),
            previous_root: Hash([1; 32]),
            public_key: [2; 32],
        }
    }

    #[test]
    fn a_header_comes_back_as_it_was() {
        for thinned in [false, true] {
            let header = Header { thinned, ..header() };
            assert_eq!(Header::parse(&header.encode()), Ok(header));
        }
    }

    #[test]
    fn its_bytes_lie_where_the_page_says() {
        let bytes = header().encode();
        assert_eq!(&bytes[..12], b"PLIMJRNL\x01\x00\x00\x00");
        assert_eq!(bytes[12..28], [7; 16]);
        assert_eq!(bytes[28..36], 2_u64.to_le_bytes());
        assert_eq!(bytes[36..44], 300_u64.to_le_bytes());
        assert_eq!(bytes[44..76], [1; 32]);
        assert_eq!(bytes[76..108], [2; 32]);
        assert_eq!(bytes[108..124], [0; 16]);
        assert_eq!(bytes[124..], crc32c::crc32c(&bytes[..124]).to_le_bytes());
    }

    #[test]
    fn each_flipped_bit_is_an_error() {
        let bytes = header().encode();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes;
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(Header::parse(&flipped).is_err(), "bit {bit}");
        }
        for len in 0..bytes.len() {
            assert_eq!(Header::parse(&bytes[..len]), Err(HeaderError::Short(len)));
        }
    }

    #[test]
    fn what_a_right_checksum_covers_is_still_checked() {
        let check = |at: usize, byte: u8, wanted: HeaderError| {
            let mut bytes = header().encode();
            bytes[at] = byte;
            let sum = crc32c::crc32c(&bytes[..124]).to_le_bytes();
            bytes[124..].copy_from_slice(&sum);
            assert_eq!(Header::parse(&bytes), Err(wanted));
        };
        check(8, 2, HeaderError::Version(2));
        check(10, 2, HeaderError::Field("flag"));
        check(28, 0, HeaderError::Field("term 0"));
        check(123, 1, HeaderError::Field("reserved byte"));
    }
}
