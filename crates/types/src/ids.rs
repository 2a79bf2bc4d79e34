//! Names and numbers of things: sequence, symbol, asset, order.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Place of an entry in the journal; the first is 1.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Seq(pub u64);

/// Place of an instrument in the journal's instrument table.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct SymbolId(pub u16);

impl SymbolId {
    /// Returns the place as an index.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Number of an engine beside the hub: its slot. The first is 0.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct SlotId(pub u8);

/// Number of an authority within its scope; it only rises, and a stale one is refused.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Epoch(pub u64);

/// A word that is no symbol or asset.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} is `{seen}`, wanted 1 to {max} characters of A-Z, 0-9, `-`, `_`, `.` or `/`")]
pub struct NameError {
    what: &'static str,
    seen: String,
    max: usize,
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $what:literal, $max:literal) => {
        $(#[$doc])*
        ///
        /// It is the key of most maps, and is looked for with each input: its characters lie in it, without a heap, and are compared eight at a time.
        #[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name {
            /// Zero behind the text.
            text: [u8; $max],
            len: u8,
        }

        impl $name {
            /// Returns the name.
            ///
            /// # Errors
            /// `NameError` if it is empty, too long or holds other characters.
            pub fn new(name: &str) -> Result<Self, NameError> {
                let allowed = |c: char| {
                    c.is_ascii_uppercase() || c.is_ascii_digit() || "-_./".contains(c)
                };
                let mut text = [0; $max];
                match (u8::try_from(name.len()), text.get_mut(..name.len())) {
                    (Ok(len @ 1..), Some(place)) if name.chars().all(allowed) => {
                        place.copy_from_slice(name.as_bytes());
                        Ok(Self { text, len })
                    }
                    _ => Err(NameError { what: $what, seen: name.to_owned(), max: $max }),
                }
            }

            /// Returns the text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                let text = &self.text[..usize::from(self.len)];
                str::from_utf8(text).expect("it is letters, digits and signs")
            }

            /// Returns the text as numbers that are in order where texts are.
            fn words(&self) -> [u64; $max / 8] {
                let (words, _) = self.text.as_chunks();
                std::array::from_fn(|place| u64::from_be_bytes(words[place]))
            }
        }

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for $name {
            fn cmp(&self, other: &Self) -> Ordering {
                self.words().cmp(&other.words())
            }
        }

        impl Hash for $name {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.as_str().hash(state);
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.as_str()).finish()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = NameError;
            fn from_str(text: &str) -> Result<Self, NameError> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;
            fn try_from(text: String) -> Result<Self, NameError> {
                Self::new(&text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.as_str().to_owned()
            }
        }
    };
}

name! {
    /// What is traded, in the venue's spelling: `BTCUSDT`.
    Symbol, "symbol", 32
}

name! {
    /// What balances are held in: `BTC`, `USDT`.
    Asset, "asset", 16
}

/// Identity of a journal: 128 random bits, fixed at its birth.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct JournalId(pub [u8; 16]);

/// Which of the orders of one command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Leg {
    /// The order that opens, enlarges or closes a position.
    Main,
    /// The protective stop.
    Stop,
    /// The profit target.
    Target,
}

impl Leg {
    /// Returns the number that stands in the journal and in client order ids.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Main => 0,
            Self::Stop => 1,
            Self::Target => 2,
        }
    }
}

/// Identity of an order inside Plimsoll: the entry that commanded it, its leg, its attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OrderId {
    /// Sequence number of the command's entry.
    pub command: Seq,
    /// Which order of the command.
    pub leg: Leg,
    /// Rises only after proof that the earlier attempt was never accepted.
    pub attempt: u8,
}

impl OrderId {
    /// Most attempts at one command, each after proof that the one before was never accepted (spec: "3 tries").
    pub const ATTEMPTS: u8 = 3;

    /// Returns the first attempt of a leg.
    #[must_use]
    pub const fn first(command: Seq, leg: Leg) -> Self {
        Self { command, leg, attempt: 0 }
    }
}

/// The name under which a venue knows our order: `p` and 32 characters of base32.
///
/// A function of journal, account and order alone, so whoever sends the order sends the same name
/// (design: "Names of orders"). 33 characters of `[a-z2-7]`; Binance allows 36.
/// A name is copied with each request about its order: its characters lie in it, without a heap.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClientOrderId([u8; 33]);

/// What base32 is written in (RFC 4648, lower case).
const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// A text that names no order of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no order of ours, wanted `p` and 32 characters of a-z and 2-7")]
pub struct NotOurName(String);

