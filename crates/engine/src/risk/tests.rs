//! Each rule at its line, one step below and one above.

mod lines;
mod told;

use types::decision::{Outcome, Protective, Rule, Verdict};
use types::entry::SystemMode;
use types::ids::SymbolId;
use types::instrument::{FeeAsset, Instrument, Market};
use types::market::Direction;
use types::num::{Money, Qty, Ratio};

use super::testing::{self, RATES, price};
use super::{
    DataAge, Exposure, Input, Intent, RULES, RiskView, WorkingEntry, margin_in_use, marginal_risk,
    verdict,
};
use crate::calibration::Estimate;
use crate::config::RiskConfig;
use crate::config::units::Share;
use crate::covariance::Weight;
use crate::guards::{Level, LossReading};

use Outcome::{NotApplicable, Passed, Reduced, Refused};

/// What a test may change.
struct Case<'a> {
    config: RiskConfig,
    view: RiskView<'a>,
    intent: Intent<'a>,
}

/// Judges the usual intent after a change; `exposures` are held.
fn judge(exposures: &[Exposure], change: impl Fn(&mut Case<'_>)) -> Verdict {
    judge_at(&testing::instrument(), exposures, change)
}

fn judge_at(
    instrument: &Instrument,
    exposures: &[Exposure],
    change: impl Fn(&mut Case<'_>),
) -> Verdict {
    let covariance = testing::covariance(8);
    let mut case = Case {
        config: RiskConfig::default(),
        view: testing::view(exposures, &covariance),
        intent: testing::intent(instrument),
    };
    change(&mut case);
    verdict(&case.config, &case.view, &case.intent)
}

fn outcome(verdict: &Verdict, rule: Rule) -> Outcome {
    verdict.checks.iter().find(|check| check.rule == rule).unwrap().outcome
}

/// The outcome of one rule after a change.
fn of(rule: Rule, change: impl Fn(&mut Case<'_>)) -> Outcome {
    let verdict = judge(&[], change);
    let outcome = outcome(&verdict, rule);
    if outcome == Refused {
        assert_eq!(verdict.qty, Qty::ZERO);
    }
    outcome
}

fn qty(text: &str) -> Qty {
    text.parse().unwrap()
}

fn held(symbol: u16, units: i64, stop: &str) -> Exposure {
    let qty = Qty::from_raw(units * 1_000_000);
    Exposure::held(SymbolId(symbol), qty, Some(price(stop)), price("100"), RATES)
}

#[test]
fn every_rule_is_listed_once_in_the_order_of_a_verdict() {
    assert_eq!(RULES, Rule::ALL);
    let rules: Vec<Rule> = judge(&[], |_| {}).checks.iter().map(|check| check.rule).collect();
    assert_eq!(rules, Rule::ALL);
    // Refused at the first rule, and still everything is said.
    let refused = judge(&[], |case| case.view.level = Level::SafeMode);
    assert_eq!(refused.checks.len(), Rule::ALL.len());
    assert_eq!(refused.refusal().unwrap().rule, Rule::SafeMode);
}

#[test]
fn the_size_is_risk_over_the_loss_of_a_unit() {
    // A unit loses 10, slippage 3 bps of 90, fees 10 bps of 100 and of 90: 10.217.
    let of = |m: f64, change: &dyn Fn(&mut Case<'_>)| {
        let seen = judge(&[], |case| {
            case.config.spot.symbol = Share::percent(100);
            case.config.cluster = Share::percent(100);
            change(case);
        });
        let wanted = 50.0 * m / 10.217;
        let qty = crate::border::qty(seen.qty);
        assert!(qty <= wanted && qty > wanted - 0.001, "{qty} {wanted} {seen:?}");
        assert_eq!(seen.binding, Some(Rule::RiskPerTrade));
        assert!((seen.risk - qty * 10.217).abs() < 1e-9);
    };
    of(1.5, &|_| {});
    of(1.0, &|case| case.intent.flags.adaptive_position_sizing = false);
    of(0.75, &|case| case.intent.flags.conservative_mode = true);
    of(0.75, &|case| case.intent.advice = Ratio::from_bps(5_000));
    of(1.125, &|case| {
        case.view.loss = Some(LossReading {
            loss: Money::from_units(240),
            budget: Money::from_units(300),
            factor: Ratio::from_bps(7_500),
        });
        case.config.open_risk = Share::percent(20);
    });
    of(0.25, &|case| {
        case.intent.estimate =
            Some(Estimate { p: 0.7, outcomes: 199.0, prior: 100.0, target_ratio: 1.5 });
    });
    of(1.0, &|case| case.intent.estimate = None);
}

#[test]
fn safe_mode_blocks_it_does_not_halve() {
    for level in [Level::SafeMode, Level::Emergency] {
        let verdict = judge(&[], |case| case.view.level = level);
        assert_eq!((verdict.qty, verdict.binding), (Qty::ZERO, Some(Rule::SafeMode)));
    }
    assert_eq!(of(Rule::SafeMode, |case| case.view.level = Level::Caution), Passed);
    for mode in [SystemMode::Initializing, SystemMode::Maintenance, SystemMode::Shutdown] {
        assert_eq!(of(Rule::SafeMode, |case| case.view.mode = mode), Refused);
    }
}

#[test]
fn gates_at_their_lines() {
    let loss = |raw: i128| {
        Some(LossReading {
            loss: Money::from_units(300) - Money::from_raw(raw),
            budget: Money::from_units(300),
            factor: Ratio::ONE,
        })
    };
    assert_eq!(of(Rule::LossBudget, |case| case.view.loss = loss(1)), Passed);
    assert_eq!(of(Rule::LossBudget, |case| case.view.loss = loss(0)), Refused);
    assert_eq!(of(Rule::LossBudget, |case| case.view.level = Level::Caution), Refused);

    let until = |nanos| {
        move |case: &mut Case<'_>| {
            case.view.cooldown_until = Some(case.view.now.plus(nanos));
        }
    };
    assert_eq!(of(Rule::Cooldown, until(1)), Refused);
    assert_eq!(of(Rule::Cooldown, until(0)), Passed);

    let age = |age| {
        move |case: &mut Case<'_>| {
            case.view.bar_age = Input::Known(DataAge { age, timeframe: 10 });
        }
    };
    assert_eq!(of(Rule::DataAge, age(20)), Passed);
    assert_eq!(of(Rule::DataAge, age(21)), Refused);
    let quote = |age| move |case: &mut Case<'_>| case.view.quote_age = Input::Known(age);
    assert_eq!(of(Rule::DataAge, quote(10_000_000_000)), Passed);
    assert_eq!(of(Rule::DataAge, quote(10_000_000_001)), Refused);

    let latency = |nanos| move |case: &mut Case<'_>| case.view.venue_latency = Input::Known(nanos);
    assert_eq!(of(Rule::VenueLatency, latency(2_000_000_000)), Passed);
    assert_eq!(of(Rule::VenueLatency, latency(2_000_000_001)), Refused);

    let orders = |open| move |case: &mut Case<'_>| case.view.orders_open = open;
    assert_eq!(of(Rule::OrderCount, orders(198)), Passed);
    assert_eq!(of(Rule::OrderCount, orders(199)), Refused);
    let rate = |sent| move |case: &mut Case<'_>| case.view.orders_last_second = sent;
    assert_eq!(of(Rule::OrderRate, rate(9)), Passed);
    assert_eq!(of(Rule::OrderRate, rate(10)), Refused);

    let resting = |at: &'static str| {
        move |case: &mut Case<'_>| {
            case.view.opposite = Some(price(at));
        }
    };
    assert_eq!(of(Rule::SelfTrade, resting("100.01")), Passed);
    assert_eq!(of(Rule::SelfTrade, resting("100")), Refused);
}

