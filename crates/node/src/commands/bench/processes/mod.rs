//! What can only be measured with the processes themselves: `plimsoll run` before a `plimsoll venue`, over loopback.
//!
//! Everything between the two goes through [`wire`], which takes down when the last bar of an instant left for the run and when
//! the order that follows reached the venue. Figures are of this machine, its disk and what else runs there.

mod disk;
mod scene;
mod wire;

use std::time::Duration;

use serde::Serialize;
use tempfile::TempDir;

use super::Figure;
use super::parts::{nanos, now, percentile};
use disk::Beside;
use scene::Scene;

/// Symbols that are traded.
const SYMBOLS: usize = 20;
/// So many orders that follow from bars are waited for, or until this has passed.
const ORDERS: usize = 300;
const ORDERS_WITHIN: Duration = Duration::from_secs(120);
/// Quotes of a symbol in a second: the venue runs at `SPEED` and is told as many for each market minute.
const QUOTES: u32 = 100;
const SPEED: u32 = 60;
/// How long the load is watched: three closes of fifteen minutes.
const WATCHED: Duration = Duration::from_secs(45);
/// A run that has just begun has history to read.
const SETTLES: Duration = Duration::from_secs(5);
/// Starts on an empty state folder.
const STARTS: usize = 10;
/// Entries of a long journal, and how long they may take to come to be.
const ENTRIES: u64 = 1_000_000;
const ENTRIES_WITHIN: Duration = Duration::from_mins(20);
/// Starts on it.
const LONG_STARTS: usize = 5;
/// A configuration under which each minute of each symbol is an entry: a month of them is a million.
const MINUTES: &str =
    "timeframes = [\"1m\", \"5m\", \"15m\", \"1h\"]\n\n[entry]\ndecision_timeframe = \"15m\"\n";

/// What was measured, and what could not be.
#[derive(Debug, Default)]
pub(super) struct Measured {
    pub(super) figures: Vec<Figure>,
    pub(super) missing: Vec<Missing>,
}

/// A part that could not be measured.
#[derive(Debug, Serialize)]
pub(super) struct Missing {
    what: &'static str,
    why: String,
}

impl Missing {
    pub(super) fn shown(&self) -> String {
        format!("not measured: {}: {}", self.what, self.why)
    }
}

impl Measured {
    fn add(&mut self, what: &'static str, part: anyhow::Result<Vec<Figure>>) {
        match part {
            Ok(figures) => self.figures.extend(figures),
            Err(why) => self.missing.push(Missing { what, why: format!("{why:#}") }),
        }
    }
}

/// Measures all of it; `rounds`: how often a run is killed. What is measured next is told to `note`.
pub(super) fn measured(rounds: usize, note: impl Fn(&str)) -> anyhow::Result<Measured> {
    let folder = tempfile::tempdir()?;
    let runtime = tokio::runtime::Runtime::new()?;
    let mut measured = Measured::default();
    note("the disk");
    let sync = disk::alone(folder.path())?;
    let disk = |rank| {
        let what = format!("one fdatasync of that disk, nothing else to do, p{rank}");
        Figure::plain(&what, percentile(&sync, rank), "us")
    };
    measured.figures.extend([disk(50), disk(99)]);
    note("from bar to order: at most two minutes");
    measured.add("last bar to order", decisions(&folder, &runtime));
    note("load: a minute");
    measured.add("load", load(&folder, &runtime));
    note("starts on an empty journal");
    measured.add("start to running, empty journal", starts(&folder, &runtime));
    note("starts on a long journal: it is written first, some minutes");
    measured.add("start to running, long journal", long_starts(&folder, &runtime));
    if rounds > 0 {
        note("kills");
        measured.add("kill -9 to trading again", kills(&folder, &runtime, rounds));
    }
    Ok(measured)
}

/// From the last bar of an instant to the first order that follows. What the disk takes is measured beside it: it is the same disk,
/// with the journal's and the ledger's writes on it.
fn decisions(folder: &TempDir, runtime: &tokio::runtime::Runtime) -> anyhow::Result<Vec<Figure>> {
    let scene = Scene::start(&folder.path().join("decisions"), runtime, "max", 4)?;
    let run = scene.run("state", "max")?;
    run.hear_running()?;
    let (began, beside) = (now(), Beside::start(folder.path())?);
    // Every line is read, or the run would wait for its reader.
    run.hear("orders", |_| scene.stamps.taken() >= ORDERS || began.elapsed() >= ORDERS_WITHIN)?;
    let beside = beside.stop()?;
    run.kill()?;
    let taken = scene.stamps.sorted_micros();
    anyhow::ensure!(!taken.is_empty(), "no order followed from a bar within {ORDERS_WITHIN:?}");
    let what = format!("last bar at the adapter to order at the venue, {} orders", taken.len());
    let sync = format!("one fdatasync beside it, {} times", beside.len());
    // A thousandth of a second, and the disk's own time.
    let most = 1e3 + percentile(&beside, 99);
    Ok(vec![
        Figure::plain(&format!("{sync}, p50"), percentile(&beside, 50), "us"),
        Figure::plain(&format!("{sync}, p99"), percentile(&beside, 99), "us"),
        Figure::plain(&format!("{what}, p50"), percentile(&taken, 50), "us"),
        Figure::at_most(&format!("{what}, p99"), percentile(&taken, 99), "us", most),
    ])
}

