//! A [`Report`] in words, as an operator reads it.

use std::fmt;

use types::bar::Bar;
use types::feed::Stream;

use super::words::Report;

/// Tenths of a second, as text: nobody reads nanoseconds.
fn seconds(nanos: i64) -> String {
    let tenths = nanos / 100_000_000;
    let sign = if tenths < 0 { "-" } else { "" };
    format!("{sign}{}.{} s", tenths.abs() / 10, tenths.abs() % 10)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nobody = |stream: &Option<Stream>| {
            stream.as_ref().map_or_else(|| "a message".to_owned(), Stream::to_string)
        };
        match self {
            Self::Closed { source, why, retry_at: _ } => {
                write!(f, "{source} is closed: {why}")
            }
            Self::Stale { source, stream, silent_nanos } => {
                write!(f, "{stream} of {source} silent for {}", seconds(*silent_nanos))
            }
            Self::Refused { source, stream, why } => {
                write!(f, "{source} does not subscribe {stream}: {why}")
            }
            Self::Unusable { source, stream, why } => {
                write!(f, "{} of {source} cannot be used: {why}", nobody(stream))
            }
            Self::SourceChanged { symbol, from: Some(from), to } => {
                write!(f, "{symbol} comes from {to} now, not from {from}")
            }
            Self::SourceChanged { symbol, from: None, to } => {
                write!(f, "{symbol} comes from {to}")
            }
            Self::Gap { source, stream, missing } => {
                write!(f, "{stream} of {source} left out {missing}: asked for")
            }
            Self::Filled { source, stream, brought } => {
                write!(f, "{stream} of {source} whole again: {brought} brought")
            }
            Self::Hole { source, stream, missing } => {
                write!(f, "{source} has {missing} of {stream} not: passed over")
            }
            Self::Unanswered { source, query, why } => {
                write!(f, "{source} did not answer {query}: {why}; asked again")
            }
            Self::Resync { source, symbol, why } => {
                write!(f, "the book of {symbol} of {source} begins anew: {why}")
            }
            Self::Skew { source, offset_nanos, past: true } => {
                write!(f, "the clock of {source} is off by {}", seconds(*offset_nanos))
            }
            Self::Skew { source, offset_nanos, past: false } => {
                write!(f, "the clock of {source} is right again: off by {}", seconds(*offset_nanos))
            }
            Self::OutOfStep { symbol, timeframe, spread_nanos } => {
                let behind = seconds(*spread_nanos);
                write!(f, "{symbol} {timeframe} late by {behind}, or not there")
            }
            Self::Outlier { source, stream } => {
                write!(f, "{stream} of {source}: a price far from the one before it")
            }
            Self::Crossed { source, symbol } => {
                write!(f, "{symbol} of {source}: a bid that is not below the ask")
            }
            Self::Outlying { source, symbol } => {
                write!(f, "{symbol} of {source}: other sources contradict it")
            }
            Self::Contradiction { source, stream, bar, other } => {
                write!(f, "{stream} of {source} contradicts what was said before: ")?;
                let price = |bar: &Bar| {
                    [("open", bar.open), ("high", bar.high), ("low", bar.low), ("close", bar.close)]
                };
                let differs = price(bar).into_iter().zip(price(other)).find(|(a, b)| a != b);
                match differs {
                    Some(((what, said), (_, before))) => {
                        write!(f, "{what} {said} instead of {before}")
                    }
                    None => write!(f, "another volume"),
                }
            }
            Self::Entries { symbol, reasons } if reasons.is_empty() => {
                write!(f, "{symbol} may be bought again")
            }
            Self::Entries { symbol, reasons } => {
                let codes: Vec<_> = reasons.iter().map(|reason| reason.code()).collect();
                write!(f, "{symbol} is not bought: {}", codes.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use types::feed::{Channel, SourceId};
    use types::ids::Symbol;
    use types::market::{Timeframe, TsNanos};
    use types::num::Price;

    use super::*;

    #[test]
    fn a_report_reads_as_a_sentence() {
        let symbol = Symbol::new("BTCUSDT").unwrap();
        let source = SourceId(0);
        let late = Report::OutOfStep {
            symbol: symbol.clone(),
            timeframe: Timeframe::M15,
            spread_nanos: 2_340_000_000,
        };
        assert_eq!(late.to_string(), "BTCUSDT 15m late by 2.3 s, or not there");
        let stream = Stream::new(symbol, Channel::Quotes);
        let stale = Report::Stale { source, stream, silent_nanos: 61_000_000_000 };
        assert_eq!(stale.to_string(), "BTCUSDT quotes of source 0 silent for 61.0 s");
        let skew = Report::Skew { source, offset_nanos: -1_500_000_000, past: true };
        assert_eq!(skew.to_string(), "the clock of source 0 is off by -1.5 s");
        let price = Price::from_raw(94_220_000_000);
        let other = Bar {
            open_time: TsNanos::from_nanos(0),
            open: price,
            high: price,
            low: price,
            close: price,
            volume: Some(1.0),
        };
        for (bar, said) in [
            (Bar { open: Price::from_raw(91_440_000_000), ..other }, "open 914.4 instead of 942.2"),
            (Bar { volume: Some(2.0), ..other }, "another volume"),
        ] {
            let stream = Stream::new(Symbol::new("BTCUSDT").unwrap(), Channel::Bars(Timeframe::D1));
            let told = Report::Contradiction { source, stream, bar, other }.to_string();
            let wanted = "BTCUSDT bars of 1d of source 0 contradicts what was said before: ";
            assert_eq!(told, format!("{wanted}{said}"));
        }
    }
}
