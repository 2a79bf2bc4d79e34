//! Reconciliation as it runs: when it is asked for, what is asked, what follows from the findings.

use types::entry::{Body, Incident, IncidentKind, Source};
use types::feed::SourceId;
use types::ids::OrderId;
use types::market::TsNanos;
use types::slot::Engine;
use types::venue::{Account, OrderReport, UserEvent};

use super::config::{Custody, Times};
use super::hub::Hub;
use super::status::Component;
use super::words::{AccountAnswer, AccountQuestion};
use crate::gateway;
use crate::reconcile::{Finding, Holdings, Ours};

/// What was asked, and what is here.
#[derive(Debug)]
struct Round {
    /// Our open orders when it was asked: one that is placed since is not missing.
    ours: Vec<Ours>,
    /// Nothing was under way when it was asked.
    settled: bool,
    /// A round ends when both questions are answered: none of its answers can land in the next one.
    answers: u8,
    /// When it was asked.
    asked: TsNanos,
    orders: Option<Vec<OrderReport>>,
    account: Option<Account>,
}

/// The comparison of our books with the venue's, over time.
#[derive(Debug, Default)]
pub(super) struct Reconciling {
    /// When it is due next; `None` while it is under way.
    due: Option<TsNanos>,
    round: Option<Round>,
    /// Asked for while a round is under way, whose answers may be older than what it was asked for.
    again: Option<TsNanos>,
    /// A comparison found nothing that is not settled by a rule.
    clear: bool,
    /// When orders were compared last.
    compared_at: Option<TsNanos>,
    /// Rounds since that was so last, those that wanted no more than a second look aside.
    vain: u32,
    /// The last round saw a difference while nothing was under way: the next one may believe it.
    suspects: bool,
    /// When the venue's rules are looked at next, and whether they are being asked for.
    listings_at: TsNanos,
    listing: bool,
    trouble: Option<String>,
}

impl Reconciling {
    /// Returns when something is asked for next. A comparison that is due waits for the venue's rules, and hides no question
    /// for them; it waits as long as `patience` for the gateway.
    pub(super) fn next_deadline(&self, now: TsNanos, patience: i64) -> Option<TsNanos> {
        let listings = (!self.listing).then_some(self.listings_at);
        let latest = self.due.map(|due| due.plus(patience));
        self.due.into_iter().chain(latest).chain(listings).filter(|at| *at > now).min()
    }

    /// Asks for a comparison as soon as it may be made.
    pub(super) fn want(&mut self, at: TsNanos) {
        let wanted = if self.round.is_some() { &mut self.again } else { &mut self.due };
        *wanted = Some(wanted.map_or(at, |before| before.min(at)));
    }

    /// Asks for the venue's rules as soon as they may be asked for: something does not go by those that are known.
    pub(super) fn want_rules(&mut self, at: TsNanos) {
        self.listings_at = self.listings_at.min(at);
    }

    /// The round is over: the next one is due then, or at what was wanted meanwhile.
    fn next_at(&mut self, at: TsNanos) {
        self.due = Some(self.again.take().map_or(at, |again| again.min(at)));
    }

    /// Returns when our open orders were last found among the venue's.
    pub(super) const fn compared_at(&self) -> Option<TsNanos> {
        self.compared_at
    }

    /// Returns what kept the venue from answering last.
    pub(super) fn trouble(&self) -> Option<String> {
        self.trouble.clone()
    }

    pub(super) fn troubled(&mut self, why: String) {
        self.trouble = Some(why);
    }
}

impl<E: Engine> Hub<E> {
    /// Asks what is due.
    pub(super) fn move_reconciliation(&mut self) {
        if self.starting.is_stopping() || !self.starting.has_passed(Component::Store) {
            return;
        }
        if !self.reconciling.listing && self.now >= self.reconciling.listings_at {
            self.reconciling.listing = true;
            self.ask(AccountQuestion::Listings);
        }
        if self.config.custody.is_in_process() {
            return;
        }
        // What is ours of the account is told by the table of what is traded: that comes first.
        let listed = !self.record.ledger.instruments.is_empty();
        let first = !self.starting.account && self.reconciling.due.is_none();
        let due = self.reconciling.due.is_some_and(|due| {
            // Balances that are read while a request is under way prove nothing: it is over in a moment.
            let waits = self.starting.has_begun() && !self.lockstep.gateway().is_settled();
            self.now >= if waits { due.plus(self.times.reconcile_again) } else { due }
        });
        if listed && self.reconciling.round.is_none() && (first || due) {
            self.reconciling.due = None;
            self.reconciling.round = Some(Round {
                ours: self.lockstep.gateway().ours(),
                settled: self.lockstep.gateway().is_settled(),
                answers: 0,
                asked: self.now,
                orders: None,
                account: None,
            });
            self.ask(AccountQuestion::OpenOrders);
            self.ask(AccountQuestion::Account);
            self.adoptions_asked();
        }
    }

