//! [`Ticks`]: recorded trades and quotes as steps.

use types::market::{Timeframe, TsNanos};
use types::side::Side;

use super::config::Grid;
use super::step::{Print, Step, StepKind};
use crate::data::{DataError, Tick, TickKind, TickSource};

/// How far back the pace of trading looks: the time in which a trade's weight falls to 1/e.
const PACE_MINUTES: i64 = 5;

/// Recorded trades and quotes as steps. Trades are taken as they are. Quotes make prices without
/// trades; each move of the middle is printed by one trade of one lot at the touch it moved to, so
/// that there is a last price.
pub(super) struct Ticks {
    source: Box<dyn TickSource>,
    last: Option<(TsNanos, i64)>,
    /// What was traded lately, in lots, fading.
    lately: f64,
}

impl Ticks {
    pub(super) fn new(source: Box<dyn TickSource>) -> Self {
        Self { source, last: None, lately: 0.0 }
    }

    /// Returns the steps of the next tick, `None` at the end.
    pub(super) fn next(
        &mut self,
        grid: &Grid,
        spread: impl Fn(i64) -> i64,
    ) -> Result<Option<Vec<Step>>, DataError> {
        Ok(self.source.next_tick()?.map(|tick| match tick.kind {
            TickKind::Trade { price, qty, taker } => {
                let (price, lots) = (grid.ticks(price), grid.lots(qty).max(1));
                let taker = taker.unwrap_or_else(|| self.taker(price));
                let pace = self.pace(tick.at, lots);
                self.last = Some((tick.at, price));
                let print = Print { price, lots, taker, spread: spread(price), pace };
                vec![Step { at: tick.at, kind: StepKind::Print(print) }]
            }
            TickKind::Quote { bid, ask, sizes } => {
                let bid = grid.ticks(bid);
                let ask = grid.ticks(ask).max(bid + 1);
                let sizes = sizes.map(|(bid, ask)| (grid.lots(bid).max(1), grid.lots(ask).max(1)));
                self.quoted(&tick, (bid, ask), sizes)
            }
        }))
    }

    fn quoted(
        &mut self,
        tick: &Tick,
        (bid, ask): (i64, i64),
        sizes: Option<(i64, i64)>,
    ) -> Vec<Step> {
        let at = tick.at;
        let pace = sizes.map_or(1, |(bid, ask)| bid.midpoint(ask)).max(1);
        let mut steps = vec![Step { at, kind: StepKind::Quote { bid, ask, sizes, pace } }];
        let middle = bid + ask;
        let before = self.last.map(|(_, middle)| middle);
        if before != Some(middle) {
            let rising = before.is_none_or(|before| middle > before);
            let (price, taker) = if rising { (ask, Side::Buy) } else { (bid, Side::Sell) };
            let print = Print { price, lots: 1, taker, spread: ask - bid, pace };
            steps.push(Step { at, kind: StepKind::Print(print) });
        }
        self.last = Some((at, middle));
        steps
    }

    /// Returns who took, where the source doesn't say: the tick rule (Lee and Ready, *Inferring
    /// trade direction from intraday data*, 1991).
    fn taker(&self, price: i64) -> Side {
        match self.last {
            Some((_, last)) if price < last => Side::Sell,
            Some(_) | None => Side::Buy,
        }
    }

    /// Returns what trades in a minute, in lots.
    fn pace(&mut self, at: TsNanos, lots: i64) -> i64 {
        let since = self.last.map_or(0, |(last, _)| at.since(last));
        #[expect(clippy::cast_precision_loss, reason = "a weight")]
        let minutes = since as f64 / Timeframe::M1.nanos() as f64;
        #[expect(clippy::cast_precision_loss, reason = "a weight")]
        let (lots, window) = (lots as f64, PACE_MINUTES as f64);
        self.lately = self.lately * analysis::num::exp(-minutes / window) + lots;
        #[expect(clippy::cast_possible_truncation, reason = "a cast holds it within 64 bits")]
        let pace = (self.lately / window).round() as i64;
        pace.max(1)
    }
}
