//! One symbol at the venue: its orders, its last price, its place on the bar being walked.

use std::collections::VecDeque;

use types::bar::Bar;
use types::ids::{OrderId, SymbolId};
use types::instrument::Instrument;
use types::market::TsNanos;
use types::num::{ONE_E8, Price, Qty, Ratio};
use types::order::OrderRequest;
use types::side::Side;

use super::path::{Fraction, Path, Phase, Segment};
use super::working::{Stance, Working};

/// The native bar of one symbol for one instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BarInput {
    /// Whose.
    pub symbol: SymbolId,
    /// The bar.
    pub bar: Bar,
    /// Half of the recorded spread in quote currency; `None` takes the configured share.
    pub half_spread: Option<Price>,
    /// The mark price over the same time; `None` judges liquidation on the bar itself.
    pub mark: Option<Bar>,
}

/// What was sent and acts when it arrives.
#[derive(Clone, Debug)]
pub(super) enum Errand {
    Place(OrderId, OrderRequest),
    List([(OrderId, OrderRequest); 2]),
    Cancel(OrderId),
    Replace { cancel: OrderId, place: Vec<(OrderId, OrderRequest)> },
}

impl Errand {
    /// Returns whether the errand places the order.
    pub(super) fn places(&self, id: OrderId) -> bool {
        match self {
            Self::Place(order, _) => *order == id,
            Self::List(legs) => legs.iter().any(|(order, _)| *order == id),
            Self::Replace { place, .. } => place.iter().any(|(order, _)| *order == id),
            Self::Cancel(_) => false,
        }
    }
}

/// An errand under way.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    pub(super) arrives: TsNanos,
    pub(super) errand: Errand,
    /// The price at the moment of sending, or the next open where it was sent between bars.
    pub(super) undelayed: Option<Price>,
}

/// The place on the bar being walked.
#[derive(Clone, Debug)]
pub(super) struct Lane {
    pub(super) bar: Bar,
    mark_bar: Bar,
    pub(super) half_spread: Option<Price>,
    pub(super) phase: Phase,
    pub(super) progress: Fraction,
    path: Path,
    mark_path: Path,
    /// The stage that ends at the extreme against the position.
    pub(super) adverse: Phase,
    /// What our fills of this bar may still take; `None` for no limit.
    pub(super) volume_left: Option<Qty>,
    /// Whether a position was opened on this bar.
    pub(super) opened: bool,
}

impl Lane {
    /// Returns the walk of a bar before its first price.
    pub(super) fn new(input: &BarInput, participation: Option<Ratio>) -> Self {
        let mark_bar = input.mark.unwrap_or(input.bar);
        Self {
            bar: input.bar,
            mark_bar,
            half_spread: input.half_spread,
            phase: Phase::Open,
            progress: Fraction::START,
            path: Path::new(&input.bar, true),
            mark_path: Path::new(&mark_bar, true),
            adverse: Phase::First,
            volume_left: volume_cap(input.bar.volume, participation),
            opened: false,
        }
    }

    /// Begins a stage. The order of the extremes is decided after the open.
    pub(super) fn enter(&mut self, phase: Phase, course: Course) {
        self.phase = phase;
        self.progress = Fraction::START;
        if phase == Phase::First {
            self.path = Path::new(&self.bar, course.low_first);
            self.mark_path = Path::new(&self.mark_bar, course.low_first);
            self.adverse = if course.adverse_first { Phase::First } else { Phase::Second };
        }
    }

    pub(super) fn segment(&self) -> Segment {
        self.path.segment(self.phase)
    }

    pub(super) fn mark_segment(&self) -> Segment {
        self.mark_path.segment(self.phase)
    }

    /// Returns the price of the moment.
    pub(super) fn price(&self) -> Price {
        self.segment().at(self.progress)
    }

    /// Returns the mark of the moment.
    pub(super) fn mark(&self) -> Price {
        self.mark_segment().at(self.progress)
    }
}

/// In which order a bar visits its extremes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Course {
    pub(super) low_first: bool,
    pub(super) adverse_first: bool,
}

/// Returns what our fills may take of a bar: nothing of a bar without volume, no limit where the
/// volume is unknown or the share is off.
fn volume_cap(volume: Option<f64>, participation: Option<Ratio>) -> Option<Qty> {
    let volume = volume?;
    if volume <= 0.0 {
        return Some(Qty::ZERO);
    }
    let share = participation?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "a share of the volume, rounded down; casts saturate"
    )]
    let raw = (volume * (share.raw() as f64) / (ONE_E8 as f64) * (ONE_E8 as f64)) as i64;
    Some(Qty::from_raw(raw))
}

