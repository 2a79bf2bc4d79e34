//! Text forms of shares and durations in configuration: `"2bps"`, `"10%"`, `"250ms"`.

/// Nanoseconds of each unit of time; the longer suffix first, so that `ms` is not read as `s`.
const SPANS: [(&str, i64); 5] =
    [("ns", 1), ("us", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000)];

/// Reads `"250ms"` as nanoseconds.
fn parse_nanos(text: &str) -> Result<i64, String> {
    let wanted = || format!("`{text}` is no duration, wanted for example \"250ms\" or \"2s\"");
    let (number, nanos) = SPANS
        .iter()
        .find_map(|(unit, nanos)| {
            let number = text.strip_suffix(unit)?;
            number.ends_with(|c: char| c.is_ascii_digit()).then_some((number, *nanos))
        })
        .ok_or_else(wanted)?;
    let count: u32 = number.parse().map_err(|_| wanted())?;
    i64::from(count).checked_mul(nanos).ok_or_else(wanted)
}

fn show_nanos(nanos: i64) -> String {
    let (unit, size) = SPANS
        .iter()
        .rev()
        .find(|(_, size)| nanos % size == 0 && nanos >= *size)
        .unwrap_or(&SPANS[2]);
    format!("{}{unit}", nanos / size)
}

/// A share as text.
pub(super) mod ratio {
    use serde::{Deserialize, Deserializer, Serializer, de};
    use types::num::Ratio;
    use types::share::{parse_share, show_share};

    pub(in crate::exchange) fn serialize<S: Serializer>(
        value: &Ratio,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&show_share(*value))
    }

    pub(in crate::exchange) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Ratio, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse_share(&text).map_err(de::Error::custom)
    }
}

/// A share as text, or `"off"`.
pub(super) mod ratio_or_off {
    use serde::{Deserialize, Deserializer, Serializer, de};
    use types::num::Ratio;
    use types::share::parse_share;

    pub(in crate::exchange) fn serialize<S: Serializer>(
        value: &Option<Ratio>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(ratio) => super::ratio::serialize(ratio, serializer),
            None => serializer.serialize_str("off"),
        }
    }

    pub(in crate::exchange) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Ratio>, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "off" {
            return Ok(None);
        }
        parse_share(&text).map(Some).map_err(de::Error::custom)
    }
}

/// Nanoseconds as text.
pub(super) mod nanos {
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(in crate::exchange) fn serialize<S: Serializer>(
        value: &i64,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&super::show_nanos(*value))
    }

    pub(in crate::exchange) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<i64, D::Error> {
        let text = String::deserialize(deserializer)?;
        super::parse_nanos(&text).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_their_texts() {
        for (text, nanos) in [("0ms", 0), ("250ms", 250_000_000), ("2s", 2_000_000_000)] {
            assert_eq!(parse_nanos(text), Ok(nanos), "{text}");
            assert_eq!(show_nanos(nanos), text);
        }
        for text in ["250", "ms", "-1s", "1.5s", "1h"] {
            assert!(parse_nanos(text).is_err(), "{text}");
        }
    }
}
