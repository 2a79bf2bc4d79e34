//! The rules: one file each, every one a function from a [`Case`] to its verdict.

mod authority;
mod books;
mod cause;
mod closed;
mod differs;
mod drawdown;
mod fresh;
mod heard;
mod holdings;
mod intent;
mod judge;
mod load_line;
mod lost;
mod modes;
mod order_of_time;
mod protected;
mod safe_mode;
mod settled;
mod stops;
mod worth;

use crate::case::Case;
use crate::report::RuleReport;

use judge::Judge;

/// A rule: its name, the number of its invariant, what judges it.
type Rule = (&'static str, Option<u8>, fn(&Case, &mut Judge) -> Need);

/// What a rule needs to have seen before it can say that all holds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Need {
    /// At least one of what it counts under this word.
    Some(&'static str),
    /// It is about something that these histories do not have.
    Absent(&'static str),
    /// Another command judges it.
    Elsewhere(&'static str),
}

/// Every rule, in the order of the report.
const RULES: [Rule; 19] = [
    ("cause_before_effect", Some(1), cause::judge),
    ("one_authority", Some(2), authority::judge),
    ("intent_once", Some(3), intent::judge),
    ("books_agree", Some(4), books::judge),
    ("money_conserved", Some(4), holdings::judge),
    ("load_line", Some(5), load_line::judge),
    ("protected", Some(6), protected::judge),
    ("stops_towards_profit", Some(6), stops::judge),
    ("replay_equals_run", Some(7), replay),
    ("nothing_lost", Some(8), lost::judge),
    ("orders_settled", None, settled::judge),
    ("heard_in_time", None, heard::judge),
    ("difference_real", None, differs::judge),
    ("entries_on_fresh_data", None, fresh::judge),
    ("entries_while_running", None, modes::judge),
    ("symbol_open", None, closed::judge),
    ("safe_mode_released", None, safe_mode::judge),
    ("drawdown_measured", None, drawdown::judge),
    ("order_of_time", None, order_of_time::judge),
];

/// Judges every rule.
pub(crate) fn judge(case: &Case) -> Vec<RuleReport> {
    let report = |(name, invariant, rule): &Rule| {
        let mut judge = Judge::default();
        let need = rule(case, &mut judge);
        judge.finish(name, *invariant, need)
    };
    RULES.iter().map(report).collect()
}

fn replay(_: &Case, _: &mut Judge) -> Need {
    Need::Elsewhere("not judged here: `plimsoll replay` folds the journal again and compares")
}
