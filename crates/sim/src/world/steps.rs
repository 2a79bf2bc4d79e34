//! [`Steps`]: three entries, their cancellations, their fills and a restart of the hub, in an order that is written down.
//!
//! What the hub asks of the venue about the three is kept on its way until its turn; fills are somebody's who sells to the venue, a
//! restart kills the process. Cancellations are the hub's own: an operator pauses once all three entries are on their way.

use std::fmt;

use hub::gateway::Request;
use hub::system::Call;
use serde::{Deserialize, Serialize};
use types::ids::{Leg, SymbolId};

use super::calls::Asked;
use super::kind::Act;
use super::play::{MILLI, Next, World};
use super::store::Death;

/// So many entries.
const ORDERS: u8 = 3;
/// From one step to the next, nanoseconds: an answer and a cancellation fit in, and all steps into `recvWindow`.
const STEP: i64 = 120 * MILLI;
/// The cancellation of an order that is open is waited for, nanoseconds: it may take a restart, which keeps quiet for twelve seconds.
/// Then it passes whenever it comes.
const WAIT: i64 = 18_000 * MILLI;
/// It is looked for so often, nanoseconds.
const LOOK: i64 = 20 * MILLI;
/// The next life starts so long behind a kill, milliseconds: at once, while requests of the one before are on their way.
const DOWN_MS: u64 = 50;

/// One step, of an entry by its number from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Place(u8),
    Cancel(u8),
    Fill(u8),
    Restart,
}

/// An order of steps: its text is `P1 F1 P2 C1 R ...`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Steps(Vec<Step>);

impl Steps {
    /// Returns all orders in which an entry is placed before it is cancelled and before it is filled, with a restart at each place.
    ///
    /// The entries are alike, so that they are numbered by who is placed first: 9! / 3^3 / 3! orders of the nine, times ten places.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let mut orders = Vec::new();
        extend(&mut Vec::new(), &mut orders);
        let with_restart = |order: Vec<Step>| {
            (0..=order.len()).map(move |place| {
                let mut steps = order.clone();
                steps.insert(place, Step::Restart);
                Self(steps)
            })
        };
        orders.into_iter().flat_map(with_restart).collect()
    }

    pub(super) fn begin(self) -> Schedule {
        Schedule { steps: self.0, next: 0, begun: false, waits: WAIT, held: Vec::new(), forced: 0 }
    }

    /// Returns how many steps there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Extends an order by each step that may be next.
fn extend(order: &mut Vec<Step>, whole: &mut Vec<Vec<Step>>) {
    if order.len() == usize::from(ORDERS) * 3 {
        whole.push(order.clone());
        return;
    }
    for number in 0..ORDERS {
        let has = |step| order.contains(&step);
        let placed = has(Step::Place(number));
        let is_next = !placed && (number == 0 || has(Step::Place(number - 1)));
        let may = [
            (Step::Place(number), is_next),
            (Step::Cancel(number), placed && !has(Step::Cancel(number))),
            (Step::Fill(number), placed && !has(Step::Fill(number))),
        ];
        for (step, _) in may.into_iter().filter(|(_, may)| *may) {
            order.push(step);
            extend(order, whole);
            order.pop();
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Place(number) => write!(f, "P{}", number + 1),
            Self::Cancel(number) => write!(f, "C{}", number + 1),
            Self::Fill(number) => write!(f, "F{}", number + 1),
            Self::Restart => f.write_str("R"),
        }
    }
}

impl From<Steps> for String {
    fn from(steps: Steps) -> Self {
        steps.0.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }
}

impl TryFrom<String> for Steps {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let numbered = (0..ORDERS).flat_map(|n| [Step::Place(n), Step::Cancel(n), Step::Fill(n)]);
        let known: Vec<Step> = numbered.chain([Step::Restart]).collect();
        let step = |word: &str| {
            let step = known.iter().find(|step| step.to_string() == word).copied();
            step.ok_or_else(|| format!("step {word:?} is none of P, C, F with 1 to {ORDERS}, or R"))
        };
        text.split_whitespace().map(step).collect::<Result<_, _>>().map(Self)
    }
}

/// An order of steps while it is played.
#[derive(Debug)]
pub(super) struct Schedule {
    steps: Vec<Step>,
    next: usize,
    begun: bool,
    /// For so long the cancellation that is next is waited for, nanoseconds.
    waits: i64,
    /// Requests that wait for their turn.
    held: Vec<(Step, Box<Asked>)>,
    /// Steps that came about at their turn.
    forced: u64,
}

impl Schedule {
    fn has_passed(&self, step: Step) -> bool {
        !self.steps[self.next.min(self.steps.len())..].contains(&step)
    }

