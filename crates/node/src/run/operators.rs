//! [`Operators`]: what people ask for over the control socket, on its way to the hub and back.

use engine::State;
use hub::system::{Hub, Input, OperatorRequest, Reply, ReplyTicket};
use types::num::Money;

use super::speed::{self, Speed};
use crate::control::answers::Surroundings;
use crate::control::{Clerk, ControlRequest, Work};
use crate::run_config::Mode;

/// The clerk, and what it has to know of the run.
#[derive(Debug)]
pub(crate) struct Operators {
    pub(crate) clerk: Clerk,
    pub(crate) mode: Mode,
    /// The journal's name.
    pub(crate) journal: String,
    pub(crate) capital: Money,
}

impl Operators {
    /// Takes a request: answers it, or hands the hub what is to be done. Returns whom to answer, under which name, where a new key for
    /// the venue is wanted.
    pub(crate) fn take(
        &mut self,
        asked: ControlRequest,
        hub: &mut Hub<State>,
        market: Speed,
        now: types::market::TsNanos,
    ) -> Option<(ReplyTicket, String)> {
        let core = hub.engine().core();
        let loss = core.guards().loss(&core.config().risk);
        let around = Surroundings {
            money: self.mode,
            speed: match market {
                Speed::Times(n) => Some(n.get()),
                Speed::Max => None,
            },
            next_close: hub.next_close(),
            loss: loss.map(|reading| (reading.budget, reading.left())),
            journal: self.journal.clone(),
        };
        let wall = u64::try_from(speed::wall().as_nanos() / 1_000_000_000).unwrap_or(0);
        let status = hub.status();
        match self.clerk.take(asked, &status, &around, wall, self.capital) {
            None => None,
            Some(Work::ConfigRefused { why }) => {
                hub.handle(Input::ConfigRefused { why }, now);
                None
            }
            Some(Work::Ask { ticket, name, request }) => {
                if matches!(request, OperatorRequest::Limits { .. }) {
                    hub.handle(Input::ConfigTaken, now);
                }
                hub.handle(Input::Operator { ticket, name, request }, now);
                None
            }
            Some(Work::Rotate { ticket, name }) => Some((ticket, name)),
        }
    }

    /// Says why the old key stays.
    pub(crate) fn refuse_key(&mut self, ticket: ReplyTicket, why: String) {
        self.clerk.refuse(ticket, "KEY_REFUSED", why);
    }

    /// Passes on what the hub says.
    pub(crate) fn hear(&mut self, ticket: ReplyTicket, reply: Reply) {
        self.clerk.hear(ticket, reply);
    }
}