    /// Returns whether our books and the venue's agree, or rules have settled what does not. Symbols with an order of
    /// unknown outcome wait for certainty by themselves; the others do not wait for them.
    pub(super) fn is_reconciled(&self) -> bool {
        let gateway = self.lockstep.gateway();
        let compared = match self.config.custody {
            Custody::InProcess { .. } => return gateway.is_settled(),
            Custody::Venue => self.reconciling.compared_at.is_some(),
        };
        (self.reconciling.clear && gateway.is_settled())
            || (compared && !gateway.is_settled() && gateway.waits_for_proof_alone())
    }

    /// Returns whether something is held without its stop on a symbol that the venue does not trade now.
    fn waits_for_trading(&self) -> bool {
        let gateway = self.lockstep.gateway();
        self.symbols()
            .any(|symbol| !gateway.trades(symbol) && !gateway.unprotected(symbol).qty.is_zero())
    }

    pub(super) fn on_account_answer(&mut self, question: AccountQuestion, answer: AccountAnswer) {
        match (question, &answer) {
            (_, AccountAnswer::KeyRefused(_)) => self.troubles.key_refused = true,
            // Answered to a request that our key has signed.
            (_, AccountAnswer::Account(_) | AccountAnswer::OpenOrders(_)) => {
                self.troubles.key_refused = false;
            }
            (_, AccountAnswer::Listings { .. } | AccountAnswer::Failed(_)) => {}
        }
        let again = self.now.plus(self.times.reconcile_again);
        match (question, answer) {
            (AccountQuestion::Listings, AccountAnswer::Listings { listings, limits }) => {
                self.reconciling.listing = false;
                self.reconciling.trouble = None;
                if self.config.custody.is_in_process() {
                    // Nothing else is asked there.
                    self.working(Component::Venue);
                }
                self.on_listings(&listings, limits);
                let wait = if self.waits_for_trading() {
                    // Half of the second within which a stop has to rest.
                    self.times.reconcile_again / 2
                } else {
                    self.times.listings_every
                };
                self.reconciling.listings_at = self.now.plus(wait);
            }
            (
                AccountQuestion::Listings,
                AccountAnswer::Failed(why) | AccountAnswer::KeyRefused(why),
            ) => {
                self.reconciling.listing = false;
                self.reconciling.listings_at = again;
                self.reconciling.trouble = Some(why.clone());
                self.failing(Component::Venue, why);
            }
            (AccountQuestion::OpenOrders, AccountAnswer::OpenOrders(orders)) => {
                if let Some(round) = &mut self.reconciling.round {
                    round.orders = Some(orders);
                }
                self.on_round_answer();
            }
            (AccountQuestion::Account, AccountAnswer::Account(account)) => {
                self.on_first_account(&account);
                if let Some(round) = &mut self.reconciling.round {
                    round.account = Some(account);
                }
                self.on_round_answer();
            }
            (
                AccountQuestion::OpenOrders | AccountQuestion::Account,
                AccountAnswer::Failed(why) | AccountAnswer::KeyRefused(why),
            ) => {
                self.reconciling.trouble = Some(why.clone());
                self.failing(Component::Venue, why);
                self.open_incident(Incident::word(IncidentKind::NotReconciled));
                self.on_round_answer();
            }
            (question, answer) => unreachable!("{answer:?} answers no question for {question:?}"),
        }
    }

