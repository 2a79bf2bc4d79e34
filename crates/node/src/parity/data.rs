//! What went in: where the bars, the configuration, the steering of two runs part.

use std::collections::{BTreeMap, BTreeSet};

use types::bar::Bar;
use types::market::{Timeframe, TsNanos};

use super::cause::Cause;
use super::story::{Account, Decided, Story};

/// Where something that went in first differs, why, and in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parting {
    pub(crate) at: TsNanos,
    pub(crate) cause: Cause,
    pub(crate) words: String,
}

/// Where what went into two runs parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Inputs {
    /// For the run as a whole.
    pub(crate) run: Option<Parting>,
    /// Modes, operators, deposits.
    pub(crate) steering: Option<Parting>,
    /// The accounts at the start of the common period.
    pub(crate) start: Option<Parting>,
    /// Scans before it that one run alone made.
    pub(crate) earlier: Option<Parting>,
    /// First scans within it that one run alone made, by symbol.
    pub(crate) scans: BTreeMap<String, Parting>,
    /// Bars, by symbol.
    pub(crate) bars: BTreeMap<String, Parting>,
}

impl Inputs {
    /// Returns all partings, earliest first.
    pub(crate) fn all(&self) -> Vec<&Parting> {
        let single = [&self.run, &self.steering, &self.start, &self.earlier].into_iter().flatten();
        let by_symbol = self.scans.values().chain(self.bars.values());
        let mut all: Vec<&Parting> = single.chain(by_symbol).collect();
        all.sort_by_key(|parting| parting.at);
        all
    }

    /// Returns the parting of a symbol's bars, if it lies at or before an instant.
    pub(super) fn of_symbol(&self, symbol: &str, instant: TsNanos) -> Option<&Parting> {
        self.bars.get(symbol).filter(|parting| parting.at <= instant)
    }

    /// Returns the first scan that one run alone made at or before an instant: of the symbol, else of any, for all share what is learnt.
    pub(super) fn scanned_alone(&self, symbol: Option<&str>, instant: TsNanos) -> Option<&Parting> {
        let before = |parting: &&Parting| parting.at <= instant;
        let own = symbol.and_then(|symbol| self.scans.get(symbol)).filter(before);
        own.or_else(|| self.scans.values().filter(before).min_by_key(|parting| parting.at))
    }

    /// Returns the first parting of any other symbol's bars.
    pub(super) fn of_others(&self, symbol: Option<&str>, instant: TsNanos) -> Option<&Parting> {
        let others = self.bars.iter().filter(|(name, _)| Some(name.as_str()) != symbol);
        others
            .map(|(_, parting)| parting)
            .filter(|parting| parting.at <= instant)
            .min_by_key(|p| p.at)
    }
}

/// Finds where the inputs part, up to the end of the common period.
pub(super) fn inputs(a: &Story, b: &Story, from: TsNanos, to: TsNanos) -> Inputs {
    Inputs {
        run: run(a, b),
        steering: steering(a, b, from, to),
        start: start(a, b, from),
        earlier: earlier(a, b, from),
        scans: first_scans(a, b, from, to),
        bars: bars(a, b, from, to),
    }
}

fn run(a: &Story, b: &Story) -> Option<Parting> {
    let first = |story: &Story| story.configs.first().map(|(_, toml)| toml.clone());
    let at = TsNanos::EPOCH;
    if first(a) != first(b) {
        let words = differing_lines(&first(a).unwrap_or_default(), &first(b).unwrap_or_default());
        return Some(Parting { at, cause: Cause::Configuration, words });
    }
    if a.seed != b.seed {
        let words = format!("seed {} and {}", a.seed, b.seed);
        return Some(Parting { at, cause: Cause::Seed, words });
    }
    let (ours, theirs) = (a.names(), b.names());
    (ours != theirs).then(|| {
        let words = format!("{} and {}", ours.join(","), theirs.join(","));
        Parting { at, cause: Cause::Symbols, words }
    })
}

/// Says which lines of two configurations differ; few of them, they can be long.
fn differing_lines(a: &str, b: &str) -> String {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    let (ours, theirs) = (lines(a), lines(b));
    let only = |these: &BTreeSet<String>, those: &BTreeSet<String>| {
        these.difference(those).take(5).cloned().collect::<Vec<_>>().join("; ")
    };
    format!("{} and {}", only(&ours, &theirs), only(&theirs, &ours))
}

/// Compares what steered the runs between the instants both have.
fn steering(a: &Story, b: &Story, from: TsNanos, to: TsNanos) -> Option<Parting> {
    // What stands before the first common instant is the start, which differs in form and is judged by the accounts.
    let within = |story: &Story| {
        let mut told = story.steering.clone();
        told.extend(story.configs.iter().skip(1).cloned());
        told.sort_by_key(|(at, _)| *at);
        told.retain(|(at, _)| *at >= from && *at < to);
        told
    };
    let (ours, theirs) = (within(a), within(b));
    let same = ours.iter().zip(&theirs).take_while(|(a, b)| a == b).count();
    let parts = [ours.get(same), theirs.get(same)];
    let at = parts.into_iter().flatten().map(|(at, _)| *at).min()?;
    let word =
        |told: Option<&(TsNanos, String)>| told.map_or("nothing", |(_, words)| words).to_owned();
    let words = format!("{} and {}", word(parts[0]), word(parts[1]));
    Some(Parting { at, cause: Cause::Steering, words })
}