impl ClientOrderId {
    /// Returns the name of an order: base32 (RFC 4648, lower case) of the first 160 bits of
    /// SHA-256(journal id, account, sequence number, leg, attempt).
    #[must_use]
    pub fn of(journal: JournalId, account: &str, order: OrderId) -> Self {
        let mut hash = Sha256::new();
        hash.update(journal.0);
        hash.update((account.len() as u64).to_be_bytes());
        hash.update(account.as_bytes());
        hash.update(order.command.0.to_be_bytes());
        hash.update([order.leg.number(), order.attempt]);
        let digest = hash.finalize();
        let mut text = [b'p'; 33];
        for (chunk, written) in digest[..20].chunks(5).zip(text[1..].chunks_mut(8)) {
            let bits = chunk.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
            for (place, character) in written.iter_mut().rev().enumerate() {
                *character = BASE32[(bits >> (place * 5) & 31) as usize];
            }
        }
        Self(text)
    }

    /// Returns the name that a text is, if it can be one of ours.
    #[must_use]
    pub fn of_text(text: &str) -> Option<Self> {
        let bytes: [u8; 33] = text.as_bytes().try_into().ok()?;
        let ours = bytes[0] == b'p' && bytes[1..].iter().all(|byte| BASE32.contains(byte));
        ours.then_some(Self(bytes))
    }

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).expect("it is letters and digits")
    }
}

impl fmt::Debug for ClientOrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ClientOrderId").field(&self.as_str()).finish()
    }
}

impl TryFrom<String> for ClientOrderId {
    type Error = NotOurName;

    fn try_from(text: String) -> Result<Self, NotOurName> {
        Self::of_text(&text).ok_or(NotOurName(text))
    }
}

impl From<ClientOrderId> for String {
    fn from(name: ClientOrderId) -> Self {
        name.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(seq: u64, leg: Leg, attempt: u8) -> OrderId {
        OrderId { command: Seq(seq), leg, attempt }
    }

    #[test]
    fn a_client_order_id_names_one_order_of_one_account() {
        let journal = JournalId([7; 16]);
        let name = ClientOrderId::of(journal, "main", order(1, Leg::Main, 0));
        assert_eq!(name.as_str().len(), 33);
        assert_eq!(name, ClientOrderId::of(journal, "main", order(1, Leg::Main, 0)));
        for other in [
            ClientOrderId::of(JournalId([8; 16]), "main", order(1, Leg::Main, 0)),
            ClientOrderId::of(journal, "other", order(1, Leg::Main, 0)),
            ClientOrderId::of(journal, "main", order(2, Leg::Main, 0)),
            ClientOrderId::of(journal, "main", order(1, Leg::Stop, 0)),
            ClientOrderId::of(journal, "main", order(1, Leg::Main, 1)),
        ] {
            assert_ne!(name, other);
        }
    }

    /// Computed with Python's hashlib and base64 over the same bytes.
    #[test]
    fn a_client_order_id_computed_elsewhere() {
        let name = ClientOrderId::of(JournalId([0; 16]), "main", order(1, Leg::Main, 0));
        let text = "pugcndiqk7dah7bam26wrbo7hkmlvvs42";
        assert_eq!(name.as_str(), text);
        assert_eq!(ClientOrderId::of_text(text), Some(name));
        assert_eq!(ClientOrderId::try_from(String::from(name)), Ok(name));
        for other in [
            "",
            "p",
            &text[1..],
            &text.to_uppercase(),
            &format!("{text}a"),
            &text.replace('k', "1"),
        ] {
            assert_eq!(ClientOrderId::of_text(other), None, "{other}");
        }
    }

    #[test]
    fn names_are_checked() {
        assert!(Symbol::new("BTCUSDT").is_ok() && Asset::new("1INCH").is_ok());
        for bad in ["", "btc", "BTC USDT", "BTC\n", "B\0", &"A".repeat(33), &"A".repeat(256)] {
            assert!(Symbol::new(bad).is_err(), "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn names_are_what_their_texts_are(a in "[A-Z0-9./_-]{1,32}", same in 0_usize..32, b in "[A-Z0-9./_-]{1,32}") {
            // Half of it, or all, is the same.
            let b: String = a.chars().take(same).chain(b.chars()).take(32).collect();
            let (one, other) = (Symbol::new(&a).unwrap(), Symbol::new(&b).unwrap());
            proptest::prop_assert_eq!(one.as_str(), &a);
            proptest::prop_assert_eq!(one == other, a == b);
            proptest::prop_assert_eq!(one.cmp(&other), a.cmp(&b));
            proptest::prop_assert_eq!(format!("{one:?} {one:>34}"), format!("Symbol({a:?}) {a:>34}"));
            proptest::prop_assert_eq!(String::from(one), a);
        }
    }
}
