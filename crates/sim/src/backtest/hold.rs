//! Buy-and-hold at the same costs: what every rule is compared with first.

use engine::border;
use types::num::Price;

use super::config::BacktestConfig;
use super::days::Days;
use super::feeding::Moment;
use super::run::Options;
use crate::performance::EquityPoint;

/// An equal purchase of every symbol at its first open, held to the end, at the taker fee, spread
/// and slippage of the configuration. What is not yet listed at the start waits in cash.
#[derive(Clone, Debug)]
pub(super) struct Hold {
    cash: f64,
    share: f64,
    /// Costs of the purchase as a share of its price.
    rate: Vec<f64>,
    held: Vec<f64>,
    bought: Vec<bool>,
    marks: Vec<Price>,
    days: Days,
    points: Vec<EquityPoint>,
}

impl Hold {
    pub(super) fn new(options: &Options, config: &BacktestConfig) -> Self {
        let count = options.instruments.len();
        let capital = config.capital().map_or(0.0, border::money);
        let costs = border::ratio(config.costs.half_spread) + border::ratio(config.costs.slippage);
        let rate = options
            .instruments
            .iter()
            .map(|instrument| {
                costs + border::ratio(config.costs.taker_fee.unwrap_or(instrument.taker_fee))
            })
            .collect();
        let symbols = u16::try_from(count).map_or(1.0, f64::from);
        Self {
            cash: capital,
            share: capital / symbols,
            rate,
            held: vec![0.0; count],
            bought: vec![false; count],
            marks: vec![Price::ZERO; count],
            days: Days::BEFORE,
            points: Vec::new(),
        }
    }

    pub(super) fn on_moment(&mut self, moment: &Moment<'_>) {
        for input in moment.bars {
            let index = input.symbol.index();
            if !self.bought[index] {
                let price = border::price(input.bar.open) * (1.0 + self.rate[index]);
                self.bought[index] = true;
                self.held[index] = self.share / price;
                self.cash -= self.share;
            }
            self.marks[index] = input.bar.close;
        }
        if self.days.begins(moment.close) {
            let marks = self.marks.iter().copied().map(border::price);
            let held: f64 = self.held.iter().zip(marks).map(|(qty, mark)| qty * mark).sum();
            let equity = self.cash + held;
            self.points.push(EquityPoint { ts: moment.close, equity, exposure: held / equity });
        }
    }

    /// Returns one point per day.
    pub(super) fn into_points(self) -> Vec<EquityPoint> {
        self.points
    }
}