#[test]
fn ten_positions_and_no_eleventh() {
    let covariance = testing::covariance(8);
    let instrument = testing::instrument();
    let nine: Vec<Exposure> = (1..10).map(|k| held(k % 8, 1, "99")).collect();
    let mut view = testing::view(&nine, &covariance);
    let positions = |view: &RiskView<'_>| {
        let verdict = verdict(&RiskConfig::default(), view, &testing::intent(&instrument));
        outcome(&verdict, Rule::Positions)
    };
    // One of the nine is the intent's own symbol.
    assert_eq!(nine.iter().filter(|e| e.symbol == SymbolId(0)).count(), 1);
    assert_eq!(positions(&view), Passed);
    let others: Vec<Exposure> = (1..11).map(|k| held(1 + k % 7, 1, "99")).collect();
    view.exposures = &others[..9];
    assert_eq!(positions(&view), Passed);
    view.exposures = &others;
    assert_eq!(positions(&view), Refused);
}

#[test]
fn a_stop_on_the_wrong_side_is_refused() {
    let stop = |direction: Direction, at: &'static str, worst: &'static str| {
        of(Rule::StopSide, move |case| {
            case.view.market = Market::Perp;
            case.view.leverage = Input::Known(1);
            case.intent.direction = direction;
            case.intent.worst = price(worst);
            case.intent.stop = Some(Protective::At(price(at)));
        })
    };
    for (direction, at, worst, wanted) in [
        (Direction::Long, "99.99", "100", Passed),
        (Direction::Long, "100", "100", Refused),
        (Direction::Long, "110", "100", Refused),
        // Below the worst price, but at the market: it would trigger at once.
        (Direction::Long, "100", "101", Refused),
        (Direction::Long, "0", "100", Refused),
        (Direction::Short, "100.01", "100", Passed),
        (Direction::Short, "100", "100", Refused),
        (Direction::Short, "90", "100", Refused),
        (Direction::Short, "100", "99", Refused),
    ] {
        assert_eq!(stop(direction, at, worst), wanted, "{direction:?} {at} {worst}");
    }
    let backwards = of(Rule::StopSide, |case| {
        case.intent.stop = Some(Protective::Distance(price("-10")));
    });
    assert_eq!(backwards, Refused);
    assert_eq!(of(Rule::StopSide, |case| case.intent.stop = None), Refused);
}

