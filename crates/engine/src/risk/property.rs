//! Load line: no sequence of approved entries takes the account past a limit, whichever of them
//! fill. The account here does its own arithmetic, in `f64`, from fills at their worst.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use types::decision::{Outcome, Protective, Rule, Verdict};
use types::entry::SystemMode;
use types::ids::SymbolId;
use types::instrument::{FeeAsset, Instrument, Market};
use types::market::{Direction, TsNanos};
use types::num::{Money, Price, Qty, Ratio};

use super::testing::{self, RATES};
use super::{DataAge, Exposure, Input, Intent, RULES, RiskView, SizeFlags, WorkingEntry, verdict};
use crate::border;
use crate::calibration::Estimate;
use crate::config::units::Share;
use crate::config::{PerpLimits, RiskConfig};
use crate::covariance::{Covariance, Weight};
use crate::guards::{Level, LossReading};

const SYMBOLS: u16 = 8;
const CASES: u32 = 10_000;

/// One entry that is tried, in plain numbers.
#[derive(Clone, Debug)]
struct Try {
    symbol: u16,
    long: bool,
    /// Stop distance in ticks, negative on the wrong side.
    stop_ticks: i64,
    /// Worst price beyond mark, in ticks.
    beyond_ticks: i64,
    atr: Option<f64>,
    p: f64,
    outcomes: f64,
    /// A disturbance of one gate, 0 to 19; most do nothing.
    gate: u8,
    /// Whether it fills at once (1), never (0), or works on until the end (2).
    fate: u8,
}

#[derive(Clone, Debug)]
struct World {
    market: Market,
    equity: i64,
    fee_in_base: bool,
    per_trade_bps: i64,
    symbol_pct: i64,
    gross_pct: i64,
    volatility_pct: i64,
    leverage: u32,
    positions: u32,
    lost_pct: i64,
    max_qty: i64,
    cluster_pct: i64,
    /// Cash that may be used, of the equity.
    cash_pct: i64,
    tries: Vec<Try>,
}

fn a_try() -> impl Strategy<Value = Try> {
    let stop = prop_oneof![8 => 60..900_i64, 2 => -50..2_400_i64, 1 => 0..6_i64];
    let beyond = prop_oneof![9 => 0..90_i64, 1 => 0..230_i64];
    let atr = prop_oneof![9 => 0.05..0.6_f64, 1 => 0.001..0.01_f64, 1 => 0.5..9.0_f64];
    (
        (0..SYMBOLS, any::<bool>(), stop, beyond),
        (proptest::option::weighted(0.98, atr), 0.2..0.9_f64, 0.0..900.0_f64),
        (0..150_u8, 0..3_u8),
    )
        .prop_map(
            |((symbol, long, stop_ticks, beyond_ticks), (atr, p, outcomes), (gate, fate))| Try {
                symbol,
                long,
                stop_ticks,
                beyond_ticks,
                atr,
                p,
                outcomes,
                gate,
                fate,
            },
        )
}

fn world() -> impl Strategy<Value = World> {
    let lost = prop_oneof![3 => Just(0_i64), 1 => 0..100_i64];
    let leverage = prop_oneof![3 => Just(1_u32), 1 => 1..5_u32];
    let max_qty = prop_oneof![3 => Just(1_000_i64), 1 => 1..40_i64];
    (
        (any::<bool>(), 100..20_000_i64, any::<bool>(), 10..200_i64, 5..100_i64, 40..100_i64),
        (2..120_i64, leverage, 1..9_u32, lost, max_qty, 20..300_i64, 60..101_i64),
        proptest::collection::vec(a_try(), 1..14),
    )
        .prop_map(|(a, b, tries)| World {
            market: if a.0 { Market::Spot } else { Market::Perp },
            equity: a.1,
            fee_in_base: a.2,
            per_trade_bps: a.3,
            symbol_pct: a.4.min(a.5),
            gross_pct: a.5,
            volatility_pct: b.0,
            leverage: b.1,
            positions: b.2,
            lost_pct: b.3,
            max_qty: b.4,
            cluster_pct: b.5,
            cash_pct: b.6,
            tries,
        })
}

