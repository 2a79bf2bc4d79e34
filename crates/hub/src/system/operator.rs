//! What operators ask for and what they are answered: [`OperatorRequest`], [`Reply`].

use serde::{Deserialize, Serialize};
use types::entry::{PermitKind, SystemMode};
use types::hard_limits::HardLimits;
use types::ids::{Asset, OrderId, Seq, Symbol};
use types::market::TsNanos;
use types::num::{Money, Price, Qty};
use types::order::OrderKind;
use types::side::Side;

use crate::permits::Proof;

/// Names a request of an operator; chosen by who brings it, never twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReplyTicket(pub u64);

/// What an operator wants. Each is an entry of the journal under the operator's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OperatorRequest {
    /// No entries; exits go on, stops rest.
    Pause,
    /// Entries again.
    Resume,
    /// SAFE_MODE on.
    SafeMode,
    /// SAFE_MODE off, where its latch and its cause allow it.
    Release,
    /// Planned work begins.
    MaintenanceOn,
    /// Planned work is over.
    MaintenanceOff,
    /// Close all positions.
    Flatten,
    /// No entries; at the moment named everything is closed and the system stops.
    WindDown {
        /// When.
        by: TsNanos,
    },
    /// Close the gateway: entry orders are cancelled, stops rest.
    Kill,
    /// A step towards what only people may allow.
    Permit {
        /// What is to be allowed.
        kind: PermitKind,
        /// The step.
        step: Ask,
        /// What the operator brings; the caller has checked the code.
        proof: Proof,
    },
    /// Hard limits of a newly read, verified file: what is lower holds at once, what is higher is asked for.
    Limits {
        /// The limits.
        limits: HardLimits,
        /// What the operator brings, if something rises.
        proof: Proof,
    },
    /// An incident that only a person can judge is over.
    CloseIncident {
        /// The place of its entry.
        incident: Seq,
    },
    /// What somebody else traded on our account: look at it, or book it.
    Adopt {
        /// Of which symbol.
        symbol: Symbol,
        /// How much of the difference in money belongs to it; `None`: all, where no other symbol differs.
        money: Option<Money>,
        /// What is agreed to; `None`: look.
        agreed: Option<Agreed>,
    },
    /// The venue's keys were read again; noted.
    RotateKeys,
    /// End the system: entry orders are cancelled, stops stay resting.
    Stop,
}

/// What an operator has looked at and wants booked. It is what the venue says now, or nothing is booked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreed {
    /// Why, in the operator's words.
    pub reason: String,
    /// How many of the coins lie at the venue.
    pub total: Money,
    /// How much more money lies there than our books say; below zero: less.
    pub cash: Money,
}

/// A step towards a permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// Ask for it.
    Ask,
    /// Agree, as a second person.
    Confirm,
    /// Stop it.
    Cancel,
}

/// The answer to an operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// Not the end yet: what happened so far, in words.
    Progress(String),
    /// It is done, as the venue confirmed.
    Done(Confirmed),
    /// Its time is over and the venue has not confirmed all of it; `open` says what.
    Unconfirmed(Confirmed),
    /// It is not allowed, with the reason and what can be done.
    Refused {
        /// A stable word.
        code: String,
        /// For people.
        message: String,
    },
}

/// What was done, and what the venue confirmed of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Confirmed {
    /// Place of the operator's entry; `None` if nothing was entered.
    pub seq: Option<Seq>,
    /// The mode now.
    pub mode: Option<SystemMode>,
    /// Orders that the venue has cancelled for it.
    pub cancelled: Vec<OrderLine>,
    /// Positions that are closed.
    pub closed: Vec<ClosedLine>,
    /// Protective orders that rest.
    pub resting: Vec<OrderLine>,
    /// What somebody else traded on our account, as it was looked at or booked.
    pub adoption: Option<Box<AdoptionLine>>,
    /// What is not confirmed, in words.
    pub open: Vec<String>,
    /// What else is to be known.
    pub notes: Vec<String>,
}

/// An order, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OrderLine {
    /// Our identity of it.
    pub order: OrderId,
    /// The name the venue knows.
    pub client_id: String,
    /// What it trades.
    pub symbol: Symbol,
    /// Buy or sell.
    pub side: Side,
    /// Kind and prices.
    pub kind: OrderKind,
    /// How much.
    pub qty: Qty,
    /// What of it has traded.
    pub filled: Qty,
    /// Where it is, in our words.
    pub state: String,
    /// May only make a position smaller.
    pub reduce_only: bool,
}

/// A position that was closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClosedLine {
    /// What was held.
    pub symbol: Symbol,
    /// How much of it was sold (or bought back).
    pub qty: Qty,
    /// Average price of the fills that closed it; `None` if none came.
    pub price: Option<Price>,
    /// How many fills.
    pub fills: u32,
    /// What the trade made, after fees.
    pub realised: Money,
}

/// What somebody else traded on our account, of one symbol.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AdoptionLine {
    /// Of which.
    pub symbol: Symbol,
    /// Its coins.
    pub asset: Asset,
    /// How many of them lie at the venue.
    pub total: Money,
    /// How many of them were not ours, by our books.
    pub foreign: Money,
    /// How many were.
    pub owned: Qty,
    /// By how much our holding changes.
    pub change: Qty,
    /// How many of them are not ours from then on.
    pub foreign_after: Money,
    /// How much more money lies at the venue than our books say; below zero: less.
    pub beyond: Money,
    /// Other symbols that differ: how much of that money belongs to which, no balance tells.
    pub beside: Vec<Symbol>,
    /// By how much our money changes.
    pub cash: Money,
    /// The mark at which coins leave.
    pub price: Price,
    /// What comes in (+) or goes out (-) by that, all told: no result of trading.
    pub flow: Money,
}
