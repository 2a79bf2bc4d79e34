//! More lines: the exact ones, shorts, and what hedges.

use super::super::exposure::Prices;
use super::*;

/// A perpetual on which nothing is lost by leverage.
fn perp(case: &mut Case<'_>) {
    case.view.market = Market::Perp;
    case.view.leverage = Input::Known(1);
}

fn short(case: &mut Case<'_>) {
    perp(case);
    case.intent.direction = Direction::Short;
}

#[test]
fn a_short_loses_upwards() {
    let free = super::super::Rates { slippage: Ratio::ZERO, fee: Ratio::ZERO };
    let held = |stop| {
        let stop = Some(price(stop));
        Exposure::held(SymbolId(1), qty("-2"), stop, price("100"), free).risk
    };
    assert_eq!(held("110"), Money::from_units(20));
    // Its stop is in profit: nothing is at risk but the costs of leaving.
    assert_eq!(held("95"), Money::ZERO);
    // Sold one below the mark: that one is lost with the fill.
    let stop = Some(Protective::At(price("105")));
    let prices = Prices::of(Direction::Short, price("99"), price("100"), stop, free);
    assert_eq!((prices.cost, prices.value), (price("1"), price("100")));
    assert_eq!(prices.risk, Some(price("6")));
}

#[test]
fn a_shorts_rules_at_their_lines() {
    let of = |rule, change: &dyn Fn(&mut Case<'_>)| {
        of(rule, |case| {
            short(case);
            change(case);
        })
    };
    let resting =
        |at: &'static str| move |case: &mut Case<'_>| case.view.opposite = Some(price(at));
    assert_eq!(of(Rule::SelfTrade, &resting("99.99")), Passed);
    assert_eq!(of(Rule::SelfTrade, &resting("100")), Refused);
    let atr = |atr: f64| move |case: &mut Case<'_>| case.intent.atr_shortest = Some(atr);
    assert_eq!(of(Rule::StopNearAtr, &atr(10.0)), Passed);
    assert_eq!(of(Rule::StopNearAtr, &atr(10.001)), Refused);
    // At 3: 100 x 4 / 3 / 1.005 = 132.669...; twice the stop distance.
    let far = |distance: &'static str| {
        move |case: &mut Case<'_>| {
            case.view.leverage = Input::Known(3);
            case.intent.stop = Some(Protective::Distance(price(distance)));
        }
    };
    assert_eq!(of(Rule::LiquidationDistance, &far("16.33")), Passed);
    assert_eq!(of(Rule::LiquidationDistance, &far("16.34")), Refused);
}

#[test]
fn a_band_may_have_one_side() {
    let instrument = testing::instrument();
    let down = Instrument { price_band_up: Ratio::ZERO, ..instrument.clone() };
    let up = Instrument { price_band_down: Ratio::ZERO, ..instrument };
    for (instrument, worst, wanted) in [
        (&down, "19.99", Refused),
        (&down, "5000", Passed),
        (&up, "500.01", Refused),
        (&up, "1", Passed),
    ] {
        let verdict = judge_at(instrument, &[], |case| case.intent.worst = price(worst));
        assert_eq!(outcome(&verdict, Rule::PriceBand), wanted, "{worst}");
    }
}

#[test]
fn what_goes_the_other_way_still_counts_against_all_notional() {
    // 10 units short, and a long that would have to buy them back first.
    let exposures = |others| [held(0, -1_000, "110"), held(1, others, "99.99")];
    let gross = |others| {
        cut(&exposures(others), Rule::GrossNotional, |case| {
            perp(case);
            case.config.perp.gross = Share::percent(30);
        })
    };
    assert_eq!(gross(2_000), (Passed, qty("20")));
    assert_eq!(gross(2_001).0, Refused);
}

#[test]
fn what_working_entries_cost_is_taken_off_the_budget() {
    let entry = WorkingEntry {
        direction: Direction::Long,
        qty: qty("15"),
        worst: price("101"),
        stop: Some(Protective::Distance(price("10"))),
    };
    let free = super::super::Rates { slippage: Ratio::ZERO, fee: Ratio::ZERO };
    let exposure = Exposure::flat(SymbolId(1)).with_entry(&entry, price("100"), free);
    // 300 are left: less 15 for the fill at 101, less 150 at its stop.
    let seen = cut(&[exposure], Rule::OpenRisk, |case| {
        case.view.loss = Some(LossReading {
            loss: Money::from_units(1_200),
            budget: Money::from_units(1_500),
            factor: Ratio::ONE,
        });
    });
    assert_eq!(seen, (Reduced, qty("13.5")));
}