/// Twenty symbols at full quotes: the run's share of a core, and what it holds in memory.
fn load(folder: &TempDir, runtime: &tokio::runtime::Runtime) -> anyhow::Result<Vec<Figure>> {
    let speed = SPEED.to_string();
    let scene = Scene::start(&folder.path().join("load"), runtime, &speed, QUOTES)?;
    let run = scene.run("state", &speed)?;
    run.hear_running()?;
    // As the exchange documents its streams; a run alone asks for less at such speeds.
    scene.tell_everything(SPEED)?;
    run.listen_for(SETTLES)?;
    let (began, quotes, used) = (now(), scene.stamps.quotes(), run.cpu_seconds()?);
    let instants = run.listen_for(WATCHED)?;
    let seconds = nanos(began) / 1e9;
    let share = (run.cpu_seconds()? - used) / seconds * 100.0;
    #[expect(clippy::cast_precision_loss, reason = "a rate to be shown")]
    let rate = (scene.stamps.quotes() - quotes) as f64 / seconds;
    let memory = run.peak_memory()?;
    run.kill()?;
    let what = format!("{SYMBOLS} symbols, {rate:.0} quotes/s, {instants} closes of 80 scans");
    Ok(vec![
        Figure::at_most(&format!("{what}: processor"), share, "% of a core", 50.0),
        Figure::at_most(&format!("{what}: most memory"), memory, "MiB", 100.0),
    ])
}

/// Starts on an empty folder, at [`SPEED`]: a start waits for the first word of each symbol's bars, which an exchange tells every two
/// seconds of market time at best.
fn starts(folder: &TempDir, runtime: &tokio::runtime::Runtime) -> anyhow::Result<Vec<Figure>> {
    let speed = SPEED.to_string();
    let scene = Scene::start(&folder.path().join("starts"), runtime, &speed, QUOTES)?;
    let mut took = Vec::new();
    for n in 0..STARTS {
        let began = now();
        let run = scene.run(&format!("empty-{n}"), &speed)?;
        run.hear_running()?;
        took.push(nanos(began) / 1e6);
        run.kill()?;
    }
    took.sort_by(f64::total_cmp);
    let what = format!("start to running, empty journal, {STARTS} starts");
    Ok(vec![
        Figure::plain(&format!("{what}, median"), percentile(&took, 50), "ms"),
        Figure::at_most(&format!("{what}, p95"), percentile(&took, 95), "ms", 200.0),
    ])
}

/// Starts after `kill -9` on a long journal, written by a run that sees every minute of twenty symbols.
fn long_starts(folder: &TempDir, runtime: &tokio::runtime::Runtime) -> anyhow::Result<Vec<Figure>> {
    let scene = Scene::start(&folder.path().join("long"), runtime, "max", 1)?;
    let run = scene.run_with("state", "max", Some(MINUTES))?;
    let mut entries = 0;
    let long = |event: &serde_json::Value| {
        entries = event["seq"].as_u64().unwrap_or(entries);
        entries >= ENTRIES
    };
    run.hear_within(ENTRIES_WITHIN, "a long journal", long)?;
    run.kill()?;
    let mut took = Vec::new();
    for _ in 0..LONG_STARTS {
        let began = now();
        let run = scene.run_with("state", &SPEED.to_string(), Some(MINUTES))?;
        run.hear_running()?;
        took.push(nanos(began) / 1e6);
        run.kill()?;
    }
    took.sort_by(f64::total_cmp);
    let what = format!("start to running, {entries} entries, {LONG_STARTS} starts after kill -9");
    Ok(vec![
        Figure::plain(&format!("{what}, median"), percentile(&took, 50), "ms"),
        Figure::at_most(&format!("{what}, p95"), percentile(&took, 95), "ms", 1e3),
    ])
}

/// Starts after `kill -9`, with whatever orders and positions there are.
fn kills(
    folder: &TempDir,
    runtime: &tokio::runtime::Runtime,
    rounds: usize,
) -> anyhow::Result<Vec<Figure>> {
    let speed = SPEED.to_string();
    let scene = Scene::start(&folder.path().join("kills"), runtime, &speed, QUOTES)?;
    let mut run = scene.run("state", &speed)?;
    run.hear_running()?;
    let mut took = Vec::new();
    for n in 0..rounds {
        // Another moment each time.
        run.listen_for(Duration::from_millis(200 + 97 * (n as u64 % 19)))?;
        let began = now();
        run.kill()?;
        run = scene.run("state", &speed)?;
        run.hear_running()?;
        took.push(nanos(began) / 1e6);
    }
    run.kill()?;
    took.sort_by(f64::total_cmp);
    let what = format!("kill -9 to trading again, {rounds} rounds");
    Ok(vec![
        Figure::plain(&format!("{what}, median"), percentile(&took, 50), "ms"),
        Figure::at_most(&format!("{what}, p95"), percentile(&took, 95), "ms", 2e3),
    ])
}
