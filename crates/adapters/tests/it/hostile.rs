//! Hostile bytes at every door: errors are fine, a panic is a defect. The targets in `fuzz/` throw at the
//! same doors for as long as somebody lets them.

mod throw;

use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::fixtures::*;

/// Where bytes come in.
type Door = fn(&[u8]);

/// Everything that is sound, with the door it belongs to.
fn sound() -> Vec<(Door, String)> {
    let mut all: Vec<(Door, String)> = Vec::new();
    all.extend(stream_messages().into_iter().map(|text| (throw::stream as Door, text)));
    all.extend(account_messages().into_iter().map(|text| (throw::account as Door, text)));
    for text in [EXCHANGE_INFO, KLINES, DEPTH, TRADES] {
        all.push((throw::market, text.to_owned()));
    }
    for text in [
        ORDER_FULL,
        ORDER_QUERIED,
        ORDER_CANCELLED,
        OCO,
        HALF_REPLACED,
        NOT_REPLACED,
        MY_TRADES,
        ACCOUNT,
        ORDER_COUNT,
        RESTRICTIONS,
        ERROR,
    ] {
        all.push((throw::private, text.to_owned()));
    }
    all
}

/// One change of a message that was sound.
#[derive(Clone, Debug)]
enum Edit {
    Flip(Index, u8),
    Put(Index, Vec<u8>),
    Insert(Index, Vec<u8>),
    Remove(Index, u8),
    Cut(Index),
    Token(Index, &'static str),
}

/// What JSON can hold in unexpected places.
const TOKENS: [&str; 16] = [
    "null",
    "true",
    "-1",
    "9223372036854775807",
    "18446744073709551615",
    "1e400",
    "0.1",
    "\"\"",
    "\"NaN\"",
    "{}",
    "[]",
    "[[]]",
    "\"\\u0000\\ud800\"",
    "\u{fffd}",
    "\"-92233720368.54775808\"",
    "\"999999999999999999999999999999\"",
];

fn edit() -> impl Strategy<Value = Edit> {
    let few = || prop::collection::vec(any::<u8>(), 1..9);
    prop_oneof![
        (any::<Index>(), 0..8_u8).prop_map(|(at, bit)| Edit::Flip(at, bit)),
        (any::<Index>(), few()).prop_map(|(at, bytes)| Edit::Put(at, bytes)),
        (any::<Index>(), few()).prop_map(|(at, bytes)| Edit::Insert(at, bytes)),
        (any::<Index>(), any::<u8>()).prop_map(|(at, count)| Edit::Remove(at, count)),
        any::<Index>().prop_map(Edit::Cut),
        (any::<Index>(), select(&TOKENS[..])).prop_map(|(at, token)| Edit::Token(at, token)),
    ]
}

fn edited(text: String, edits: Vec<Edit>) -> Vec<u8> {
    let mut bytes = text.into_bytes();
    for edit in edits {
        if bytes.is_empty() {
            break;
        }
        let len = bytes.len();
        match edit {
            Edit::Flip(at, bit) => bytes[at.index(len)] ^= 1 << bit,
            Edit::Put(at, new) => {
                let at = at.index(len);
                for (old, new) in bytes[at..].iter_mut().zip(new) {
                    *old = new;
                }
            }
            Edit::Insert(at, new) => {
                let at = at.index(len);
                bytes.splice(at..at, new);
            }
            Edit::Remove(at, count) => {
                let at = at.index(len);
                bytes.drain(at..len.min(at + usize::from(count) + 1));
            }
            Edit::Cut(at) => bytes.truncate(at.index(len)),
            Edit::Token(at, token) => replace_value(&mut bytes, at.index(len), token),
        }
    }
    bytes
}

/// Puts a token where the first value behind a place stood.
fn replace_value(bytes: &mut Vec<u8>, at: usize, token: &str) {
    let Some(colon) = bytes[at..].iter().position(|byte| *byte == b':') else { return };
    let start = at + colon + 1;
    let end = bytes[start..].iter().position(|byte| b",}]".contains(byte));
    let end = end.map_or(bytes.len(), |end| start + end);
    bytes.splice(start..end, token.bytes());
}

#[test]
fn what_is_sound_is_accepted() {
    use adapters::venues::binance::decode;
    let names = decode::StreamNames::new(&streams());
    for text in stream_messages() {
        assert!(decode::stream(text.as_bytes(), &names).is_ok(), "{text}");
    }
    for text in account_messages() {
        assert!(decode::account_message(text.as_bytes()).is_ok(), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.max(2_000)))]

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        throw::stream(&bytes);
        throw::account(&bytes);
        throw::market(&bytes);
        throw::private(&bytes);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.max(6_000)))]

    #[test]
    fn edited_messages_never_panic(
        which in any::<Index>(),
        edits in prop::collection::vec(edit(), 1..6),
    ) {
        let sound = sound();
        let (door, text) = &sound[which.index(sound.len())];
        door(&edited(text.clone(), edits));
    }
}
