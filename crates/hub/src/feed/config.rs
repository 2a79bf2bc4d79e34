//! What a feed is told: [`FeedConfig`].

use std::collections::BTreeSet;

use types::feed::{Channel, Stream};
use types::ids::Symbol;
use types::market::{Timeframe, TsNanos};

const MILLI: i64 = 1_000_000;
const SECOND: i64 = 1_000 * MILLI;
/// Most bars of one length that are asked for at a start: a week of minutes.
pub(crate) const BARS_MAX: i64 = 10_000;

/// What is watched of a symbol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SymbolConfig {
    /// Which.
    pub symbol: Symbol,
    /// The timeframes in use. Bars finer than these are no business of a feed.
    pub timeframes: BTreeSet<Timeframe>,
    /// Best bid and ask.
    pub quotes: bool,
    /// Single trades.
    pub trades: bool,
    /// The order book.
    pub depth: bool,
    /// A stream of bars, quotes or depth that is silent so long is stale, nanoseconds. 30 s; 10 s for currencies.
    /// Trades may pause: their numbers tell what is missing.
    pub stale_after_nanos: i64,
}

impl SymbolConfig {
    /// Returns what a decision needs: bars of the timeframes in use, and quotes.
    #[must_use]
    pub fn new(symbol: Symbol, timeframes: impl IntoIterator<Item = Timeframe>) -> Self {
        Self {
            symbol,
            timeframes: timeframes.into_iter().collect(),
            quotes: true,
            trades: false,
            depth: false,
            stale_after_nanos: 30 * SECOND,
        }
    }

    /// Returns its streams.
    pub(super) fn streams(&self) -> impl Iterator<Item = Stream> {
        let bars = self.timeframes.iter().copied().map(Channel::Bars);
        let others = [
            (self.quotes, Channel::Quotes),
            (self.trades, Channel::Trades),
            (self.depth, Channel::Depth),
        ];
        let others = others.into_iter().filter(|(wanted, _)| *wanted).map(|(_, channel)| channel);
        bars.chain(others).map(|channel| Stream::new(self.symbol.clone(), channel))
    }
}

/// How market data is watched. Every value is a key of the configuration; the defaults are in the description.
#[derive(Clone, Debug, PartialEq)]
pub struct FeedConfig {
    /// Seed of the jitter.
    pub seed: u64,
    /// Number of sources, in order of preference. 1 to 16.
    pub sources: u8,
    /// What is watched, the same at each source.
    pub symbols: Vec<SymbolConfig>,
    /// First wait before a reconnect, nanoseconds; doubled each time. 1 s.
    pub backoff_first_nanos: i64,
    /// Longest wait before a reconnect, nanoseconds. 30 s.
    pub backoff_max_nanos: i64,
    /// A connection that is not made in this time is given up, nanoseconds. 10 s.
    pub connect_max_nanos: i64,
    /// A preferred source must have been good for so long before it is gone back to, nanoseconds. 60 s.
    pub failback_after_nanos: i64,
    /// Largest distance of a source's clock, nanoseconds. 250 ms.
    pub skew_max_nanos: i64,
    /// How often a source's clock is asked, nanoseconds. 60 s.
    pub clock_every_nanos: i64,
    /// A bar that comes later than this after its close is late, nanoseconds. 2 s.
    pub late_after_nanos: i64,
    /// Bars that close at one moment come within this time, nanoseconds. 100 ms.
    pub step_max_nanos: i64,
    /// Closed bars needed on each timeframe in use. 200.
    pub warm_up_bars: u32,
    /// Bars that closed by then are known from an earlier life: what closed since is asked for too, up to 10,000 of each length.
    pub known_until: Option<TsNanos>,
    /// A bar is too old once so many of its lengths have passed since its close. 2.
    pub bar_age_max: u8,
    /// A quote is too old after this time, nanoseconds. 10 s.
    pub quote_age_max_nanos: i64,
    /// Quality is judged over this time, nanoseconds. 1 h.
    pub quality_window_nanos: i64,
    /// Lowest score with which positions may be opened. 0.95.
    pub score_min: f64,
    /// Lowest share of messages that can be read with which positions may be opened. 0.99.
    pub parse_rate_min: f64,
    /// Most bars, trades or book levels of one answer. 1,000.
    pub page: u16,
    /// A question without an answer is asked again after this time, nanoseconds. 120 s: it may wait in the budget.
    pub query_patience_nanos: i64,
    /// Most things of one stream that wait for a gap to be filled. 10,000.
    pub pending_max: usize,
    /// By what the feed's own short waits are multiplied: how fast the venue's time passes. 1.
    pub pace: i64,
}

/// A configuration that cannot be followed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FeedConfigError {
    /// A number outside its range.
    #[error("{key} is {seen}, wanted {wanted}")]
    Range {
        /// The key.
        key: &'static str,
        /// What was given.
        seen: String,
        /// The range.
        wanted: &'static str,
    },
    /// One symbol twice.
    #[error("symbol {0} is watched twice, wanted once")]
    Twice(Symbol),
    /// A symbol of which nothing is watched.
    #[error("nothing is watched of symbol {0}, wanted a timeframe, quotes, trades or depth")]
    Nothing(Symbol),
}

