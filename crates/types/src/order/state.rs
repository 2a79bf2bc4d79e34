//! The states of an order and the one table of transitions between them.

use serde::{Deserialize, Serialize};

/// Where an order is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    /// Durable, not sent.
    Intent,
    /// Sent, no answer.
    Submitted,
    /// Sent, and it is not known whether it was accepted.
    Unknown,
    /// Working, a replacement was asked for.
    ReplacePending,
    /// Resting at the venue.
    Working,
    /// Resting, a part has traded.
    PartiallyFilled,
    /// Traded whole.
    Filled,
    /// Working, a cancellation was asked for.
    CancelPending,
    /// Cancelled, what had traded stays.
    Cancelled,
    /// Not accepted by the venue.
    Rejected,
    /// Ended by its time in force.
    Expired,
    /// Not sent: a rule of ours said no.
    Refused,
}

/// What can happen to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderEvent {
    /// The request left.
    Submit,
    /// A rule of ours said no.
    Refuse,
    /// The venue accepted it.
    Accept,
    /// The venue did not accept it.
    Reject,
    /// No answer in time: the outcome is unknown.
    TimeOut,
    /// A look-up proved that the venue never accepted it.
    NotFound,
    /// A part traded, more is open.
    PartialFill,
    /// The last part traded.
    Fill,
    /// We asked for a cancellation.
    AskCancel,
    /// The venue cancelled it.
    Cancel,
    /// The venue did not cancel it.
    CancelRejected,
    /// We asked for a replacement.
    AskReplace,
    /// The venue replaced it: this order ended, its successor lives under its own name.
    Replace,
    /// The venue did not replace it.
    ReplaceRejected,
    /// Its time in force ended.
    Expire,
}

/// An event that cannot happen in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("order in state {state:?} cannot take event {event:?}")]
pub struct TransitionError {
    /// Where the order was.
    pub state: OrderState,
    /// What was said to have happened.
    pub event: OrderEvent,
}

impl OrderState {
    /// Every state.
    pub const ALL: [Self; 12] = [
        Self::Intent,
        Self::Submitted,
        Self::Unknown,
        Self::ReplacePending,
        Self::Working,
        Self::PartiallyFilled,
        Self::Filled,
        Self::CancelPending,
        Self::Cancelled,
        Self::Rejected,
        Self::Expired,
        Self::Refused,
    ];

    /// Returns the state after an event. `traded` says whether a part has traded before.
    ///
    /// # Errors
    /// `TransitionError` if the event cannot happen in the state.
    pub const fn after(self, event: OrderEvent, traded: bool) -> Result<Self, TransitionError> {
        use OrderEvent as E;
        use OrderState as S;
        let resting = if traded { S::PartiallyFilled } else { S::Working };
        let next = match (self, event) {
            (S::Intent, E::Submit) => S::Submitted,
            (S::Intent, E::Refuse) => S::Refused,

            (S::Submitted | S::Unknown, E::Accept) => S::Working,
            (S::Submitted | S::Unknown, E::Reject | E::NotFound) => S::Rejected,
            (S::Submitted | S::Unknown, E::TimeOut) => S::Unknown,
            // Reports overtake each other: a fill can arrive before the acceptance.
            (S::Submitted | S::Unknown, E::PartialFill) => S::PartiallyFilled,
            (S::Submitted | S::Unknown, E::Fill) => S::Filled,
            (S::Submitted | S::Unknown, E::Cancel) => S::Cancelled,
            (S::Submitted | S::Unknown, E::Expire) => S::Expired,

            (S::Working | S::PartiallyFilled, E::PartialFill) => S::PartiallyFilled,
            (S::Working | S::PartiallyFilled, E::Fill) => S::Filled,
            (S::Working | S::PartiallyFilled, E::AskCancel) => S::CancelPending,
            (S::Working | S::PartiallyFilled, E::AskReplace) => S::ReplacePending,
            (S::Working | S::PartiallyFilled, E::Cancel | E::Replace) => S::Cancelled,
            (S::Working | S::PartiallyFilled, E::Expire) => S::Expired,
            // The acceptance that a fill has overtaken.
            (S::PartiallyFilled, E::Accept) => S::PartiallyFilled,
            // A stop-limit or market order may be rejected when it is triggered.
            (S::Working | S::PartiallyFilled, E::Reject) => S::Rejected,

            // What was asked for has not happened yet: the order still trades.
            (S::CancelPending, E::PartialFill) => S::CancelPending,
            (S::ReplacePending, E::PartialFill) => S::ReplacePending,
            (S::CancelPending | S::ReplacePending, E::Fill) => S::Filled,
            (S::CancelPending | S::ReplacePending, E::Cancel | E::Replace) => S::Cancelled,
            (S::CancelPending | S::ReplacePending, E::Expire) => S::Expired,
            // The market reached its trigger first.
            (S::CancelPending | S::ReplacePending, E::Reject) => S::Rejected,
            (S::CancelPending, E::CancelRejected) => resting,
            (S::ReplacePending, E::ReplaceRejected) => resting,
            (S::ReplacePending, E::AskCancel) => S::CancelPending,
            (S::CancelPending | S::ReplacePending, E::TimeOut) => S::Unknown,

            // A fill that was under way when the order ended still counts.
            (S::Cancelled, E::PartialFill) => S::Cancelled,
            (S::Expired, E::PartialFill) => S::Expired,
            (S::Cancelled | S::Expired, E::Fill) => S::Filled,
            // The acceptance that everything else has overtaken.
            (S::Filled, E::Accept) => S::Filled,
            (S::Cancelled, E::Accept) => S::Cancelled,
            (S::Expired, E::Accept) => S::Expired,

            (state, event) => return Err(TransitionError { state, event }),
        };
        Ok(next)
    }

