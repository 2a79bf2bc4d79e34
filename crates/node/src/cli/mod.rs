//! The command line: [`Cli`].

mod audit;
mod backtest;
mod backup;
mod bench;
mod calibration;
mod config;
pub(crate) mod control;
mod data;
mod demo;
mod explain;
mod export;
mod incidents;
mod indicators;
mod init;
mod instruments;
mod keys;
mod market;
mod run;
mod sim;
mod study;
mod venue;
mod words;

use clap::{Parser, Subcommand};

pub(crate) use audit::{
    AuditCommand, HistoriesArgs, JournalArgs, ParityArgs, ProveArgs, ReplayArgs, ShowArgs,
    VerifyArgs, VerifyProofArgs,
};
pub(crate) use backtest::BacktestArgs;
pub(crate) use backup::{BackupArgs, RestoreArgs};
pub(crate) use bench::BenchArgs;
pub(crate) use calibration::CalibrationArgs;
pub(crate) use config::{ConfigArgs, ConfigCommand, ConfigFile, PermitArgs, SignArgs};
pub(crate) use data::{CheckArgs, ConvertArgs, DataCommand, FetchArgs, GenerateArgs};
pub(crate) use demo::DemoArgs;
pub(crate) use explain::ExplainArgs;
pub(crate) use export::{ExportArgs, FormatName};
pub(crate) use incidents::IncidentsArgs;
pub(crate) use indicators::IndicatorsArgs;
pub(crate) use init::{InitArgs, InitMode};
pub(crate) use instruments::InstrumentsArgs;
pub(crate) use keys::{KeyArgs, KeyFolderArgs, KeysCommand};
pub(crate) use market::MarketArgs;
pub(crate) use run::RunArgs;
#[cfg(any(feature = "mutants", debug_assertions))]
pub(crate) use sim::SimMutantsArgs;
pub(crate) use sim::{SimCommand, SimReplayArgs, SimRunArgs, SimScopeArgs, SimShrinkArgs};
pub(crate) use study::StudyArgs;
pub(crate) use venue::{ServeArgs, VenueArgs, VenueCommand, VenueLedgerArgs};

/// Below the list of commands.
const AFTER: &str = "\
First steps:
  plimsoll run                                     trade a simulated venue with paper money; ctrl-C stops it
  plimsoll init                                    four questions, and a configuration for a run
  plimsoll demo                                    lost answers, kill -9, SAFE_MODE: what holds, shown
  plimsoll study                                   a backtest on a generated market, with a report
  plimsoll data check my-klines.csv.gz             what is in a file
  plimsoll backtest --data klines/ --report out/   your own bars, with a report
  plimsoll explain --help                          why something was decided, or not

Exit codes:
   0  done
   1  failure: a file that cannot be written, a mistake in this program
   2  a gate failed, or the answer to a check is no, or it had too little to go by
   3  audit check: nothing failed, but some rule had too little to judge by
  64  the command line cannot be understood
  65  market data or an instrument list cannot be used
  69  no hub is running
  75  not confirmed in time
  77  refused by a rule
  78  the configuration or a gate file cannot be used

Answers go to standard output, everything else to standard error.";

/// Plimsoll: an autonomous trading system with exact books and hard limits.
///
/// This version trades recorded and generated markets and simulated venues only: all money in it is
/// simulated. With real money, all of it could be lost.
#[derive(Debug, Parser)]
#[command(name = "plimsoll", version, after_help = AFTER)]
pub(crate) struct Cli {
    /// Print one JSON document instead of text.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Trade: by default at a simulated exchange of its own, with paper money.
    #[command(after_long_help = run::RUN_AFTER)]
    Run(Box<RunArgs>),
    /// Show in real processes what holds when answers are lost and processes are killed.
    Demo(DemoArgs),
    /// Run the backtest and its yardsticks on a generated market and write a report.
    Study(StudyArgs),
    /// Run a policy over recorded or generated bars.
    Backtest(Box<BacktestArgs>),
    /// Show why a decision was made, or why none was.
    Explain(Box<ExplainArgs>),
    /// Compare what the odds said with what happened.
    Calibration(CalibrationArgs),
    /// Download, check, convert or generate market data.
    #[command(subcommand)]
    Data(DataCommand),
    /// Compute indicators or a volume profile from a file of bars.
    Indicators(IndicatorsArgs),
    /// List what is known about symbols: steps, minima, fees.
    Instruments(InstrumentsArgs),
    /// Check a configuration, or explain every key.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Ask four questions and write a configuration that can be run.
    Init(InitArgs),
    /// Make, list and rotate the keys of operators.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Verify, show, prove and export what a journal holds.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Fold a journal, decide again with this build and compare.
    Replay(ReplayArgs),
    /// Compare two runs of the same period, decision by decision and order by order.
    Parity(ParityArgs),
    /// Write trades, fills, orders, decisions or the equity curve of a journal as CSV or JSON.
    Export(ExportArgs),
    /// Copy a journal, also of a running hub, and verify the copy.
    Backup(BackupArgs),
    /// Verify a backup and put it into a state folder.
    Restore(RestoreArgs),
    /// List what is to be handled, or count it: by class, how it ended, how long it took.
    Incidents(IncidentsArgs),
    /// Serve a simulated exchange behind Binance's public spot API.
    #[command(after_long_help = venue::VENUE_AFTER)]
    Venue(Box<VenueArgs>),
    /// Show how a running hub is: money, mode, positions and their stops, health.
    Status(control::StatusArgs),
    /// Look for what is wrong with this machine, its files, the configuration, the venue and the hub.
    Doctor(control::DoctorArgs),
    /// List open orders.
    Orders(control::ListArgs),
    /// List positions with their stops.
    Positions(control::ListArgs),
    /// Make no new entries until resumed; exits go on, stops rest.
    Pause(control::PlainActArgs),
    /// Make entries again.
    Resume(control::PlainActArgs),
    /// Allow only what lowers exposure, or release that.
    SafeMode(control::SafeModeArgs),
    /// Begin or end planned work: no entries, exits go on, stops rest.
    Maintenance(control::MaintenanceArgs),
    /// Close all positions within price bounds.
    Flatten(control::PlainActArgs),
    /// Show what somebody else traded on the account, and book it openly.
    Adopt(control::AdoptArgs),
    /// Make no new entries; close and cancel all at a date, then stop.
    WindDown(control::WindDownArgs),
    /// Close the gateway: entry orders are cancelled, stops rest. Works without a running hub.
    Kill(control::PlainActArgs),
    /// End the hub: entry orders are cancelled, stops rest.
    Stop(control::PlainActArgs),
    /// Ask to open the gateway again after a kill.
    ReleaseKill(control::ReleaseKillArgs),
    /// Show what is asked for and not granted yet; confirm it as a second person, or cancel it.
    Permits(control::PermitsArgs),
    /// Play worlds in which everything goes wrong, each from a seed, and judge them.
    #[command(subcommand)]
    Sim(SimCommand),
    /// Measure speed and memory on this machine.
    Bench(BenchArgs),
}
