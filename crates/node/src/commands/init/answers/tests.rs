//! Conversations, line by line.

use std::path::{Path, PathBuf};

use super::super::text::{Files, LINES_MAX};
use super::*;
use crate::cli::InitMode;
use crate::limits::LimitsFile;
use crate::run_config::{Mode, RunConfig};

fn nothing_given() -> InitArgs {
    InitArgs {
        capital: None,
        never_touch: None,
        symbols: None,
        max_daily_loss: None,
        mode: InitMode::Simulated,
        out: PathBuf::from("plimsoll.toml"),
        force: false,
    }
}

/// Returns what was said and what came of it.
fn talk(args: &InitArgs, typed: &str) -> (String, Result<Answers, String>) {
    let (mut input, mut output) = (typed.as_bytes(), Vec::new());
    let answers = answers(args, &mut Some(Talk { input: &mut input, output: &mut output }));
    let said = String::from_utf8(output).unwrap();
    (said, answers.map_err(|failure| failure.error.to_string()))
}

#[test]
fn four_answers_are_a_configuration() {
    let (said, answers) = talk(&nothing_given(), "1000\nbnb, eth\nbtcusdt solusdt\n30\n");
    let answers = answers.unwrap();
    assert_eq!(
        said,
        "What may Plimsoll use, in the currency your symbols are paid in? \
         Which coins must it never touch? (such as BNB,ETH; empty for none) \
         Which symbols may it trade? [BTCUSDT,ETHUSDT] \
         What is the most you may lose in a day, in money? "
    );
    assert_eq!(answers.loss_share.to_string(), "3%");
    let files = Files::of(&answers, Mode::Simulated, Path::new("limits.toml"))
        .map_err(|f| f.error)
        .unwrap();
    assert!(files.config.lines().count() <= LINES_MAX, "{}", files.config);
    let config = RunConfig::from_toml(&files.config, Path::new("")).unwrap();
    assert_eq!(config.engine().risk.loss_budget.max, answers.loss_share);
    assert_eq!(config.run.never_touch.len(), 2);
    let limits = LimitsFile::limits_of(&files.limits).unwrap();
    assert_eq!(
        (limits.order_notional, limits.gross_exposure),
        (Money::from_units(250), Money::from_units(1_000))
    );
    assert_eq!(limits.daily_loss, answers.loss_share.get());
}

#[test]
fn nonsense_is_asked_again() {
    let typed = "lots\n0\n-5\n1,000\n1000\n\
                 b!b\n\n\
                 BTCUSDT ETHBTC\nbtcusdt,BTCUSDT\n,\n\n\
                 five\n0\n1000\n4\n151\n150\n";
    let (said, answers) = talk(&nothing_given(), typed);
    let answers = answers.unwrap();
    assert_eq!(answers.loss, Money::from_units(150));
    for part in [
        "`lots` is not an amount above 0",
        "`0` is not an amount above 0",
        "`-5` is not an amount above 0",
        "`1,000` is not an amount above 0",
        "asset is `B!B`",
        "ETHBTC is paid in BTC, the others are not",
        "BTCUSDT is named twice",
        "`five` is not an amount above 0",
        "1,000.00 is 100.0 % of the capital, wanted 0.5% to 15% (5.00 to 150.00)",
        "4.00 is 0.4 % of the capital",
        "151.00 is 15.1 % of the capital",
    ] {
        assert!(said.contains(part), "no `{part}` in {said}");
    }
    // 15 % is above the drawdown that usually asks for SAFE_MODE.
    let files =
        Files::of(&answers, Mode::Paper, Path::new("limits.toml")).map_err(|f| f.error).unwrap();
    assert!(files.config.contains("[risk.drawdown]\ndaily = \"15%\""), "{}", files.config);
    assert!(files.config.lines().count() <= LINES_MAX);
}

#[test]
fn what_must_not_be_touched_is_not_traded_and_a_small_account_is_told() {
    let (said, answers) = talk(&nothing_given(), "1000\nETH\n\nBTCUSDT\n20\n");
    assert!(said.contains("trading ETHUSDT touches ETH"), "the default is checked too: {said}");
    assert_eq!(answers.unwrap().symbols.len(), 1);
    let (said, answers) = talk(&nothing_given(), "50\n\nBTCUSDT\n");
    assert!(
        said.contains("BTCUSDT needs an account of") && said.contains("yours is 50.00"),
        "{said}"
    );
    assert!(answers.unwrap_err().contains("no answer to"));
}

#[test]
fn somebody_who_answers_nonsense_for_ever_is_left() {
    let (_, answers) = talk(&nothing_given(), &"no\n".repeat(1_000));
    assert!(answers.unwrap_err().starts_with("10 answers that cannot stand"));
    let (_, answers) = talk(&nothing_given(), &"x".repeat(100_000));
    assert!(answers.is_err());
}

#[test]
fn flags_are_checked_alike_and_not_asked_for() {
    let args = InitArgs {
        capital: Some("1000".to_owned()),
        max_daily_loss: Some("30".to_owned()),
        ..nothing_given()
    };
    let silent = answers(&args, &mut None).map_err(|failure| failure.error).unwrap();
    assert_eq!((silent.symbols.len(), silent.never_touch.len()), (2, 0));
    for (change, part) in [
        (InitArgs { capital: None, ..args.clone() }, "--capital is wanted"),
        (InitArgs { max_daily_loss: None, ..args.clone() }, "--max-daily-loss is wanted"),
        (
            InitArgs { capital: Some("x".to_owned()), ..args.clone() },
            "--capital: `x` is not an amount",
        ),
        (InitArgs { symbols: Some(String::new()), ..args.clone() }, "--symbols: name at least one"),
        (
            InitArgs { never_touch: Some("USDT".to_owned()), ..args },
            "--symbols: trading BTCUSDT touches USDT",
        ),
    ] {
        let told =
            answers(&change, &mut None).map_err(|failure| failure.error).unwrap_err().to_string();
        assert!(told.contains(part), "{told}");
    }
}
