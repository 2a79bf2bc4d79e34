//! Decisions to Protobuf and back.

use super::codec::{CodecError, minutes, symbol_id, timeframe_of, unknown};
use super::mode_codec::{cause_number, cause_of};
use super::wire;
use crate::decision::{
    Action, Check, Decision, Odds, Outcome, Protection, Protective, Reason, ReasonCode, Rule,
    ScoreReason, Verdict,
};
use crate::market::{
    Component, Contribution, Direction, PatternId, PatternKind, Regime, Score, TsNanos,
};
use crate::num::{Price, Qty};

pub(super) fn to_wire(decision: &Decision) -> wire::Decision {
    wire::Decision {
        symbol: decision.symbol.map(|symbol| symbol.0.into()),
        action: match decision.action {
            Action::Nothing => None,
            Action::Enter { .. }
            | Action::Reduce { .. }
            | Action::MoveStop { .. }
            | Action::RequestSafeMode { .. } => Some(action_to_wire(&decision.action)),
        },
        reason: Some(reason_to_wire(&decision.reason)),
    }
}

pub(super) fn from_wire(wire: wire::Decision) -> Result<Decision, CodecError> {
    Ok(Decision {
        symbol: wire.symbol.map(symbol_id).transpose()?,
        action: match wire.action {
            Some(action) => action_from_wire(&action)?,
            None => Action::Nothing,
        },
        reason: reason_from_wire(wire.reason.ok_or(CodecError::Missing("decision.reason"))?)?,
    })
}

const fn direction_number(direction: Option<Direction>) -> u32 {
    match direction {
        None => 0,
        Some(Direction::Long) => 1,
        Some(Direction::Short) => 2,
    }
}

fn direction_of(number: u32) -> Result<Option<Direction>, CodecError> {
    match number {
        0 => Ok(None),
        1 => Ok(Some(Direction::Long)),
        2 => Ok(Some(Direction::Short)),
        other => Err(unknown("direction", other)),
    }
}

fn protective_to_wire(protective: Protective) -> wire::Protective {
    match protective {
        Protective::Distance(price) => wire::Protective { is_distance: true, price: price.raw() },
        Protective::At(price) => wire::Protective { is_distance: false, price: price.raw() },
    }
}

const fn protective_from_wire(wire: wire::Protective) -> Protective {
    let price = Price::from_raw(wire.price);
    if wire.is_distance { Protective::Distance(price) } else { Protective::At(price) }
}

fn action_to_wire(action: &Action) -> wire::Action {
    let empty = wire::Action::default();
    match *action {
        Action::Nothing => empty,
        Action::Enter { direction, qty, limit, protection, expires } => wire::Action {
            kind: 1,
            direction: direction_number(Some(direction)),
            qty: Some(qty.raw()),
            limit: limit.map(Price::raw),
            stop: protection.map(|p| protective_to_wire(p.stop)),
            target: protection.and_then(|p| p.target).map(protective_to_wire),
            expires: expires.map(TsNanos::as_nanos),
            ..empty
        },
        Action::Reduce { qty } => wire::Action { kind: 2, qty: qty.map(Qty::raw), ..empty },
        Action::MoveStop { trigger } => wire::Action { kind: 3, trigger: trigger.raw(), ..empty },
        Action::RequestSafeMode { cause } => {
            wire::Action { kind: 4, cause: cause_number(cause), ..empty }
        }
    }
}

fn action_from_wire(wire: &wire::Action) -> Result<Action, CodecError> {
    Ok(match wire.kind {
        0 => Action::Nothing,
        1 => Action::Enter {
            direction: direction_of(wire.direction)?
                .ok_or(CodecError::Missing("action.direction"))?,
            qty: wire.qty.map(Qty::from_raw).ok_or(CodecError::Missing("action.qty"))?,
            limit: wire.limit.map(Price::from_raw),
            protection: wire.stop.map(|stop| Protection {
                stop: protective_from_wire(stop),
                target: wire.target.map(protective_from_wire),
            }),
            expires: wire.expires.map(TsNanos::from_nanos),
        },
        2 => Action::Reduce { qty: wire.qty.map(Qty::from_raw) },
        3 => Action::MoveStop { trigger: Price::from_raw(wire.trigger) },
        4 => Action::RequestSafeMode { cause: cause_of(wire.cause)? },
        other => return Err(unknown("action.kind", other)),
    })
}

fn reason_to_wire(reason: &Reason) -> wire::Reason {
    wire::Reason {
        code: reason.code.number(),
        seen: reason.seen,
        limit: reason.limit,
        score: reason.score.as_deref().map(|score| Box::new(score_to_wire(score))),
        odds: reason.odds.as_ref().map(|odds| wire::Odds {
            p: odds.p,
            outcomes: odds.outcomes,
            target_ratio: odds.target_ratio,
            cost: odds.cost,
            edge: odds.edge,
            uncalibrated: odds.uncalibrated,
        }),
        verdict: reason.verdict.as_deref().map(|verdict| Box::new(verdict_to_wire(verdict))),
    }
}

fn reason_from_wire(wire: wire::Reason) -> Result<Reason, CodecError> {
    Ok(Reason {
        code: ReasonCode::ALL
            .iter()
            .copied()
            .find(|code| code.number() == wire.code)
            .ok_or_else(|| unknown("reason.code", wire.code))?,
        seen: wire.seen,
        limit: wire.limit,
        score: wire.score.map(|score| score_from_wire(&score).map(Box::new)).transpose()?,
        odds: wire.odds.map(|odds| {
            Box::new(Odds {
                p: odds.p,
                outcomes: odds.outcomes,
                target_ratio: odds.target_ratio,
                cost: odds.cost,
                edge: odds.edge,
                uncalibrated: odds.uncalibrated,
            })
        }),
        verdict: wire
            .verdict
            .map(|verdict| verdict_from_wire(&verdict).map(Box::new))
            .transpose()?,
    })
}

