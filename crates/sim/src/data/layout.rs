//! [`Layout`]: which columns a row has, and how its fields become numbers.

use std::str;

use memchr::memchr_iter;
use types::bar::Bar;
use types::market::{Timeframe, TsNanos};
use types::num::{NumError, Price, parse_e8};

use super::row::{Reason, Row};

/// The columns of a kline archive. The last five are never read, so their names are free (older
/// archives say `count,taker_buy_volume`) and their fields may be empty.
const KLINES: [&str; 12] = [
    "open_time",
    "open",
    "high",
    "low",
    "close",
    "volume",
    "close_time",
    "quote_volume",
    "trades",
    "taker_buy_base",
    "taker_buy_quote",
    "ignore",
];
/// How many columns of a kline row must be named as above.
const KLINES_NAMED: usize = 7;
/// The columns of quote bars.
const QUOTES: [&str; 9] = [
    "open_time",
    "bid_open",
    "bid_high",
    "bid_low",
    "bid_close",
    "ask_open",
    "ask_high",
    "ask_low",
    "ask_close",
];
/// What a row may be, in words.
const WANTED: &str = "12 (klines) or 9 (bid and ask)";

/// Milliseconds end here (the year 5138), microseconds begin (1973).
const MICROS_FROM: i64 = 100_000_000_000_000;
/// Microseconds end here; nothing else is known.
const MICROS_TO: i64 = 100_000_000_000_000_000;

/// Which columns a row has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// Traded prices.
    Klines,
    /// Bid and ask prices.
    Quotes,
}

/// The unit of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Millis,
    Micros,
}

