//! `adopt`: shows what somebody else traded on the account, and books just that once a person agrees.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _};

use serde_json::json;

use super::told::{failed, tell};
use crate::cli::control::AdoptArgs;
use crate::control::{Adopt, AdoptionLine, Agreed, Answer, Command, Request, ask};
use crate::exit::{Exit, Failure, Outcome};
use crate::out::Out;

/// Most bytes that are typed.
const TYPED_BYTES_MAX: u64 = 100;

/// Shows the difference; books it where a reason is given.
pub(crate) fn run(args: &AdoptArgs, out: Out) -> Outcome {
    let what = format!("adopt {}", args.symbol);
    let shown = match asked(args, None, out)? {
        Answer::Done(confirmed) => confirmed.adoption,
        other @ (Answer::Told(_)
        | Answer::Unconfirmed(_)
        | Answer::Refused { .. }
        | Answer::Failed { .. }) => return tell(&what, &other, out),
    };
    let Some(shown) = shown else {
        let error = "the hub shows no difference: use the client of the same build";
        return Err(Failure::from(anyhow::anyhow!(error)));
    };
    for line in lines(&shown, args.money.is_some()) {
        out.line(line)?;
    }
    let Some(reason) = &args.reason else {
        out.json(&json!({ "outcome": "shown", "adoption": shown }))?;
        out.line("nothing is booked: say why with --reason to book it")?;
        return Ok(Exit::Ok);
    };
    if !args.yes && !is_typed(&args.symbol, out)? {
        out.json(&json!({ "outcome": "not_confirmed", "adoption": shown }))?;
        out.line("nothing is booked: another symbol was typed")?;
        return Ok(Exit::Failure);
    }
    let agreed = Agreed { reason: reason.clone(), total: shown.total, cash: shown.beyond };
    tell(&what, &asked(args, Some(agreed), out)?, out)
}

fn asked(args: &AdoptArgs, agreed: Option<Agreed>, out: Out) -> Result<Answer, Failure> {
    let (hub, operator) = (&args.act.hub, args.act.operator.clone());
    let command =
        Command::Adopt(Adopt { symbol: args.symbol.clone(), money: args.money.clone(), agreed });
    let request = Request::new(command, operator);
    match ask(&hub.state, &request, hub.wait, |text| out.note(text)) {
        Ok(answer) => Ok(answer),
        Err(error) => Err(failed(error, out)?),
    }
}

/// Returns what is to be looked at.
pub(super) fn lines(shown: &AdoptionLine, told: bool) -> Vec<String> {
    let AdoptionLine { symbol, asset, total, foreign, owned, beyond, beside, .. } = shown;
    let AdoptionLine { change, foreign_after, cash, price, flow, .. } = shown;
    let mut lines = vec![
        format!("{symbol}: somebody else has traded on the account"),
        format!("  at the venue          {total} {asset}"),
        format!("  by our books          {owned} ours, {foreign} not ours"),
        format!("  money beyond them     {beyond}"),
    ];
    if !beside.is_empty() {
        lines.push(format!("  {} differs too, and the money may be its", beside.join(", ")));
    }
    lines.extend([
        "booked would be".to_owned(),
        format!("  ours                  {change} {asset}, at the mark of {price}"),
        format!("  not ours              {foreign_after} {asset} from then on"),
    ]);
    if beside.is_empty() || told {
        lines.push(format!("  money                 {cash}"));
        lines.push(format!("  a flow of             {flow}, no profit and no loss"));
    } else {
        lines
            .push(format!("  money                 say with --money how much of it is {symbol}'s"));
    }
    lines
}

/// Asks for the symbol to be typed once more.
fn is_typed(symbol: &str, out: Out) -> io::Result<bool> {
    let input = io::stdin();
    if input.is_terminal() {
        out.note(format_args!("type {symbol} to book this:"));
    }
    let mut line = String::new();
    input.lock().take(TYPED_BYTES_MAX).read_line(&mut line)?;
    Ok(line.trim() == symbol)
}
