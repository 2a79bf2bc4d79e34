//! [`Hub`]: the whole system without its sockets, disks and clocks.

mod adopting;
mod calls;
mod clock;
mod config;
mod confirming;
mod disk;
mod emergency;
mod event;
mod held_back;
mod hub;
mod incidents;
mod instants;
mod ledger;
mod market;
mod operating;
mod operator;
mod reconciling;
mod recovering;
mod reporting;
mod rules;
mod snapshot;
mod starting;
mod status;
mod stopping;
mod walking;
mod watching;
mod words;

#[cfg(test)]
mod tests;

pub use clock::{CLOCK_OFF_MAX, WrongClock, check_clock};
pub use config::{Costs, Custody, HubConfig, HubConfigError, Speed, Times};
pub use event::Event;
pub use hub::Hub;
pub use operator::{
    AdoptionLine, Agreed, Ask, ClosedLine, Confirmed, OperatorRequest, OrderLine, Reply,
    ReplyTicket,
};
pub use snapshot::{SnapshotError, engine_of_snapshot};
pub use status::{
    Component, ComponentState, ComponentStatus, GateStatus, IncidentLine, PositionLine, Resolved,
    Restart, Status,
};
pub use words::{AccountAnswer, AccountQuestion, Answer, Call, Input, LinkCommand, Output};