#[test]
fn the_first_stop_is_neither_too_far_nor_too_near() {
    let far = |d: &'static str| {
        of(Rule::StopDistance, move |case| {
            case.intent.stop = Some(Protective::Distance(price(d)));
        })
    };
    assert_eq!((far("20"), far("20.01")), (Passed, Refused));
    let atr = |atr: f64| of(Rule::StopNearAtr, move |case| case.intent.atr_shortest = Some(atr));
    assert_eq!((atr(10.0), atr(10.001)), (Passed, Refused));
    assert_eq!(of(Rule::StopNearAtr, |case| case.intent.atr_shortest = None), Refused);
    assert_eq!((atr(f64::NAN), atr(0.0)), (Refused, Refused));
    let ticks = |d: &'static str| {
        of(Rule::StopNearTicks, move |case| {
            case.intent.stop = Some(Protective::Distance(price(d)));
        })
    };
    assert_eq!((ticks("0.03"), ticks("0.02999999")), (Passed, Refused));
    // The fill may be above the market: what counts is the market.
    let above = of(Rule::StopNearAtr, |case| {
        case.intent.worst = price("101");
        case.intent.atr_shortest = Some(9.01);
    });
    assert_eq!(above, Refused);
}

#[test]
fn prices_at_their_lines() {
    let worst = |rule, at: &'static str| of(rule, move |case| case.intent.worst = price(at));
    assert_eq!(worst(Rule::PriceCollar, "102"), Passed);
    assert_eq!(worst(Rule::PriceCollar, "102.01"), Refused);
    // It rests: exempt.
    assert_eq!(worst(Rule::PriceCollar, "80"), Passed);
    assert_eq!(worst(Rule::Tick, "100.01"), Passed);
    assert_eq!(worst(Rule::Tick, "100.011"), Refused);
    let stop = |at: &'static str| {
        of(Rule::Tick, move |case| case.intent.stop = Some(Protective::At(price(at))))
    };
    assert_eq!((stop("90.01"), stop("90.001")), (Passed, Refused));
    // The band: 0.2 to 5 times the mark.
    assert_eq!(worst(Rule::PriceBand, "500"), Passed);
    assert_eq!(worst(Rule::PriceBand, "500.01"), Refused);
    assert_eq!((worst(Rule::PriceBand, "20"), worst(Rule::PriceBand, "19.99")), (Passed, Refused));
    // A trigger is no order price: a band of 5 %, as perpetuals have, leaves stops where they are.
    let far = of(Rule::PriceBand, |case| {
        case.intent.stop = Some(Protective::At(price("10")));
        case.intent.target = Some(Protective::Distance(price("900")));
    });
    assert_eq!(far, Passed);
    let without = Instrument {
        price_band_down: Ratio::ZERO,
        price_band_up: Ratio::ZERO,
        ..testing::instrument()
    };
    assert_eq!(outcome(&judge_at(&without, &[], |_| {}), Rule::PriceBand), NotApplicable);
}

