//! [`Layout`]: which columns a row has, and how its fields become numbers.

use std::str;

use types::bar::Bar;
use types::market::{Timeframe, TsNanos};
use types::num::{NumError, Price};

use super::fields::{Fields, Unit};
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

/// Which columns a row has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// Traded prices.
    Klines,
    /// Bid and ask prices.
    Quotes,
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
    ///
    /// A row is large, and to copy one just written stalls the processor: all of its way from the bytes to who reads it
    /// is inlined, so that its numbers stay where they are.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "measured: with the fewer divisions of `admit` a tenth of what reading takes"
    )]
    pub(super) fn parse(self, line: &[u8]) -> Result<Parsed, LayoutError> {
        let (parsed, columns) = match self {
            Self::Klines => (parse_klines(line), KLINES.len()),
            Self::Quotes => (parse_quotes(line), QUOTES.len()),
        };
        parsed.map_err(|error| {
            // A field that is missing is wrong as a number first.
            let seen = Fields::new(line).count();
            if seen == columns {
                return error;
            }
            LayoutError::Columns { seen, wanted: WANTED, hint: String::new() }
        })
    }

    /// Returns the length of a bar in nanoseconds that a kline row's open and close time tell,
    /// `None` where the row does not tell.
    pub(super) fn length(self, line: &[u8]) -> Option<i64> {
        match self {
            Self::Quotes => None,
            Self::Klines => {
                let mut fields = Fields::new(line);
                let (open, _) = fields.time().ok()?;
                for _ in 1..KLINES_NAMED - 1 {
                    fields.text();
                }
                let (close, unit) = fields.time().ok()?;
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

#[inline(always)]
#[expect(clippy::inline_always, reason = "as `Layout::parse`")]
fn parse_klines(line: &[u8]) -> Result<Parsed, LayoutError> {
    let mut fields = Fields::new(line);
    let (time, unit) = time(&mut fields)?;
    let bar = Bar {
        open_time: time,
        open: price(&mut fields, KLINES[1])?,
        high: price(&mut fields, KLINES[2])?,
        low: price(&mut fields, KLINES[3])?,
        close: price(&mut fields, KLINES[4])?,
        volume: fields
            .float()
            .map_err(|source| LayoutError::Number { column: KLINES[5], source })?,
    };
    ended(&fields, KLINES.len() - 6)?;
    let row = match bar.check() {
        Ok(()) => Ok(Row::of_bar(bar)),
        Err(_) => Err(Reason::NotABar),
    };
    Ok(Parsed { time, unit, row, crossed: false })
}

fn parse_quotes(line: &[u8]) -> Result<Parsed, LayoutError> {
    let mut fields = Fields::new(line);
    let (time, unit) = time(&mut fields)?;
    let mut side = |from: usize| -> Result<Bar, LayoutError> {
        Ok(Bar {
            open_time: time,
            open: price(&mut fields, QUOTES[from])?,
            high: price(&mut fields, QUOTES[from + 1])?,
            low: price(&mut fields, QUOTES[from + 2])?,
            close: price(&mut fields, QUOTES[from + 3])?,
            volume: None,
        })
    };
    let (bid, ask) = (side(1)?, side(5)?);
    ended(&fields, 0)?;
    let row = if bid.check().and_then(|()| ask.check()).is_ok() {
        Row::of_quotes(&bid, &ask)
    } else {
        Err(Reason::NotABar)
    };
    let crossed = row.is_ok() && Row::crossings(&bid, &ask) > 0;
    Ok(Parsed { time, unit, row, crossed })
}

#[inline]
fn time(fields: &mut Fields<'_>) -> Result<(TsNanos, Unit), LayoutError> {
    fields.time().map_err(|text| LayoutError::Time { column: KLINES[0], seen: shown(text) })
}

#[inline]
fn price(fields: &mut Fields<'_>, column: &'static str) -> Result<Price, LayoutError> {
    fields.e8().map(Price::from_raw).map_err(|source| LayoutError::Number { column, source })
}

/// Checks that as many columns follow as should.
#[inline]
fn ended(fields: &Fields<'_>, left: usize) -> Result<(), LayoutError> {
    if fields.left() == left {
        return Ok(());
    }
    let seen = fields.count();
    Err(LayoutError::Columns { seen, wanted: WANTED, hint: String::new() })
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
