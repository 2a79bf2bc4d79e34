//! [`Stream`]: what can be subscribed to, and its name.

use std::fmt;
use std::str::FromStr;

use types::ids::Symbol;

use crate::venue::interval::KlineInterval;

/// Longest name looked at: the longest symbol and the longest ending leave room.
const NAME_CHARS_MAX: usize = 80;

/// A market stream.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stream {
    /// One symbol's: `btcusdt@trade`.
    One(Symbol, Feed),
    /// Every symbol's in one array: `!ticker@arr`.
    All(AllFeed),
}

/// What a stream of one symbol says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Feed {
    /// Trades of one taker order at one price, as one.
    AggTrade,
    /// Every trade.
    Trade,
    /// The running bar and its close.
    Kline(KlineInterval, Calendar),
    /// 24 hours, short.
    MiniTicker,
    /// 24 hours, long.
    Ticker,
    /// The last 1 h, 4 h or 24 h, from a whole minute on.
    WindowTicker(Window),
    /// Best bid and ask.
    BookTicker,
    /// Average price of five minutes.
    AvgPrice,
    /// Changes of the book.
    Depth(Speed),
    /// The best levels of the book.
    PartialDepth(Levels, Speed),
}

/// What a stream of all symbols says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AllFeed {
    /// As [`Feed::MiniTicker`].
    MiniTicker,
    /// As [`Feed::Ticker`].
    Ticker,
    /// As [`Feed::WindowTicker`].
    WindowTicker(Window),
}

/// By which clock days, weeks and months of bars are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Calendar {
    /// UTC.
    Utc,
    /// Eight hours east of it: `@+08:00`.
    East8,
}

impl Calendar {
    /// Returns nanoseconds east of UTC.
    #[must_use]
    pub const fn offset(self) -> i64 {
        match self {
            Self::Utc => 0,
            Self::East8 => 8 * 3_600_000_000_000,
        }
    }
}

/// How often a depth stream speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Speed {
    /// Every 1000 ms.
    Second,
    /// Every 100 ms: `@100ms`.
    Tenth,
}

/// How many levels of each side a partial book has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Levels {
    /// 5.
    Five,
    /// 10.
    Ten,
    /// 20.
    Twenty,
}

impl Levels {
    pub(super) const ALL: [Self; 3] = [Self::Five, Self::Ten, Self::Twenty];

    /// Returns the number.
    #[must_use]
    pub const fn count(self) -> usize {
        match self {
            Self::Five => 5,
            Self::Ten => 10,
            Self::Twenty => 20,
        }
    }
}

/// The length of a rolling window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Window {
    /// One hour.
    Hour,
    /// Four hours.
    FourHours,
    /// 24 hours.
    Day,
}

impl Window {
    pub(super) const ALL: [Self; 3] = [Self::Hour, Self::FourHours, Self::Day];

    /// Returns the API's spelling.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hour => "1h",
            Self::FourHours => "4h",
            Self::Day => "1d",
        }
    }

    /// Returns the name of its event.
    #[must_use]
    pub const fn event(self) -> &'static str {
        match self {
            Self::Hour => "1hTicker",
            Self::FourHours => "4hTicker",
            Self::Day => "1dTicker",
        }
    }

    /// Returns the length in nanoseconds.
    #[must_use]
    pub const fn nanos(self) -> i64 {
        const HOUR: i64 = 3_600_000_000_000;
        match self {
            Self::Hour => HOUR,
            Self::FourHours => 4 * HOUR,
            Self::Day => 24 * HOUR,
        }
    }
}

/// A text that names no stream.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid stream `{0}`")]
pub struct UnknownStream(pub String);

impl FromStr for Stream {
    type Err = UnknownStream;

    fn from_str(name: &str) -> Result<Self, UnknownStream> {
        read(name).ok_or_else(|| UnknownStream(name.chars().take(NAME_CHARS_MAX).collect()))
    }
}

fn read(name: &str) -> Option<Stream> {
    if name.len() > NAME_CHARS_MAX {
        return None;
    }
    if let Some(all) = name.strip_prefix('!') {
        return read_all(all.strip_suffix("@arr")?).map(Stream::All);
    }
    let (symbol, feed) = name.split_once('@')?;
    if symbol.chars().any(|c| c.is_ascii_uppercase()) {
        return None;
    }
    let symbol = Symbol::new(&symbol.to_ascii_uppercase()).ok()?;
    read_feed(feed).map(|feed| Stream::One(symbol, feed))
}

fn read_all(feed: &str) -> Option<AllFeed> {
    match feed {
        "miniTicker" => Some(AllFeed::MiniTicker),
        "ticker" => Some(AllFeed::Ticker),
        other => read_window(other).map(AllFeed::WindowTicker),
    }
}