#[test]
fn what_cannot_exist_is_not_applicable_and_what_is_missing_refuses() {
    let verdict = judge(&[], |_| {});
    for rule in [Rule::VenueLatency, Rule::Leverage, Rule::LiquidationDistance, Rule::Margin] {
        assert_eq!(outcome(&verdict, rule), NotApplicable, "{rule:?}");
    }
    assert!(verdict.is_approved());
    let missing: [Without; 6] = [
        (&[Rule::VenueLatency], |case| case.view.venue_latency = Input::Missing),
        (&[Rule::DataAge], |case| case.view.bar_age = Input::Missing),
        (&[Rule::DataAge], |case| case.view.quote_age = Input::Missing),
        (&[Rule::LossBudget, Rule::OpenRisk], |case| case.view.loss = None),
        (&[Rule::PriceCollar, Rule::StopSide, Rule::RiskPerTrade], |case| case.intent.mark = None),
        (&[Rule::Leverage, Rule::Margin, Rule::LiquidationDistance], |case| {
            case.view.market = Market::Perp;
            case.view.leverage = Input::Missing;
        }),
    ];
    for (rules, change) in missing {
        let verdict = judge(&[], change);
        assert_eq!(verdict.qty, Qty::ZERO);
        for rule in rules {
            assert_eq!(outcome(&verdict, *rule), Refused, "{rule:?}");
        }
    }
}

/// Rules that miss an input, and what takes it away.
type Without = (&'static [Rule], fn(&mut Case<'_>));

