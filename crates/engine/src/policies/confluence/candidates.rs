//! Signals that may become entries now, in the order in which they take the risk budget.

use types::decision::{Action, Decision, Reason, ReasonCode};
use types::ids::SymbolId;

use super::watch::Signal;
use crate::calibration::Calibration;
use crate::policies::entry;
use crate::state::Core;

/// The part of volatility above which `high_risk_trades` is asked for.
const HIGH_VOLATILITY: f64 = 0.9;

/// A signal that may become an entry now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate<'a> {
    pub(super) symbol: SymbolId,
    pub(super) signal: &'a Signal,
    pub(super) atr_short: f64,
}

/// Decides candidates by score, highest first, equal ones by symbol (the order they come in).
pub(super) fn decide_candidates(
    core: &Core,
    calibration: &Calibration,
    mut candidates: Vec<Candidate<'_>>,
    taken: &mut entry::Taken,
    out: &mut Vec<Decision>,
) {
    let score = |candidate: &Candidate<'_>| candidate.signal.reading.score.score.get();
    candidates.sort_by(|a, b| score(b).total_cmp(&score(a)));
    for candidate in candidates {
        let (action, reason) = decide_candidate(core, calibration, &candidate, taken);
        let score = Some(Box::new(candidate.signal.reading.score.clone()));
        let reason = Reason { score, ..reason };
        out.push(Decision { symbol: Some(candidate.symbol), action, reason });
    }
}

fn decide_candidate(
    core: &Core,
    calibration: &Calibration,
    candidate: &Candidate<'_>,
    taken: &mut entry::Taken,
) -> (Action, Reason) {
    let reading = &candidate.signal.reading;
    let volatility = reading.score.volatility;
    if volatility > HIGH_VOLATILITY && !core.config().flags.high_risk_trades {
        let reason = Reason::compared(ReasonCode::HighVolatility, volatility, HIGH_VOLATILITY);
        return (Action::Nothing, reason);
    }
    let proposal = entry::Proposal {
        symbol: candidate.symbol,
        direction: candidate.signal.direction,
        atr: reading.atr,
        atr_short: candidate.atr_short,
    };
    let estimate = calibration.odds(reading.score.score.get());
    entry::enter(core, &proposal, Some(&estimate), taken)
}