#[test]
fn symbols_are_together_above_the_line_and_not_on_it() {
    let rho = testing::covariance(8).rho(SymbolId(0), SymbolId(2));
    let even = [held(2, 1_000, "99.99")];
    let cluster = |line: f64| {
        cut(&even, Rule::Cluster, move |case| {
            case.config.cluster = Share::percent(25);
            case.config.cluster_rho = line;
        })
    };
    assert_eq!(cluster(rho), (Passed, qty("20")));
    assert_eq!(cluster(rho - 1e-9), (Reduced, qty("15")));
}

#[test]
fn what_was_refused_already_is_not_refused_by_a_limit_that_is_just_reached() {
    // Without a loss budget no size was found; a quarter of the equity is held.
    let symbol = |units| {
        let verdict = judge(&[held(0, units, "99.99")], |case| case.view.loss = None);
        assert_eq!(verdict.qty, Qty::ZERO);
        outcome(&verdict, Rule::SymbolNotional)
    };
    assert_eq!(symbol(2_499), Passed);
    assert_eq!(symbol(2_500), Passed);
    assert_eq!(symbol(2_501), Refused);
}

#[test]
fn one_lot_that_fits_is_an_order() {
    let small = |limit| {
        let instrument =
            Instrument { max_qty: qty(limit), min_notional: Money::ZERO, ..testing::instrument() };
        let verdict = judge_at(&instrument, &[], |_| {});
        (outcome(&verdict, Rule::MaxOrder), verdict.qty)
    };
    assert_eq!(small("0.001"), (Reduced, qty("0.001")));
    assert_eq!(small("0.00099999"), (Refused, Qty::ZERO));
}

#[test]
fn the_smallest_order_is_lifted_to_below_the_needed_outcomes_alone() {
    assert_eq!(small_account(144, 199.0).qty, qty("0.07"));
    assert_eq!(small_account(144, 200.0).refusal().unwrap().rule, Rule::MinOrder);
    // A quarter is 0.0703, in lots the smallest order: no lift, and the factor is told as it is.
    let quarter = small_account(575, 10.0);
    assert_eq!(quarter.qty, qty("0.07"));
    assert!((quarter.factors[0] - 0.25).abs() < 1e-12, "{:?}", quarter.factors);
}

#[test]
fn a_hedge_of_what_is_past_the_line_is_refused() {
    let covariance = testing::covariance(8);
    // 9,000 of symbol 2, and a short of symbol 0, which moves with it, against that.
    let others = [held(2, 9_000, "99.99")];
    let weights = |short: f64| {
        let weights = [Weight::held(SymbolId(2), 0.9), Weight::held(SymbolId(0), short)];
        covariance.forecast(&weights).unwrap()
    };
    let (alone, hedged) = (weights(0.0), weights(-0.2));
    assert!(hedged < alone);
    let max = |limit: f64| {
        cut(&others, Rule::PortfolioVolatility, move |case| {
            short(case);
            case.view.leverage = Input::Known(3);
            case.config.volatility.max = Share::bps(bps(limit));
        })
    };
    assert_eq!(max(f64::midpoint(alone, hedged)).0, Refused);
    assert_eq!(max(alone + 0.001), (Passed, qty("20")));
}

/// A share in whole basis points, rounded down.
fn bps(share: f64) -> i64 {
    let mut bps = 0;
    while (bps + 1) as f64 <= share * 10_000.0 {
        bps += 1;
    }
    bps
}

#[test]
fn an_account_without_equity_has_no_forecast() {
    let verdict = judge(&[], |case| case.view.equity = Money::ZERO);
    let check = verdict.checks.iter().find(|c| c.rule == Rule::PortfolioVolatility).unwrap();
    assert_eq!(check.outcome, Refused);
    assert_eq!((check.seen.to_bits(), check.limit.to_bits()), (0, 0));
}

#[test]
fn a_size_that_is_cut_by_volatility_leaves_room_for_rounding() {
    let instrument = Instrument {
        tick: price("0.00001"),
        lot: Qty::STEP,
        min_qty: Qty::STEP,
        max_qty: Qty::MAX,
        ..testing::instrument()
    };
    let verdict = judge_at(&instrument, &[], |case| {
        case.config.volatility.max = Share::percent(2);
        case.intent.worst = price("0.001");
        case.intent.mark = Some(price("0.001"));
        case.intent.stop = Some(Protective::Distance(price("0.0001")));
        case.intent.atr_shortest = Some(0.000_02);
        case.intent.rates.fee = Ratio::ZERO;
        case.config.per_trade = Share::percent(2);
        case.config.spot.symbol = Share::percent(100);
        case.config.cluster = Share::percent(100);
    });
    assert_eq!(outcome(&verdict, Rule::PortfolioVolatility), Reduced);
    let volatility = testing::covariance(8).volatility(SymbolId(0)).unwrap();
    let most = 0.02 / volatility * 10_000.0 / 0.001;
    let free = 1.0 - crate::border::qty(verdict.qty) / most;
    assert!(free > 0.5e-12 && free < 2e-12, "{free}");
}
