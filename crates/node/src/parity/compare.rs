//! [`compare`]: walks along the common instants of two stories.

use std::collections::{BTreeMap, BTreeSet};

use types::market::TsNanos;

use super::cause::Cause;
use super::data::{Inputs, inputs};
use super::difference::Difference;
use super::story::{OrderKey, Story};
use super::{decisions, orders};

/// What two runs have in common, and where they part.
#[derive(Debug)]
pub(crate) struct Parity {
    /// First and last instant that both have.
    pub(crate) period: Option<(TsNanos, TsNanos)>,
    /// Instants that both have.
    pub(crate) instants: usize,
    /// Decisions compared, of the run that has more.
    pub(crate) decisions: usize,
    /// Orders compared, of the run that has more.
    pub(crate) orders: usize,
    /// Where what went in parts.
    pub(crate) inputs: Inputs,
    /// Where decisions and orders differ, oldest first.
    pub(crate) differences: Vec<Difference>,
}

impl Parity {
    /// Returns how many differences each cause explains.
    pub(crate) fn by_cause(&self) -> BTreeMap<Cause, usize> {
        let mut counts = BTreeMap::new();
        for difference in &self.differences {
            *counts.entry(difference.cause).or_insert(0) += 1;
        }
        counts
    }

    /// Returns whether there was anything to compare: no data is never a pass.
    pub(crate) fn compares(&self) -> bool {
        self.period.is_some() && self.decisions + self.orders > 0
    }

    /// Returns whether there was something to compare, and every difference has a cause.
    pub(crate) fn passed(&self) -> bool {
        self.compares() && self.unknown() == 0
    }

    /// Returns how many differences have no cause.
    pub(crate) fn unknown(&self) -> usize {
        self.by_cause().get(&Cause::Unknown).copied().unwrap_or(0)
    }
}

/// Compares two runs over the instants that both have.
pub(crate) fn compare(a: &Story, b: &Story) -> Parity {
    let mut parity = Parity {
        period: period(a, b),
        instants: 0,
        decisions: 0,
        orders: 0,
        inputs: Inputs::default(),
        differences: Vec::new(),
    };
    let Some((from, to)) = parity.period else { return parity };
    parity.inputs = inputs(a, b, from, to);
    let mut walk =
        Walk { a, b, walks: a.is_walk() && b.is_walk(), books: None, fills: BTreeMap::new() };
    for instant in common(a, b, from, to) {
        parity.instants += 1;
        walk.instant(instant, &mut parity);
    }
    parity
}

/// Returns the first and the last instant that both runs have behind them.
fn period(a: &Story, b: &Story) -> Option<(TsNanos, TsNanos)> {
    let from = (*a.instants.first()?).max(*b.instants.first()?);
    let to = (*a.instants.last()?).min(*b.instants.last()?);
    (from <= to).then_some((from, to))
}

/// Returns the instants of the period that either run has.
fn common(a: &Story, b: &Story, from: TsNanos, to: TsNanos) -> BTreeSet<TsNanos> {
    let all = a.instants.iter().chain(&b.instants);
    all.copied().filter(|at| (from..=to).contains(at)).collect()
}

/// What the walk has seen so far.
struct Walk<'a> {
    a: &'a Story,
    b: &'a Story,
    walks: bool,
    /// The first order that differs.
    books: Option<String>,
    /// The same, by symbol.
    fills: BTreeMap<String, String>,
}

impl Walk<'_> {
    /// Compares one instant: decisions made at it, its orders, decisions made behind it.
    fn instant(&mut self, instant: TsNanos, parity: &mut Parity) {
        let keys = symbols(self.a, self.b, instant);
        let mut decided = Vec::new();
        for symbol in &keys {
            decided.extend(self.decisions(instant, symbol.as_deref(), None, parity, true));
        }
        let differ: BTreeSet<Option<String>> =
            decided.iter().map(|difference: &Difference| difference.symbol.clone()).collect();
        parity.differences.extend(decided);
        let before = self.books.clone();
        self.orders(instant, &differ, parity);
        let now = self.books.clone().filter(|_| before.is_none());
        for symbol in &keys {
            let behind = self.decisions(instant, symbol.as_deref(), now.as_deref(), parity, false);
            parity.differences.extend(behind);
        }
    }

    fn decisions(
        &self,
        instant: TsNanos,
        symbol: Option<&str>,
        books_now: Option<&str>,
        parity: &mut Parity,
        at_instant: bool,
    ) -> Vec<Difference> {
        let of = |story: &Story| -> Vec<super::story::Decided> {
            let all = story.decisions.get(&(instant, symbol.map(str::to_owned)));
            let all = all.into_iter().flatten();
            all.filter(|decided| decided.at_instant == at_instant).cloned().collect()
        };
        let (ours, theirs) = (of(self.a), of(self.b));
        parity.decisions += ours.len().max(theirs.len());
        let books = self.books.as_deref().filter(|_| books_now.is_none());
        let scene = decisions::Scene { instant, symbol, inputs: &parity.inputs, books, books_now };
        decisions::compare(scene, &ours, &theirs)
    }

    fn orders(&mut self, instant: TsNanos, differ: &BTreeSet<Option<String>>, parity: &mut Parity) {
        let none = Vec::new();
        for key in order_keys(self.a, self.b, instant) {
            let (ours, theirs) = (
                self.a.orders.get(&key).unwrap_or(&none),
                self.b.orders.get(&key).unwrap_or(&none),
            );
            parity.orders += ours.len().max(theirs.len());
            let scene = orders::Scene {
                key: &key,
                a: self.a,
                b: self.b,
                inputs: &parity.inputs,
                walks: self.walks,
                decided: differ.contains(&Some(key.symbol.clone())),
                fills: self.fills.get(&key.symbol).map(String::as_str),
                books: self.books.as_deref(),
            };
            let found = orders::compare(&scene, ours, theirs);
            if let Some(first) = found.first() {
                let words = orders::words_of(first);
                self.books.get_or_insert_with(|| words.clone());
                self.fills.entry(key.symbol.clone()).or_insert(words);
            }
            parity.differences.extend(found);
        }
    }
}

/// Returns of which symbols something was decided at an instant.
fn symbols(a: &Story, b: &Story, instant: TsNanos) -> BTreeSet<Option<String>> {
    let of = |story: &Story| -> Vec<Option<String>> {
        let from = (instant, None);
        let keys = story.decisions.range(from..).take_while(|((at, _), _)| *at == instant);
        keys.map(|((_, symbol), _)| symbol.clone()).collect()
    };
    of(a).into_iter().chain(of(b)).collect()
}

/// Returns which orders belong to an instant: entries, exits, stops, targets, by symbol.
fn order_keys(a: &Story, b: &Story, instant: TsNanos) -> BTreeSet<OrderKey> {
    let of = |story: &Story| -> Vec<OrderKey> {
        let from = OrderKey { instant, symbol: String::new(), role: super::story::Role::Entry };
        let keys = story.orders.range(from..).map(|(key, _)| key);
        keys.take_while(|key| key.instant == instant).cloned().collect()
    };
    of(a).into_iter().chain(of(b)).collect()
}