/// What was entered, as the test keeps it.
#[derive(Clone, Copy, Debug)]
struct Entered {
    number: usize,
    symbol: u16,
    sign: f64,
    qty: f64,
    worst: f64,
    stop: f64,
    /// 1 filled, 2 still working; what never fills is dropped.
    fate: u8,
}

struct Account<'a> {
    world: &'a World,
    config: RiskConfig,
    covariance: &'a Covariance,
    instrument: Instrument,
    entered: Vec<Entered>,
    /// Exact state for the view.
    held: BTreeMap<u16, (Qty, Price)>,
    working: Vec<(u16, WorkingEntry)>,
    cash: Money,
}

/// Mark of every symbol: 50.
const MARK: i64 = 5_000_000_000;

impl<'a> Account<'a> {
    fn new(world: &'a World, covariance: &'a Covariance) -> Self {
        let mut config = RiskConfig {
            per_trade: Share::bps(world.per_trade_bps),
            positions: world.positions,
            ..RiskConfig::default()
        };
        config.open_risk = Share::percent(5);
        config.loss_budget.max = Share::percent(5);
        config.volatility.max = Share::percent(world.volatility_pct);
        config.cluster = Share::percent(world.cluster_pct);
        config.cluster_rho = 0.5;
        config.spot.symbol = Share::percent(world.symbol_pct);
        config.spot.gross = Share::percent(world.gross_pct);
        config.perp = PerpLimits {
            symbol: Share::percent(world.symbol_pct * 2),
            gross: Share::percent(world.gross_pct * 2),
            ..config.perp
        };
        let fee_asset = if world.fee_in_base && world.market == Market::Spot {
            FeeAsset::Received
        } else {
            FeeAsset::Quote
        };
        let instrument = Instrument {
            market: world.market,
            fee_asset,
            max_qty: Qty::from_raw(world.max_qty * 100_000_000),
            price_band_down: Ratio::from_bps(9_850),
            price_band_up: Ratio::from_bps(10_150),
            max_orders: 8,
            ..testing::instrument()
        };
        Self {
            world,
            config,
            covariance,
            instrument,
            entered: Vec::new(),
            held: BTreeMap::new(),
            working: Vec::new(),
            cash: Money::from_units(world.equity)
                .scaled_down(Ratio::from_bps(world.cash_pct * 100)),
        }
    }

    /// Equity at mark: the start less what fills cost.
    fn equity(&self, filled: impl Fn(&Entered) -> bool) -> f64 {
        let costs = self.entered.iter().filter(|e| filled(e)).map(Entered::cost);
        start(self.world) - costs.sum::<f64>()
    }

    fn exposures(&self) -> Vec<Exposure> {
        let mark = Price::from_raw(MARK);
        (0..SYMBOLS)
            .map(|symbol| {
                let id = SymbolId(symbol);
                let mut exposure = match self.held.get(&symbol) {
                    Some((qty, stop)) => Exposure::held(id, *qty, Some(*stop), mark, RATES),
                    None => Exposure::flat(id),
                };
                for (_, entry) in self.working.iter().filter(|(other, _)| *other == symbol) {
                    exposure = exposure.with_entry(entry, mark, RATES);
                }
                exposure
            })
            .filter(Exposure::is_open)
            .collect()
    }

