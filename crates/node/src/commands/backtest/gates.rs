//! How often each gate of a run was asked and refused.

use engine::config::PolicyName;
use sim::backtest::{Gate, RunResult};

use crate::report::GateRow;

/// Returns the gates in the order they are met, then the risk rules; none for rules without gates.
pub(super) fn rows(result: &RunResult) -> Vec<GateRow> {
    if result.policy != PolicyName::Confluence.name() {
        return Vec::new();
    }
    let on_the_way = Gate::ALL.iter().map(|gate| {
        let passed = result.gates.get(gate).copied().unwrap_or(0);
        let refused = result.reasons.get(&gate.refusal()).copied().unwrap_or(0);
        GateRow {
            code: gate.refusal().code().to_owned(),
            asked: passed + refused,
            refused,
            reduced: 0,
            applicable: true,
        }
    });
    let rules = result.rules.iter().map(|(code, count)| GateRow {
        code: (*code).to_owned(),
        asked: count.passed + count.reduced + count.refused,
        refused: count.refused,
        reduced: count.reduced,
        applicable: count.passed + count.reduced + count.refused > 0,
    });
    on_the_way.chain(rules).collect()
}
