//! `drawdown_measured`: an engine that asks for SAFE_MODE because of a drawdown has lost what it says: money that came or
//! went from outside is no gain and no loss.

use types::decision::{Action, Decision};
use types::entry::{Body, Entry, ModeCause};

use super::Need;
use super::judge::{About, Judge};
use super::worth::Worth;
use crate::case::Case;

/// How much less than the limit may be measured here, in percent of it: engines take their marks at other moments.
const LESS_PERCENT: f64 = 10.0;

pub(super) fn judge(case: &Case, judge: &mut Judge) -> Need {
    let mut worth = Worth::default();
    let mut high: Option<i128> = None;
    for entry in case.entries() {
        if let Some(limit) = asked(entry)
            && let (Some(high), Some(equity)) = (high, worth.equity())
        {
            judge.count("drawdowns", 1);
            let fallen = fall(high, equity);
            judge.want(
                fallen >= limit * (100.0 - LESS_PERCENT) / 100.0,
                About::entry(entry.seq.0),
                format_args!("a drawdown of {:.2} % asked for SAFE_MODE", fallen * 100.0),
                format_args!("one at its limit of {:.2} %", limit * 100.0),
            );
        }
        let before = worth.equity();
        worth.fold(entry);
        let Some(equity) = worth.equity() else { continue };
        if let (Body::Flow { .. } | Body::Adopted(_), Some(known), Some(before)) =
            (&entry.body, high, before)
        {
            // The same share of it is left as before.
            high = Some(scaled(known, equity, before));
        }
        high = Some(high.map_or(equity, |high| high.max(equity)));
    }
    if judge.counted("drawdowns") == 0 {
        return Need::Absent("no drawdown asked for SAFE_MODE");
    }
    Need::Some("drawdowns")
}

/// Returns the limit that an engine says a drawdown has reached.
fn asked(entry: &Entry) -> Option<f64> {
    let Body::Decision(Decision { action: Action::RequestSafeMode { cause }, reason, .. }) =
        &entry.body
    else {
        return None;
    };
    let drawdown = matches!(
        cause,
        ModeCause::DailyDrawdown | ModeCause::MonthlyDrawdown | ModeCause::PeakDrawdown
    );
    reason.limit.filter(|_| drawdown)
}

/// Returns how much of a high is gone, as a share of it.
#[expect(clippy::cast_precision_loss, reason = "a share for a comparison of percents")]
fn fall(high: i128, equity: i128) -> f64 {
    if high <= 0 { 0.0 } else { (high - equity) as f64 / high as f64 }
}

/// Returns `high * after / before`, without a product that could be too large.
fn scaled(high: i128, after: i128, before: i128) -> i128 {
    /// Counts of 1e-16 that are left away: what is left is exact to 1e-8.
    const COARSE: i128 = 100_000_000;
    match before / COARSE {
        0 => after,
        before => (high / COARSE).saturating_mul(after / COARSE) / before * COARSE,
    }
}
