//! A decision in words: what, and every reason with its numbers.

use types::decision::{Action, Decision, Odds, Outcome, Protective, ScoreReason, Verdict};

use crate::show;

/// Says what is to be done.
pub(crate) fn what(action: &Action) -> String {
    match action {
        Action::Nothing => "nothing".to_owned(),
        Action::Enter { direction, qty, limit, protection, .. } => {
            let limit = limit.map(|price| format!(" at {price} or better")).unwrap_or_default();
            let stop = protection.map(|protection| place("stop", protection.stop));
            let target = protection.and_then(|p| p.target).map(|target| place("target", target));
            let (stop, target) = (stop.unwrap_or_default(), target.unwrap_or_default());
            format!("{} {qty}{limit}{stop}{target}", direction.name())
        }
        Action::Reduce { qty: Some(qty) } => format!("reduce by {qty} at the market"),
        Action::Reduce { qty: None } => "close at the market".to_owned(),
        Action::MoveStop { trigger } => format!("move the stop to {trigger}"),
        Action::RequestSafeMode { cause } => format!("ask for SAFE_MODE: {cause:?}"),
    }
}

fn place(what: &str, protective: Protective) -> String {
    match protective {
        Protective::Distance(distance) => format!(", {what} {distance} from the fill"),
        Protective::At(price) => format!(", {what} at {price}"),
    }
}

/// Says why, one line each.
pub(crate) fn why(decision: &Decision) -> Vec<String> {
    let reason = &decision.reason;
    let mut lines = Vec::new();
    if let (Some(seen), Some(limit)) = (reason.seen, reason.limit) {
        lines.push(format!(
            "{}: saw {}, the line is {}",
            reason.code.code(),
            plain(seen),
            plain(limit)
        ));
    }
    if let Some(score) = reason.score.as_deref() {
        score_lines(score, &mut lines);
    }
    if let Some(odds) = &reason.odds {
        lines.push(odds_line(odds));
    }
    if let Some(verdict) = reason.verdict.as_deref() {
        verdict_lines(verdict, &mut lines);
    }
    lines
}

fn plain(value: f64) -> String {
    let text = show::number(value, 6);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn score_lines(score: &ScoreReason, lines: &mut Vec<String>) {
    let direction = score.direction.map_or("no direction", types::market::Direction::name);
    let points = score.score;
    lines.push(format!(
        "score {} ({}) {direction}, signed sum {}",
        show::number(points.get(), 1),
        points.grade().name(),
        plain(score.sum)
    ));
    lines.push(format!(
        "regime {}, trend {}, volatility at its {} percentile",
        score.regime.name(),
        plain(score.trend),
        show::percent(score.volatility)
    ));
    for part in &score.contributions {
        lines.push(format!(
            "{} {}: {} points (value {}, weight {})",
            part.timeframe,
            part.component.name(),
            show::number(part.points, 2),
            show::number(part.value, 3),
            show::percent(part.weight)
        ));
    }
    for (pattern, confidence) in &score.patterns {
        lines.push(format!("pattern {pattern}: {}", show::number(*confidence, 3)));
    }
}

fn odds_line(odds: &Odds) -> String {
    let calibrated = if odds.uncalibrated { ", uncalibrated" } else { "" };
    format!(
        "odds {} on {} effective outcomes{calibrated}: {} x {} - {} - {} cost = edge {} R",
        show::percent(odds.p),
        show::number(odds.outcomes, 1),
        show::number(odds.p, 3),
        show::number(odds.target_ratio, 2),
        show::number(1.0 - odds.p, 3),
        show::number(odds.cost, 3),
        show::number(odds.edge, 3)
    )
}

fn verdict_lines(verdict: &Verdict, lines: &mut Vec<String>) {
    lines.push(format!(
        "risk approved {} at a risk of {}{}",
        verdict.qty,
        show::money(verdict.risk),
        verdict.binding.map(|rule| format!(", bound by {}", rule.code())).unwrap_or_default()
    ));
    let factors: Vec<String> = Verdict::FACTORS
        .iter()
        .zip(verdict.factors)
        .map(|(name, factor)| format!("{name} {}", show::number(factor, 3)))
        .collect();
    lines.push(format!("size factors: {}", factors.join(", ")));
    for check in &verdict.checks {
        let said = match check.outcome {
            Outcome::Passed => "passed",
            Outcome::Reduced => "cut",
            Outcome::Refused => "REFUSED",
            Outcome::NotApplicable => "not applicable",
        };
        lines.push(if check.outcome == Outcome::NotApplicable {
            format!("{said}: {}", check.rule.code())
        } else {
            format!("{said}: {check}")
        });
    }
}