impl FeedConfig {
    /// Returns the defaults for one source.
    #[must_use]
    pub const fn new(symbols: Vec<SymbolConfig>) -> Self {
        Self {
            seed: 0,
            sources: 1,
            symbols,
            backoff_first_nanos: SECOND,
            backoff_max_nanos: 30 * SECOND,
            connect_max_nanos: 10 * SECOND,
            failback_after_nanos: 60 * SECOND,
            skew_max_nanos: 250 * MILLI,
            clock_every_nanos: 60 * SECOND,
            late_after_nanos: 2 * SECOND,
            step_max_nanos: 100 * MILLI,
            warm_up_bars: 200,
            known_until: None,
            bar_age_max: 2,
            quote_age_max_nanos: 10 * SECOND,
            quality_window_nanos: 3_600 * SECOND,
            score_min: 0.95,
            parse_rate_min: 0.99,
            page: 1_000,
            query_patience_nanos: 120 * SECOND,
            pending_max: 10_000,
            pace: 1,
        }
    }

    /// Returns the configuration at a venue whose market time passes so many times as fast: all waits for the other side
    /// are wall time. The age of a bar is market time.
    #[must_use]
    pub fn at_pace(&self, pace: i64) -> Self {
        let by = |nanos: i64| nanos.saturating_mul(pace);
        let mut symbols = self.symbols.clone();
        for symbol in &mut symbols {
            symbol.stale_after_nanos = by(symbol.stale_after_nanos);
        }
        Self {
            symbols,
            backoff_first_nanos: by(self.backoff_first_nanos),
            backoff_max_nanos: by(self.backoff_max_nanos),
            connect_max_nanos: by(self.connect_max_nanos),
            failback_after_nanos: by(self.failback_after_nanos),
            skew_max_nanos: by(self.skew_max_nanos),
            clock_every_nanos: by(self.clock_every_nanos),
            late_after_nanos: by(self.late_after_nanos),
            step_max_nanos: by(self.step_max_nanos),
            quote_age_max_nanos: by(self.quote_age_max_nanos),
            query_patience_nanos: by(self.query_patience_nanos),
            pace: by(self.pace),
            ..self.clone()
        }
    }

    /// Returns the number of the first bar that is asked for at the start, where `next` is the number of the next to close.
    pub(super) fn first_bar(&self, timeframe: Timeframe, next: i64) -> i64 {
        let warm_up = next - i64::from(self.warm_up_bars);
        // The bar that closed last before it may have been on its way: it comes again.
        let unknown = |at: TsNanos| at.as_nanos().div_euclid(timeframe.nanos()) - 1;
        self.known_until.map_or(warm_up, |at| unknown(at).max(next - BARS_MAX).min(warm_up))
    }

    /// Checks every value.
    ///
    /// # Errors
    /// `FeedConfigError` for the first that cannot be followed.
    pub fn check(&self) -> Result<(), FeedConfigError> {
        for (key, seen) in [
            ("backoff_first_nanos", self.backoff_first_nanos),
            ("connect_max_nanos", self.connect_max_nanos),
            ("failback_after_nanos", self.failback_after_nanos),
            ("skew_max_nanos", self.skew_max_nanos),
            ("clock_every_nanos", self.clock_every_nanos),
            ("late_after_nanos", self.late_after_nanos),
            ("step_max_nanos", self.step_max_nanos),
            ("quote_age_max_nanos", self.quote_age_max_nanos),
            ("quality_window_nanos", self.quality_window_nanos),
            ("query_patience_nanos", self.query_patience_nanos),
            ("pace", self.pace),
        ] {
            in_range(key, &seen, seen > 0, "above 0")?;
        }
        let (first, max) = (self.backoff_first_nanos, self.backoff_max_nanos);
        in_range("backoff_max_nanos", &max, max >= first, "at least backoff_first_nanos")?;
        in_range("sources", &self.sources, (1..=16).contains(&self.sources), "1 to 16")?;
        in_range("page", &self.page, self.page >= 2, "2 or more")?;
        in_range("pending_max", &self.pending_max, self.pending_max > 0, "1 or more")?;
        in_range("bar_age_max", &self.bar_age_max, self.bar_age_max > 0, "1 or more")?;
        for (key, seen) in [("score_min", self.score_min), ("parse_rate_min", self.parse_rate_min)]
        {
            in_range(key, &seen, (0.0..=1.0).contains(&seen), "0 to 1")?;
        }
        let mut known = BTreeSet::new();
        for config in &self.symbols {
            let after = config.stale_after_nanos;
            in_range("stale_after_nanos", &after, after > 0, "above 0")?;
            if !known.insert(&config.symbol) {
                return Err(FeedConfigError::Twice(config.symbol.clone()));
            }
            if config.streams().next().is_none() {
                return Err(FeedConfigError::Nothing(config.symbol.clone()));
            }
        }
        Ok(())
    }
}

fn in_range(
    key: &'static str,
    seen: &impl ToString,
    good: bool,
    wanted: &'static str,
) -> Result<(), FeedConfigError> {
    if good { Ok(()) } else { Err(FeedConfigError::Range { key, seen: seen.to_string(), wanted }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_followed_is_named() {
        let config = || SymbolConfig::new(Symbol::new("BTCUSDT").unwrap(), [Timeframe::H1]);
        assert_eq!(FeedConfig::new(vec![config()]).check(), Ok(()));
        let refused = |config: &FeedConfig| config.check().unwrap_err().to_string();
        assert_eq!(
            refused(&FeedConfig::new(vec![config(), config()])),
            "symbol BTCUSDT is watched twice, wanted once"
        );
        let mut feed = FeedConfig::new(vec![config()]);
        feed.score_min = f64::NAN;
        assert_eq!(refused(&feed), "score_min is NaN, wanted 0 to 1");
        let mut feed = FeedConfig::new(vec![config()]);
        feed.sources = 0;
        assert_eq!(refused(&feed), "sources is 0, wanted 1 to 16");
        feed.sources = 1;
        feed.symbols[0].timeframes.clear();
        feed.symbols[0].quotes = false;
        assert!(refused(&feed).starts_with("nothing is watched of symbol BTCUSDT"));
    }
}
