//! Hashes of leaves and nodes.

use std::fmt;
use std::str::FromStr;

use sha2::block_api::compress256;
use sha2::{Digest, Sha256};

/// A SHA-256 hash: of a leaf, a node, or a root.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; 32]);

/// Root of the tree without leaves: SHA-256 of nothing (RFC 6962, section 2.1).
pub const EMPTY_ROOT: Hash = Hash([
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
    0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
]);

/// Bytes of a block of SHA-256.
const BLOCK: usize = 64;

/// The state that SHA-256 begins with (FIPS 180-4, section 5.3.3).
///
/// Leaves and nodes are short: what a hasher that can be fed bit by bit does around their blocks takes as long as one of
/// the blocks, and a start hashes each entry. So the blocks are made here and given to the same compression.
const SHA_256: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// Returns the hash of a leaf: SHA-256(0x00 || data).
///
/// The prefix keeps a leaf from passing for a node.
#[must_use]
pub fn leaf_hash(data: &[u8]) -> Hash {
    let mut state = SHA_256;
    let mut first = [0; BLOCK];
    let length = data.len() + 1;
    let Some((head, rest)) = data.split_at_checked(BLOCK - 1) else {
        first[1..length].copy_from_slice(data);
        return finish(state, &first[..length], length);
    };
    first[1..].copy_from_slice(head);
    compress256(&mut state, &[first]);
    let (blocks, tail) = rest.as_chunks();
    compress256(&mut state, blocks);
    finish(state, tail, length)
}

/// Returns the hash of a node: SHA-256(0x01 || left || right).
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut state = SHA_256;
    let mut first = [1; BLOCK];
    first[1..33].copy_from_slice(&left.0);
    let (head, last) = right.0.split_at(BLOCK - 33);
    first[33..].copy_from_slice(head);
    compress256(&mut state, &[first]);
    finish(state, last, 65)
}

/// Hashes what is left of a message, less than a block, with the padding: a one, zeros, the length of the whole in bits
/// (FIPS 180-4, section 5.1.1).
fn finish(mut state: [u32; 8], tail: &[u8], length: usize) -> Hash {
    let mut last = [[0; BLOCK]; 2];
    let blocks = if tail.len() < BLOCK - 8 { 1 } else { 2 };
    let bytes = last.as_flattened_mut();
    bytes[..tail.len()].copy_from_slice(tail);
    bytes[tail.len()] = 0x80;
    let bits = u64::try_from(length).expect("a machine's size has at most 64 bits") * 8;
    bytes[blocks * BLOCK - 8..blocks * BLOCK].copy_from_slice(&bits.to_be_bytes());
    compress256(&mut state, &last[..blocks]);
    let mut hash = [0; 32];
    for (bytes, word) in hash.as_chunks_mut().0.iter_mut().zip(state) {
        *bytes = word.to_be_bytes();
    }
    Hash(hash)
}

impl Hash {
    /// Returns the SHA-256 of the bytes, without a prefix: the name of a body.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Hash {
        Hash(Sha256::digest(bytes).into())
    }
}

/// 64 lowercase hexadecimal digits.
impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

/// A text that is not a hash.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("saw {0:?}, wanted 64 lowercase hexadecimal digits")]
pub struct HashError(String);

impl FromStr for Hash {
    type Err = HashError;

    fn from_str(text: &str) -> Result<Hash, HashError> {
        let wrong = || HashError(text.chars().take(80).collect());
        let (pairs, odd) = text.as_bytes().as_chunks::<2>();
        if pairs.len() != 32 || !odd.is_empty() {
            return Err(wrong());
        }
        let mut hash = [0; 32];
        for (byte, [high, low]) in hash.iter_mut().zip(pairs) {
            *byte = (digit(*high).ok_or_else(wrong)? << 4) | digit(*low).ok_or_else(wrong)?;
        }
        Ok(Hash(hash))
    }
}

/// One value, one spelling: lowercase only.
fn digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        _ => None,
    }
}
