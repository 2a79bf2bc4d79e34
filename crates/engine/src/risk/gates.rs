//! Whether there may be a new entry at all: mode, loss budget, cooldown, data, venue, positions.

use types::entry::SystemMode;
use types::num::Qty;

use super::Input;
use super::facts::Facts;
use super::finding::{Finding, at_most, counts, money, numbers};
use crate::guards::Level;

const NANOS: f64 = 1e9;

/// SAFE_MODE, an emergency, or a system that is not running: nothing that raises exposure.
pub(super) fn safe_mode(facts: &Facts<'_>, _: Qty) -> Finding {
    let view = facts.view;
    let blocked = view.mode != SystemMode::Running || view.level >= Level::SafeMode;
    at_most(f64::from(u8::from(blocked)), 0.0)
}

/// The loss of the day, or of the last 24 hours, is below the budget.
pub(super) fn loss_budget(facts: &Facts<'_>, _: Qty) -> Finding {
    let Some(loss) = facts.view.loss else {
        return Finding::Missing;
    };
    let spent = loss.is_spent() || facts.view.level >= Level::Caution;
    Finding::Gate(!spent, money(loss.loss, loss.budget))
}

/// The symbol does not pause.
pub(super) fn cooldown(facts: &Facts<'_>, _: Qty) -> Finding {
    let left = facts.view.cooldown_until.map_or(0, |until| until.since(facts.view.now));
    at_most(seconds(left.max(0)), 0.0)
}

/// Bars, and quotes where there are any, are fresh.
pub(super) fn data_age(facts: &Facts<'_>, _: Qty) -> Finding {
    let bars = match facts.view.bar_age {
        Input::Known(bar) => {
            let limit = bar.timeframe.saturating_mul(facts.config.feed.age_bars.into());
            Finding::Gate(bar.age <= limit, numbers(seconds(bar.age), seconds(limit)))
        }
        Input::Missing => return Finding::Missing,
        Input::NotApplicable => Finding::NotApplicable,
    };
    if matches!(bars, Finding::Gate(false, _)) {
        return bars;
    }
    match facts.view.quote_age {
        Input::Known(age) => {
            let limit = facts.config.feed.quote_age.nanos();
            Finding::Gate(age <= limit, numbers(seconds(age), seconds(limit)))
        }
        Input::Missing => Finding::Missing,
        Input::NotApplicable => bars,
    }
}

/// The venue answers in time.
pub(super) fn venue_latency(facts: &Facts<'_>, _: Qty) -> Finding {
    match facts.view.venue_latency {
        Input::Known(latency) => {
            let limit = facts.config.feed.latency.nanos();
            Finding::Gate(latency <= limit, numbers(seconds(latency), seconds(limit)))
        }
        Input::Missing => Finding::Missing,
        Input::NotApplicable => Finding::NotApplicable,
    }
}

/// There is room for one more position.
pub(super) fn positions(facts: &Facts<'_>, _: Qty) -> Finding {
    let (seen, limit) = (facts.positions + 1, facts.config.positions);
    Finding::Gate(seen <= limit, counts(seen, limit))
}

fn seconds(nanos: i64) -> f64 {
    nanos as f64 / NANOS
}