    fn judge(&self, attempt: &Try, exposures: &[Exposure]) -> (Verdict, WorkingEntry) {
        let sign = if attempt.long { 1 } else { -1 };
        let tick = self.instrument.tick.raw();
        let worst = Price::from_raw(MARK + sign * attempt.beyond_ticks * tick);
        let stop = Price::from_raw(worst.raw() - sign * attempt.stop_ticks * tick);
        let direction = if attempt.long { Direction::Long } else { Direction::Short };
        let exact = |x: f64| border::price_down(x).map_or(Money::ZERO, |p| p.notional(Qty::ONE));
        let equity = self.equity(|e| e.fate == 1);
        let budget = exact(equity * 0.05);
        let loss = LossReading {
            loss: budget.scaled_down(Ratio::from_bps(self.world.lost_pct * 100)),
            budget,
            factor: if self.world.lost_pct >= 80 { Ratio::from_bps(7_500) } else { Ratio::ONE },
        };
        let mut view = RiskView {
            market: self.world.market,
            equity: exact(equity),
            cash: self.cash,
            loss: Some(loss),
            orders_needed: 2,
            leverage: match self.world.market {
                Market::Spot => Input::NotApplicable,
                Market::Perp => Input::Known(self.world.leverage),
            },
            ..testing::view(exposures, self.covariance)
        };
        let mut intent = Intent {
            symbol: SymbolId(attempt.symbol),
            direction,
            worst,
            mark: Some(Price::from_raw(MARK)),
            stop: Some(Protective::At(stop)),
            atr_shortest: attempt.atr,
            estimate: Some(Estimate {
                p: attempt.p,
                outcomes: attempt.outcomes,
                prior: 100.0,
                target_ratio: 1.5,
            }),
            flags: SizeFlags { adaptive_position_sizing: true, conservative_mode: false },
            ..testing::intent(&self.instrument)
        };
        disturb(attempt.gate, &mut view, &mut intent);
        let entry =
            WorkingEntry { direction, qty: Qty::ZERO, worst: intent.worst, stop: intent.stop };
        (verdict(&self.config, &view, &intent), entry)
    }

    /// Books an approved entry.
    fn enter(&mut self, attempt: &Try, qty: Qty, entry: WorkingEntry) {
        let Some(Protective::At(stop)) = entry.stop else { unreachable!("stops are prices here") };
        let sign = entry.direction.sign();
        let entered = Entered {
            number: self.entered.len(),
            symbol: attempt.symbol,
            sign,
            qty: border::qty(qty),
            worst: border::price(entry.worst),
            stop: border::price(stop),
            fate: attempt.fate,
        };
        match attempt.fate {
            0 => return,
            1 => {
                let signed = if sign > 0.0 { qty } else { -qty };
                let held = self.held.entry(attempt.symbol).or_insert((Qty::ZERO, stop));
                // The nearest stop of all would hide risk: the farthest is kept.
                held.1 = if sign > 0.0 { held.1.min(stop) } else { held.1.max(stop) };
                held.0 += signed;
                let notional = entry.worst.notional(signed);
                self.cash = self.cash - notional - notional.abs().fee(RATES.fee);
            }
            _ => self.working.push((attempt.symbol, WorkingEntry { qty, ..entry })),
        }
        self.entered.push(entered);
    }

    /// Every limit, with all of the working entries filled, none, and every other one.
    fn check(&self) {
        self.check_filled(|_| true);
        self.check_filled(|e| e.fate == 1);
        self.check_filled(|e| e.fate == 1 || e.number % 2 == 0);
        self.check_filled(|e| e.fate == 1 || e.number % 2 == 1);
    }

