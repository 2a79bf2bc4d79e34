//! `demo`: what must hold when things go wrong, shown with real processes in less than three minutes.
//!
//! A hub trades at a venue that is a process of its own and keeps its own record. Each step does something to them, shows
//! lines of both records and says what was wanted. A further step is a file in `steps/` and a line in [`STEPS`].

mod account;
pub(in crate::commands) mod control;
mod hub;
mod shown;
mod stage;
mod steps;

use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::cli::DemoArgs;
use crate::exit::{Exit, Outcome};
use crate::out::Out;

use shown::Shown;
use stage::Stage;

/// One thing that is shown.
struct Step {
    /// Its name for machines.
    name: &'static str,
    /// What is claimed, in words.
    title: &'static str,
    /// Does it. An error means that it could not be tried; a claim that does not hold is in what is returned.
    run: fn(&mut Stage) -> anyhow::Result<Shown>,
}

/// What is shown, in this order: each step may build on those before it.
const STEPS: [Step; 5] =
    [steps::OPENS, steps::SWALLOWED, steps::KILLED, steps::SAFE_MODE, steps::FLIPPED];

/// Shows all of it; the answer is yes only if every claim of every step holds.
pub(crate) fn run(args: &DemoArgs, out: Out) -> Outcome {
    let folder = tempfile::Builder::new().prefix("plimsoll-demo-").tempdir()?;
    let kept = args.keep.as_deref();
    if let Some(kept) = kept {
        std::fs::create_dir(kept).with_context(|| {
            format!("{}: wanted a folder that is not there yet", kept.display())
        })?;
    }
    let mut stage = Stage::new(kept.unwrap_or(folder.path()), args.seed)?;
    out.line(
        "Plimsoll demo: a hub and a venue, two processes of this machine. ALL MONEY IS SIMULATED.",
    )?;
    out.line("No key, no network. Entries are drawn by lot, so that there is something to see soon: this is about")?;
    out.line("orders that must not be lost, not about profit. A quarter of an hour of the market passes each second.")?;
    let begun = now();
    let mut told = Vec::new();
    let mut holds = true;
    for (number, step) in STEPS.iter().enumerate() {
        out.line("")?;
        out.line(format_args!("{} of {}: {}", number + 1, STEPS.len(), step.title))?;
        let shown = show(step, &mut stage, out)?;
        holds &= shown["holds"] == true;
        told.push(shown);
        if !holds {
            break;
        }
    }
    stage.end();
    let seconds = begun.elapsed().as_secs_f64();
    out.json(&json!({
        "simulated": true,
        "holds": holds,
        "steps": told,
        "wanted": STEPS.map(|step| step.name),
        "seconds": seconds,
        "kept": kept,
    }))?;
    out.line("")?;
    let verdict = if holds { "All of it holds." } else { "NOT all of it holds." };
    out.line(format_args!("{verdict} {seconds:.0} s, all simulated."))?;
    Ok(if holds { Exit::Ok } else { Exit::No })
}

/// Runs one step and tells what was seen.
fn show(step: &Step, stage: &mut Stage, out: Out) -> anyhow::Result<Value> {
    let begun = now();
    let (shown, broken) = match (step.run)(stage) {
        Ok(shown) => (shown, None),
        Err(error) => (Shown::default(), Some(format!("{error:#}"))),
    };
    for line in &shown.evidence {
        out.line(format_args!("    {line}"))?;
    }
    for claim in &shown.claims {
        let word = if claim.holds { "ok " } else { "NO " };
        out.line(format_args!("  {word} {}: {}", claim.what, claim.seen))?;
    }
    if let Some(broken) = &broken {
        out.line(format_args!("  NO  could not be shown: {broken}"))?;
    }
    Ok(json!({
        "step": step.name,
        "title": step.title,
        "holds": broken.is_none() && shown.holds(),
        "claims": shown.claims,
        "evidence": shown.evidence,
        "figures": shown.figures,
        "broken": broken,
        "seconds": begun.elapsed().as_secs_f64(),
    }))
}

#[expect(clippy::disallowed_methods, reason = "processes are waited for in real time")]
fn now() -> Instant {
    Instant::now()
}

/// Waits until something is there, asking again after a moment; an error names what was waited for.
fn wait_for<T>(
    what: &str,
    patience: Duration,
    mut look: impl FnMut() -> anyhow::Result<Option<T>>,
) -> anyhow::Result<T> {
    let until = now() + patience;
    loop {
        if let Some(found) = look()? {
            return Ok(found);
        }
        anyhow::ensure!(now() < until, "no {what} within {} s", patience.as_secs());
        pause(Duration::from_millis(20));
    }
}

#[expect(clippy::disallowed_methods, reason = "another process is waited for")]
fn pause(time: Duration) {
    std::thread::sleep(time);
}
