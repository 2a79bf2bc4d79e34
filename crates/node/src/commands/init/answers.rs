//! The four questions of `init`: each answer is checked against those before it, and asked again on a terminal.

use std::io::{self, BufRead, Write};

use engine::border;
use engine::config::units::Share;
use engine::config::{Candidate, EngineConfig, satisfiable};
use sim::instruments::Catalogue;
use types::ids::{Asset, Symbol};
use types::instrument::Market;
use types::num::{Money, Ratio};

use crate::cli::InitArgs;
use crate::commands::config::assumed_price;
use crate::exit::Failure;
use crate::run_config::Amount;
use crate::show;

/// Wrong answers to one question after which it is given up.
const TRIES: usize = 10;

/// How far away first stops are assumed to lie when the smallest account is worked out: 5 %, as `config check` does.
const STOP: Ratio = Ratio::from_bps(500);

/// The loss budget's range (`risk.loss_budget.max`).
const LOSS_LEAST: Ratio = Ratio::from_bps(50);
const LOSS_MOST: Ratio = Ratio::from_bps(1_500);

/// What was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answers {
    /// What may be used.
    pub(super) capital: Money,
    /// What is never touched.
    pub(super) never_touch: Vec<Asset>,
    /// What is traded.
    pub(super) symbols: Vec<Symbol>,
    /// The most that may be lost in a day.
    pub(super) loss: Money,
    /// The same as a share of the capital, rounded down.
    pub(super) loss_share: Share,
}

/// A person who can be asked.
pub(super) struct Talk<'a> {
    pub(super) input: &'a mut dyn BufRead,
    pub(super) output: &'a mut dyn Write,
}

/// Takes the answers from the flags, and from a person where there is one.
///
/// # Errors
/// If a flag's answer cannot stand, or an answer is wanted and nobody can be asked.
pub(super) fn answers(args: &InitArgs, talk: &mut Option<Talk<'_>>) -> Result<Answers, Failure> {
    let mut ask = |question: &Question<'_>, check: &dyn Fn(&str) -> Result<(), String>| {
        question.answer(talk.as_mut(), check)
    };
    let catalogue = Catalogue::embedded();
    let capital = Question {
        flag: "--capital",
        given: args.capital.as_deref(),
        text: "What may Plimsoll use, in the currency your symbols are paid in?",
        default: None,
    };
    let capital = ask(&capital, &|text| amount(text).map(|_| ()))?;
    let capital = amount(&capital).map_err(Failure::usage)?;
    let never = Question {
        flag: "--never-touch",
        given: args.never_touch.as_deref(),
        text: "Which coins must it never touch? (such as BNB,ETH; empty for none)",
        default: Some(""),
    };
    let never = ask(&never, &|text| coins(text).map(|_| ()))?;
    let never_touch = coins(&never).map_err(Failure::usage)?;
    let traded = Question {
        flag: "--symbols",
        given: args.symbols.as_deref(),
        text: "Which symbols may it trade?",
        default: Some("BTCUSDT,ETHUSDT"),
    };
    let of = |text: &str| symbols(text, &never_touch, capital, &catalogue);
    let traded = ask(&traded, &|text| of(text).map(|_| ()))?;
    let symbols = of(&traded).map_err(Failure::usage)?;
    let loss = Question {
        flag: "--max-daily-loss",
        given: args.max_daily_loss.as_deref(),
        text: "What is the most you may lose in a day, in money?",
        default: None,
    };
    let of = |text: &str| daily_loss(text, capital);
    let loss = ask(&loss, &|text| of(text).map(|_| ()))?;
    let (loss, loss_share) = of(&loss).map_err(Failure::usage)?;
    Ok(Answers { capital, never_touch, symbols, loss, loss_share })
}

struct Question<'a> {
    flag: &'static str,
    given: Option<&'a str>,
    text: &'static str,
    /// What an empty answer means, and silence where nobody can be asked.
    default: Option<&'static str>,
}

impl Question<'_> {
    /// Returns an answer that passed the check.
    fn answer(
        &self,
        talk: Option<&mut Talk<'_>>,
        check: &dyn Fn(&str) -> Result<(), String>,
    ) -> Result<String, Failure> {
        let flag = self.flag;
        let told = |why: String| Failure::usage(format_args!("{flag}: {why}"));
        match (self.given, talk, self.default) {
            (Some(given), _, _) => check(given).map(|()| given.to_owned()).map_err(told),
            (None, Some(talk), _) => self.ask(talk, check),
            (None, None, Some(default)) => {
                check(default).map(|()| default.to_owned()).map_err(told)
            }
            (None, None, None) => Err(Failure::usage(format_args!(
                "{flag} is wanted: there is no terminal to ask on"
            ))),
        }
    }

    fn ask(
        &self,
        talk: &mut Talk<'_>,
        check: &dyn Fn(&str) -> Result<(), String>,
    ) -> Result<String, Failure> {
        for _ in 0..TRIES {
            let default = self.default.filter(|text| !text.is_empty());
            let default = default.map(|text| format!(" [{text}]")).unwrap_or_default();
            write!(talk.output, "{}{default} ", self.text)?;
            talk.output.flush()?;
            let Some(line) = line(talk.input)? else {
                return Err(Failure::usage(format_args!("no answer to: {}", self.text)));
            };
            let answer = match (line.trim(), self.default) {
                ("", Some(default)) => default,
                (answer, _) => answer,
            };
            match check(answer) {
                Ok(()) => return Ok(answer.to_owned()),
                Err(why) => writeln!(talk.output, "  {why}")?,
            }
        }
        Err(Failure::usage(format_args!("{TRIES} answers that cannot stand: {}", self.text)))
    }
}

