//! Looking on while a run is driven, until one instant: [`Watch`].

use engine::State;
use engine::border;
use engine::risk::{Exposure, MarginalRisk, Rates, WorkingEntry, marginal_risk};
use sim::backtest::Observer;
use types::books::Position;
use types::decision::{Action, Decision};
use types::entry::{Body, Entry};
use types::ids::SymbolId;
use types::market::{Direction, TsNanos};
use types::num::{Money, Ratio};

/// A decision with what surrounded it.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) decision: Decision,
    /// What its symbol adds to the forecast volatility of the portfolio, with what an entry buys
    /// or sells; `None` where nothing is held and nothing is entered.
    pub(super) marginal: Option<MarginalRisk>,
    /// The position held, in words.
    pub(super) held: Option<String>,
}

/// The account at the instant.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) mode: String,
    pub(super) equity: f64,
    pub(super) positions: usize,
}

/// Keeps what was decided at one instant.
#[derive(Debug)]
pub(super) struct Watch {
    at: TsNanos,
    last: Option<TsNanos>,
    account: Option<Account>,
    decisions: Vec<Seen>,
}

impl Watch {
    /// Returns a watch that waits for an instant.
    pub(super) const fn new(at: TsNanos) -> Self {
        Self { at, last: None, account: None, decisions: Vec::new() }
    }

    /// Returns the account when the instant closed; `None` if no bar closed then.
    pub(super) const fn account(&self) -> Option<&Account> {
        self.account.as_ref()
    }

    /// Returns the last instant seen.
    pub(super) const fn last(&self) -> Option<TsNanos> {
        self.last
    }

    /// Returns the decisions of the instant, in their order.
    pub(super) fn decisions(&self) -> &[Seen] {
        &self.decisions
    }

    /// Returns what the decision's symbol adds to the forecast, as risk saw the account when it
    /// judged: positions without dust, working entries, and the entries decided earlier at this instant.
    fn marginal(&self, engine: &State, decision: &Decision) -> Option<MarginalRisk> {
        let core = engine.core();
        let (portfolio, symbol) = (core.portfolio(), decision.symbol?);
        let mark = portfolio.mark(symbol)?;
        let position = portfolio.books().position(symbol);
        let held = position.trade().map_or(Money::ZERO, |_| position.value(mark));
        let entered = match decision.action {
            Action::Enter { direction: Direction::Long, qty, .. } => mark.notional(qty),
            Action::Enter { direction: Direction::Short, qty, .. } => -mark.notional(qty),
            Action::Nothing
            | Action::Reduce { .. }
            | Action::MoveStop { .. }
            | Action::RequestSafeMode { .. } => Money::ZERO,
        };
        let notional = held + entered;
        if notional == Money::ZERO {
            return None;
        }
        let exposures = self.exposures(engine);
        marginal_risk(core.covariance(), core.equity(), &exposures, symbol, notional)
    }

    /// Returns every symbol's exposure, this instant's earlier entries among them. Costs play no
    /// part in a volatility.
    fn exposures(&self, engine: &State) -> Vec<Exposure> {
        let portfolio = engine.core().portfolio();
        let free = Rates { slippage: Ratio::ZERO, fee: Ratio::ZERO };
        let symbols = (0..=u16::MAX).map(SymbolId).zip(portfolio.books().positions());
        let exposure = |(symbol, position): (SymbolId, &Position)| {
            let mark = portfolio.mark(symbol)?;
            let decided = self.decisions.iter().filter(|seen| seen.decision.symbol == Some(symbol));
            let decided = decided.filter_map(|seen| match seen.decision.action {
                Action::Enter { direction, qty, limit, .. } => {
                    Some(WorkingEntry { direction, qty, worst: limit.unwrap_or(mark), stop: None })
                }
                Action::Nothing
                | Action::Reduce { .. }
                | Action::MoveStop { .. }
                | Action::RequestSafeMode { .. } => None,
            });
            let held = match position.trade() {
                Some(_) => Exposure::held(symbol, position.qty(), None, mark, free),
                None => Exposure::flat(symbol),
            };
            let entries = portfolio.working_entries(symbol).chain(decided);
            Some(entries.fold(held, |sum, entry| sum.with_entry(&entry, mark, free)))
        };
        symbols.filter_map(exposure).collect()
    }
}

impl Observer for Watch {
    fn on_entry(&mut self, entry: &Entry, engine: &State) {
        match &entry.body {
            Body::InstantClosed { at } => {
                self.last = Some(*at);
                if *at == self.at {
                    self.account = Some(account(engine));
                }
            }
            // Decisions stand directly behind the instant they belong to.
            Body::Decision(decision) if self.account.is_some() => {
                let held = decision.symbol.and_then(|symbol| held(engine, symbol));
                let marginal = self.marginal(engine, decision);
                self.decisions.push(Seen { decision: decision.clone(), marginal, held });
            }
            Body::Decision(_)
            | Body::Genesis { .. }
            | Body::Config { .. }
            | Body::Instruments(_)
            | Body::Bar { .. }
            | Body::Mark { .. }
            | Body::Timer { .. }
            | Body::Command(_)
            | Body::Report(_)
            | Body::Mode(_)
            | Body::Operator(_)
            | Body::Flow { .. }
            | Body::Funding { .. }
            | Body::Refused(_)
            | Body::Limits(_)
            | Body::Baseline { .. }
            | Body::Stage(_)
            | Body::Adopted(_)
            | Body::Permit(_)
            | Body::Incident(_)
            | Body::IncidentOver(_)
            | Body::Authority(_)
            | Body::History { .. } => {}
        }
    }
}

fn account(engine: &State) -> Account {
    let core = engine.core();
    let positions = core.portfolio().books().positions();
    Account {
        mode: format!("{:?}", core.mode().mode).to_lowercase(),
        equity: border::money(core.equity()),
        positions: positions.iter().filter(|position| position.trade().is_some()).count(),
    }
}

/// Says what is held of a symbol.
fn held(engine: &State, symbol: SymbolId) -> Option<String> {
    let portfolio = engine.core().portfolio();
    let position = portfolio.books().position(symbol);
    let trade = position.trade()?;
    let stop = portfolio.holding(symbol).and_then(|holding| holding.stop);
    let entry = trade.average_entry().map(|price| format!(" from {price}")).unwrap_or_default();
    let stop = stop.map_or_else(|| ", no stop".to_owned(), |price| format!(", stop at {price}"));
    Some(format!("held: {} {}{entry}{stop}", trade.direction.name(), position.qty()))
}
