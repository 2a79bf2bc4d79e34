//! What a rung does to limits: the lowest of table, rung and hard limit holds.

use engine::config::units::Share;
use engine::config::{EngineConfig, OrderRules};
use types::hard_limits::HardLimits;
use types::instrument::Instrument;
use types::num::{Money, Price, Ratio};

use super::Rung;

/// The least that a share of equity can be in the rules of risk.
const LEAST: Share = Share::percent(1);

/// Lowers the engine's rules and the hard limits to what the rung allows; never raises one. `smallest_order` is the largest of the smallest
/// orders of the symbols, by [`smallest_order`].
pub(crate) fn apply(
    rung: Rung,
    engine: &mut EngineConfig,
    hard: &mut HardLimits,
    capital: Money,
    smallest_order: Money,
) {
    let exposure = exposure(rung, capital, smallest_order);
    apply_to_rules(rung, engine, capital, smallest_order);
    hard.gross_exposure = hard.gross_exposure.min(exposure);
    hard.order_notional = hard.order_notional.min(exposure);
}

/// Lowers the engine's rules alone, as a backtest wants it: it has no hard limits.
pub(crate) fn apply_to_rules(
    rung: Rung,
    engine: &mut EngineConfig,
    capital: Money,
    smallest_order: Money,
) {
    let share = exposure(rung, capital, smallest_order).share_of(capital).unwrap_or(Ratio::ZERO);
    let share = Share::of(share).max(LEAST);
    let risk = &mut engine.risk;
    risk.per_trade = risk.per_trade.min(Share::of(rung.allowance().risk_per_trade));
    risk.spot.gross = risk.spot.gross.min(share);
    risk.spot.symbol = risk.spot.symbol.min(risk.spot.gross);
    risk.perp.gross = risk.perp.gross.min(share);
    risk.perp.symbol = risk.perp.symbol.min(risk.perp.gross);
}

/// Returns what a rung lets be exposed of a capital.
pub(crate) fn exposure(rung: Rung, capital: Money, smallest_order: Money) -> Money {
    let allowed = rung.allowance();
    let few = Money::from_raw(smallest_order.raw() * i128::from(allowed.smallest_orders));
    capital.scaled_down(allowed.exposure).max(few).min(capital)
}

/// Returns the notional of the venue's smallest order, with the cushion that keeps its exit sellable.
pub(crate) fn smallest_order(instrument: &Instrument, price: Price, rules: &OrderRules) -> Money {
    let by_notional = instrument.min_notional.scaled_down(rules.min_notional.get());
    by_notional.max(price.notional(instrument.min_qty))
}

#[cfg(test)]
mod tests {
    use types::ids::Symbol;

    use super::*;

    fn limits(notional: i64, gross: i64) -> HardLimits {
        HardLimits {
            version: 1,
            order_notional: Money::from_units(notional),
            gross_exposure: Money::from_units(gross),
            open_orders: 10,
            orders_per_second: 5,
            price_collar: Ratio::from_bps(200),
            daily_loss: Ratio::from_bps(500),
            symbols: vec![Symbol::new("BTCUSDT").unwrap()],
        }
    }

    #[test]
    fn the_lowest_of_table_rung_and_hard_limit_holds() {
        let story = [
            // rung, capital, smallest order -> per trade, gross, symbol, hard order, hard gross
            (Rung::Paper, 10_000, 6, "0.5%", "20%", "20%", 2_000, 2_000),
            (Rung::Minimal, 10_000, 6, "0.1%", "2%", "2%", 200, 200),
            // Three of the smallest orders are more than 2 %.
            (Rung::Minimal, 500, 6, "0.1%", "3.6%", "3.6%", 18, 18),
            // But never more than there is.
            (Rung::Minimal, 12, 6, "0.1%", "100%", "25%", 12, 12),
            (Rung::Moderate, 10_000, 6, "0.5%", "10%", "10%", 1_000, 1_000),
            // The table is lower than the rung: 0.5 % a trade stays.
            (Rung::Maximum, 10_000, 6, "0.5%", "20%", "20%", 2_000, 2_000),
            // The hard limits are lower than the rung.
            (Rung::Maximum, 100_000, 6, "0.5%", "20%", "20%", 2_500, 10_000),
        ];
        for (rung, capital, smallest, per_trade, gross, symbol, order, hard_gross) in story {
            let (mut engine, mut hard) = (EngineConfig::default(), limits(2_500, 10_000));
            apply(
                rung,
                &mut engine,
                &mut hard,
                Money::from_units(capital),
                Money::from_units(smallest),
            );
            let risk = &engine.risk;
            let seen =
                [risk.per_trade, risk.spot.gross, risk.spot.symbol].map(|share| share.to_string());
            assert_eq!(seen, [per_trade, gross, symbol], "{rung} {capital}");
            assert_eq!(hard.order_notional, Money::from_units(order), "{rung} {capital}");
            assert_eq!(hard.gross_exposure, Money::from_units(hard_gross), "{rung} {capital}");
            assert_eq!(engine.validate(), Ok(()), "{rung} {capital}");
            let mut alone = EngineConfig::default();
            apply_to_rules(
                rung,
                &mut alone,
                Money::from_units(capital),
                Money::from_units(smallest),
            );
            assert_eq!(alone, engine, "the same rules without hard limits");
        }
    }
}
