//! The numbers of each check, worked out by hand: what an operator reads beside a refusal.

use super::*;

/// Compares the numbers of some rules.
fn tells(verdict: &Verdict, wanted: &[(Rule, f64, f64)]) {
    for (rule, seen, limit) in wanted {
        let check = verdict.checks.iter().find(|check| check.rule == *rule).unwrap();
        let same = |a: f64, b: f64| (a - b).abs() <= 1e-12 * (1.0 + b.abs());
        assert!(same(check.seen, *seen) && same(check.limit, *limit), "{check:?} {seen} {limit}");
    }
}

/// An order of 7 units at 101 beside 5 that are held, 10 of a symbol that moves with it, 3 of one that does not.
fn beside_others(case: &mut Case<'_>) {
    case.intent.worst = price("101");
    case.intent.estimate = None;
    case.view.loss = Some(LossReading {
        loss: Money::from_units(40),
        budget: Money::from_units(1_000),
        factor: Ratio::ONE,
    });
    case.config.cluster_rho = 0.5;
    case.config.per_trade = Share::percent(2);
    case.config.open_risk = Share::percent(20);
    case.config.cluster = Share::percent(100);
    case.config.volatility.max = Share::percent(300);
}

fn seven(market: Market) -> Verdict {
    let instrument = Instrument { max_qty: qty("7"), ..testing::instrument() };
    let exposures = [held(0, 500, "99"), held(2, 1_000, "98"), held(3, 300, "97")];
    judge_at(&instrument, &exposures, |case| {
        beside_others(case);
        case.view.market = market;
        case.view.leverage = Input::Known(2);
        // Nothing of it is cut before the last rule but one, which says how much was left.
        case.config.spot.symbol = Share::percent(100);
        case.config.perp.symbol = Share::percent(100);
    })
}

/// A unit loses 10, slippage 3 bps of 91, fees 10 bps of 101 and of 91: 10.2193. It costs 1.101 in equity.
const RISK: f64 = 10.2193;

/// 2 % of 10,000, over that, in lots of 0.001.
const QTY: f64 = 19.570;

#[test]
fn each_check_tells_what_was_seen_and_what_was_allowed() {
    let spot = seven(Market::Spot);
    assert_eq!(spot.qty, qty("7"));
    // 5 x (1 + 13 bps of 99) + 10 x (2 + 13 bps of 98) + 3 x (3 + 13 bps of 97).
    let risk = 5.0 * 1.1287 + 10.0 * 2.1274 + 3.0 * 3.1261;
    let order = QTY * 101.0;
    tells(
        &spot,
        &[
            (Rule::LossBudget, 40.0, 1_000.0),
            (Rule::StopSide, 91.0, 100.0),
            (Rule::StopDistance, 0.1, 0.2),
            (Rule::StopNearAtr, 4.5, 1.0),
            (Rule::StopNearTicks, 900.0, 3.0),
            (Rule::Tick, 101.0, 101.0),
            (Rule::PriceCollar, 0.01, 0.02),
            (Rule::PriceBand, 101.0, 500.0),
            (Rule::Positions, 3.0, 10.0),
            (Rule::OrderCount, 2.0, 200.0),
            (Rule::OrderRate, 1.0, 10.0),
            (Rule::RiskPerTrade, QTY * RISK, 200.0),
            // What is left of the budget is less than 20 % of the equity.
            (Rule::OpenRisk, risk + QTY * RISK, 960.0),
            (Rule::SymbolNotional, 500.0 + order, 10_000.0),
            (Rule::GrossNotional, 1_300.0 + 500.0 + order, 10_000.0),
            (Rule::Cash, QTY * 101.101, 9_999.999_999),
            (Rule::Cluster, 1_500.0 + order, 10_000.0),
            (Rule::MaxOrder, QTY, 7.0),
            // 6.25 at 91 is 0.069 in lots.
            (Rule::MinOrder, 707.0, 0.069 * 101.0),
        ],
    );
    let covariance = testing::covariance(8);
    let weights = [(0, 0.05 + QTY * 0.0101), (2, 0.1), (3, 0.03)];
    let weights = weights.map(|(k, share)| Weight::held(SymbolId(k), share));
    // Shares are of what is left of the equity: less what the fill at 1 above the mark costs, with its fee.
    let equity = 10_000.0 - QTY * 1.101;
    let scaled = weights.map(|weight| Weight {
        low: weight.low * 10_000.0 / equity,
        high: weight.high * 10_000.0 / equity,
        ..weight
    });
    let forecast = covariance.forecast(&scaled).unwrap();
    tells(&spot, &[(Rule::PortfolioVolatility, forecast, 3.0)]);

    let perp = seven(Market::Perp);
    tells(
        &perp,
        &[
            (Rule::Leverage, 2.0, 3.0),
            // 101 - 50.5 / 0.995; twice the distance of the stop.
            (Rule::LiquidationDistance, 50.246_231_15, 20.0),
            (Rule::Margin, (1_300.0 + 500.0 + order) / 10_000.0 / 2.0, 0.9),
        ],
    );
}

#[test]
fn times_are_told_in_seconds() {
    let verdict = judge(&[], |case| {
        case.view.cooldown_until = Some(case.view.now.plus(90_000_000_000));
        case.view.bar_age =
            Input::Known(DataAge { age: 450_000_000_000, timeframe: 900_000_000_000 });
        case.view.venue_latency = Input::Known(1_500_000_000);
    });
    tells(
        &verdict,
        &[
            (Rule::Cooldown, 90.0, 0.0),
            (Rule::DataAge, 450.0, 1_800.0),
            (Rule::VenueLatency, 1.5, 2.0),
        ],
    );
}

#[test]
fn the_band_is_told_by_the_side_that_the_order_goes_to() {
    let short = judge(&[], |case| {
        case.view.market = Market::Perp;
        case.view.leverage = Input::Known(1);
        case.intent.direction = Direction::Short;
    });
    tells(&short, &[(Rule::PriceBand, 100.0, 20.0)]);
}

#[test]
fn margin_in_use_is_all_notional_over_leverage_and_equity() {
    let exposures = [held(1, 1_000, "99"), held(2, -500, "101")];
    let used = |leverage, equity| margin_in_use(&exposures, leverage, Money::from_units(equity));
    assert!((used(1, 3_000) - 0.5).abs() < 1e-12);
    assert!((used(3, 1_500) - 1.0 / 3.0).abs() < 1e-12);
    // A leverage that is not known counts as 1.
    assert!((used(0, 3_000) - 0.5).abs() < 1e-12);
    assert!(margin_in_use(&[], 3, Money::from_units(1_500)).abs() < 1e-12);
}