    fn check_filled(&self, filled: impl Fn(&Entered) -> bool + Copy) {
        let equity = self.equity(filled);
        let held = || self.entered.iter().filter(|e| filled(e));
        let mut by_symbol: BTreeMap<u16, f64> = BTreeMap::new();
        for entered in held() {
            *by_symbol.entry(entered.symbol).or_default() += entered.sign * entered.qty * 50.0;
        }
        let below = |what: &str, seen: f64, share: f64| {
            let limit = share * equity;
            assert!(
                seen <= limit * (1.0 + 1e-9) + 1e-9,
                "{what}: {seen} of {limit}, {:?}",
                self.entered
            );
        };
        let spot = self.world.market == Market::Spot;
        let (symbol, gross) = if spot {
            (self.config.spot.symbol, self.config.spot.gross)
        } else {
            (self.config.perp.symbol, self.config.perp.gross)
        };
        let total: f64 = by_symbol.values().map(|v| v.abs()).sum();
        below("gross", total, gross.to_f64());
        // A fill costs equity, so it moves every other symbol's share a little too: the lines of
        // one symbol and its cluster are those of the entry that was judged last.
        let last = self.entered.last().map(|last| last.symbol);
        for (a, value) in by_symbol.iter().filter(|(a, _)| last == Some(**a)) {
            below("symbol", value.abs(), symbol.to_f64());
            let near = by_symbol
                .iter()
                .filter(|(b, _)| self.covariance.rho(SymbolId(*a), SymbolId(**b)) > 0.5);
            below("cluster", near.map(|(_, v)| v.abs()).sum(), self.config.cluster.to_f64());
        }
        let lost = f64::from(i32::try_from(self.world.lost_pct).unwrap()) / 100.0;
        let risk: f64 = self.open_risk(filled);
        below("open risk", risk, 0.05);
        if self.world.lost_pct > 0 {
            // Each entry was judged on the equity before it: what it cost moves the budget.
            let most = start(self.world) * 0.05 * (1.0 - lost);
            assert!(risk <= most + 1e-6, "open risk {risk} of {most}");
        }
        assert!(by_symbol.len() <= self.world.positions as usize, "positions");
        let weights: Vec<Weight> =
            by_symbol.iter().map(|(s, v)| Weight::held(SymbolId(*s), v / equity)).collect();
        let forecast = self.covariance.forecast(&weights).unwrap();
        let limit = self.config.volatility.max.to_f64();
        assert!(forecast <= limit * (1.0 + 1e-9), "volatility {forecast} of {limit}");
        if spot {
            let fee = |e: &Entered| match self.instrument.fee_asset {
                FeeAsset::Quote => e.worst * e.qty * 0.001,
                FeeAsset::Received => 0.0,
            };
            let paid: f64 = held().map(|e| e.worst * e.qty + fee(e)).sum();
            let cash =
                start(self.world) * f64::from(i32::try_from(self.world.cash_pct).unwrap()) / 100.0;
            assert!(paid <= cash + 1e-6, "cash: {paid}");
        } else {
            below("margin", total / f64::from(self.world.leverage), 0.9);
            assert!(self.world.leverage <= 3 || self.entered.is_empty(), "leverage");
        }
    }

    /// Loss from mark to the stops, with what the way out costs.
    fn open_risk(&self, filled: impl Fn(&Entered) -> bool) -> f64 {
        let held = self.entered.iter().filter(|e| filled(e));
        held.map(|e| e.qty * (e.sign * (50.0 - e.stop) + e.stop * 0.0013)).sum()
    }
}

impl Entered {
    /// Equity lost by the fill at its worst.
    fn cost(&self) -> f64 {
        self.qty * (self.sign * (self.worst - 50.0) + self.worst * 0.001)
    }
}

fn start(world: &World) -> f64 {
    f64::from(i32::try_from(world.equity).unwrap())
}

/// Upsets one gate.
fn disturb(gate: u8, view: &mut RiskView<'_>, intent: &mut Intent<'_>) {
    match gate {
        0 => view.level = Level::SafeMode,
        1 => view.mode = SystemMode::Maintenance,
        2 => view.level = Level::Caution,
        3 => view.cooldown_until = Some(view.now.plus(1_000_000_000)),
        4 => view.bar_age = Input::Known(DataAge { age: 31, timeframe: 15 }),
        5 => view.venue_latency = Input::Known(3_000_000_000),
        17 => view.venue_latency = Input::Known(2_000_000_000),
        6 => view.venue_latency = Input::Missing,
        7 => view.orders_open = 7,
        8 => view.orders_last_second = 10,
        9 => view.opposite = intent.mark,
        10 => intent.worst = Price::from_raw(intent.worst.raw() + 1),
        11 => intent.target = Some(Protective::At(Price::from_raw(MARK * 2))),
        12 => intent.mark = None,
        13 => view.quote_age = Input::Missing,
        14 => view.leverage = Input::Missing,
        15 => intent.stop = None,
        16 => view.now = TsNanos::EPOCH,
        _ => {}
    }
}

#[derive(Default)]
struct Tally {
    approved: u64,
    refused: u64,
    rules: BTreeMap<Rule, [u64; 5]>,
}

impl Tally {
    fn count(&mut self, verdict: &Verdict) {
        if verdict.is_approved() {
            self.approved += 1;
        } else {
            self.refused += 1;
        }
        for check in &verdict.checks {
            let row = self.rules.entry(check.rule).or_default();
            row[match check.outcome {
                Outcome::Passed => 0,
                Outcome::Reduced => 1,
                Outcome::Refused => 2,
                Outcome::NotApplicable => 3,
            }] += 1;
            row[4] += u64::from(verdict.binding == Some(check.rule));
        }
    }
}

