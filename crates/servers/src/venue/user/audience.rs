//! [`Audience`]: who may hear what happens to which account, and the one place where it goes out.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::ws::Utf8Bytes;
use sim::exchange::book::{AccountId, Event};
use types::market::TsNanos;

use super::{Names, account, execution};
use crate::venue::api::TimeUnit;
use crate::venue::faults::{Api, Faults, Site};
use crate::venue::socket::Outbox;
use crate::venue::streams::late::Late;

/// A subscription to an account.
#[derive(Clone, Debug)]
pub struct Subscriber {
    /// The connection it belongs to.
    pub connection: u64,
    /// Its number on that connection: wraps each event.
    pub subscription: u16,
    /// Where its events go.
    pub outbox: Outbox,
    /// In which unit it reads times.
    pub unit: TimeUnit,
}

/// Both units of time.
const UNITS: [TimeUnit; 2] = [TimeUnit::Milli, TimeUnit::Micro];

/// An event in both units of time.
#[derive(Clone, Debug)]
struct Message([Arc<str>; 2]);

impl Message {
    fn new(render: impl Fn(TimeUnit) -> String) -> Self {
        Self(UNITS.map(|unit| render(unit).into()))
    }

    fn in_unit(&self, unit: TimeUnit) -> &str {
        match unit {
            TimeUnit::Milli => &self.0[0],
            TimeUnit::Micro => &self.0[1],
        }
    }
}

/// All subscriptions.
pub struct Audience {
    names: Names,
    /// What each account is called where faults are written: the name of its first key.
    accounts: BTreeMap<AccountId, String>,
    subscribers: BTreeMap<AccountId, Vec<Subscriber>>,
    late: Late<AccountId, Message>,
    faults: Faults,
}

impl Audience {
    /// Returns an audience of nobody.
    #[must_use]
    pub fn new(names: Names, accounts: BTreeMap<AccountId, String>, faults: Faults) -> Self {
        Self { names, accounts, subscribers: BTreeMap::new(), late: Late::default(), faults }
    }

    /// Adds a subscription.
    pub fn join(&mut self, account: AccountId, subscriber: Subscriber) {
        self.subscribers.entry(account).or_default().push(subscriber);
    }

    /// Ends a subscription.
    pub fn leave(&mut self, account: AccountId, connection: u64, subscription: u16) {
        if let Some(subscribers) = self.subscribers.get_mut(&account) {
            subscribers
                .retain(|one| (one.connection, one.subscription) != (connection, subscription));
        }
    }

    /// Ends all subscriptions of a connection.
    pub fn leave_all(&mut self, connection: u64) {
        self.subscribers.retain(|_, subscribers| {
            subscribers.retain(|one| one.connection != connection);
            !subscribers.is_empty()
        });
    }

    /// Tells the accounts concerned what happened in one step of the venue, in order.
    pub fn on_events(&mut self, now: TsNanos, events: &[Event]) {
        if self.subscribers.is_empty() {
            return;
        }
        for event in events {
            let Some(account) = concerned(event) else { continue };
            if !self.subscribers.contains_key(&account) {
                continue;
            }
            let names = &self.names;
            let Some((word, message)) = written(event, names) else { continue };
            self.send(now, account, word, message);
        }
    }

    fn send(&mut self, now: TsNanos, account: AccountId, word: &'static str, message: Message) {
        let name = self.accounts.get(&account).map(String::as_str);
        let site = Site { api: Api::UserStream, endpoint: word, symbol: None, account: name };
        let fault = self.faults.event(now, &site);
        for message in self.late.pass(now, &account, message, &fault) {
            self.deliver(account, &message);
        }
    }

    fn deliver(&mut self, account: AccountId, message: &Message) {
        let Some(subscribers) = self.subscribers.get_mut(&account) else { return };
        subscribers.retain(|one| !one.outbox.is_gone());
        for one in subscribers {
            one.outbox.offer(wrapped(one.subscription, message.in_unit(one.unit)));
        }
    }

    /// Sends what a fault has delayed until now.
    pub fn catch_up(&mut self, now: TsNanos) {
        for (account, message) in self.late.due(now) {
            self.deliver(account, &message);
        }
    }
}

/// Wraps an event with the number of its subscription.
#[must_use]
pub fn wrapped(subscription: u16, event: &str) -> Utf8Bytes {
    format!(r#"{{"subscriptionId":{subscription},"event":{event}}}"#).into()
}

/// Returns the account an event is about.
fn concerned(event: &Event) -> Option<AccountId> {
    match event {
        Event::Order(event) => Some(event.order.account),
        Event::Rejected(event) => Some(event.account),
        Event::List { list, .. } => Some(list.account),
        Event::Balances { account, .. } | Event::Flow { account, .. } => Some(*account),
        Event::Trade(_)
        | Event::Level(_)
        | Event::Quote(_)
        | Event::Status { .. }
        | Event::Rules { .. } => None,
    }
}

/// Writes an event of an account, with its name.
fn written(event: &Event, names: &Names) -> Option<(&'static str, Message)> {
    let told = match event {
        Event::Order(event) => {
            ("executionReport", Message::new(|unit| execution::execution(event, names, unit)))
        }
        Event::Rejected(event) => {
            ("executionReport", Message::new(|unit| execution::rejection(event, names, unit)))
        }
        Event::List { list, change, orders } => (
            "listStatus",
            Message::new(|unit| account::list_status(list, *change, orders, names, unit)),
        ),
        Event::Balances { at, balances, .. } => (
            "outboundAccountPosition",
            Message::new(|unit| account::position(*at, balances, names, unit)),
        ),
        Event::Flow { at, asset, amount, .. } => (
            "balanceUpdate",
            Message::new(|unit| account::balance_update(*at, *asset, *amount, names, unit)),
        ),
        Event::Trade(_)
        | Event::Level(_)
        | Event::Quote(_)
        | Event::Status { .. }
        | Event::Rules { .. } => return None,
    };
    Some(told)
}
