//! [`Heard`]: what a life was told of orders, to find the orders of messages that made other systems wrong.

use std::collections::{BTreeMap, BTreeSet};

use hub::budget::Ticket;
use hub::gateway::{Answer, LookUp, Request};
use types::venue::{Execution, OrderReport, OrderStatus, Progress, UserEvent};

use super::marks::{Mark, Marks};

/// What a life was told of orders.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// Names that were placed by requests without an answer.
    asked: BTreeMap<Ticket, BTreeSet<String>>,
    /// What answers said of each order last, by name.
    told: BTreeMap<String, Progress>,
}

impl Heard {
    /// A request is sent.
    pub(super) fn asks(&mut self, ticket: Ticket, request: &Request) {
        let placed = match request {
            Request::Place(place) | Request::Replace { place, .. } => place.as_slice(),
            Request::Cancel(_) | Request::LookUp(_) | Request::Fills(_) => &[],
        };
        let names = placed.iter().map(|placing| placing.named().client_id.as_str().to_owned());
        self.asked.insert(ticket, names.collect());
    }

    /// It is answered.
    pub(super) fn answered(&mut self, ticket: Ticket, reports: &[OrderReport], answer: &Answer) {
        self.asked.remove(&ticket);
        let found = match answer {
            Answer::LookUp(LookUp::Found(report)) => Some(&**report),
            Answer::LookUp(LookUp::NotFound | LookUp::Failed)
            | Answer::Done(_)
            | Answer::Replaced { .. }
            | Answer::Fills(_) => None,
        };
        for report in reports.iter().chain(found) {
            self.told.insert(report.client_order_id.clone(), report.progress);
        }
    }

    /// The account's stream tells something.
    pub(super) fn says(&self, event: &UserEvent, marks: &mut Marks) {
        let UserEvent::Order { execution, report, .. } = event else { return };
        let name = &report.client_order_id;
        let told = self.told.get(name);
        match execution {
            Execution::Accepted => {
                let asked = self.asked.values().any(|names| names.contains(name));
                marks.sometimes(Mark::StreamBeforeReply, asked);
                let filled = told.is_some_and(|told| told.status == OrderStatus::Filled);
                marks.sometimes(Mark::NewAfterFilled, filled);
            }
            Execution::Fill(_) => {
                let known = told.is_some_and(|told| told.filled >= report.progress.filled);
                marks.sometimes(Mark::FillBehindSum, known);
                let gone = told.is_some_and(|told| !told.status.is_open());
                marks.sometimes(Mark::FillAfterEnd, gone);
            }
            Execution::Amended
            | Execution::Cancelled
            | Execution::Expired
            | Execution::Rejected(_)
            | Execution::SelfTradePrevented => {}
        }
    }
}