/// Reads a line of at most 1,000 bytes; `None` at the end of the input.
fn line(input: &mut dyn BufRead) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    io::Read::take(input, 1_000).read_until(b'\n', &mut bytes)?;
    Ok((!bytes.is_empty()).then(|| String::from_utf8_lossy(&bytes).into_owned()))
}

fn amount(text: &str) -> Result<Money, String> {
    Amount::parse(text).map(Amount::get).map_err(|error| error.to_string())
}

/// Reads a list: commas or spaces between names, letters of any size.
fn names(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split([',', ' ']).map(str::trim).filter(|name| !name.is_empty()).map(str::to_uppercase)
}

fn coins(text: &str) -> Result<Vec<Asset>, String> {
    names(text).map(|name| Asset::new(&name).map_err(|error| error.to_string())).collect()
}

/// Symbols that are paid in one asset, touch nothing that must not be touched, and that the capital can trade.
fn symbols(
    text: &str,
    never_touch: &[Asset],
    capital: Money,
    catalogue: &Catalogue,
) -> Result<Vec<Symbol>, String> {
    let mut symbols: Vec<Symbol> = Vec::new();
    let mut quote: Option<Asset> = None;
    for name in names(text) {
        let symbol = Symbol::new(&name).map_err(|error| error.to_string())?;
        let instrument = catalogue.lookup(&symbol, Market::Spot).instrument;
        if symbols.contains(&symbol) {
            return Err(format!("{symbol} is named twice"));
        }
        if let Some(asset) =
            [&instrument.base, &instrument.quote].into_iter().find(|a| never_touch.contains(a))
        {
            return Err(format!("trading {symbol} touches {asset}, which must never be touched"));
        }
        if quote.as_ref().is_some_and(|quote| *quote != instrument.quote) {
            return Err(format!(
                "{symbol} is paid in {}, the others are not: one currency a run",
                instrument.quote
            ));
        }
        if let Some(need) = smallest_account(&symbol, catalogue).filter(|need| *need > capital) {
            let money = |amount| show::money(border::money(amount));
            return Err(format!(
                "{symbol} needs an account of {}, yours is {}: leave it out, or begin with more",
                money(need),
                money(capital)
            ));
        }
        quote = Some(instrument.quote);
        symbols.push(symbol);
    }
    if symbols.is_empty() {
        Err("name at least one, such as BTCUSDT".to_owned())
    } else {
        Ok(symbols)
    }
}

/// Returns the smallest account that can trade a symbol at a round price; `None` where none is assumed.
fn smallest_account(symbol: &Symbol, catalogue: &Catalogue) -> Option<Money> {
    let price = assumed_price(symbol)?;
    let engine = EngineConfig::default();
    let instrument = &catalogue.lookup(symbol, Market::Spot).instrument;
    let slippage =
        border::ratio_up(engine.expected_costs.slippage_bps / 10_000.0).unwrap_or_default();
    let candidate = Candidate { instrument, price, stop: STOP, slippage };
    // An account that surely can, so that the answer is what it takes.
    let summary = satisfiable(&engine.risk, &[candidate], Money::from_units(1_000_000_000)).ok()?;
    Some(summary.smallest_account)
}

fn daily_loss(text: &str, capital: Money) -> Result<(Money, Share), String> {
    let loss = amount(text)?;
    let share = loss.share_of(capital).unwrap_or(Ratio::MAX);
    let money = |share: Ratio| show::money(border::money(capital.scaled_down(share)));
    if share < LOSS_LEAST || share > LOSS_MOST {
        return Err(format!(
            "{} is {} of the capital, wanted {} to {} ({} to {})",
            show::money(border::money(loss)),
            show::percent(border::ratio(share)),
            Share::of(LOSS_LEAST),
            Share::of(LOSS_MOST),
            money(LOSS_LEAST),
            money(LOSS_MOST),
        ));
    }
    Ok((loss, Share::of(share)))
}

#[cfg(test)]
mod tests;
