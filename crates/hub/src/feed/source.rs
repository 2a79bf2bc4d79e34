//! One source: its connection, its clock, and how good it is for each symbol.

use std::collections::BTreeMap;

use types::feed::{Channel, SourceId, Stream};
use types::ids::Symbol;
use types::market::TsNanos;

use super::FeedConfig;
use super::backoff::Backoff;
use super::clock::Clock;
use super::link::Link;
use super::quality::{Counts, Quality};
use super::quotes::QuoteCheck;

/// A source and a symbol.
#[derive(Clone, Debug)]
pub(super) struct View {
    pub(super) quality: Quality,
    pub(super) quotes: QuoteCheck,
    /// Since when it could be used without a break.
    pub(super) good_since: Option<TsNanos>,
    /// Other sources contradicted it; it is not believed before this moment.
    pub(super) outlying_until: TsNanos,
    /// The last quote was crossed.
    pub(super) crossed: bool,
}

/// One source.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) link: Link,
    pub(super) clock: Clock,
    pub(super) views: BTreeMap<Symbol, View>,
    /// Messages of which nobody knows whose they are.
    unattributed: Quality,
    /// The last message could not be used.
    pub(super) unusable: bool,
}

impl Source {
    pub(super) fn new(id: SourceId, config: &FeedConfig, now: TsNanos) -> Self {
        let watched = watched(config);
        // Sources share the seed, not the draws.
        let seed = config.seed ^ u64::from(id.0).wrapping_mul(0xA076_1D64_78BD_642F);
        let backoff = Backoff::new(seed, config.backoff_first_nanos, config.backoff_max_nanos);
        let view = || View {
            quality: Quality::new(config.quality_window_nanos),
            quotes: QuoteCheck::default(),
            good_since: None,
            outlying_until: TsNanos::from_nanos(i64::MIN),
            crossed: false,
        };
        Self {
            link: Link::new(backoff, config.connect_max_nanos, watched, now),
            clock: Clock::new(config.skew_max_nanos, now),
            views: config.symbols.iter().map(|s| (s.symbol.clone(), view())).collect(),
            unattributed: Quality::new(config.quality_window_nanos),
            unusable: false,
        }
    }

    /// Takes over other waits.
    pub(super) fn set_waits(&mut self, config: &FeedConfig) {
        let waits = (config.backoff_first_nanos, config.backoff_max_nanos);
        self.link.set_waits(waits, config.connect_max_nanos, watched(config));
        self.clock.set_skew_max(config.skew_max_nanos);
    }

    /// Counts for a symbol, or for nobody knows whom.
    pub(super) fn count(
        &mut self,
        symbol: Option<&Symbol>,
        now: TsNanos,
        change: impl Fn(&mut Counts),
    ) {
        match symbol.and_then(|symbol| self.views.get_mut(symbol)) {
            Some(view) => view.quality.count(now, change),
            None => self.unattributed.count(now, change),
        }
    }

    /// Returns what was counted of late for a symbol, with what could not be told whose it was.
    pub(super) fn recent(&self, symbol: &Symbol, now: TsNanos) -> Counts {
        let Some(view) = self.views.get(symbol) else { return Counts::default() };
        let mut counts = view.quality.recent(now);
        let nobodys = self.unattributed.recent(now);
        counts.received += nobodys.received;
        counts.failed += nobodys.failed;
        counts
    }

    /// Returns whether its connection and its clock can be trusted for a symbol, and nothing contradicts it.
    pub(super) fn usable(&self, symbol: &Symbol, now: TsNanos) -> bool {
        self.link.fresh(symbol) && self.is_believed(symbol, now)
    }

    /// Returns whether it can be asked for a symbol's history though it has not told anything of it yet: it will tell what follows.
    pub(super) fn can_be_asked(&self, symbol: &Symbol, now: TsNanos) -> bool {
        self.link.is_subscribed(symbol) && self.is_believed(symbol, now)
    }

    /// Returns whether its clock is right and nothing contradicts it.
    fn is_believed(&self, symbol: &Symbol, now: TsNanos) -> bool {
        let outlying = self.views.get(symbol).is_none_or(|view| view.outlying_until > now);
        self.clock.offset().is_some() && !self.clock.skewed() && !outlying
    }
}

/// Returns the streams that must not be silent, and for how long they may be.
fn watched(config: &FeedConfig) -> BTreeMap<Stream, i64> {
    let streams = config.symbols.iter();
    streams
        .flat_map(|symbol| symbol.streams().map(|stream| (stream, symbol.stale_after_nanos)))
        .filter(|(stream, _)| must_not_be_silent(stream))
        .collect()
}

/// Trades may pause for as long as nobody trades; bars, quotes and books are told all the time.
const fn must_not_be_silent(stream: &Stream) -> bool {
    match stream.channel {
        Channel::Bars(_) | Channel::Quotes | Channel::Depth | Channel::DepthTop => true,
        Channel::Trades | Channel::AggTrades => false,
    }
}
