//! A bar of the REST interface, which is an array.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, IgnoredAny, SeqAccess, Visitor};

use super::{E8, Volume};

/// `GET /api/v3/klines`: open time, open, high, low, close, volume, close time; what stands behind is
/// not read.
#[derive(Debug)]
pub(in super::super) struct KlineAnswer {
    pub(in super::super) open_time: i64,
    pub(in super::super) open: E8,
    pub(in super::super) high: E8,
    pub(in super::super) low: E8,
    pub(in super::super) close: E8,
    pub(in super::super) volume: Volume,
    /// Last millisecond that belongs to it.
    pub(in super::super) close_time: i64,
}

/// Reads the array.
struct KlineVisitor;

impl<'de> Visitor<'de> for KlineVisitor {
    type Value = KlineAnswer;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array that begins with times, prices and a volume")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<KlineAnswer, A::Error> {
        fn next<'de, A: SeqAccess<'de>, T: Deserialize<'de>>(
            array: &mut A,
            place: usize,
        ) -> Result<T, A::Error> {
            let wanted = &"7 elements or more";
            array.next_element()?.ok_or_else(|| de::Error::invalid_length(place, wanted))
        }
        let answer = KlineAnswer {
            open_time: next(&mut array, 0)?,
            open: next(&mut array, 1)?,
            high: next(&mut array, 2)?,
            low: next(&mut array, 3)?,
            close: next(&mut array, 4)?,
            volume: next(&mut array, 5)?,
            close_time: next(&mut array, 6)?,
        };
        while array.next_element::<IgnoredAny>()?.is_some() {}
        Ok(answer)
    }
}

impl<'de> Deserialize<'de> for KlineAnswer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(KlineVisitor)
    }
}