/// One symbol at the venue.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    pub(super) instrument: Instrument,
    pub(super) orders: Vec<Working>,
    pub(super) pending: VecDeque<Pending>,
    pub(super) last: Option<Price>,
    pub(super) mark: Option<Price>,
    pub(super) lane: Option<Lane>,
    trades: u64,
}

impl Slot {
    pub(super) fn new(instrument: Instrument) -> Self {
        Self {
            instrument,
            orders: Vec::new(),
            pending: VecDeque::new(),
            last: None,
            mark: None,
            lane: None,
            trades: 0,
        }
    }

    /// Returns the price of the moment: on the walk, else the last close.
    pub(super) fn price(&self) -> Option<Price> {
        self.lane.as_ref().map(Lane::price).or(self.last)
    }

    /// Returns the mark of the moment.
    pub(super) fn mark(&self) -> Option<Price> {
        self.lane.as_ref().map(Lane::mark).or(self.mark)
    }

    /// Returns the number of the next execution.
    pub(super) fn next_trade(&mut self) -> u64 {
        self.trades += 1;
        self.trades
    }

    /// Returns the number of the newest execution.
    pub(super) const fn trades(&self) -> u64 {
        self.trades
    }

    /// Goes on counting executions behind one of an earlier life.
    pub(super) fn resume_trades(&mut self, trade: u64) {
        self.trades = self.trades.max(trade);
    }

    pub(super) fn find(&self, id: OrderId) -> Option<usize> {
        self.orders.iter().position(|order| order.id == id)
    }

    /// Returns whether nothing of a bar can concern an order here.
    pub(super) fn orders_sleep(&self, bar: &Bar, close: TsNanos) -> bool {
        let tick = self.instrument.tick;
        self.orders
            .iter()
            .all(|order| order.sleeps_through(bar.low, bar.high, tick) && !order.is_void(close))
    }

    /// Returns the quantity of the base asset that orders to sell have set aside; the two orders of
    /// a list count once.
    pub(super) fn base_locked(&self) -> Qty {
        self.orders
            .iter()
            .filter(|order| order.request.side == Side::Sell)
            .map(|order| {
                let partner = order.partner.and_then(|id| self.find(id));
                match partner.map(|index| &self.orders[index]) {
                    // The larger of the two counts, the older one where they are equal.
                    Some(other) if other.left > order.left => Qty::ZERO,
                    Some(other) if other.left == order.left && other.id < order.id => Qty::ZERO,
                    Some(_) | None => order.left,
                }
            })
            .sum()
    }

    /// Returns which way a bar is walked.
    ///
    /// With a position: the extreme against it first. Flat: the way that hurts the position which
    /// the oldest order would open, its favourable extreme first.
    pub(super) fn course(&self, held: Option<Side>) -> Course {
        if let Some(side) = held {
            return Course { low_first: side == Side::Buy, adverse_first: true };
        }
        let coming = self
            .orders
            .iter()
            .find(|order| !order.request.reduce_only)
            .map(|order| order.request.side)
            .or_else(|| self.pending.iter().find_map(|pending| coming_side(&pending.errand)));
        match coming {
            Some(side) => Course { low_first: side == Side::Sell, adverse_first: false },
            None => Course { low_first: true, adverse_first: true },
        }
    }

    /// Returns whether an order would close the position at a profit: a target.
    pub(super) fn is_target(order: &Working, held: Option<Side>) -> bool {
        let closes = held.is_some_and(|side| side != order.request.side);
        closes
            && match order.stance() {
                Stance::Resting(_) => true,
                Stance::AwaitsFall(_) | Stance::AwaitsRise(_) => !order.is_stop(),
                Stance::Market | Stance::Arriving(_) => false,
            }
    }
}

fn coming_side(errand: &Errand) -> Option<Side> {
    let first = match errand {
        Errand::Place(_, request) => Some(request),
        Errand::List(legs) => Some(&legs[0].1),
        Errand::Replace { place, .. } => place.first().map(|(_, request)| request),
        Errand::Cancel(_) => None,
    };
    first.filter(|request| !request.reduce_only).map(|request| request.side)
}