/// Cuts to a number of units by one rule, everything else wide open.
fn cut(exposures: &[Exposure], rule: Rule, change: impl Fn(&mut Case<'_>)) -> (Outcome, Qty) {
    let verdict = judge(exposures, |case| {
        case.config.per_trade = Share::percent(2);
        case.config.open_risk = Share::percent(20);
        case.config.loss_budget.max = Share::percent(15);
        case.view.loss = Some(LossReading {
            loss: Money::ZERO,
            budget: Money::from_units(1_500),
            factor: Ratio::ONE,
        });
        case.config.volatility.max = Share::percent(300);
        case.config.cluster = Share::percent(300);
        case.config.spot.symbol = Share::percent(100);
        case.config.perp.symbol = Share::percent(300);
        case.config.perp.gross = Share::percent(300);
        case.intent.rates.fee = Ratio::ZERO;
        case.intent.rates.slippage = Ratio::ZERO;
        case.intent.flags.adaptive_position_sizing = false;
        change(case);
    });
    if outcome(&verdict, rule) == Reduced {
        assert_eq!(verdict.binding, Some(rule));
    }
    (outcome(&verdict, rule), verdict.qty)
}

#[test]
fn limits_in_money_cut_to_what_fits() {
    // Uncut it is 200 / 10 = 20 units at 100, of an equity of 10,000.
    assert_eq!(cut(&[], Rule::SymbolNotional, |_| {}), (Passed, qty("20")));
    let symbol = |share| move |case: &mut Case<'_>| case.config.spot.symbol = Share::bps(share);
    assert_eq!(cut(&[], Rule::SymbolNotional, symbol(2_000)), (Passed, qty("20")));
    assert_eq!(cut(&[], Rule::SymbolNotional, symbol(1_999)), (Reduced, qty("19.99")));
    // 5 units are held.
    let own = [held(0, 500, "99.99")];
    assert_eq!(cut(&own, Rule::SymbolNotional, symbol(1_999)), (Reduced, qty("14.99")));
    assert_eq!(cut(&own, Rule::SymbolNotional, symbol(500)).0, Refused);

    let others = [held(1, 4_000, "99.99"), held(2, 4_500, "99.99")];
    let rich = |case: &mut Case<'_>| case.view.cash = Money::from_units(100_000);
    assert_eq!(cut(&others, Rule::GrossNotional, rich), (Reduced, qty("15")));
    let full = [held(1, 10_000, "99.99")];
    assert_eq!(cut(&full, Rule::GrossNotional, rich).0, Refused);

    let cash = |units| move |case: &mut Case<'_>| case.view.cash = Money::from_units(units);
    assert_eq!(cut(&[], Rule::Cash, cash(2_001)), (Passed, qty("20")));
    // 100 roundings of a fee stay free.
    assert_eq!(cut(&[], Rule::Cash, cash(1_500)), (Reduced, qty("14.999")));
    assert_eq!(cut(&[], Rule::Cash, cash(0)).0, Refused);

    let cluster = |share| {
        move |case: &mut Case<'_>| {
            case.config.cluster = Share::percent(share);
            case.config.cluster_rho = 0.5;
        }
    };
    // Even symbols move with symbol 0, odd ones do not.
    let even = [held(2, 1_000, "99.99"), held(3, 1_000, "99.99")];
    assert_eq!(cut(&even, Rule::Cluster, cluster(25)), (Reduced, qty("15")));
    let odd = [held(3, 1_000, "99.99"), held(5, 1_000, "99.99")];
    assert_eq!(cut(&odd, Rule::Cluster, cluster(25)), (Passed, qty("20")));
    // Its own position counts too.
    assert_eq!(cut(&own, Rule::Cluster, cluster(20)), (Reduced, qty("15")));

    let risky = [held(1, 1_000, "50")];
    let open = |share| move |case: &mut Case<'_>| case.config.open_risk = Share::percent(share);
    // 10 units may lose 50 each and exit costs 13 bps of 50 each: 500.65. With 2 more: 520.65.
    assert_eq!(cut(&risky, Rule::OpenRisk, open(7)), (Reduced, qty("19.935")));
    assert_eq!(cut(&risky, Rule::OpenRisk, open(5)).0, Refused);
    let lost = |case: &mut Case<'_>| {
        case.view.loss = Some(LossReading {
            loss: Money::from_units(1_400),
            budget: Money::from_units(1_500),
            factor: Ratio::ONE,
        });
    };
    assert_eq!(cut(&[], Rule::OpenRisk, lost), (Reduced, qty("10")));

    let small = Instrument { max_qty: qty("7"), ..testing::instrument() };
    let verdict = judge_at(&small, &[], |case| case.intent.estimate = None);
    assert_eq!(outcome(&verdict, Rule::MaxOrder), Passed);
    let small = Instrument { max_qty: qty("3"), ..small };
    let verdict = judge_at(&small, &[], |case| case.intent.estimate = None);
    assert_eq!((outcome(&verdict, Rule::MaxOrder), verdict.qty), (Reduced, qty("3")));
}

#[test]
fn working_entries_count_as_filled() {
    let entry = WorkingEntry {
        direction: Direction::Long,
        qty: qty("15"),
        worst: price("101"),
        stop: Some(Protective::Distance(price("10"))),
    };
    let free = super::Rates { slippage: Ratio::ZERO, fee: Ratio::ZERO };
    let exposure = Exposure::flat(SymbolId(1)).with_entry(&entry, price("100"), free);
    assert_eq!((exposure.low, exposure.high), (Money::ZERO, Money::from_units(1_515)));
    assert_eq!(exposure.cost, Money::from_units(15));
    assert_eq!(exposure.reserved, Money::from_units(1_515));
    assert_eq!(exposure.risk, Money::from_units(150));
    // Equity 10,000 - 15, less 1,515: 8,470 in cash and as much in gross.
    let (seen, size) = cut(&[exposure], Rule::GrossNotional, |case| {
        case.config.spot.gross = Share::bps(1_600);
    });
    // 16 % of 9,985 is 1,597.6; 82.6 are free.
    assert_eq!((seen, size), (Reduced, qty("0.826")));
    assert_eq!(
        cut(&[exposure], Rule::Cash, |case| case.view.cash = Money::from_units(1_615)).1,
        qty("0.999")
    );
    // A short that works does not offset a long that is held: either may come first.
    let short = WorkingEntry { direction: Direction::Short, worst: price("100"), ..entry };
    let both = held(1, 1_000, "99.99").with_entry(&short, price("100"), free);
    assert_eq!((both.low, both.high), (-Money::from_units(500), Money::from_units(1_000)));
}

