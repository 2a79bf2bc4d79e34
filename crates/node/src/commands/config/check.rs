//! `config check`: whether limits can be met, and by what account.

use engine::border;
use engine::config::{Candidate, Contradiction, EngineConfig, Summary, satisfiable};
use serde_json::{Value, json};
use types::instrument::Market;
use types::num::{Money, Ratio};

use super::prices::Priced;
use super::run_check;
use crate::cli::ConfigArgs;
use crate::exit::{Exit, Failure, Kind, Outcome};
use crate::out::Out;
use crate::{setup, show};

/// Checks a configuration against itself and against an account.
pub(super) fn run(args: &ConfigArgs, out: Out) -> Outcome {
    let mut loaded = setup::load(args.file.as_deref(), args.policy.map(Into::into))?;
    if let Some(run) = &loaded.run {
        return run_check::run(args, run, out);
    }
    let config = &mut loaded.config;
    if let Some(market) = args.market {
        config.engine.market = Market::from(market);
    }
    if let Some(capital) = &args.capital {
        config.backtest.capital.clone_from(capital);
    }
    config.validate().config()?;
    let capital = config.capital().config()?;
    let catalogue = setup::catalogue(args.instruments.as_deref())?;
    let priced = Priced::given(&args.price, &catalogue, config.engine.market)?;
    match prove(args.stop, &config.engine, &priced, capital)? {
        Err(found) => {
            let found: Vec<String> = found.iter().map(ToString::to_string).collect();
            refuse(&found, out)
        }
        Ok(summary) => {
            out.json(&document(&summary, capital))?;
            lines(&summary, capital).iter().try_for_each(|line| out.line(line))?;
            out.line(assumptions(args, &priced))?;
            Ok(Exit::Ok)
        }
    }
}

/// Proves that an account of this capital can trade, or says what stands against it.
pub(super) fn prove(
    stop: f64,
    engine: &EngineConfig,
    priced: &Priced,
    capital: Money,
) -> Result<Result<Summary, Vec<Contradiction>>, Failure> {
    let stop = share(stop / 100.0)
        .filter(|stop| *stop > Ratio::ZERO && *stop < Ratio::ONE)
        .ok_or_else(|| {
            Failure::usage(format_args!(
                "--stop is {stop}, wanted a percentage above 0 and below 100"
            ))
        })?;
    let slippage = share(engine.expected_costs.slippage_bps / 10_000.0).unwrap_or_default();
    let seen: Vec<Candidate<'_>> = priced
        .0
        .iter()
        .map(|(instrument, price)| Candidate { instrument, price: *price, stop, slippage })
        .collect();
    Ok(satisfiable(&engine.risk, &seen, capital))
}

/// Says what stands against it.
pub(super) fn refuse(found: &[String], out: Out) -> Outcome {
    out.json(&json!({ "ok": false, "contradictions": found }))?;
    found.iter().try_for_each(|line| out.line(format_args!("NO: {line}")))?;
    Ok(Exit::No)
}

/// Returns what a machine is told.
pub(super) fn document(summary: &Summary, capital: Money) -> Value {
    let needs: Vec<_> = summary
        .needs
        .iter()
        .map(|(symbol, need)| json!({ "symbol": symbol, "account": need.to_string() }))
        .collect();
    json!({
        "ok": true,
        "capital": capital.to_string(),
        "largest_order": summary.largest_order.to_string(),
        "loss_at_all_stops": summary.loss_at_all_stops.to_string(),
        "smallest_account": summary.smallest_account.to_string(),
        "needs": needs,
    })
}

/// Returns what a person is told.
pub(super) fn lines(summary: &Summary, capital: Money) -> Vec<String> {
    let money = |amount| show::money(border::money(amount));
    let mut lines = vec![
        format!("ok: the limits can be met by an account of {}", money(capital)),
        format!("largest order              {}", money(summary.largest_order)),
        format!("loss if every stop is hit  {}", money(summary.loss_at_all_stops)),
        format!("smallest workable account  {}", money(summary.smallest_account)),
    ];
    lines.extend(
        summary.needs.iter().map(|(symbol, need)| format!("  to trade {symbol}: {}", money(*need))),
    );
    lines
}

/// Returns what was assumed.
pub(super) fn assumptions(args: &ConfigArgs, priced: &Priced) -> String {
    format!("prices and stops assumed: {}, stop {} % away", priced.shown(), args.stop)
}

fn share(share: f64) -> Option<Ratio> {
    border::ratio_up(share)
}