/// Why a line is no row; the reader adds the place.
#[derive(Debug, PartialEq)]
pub(super) enum LayoutError {
    Columns { seen: usize, wanted: &'static str, hint: String },
    Header { column: usize, seen: String, wanted: &'static str },
    Number { column: &'static str, source: NumError },
    Time { column: &'static str, seen: String },
}

/// A row before its checks.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) time: TsNanos,
    pub(super) unit: Unit,
    pub(super) row: Result<Row, Reason>,
    /// Of quotes: a bid stands above its ask.
    pub(super) crossed: bool,
}

impl Layout {
    /// Tells the layout from the first line, and whether that line is a header.
    pub(super) fn of(line: &[u8]) -> Result<(Self, bool), LayoutError> {
        let names: Vec<String> = line
            .split(|byte| *byte == b',')
            .map(|name| String::from_utf8_lossy(name).trim().to_ascii_lowercase())
            .collect();
        let header = names[0].starts_with(|first: char| first.is_ascii_alphabetic());
        if !header {
            let layout = if names.len() == QUOTES.len() { Self::Quotes } else { Self::Klines };
            return Ok((layout, false));
        }
        if names[0] != KLINES[0] {
            let seen = names[0].clone();
            return Err(LayoutError::Header { column: 1, seen, wanted: KLINES[0] });
        }
        if names.iter().any(|name| name.starts_with("bid_")) {
            check_header(&names, &QUOTES, QUOTES.len()).map(|()| (Self::Quotes, true))
        } else {
            check_header(&names, &KLINES, KLINES_NAMED).map(|()| (Self::Klines, true))
        }
    }

    /// Reads a row.
    #[inline]
    pub(super) fn parse(self, line: &[u8]) -> Result<Parsed, LayoutError> {
        match self {
            Self::Klines => parse_klines(line),
            Self::Quotes => parse_quotes(line),
        }
    }

    /// Returns the timeframe that a kline row's open and close time tell: the length in
    /// nanoseconds, `None` where the row does not tell.
    pub(super) fn length(self, line: &[u8]) -> Option<i64> {
        match self {
            Self::Quotes => None,
            Self::Klines => {
                let fields = split::<12>(line).ok()?;
                let (open, unit) = time(fields[0], KLINES[0]).ok()?;
                let (close, _) = time(fields[6], KLINES[6]).ok()?;
                let step = match unit {
                    Unit::Millis => 1_000_000,
                    Unit::Micros => 1_000,
                };
                Some(close.since(open).saturating_add(step))
            }
        }
    }
}

/// Returns the timeframe of a length.
pub(super) fn timeframe_of(nanos: i64) -> Option<Timeframe> {
    Timeframe::ALL.into_iter().find(|timeframe| timeframe.nanos() == nanos)
}

/// Compares a header with the wanted names.
fn check_header(
    names: &[String],
    wanted: &'static [&'static str],
    named: usize,
) -> Result<(), LayoutError> {
    if names.len() != wanted.len() {
        let missing: Vec<&str> = wanted
            .iter()
            .take(named)
            .copied()
            .filter(|name| !names.iter().any(|seen| seen == name))
            .collect();
        let hint = if missing.is_empty() {
            String::new()
        } else {
            format!(": `{}` missing", missing.join("`, `"))
        };
        return Err(LayoutError::Columns { seen: names.len(), wanted: WANTED, hint });
    }
    for (index, (seen, wanted)) in names.iter().zip(wanted).take(named).enumerate() {
        if seen != wanted {
            let seen = seen.clone();
            return Err(LayoutError::Header { column: index + 1, seen, wanted });
        }
    }
    Ok(())
}

#[inline]
fn parse_klines(line: &[u8]) -> Result<Parsed, LayoutError> {
    let fields = split::<12>(line)?;
    let (time, unit) = time(fields[0], KLINES[0])?;
    let bar = Bar {
        open_time: time,
        open: price(fields[1], KLINES[1])?,
        high: price(fields[2], KLINES[2])?,
        low: price(fields[3], KLINES[3])?,
        close: price(fields[4], KLINES[4])?,
        volume: volume(fields[5])?,
    };
    let row = match bar.check() {
        Ok(()) => Ok(Row::of_bar(bar)),
        Err(_) => Err(Reason::NotABar),
    };
    Ok(Parsed { time, unit, row, crossed: false })
}

fn parse_quotes(line: &[u8]) -> Result<Parsed, LayoutError> {
    let fields = split::<9>(line)?;
    let (time, unit) = time(fields[0], QUOTES[0])?;
    let side = |from: usize| -> Result<Bar, LayoutError> {
        Ok(Bar {
            open_time: time,
            open: price(fields[from], QUOTES[from])?,
            high: price(fields[from + 1], QUOTES[from + 1])?,
            low: price(fields[from + 2], QUOTES[from + 2])?,
            close: price(fields[from + 3], QUOTES[from + 3])?,
            volume: None,
        })
    };
    let (bid, ask) = (side(1)?, side(5)?);
    let row = if bid.check().and_then(|()| ask.check()).is_ok() {
        Row::of_quotes(&bid, &ask)
    } else {
        Err(Reason::NotABar)
    };
    let crossed = row.is_ok() && Row::crossings(&bid, &ask) > 0;
    Ok(Parsed { time, unit, row, crossed })
}

/// Splits a line into exactly `N` fields.
#[inline]
fn split<const N: usize>(line: &[u8]) -> Result<[&[u8]; N], LayoutError> {
    let mut fields: [&[u8]; N] = [&[]; N];
    let (mut start, mut count) = (0, 0);
    for comma in memchr_iter(b',', line) {
        if let Some(field) = fields.get_mut(count) {
            *field = &line[start..comma];
        }
        count += 1;
        start = comma + 1;
    }
    if count + 1 != N {
        let hint = String::new();
        return Err(LayoutError::Columns { seen: count + 1, wanted: WANTED, hint });
    }
    fields[count] = &line[start..];
    Ok(fields)
}

#[inline]
fn price(text: &[u8], column: &'static str) -> Result<Price, LayoutError> {
    number(text).map(Price::from_raw).map_err(|source| LayoutError::Number { column, source })
}

/// Digits that 64 bits hold whatever they are.
const DIGITS: usize = 18;

/// Reads an exact number of any length. One of more than 18 digits is led by zeros, so that it is
/// read in 128 bits from its first digit on: its leading 19 may not fit in 64.
#[inline]
pub(super) fn number(text: &[u8]) -> Result<i64, NumError> {
    if text.len() <= DIGITS || text.starts_with(b"+") {
        return parse_e8(text);
    }
    let (sign, digits) = text.split_at(usize::from(text.starts_with(b"-")));
    parse_e8(&[sign, &[b'0'; DIGITS], digits].concat()).map_err(|error| {
        let seen = String::from_utf8_lossy(text).into_owned();
        match error {
            NumError::NotANumber(_) => NumError::NotANumber(seen),
            NumError::TooFine(_) => NumError::TooFine(seen),
            NumError::TooLarge(_) => NumError::TooLarge(seen),
        }
    })
}

/// Reads a volume; an empty field is unknown.
#[inline]
fn volume(text: &[u8]) -> Result<Option<f64>, LayoutError> {
    if text.is_empty() {
        return Ok(None);
    }
    let number = text.iter().all(|byte| byte.is_ascii_digit() || b".-+eE".contains(byte));
    match fast_float2::parse::<f64, _>(text) {
        Ok(value) if number => Ok(Some(value)),
        Ok(_) | Err(_) => {
            let source = NumError::NotANumber(String::from_utf8_lossy(text).into_owned());
            Err(LayoutError::Number { column: KLINES[5], source })
        }
    }
}

/// Reads a time in milliseconds or microseconds; which, its magnitude says, row by row: the spot
/// archives changed from one to the other at 2025-01-01.
#[inline]
pub(super) fn time(text: &[u8], column: &'static str) -> Result<(TsNanos, Unit), LayoutError> {
    let refuse = || LayoutError::Time { column, seen: String::from_utf8_lossy(text).into_owned() };
    if text.is_empty() || text.len() > 18 {
        return Err(refuse());
    }
    let mut value: i64 = 0;
    for byte in text {
        if !byte.is_ascii_digit() {
            return Err(refuse());
        }
        value = value * 10 + i64::from(byte - b'0');
    }
    let (time, unit) = if value < MICROS_FROM {
        (TsNanos::from_millis(value), Unit::Millis)
    } else if value < MICROS_TO {
        (TsNanos::from_micros(value), Unit::Micros)
    } else {
        return Err(refuse());
    };
    time.map(|time| (time, unit)).map_err(|_| refuse())
}

/// Returns a field as text for a message.
pub(super) fn shown(line: &[u8]) -> String {
    str::from_utf8(line).map_or_else(|_| line.escape_ascii().to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &[u8] = b"1730073600000,67992.70,68094.60,67804.70,67835.20,5179.117,1730077199999,351923638.03910,85022,2415.052,164090858.68940,0";

    #[test]
    fn a_row_of_the_archive() {
        let parsed = Layout::Klines.parse(LINE).unwrap();
        let row = parsed.row.unwrap();
        assert_eq!(row.bar.open_time.to_string(), "2024-10-28T00:00:00Z");
        assert_eq!(row.bar.low.to_string(), "67804.7");
        assert_eq!(row.bar.volume, Some(5179.117));
        assert_eq!(Layout::Klines.length(LINE).and_then(timeframe_of), Some(Timeframe::H1));
    }

    #[test]
    fn microseconds_are_told_by_magnitude() {
        let millis = time(b"1735689599000", "t").unwrap();
        let micros = time(b"1735689600000000", "t").unwrap();
        assert_eq!((millis.1, micros.1), (Unit::Millis, Unit::Micros));
        assert_eq!(micros.0.since(millis.0), 1_000_000_000);
        for text in ["", "-1", "1e12", "1730073600000000000", "99999999999999", "1 "] {
            assert!(time(text.as_bytes(), "t").is_err(), "{text}");
        }
    }

    #[test]
    fn numbers_longer_than_64_bits_are_read_exactly() {
        assert_eq!(number(b"92233720368.54775807000000000000"), Ok(i64::MAX));
        assert_eq!(number(b"-99999999.9900000000000000000"), Ok(-9_999_999_999_000_000));
        let long = "9785819333758563000000000000000";
        assert_eq!(number(long.as_bytes()), Err(NumError::TooLarge(long.to_owned())));
        let fine = "9999999999.9999999999";
        assert_eq!(number(fine.as_bytes()), Err(NumError::TooFine(fine.to_owned())));
        assert!(number(b"9999999999999999999x").is_err());
    }

    #[test]
    fn headers_of_the_archives() {
        for names in [
            "open_time,open,high,low,close,volume,close_time,quote_volume,trades,taker_buy_base,taker_buy_quote,ignore",
            "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore",
        ] {
            assert_eq!(Layout::of(names.as_bytes()), Ok((Layout::Klines, true)));
        }
        let quotes = QUOTES.join(",");
        assert_eq!(Layout::of(quotes.as_bytes()), Ok((Layout::Quotes, true)));
        assert_eq!(Layout::of(LINE), Ok((Layout::Klines, false)));
    }

    #[test]
    fn what_is_wrong_with_a_header_is_named() {
        let without = KLINES.join(",").replace(",close_time", "");
        let Err(LayoutError::Columns { seen: 11, hint, .. }) = Layout::of(without.as_bytes())
        else {
            panic!("an error")
        };
        assert_eq!(hint, ": `close_time` missing");
        let swapped = KLINES.join(",").replace("open,high", "high,open");
        assert!(matches!(
            Layout::of(swapped.as_bytes()),
            Err(LayoutError::Header { column: 2, wanted: "open", .. })
        ));
    }

    #[test]
    fn fields_that_are_no_numbers() {
        let with = |from: &str, to: &str| {
            Layout::Klines.parse(shown(LINE).replace(from, to).as_bytes()).unwrap_err()
        };
        let column = |error: LayoutError| match error {
            LayoutError::Number { column, .. } | LayoutError::Time { column, .. } => column,
            LayoutError::Columns { .. } | LayoutError::Header { .. } => panic!("{error:?}"),
        };
        assert_eq!(column(with("1730073600000", "x")), "open_time");
        assert_eq!(column(with("67992.70", "")), "open");
        assert_eq!(column(with("67804.70", "0.123456789")), "low");
        for bad in ["NaN", "inf", "1.2.3", "abc", "-", "infinity"] {
            assert_eq!(column(with("5179.117", bad)), "volume", "{bad}");
        }
        assert_eq!(
            with(",0", ""),
            LayoutError::Columns { seen: 11, wanted: WANTED, hint: String::new() }
        );
    }
}
