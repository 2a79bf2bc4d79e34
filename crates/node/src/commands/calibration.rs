//! `calibration`: what the odds said against what happened.

use engine::config::PolicyName;
use serde_json::json;
use sim::backtest::Run;

use super::backtest::{Told, failure};
use crate::cli::CalibrationArgs;
use crate::exit::{Exit, Failure, Outcome};
use crate::out::{Out, columns};
use crate::setup::{self, Bars, Pass};
use crate::show;

/// Width of the diagram in characters.
const WIDTH: usize = 50;

/// Runs `confluence` and prints its reliability.
pub(crate) fn run(args: &CalibrationArgs, out: Out) -> Outcome {
    let loaded = setup::load_for(&args.market)?;
    if loaded.config.engine.policy != PolicyName::Confluence {
        return Err(Failure::usage("only confluence has odds: leave --policy out"));
    }
    let bars = Bars::open(&args.market, loaded.config.engine.market)?;
    let Pass { options, mut inputs } = bars.pass(None)?;
    let runs = [Run { config: loaded.config, seed: args.market.seed }];
    let mut progress = Told::new("calibration", bars.total());
    let outcome =
        sim::backtest::run(&options, &runs, &mut inputs, &mut progress).map_err(failure)?;
    drop(progress);
    let seen = outcome.runs[0].calibration.as_ref().expect("confluence has odds");
    let rows = seen.reliability.rows();
    let (brier, prior) = (seen.reliability.brier(), seen.reliability.brier_of_prior());
    out.json(&json!({
        "simulated": true,
        "method": seen.method,
        "outcomes": seen.outcomes,
        "brier": brier,
        "brier_of_prior": prior,
        "rows": rows,
    }))?;
    let four = |value| show::number(value, 4);
    out.line(format_args!(
        "{} effective outcomes, method {}, Brier score {} (always saying the prior: {})",
        show::number(seen.outcomes, 1),
        format!("{:?}", seen.method).to_lowercase(),
        show::option(brier, four),
        show::option(prior, four)
    ))?;
    out.line("")?;
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            vec![
                format!("{}+", show::number(row.score, 0)),
                show::count(row.scans),
                show::number(row.outcomes, 1),
                show::number(row.predicted, 3),
                show::number(row.observed, 3),
                diagram(row.predicted, row.observed),
            ]
        })
        .collect();
    for line in columns(&["score", "scans", "N", "predicted", "seen", ""], &cells) {
        out.line(line)?;
    }
    out.line("")?;
    out.line("p: predicted, s: seen, *: both; from 0 at the left to 1 at the right")?;
    Ok(Exit::Ok)
}

fn diagram(predicted: f64, observed: f64) -> String {
    let place = |share: f64| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of the width, held within it"
        )]
        let place =
            (analysis::num::clip(share, 0.0, 1.0) * analysis::num::count(WIDTH - 1)) as usize;
        place
    };
    let (p, s) = (place(predicted), place(observed));
    (0..WIDTH)
        .map(|at| match (at == p, at == s) {
            (true, true) => '*',
            (true, false) => 'p',
            (false, true) => 's',
            (false, false) => '.',
        })
        .collect()
}
