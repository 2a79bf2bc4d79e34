//! [`Flight`]: where an order's requests are at the moment. It dies with the process; a restart puts every
//! open order in doubt instead.

use types::entry::ReportEvent;
use types::market::TsNanos;
use types::num::Qty;

use super::retry::LONGEST;
use super::words::{Request, Ticket};

/// It is not known what became of a request about the order.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Doubt {
    /// The last moment at which the request may have left.
    pub(super) since: TsNanos,
    /// Whether a placement is in doubt: then exposure hangs on it, and it is an incident.
    pub(super) placing: bool,
    /// Look-ups so far.
    pub(super) tries: u32,
    /// When to look up next.
    pub(super) next: TsNanos,
    /// The look-up that is under way, and when it left.
    pub(super) asked: Option<(Ticket, TsNanos)>,
}

impl Doubt {
    pub(super) const fn new(now: TsNanos, placing: bool) -> Self {
        Self { since: now, placing, tries: 0, next: now, asked: None }
    }

    /// Returns when it is looked up next: a question that hangs is not waited for.
    pub(super) fn due(&self, pace: i64) -> TsNanos {
        due(self.next, self.asked, pace)
    }
}

fn due(next: TsNanos, asked: Option<(Ticket, TsNanos)>, pace: i64) -> TsNanos {
    asked.map_or(next, |(_, at)| next.max(at.plus(LONGEST.saturating_mul(pace))))
}

/// The venue says that more was executed than the fills show.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Hole {
    /// What it says was executed.
    pub(super) filled: Qty,
    /// How the order ended, told once its fills are here.
    pub(super) end: Option<ReportEvent>,
    pub(super) tries: u32,
    pub(super) next: TsNanos,
    pub(super) asked: Option<(Ticket, TsNanos)>,
}

impl Hole {
    /// Returns when its fills are asked for next.
    pub(super) fn due(&self, pace: i64) -> TsNanos {
        due(self.next, self.asked, pace)
    }
}

/// What is under way for one order; absent where nothing is.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Flight {
    pub(super) doubt: Option<Doubt>,
    pub(super) hole: Option<Hole>,
    /// When a cancellation that did not come about is sent again, and how often it was: each waits longer than the last.
    pub(super) cancel_at: Option<TsNanos>,
    pub(super) cancels: u32,
    /// The venue has said that it cancelled it; a look-up may not know that yet.
    pub(super) cancelled: bool,
    /// The placement as it was sent: venues that take an id once may be sent it again.
    pub(super) placed: Option<Request>,
    /// Whether it was sent again: then a rejection may be of the second copy.
    pub(super) resent: bool,
    /// Since when the market is beyond the trigger of a stop with a limit.
    pub(super) beyond: Option<TsNanos>,
    /// The venue does not know the order although it had accepted it.
    pub(super) lost: bool,
    /// Its fills could not be had.
    pub(super) unexplained: bool,
}

impl Flight {
    /// Returns whether nothing is under way.
    pub(super) fn is_idle(&self) -> bool {
        self.doubt.is_none()
            && self.hole.is_none()
            && self.cancel_at.is_none()
            && self.cancels == 0
            && !self.cancelled
            && self.placed.is_none()
            && !self.resent
            && self.beyond.is_none()
            && !self.lost
            && !self.unexplained
    }

    /// Returns the moments at which something of it is due. `pace`: how fast the venue's time passes.
    pub(super) fn deadlines(&self, pace: i64) -> impl Iterator<Item = TsNanos> {
        let doubt = self.doubt.as_ref().map(|doubt| doubt.due(pace));
        let hole = self.hole.as_ref().map(|hole| hole.due(pace));
        [doubt, hole, self.cancel_at].into_iter().flatten()
    }
}