#[test]
fn volatility_cuts_the_size_and_never_raises_it() {
    // Symbol 0 has about 30 % a year.
    let max = |share| move |case: &mut Case<'_>| case.config.volatility.max = Share::percent(share);
    let covariance = testing::covariance(8);
    let volatility = covariance.volatility(SymbolId(0)).unwrap();
    assert_eq!(cut(&[], Rule::PortfolioVolatility, max(20)), (Passed, qty("20")));
    let (seen, size) = cut(&[], Rule::PortfolioVolatility, max(2));
    let wanted = 0.02 / volatility * 10_000.0 / 100.0;
    let size = crate::border::qty(size);
    assert!(seen == Reduced && size <= wanted && size > wanted - 0.001, "{size} {wanted}");
    let full = [held(2, 9_000, "99.99")];
    let (seen, size) = cut(&full, Rule::PortfolioVolatility, max(20));
    assert_eq!((seen, size), (Refused, Qty::ZERO));
    // The factor is told.
    let verdict = judge(&[], |case| {
        case.config.volatility.max = Share::percent(1);
        case.intent.estimate = None;
    });
    let uncut = judge(&[], |case| case.intent.estimate = None);
    let factor = crate::border::qty(verdict.qty) / crate::border::qty(uncut.qty);
    assert!((verdict.factors[1] - factor).abs() < 1e-12 && factor < 0.9);
}

#[test]
fn marginal_risk_is_a_part_of_the_whole() {
    let covariance = testing::covariance(8);
    let held: Vec<Exposure> = (0..4).map(|k| held(k, 1_000, "99")).collect();
    let of = |held: &[Exposure], k, units| {
        let notional = Money::from_units(units);
        let equity = Money::from_units(10_000);
        marginal_risk(&covariance, equity, held, SymbolId(k), notional).unwrap()
    };
    let parts: f64 = (0..4).map(|k| of(&held, k, 1_000).contribution).sum();
    let whole = of(&held, 0, 1_000);
    assert!((parts - whole.volatility).abs() < 1e-12, "{parts} {}", whole.volatility);
    assert_eq!(whole.others.to_bits(), of(&held[1..], 0, 0).volatility.to_bits());
    // Alone, all of it is its own; a short on top of longs takes away.
    let alone = of(&[], 0, 1_000);
    assert!((alone.contribution - alone.volatility).abs() < 1e-12, "{alone:?}");
    assert_eq!(alone.others.to_bits(), 0.0_f64.to_bits());
    let own = covariance.volatility(SymbolId(0)).unwrap();
    assert!((alone.volatility - 0.1 * own).abs() < 1e-12, "{alone:?} {own}");
    assert!(of(&held, 4, 500).contribution > of(&held, 4, -500).contribution);
    assert!(marginal_risk(&covariance, Money::ZERO, &held, SymbolId(0), Money::ZERO).is_none());
}

