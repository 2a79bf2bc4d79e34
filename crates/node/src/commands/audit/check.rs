//! `audit check`: the journal against the venue's own ledger.

use anyhow::Context as _;
use checker::{Options, Verdict, check};

use crate::cli::HistoriesArgs;
use crate::exit::{Exit, Failure, Kind as _, Outcome};
use crate::out::Out;
use crate::setup::JournalFolder;

/// Judges both histories.
pub(crate) fn run(args: &HistoriesArgs, out: Out) -> Outcome {
    let folder = JournalFolder::new(&args.journal.journal, None);
    let options = Options {
        account: args.account.clone(),
        venue_key: args.venue_key.clone(),
        emergency: args.emergency.clone(),
        tolerance: nanos("--tolerance", args.tolerance)?,
        slack: args.slack.map(|slack| nanos("--slack", slack)).transpose()?,
    };
    let report = check(&folder.disk(), &args.ledger, &options);
    let report = report.with_context(|| folder.shown()).data()?;
    out.json(&report)?;
    out.line(&report)?;
    Ok(match report.verdict {
        Verdict::Pass => Exit::Ok,
        Verdict::Fail => Exit::No,
        Verdict::Inconclusive | Verdict::NotApplicable | Verdict::NotJudged => Exit::Thin,
    })
}

fn nanos(option: &str, time: jiff::SignedDuration) -> Result<i64, Failure> {
    i64::try_from(time.as_nanos()).ok().filter(|nanos| *nanos >= 0).ok_or_else(|| {
        Failure::usage(format_args!(
            "{option} is {time}, wanted 0s to 292 years, such as 1s or 250ms"
        ))
    })
}
