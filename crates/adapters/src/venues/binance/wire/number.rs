//! Decimals in quotes, read exactly: a price or quantity never passes through `f64`.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use types::num::{Money, parse_e8};

/// A decimal as a count of 1e-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct E8(pub(in super::super) i64);

/// An amount of an asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Amount(pub(in super::super) Money);

/// A volume, which is `f64` everywhere.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in super::super) struct Volume(pub(in super::super) f64);

/// What a text can be read as.
trait FromText: Sized {
    const WANTED: &'static str;
    fn from_text(text: &str) -> Result<Self, String>;
}

impl FromText for E8 {
    const WANTED: &'static str = "a decimal number in quotes, with at most 8 decimals";
    fn from_text(text: &str) -> Result<Self, String> {
        parse_e8(text.as_bytes()).map(Self).map_err(|error| error.to_string())
    }
}

impl FromText for Amount {
    const WANTED: &'static str = "an amount in quotes";
    fn from_text(text: &str) -> Result<Self, String> {
        Money::parse(text.as_bytes()).map(Self).map_err(|error| error.to_string())
    }
}

impl FromText for Volume {
    const WANTED: &'static str = "a volume in quotes";
    fn from_text(text: &str) -> Result<Self, String> {
        match text.parse::<f64>() {
            Ok(volume) if volume.is_finite() && volume >= 0.0 => Ok(Self(volume)),
            Ok(_) | Err(_) => Err(format!("`{text}` is no volume, wanted 0 or more")),
        }
    }
}

/// Reads a text in place, without a copy of it.
struct TextVisitor<T>(PhantomData<T>);

impl<T: FromText> Visitor<'_> for TextVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::WANTED)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        T::from_text(text).map_err(E::custom)
    }
}

macro_rules! from_text {
    ($($name:ident),*) => {$(
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(TextVisitor(PhantomData))
            }
        }
    )*};
}

from_text!(E8, Amount, Volume);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_exactly_or_not_at_all() {
        let e8 = |text: &str| serde_json::from_str::<E8>(text).map(|number| number.0);
        for (text, raw) in [("\"0.00240000\"", 240_000), ("\"-1\"", -100_000_000), ("\"0\"", 0)] {
            assert_eq!(e8(text).ok(), Some(raw), "{text}");
        }
        // A bare number has been through somebody's floating point.
        for text in ["0.0024", "1", "\"0.000000001\"", "\"\"", "\"NaN\"", "null", "\"1e300\""] {
            assert!(e8(text).is_err(), "{text}");
        }
        let volume = |text: &str| serde_json::from_str::<Volume>(text).map(|number| number.0);
        assert_eq!(volume("\"1000.5\"").ok(), Some(1000.5));
        for text in ["\"-1\"", "\"inf\"", "\"NaN\"", "1"] {
            assert!(volume(text).is_err(), "{text}");
        }
        let amount = |text: &str| serde_json::from_str::<Amount>(text).map(|number| number.0);
        assert_eq!(amount("\"1000000000000.5\"").ok(), Money::parse(b"1000000000000.5").ok());
    }
}
