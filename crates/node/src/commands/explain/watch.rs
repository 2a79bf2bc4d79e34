//! Looking on while a run is driven, until one instant: [`Watch`].

use engine::State;
use engine::border;
use engine::covariance::Weight;
use engine::risk::MarginalRisk;
use sim::backtest::Observer;
use types::decision::{Action, Decision};
use types::entry::{Body, Entry};
use types::ids::SymbolId;
use types::market::{Direction, TsNanos};

/// A decision with what surrounded it.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) decision: Decision,
    /// What an entry adds to the forecast volatility of the portfolio.
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
                let marginal = marginal(engine, decision);
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
            | Body::Funding { .. } => {}
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

/// Returns what an approved entry adds to the forecast of what is held.
fn marginal(engine: &State, decision: &Decision) -> Option<MarginalRisk> {
    let core = engine.core();
    let (symbol, equity) = (decision.symbol?, border::money(core.equity()));
    let Action::Enter { direction, qty, .. } = decision.action else { return None };
    let mark = core.portfolio().mark(symbol)?;
    if equity <= 0.0 {
        return None;
    }
    let others: Vec<Weight> = (0..=u16::MAX)
        .map(SymbolId)
        .zip(core.portfolio().books().positions().iter().zip(core.portfolio().marks()))
        .filter(|(id, (position, _))| *id != symbol && !position.qty().is_zero())
        .filter_map(|(symbol, (position, mark))| {
            let weight = border::money(position.value((*mark)?)) / equity;
            Some(Weight { symbol, low: weight, high: weight })
        })
        .collect();
    let sign = if direction == Direction::Long { 1.0 } else { -1.0 };
    let marginal = core.covariance().marginal(&others, symbol, sign)?;
    let weight = border::money(mark.notional(qty)) / equity;
    Some(MarginalRisk {
        volatility: marginal.volatility(weight),
        contribution: marginal.contribution(weight),
    })
}
