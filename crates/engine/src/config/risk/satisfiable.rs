//! Whether an account of this size can trade at all under these limits, and how large it can get.

use types::ids::Symbol;
use types::instrument::{Instrument, Market};
use types::market::Direction;
use types::num::{Money, ONE_E8, Price, Ratio};

use super::RiskConfig;
use super::checks::{Contradiction, contradictions};
use crate::border;
use crate::config::units::Share;

/// A symbol that may be traded, as it looks today.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// Its rules at the venue.
    pub instrument: &'a Instrument,
    /// Its price.
    pub price: Price,
    /// How far away a first stop usually lies, as a share of the price.
    pub stop: Ratio,
    /// Expected slippage of a taker order, as a share of its notional.
    pub slippage: Ratio,
}

/// What the limits allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Notional of the largest order.
    pub largest_order: Money,
    /// Loss if every stop is hit, at the most that may be open.
    pub loss_at_all_stops: Money,
    /// The smallest account that can trade one of the symbols.
    pub smallest_account: Money,
    /// The smallest account for each symbol.
    pub needs: Vec<(Symbol, Money)>,
}

/// Proves that the limits can be met by an account of this capital.
///
/// The factor `m` is taken at its best: below the needed outcomes the smallest order may risk as
/// much as one at `m` = 1.
///
/// # Errors
/// Every contradiction between two limits, and between the limits and this account.
pub fn satisfiable(
    config: &RiskConfig,
    candidates: &[Candidate<'_>],
    capital: Money,
) -> Result<Summary, Vec<Contradiction>> {
    let mut found = contradictions(config);
    for candidate in candidates {
        found.extend(of_candidate(config, candidate));
    }
    let needs: Vec<(Symbol, Money)> = candidates
        .iter()
        .map(|candidate| (candidate.instrument.symbol.clone(), need(config, candidate)))
        .collect();
    let smallest = needs.iter().min_by_key(|(_, need)| *need);
    if let Some((symbol, need)) = smallest
        && *need > capital
    {
        found.push(Contradiction::new(
            "capital",
            format!("{:.2}", border::money(capital)),
            format!(
                "at least {:.2}, what the smallest order of {symbol} needs",
                border::money(*need)
            ),
            "add capital, trade a symbol with a smaller minimum, or raise risk.per_trade",
        ));
    }
    if !found.is_empty() {
        return Err(found);
    }
    let orders = candidates.iter().map(|candidate| largest(config, candidate, capital));
    Ok(Summary {
        largest_order: orders.max().unwrap_or(Money::ZERO),
        loss_at_all_stops: loss_at_all_stops(config, capital),
        smallest_account: smallest.map_or(Money::ZERO, |(_, need)| *need),
        needs,
    })
}

/// Limits that a symbol's usual stop cannot meet.
fn of_candidate(config: &RiskConfig, candidate: &Candidate<'_>) -> Vec<Contradiction> {
    let symbol = &candidate.instrument.symbol;
    let mut found = Vec::new();
    if candidate.stop > config.stop.distance.get() {
        found.push(Contradiction::new(
            "risk.stop.distance",
            config.stop.distance,
            format!("at least {}, where stops of {symbol} usually lie", share(candidate.stop)),
            "raise risk.stop.distance, use nearer stops, or leave the symbol out",
        ));
    }
    let room = Ratio::from_raw(ONE_E8 / i64::from(config.perp.leverage.max(1)));
    let wanted = Ratio::from_raw(candidate.stop.raw() * i64::from(config.perp.liquidation_stops));
    if candidate.instrument.market == Market::Perp && room < wanted {
        found.push(Contradiction::new(
            "risk.perp.leverage",
            config.perp.leverage,
            format!("less: liquidation of {symbol} would lie within {}", share(wanted)),
            "lower risk.perp.leverage or use nearer stops",
        ));
    }
    found
}

/// The equity at which the smallest order of a symbol passes every limit.
fn need(config: &RiskConfig, candidate: &Candidate<'_>) -> Money {
    let instrument = candidate.instrument;
    let distance = candidate.price.scaled_up(candidate.stop);
    let qty = crate::risk::smallest_order(
        instrument,
        Direction::Long,
        candidate.price,
        distance,
        &config.orders,
    );
    let notional = candidate.price.notional(qty);
    let notional_share = config
        .symbol(instrument.market)
        .min(config.gross(instrument.market))
        .min(config.cluster.get());
    over(notional, notional_share)
        .max(over(unit_risk(candidate).notional(qty), config.per_trade.get()))
}

/// The largest order an account of this equity can place.
fn largest(config: &RiskConfig, candidate: &Candidate<'_>, equity: Money) -> Money {
    let market = candidate.instrument.market;
    let share = config.symbol(market).min(config.gross(market)).min(config.cluster.get());
    let by_notional = equity.scaled_down(share).qty_at(candidate.price);
    let by_risk = equity.scaled_down(most_per_trade(config)).qty_at(unit_risk(candidate));
    let qty = by_notional.min(by_risk).min(candidate.instrument.max_qty);
    candidate.price.notional(qty.floor_to(candidate.instrument.lot))
}

fn loss_at_all_stops(config: &RiskConfig, equity: Money) -> Money {
    let trades = most_per_trade(config).raw().saturating_mul(config.positions.into());
    let share =
        Ratio::from_raw(trades).min(config.open_risk.get()).min(config.loss_budget.max.get());
    equity.scaled_down(share)
}

/// Risk of one trade at the largest `m`.
fn most_per_trade(config: &RiskConfig) -> Ratio {
    let m = border::ratio_down(config.size.ceiling).unwrap_or(Ratio::ONE);
    config.per_trade.get().times(m)
}

/// Loss of a unit at the stop: distance, slippage out, fees both ways.
fn unit_risk(candidate: &Candidate<'_>) -> Price {
    let fee = candidate.instrument.taker_fee.raw();
    let rate = candidate.stop.raw() + candidate.slippage.raw() + 2 * fee;
    candidate.price.scaled_up(Ratio::from_raw(rate)).max(Price::STEP)
}

/// Returns the whole of which the amount is this share, rounded up.
fn over(amount: Money, share: Ratio) -> Money {
    let share = i128::from(share.raw().max(1));
    Money::from_raw((amount.raw() * i128::from(ONE_E8)).div_euclid(share) + 1)
}

fn share(ratio: Ratio) -> Share {
    Share::of(ratio)
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::ids::Asset;

    fn instrument(market: Market) -> Instrument {
        Instrument {
            tick: "0.01".parse().unwrap(),
            lot: "0.00001".parse().unwrap(),
            min_qty: "0.00001".parse().unwrap(),
            min_notional: Money::from_units(5),
            ..Instrument::unknown(
                Symbol::new("BTCUSDT").unwrap(),
                Asset::new("BTC").unwrap(),
                Asset::new("USDT").unwrap(),
                market,
            )
        }
    }

    fn candidate(instrument: &Instrument, stop_bps: i64) -> Candidate<'_> {
        Candidate {
            instrument,
            price: "50000".parse().unwrap(),
            stop: Ratio::from_bps(stop_bps),
            slippage: Ratio::from_bps(3),
        }
    }

    #[test]
    fn the_smallest_account_is_by_hand() {
        let instrument = instrument(Market::Spot);
        let config = RiskConfig::default();
        let capital = Money::from_units(10_000);
        let summary = satisfiable(&config, &[candidate(&instrument, 500)], capital).unwrap();
        // 6.25 / 47,500 = 0.00013158, in lots 0.00014: 7 USDT. At the stop 5 % + 0.23 % of it:
        // 0.3661, which is 0.5 % of 73.22.
        assert!((border::money(summary.smallest_account) - 73.22).abs() < 0.01);
        // 0.75 % of 10,000 over 5.23 % = 1,434; a quarter of 10,000 is more.
        assert!((border::money(summary.largest_order) - 1_434.0).abs() < 1.0);
        // Ten trades of 0.75 % would be 7.5 %, open risk is held at 3 %.
        assert_eq!(summary.loss_at_all_stops, Money::from_units(300));
    }

    #[test]
    fn an_account_below_it_is_refused_with_the_arithmetic() {
        let instrument = instrument(Market::Spot);
        let config = RiskConfig::default();
        let try_with =
            |units| satisfiable(&config, &[candidate(&instrument, 500)], Money::from_units(units));
        assert!(try_with(74).is_ok());
        let found = try_with(73).unwrap_err();
        let text = found[0].to_string();
        assert!(text.starts_with("capital is 73.00, wanted at least 73.22"), "{text}");
    }

    #[test]
    fn stops_and_leverage_that_do_not_fit_are_named() {
        let perp = instrument(Market::Perp);
        let mut config = RiskConfig::default();
        config.perp.leverage = 3;
        let found = satisfiable(&config, &[candidate(&perp, 2_500)], Money::from_units(10_000));
        let keys: Vec<String> = found.unwrap_err().into_iter().map(|c| c.key).collect();
        assert_eq!(keys, ["risk.stop.distance", "risk.perp.leverage"]);
        config.perp.leverage = 4;
        let found = satisfiable(&config, &[], Money::from_units(10_000)).unwrap_err();
        assert!(found[0].to_string().contains("risk.perp.leverage_max, which is 3"));
    }
}
