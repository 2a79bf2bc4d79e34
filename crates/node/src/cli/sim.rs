//! Arguments of `sim`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Clone, Debug, Subcommand)]
pub(crate) enum SimCommand {
    /// Play many seeds and judge each.
    Run(SimRunArgs),
    /// Play one seed, or a plan of faults from a file, again.
    Replay(SimReplayArgs),
    /// Make a plan that fails as small as it can be and still fail.
    Shrink(SimShrinkArgs),
    /// Play small scripts, with one thing that goes wrong at each place of them in turn.
    Scope(SimScopeArgs),
    /// Plant defects one at a time, and see whether the judges find each.
    Mutants(SimMutantsArgs),
}

/// Which seeds, and how.
#[derive(Clone, Debug, Args)]
pub(crate) struct SimSeedsArgs {
    /// How many seeds; of `mutants` the most that each defect is given.
    #[arg(long = "seeds", value_name = "N", default_value_t = 200)]
    pub(crate) count: u64,
    /// The first of them.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) from: u64,
    /// Days of market time under faults, of each seed.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) days: u32,
    /// Seeds that are played at once; by default one for each core.
    #[arg(long, value_name = "N")]
    pub(crate) jobs: Option<usize>,
}

#[derive(Clone, Debug, Args)]
#[command(after_long_help = "\
Examples:
  plimsoll sim run --seeds 200
  plimsoll sim run --seeds 1500 --jobs 2 --json

Exit codes: 2 if something does not hold, 3 if too little happened to say so.")]
pub(crate) struct SimRunArgs {
    #[command(flatten)]
    pub(crate) seeds: SimSeedsArgs,
    /// Folder into which the plan of each seed that fails is written.
    #[arg(long, value_name = "DIR", default_value = "plimsoll-sim")]
    pub(crate) plans: PathBuf,
}

#[derive(Clone, Debug, Args)]
#[command(after_long_help = "\
Examples:
  plimsoll sim replay --seed 7 --trace
  plimsoll sim replay --plan plimsoll-sim/seed-7.toml")]
pub(crate) struct SimReplayArgs {
    /// The seed.
    #[arg(long, value_name = "N", required_unless_present = "plan")]
    pub(crate) seed: Option<u64>,
    /// Days of market time under faults, of a seed.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) days: u32,
    /// A plan, as `run` writes it; it may have been changed by hand.
    #[arg(long, value_name = "FILE", conflicts_with = "seed")]
    pub(crate) plan: Option<PathBuf>,
    /// Print what happens, one line an event.
    #[arg(long)]
    pub(crate) trace: bool,
}

#[derive(Clone, Debug, Args)]
#[command(after_long_help = "\
Examples:
  plimsoll sim scope
  plimsoll sim scope --every 20 --json
  plimsoll sim scope --only steps --only disk-powercut-once

Exit codes: 2 if something does not hold, 3 if something to go wrong was never met.")]
pub(crate) struct SimScopeArgs {
    /// Play one place in so many.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) every: u64,
    /// This line alone, by its name; may be given several times.
    #[arg(long, value_name = "NAME")]
    pub(crate) only: Vec<String>,
    /// Worlds that are played at once; by default one for each core.
    #[arg(long, value_name = "N")]
    pub(crate) jobs: Option<usize>,
    /// Folder into which the plan of each world that fails is written.
    #[arg(long, value_name = "DIR", default_value = "plimsoll-sim")]
    pub(crate) plans: PathBuf,
}

#[derive(Clone, Debug, Args)]
#[command(after_long_help = "\
Examples:
  plimsoll sim shrink --seed 7
  plimsoll sim shrink --plan plimsoll-sim/seed-7.toml --out smaller.toml

Exit codes: 64 if it holds with this build: there is nothing to shrink.")]
pub(crate) struct SimShrinkArgs {
    /// A seed that fails.
    #[arg(long, value_name = "N", required_unless_present = "plan")]
    pub(crate) seed: Option<u64>,
    /// Days of market time under faults, of a seed.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) days: u32,
    /// A plan that fails.
    #[arg(long, value_name = "FILE", conflicts_with = "seed")]
    pub(crate) plan: Option<PathBuf>,
    /// Where the smaller one is written; by default beside the plan, of a seed into the folder `plimsoll-sim`.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// How often it is played at most.
    #[arg(long, value_name = "N", default_value_t = 400)]
    pub(crate) tries: u32,
}

#[derive(Clone, Debug, Args)]
#[command(after_long_help = "\
The world in which a defect was found before is played first, then seed after seed. A debug build has defects to plant, and a
release build with the feature `mutants`, which plays seeded worlds and nothing else: `make mutants`.

Examples:
  plimsoll sim mutants --json
  plimsoll sim mutants --only fill_twice --only kill_ignored --afresh --seeds 300

Exit codes: 2 if a defect is not caught.")]
pub(crate) struct SimMutantsArgs {
    #[command(flatten)]
    pub(crate) seeds: SimSeedsArgs,
    /// This defect alone, by its name; may be given several times.
    #[arg(long, value_name = "NAME")]
    pub(crate) only: Vec<String>,
    /// Play nothing but the worlds in which defects were found before.
    #[arg(long, conflicts_with = "afresh")]
    pub(crate) recorded: bool,
    /// Leave out the worlds in which defects were found before.
    #[arg(long)]
    pub(crate) afresh: bool,
    /// Write the worlds in which defects were found to this file, with no more minutes of each day than are enough.
    #[arg(long, value_name = "FILE")]
    pub(crate) record: Option<PathBuf>,
}
