//! One symbol: what is delivered of it, in order.

use std::collections::BTreeMap;

use types::bar::Bar;
use types::feed::{Channel, PublicTrade, SourceId, Stream};
use types::market::{Timeframe, TsNanos};

use super::cross::CrossCheck;
use super::depth::DepthSync;
use super::line::Line;
use super::step::Step;
use super::{FeedConfig, SymbolConfig};

/// Bars that are remembered of a timeframe beside those of one bar of the next longer: duplicates are told by them.
const BARS_REMEMBERED: i64 = 256;
/// Trades that are remembered.
const TRADES_REMEMBERED: usize = 4_096;

/// One symbol.
#[derive(Clone, Debug)]
pub(super) struct Watched {
    pub(super) config: SymbolConfig,
    /// Where it is taken from.
    pub(super) active: Option<SourceId>,
    pub(super) bars: BTreeMap<Timeframe, Line<Bar>>,
    pub(super) trades: Line<PublicTrade>,
    pub(super) depth: DepthSync,
    pub(super) step: Step,
    pub(super) crosses: Vec<CrossCheck>,
    /// Codes of what keeps entries off, as told last; `None`: nothing was told yet.
    pub(super) told: Option<Vec<&'static str>>,
}

impl Watched {
    pub(super) fn new(config: SymbolConfig, feed: &FeedConfig, now: TsNanos) -> Self {
        let timeframes: Vec<Timeframe> = config.timeframes.iter().copied().collect();
        let line = |(place, timeframe): (usize, &Timeframe)| {
            let longer = timeframes.get(place + 1).map_or(0, |longer| longer.minutes());
            let remembered = BARS_REMEMBERED + longer / timeframe.minutes();
            let remembered = usize::try_from(remembered).unwrap_or(usize::MAX);
            (*timeframe, Line::new(None, feed.pending_max, remembered))
        };
        let crosses = timeframes.windows(2).map(|pair| CrossCheck::new(pair[1], pair[0]));
        Self {
            active: None,
            bars: timeframes.iter().enumerate().map(line).collect(),
            trades: Line::new(None, feed.pending_max, TRADES_REMEMBERED),
            depth: DepthSync::new(feed.pending_max, now),
            step: Step::default(),
            crosses: crosses.collect(),
            told: None,
            config,
        }
    }

    pub(super) fn stream(&self, channel: Channel) -> Stream {
        Stream::new(self.config.symbol.clone(), channel)
    }

    /// The connection is another: what was on its way is lost.
    pub(super) fn reconnect(&mut self, now: TsNanos) {
        for line in self.bars.values_mut().filter(|line| line.next().is_some()) {
            line.reconnect(now);
        }
        if self.trades.next().is_some() {
            self.trades.reconnect(now);
        }
        self.depth.restart(now);
    }

    /// The source is another: bars go on where they were, but trades and books have numbers of their own there.
    pub(super) fn change_source(&mut self, to: SourceId, now: TsNanos) {
        self.reconnect(now);
        if self.active.is_some() {
            self.trades.restart();
        }
        self.active = Some(to);
    }
}

/// Returns the number of the bar that opens at a moment; `None` off the grid.
pub(super) const fn bar_number(timeframe: Timeframe, open_time: TsNanos) -> Option<i64> {
    if timeframe.closes_at(open_time) {
        Some(open_time.as_nanos().div_euclid(timeframe.nanos()))
    } else {
        None
    }
}

/// Returns when the bar of a number opens.
pub(super) const fn bar_open(timeframe: Timeframe, number: i64) -> TsNanos {
    TsNanos::from_nanos(number.saturating_mul(timeframe.nanos()))
}

/// Returns the number of the last bar that has closed at a moment of the venue.
pub(super) const fn last_closed(timeframe: Timeframe, theirs: TsNanos) -> i64 {
    theirs.as_nanos().div_euclid(timeframe.nanos()) - 1
}
