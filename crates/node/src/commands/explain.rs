//! `explain`: why a decision was made at an instant, or why none was.

mod state;
mod watch;

use serde_json::{Value, json};
use sim::backtest::{Run, run_observed};
use types::ids::Symbol;
use types::market::TsNanos;

use super::backtest::{Told, failure};
use super::decision;
use crate::cli::ExplainArgs;
use crate::exit::{Exit, Failure, Outcome};
use crate::out::Out;
use crate::setup::{self, Bars, Pass};
use crate::show;
use watch::{Account, Seen, Watch};

/// Runs the backtest up to the instant and prints what was decided there.
pub(crate) fn run(args: &ExplainArgs, out: Out) -> Outcome {
    if let Some(folder) = &args.state {
        return state::run(folder, args.at, args.market.symbol.as_ref(), out);
    }
    let at = args.at.ok_or_else(|| Failure::usage("--at is wanted: the close of a bar"))?;
    let loaded = setup::load_for(&args.market)?;
    let bars = Bars::open(&args.market, loaded.config.engine.market)?.until(at);
    let Pass { mut options, mut inputs } = bars.pass(None)?;
    options.close_at_end = false;
    let symbols: Vec<Symbol> = inputs.feed.symbols().to_vec();
    let wanted = wanted(args, &symbols)?;
    let run = Run { config: loaded.config, seed: args.market.seed };
    let mut watch = Watch::new(at);
    let mut progress = Told::new("explain", bars.total());
    run_observed(&options, &run, &mut inputs, &mut progress, &mut watch).map_err(failure)?;
    drop(progress);
    let Some(account) = watch.account() else {
        let last = show::option(watch.last(), |at| at.to_string());
        return Err(Failure::usage(format_args!(
            "no bar closed at {at}, wanted the close of one; the last before it is {last}"
        )));
    };
    let seen: Vec<&Seen> = watch
        .decisions()
        .iter()
        .filter(|seen| {
            let symbol = seen.decision.symbol.map(|id| &symbols[id.index()]);
            wanted.is_none() || symbol.is_none() || symbol == wanted
        })
        .collect();
    let name = |seen: &Seen| {
        seen.decision
            .symbol
            .map_or_else(|| "account".to_owned(), |id| symbols[id.index()].to_string())
    };
    out.json(&machine_form(at, account, &seen, &name))?;
    for line in human_form(at, account, &seen, &name) {
        out.line(line)?;
    }
    Ok(Exit::Ok)
}

/// Returns the symbol asked for, if one was.
fn wanted<'a>(args: &ExplainArgs, symbols: &'a [Symbol]) -> Result<Option<&'a Symbol>, Failure> {
    let Some(wanted) = &args.market.symbol else { return Ok(None) };
    let found = symbols.iter().find(|symbol| *symbol == wanted);
    found.map(Some).ok_or_else(|| {
        let there: Vec<&str> = symbols.iter().map(Symbol::as_str).collect();
        Failure::usage(format_args!("--symbol is {wanted}, wanted one of {}", there.join(", ")))
    })
}

fn machine_form(
    at: TsNanos,
    account: &Account,
    seen: &[&Seen],
    name: &dyn Fn(&Seen) -> String,
) -> Value {
    let decisions: Vec<Value> = seen
        .iter()
        .map(|seen| {
            json!({
                "symbol": name(seen),
                "code": seen.decision.reason.code,
                "what": decision::what(&seen.decision.action),
                "why": decision::why(&seen.decision),
                "decision": seen.decision,
                "marginal_risk": seen.marginal.map(|marginal| json!({
                    "unit": "share of equity per year",
                    "volatility": marginal.volatility,
                    "volatility_without": marginal.others,
                    "contribution": marginal.contribution,
                })),
                "held": seen.held,
            })
        })
        .collect();
    json!({
        "simulated": true,
        "at": at.to_string(),
        "mode": account.mode,
        "equity": account.equity,
        "positions": account.positions,
        "decisions": decisions,
    })
}

fn human_form(
    at: TsNanos,
    account: &Account,
    seen: &[&Seen],
    name: &dyn Fn(&Seen) -> String,
) -> Vec<String> {
    let mut lines = vec![format!(
        "{at} SIMULATED: mode {}, equity {}, {} positions",
        account.mode,
        show::money(account.equity),
        account.positions
    )];
    for seen in seen {
        let (code, what) = (seen.decision.reason.code, decision::what(&seen.decision.action));
        lines.push(String::new());
        lines.push(format!("{}: {} -> {what}", name(seen), code.code()));
        if let Some(held) = &seen.held {
            lines.push(format!("  {held}"));
        }
        lines.extend(decision::why(&seen.decision).into_iter().map(|line| format!("  {line}")));
        if let Some(marginal) = seen.marginal {
            lines.push(format!(
                "  marginal risk: forecast volatility {} of equity a year with {symbol}, {} \
                 without; {} of equity a year come from {symbol}",
                show::percent(marginal.volatility),
                show::percent(marginal.others),
                show::percent(marginal.contribution),
                symbol = name(seen)
            ));
        }
    }
    if seen.is_empty() {
        lines.push("nothing was decided at this instant".to_owned());
    }
    lines
}