fn read_feed(feed: &str) -> Option<Feed> {
    match feed {
        "aggTrade" => return Some(Feed::AggTrade),
        "trade" => return Some(Feed::Trade),
        "miniTicker" => return Some(Feed::MiniTicker),
        "ticker" => return Some(Feed::Ticker),
        "bookTicker" => return Some(Feed::BookTicker),
        "avgPrice" => return Some(Feed::AvgPrice),
        _ => {}
    }
    if let Some(interval) = feed.strip_prefix("kline_") {
        let (interval, calendar) = match interval.split_once('@') {
            None => (interval, Calendar::Utc),
            Some((interval, "+08:00")) => (interval, Calendar::East8),
            Some(_) => return None,
        };
        return interval.parse().ok().map(|interval| Feed::Kline(interval, calendar));
    }
    if let Some(depth) = feed.strip_prefix("depth") {
        return read_depth(depth);
    }
    read_window(feed).map(Feed::WindowTicker)
}

fn read_window(feed: &str) -> Option<Window> {
    let name = feed.strip_prefix("ticker_")?;
    Window::ALL.into_iter().find(|window| window.name() == name)
}

fn read_depth(rest: &str) -> Option<Feed> {
    let (levels, speed) = match rest.split_once('@') {
        None => (rest, Speed::Second),
        Some((levels, "100ms")) => (levels, Speed::Tenth),
        Some((levels, "1000ms")) => (levels, Speed::Second),
        Some(_) => return None,
    };
    if levels.is_empty() {
        return Some(Feed::Depth(speed));
    }
    let found = Levels::ALL.into_iter().find(|known| known.count().to_string() == levels)?;
    Some(Feed::PartialDepth(found, speed))
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(symbol, feed) => write!(f, "{}@{feed}", symbol.as_str().to_ascii_lowercase()),
            Self::All(AllFeed::MiniTicker) => f.write_str("!miniTicker@arr"),
            Self::All(AllFeed::Ticker) => f.write_str("!ticker@arr"),
            Self::All(AllFeed::WindowTicker(window)) => write!(f, "!ticker_{}@arr", window.name()),
        }
    }
}

impl fmt::Display for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AggTrade => f.write_str("aggTrade"),
            Self::Trade => f.write_str("trade"),
            Self::Kline(interval, Calendar::Utc) => write!(f, "kline_{interval}"),
            Self::Kline(interval, Calendar::East8) => write!(f, "kline_{interval}@+08:00"),
            Self::MiniTicker => f.write_str("miniTicker"),
            Self::Ticker => f.write_str("ticker"),
            Self::WindowTicker(window) => write!(f, "ticker_{}", window.name()),
            Self::BookTicker => f.write_str("bookTicker"),
            Self::AvgPrice => f.write_str("avgPrice"),
            Self::Depth(speed) => write!(f, "depth{speed}"),
            Self::PartialDepth(levels, speed) => write!(f, "depth{}{speed}", levels.count()),
        }
    }
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Second => "",
            Self::Tenth => "@100ms",
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_documented_name_is_read_and_written_back() {
        for name in [
            "bnbbtc@aggTrade",
            "bnbbtc@trade",
            "bnbbtc@kline_1s",
            "bnbbtc@kline_1M",
            "bnbbtc@kline_1d@+08:00",
            "bnbbtc@miniTicker",
            "!miniTicker@arr",
            "bnbbtc@ticker",
            "!ticker@arr",
            "bnbbtc@ticker_1h",
            "bnbbtc@ticker_4h",
            "!ticker_1d@arr",
            "bnbbtc@bookTicker",
            "bnbbtc@avgPrice",
            "bnbbtc@depth5",
            "bnbbtc@depth10@100ms",
            "bnbbtc@depth20",
            "bnbbtc@depth",
            "bnbbtc@depth@100ms",
        ] {
            assert_eq!(
                name.parse::<Stream>().map(|stream| stream.to_string()),
                Ok(name.to_owned())
            );
        }
    }

    #[test]
    fn the_slow_speed_may_be_spelt_out() {
        assert_eq!("a@depth@1000ms".parse::<Stream>().unwrap().to_string(), "a@depth");
    }

    #[test]
    fn what_is_no_stream_is_refused() {
        for name in [
            "",
            "@",
            "bnbbtc",
            "bnbbtc@",
            "@trade",
            "BNBBTC@trade",
            "bnbbtc@Trade",
            "bnbbtc@kline",
            "bnbbtc@kline_7m",
            "bnbbtc@kline_1m@+09:00",
            "bnbbtc@depth7",
            "bnbbtc@depth05",
            "bnbbtc@depth5@250ms",
            "bnbbtc@ticker_2h",
            "!bookTicker",
            "!trade@arr",
            "bnb btc@trade",
        ] {
            assert!(name.parse::<Stream>().is_err(), "{name}");
        }
        let long = format!("{}@trade", "a".repeat(100_000));
        assert_eq!(long.parse::<Stream>().unwrap_err().0.len(), NAME_CHARS_MAX);
    }

    proptest! {
        #[test]
        fn any_text_is_a_stream_of_that_name_or_refused(name in "[!a-z0-9@_+:éA]{0,30}") {
            if let Ok(stream) = name.parse::<Stream>() {
                prop_assert_eq!(stream.to_string().parse::<Stream>(), Ok(stream));
            }
        }
    }
}