    /// Takes the requests of a step, oldest first.
    fn release(&mut self, step: Step) -> Vec<(Step, Box<Asked>)> {
        let (now, later) = self.held.drain(..).partition(|(held, _)| *held == step);
        self.held = later;
        now
    }

    fn is_ready(&self) -> bool {
        let is_held = |number| self.held.iter().any(|(step, _)| *step == Step::Place(number));
        !self.begun && (0..ORDERS).all(is_held)
    }
}

/// Returns the step that a request is.
fn step_of(call: &Call) -> Option<Step> {
    let number = |symbol: SymbolId| u8::try_from(symbol.0).ok().filter(|number| *number < ORDERS);
    match call {
        Call::Order(Request::Place(placed)) => {
            let [entry] = placed.as_slice() else { return None };
            let opens = entry.named().order.leg == Leg::Main && !entry.request().reduce_only;
            number(entry.named().symbol).filter(|_| opens).map(Step::Place)
        }
        Call::Order(Request::Cancel(named)) => {
            number(named.symbol).filter(|_| named.order.leg == Leg::Main).map(Step::Cancel)
        }
        Call::Order(Request::Replace { .. } | Request::LookUp(_) | Request::Fills(_))
        | Call::Account(_)
        | Call::Market { .. } => None,
    }
}

impl World {
    /// Returns a request that may arrive now; one whose turn has not come is kept.
    pub(super) fn hold(&mut self, asked: Box<Asked>) -> Option<Box<Asked>> {
        let Some(schedule) = &mut self.schedule else { return Some(asked) };
        let Some(step) = step_of(asked.call()).filter(|step| !schedule.has_passed(*step)) else {
            return Some(asked);
        };
        schedule.held.push((step, asked));
        if schedule.is_ready() {
            schedule.begun = true;
            self.operator_acts(Act::Pause);
            self.agenda.at(self.now.plus(STEP), Next::Turn);
        }
        None
    }

    /// The next step's turn has come.
    pub(super) fn turn(&mut self) {
        let Some(schedule) = &mut self.schedule else { return };
        let Some(step) = schedule.steps.get(schedule.next).copied() else { return };
        let released = schedule.release(step);
        let (came, may_come) = match step {
            Step::Place(_) => (!released.is_empty(), false),
            Step::Cancel(number) => {
                let open = self.venue.purchase(SymbolId(number.into())).is_some();
                (!released.is_empty(), open)
            }
            Step::Fill(number) => (self.venue.fill(SymbolId(number.into())), false),
            Step::Restart => {
                self.die(Death::Killed, DOWN_MS);
                (true, false)
            }
        };
        let Some(schedule) = &mut self.schedule else { return };
        if !came && may_come && schedule.waits > 0 {
            schedule.waits -= LOOK;
            self.agenda.at(self.now.plus(LOOK), Next::Turn);
            return;
        }
        schedule.next += 1;
        schedule.waits = WAIT;
        schedule.forced += u64::from(came);
        let (forced, over) = (schedule.forced, schedule.next == schedule.steps.len());
        self.counts.aimed = Some(forced);
        self.say(format_args!("step {step}{}", if came { "" } else { ", which does not come" }));
        for (_, asked) in released {
            self.arrives(asked);
        }
        if over {
            self.schedule = None;
        } else {
            self.agenda.at(self.now.plus(STEP), Next::Turn);
        }
    }

    /// No step's turn comes any more.
    pub(super) fn end_steps(&mut self) {
        let held = self.schedule.take().map(|schedule| schedule.held);
        for (_, asked) in held.into_iter().flatten() {
            self.lose(&asked);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_orders_are_counted_and_none_is_there_twice() {
        let all: Vec<String> = Steps::all().into_iter().map(String::from).collect();
        let nine_factorial = 362_880;
        assert_eq!(all.len(), nine_factorial / 27 / 6 * 10);
        let different: std::collections::BTreeSet<&String> = all.iter().collect();
        assert_eq!(different.len(), all.len());
        assert!(all.contains(&"P1 C1 F1 R P2 P3 F3 C2 F2 C3".to_owned()));
        assert!(!all.iter().any(|steps| steps.starts_with('C') || steps.starts_with("P2")));
    }

    #[test]
    fn steps_are_read_as_they_are_written() {
        for steps in Steps::all().into_iter().step_by(997) {
            let text = String::from(steps.clone());
            assert_eq!(Steps::try_from(text), Ok(steps));
        }
        let error = Steps::try_from("P1 X1".to_owned()).unwrap_err();
        assert_eq!(error, "step \"X1\" is none of P, C, F with 1 to 3, or R");
    }
}
