//! Random bars through the whole world: policy, risk, gateway, exchange, books. What must hold is in
//! `Watchman`; here it is thrown bars at, and counted that the things it watches happen.

use std::cell::RefCell;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use sim::backtest::BacktestConfig;
use sim::data::Row;
use types::bar::Bar;
use types::market::Timeframe;
use types::num::Price;

use crate::support::at_least;
use crate::worlds::{Counts, QUICK, START, Series, Watchman, config, run_series};

/// How one bar differs from the one before, in thousandths of the price.
#[derive(Clone, Copy, Debug)]
struct Step {
    gap: i64,
    body: i64,
    above: i64,
    below: i64,
    /// Volume in units of the base asset; 0 now and then.
    volume: u32,
}

/// An account and the bars it meets.
#[derive(Clone, Debug)]
struct Case {
    steps: Vec<Step>,
    drift: i64,
    perp: bool,
    fixed: bool,
    capital: u32,
    participation: u32,
    daily: u32,
    release: bool,
    latency: u32,
    leverage: u32,
}

fn steps(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Step>> {
    let gap = prop_oneof![8 => Just(0_i64), 2 => -20_i64..20, 1 => -120_i64..60];
    let volume = prop_oneof![1 => Just(0_u32), 6 => 1_u32..300, 2 => 300_u32..100_000];
    let step = (gap, -25_i64..26, 0_i64..15, 0_i64..15, volume)
        .prop_map(|(gap, body, above, below, volume)| Step { gap, body, above, below, volume });
    prop::collection::vec(step, count)
}

fn case() -> impl Strategy<Value = Case> {
    let latency = prop_oneof![6 => Just(0_u32), 1 => Just(250), 1 => Just(400_000)];
    (
        (steps(40..110), -6_i64..9, any::<bool>(), any::<bool>(), 100_u32..200_000),
        (
            prop_oneof![Just(1_u32), Just(50), Just(1_000)],
            2_u32..12,
            any::<bool>(),
            latency,
            1_u32..4,
        ),
    )
        .prop_map(|((steps, drift, perp, fixed, capital), more)| {
            let (participation, daily, release, latency, leverage) = more;
            Case {
                steps,
                drift,
                perp,
                fixed,
                capital,
                participation,
                daily,
                release,
                latency,
                leverage,
            }
        })
}

/// Quarters of an hour that walk as the steps say, from 2,000.00 on, in ticks of a cent.
fn bars(steps: &[Step], drift: i64) -> Vec<Row> {
    let (mut last, mut rows) = (200_000_i64, Vec::new());
    for (step, place) in steps.iter().zip(0_i64..) {
        let scaled =
            |price: i64, share: i64| (price * (1_000 + share) / 1_000).clamp(500, 90_000_000);
        let open = scaled(last, step.gap);
        let close = scaled(open, step.body + drift);
        let high = scaled(open.max(close), step.above);
        let low = scaled(open.min(close), -step.below);
        let price = |cents: i64| Price::from_raw(cents * 1_000_000);
        rows.push(Row::of_bar(Bar {
            open_time: START.plus(place * Timeframe::M15.nanos()),
            open: price(open),
            high: price(high),
            low: price(low),
            close: price(close),
            volume: Some(f64::from(step.volume)),
        }));
        last = close;
    }
    rows
}

impl Case {
    /// Enters at every close at which it is flat and every rule agrees, so that a hundred bars
    /// show many trades; limits are wide, drawdowns near.
    fn config(&self) -> BacktestConfig {
        let market = if self.perp { "perp" } else { "spot" };
        let preset = if self.fixed { "fixed" } else { "trail" };
        let release = if self.release { "after_cooldown" } else { "never" };
        let Self { capital, participation, daily, latency, leverage, .. } = self;
        let loss = (*daily).min(3);
        config(&format!(
            "policy = \"null\"\nmarket = \"{market}\"\ntimeframes = [\"15m\"]\n\
             [entry]\ndecision_timeframe = \"15m\"\ncost_limit_r = 1.0\nbound_atr = 0.25\n\
             [exit]\npreset = \"{preset}\"\nstop_atr = 2.0\n\
             [flags]\nadaptive_position_sizing = false\n\
             [analysis.components]\nwarm_up = 1\n\
             [[null.quotas]]\nsymbol = \"ETHUSDT\"\nentries = 1000\ncloses = 1000\n\
             [backtest]\ncapital = \"{capital}\"\nrelease = \"{release}\"\n\
             [costs]\nparticipation = \"{participation}bps\"\nlatency = \"{latency}ms\"\n\
             [risk]\nper_trade = \"2%\"\nopen_risk = \"20%\"\ncluster = \"300%\"\n\
             [risk.spot]\nsymbol = \"100%\"\n\
             [risk.perp]\nsymbol = \"300%\"\ngross = \"300%\"\nleverage = {leverage}\n\
             [risk.volatility]\nmax = \"300%\"\n\
             [risk.loss_budget]\nmax = \"{loss}%\"\n\
             [risk.drawdown]\ndaily = \"{daily}%\"\nlatch = \"1h\"\n\
             [risk.orders]\ncollar = \"10%\"\n\
             [risk.cooldown]\nlosses = 100\n",
        ))
    }
}

/// Runs cases; returns what was seen in all of them.
#[expect(clippy::print_stdout, reason = "how often what is watched happened")]
fn throw<S: Strategy>(
    cases: u32,
    strategy: &S,
    build: impl Fn(&S::Value) -> (BacktestConfig, Vec<Row>),
) -> Counts {
    let seen = RefCell::new(Counts::default());
    let settings = Config { cases, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(settings).run(strategy, |case| {
        let (config, rows) = build(&case);
        let series = [Series::new("ETHUSDT", Timeframe::M15, rows)];
        let mut watchman = Watchman::default();
        watchman.delayed = config.costs.latency_nanos > 0;
        let result = run_series(&series, &config, &mut watchman)
            .map_err(|error| TestCaseError::fail(error.to_string()))?;
        seen.borrow_mut().add(&watchman.counts);
        prop_assert_eq!(watchman.counts.trades, result.trades.len() as u64);
        prop_assert_eq!(watchman.counts.safe_modes, result.safe_mode.len() as u64);
        match watchman.broken() {
            None => Ok(()),
            Some(broken) => Err(TestCaseError::fail(broken)),
        }
    });
    let seen = seen.into_inner();
    println!("{cases} worlds: {seen:?}");
    if let Err(error) = outcome {
        panic!("{error}");
    }
    seen
}

#[test]
fn ten_thousand_worlds_keep_every_rule() {
    let build = |case: &Case| (case.config(), bars(&case.steps, case.drift));
    let seen = throw(at_least(10_000).cases, &case(), build);
    assert!(seen.trades > 20_000 && seen.stops_moved > 5_000, "{seen:?}");
    // No stop is resized: on the walk an entry fills at once or not at all.
    assert!(seen.partial > 500 && seen.rejected > 100 && seen.refused > 100, "{seen:?}");
    assert!(seen.safe_modes > 500 && seen.exits_in_safe_mode > 50, "{seen:?}");
    assert!(seen.releases > 50 && seen.releases < seen.safe_modes, "{seen:?}");
}

#[test]
fn worlds_of_the_default_policy_keep_every_rule() {
    let text = format!(
        "timeframes = [\"15m\"]\n[entry]\ndecision_timeframe = \"15m\"\nthreshold = 40.0\n\
         cost_limit_r = 1.0\n[risk.volatility]\nmax = \"300%\"\n{QUICK}"
    );
    let cases = (steps(120..200), -3_i64..8);
    // These worlds are long: one for every 33 of the others.
    let worlds = at_least(10_000).cases / 33;
    let seen = throw(worlds, &cases, |(steps, drift)| (config(&text), bars(steps, *drift)));
    assert!(seen.trades > 300 && seen.stops_moved > 50, "{seen:?}");
}
