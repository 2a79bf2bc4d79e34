//! The venue's numbers and the names clients give.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! number {
    ($(#[$doc:meta])* $name:ident, $raw:ty) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize,
            Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub $raw);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number! {
    /// An account: its place in the order in which accounts were opened, from 0.
    AccountId, u32
}
number! {
    /// An asset: its place in the order in which symbols first named it, from 0.
    AssetId, u16
}
number! {
    /// The venue's number of an order, rising within its symbol from 1.
    VenueOrderId, u64
}
number! {
    /// The venue's number of an order list, rising over all symbols from 1.
    ListId, u64
}
number! {
    /// The venue's number of a trade, rising within its symbol from 1.
    TradeId, u64
}

impl AccountId {
    /// Returns the place as an index.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl AssetId {
    /// Returns the place as an index.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A text that no client may use as a name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "client id is `{0}`, wanted 1 to 36 characters of A-Z, a-z, 0-9, `.`, `:`, `/`, `_` or `-`"
)]
pub struct ClientIdError(String);

/// What names given by the venue are written in.
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Two of them at once: of a number below 62 x 62 the lower digit first. Each order of the crowd gets a name.
static PAIRS: [[u8; 2]; 3_844] = {
    let mut pairs = [[0; 2]; 3_844];
    let mut number = 0;
    while number < pairs.len() {
        pairs[number] = [DIGITS[number % 62], DIGITS[number / 62]];
        number += 1;
    }
    pairs
};
/// The longest name.
const NAME_MAX: usize = 36;

/// The name a client gives an order, a list or a cancellation, without a heap: 1 to 36 characters
/// (Binance, *REST API*, error -1100: `^[\.A-Z\:/a-z0-9_-]{1,36}$`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClientId {
    bytes: [u8; NAME_MAX],
    length: u8,
}

impl ClientId {
    /// A name for what nobody is told of.
    pub(crate) const UNHEARD: Self = {
        let mut bytes = [0; NAME_MAX];
        bytes[0] = b'-';
        Self { bytes, length: 1 }
    };

    /// Returns the name.
    ///
    /// # Errors
    /// `ClientIdError` if it is empty, too long or holds other characters.
    pub fn new(text: &str) -> Result<Self, ClientIdError> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b".:/_-".contains(&b);
        match u8::try_from(text.len()) {
            Ok(length) if (1..=NAME_MAX).contains(&text.len()) && text.bytes().all(allowed) => {
                let mut bytes = [0; NAME_MAX];
                bytes[..text.len()].copy_from_slice(text.as_bytes());
                Ok(Self { bytes, length })
            }
            Ok(_) | Err(_) => Err(ClientIdError(text.chars().take(2 * NAME_MAX).collect())),
        }
    }

    /// Returns the name that the venue gives where the client gave none: 22 letters and digits,
    /// a function of the three numbers alone and different wherever one of them is.
    pub(super) fn given(space: u64, number: u64) -> Self {
        let mut bytes = [0; NAME_MAX];
        for (half, word) in [space, number].into_iter().enumerate() {
            let mut rest = scatter(word);
            let (pairs, last) = bytes[half * 11..(half + 1) * 11].as_chunks_mut();
            for pair in pairs {
                *pair = PAIRS[(rest % 3_844) as usize];
                rest /= 3_844;
            }
            last[0] = DIGITS[(rest % 62) as usize];
        }
        Self { bytes, length: 22 }
    }

    /// Returns the number of a name that the venue gave in a space, so that no index is needed to
    /// find what it names.
    pub(super) fn number_given(&self, space: u64) -> Option<u64> {
        let digits = self.bytes.get(11..usize::from(self.length))?;
        let word = digits.iter().rev().try_fold(0_u64, |word, byte| {
            let digit = DIGITS.iter().position(|digit| digit == byte)?;
            word.checked_mul(62)?.checked_add(u64::try_from(digit).ok()?)
        })?;
        let number = gather(word);
        (*self == Self::given(space, number)).then_some(number)
    }

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..usize::from(self.length)])
            .expect("a name is ASCII by construction")
    }
}

/// A one-to-one mixing of 64 bits (the finaliser of SplitMix64, Steele, Lea and Flood 2014).
const fn scatter(word: u64) -> u64 {
    let word = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

/// Undoes [`scatter`]: the multipliers are the inverses of its own modulo 2^64.
const fn gather(word: u64) -> u64 {
    let word = (word ^ (word >> 31) ^ (word >> 62)).wrapping_mul(0x3196_42b2_d24d_8ec3);
    let word = (word ^ (word >> 27) ^ (word >> 54)).wrapping_mul(0x96de_1b17_3f11_9089);
    (word ^ (word >> 30) ^ (word >> 60)).wrapping_sub(0x9e37_79b9_7f4a_7c15)
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl FromStr for ClientId {
    type Err = ClientIdError;
    fn from_str(text: &str) -> Result<Self, ClientIdError> {
        Self::new(text)
    }
}

impl TryFrom<String> for ClientId {
    type Error = ClientIdError;
    fn try_from(text: String) -> Result<Self, ClientIdError> {
        Self::new(&text)
    }
}

impl From<ClientId> for String {
    fn from(name: ClientId) -> Self {
        name.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked() {
        let long = "x".repeat(36);
        for good in ["a", "my.order:1/2_3-4", &long] {
            assert_eq!(ClientId::new(good).unwrap().as_str(), good);
        }
        let longer = "x".repeat(37);
        let longest = "x".repeat(300);
        for bad in ["", "a b", "ä", "a\n", &longer, &longest] {
            assert!(ClientId::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_given_by_the_venue_differ_and_are_names() {
        let names: std::collections::BTreeSet<ClientId> = (0..4)
            .flat_map(|space| (0..1_000).map(move |number| ClientId::given(space, number)))
            .collect();
        assert_eq!(names.len(), 4_000);
        assert!(names.iter().all(|name| ClientId::new(name.as_str()).is_ok()));
        for number in [0, 1, 77, u64::MAX] {
            let name = ClientId::given(3, number);
            assert_eq!((name.number_given(3), name.number_given(4)), (Some(number), None));
        }
        let longest = "z".repeat(36);
        for other in ["a", "0123456789A", "zzzzzzzzzzzzzzzzzzzzzz", &longest] {
            assert_eq!(ClientId::new(other).ok().and_then(|name| name.number_given(3)), None);
        }
    }
}
