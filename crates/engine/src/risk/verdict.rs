//! All rules in order, and the verdict they add up to.

use types::decision::{Check, Outcome, Rule, Verdict};
use types::num::{Qty, Ratio};

use super::facts::Facts;
use super::finding::{Finding, Numbers, numbers};
use super::{
    Intent, RiskView, cluster, gates, leverage, notional, open_risk, orders, per_trade, stops,
    volatility,
};
use crate::border;
use crate::config::RiskConfig;

/// What a rule is: a function from account, intent and the size so far to a finding.
type Judge = fn(&Facts<'_>, Qty) -> Finding;

/// Every rule in the order of a verdict: first those that only say no, then the size, then those
/// that cut it, then what the cut size must still satisfy.
const TABLE: [(Rule, Judge); 28] = [
    (Rule::SafeMode, gates::safe_mode),
    (Rule::LossBudget, gates::loss_budget),
    (Rule::Cooldown, gates::cooldown),
    (Rule::DataAge, gates::data_age),
    (Rule::VenueLatency, gates::venue_latency),
    (Rule::StopSide, stops::side),
    (Rule::StopDistance, stops::distance),
    (Rule::StopNearAtr, stops::near_atr),
    (Rule::StopNearTicks, stops::near_ticks),
    (Rule::Tick, orders::tick),
    (Rule::PriceCollar, orders::collar),
    (Rule::PriceBand, orders::band),
    (Rule::Positions, gates::positions),
    (Rule::OrderCount, orders::order_count),
    (Rule::OrderRate, orders::order_rate),
    (Rule::SelfTrade, orders::self_trade),
    (Rule::RiskPerTrade, per_trade::size),
    (Rule::OpenRisk, open_risk::open_risk),
    (Rule::SymbolNotional, notional::symbol),
    (Rule::GrossNotional, notional::gross),
    (Rule::Cash, notional::cash),
    (Rule::Cluster, cluster::cluster),
    (Rule::PortfolioVolatility, volatility::volatility),
    (Rule::Leverage, leverage::leverage),
    (Rule::LiquidationDistance, leverage::liquidation),
    (Rule::Margin, leverage::margin),
    (Rule::MaxOrder, orders::largest),
    (Rule::MinOrder, orders::smallest),
];

/// Every rule, in the order of a verdict.
pub const RULES: [Rule; TABLE.len()] = {
    let mut rules = [Rule::SafeMode; TABLE.len()];
    let mut at = 0;
    while at < rules.len() {
        rules[at] = TABLE[at].0;
        at += 1;
    }
    rules
};

/// Judges an entry: every rule with its numbers, and the size that passes them all (0 is an answer).
///
/// A limit in money cuts the size to what fits, rounded down to the lot; where less than one lot
/// fits, it refuses. A missing input refuses with both numbers 0. `binding` is the rule that refused
/// first or, if only the smallest order did, the one that cut the size last; on an approved order
/// the one that cut it last, at least the sizing rule itself.
#[must_use]
pub fn verdict(config: &RiskConfig, view: &RiskView<'_>, intent: &Intent<'_>) -> Verdict {
    let facts = Facts::new(config, view, intent);
    let mut size = Sizing::new(intent.instrument.lot.max(Qty::STEP));
    for (rule, judge) in &TABLE {
        size.take(*rule, judge(&facts, size.qty));
    }
    size.finish(&facts)
}

/// The size on its way through the rules.
struct Sizing {
    lot: Qty,
    qty: Qty,
    m: f64,
    volatility: f64,
    /// The rule that set the size last.
    bound: Option<Rule>,
    refused: Option<Rule>,
    checks: Vec<Check>,
}

impl Sizing {
    fn new(lot: Qty) -> Self {
        Self {
            lot,
            qty: Qty::ZERO,
            m: 0.0,
            volatility: 1.0,
            bound: None,
            refused: None,
            checks: Vec::with_capacity(TABLE.len()),
        }
    }

    fn take(&mut self, rule: Rule, finding: Finding) {
        match finding {
            Finding::Gate(true, seen) => self.note(rule, Outcome::Passed, seen),
            Finding::Gate(false, seen) => self.refuse(rule, seen),
            Finding::Missing => self.refuse(rule, numbers(0.0, 0.0)),
            Finding::NotApplicable => {
                self.note(rule, Outcome::NotApplicable, numbers(0.0, 0.0));
            }
            Finding::Size(qty, m, seen) => self.set(rule, qty, m, seen),
            Finding::Fits(fits, seen) => self.cut(rule, fits, seen),
            Finding::Needs(needed, seen) => self.need(rule, needed, seen),
        }
    }

    fn set(&mut self, rule: Rule, qty: Qty, m: f64, seen: Numbers) {
        self.m = m;
        self.bound = Some(rule);
        if qty.is_positive() {
            self.qty = qty;
            self.note(rule, Outcome::Passed, seen);
        } else {
            self.refuse(rule, seen);
        }
    }

    fn cut(&mut self, rule: Rule, fits: Qty, seen: Numbers) {
        let cut = fits.floor_to(self.lot);
        if fits >= self.qty && (fits.is_positive() || seen.seen <= seen.limit) {
            self.note(rule, Outcome::Passed, seen);
        } else if cut < self.lot {
            self.refuse(rule, seen);
        } else {
            if rule == Rule::PortfolioVolatility {
                self.volatility = border::qty(cut) / border::qty(self.qty);
            }
            self.qty = cut;
            self.bound = Some(rule);
            self.note(rule, Outcome::Reduced, seen);
        }
    }

    fn need(&mut self, rule: Rule, needed: Qty, seen: Numbers) {
        if self.qty >= needed {
            self.note(rule, Outcome::Passed, seen);
            return;
        }
        // The order is too small because of what cut it.
        let binding = self.refused.or(self.bound);
        self.refuse(rule, seen);
        self.refused = binding.or(self.refused);
    }

    fn refuse(&mut self, rule: Rule, seen: Numbers) {
        self.refused = self.refused.or(Some(rule));
        self.note(rule, Outcome::Refused, seen);
    }

    fn note(&mut self, rule: Rule, outcome: Outcome, seen: Numbers) {
        self.checks.push(Check { rule, outcome, seen: seen.seen, limit: seen.limit });
    }

    fn finish(self, facts: &Facts<'_>) -> Verdict {
        let qty = if self.refused.is_some() { Qty::ZERO } else { self.qty };
        let risk = facts.prices.map_or(0.0, |known| border::money(known.risk.notional(qty)));
        let loss = facts.view.loss.map_or(Ratio::ZERO, |loss| loss.factor);
        let flags = per_trade::flags(facts).times(facts.intent.advice);
        Verdict {
            qty,
            risk,
            factors: [self.m, self.volatility, border::ratio(loss), border::ratio(flags)],
            binding: self.refused.or(self.bound),
            checks: self.checks,
        }
    }
}