fn start(a: &Story, b: &Story, from: TsNanos) -> Option<Parting> {
    let (ours, theirs) = (a.account_at(from), b.account_at(from));
    (ours != theirs).then(|| {
        let words = |account: Option<&Account>| match account {
            Some(account) => {
                format!("{} positions and cash {}", account.held.len(), account.cash)
            }
            None => "no account".to_owned(),
        };
        let words = format!("{}, and {}", words(ours), words(theirs));
        Parting { at: from, cause: Cause::Start, words }
    })
}

/// Finds the first scan before the common period: both runs cannot have made it, or the period would begin there. What came of
/// it moves the calibration of one run alone.
fn earlier(a: &Story, b: &Story, from: TsNanos) -> Option<Parting> {
    let scans = |(story, which): (&Story, &'static str)| {
        let before = (TsNanos::EPOCH, None)..(from, None);
        let scored = |decided: &&Decided| decided.decision.reason.score.is_some();
        let first = story.decisions.range(before).find_map(|((at, symbol), decided)| {
            let score = decided.iter().find(scored)?.decision.reason.score.as_deref()?;
            let symbol = symbol.as_deref().unwrap_or("the account");
            Some((
                *at,
                format!(
                    "{symbol} scored {:.1} at {at}, in the {which} run alone",
                    score.score.get()
                ),
            ))
        });
        first.map(|(at, words)| Parting { at, cause: Cause::EarlierScan, words })
    };
    [(a, "first"), (b, "second")].into_iter().find_map(scans)
}

/// Finds symbols that both runs scan within the common period, one of them from an earlier instant on. One that a run never
/// scans has no such name.
fn first_scans(a: &Story, b: &Story, from: TsNanos, to: TsNanos) -> BTreeMap<String, Parting> {
    let first = |story: &Story| -> BTreeMap<String, TsNanos> {
        let mut first = BTreeMap::new();
        for ((at, symbol), decided) in story.decisions.range(..) {
            let scored = decided.iter().any(|decided| decided.decision.reason.score.is_some());
            if let Some(symbol) = symbol.as_ref().filter(|_| scored && *at <= to) {
                first.entry(symbol.clone()).or_insert(*at);
            }
        }
        first
    };
    let (ours, theirs) = (first(a), first(b));
    let parting = |(symbol, ours): (String, TsNanos)| {
        let theirs = *theirs.get(&symbol)?;
        let (at, late) = (ours.min(theirs), ours.max(theirs));
        let which = if ours < theirs { ["first", "second"] } else { ["second", "first"] };
        let [which, other] = which;
        let words =
            format!("{symbol} scored at {at} in the {which} run, from {late} on in the {other}");
        // One before the common period is a matter of who began earlier.
        let parting = Parting { at, cause: Cause::FirstScan, words };
        (at < late && at >= from).then_some((symbol, parting))
    };
    ours.into_iter().filter_map(parting).collect()
}

fn bars(a: &Story, b: &Story, from: TsNanos, to: TsNanos) -> BTreeMap<String, Parting> {
    let keys: BTreeSet<_> = a.bars.keys().chain(b.bars.keys()).collect();
    let known =
        |name: &str| [a, b].iter().all(|story| story.bars.keys().any(|(symbol, _)| symbol == name));
    let mut found: BTreeMap<String, Parting> = BTreeMap::new();
    for key in keys {
        let (symbol, timeframe) = key;
        if !known(symbol) {
            continue;
        }
        let none = Vec::new();
        let (ours, theirs) = (a.bars.get(key).unwrap_or(&none), b.bars.get(key).unwrap_or(&none));
        let Some(parting) = of_series(symbol, *timeframe, ours, theirs, from, to) else { continue };
        let earliest = found.entry(symbol.clone()).or_insert_with(|| parting.clone());
        if parting.at < earliest.at {
            *earliest = parting;
        }
    }
    found
}

/// Compares one series of bars.
fn of_series(
    symbol: &str,
    timeframe: Timeframe,
    a: &[Bar],
    b: &[Bar],
    from: TsNanos,
    to: TsNanos,
) -> Option<Parting> {
    let close = |bar: &Bar| bar.close_time(timeframe);
    let upto = |bars: &[Bar]| bars.partition_point(|bar| close(bar) <= to);
    let (a, b) = (&a[..upto(a)], &b[..upto(b)]);
    let parting = |bar: &Bar, cause, how: &str| {
        let at = close(bar);
        // Before the first common instant it is a matter of what each knew.
        let cause = if at < from { Cause::History } else { cause };
        let words = format!("{symbol} {timeframe} of {at}: {how}");
        Some(Parting { at: at.max(from), cause, words })
    };
    let same = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    match (a.get(same), b.get(same)) {
        (None, None) => None,
        (Some(only), None) => parting(only, Cause::MissingBar, "only in the first run"),
        (None, Some(only)) => parting(only, Cause::MissingBar, "only in the second run"),
        (Some(ours), Some(theirs)) if close(ours) < close(theirs) => {
            parting(ours, Cause::MissingBar, "only in the first run")
        }
        (Some(ours), Some(theirs)) if close(theirs) < close(ours) => {
            parting(theirs, Cause::MissingBar, "only in the second run")
        }
        (Some(ours), Some(_)) => parting(ours, Cause::DifferentBar, "other figures"),
    }
}
