//! `sim shrink`: a plan that fails, as small as it can be and still fail.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context as _;
use serde::Serialize;
use sim::world::{Plan, run as play, shrink as shrunk};

use crate::cli::SimShrinkArgs;
use crate::exit::{Exit, Failure, Kind as _, Outcome};
use crate::machine::COMMIT;
use crate::out::Out;

/// Where `sim run` leaves plans if nobody says another folder.
const PLANS: &str = "plimsoll-sim";
/// A plan is small enough to be read with so many entries.
const SMALL: usize = 10;

/// What was found.
#[derive(Serialize)]
struct Answer<'a> {
    commit: &'static str,
    seed: u64,
    rule: &'a str,
    /// Entries of the plan before, and now.
    before: usize,
    after: usize,
    /// How often it was played.
    plays: u32,
    seconds: f64,
    path: String,
    again: String,
    plan: &'a Plan,
}

#[expect(clippy::disallowed_methods, reason = "how long it took is shown")]
pub(super) fn run(args: &SimShrinkArgs, out: Out) -> Outcome {
    let started = Instant::now();
    let plan = super::wanted(args.plan.as_deref(), args.seed, args.days)?;
    let played = play(&plan, None).context("the plan").config()?;
    let Some(rule) = played.violations.first().map(|violation| violation.rule.clone()) else {
        let what = args
            .plan
            .as_deref()
            .map_or_else(|| format!("seed {}", plan.seed), |path| path.display().to_string());
        return Err(Failure::usage(format_args!(
            "{what} holds with this build: nothing to shrink"
        )));
    };
    let mut plays = 0;
    out.note(format_args!(
        "{rule} fails with {} entries; playing at most {} more worlds",
        entries(&plan),
        args.tries
    ));
    let least = shrunk(&plan, args.tries, |plan| {
        plays += 1;
        play(plan, None).is_ok_and(|played| played.violations.iter().any(|v| v.rule == rule))
    });
    let path = args.out.clone().unwrap_or_else(|| beside(args.plan.as_deref(), plan.seed));
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    fs::write(&path, least.to_toml()).with_context(|| path.display().to_string())?;
    let (before, after) = (entries(&plan), entries(&least));
    let (minutes, symbols, seed) = (least.minutes, least.symbols, least.seed);
    let path = path.display().to_string();
    let again = format!("plimsoll sim replay --plan {path} --trace");
    let seconds = started.elapsed().as_secs_f64();
    out.line(format_args!(
        "{rule} still fails with {after} entries of {before}, {symbols} symbols, {minutes} minutes; {plays} worlds in {seconds:.1} s"
    ))?;
    out.line(format_args!("seed {seed} of commit {COMMIT}"))?;
    out.line(format_args!("  plan    {path}"))?;
    out.line(format_args!("  again   {again}"))?;
    if after > SMALL {
        out.line(format_args!(
            "more than {SMALL} entries are left: look further with --tries {}",
            args.tries.saturating_mul(3)
        ))?;
    }
    let (rule, plan) = (rule.as_str(), &least);
    out.json(&Answer {
        commit: COMMIT,
        seed,
        rule,
        before,
        after,
        plays,
        seconds,
        path,
        again,
        plan,
    })?;
    Ok(Exit::Ok)
}

/// Returns how many things of a plan go wrong.
fn entries(plan: &Plan) -> usize {
    plan.faults.len() + plan.aims.len()
}

/// Returns where the smaller plan goes if nobody says it.
fn beside(plan: Option<&Path>, seed: u64) -> PathBuf {
    let Some(plan) = plan else { return Path::new(PLANS).join(format!("seed-{seed}-small.toml")) };
    let stem = plan.file_stem().unwrap_or_default().to_string_lossy();
    plan.with_file_name(format!("{stem}-small.toml"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_smaller_plan_lies_beside_the_larger_one() {
        assert_eq!(beside(None, 7), Path::new("plimsoll-sim/seed-7-small.toml"));
        let path = Path::new("here/scope-steps-9.toml");
        assert_eq!(beside(Some(path), 7), Path::new("here/scope-steps-9-small.toml"));
        assert_eq!(beside(Some(Path::new("a.toml")), 7), Path::new("a-small.toml"));
    }
}
