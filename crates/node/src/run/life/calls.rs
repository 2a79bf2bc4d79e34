//! Requests to the venue, each in a task of its own.

use hub::budget::Ticket;
use hub::system::{Answer, Call, Input};

use super::course::Life;
use crate::run::account;
use crate::run::inbox::Event;
use crate::run::sender::Sender;

impl Life {
    pub(super) fn call(&self, ticket: Ticket, call: Call) {
        let (sender, inbox) = (self.sender.clone(), self.inbox.clone());
        tokio::spawn(async move {
            let answered = |answer, throttle, sender: &Sender| Input::Answered {
                ticket,
                answer,
                used: sender.venue.usage(),
                throttle,
            };
            match call {
                Call::Order(request) => {
                    let came = sender.send(&request).await;
                    for report in came.reports {
                        inbox.hub(Input::Order(Box::new(report))).await;
                    }
                    if let Some(why) = came.why {
                        inbox.urgent(Event::Undone(why)).await;
                    }
                    let answer = Answer::Order(came.answer);
                    inbox.hub(answered(answer, came.throttle, &sender)).await;
                }
                Call::Account(question) => {
                    let (answer, throttle) = account::ask(&sender, question).await;
                    inbox.hub(answered(Answer::Account(answer), throttle, &sender)).await;
                }
                Call::Market { source, query } => {
                    let sent = sender.clock.now();
                    let asked = sender.source(source);
                    let result = asked.ask(&query).await;
                    let throttle = result.as_ref().err().and_then(account::throttle);
                    let result = result.map_err(|error| error.to_failure());
                    let answer = Answer::Market { sent, result };
                    let used = asked.usage();
                    inbox.market(Input::Answered { ticket, answer, used, throttle }).await;
                }
            }
        });
    }
}