#[test]
fn perpetual_rules_at_their_lines() {
    let perp = |leverage: u32, change: &dyn Fn(&mut Case<'_>)| {
        judge(&[], |case| {
            case.view.market = Market::Perp;
            case.view.leverage = Input::Known(leverage);
            change(case);
        })
    };
    for (leverage, wanted) in [(1, Passed), (3, Passed), (4, Refused)] {
        assert_eq!(outcome(&perp(leverage, &|_| {}), Rule::Leverage), wanted, "{leverage}");
    }
    // At 3: 100 - 66.667 / 0.995 = 32.998...; twice the stop distance.
    for (distance, wanted) in [("16.49", Passed), ("16.5", Refused)] {
        let verdict = perp(3, &|case| {
            case.intent.stop = Some(Protective::Distance(price(distance)));
        });
        assert_eq!(outcome(&verdict, Rule::LiquidationDistance), wanted, "{distance}");
    }
    assert_eq!(outcome(&perp(1, &|_| {}), Rule::Cash), NotApplicable);
    // Margin: 90 % of 10,000 at leverage 1 is 9,000; 80 units are used.
    let others = [held(1, 4_000, "99.99"), held(2, 4_000, "99.99")];
    let margin = |leverage| {
        cut(&others, Rule::Margin, move |case| {
            case.view.market = Market::Perp;
            case.view.leverage = Input::Known(leverage);
        })
    };
    assert_eq!(margin(1), (Reduced, qty("10")));
    assert_eq!(margin(2), (Passed, qty("20")));
}

#[test]
fn a_short_mirrors_a_long() {
    let short = judge(&[], |case| {
        case.view.market = Market::Perp;
        case.view.leverage = Input::Known(1);
        case.intent.direction = Direction::Short;
    });
    assert!(short.is_approved(), "{:?}", short.refusal());
    // A unit loses 10 and costs 10 bps of 100, 13 bps of 110.
    assert!((short.risk - crate::border::qty(short.qty) * 10.243).abs() < 1e-9);
}

#[test]
fn below_the_smallest_order_the_rule_that_cut_it_is_named() {
    // 6.25 / 90 = 0.0694..., in lots 0.07.
    let verdict = judge(&[], |case| case.config.spot.symbol = Share::bps(6));
    assert_eq!(verdict.refusal().unwrap().rule, Rule::MinOrder);
    assert_eq!(verdict.binding, Some(Rule::SymbolNotional));
    let just = judge(&[], |case| {
        case.intent.rates.fee = Ratio::ZERO;
        case.config.spot.symbol = Share::bps(7);
    });
    assert_eq!(just.qty, qty("0.07"));
    let below = judge(&[], |case| {
        case.view.equity = Money::from_units(140);
        case.intent.estimate = None;
    });
    // 0.7 / 10.217 = 0.068.
    assert_eq!(below.refusal().unwrap().rule, Rule::MinOrder);
    assert_eq!(below.binding, Some(Rule::RiskPerTrade));
}

/// An account of so much, which has seen so many outcomes.
fn small_account(equity: i64, outcomes: f64) -> Verdict {
    judge(&[], move |case| {
        case.view.equity = Money::from_units(equity);
        case.view.cash = Money::from_units(equity);
        case.intent.estimate = Some(Estimate { p: 0.4, outcomes, prior: 100.0, target_ratio: 1.5 });
    })
}

#[test]
fn uncalibrated_a_small_account_trades_the_smallest_order() {
    // The smallest order risks 0.07 x 10.217 = 0.71519: 0.5 % of 143.04.
    assert_eq!(small_account(144, 10.0).qty, qty("0.07"));
    assert!(small_account(144, 10.0).factors[0] > 0.99);
    let refused = small_account(143, 10.0);
    assert_eq!(refused.refusal().unwrap().rule, Rule::MinOrder);
    // With enough outcomes the exception ends: m = 0.25 means it.
    assert_eq!(small_account(144, 250.0).refusal().unwrap().rule, Rule::MinOrder);
    // Where a quarter is enough, it is a quarter.
    assert!((small_account(1_000, 10.0).factors[0] - 0.25).abs() < 1e-12);
}

#[test]
fn a_base_fee_needs_no_cash() {
    let received = Instrument { fee_asset: FeeAsset::Received, ..testing::instrument() };
    for (instrument, wanted) in [(received, "15"), (testing::instrument(), "14.985")] {
        let verdict = judge_at(&instrument, &[], |case| {
            case.config.per_trade = Share::percent(2);
            case.config.cluster = Share::percent(300);
            case.config.spot.symbol = Share::percent(100);
            case.view.cash = Money::from_units(1_500) + Money::from_raw(10_000_000_000);
        });
        assert_eq!(verdict.qty, qty(wanted));
    }
}
