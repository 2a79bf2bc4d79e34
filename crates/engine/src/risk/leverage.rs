//! Perpetuals: leverage, distance of liquidation, margin in use.

use types::instrument::Market;
use types::market::Direction;
use types::num::{Money, ONE_E8, Price, Qty, Ratio};

use super::Input;
use super::facts::Facts;
use super::finding::{Finding, counts, numbers, prices};
use crate::border;

/// The leverage set at the venue is not above the highest that is traded with.
pub(super) fn leverage(facts: &Facts<'_>, _: Qty) -> Finding {
    match leverage_of(facts) {
        Input::Known(leverage) => {
            let limit = facts.config.perp.leverage_max;
            Finding::Gate(leverage >= 1 && leverage <= limit, counts(leverage, limit))
        }
        Input::Missing => Finding::Missing,
        Input::NotApplicable => Finding::NotApplicable,
    }
}

/// Liquidation lies so many stop distances behind the entry.
pub(super) fn liquidation(facts: &Facts<'_>, _: Qty) -> Finding {
    let leverage = match leverage_of(facts) {
        Input::Known(leverage) => leverage.max(1),
        Input::Missing => return Finding::Missing,
        Input::NotApplicable => return Finding::NotApplicable,
    };
    let Some(known) = facts.prices else {
        return Finding::Missing;
    };
    let intent = facts.intent;
    let maintenance = intent.instrument.maintenance_margin;
    let at = liquidation_price(intent.direction, intent.worst, leverage, maintenance);
    let seen = match intent.direction {
        Direction::Long => intent.worst - at,
        Direction::Short => at - intent.worst,
    };
    let stops = i64::from(facts.config.perp.liquidation_stops);
    let limit = Price::from_raw(known.distance.raw().saturating_mul(stops));
    Finding::Gate(seen >= limit, prices(seen, limit))
}

/// Margin of all symbols, at this leverage, is a bounded share of equity.
pub(super) fn margin(facts: &Facts<'_>, qty: Qty) -> Finding {
    let leverage = match leverage_of(facts) {
        Input::Known(leverage) => leverage.max(1),
        Input::Missing => return Finding::Missing,
        Input::NotApplicable => return Finding::NotApplicable,
    };
    let Some(known) = facts.prices else {
        return Finding::Missing;
    };
    let limit = facts.config.perp.margin.get();
    let share = Ratio::from_raw(limit.raw().saturating_mul(leverage.into()));
    let taken = facts.others + facts.own.gross().max(facts.ahead());
    let fits = facts.room(share, taken, &known);
    let used = border::share(taken + known.value.notional(qty), facts.equity);
    Finding::Fits(fits, numbers(used / f64::from(leverage), border::ratio(limit)))
}

/// On spot there is none.
fn leverage_of(facts: &Facts<'_>) -> Input<u32> {
    match facts.view.market {
        Market::Spot => Input::NotApplicable,
        Market::Perp => facts.view.leverage,
    }
}

/// Price at which an isolated position is closed by the venue: margin notional / leverage is used
/// up but for the maintenance margin (Binance, *How to calculate liquidation price of USD-M futures
/// contracts*, one bracket, no extra margin). Rounded towards the entry.
fn liquidation_price(
    direction: Direction,
    entry: Price,
    leverage: u32,
    maintenance: Ratio,
) -> Price {
    let part = ONE_E8 / i64::from(leverage);
    let (kept, whole) = match direction {
        Direction::Long => (ONE_E8 - part, ONE_E8 - maintenance.raw()),
        Direction::Short => (ONE_E8 + part, ONE_E8 + maintenance.raw()),
    };
    let raw = i128::from(entry.raw()) * i128::from(kept);
    let whole = i128::from(whole.max(1));
    let down = raw.div_euclid(whole);
    let raw = match direction {
        Direction::Long if raw.rem_euclid(whole) != 0 => down + 1,
        Direction::Long | Direction::Short => down,
    };
    i64::try_from(raw).map_or(Price::MAX, Price::from_raw)
}

/// Returns margin in use as a share of equity: what the warning line is compared with.
#[must_use]
pub fn margin_in_use(exposures: &[super::Exposure], leverage: u32, equity: Money) -> f64 {
    let gross: Money = exposures.iter().map(super::Exposure::gross).sum();
    border::share(gross, equity) / f64::from(leverage.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn liquidation_prices_by_hand() {
        let entry: Price = "100".parse().unwrap();
        let maintenance = Ratio::from_bps(50);
        for (direction, leverage, wanted) in [
            (Direction::Long, 1, "0"),
            // 100 x 0.5 / 0.995 = 50.2512562814...
            (Direction::Long, 2, "50.25125629"),
            (Direction::Long, 10, "90.45226131"),
            // 100 x 2 / 1.005 = 199.00497512...
            (Direction::Short, 1, "199.00497512"),
            (Direction::Short, 10, "109.45273631"),
        ] {
            let price = liquidation_price(direction, entry, leverage, maintenance);
            assert_eq!(price.to_string(), wanted, "{direction:?} {leverage}");
        }
    }
}
