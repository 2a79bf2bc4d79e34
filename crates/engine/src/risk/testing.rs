//! An account and an intent that pass every rule, for tests to change.

use types::decision::Protective;
use types::entry::SystemMode;
use types::ids::{Asset, Symbol, SymbolId};
use types::instrument::{Instrument, Market};
use types::market::{Direction, TsNanos};
use types::num::{Money, Price, Ratio};

use super::{DataAge, Exposure, Input, Intent, Rates, RiskView, SizeFlags};
use crate::calibration::Estimate;
use crate::config::VolatilityConfig;
use crate::covariance::Covariance;
use crate::guards::{Level, LossReading};

pub(crate) const RATES: Rates = Rates { slippage: Ratio::from_bps(3), fee: Ratio::from_bps(10) };

pub(crate) fn price(text: &str) -> Price {
    text.parse().unwrap()
}

pub(crate) fn instrument() -> Instrument {
    Instrument {
        tick: price("0.01"),
        lot: "0.001".parse().unwrap(),
        min_qty: "0.001".parse().unwrap(),
        min_notional: Money::from_units(5),
        price_band_down: Ratio::from_bps(2_000),
        price_band_up: Ratio::from_bps(50_000),
        ..Instrument::unknown(
            Symbol::new("SOLUSDT").unwrap(),
            Asset::new("SOL").unwrap(),
            Asset::new("USDT").unwrap(),
            Market::Spot,
        )
    }
}

/// Volatility of symbol k is 0.3 + 0.1 k a year; odd ones move with each other, even ones too.
pub(crate) fn covariance(symbols: u16) -> Covariance {
    let config = VolatilityConfig::default();
    let mut covariance = Covariance::new(usize::from(symbols), &config);
    let mut state = 11_u64;
    let mut draw = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(state >> 33).unwrap()) / f64::from(1_u32 << 30) - 1.0
    };
    let mut closes = vec![100.0; usize::from(symbols)];
    for day in 0..=90 {
        let common = [draw(), draw()];
        for k in 0..symbols {
            let own = draw();
            let daily = (0.3 + 0.1 * f64::from(k % 5)) / 19.1 * 1.73;
            let at = usize::from(k);
            closes[at] *= 1.0 + daily * (0.95 * common[at % 2] + 0.3 * own);
            covariance.on_close(SymbolId(k), day, closes[at]);
        }
    }
    covariance.refresh(91);
    covariance
}

pub(crate) fn view<'a>(exposures: &'a [Exposure], covariance: &'a Covariance) -> RiskView<'a> {
    let equity = Money::from_units(10_000);
    RiskView {
        now: TsNanos::from_nanos(1_700_000_000_000_000_000),
        market: Market::Spot,
        mode: SystemMode::Running,
        level: Level::Normal,
        equity,
        cash: equity,
        loss: Some(LossReading {
            loss: Money::ZERO,
            budget: Money::from_units(300),
            factor: Ratio::ONE,
        }),
        exposures,
        covariance,
        cooldown_until: None,
        bar_age: Input::Known(DataAge { age: 0, timeframe: 900_000_000_000 }),
        quote_age: Input::NotApplicable,
        venue_latency: Input::NotApplicable,
        orders_open: 0,
        orders_needed: 2,
        orders_last_second: 0,
        opposite: None,
        leverage: Input::NotApplicable,
    }
}

/// Long at 100, stop at 90, 1,000 outcomes and an edge that makes `m` 1.5.
pub(crate) fn intent(instrument: &Instrument) -> Intent<'_> {
    Intent {
        symbol: SymbolId(0),
        instrument,
        direction: Direction::Long,
        worst: price("100"),
        mark: Some(price("100")),
        stop: Some(Protective::Distance(price("10"))),
        target: None,
        atr_shortest: Some(2.0),
        rates: RATES,
        estimate: Some(Estimate { p: 0.7, outcomes: 1_000.0, prior: 100.0, target_ratio: 1.5 }),
        cost: 0.05,
        advice: Ratio::ONE,
        flags: SizeFlags { adaptive_position_sizing: true, conservative_mode: false },
    }
}