const fn regime_number(regime: Regime) -> u32 {
    match regime {
        Regime::Bull => 1,
        Regime::Bear => 2,
        Regime::Sideways => 3,
    }
}

fn pattern_number(kind: PatternKind) -> u32 {
    let place = PatternKind::ALL.iter().position(|known| *known == kind);
    let place = place.expect("PatternKind::ALL holds every kind");
    u32::try_from(place).expect("there are nine kinds") + 1
}

const fn component_number(component: Component) -> u32 {
    match component {
        Component::Trend => 1,
        Component::Momentum => 2,
        Component::Volume => 3,
        Component::Pattern => 4,
    }
}

fn score_to_wire(score: &ScoreReason) -> wire::ScoreReason {
    wire::ScoreReason {
        direction: direction_number(score.direction),
        score: score.score.get(),
        sum: score.sum,
        regime: regime_number(score.regime),
        trend: score.trend,
        volatility: score.volatility,
        contributions: score
            .contributions
            .iter()
            .map(|c| wire::Contribution {
                timeframe_minutes: minutes(c.timeframe),
                component: component_number(c.component),
                value: c.value,
                weight: c.weight,
                points: c.points,
            })
            .collect(),
        patterns: score
            .patterns
            .iter()
            .map(|(id, confidence)| wire::Pattern {
                kind: pattern_number(id.kind),
                direction: direction_number(id.direction),
                timeframe_minutes: minutes(id.timeframe),
                confidence: *confidence,
            })
            .collect(),
    }
}

fn score_from_wire(wire: &wire::ScoreReason) -> Result<ScoreReason, CodecError> {
    Ok(ScoreReason {
        direction: direction_of(wire.direction)?,
        score: Score::new(wire.score).map_err(|_| unknown("score", wire.score))?,
        sum: wire.sum,
        regime: Regime::ALL
            .into_iter()
            .find(|regime| regime_number(*regime) == wire.regime)
            .ok_or_else(|| unknown("regime", wire.regime))?,
        trend: wire.trend,
        volatility: wire.volatility,
        contributions: wire
            .contributions
            .iter()
            .map(contribution_from_wire)
            .collect::<Result<_, _>>()?,
        patterns: wire.patterns.iter().map(pattern_from_wire).collect::<Result<_, _>>()?,
    })
}

fn contribution_from_wire(wire: &wire::Contribution) -> Result<Contribution, CodecError> {
    Ok(Contribution {
        timeframe: timeframe_of(wire.timeframe_minutes)?,
        component: Component::ALL
            .into_iter()
            .find(|component| component_number(*component) == wire.component)
            .ok_or_else(|| unknown("component", wire.component))?,
        value: wire.value,
        weight: wire.weight,
        points: wire.points,
    })
}

fn pattern_from_wire(wire: &wire::Pattern) -> Result<(PatternId, f64), CodecError> {
    let kind = PatternKind::ALL
        .into_iter()
        .find(|kind| pattern_number(*kind) == wire.kind)
        .ok_or_else(|| unknown("pattern.kind", wire.kind))?;
    let direction = direction_of(wire.direction)?;
    let timeframe = timeframe_of(wire.timeframe_minutes)?;
    Ok((PatternId { kind, direction, timeframe }, wire.confidence))
}

const fn outcome_number(outcome: Outcome) -> u32 {
    match outcome {
        Outcome::Passed => 1,
        Outcome::Reduced => 2,
        Outcome::Refused => 3,
        Outcome::NotApplicable => 4,
    }
}

fn verdict_to_wire(verdict: &Verdict) -> wire::Verdict {
    wire::Verdict {
        qty: verdict.qty.raw(),
        risk: verdict.risk,
        factors: verdict.factors.to_vec(),
        binding: verdict.binding.map_or(0, Rule::number),
        checks: verdict
            .checks
            .iter()
            .map(|check| wire::Check {
                rule: check.rule.number(),
                outcome: outcome_number(check.outcome),
                seen: check.seen,
                limit: check.limit,
            })
            .collect(),
    }
}

fn rule_of(number: u32) -> Result<Rule, CodecError> {
    Rule::ALL
        .iter()
        .copied()
        .find(|rule| rule.number() == number)
        .ok_or_else(|| unknown("rule", number))
}

fn verdict_from_wire(wire: &wire::Verdict) -> Result<Verdict, CodecError> {
    let factors = wire.factors.as_slice().try_into();
    Ok(Verdict {
        qty: Qty::from_raw(wire.qty),
        risk: wire.risk,
        factors: factors.map_err(|_| unknown("verdict.factors", wire.factors.len()))?,
        binding: if wire.binding == 0 { None } else { Some(rule_of(wire.binding)?) },
        checks: wire
            .checks
            .iter()
            .map(|check| {
                let outcome =
                    [Outcome::Passed, Outcome::Reduced, Outcome::Refused, Outcome::NotApplicable]
                        .into_iter()
                        .find(|outcome| outcome_number(*outcome) == check.outcome)
                        .ok_or_else(|| unknown("check.outcome", check.outcome))?;
                Ok(Check {
                    rule: rule_of(check.rule)?,
                    outcome,
                    seen: check.seen,
                    limit: check.limit,
                })
            })
            .collect::<Result<_, CodecError>>()?,
    })
}
