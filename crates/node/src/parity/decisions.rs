//! Decisions of one instant, side by side.

use types::decision::{Action, Decision};
use types::market::{Direction, TsNanos};

use super::cause::Cause;
use super::data::{Inputs, Parting};
use super::difference::{Difference, What};
use super::story::Decided;
use crate::commands::decision;

/// How much later an order may be void because its decision was made later: more is no latency.
const LATENCY_MAX: i64 = 60_000_000_000;

/// What is known of the moment at which decisions are compared.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scene<'a> {
    pub(super) instant: TsNanos,
    pub(super) symbol: Option<&'a str>,
    pub(super) inputs: &'a Inputs,
    /// The first order that differs before this instant, in words.
    pub(super) books: Option<&'a str>,
    /// The same among the orders of this instant, which come before decisions that are made behind it.
    pub(super) books_now: Option<&'a str>,
}

/// Kinds of actions, by which decisions of an instant stand side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Nothing,
    Long,
    Short,
    Reduce,
    MoveStop,
    SafeMode,
}

const fn kind(action: &Action) -> Kind {
    match action {
        Action::Nothing => Kind::Nothing,
        Action::Enter { direction: Direction::Long, .. } => Kind::Long,
        Action::Enter { direction: Direction::Short, .. } => Kind::Short,
        Action::Reduce { .. } => Kind::Reduce,
        Action::MoveStop { .. } => Kind::MoveStop,
        Action::RequestSafeMode { .. } => Kind::SafeMode,
    }
}

/// Compares the decisions of an instant about one symbol.
pub(super) fn compare(scene: Scene<'_>, a: &[Decided], b: &[Decided]) -> Vec<Difference> {
    let pairs = pairs(a, b);
    pairs.into_iter().filter_map(|(a, b)| difference(scene, a, b)).collect()
}

type Pair<'a> = (Option<&'a Decided>, Option<&'a Decided>);

/// Puts decisions of the same kind side by side, then what is left of both.
fn pairs<'a>(a: &'a [Decided], b: &'a [Decided]) -> Vec<Pair<'a>> {
    let mut theirs: Vec<Option<&Decided>> = b.iter().map(Some).collect();
    let mut pairs: Vec<Pair<'a>> = Vec::new();
    let mut alone = Vec::new();
    for ours in a {
        let fits = |other: &&mut Option<&Decided>| {
            other.is_some_and(|other| kind(&other.decision.action) == kind(&ours.decision.action))
        };
        match theirs.iter_mut().find(fits) {
            Some(place) => pairs.push((Some(ours), place.take())),
            None => alone.push(ours),
        }
    }
    let mut theirs = theirs.into_iter().flatten();
    pairs.extend(alone.into_iter().map(|ours| (Some(ours), theirs.next())));
    pairs.extend(theirs.map(|other| (None, Some(other))));
    pairs
}

fn difference(scene: Scene<'_>, a: Option<&Decided>, b: Option<&Decided>) -> Option<Difference> {
    let aspect = match (a, b) {
        (Some(a), Some(b)) if a.decision.symbol.is_some() == b.decision.symbol.is_some() => {
            aspect(&a.decision, &b.decision)?
        }
        (Some(_) | None, Some(_)) | (Some(_), None) => "there",
        (None, None) => return None,
    };
    let both = a.zip(b).map(|(a, b)| (&a.decision, &b.decision));
    let behind = [a, b].into_iter().flatten().all(|decided| !decided.at_instant);
    let (cause, because) = cause(scene, both, aspect, behind);
    let words = |decided: Option<&Decided>| decided.map(|decided| of(&decided.decision));
    Some(Difference {
        instant: scene.instant,
        symbol: scene.symbol.map(str::to_owned),
        what: What::Decision,
        aspect,
        a: words(a),
        b: words(b),
        cause,
        because,
    })
}

/// Returns which part of two decisions differs, the one that says most; `None` if none does.
fn aspect(a: &Decision, b: &Decision) -> Option<&'static str> {
    if a.action == b.action && a.reason == b.reason {
        return None;
    }
    Some(
        if a.reason.score != b.reason.score && a.reason.score.is_some() && b.reason.score.is_some()
        {
            "score"
        } else if kind(&a.action) != kind(&b.action) {
            "action"
        } else if a.action != b.action {
            match (a.action, b.action) {
                (Action::Enter { qty: ours, .. }, Action::Enter { qty: theirs, .. })
                    if ours != theirs =>
                {
                    "size"
                }
                (
                    Action::Enter { expires: ours, limit: at, protection, .. },
                    Action::Enter { expires: theirs, limit, protection: other, .. },
                ) if ours != theirs && at == limit && protection == other => "expiry",
                (Action::Nothing, _)
                | (Action::Enter { .. }, _)
                | (Action::Reduce { .. }, _)
                | (Action::MoveStop { .. }, _)
                | (Action::RequestSafeMode { .. }, _) => "price",
            }
        } else {
            "reason"
        },
    )
}

/// Finds why two decisions differ: the nearest of what went into them that differs too.
fn cause(
    scene: Scene<'_>,
    both: Option<(&Decision, &Decision)>,
    aspect: &str,
    behind: bool,
) -> (Cause, Option<String>) {
    let inputs = scene.inputs;
    let of = |parting: &Parting| (parting.cause, Some(parting.words.clone()));
    if let Some(run) = &inputs.run {
        return of(run);
    }
    if let Some(own) = scene.symbol.and_then(|symbol| inputs.of_symbol(symbol, scene.instant)) {
        return of(own);
    }
    // What is seen in the market is a function of the symbol's own bars, and they are the same.
    if aspect == "score" {
        return (Cause::Unknown, None);
    }
    if let Some(steering) = inputs.steering.as_ref().filter(|parting| parting.at <= scene.instant) {
        return of(steering);
    }
    if aspect == "expiry" && both.is_some_and(|(a, b)| is_late(&a.action, &b.action)) {
        return (Cause::Latency, None);
    }
    let books = scene.books.or(scene.books_now.filter(|_| behind));
    if let Some(first) = books {
        return (Cause::Books, Some(first.to_owned()));
    }
    if let Some(start) = &inputs.start {
        return of(start);
    }
    match inputs.of_others(scene.symbol, scene.instant) {
        Some(other) => (Cause::OtherSymbol, Some(other.words.clone())),
        None => {
            let alone = || inputs.scanned_alone(scene.symbol, scene.instant);
            inputs.earlier.as_ref().or_else(alone).map_or((Cause::Unknown, None), of)
        }
    }
}

/// Returns whether one order is void a little later than the other.
fn is_late(a: &Action, b: &Action) -> bool {
    match (a, b) {
        (Action::Enter { expires: Some(a), .. }, Action::Enter { expires: Some(b), .. }) => {
            a.since(*b).abs() <= LATENCY_MAX
        }
        (
            Action::Nothing
            | Action::Enter { .. }
            | Action::Reduce { .. }
            | Action::MoveStop { .. }
            | Action::RequestSafeMode { .. },
            _,
        ) => false,
    }
}

/// Says what was decided, with the word for why and the numbers that differ most often.
fn of(decided: &Decision) -> String {
    let reason = &decided.reason;
    let score = reason.score.as_deref().map(|score| format!(", score {:?}", score.score));
    format!(
        "{} {}{}",
        reason.code.code(),
        decision::what(&decided.action),
        score.unwrap_or_default()
    )
}