#[test]
fn no_sequence_of_entries_makes_an_approved_order_break_a_limit() {
    let covariance = testing::covariance(SYMBOLS);
    let tally = std::cell::RefCell::new(Tally::default());
    let usual = Config::default();
    let config = Config {
        // `make soak` asks for more by PROPTEST_CASES.
        cases: usual.cases.max(CASES),
        failure_persistence: None,
        max_shrink_iters: 2_000,
        ..usual
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let outcome = runner.run(&world(), |world| {
        let mut account = Account::new(&world, &covariance);
        for attempt in &world.tries {
            // A net position in the other direction is left by an exit, never by an entry.
            let against = account
                .entered
                .iter()
                .any(|e| e.symbol == attempt.symbol && (e.sign > 0.0) != attempt.long);
            if against || (world.market == Market::Spot && !attempt.long) {
                continue;
            }
            let exposures = account.exposures();
            let (verdict, entry) = account.judge(attempt, &exposures);
            tally.borrow_mut().count(&verdict);
            prop_assert_eq!(verdict.checks.len(), RULES.len());
            if verdict.is_approved() {
                order_holds(&account, &verdict, &entry);
                account.enter(attempt, verdict.qty, entry);
                account.check();
            } else {
                prop_assert!(verdict.refusal().is_some() && verdict.binding.is_some());
            }
        }
        Ok(())
    });
    let tally = tally.into_inner();
    println!("approved {}, refused {}", tally.approved, tally.refused);
    println!(
        "{:24} {:>8} {:>8} {:>8} {:>8} {:>8}",
        "rule", "passed", "reduced", "refused", "n/a", "binding"
    );
    for (rule, [passed, reduced, refused, absent, binding]) in &tally.rules {
        println!("{:24} {passed:8} {reduced:8} {refused:8} {absent:8} {binding:8}", rule.code());
    }
    outcome.unwrap();
    assert!(tally.approved > u64::from(CASES), "too few approved: nothing was tested");
    for rule in RULES {
        let [passed, reduced, refused, _, binding] = tally.rules[&rule];
        assert!(refused + reduced > 0, "{rule:?} never said no");
        // Below the smallest order what binds is the rule that cut the size.
        assert!(binding > 0 || rule == Rule::MinOrder, "{rule:?} never bound");
        assert!(passed > 0, "{rule:?} never said yes");
    }
}

/// What every single order satisfies.
fn order_holds(account: &Account<'_>, verdict: &Verdict, entry: &WorkingEntry) {
    let instrument = &account.instrument;
    let Some(Protective::At(stop)) = entry.stop else { unreachable!("stops are prices here") };
    assert_eq!(verdict.qty, verdict.qty.floor_to(instrument.lot), "lot");
    assert_eq!(entry.worst, entry.worst.floor_to(instrument.tick), "tick");
    assert!(verdict.qty >= instrument.min_qty && verdict.qty <= instrument.max_qty, "size");
    let (worst, stop) = (border::price(entry.worst), border::price(stop));
    let sign = entry.direction.sign();
    let qty = border::qty(verdict.qty);
    assert!(sign * (50.0 - stop) > 0.0 && sign * (worst - stop) > 0.0, "side");
    assert!((worst - stop).abs() <= 0.2 * analysis::num::min(worst, 50.0) + 1e-9, "first stop");
    assert!(sign * (worst - 50.0) <= 1.0 + 1e-9, "collar");
    let lowest = worst - (worst - stop).abs();
    assert!(qty * lowest >= 1.25 * 5.0 - 1e-9, "smallest: {qty} at {lowest}");
    let equity = account.equity(|e| e.fate == 1);
    let unit = (worst - stop).abs() + worst * 0.001 + stop * 0.0013;
    let most = equity * account.config.per_trade.to_f64() * 1.5;
    assert!(qty * unit <= most + 1e-6, "risk per trade: {} of {most}", qty * unit);
    assert!((verdict.risk - qty * unit).abs() < 1e-4, "risk as said");
}