    /// Returns whether nothing more is expected of the order.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        match self {
            Self::Filled | Self::Cancelled | Self::Rejected | Self::Expired | Self::Refused => true,
            Self::Intent
            | Self::Submitted
            | Self::Unknown
            | Self::ReplacePending
            | Self::Working
            | Self::PartiallyFilled
            | Self::CancelPending => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use OrderEvent as E;
    use OrderState as S;

    fn walk(events: &[OrderEvent]) -> Result<OrderState, TransitionError> {
        let mut state = S::Intent;
        let mut traded = false;
        for event in events {
            state = state.after(*event, traded)?;
            traded |= *event == E::PartialFill;
        }
        Ok(state)
    }

    #[test]
    fn lives_of_orders() {
        for (events, end) in [
            (&[E::Refuse][..], S::Refused),
            (&[E::Submit, E::Accept, E::Fill], S::Filled),
            (&[E::Submit, E::Reject], S::Rejected),
            (&[E::Submit, E::PartialFill, E::Accept, E::Fill], S::Filled),
            (&[E::Submit, E::TimeOut, E::NotFound], S::Rejected),
            (&[E::Submit, E::TimeOut, E::Accept, E::Cancel], S::Cancelled),
            (&[E::Submit, E::Accept, E::AskCancel, E::CancelRejected], S::Working),
            (
                &[E::Submit, E::Accept, E::PartialFill, E::AskReplace, E::ReplaceRejected],
                S::PartiallyFilled,
            ),
            (&[E::Submit, E::Accept, E::AskReplace, E::Replace], S::Cancelled),
            (&[E::Submit, E::Accept, E::AskCancel, E::Cancel, E::Fill], S::Filled),
            (&[E::Submit, E::Accept, E::Expire, E::PartialFill], S::Expired),
            (&[E::Submit, E::Expire], S::Expired),
            (&[E::Submit, E::TimeOut, E::TimeOut, E::Fill], S::Filled),
            // A stop that is triggered and then not taken.
            (&[E::Submit, E::Accept, E::PartialFill, E::Reject], S::Rejected),
            // What was asked for comes too late, or its answer does.
            (&[E::Submit, E::Accept, E::AskCancel, E::PartialFill], S::CancelPending),
            (&[E::Submit, E::Accept, E::AskCancel, E::Fill], S::Filled),
            (&[E::Submit, E::Accept, E::AskCancel, E::Expire], S::Expired),
            (&[E::Submit, E::Accept, E::AskCancel, E::Reject], S::Rejected),
            (&[E::Submit, E::Accept, E::PartialFill, E::AskReplace, E::Reject], S::Rejected),
            (&[E::Submit, E::Accept, E::AskCancel, E::TimeOut, E::Cancel], S::Cancelled),
            (&[E::Submit, E::Accept, E::AskReplace, E::PartialFill], S::ReplacePending),
            (&[E::Submit, E::Accept, E::AskReplace, E::AskCancel], S::CancelPending),
            // The acceptance comes last of all.
            (&[E::Submit, E::Fill, E::Accept], S::Filled),
            (&[E::Submit, E::Cancel, E::Accept], S::Cancelled),
            (&[E::Submit, E::Expire, E::Accept], S::Expired),
        ] {
            assert_eq!(walk(events), Ok(end), "{events:?}");
        }
    }

    #[test]
    fn what_cannot_happen_names_state_and_event() {
        let wrong = walk(&[E::Submit, E::Accept, E::Fill, E::Cancel]);
        assert_eq!(wrong, Err(TransitionError { state: S::Filled, event: E::Cancel }));
        let text = wrong.map_err(|e| e.to_string()).unwrap_err();
        assert_eq!(text, "order in state Filled cannot take event Cancel");
        assert!(walk(&[E::Accept]).is_err(), "accepted before it was sent");
    }

    #[test]
    fn an_ended_order_takes_only_late_fills_and_acceptances() {
        for state in S::ALL.into_iter().filter(|s| s.is_terminal()) {
            for event in [E::Submit, E::AskCancel, E::AskReplace, E::TimeOut, E::Expire] {
                assert!(state.after(event, false).is_err(), "{state:?} {event:?}");
            }
        }
        assert!(S::Refused.after(E::Fill, false).is_err());
    }
}