    /// Compares once both answers are here.
    fn on_round_answer(&mut self) {
        let Some(round) = &mut self.reconciling.round else { return };
        round.answers += 1;
        if round.answers < 2 {
            return;
        }
        let asked = round.asked;
        let Some(Round { ours, settled, orders: Some(orders), account: Some(account), .. }) =
            self.reconciling.round.take()
        else {
            self.reconciling.vain = self.reconciling.vain.saturating_add(1);
            self.reconciling.next_at(self.now.plus(self.next_wait()));
            self.adoptions_unanswered();
            return;
        };
        self.working(Component::Venue);
        self.measure(Component::Reconciliation, self.now.since(asked));
        self.working(Component::Reconciliation);
        self.reconciling.trouble = None;
        self.close_incident(&Incident::word(IncidentKind::NotReconciled));
        self.reconciling.compared_at = Some(self.now);
        let gateway = self.lockstep.gateway();
        let is_open = |order: OrderId| gateway.open_orders().any(|open| open == order);
        let (open, ended): (Vec<Ours>, Vec<Ours>) =
            ours.into_iter().partition(|ours| is_open(ours.order));
        let by_name = |name: &str| gateway.by_name(name);
        let mut found = self.record.ledger.reconciler.orders(&open, &orders, by_name);
        // What was placed or has ended between question and answer differs by that alone.
        let is_newer = |order| gateway.placed_at(order).is_some_and(|at| at >= asked);
        let crossed = |order: OrderId| {
            is_open(order) || is_newer(order) || ended.iter().any(|o| o.order == order)
        };
        found.retain(|finding| match finding {
            Finding::Note(Body::Incident(incident)) => !incident.order.is_some_and(crossed),
            Finding::Note(_) | Finding::Adopt(_) | Finding::LookUp(_) => true,
        });
        let settled = settled && gateway.is_settled() && found.iter().all(is_adoption);
        let holdings = Holdings::of(gateway.books(), &self.record.ledger.instruments);
        found.extend(self.record.ledger.reconciler.balances(&holdings, &account.balances, settled));
        self.carry_out(found);
        let clear = settled && self.record.ledger.reconciler.is_clear();
        let Reconciling { vain, suspects, .. } = &mut self.reconciling;
        let first_look = settled && !clear && !*suspects;
        *suspects = settled && !clear;
        *vain = match (clear, first_look) {
            (true, _) => 0,
            (false, true) => *vain,
            (false, false) => vain.saturating_add(1),
        };
        let wait = if first_look { self.times.reconcile_again } else { self.next_wait() };
        self.reconciling.clear |= clear;
        self.reconciling.next_at(self.now.plus(wait));
        self.operating.balances = Some((account.balances, settled));
    }

    /// What is not clear is looked at again soon, then less and less soon: a round is a heavy question.
    fn next_wait(&self) -> i64 {
        let Times { reconcile_every, reconcile_again, .. } = self.times;
        match self.reconciling.vain {
            0 => reconcile_every,
            vain => reconcile_again.saturating_mul(1 << (vain - 1).min(16)).min(reconcile_every),
        }
    }

    fn carry_out(&mut self, found: Vec<Finding>) {
        for finding in found {
            match finding {
                Finding::Adopt(report) => self.tell(gateway::Input::Order(&report)),
                Finding::LookUp(order) => self.tell(gateway::Input::Missing(order)),
                Finding::Note(body) => {
                    self.append(Source::Hub, body);
                }
            }
        }
    }

    /// Takes an event of the account's own stream.
    pub(super) fn on_user_event(&mut self, event: UserEvent) {
        match event {
            UserEvent::Order { report, event_time, .. } => {
                if let Some(offset) = self.feed.clock_offset(SourceId(0)) {
                    self.measure(Component::UserStream, self.now.plus(offset).since(event_time));
                }
                self.tell(gateway::Input::Order(&report));
            }
            // Its orders are told one by one.
            UserEvent::List { .. } => {}
            // Every fill changes balances; what came from outside is told apart.
            UserEvent::Balances { .. } => {}
            UserEvent::BalanceChange { .. } => self.reconciling.want(self.now),
            UserEvent::Ended { .. } => self.on_user_stream(Some("the venue ended it".to_owned())),
        }
    }

    /// The account's own stream stands, or is gone.
    pub(super) fn on_user_stream(&mut self, gone: Option<String>) {
        let incident = Incident::word(IncidentKind::UserStreamDown);
        match gone {
            None => {
                self.watching.set_user_stream(true);
                self.working(Component::UserStream);
                self.close_incident(&incident);
                // Whoever lets us listen answers: what the stream missed is asked for at once, not when a breaker has waited its minute.
                self.calls.try_venue(self.now);
                self.reconciling.want(self.now);
            }
            Some(why) => {
                let was = self.watching.set_user_stream(false);
                self.failing(Component::UserStream, why);
                if was && self.starting.has_begun() {
                    self.open_incident(incident);
                }
            }
        }
    }
}

/// Returns whether a finding leaves nothing to be waited for.
const fn is_adoption(finding: &Finding) -> bool {
    match finding {
        Finding::Adopt(_) | Finding::Note(_) => true,
        Finding::LookUp(_) => false,
    }
}
