//! What the venue tells of itself before anything trades: its rules, the account; and the limits that hold beside them.

use types::entry::{Body, Incident, IncidentKind, PermitKind, Source};
use types::ids::Symbol;
use types::instrument::Instrument;
use types::limits::Limit;
use types::slot::Engine;
use types::venue::{Account, Listing};

use super::event::Event;
use super::hub::Hub;
use super::status::Component;
use crate::gateway;
use crate::reconcile::{Finding, Reconciler};

impl<E: Engine> Hub<E> {
    /// Takes the venue's rules: the instrument table at the first start, later what has changed.
    pub(super) fn on_listings(&mut self, listings: &[Listing], limits: Vec<Limit>) {
        if !limits.is_empty() && self.calls.budget_mut().set_limits(limits).is_err() {
            self.event(Event::Failing {
                component: Component::Venue,
                why: "the venue declares limits that cannot be kept; the old ones hold".to_owned(),
            });
        }
        let listed = |symbol: &Symbol| listings.iter().find(|l| l.instrument.symbol == *symbol);
        let known = self.record.ledger.instruments.clone();
        if known.is_empty() {
            let wanted = self.config.feed.symbols.iter().map(|watched| &watched.symbol);
            let (there, missing): (Vec<&Symbol>, Vec<&Symbol>) =
                wanted.partition(|symbol| listed(symbol).is_some());
            if !missing.is_empty() {
                let missing: Vec<String> = missing.iter().map(ToString::to_string).collect();
                self.reconciling.troubled(format!(
                    "the venue does not list {}: name other symbols",
                    missing.join(" ")
                ));
                return;
            }
            let table = there.iter().filter_map(|symbol| listed(symbol));
            let table: Vec<Instrument> = table.map(|listing| listing.instrument.clone()).collect();
            self.append(Source::Hub, Body::Instruments(table));
            self.watch_instruments();
        } else {
            self.on_rules(&known, listed);
        }
        self.provide();
        let names: Vec<Symbol> =
            self.record.ledger.instruments.iter().map(|i| i.symbol.clone()).collect();
        for (symbol, name) in self.symbols().zip(&names) {
            let listing = listed(name);
            self.tell(gateway::Input::Listing { symbol, listing });
            let rests = !self.lockstep.gateway().trades(symbol);
            self.feed.set_resting(name, rests, self.now);
        }
        self.starting.listed = true;
    }

    /// Enters the first limits and what an exchange in this process holds for us, unless the journal has them: it may have
    /// ended behind the instrument table.
    fn provide(&mut self) {
        if let (None, Some(limits)) = (&self.record.ledger.limits, self.config.limits.clone()) {
            self.append(Source::Hub, Body::Limits(limits));
        }
        if self.config.custody.is_in_process() && !self.record.ledger.funded {
            let amount = self.config.capital;
            self.append(Source::Venue, Body::Flow { amount });
        }
    }

    /// A later table has the same symbols in the same places; one that is gone keeps its last rules.
    fn on_rules<'a>(
        &mut self,
        known: &[Instrument],
        listed: impl Fn(&Symbol) -> Option<&'a Listing>,
    ) {
        let now_listed = |old: &Instrument| {
            listed(&old.symbol).map_or_else(|| old.clone(), |listing| listing.instrument.clone())
        };
        let table: Vec<Instrument> = known.iter().map(now_listed).collect();
        if table != known {
            for (symbol, (old, new)) in self.symbols().zip(known.iter().zip(&table)) {
                if old != new {
                    let changed = Incident::word(IncidentKind::RulesChanged).of_symbol(symbol);
                    self.append(Source::Hub, Body::Incident(changed));
                }
            }
            self.append(Source::Hub, Body::Instruments(table));
        }
    }

    /// Takes the account at the first start: what is ours of it, and what never is.
    pub(super) fn on_first_account(&mut self, account: &Account) {
        self.starting.account = true;
        if self.record.ledger.funded || self.record.ledger.instruments.is_empty() {
            return;
        }
        let (settlement, capital) = (&self.config.settlement, self.config.capital);
        let there = account.balances.get(settlement).map(types::venue::Balance::total);
        let amount = there.unwrap_or_default().min(capital);
        if !amount.is_positive() {
            return;
        }
        for finding in Reconciler::first(&account.balances, settlement, capital) {
            if let Finding::Note(body) = finding {
                self.append(Source::Hub, body);
            }
        }
        self.append(Source::Venue, Body::Flow { amount });
    }

    /// A file of limits that is lower than what is in force holds at once; a higher one has to be asked for.
    pub(super) fn lower_hard_limits(&mut self) {
        let ledger = &self.record.ledger;
        let (Some(new), Some(old)) = (&self.config.limits, &ledger.limits) else { return };
        let lower = new.lower_of(old);
        let same = types::hard_limits::HardLimits { version: old.version, ..lower.clone() };
        // Limits without a file have no version of their own: an older file does not come back behind them.
        let lower =
            types::hard_limits::HardLimits { version: lower.version.max(old.version), ..lower };
        if same != *old {
            let cancelled = ledger.permits.cancel(PermitKind::RaiseLimits, "configuration");
            if let Ok(cancelled) = cancelled {
                self.append(Source::Hub, cancelled);
            }
            self.append(Source::Hub, Body::Limits(lower));
        }
    }
}
