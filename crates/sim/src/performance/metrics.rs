//! The figures of a run: [`measure`].

use analysis::num;
use serde::{Deserialize, Serialize};
use types::market::TsNanos;

use super::drawdown::{Drawdown, days};
use super::points::{EquityPoint, TradeRecord};
use super::returns::{MonthlyReturn, daily_returns, monthly_returns};

/// `[performance]`: conventions of the figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PerformanceConfig {
    /// Days of returns in a year: 365 where trading never stops, 252 for exchanges with sessions.
    /// Default 365. Range 200 to 366.
    pub days_per_year: u32,
}

impl Default for PerformanceConfig {
    fn default() -> Self {
        Self { days_per_year: 365 }
    }
}

/// What is measured.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// One point per UTC day, oldest first, the first being the capital at the start.
    pub equity: &'a [EquityPoint],
    /// Closed trades in order of their close.
    pub trades: &'a [TradeRecord],
    /// When the oldest trade that is still on was opened.
    pub open_since: Option<TsNanos>,
    /// Drawdown of marked equity over all instants.
    pub drawdown: Option<Drawdown>,
}

/// Mean R-multiple with the number of trades it rests on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Expectancy {
    /// Mean P&L in multiples of the loss at the first stop.
    pub mean_r: f64,
    /// Trades that had a stop.
    pub n: u64,
}

/// What trading cost, in quote currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Costs {
    /// Fees.
    pub fees: f64,
    /// Fills against the price at decision; + is worse.
    pub slippage: f64,
    /// Funding paid (+) or received (-).
    pub funding: f64,
    /// All three.
    pub total: f64,
    /// All three as a share of what the trades made before them; `None` if they made nothing.
    pub share_of_gross: Option<f64>,
    /// All three per trade; `None` without trades.
    pub per_trade: Option<f64>,
}

/// The figures of a run. What is undefined is `None`, never 0. Amounts in quote currency.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Metrics {
    /// Length of the run in days.
    pub days: f64,
    /// Equity at the start.
    pub start_equity: f64,
    /// Equity at the end.
    pub final_equity: f64,
    /// What was won or lost, after fees and funding, open positions at mark.
    pub pnl: f64,
    /// P&L as a share of the equity at the start.
    pub total_return: Option<f64>,
    /// Compound growth per year: (final / start)^(days per year / days) - 1. Needs a day.
    pub cagr: Option<f64>,
    /// Sharpe ratio per year: mean / standard deviation (n - 1) of daily returns x
    /// sqrt(days per year); risk-free rate 0 (Sharpe, *The Sharpe Ratio*, Journal of Portfolio
    /// Management, 1994).
    pub sharpe: Option<f64>,
    /// Sortino ratio per year: mean of daily returns / root of the mean squared return below 0 x
    /// sqrt(days per year); target 0 (Sortino and Price, *Performance Measurement in a Downside
    /// Risk Framework*, Journal of Investing, 1994).
    pub sortino: Option<f64>,
    /// MAR ratio: growth per year / deepest drawdown, since the start. Calmar (Young, *Futures*,
    /// 1991) is the same over three years.
    pub mar: Option<f64>,
    /// Deepest fall of marked equity and the longest stretch below a peak.
    pub drawdown: Option<Drawdown>,
    /// Closed trades.
    pub trades: u64,
    /// Those with a P&L above 0.
    pub wins: u64,
    /// Those with a P&L below 0.
    pub losses: u64,
    /// Wins as a share of the trades, 0 to 1.
    pub win_rate: Option<f64>,
    /// Mean R.
    pub expectancy: Option<Expectancy>,
    /// Mean P&L per trade.
    pub mean_pnl: Option<f64>,
    /// Sum of wins / sum of losses; `None` without losses.
    pub profit_factor: Option<f64>,
    /// Share of time with at least one position open, 0 to 1.
    pub time_in_market: Option<f64>,
    /// Mean over the days of notional held as a share of equity.
    pub mean_exposure: Option<f64>,
    /// Notional traded per year (both ways) / mean equity.
    pub turnover: Option<f64>,
    /// Mean time in a trade, in days.
    pub mean_days_held: Option<f64>,
    /// What it cost.
    pub costs: Costs,
    /// Return of each month.
    pub monthly: Vec<MonthlyReturn>,
}

/// Measures a run; `None` without a single equity point.
#[must_use]
pub fn measure(input: &Input<'_>, config: PerformanceConfig) -> Option<Metrics> {
    let (first, last) = (input.equity.first()?, input.equity.last()?);
    let span = last.ts.since(first.ts);
    let per_year = f64::from(config.days_per_year);
    let years = positive(days(span) / per_year);
    let returns = daily_returns(input.equity);
    let cagr = years.and_then(|years| growth_per_year(first.equity, last.equity, years));
    let depth = input.drawdown.and_then(|drawdown| positive(drawdown.share));
    let trades = Trades::of(input.trades);
    Some(Metrics {
        days: days(span),
        start_equity: first.equity,
        final_equity: last.equity,
        pnl: last.equity - first.equity,
        total_return: ratio(last.equity - first.equity, first.equity),
        cagr,
        sharpe: sharpe(&returns, per_year),
        sortino: sortino(&returns, per_year),
        mar: cagr.zip(depth).map(|(cagr, depth)| cagr / depth),
        drawdown: input.drawdown,
        trades: trades.n as u64,
        wins: trades.wins,
        losses: trades.losses,
        win_rate: ratio(num::count(to_usize(trades.wins)), num::count(trades.n)),
        expectancy: mean_r(input.trades.iter()),
        mean_pnl: ratio(trades.pnl, num::count(trades.n)),
        profit_factor: ratio(trades.won, trades.lost),
        time_in_market: ratio(days(time_held(input, last.ts)), days(span)),
        mean_exposure: mean(input.equity.iter().map(|point| point.exposure)),
        turnover: years.and_then(|years| {
            let equity = mean(input.equity.iter().map(|point| point.equity))?;
            ratio(trades.notional / years, equity)
        }),
        mean_days_held: mean(input.trades.iter().map(|t| days(t.closed_at.since(t.opened_at)))),
        costs: trades.costs(),
        monthly: monthly_returns(input.equity),
    })
}

/// Returns the mean R of the trades that have one.
pub(super) fn mean_r<'a>(trades: impl Iterator<Item = &'a TradeRecord>) -> Option<Expectancy> {
    let rs: Vec<f64> = trades.filter_map(|trade| trade.r).collect();
    mean(rs.iter().copied()).map(|mean_r| Expectancy { mean_r, n: rs.len() as u64 })
}

/// Sums over trades.
#[derive(Default)]
struct Trades {
    n: usize,
    wins: u64,
    losses: u64,
    won: f64,
    lost: f64,
    pnl: f64,
    notional: f64,
    fees: f64,
    slippage: f64,
    funding: f64,
}

impl Trades {
    fn of(trades: &[TradeRecord]) -> Self {
        let mut sums = Self { n: trades.len(), ..Self::default() };
        for trade in trades {
            if trade.pnl > 0.0 {
                sums.wins += 1;
                sums.won += trade.pnl;
            } else if trade.pnl < 0.0 {
                sums.losses += 1;
                sums.lost -= trade.pnl;
            }
            sums.pnl += trade.pnl;
            sums.notional += trade.qty * (trade.entry + trade.exit);
            sums.fees += trade.fees;
            sums.slippage += trade.slippage;
            sums.funding -= trade.funding;
        }
        sums
    }

    fn costs(&self) -> Costs {
        let total = self.fees + self.slippage + self.funding;
        Costs {
            fees: self.fees,
            slippage: self.slippage,
            funding: self.funding,
            total,
            share_of_gross: ratio(total, self.pnl + total),
            per_trade: ratio(total, num::count(self.n)),
        }
    }
}

/// Returns the nanoseconds during which at least one position was open: the union of the trades.
fn time_held(input: &Input<'_>, end: TsNanos) -> i64 {
    let mut spans: Vec<(TsNanos, TsNanos)> =
        input.trades.iter().map(|trade| (trade.opened_at, trade.closed_at)).collect();
    spans.extend(input.open_since.map(|since| (since, end)));
    spans.sort_unstable();
    let (mut held, mut covered) = (0, TsNanos::from_nanos(i64::MIN));
    for (from, to) in spans {
        let from = from.max(covered);
        if to > from {
            held += to.since(from);
            covered = to;
        }
    }
    held
}

fn sharpe(returns: &[f64], per_year: f64) -> Option<f64> {
    let n = num::count(returns.len());
    let mean = mean(returns.iter().copied())?;
    let squares: f64 = returns.iter().map(|r| (r - mean) * (r - mean)).sum();
    let deviation = num::sqrt(ratio(squares, n - 1.0)?);
    Some(mean / positive(deviation)? * num::sqrt(per_year))
}

fn sortino(returns: &[f64], per_year: f64) -> Option<f64> {
    let average = mean(returns.iter().copied())?;
    let squares = |r: &f64| if *r < 0.0 { r * r } else { 0.0 };
    let downside = num::sqrt(mean(returns.iter().map(squares))?);
    Some(average / positive(downside)? * num::sqrt(per_year))
}

fn growth_per_year(from: f64, to: f64, years: f64) -> Option<f64> {
    let growth = positive(ratio(to, from)?)?;
    Some(num::pow(growth, 1.0 / years) - 1.0).filter(|cagr| cagr.is_finite())
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, n) = values.fold((0.0, 0_usize), |(sum, n), value| (sum + value, n + 1));
    ratio(sum, num::count(n))
}

/// Returns the quotient where the divisor is above 0.
fn ratio(of: f64, by: f64) -> Option<f64> {
    positive(by).map(|by| of / by)
}

fn positive(x: f64) -> Option<f64> {
    (x > 0.0).then_some(x)
}

fn to_usize(n: u64) -> usize {
    usize::try_from(n).expect("a part of a list's length")
}

#[cfg(test)]
pub(super) mod tests {
    use types::ids::Symbol;
    use types::market::Direction;

    use super::*;
    use crate::performance::{DrawdownMeter, ExitReason};

    const DAY: i64 = 86_400_000_000_000;

    /// A trade of 2 units from 100 to 105, open for one day.
    pub(in crate::performance) fn trade(pnl: f64, r: Option<f64>) -> TradeRecord {
        TradeRecord {
            symbol: Symbol::new("BTCUSDT").unwrap(),
            direction: Direction::Long,
            opened_at: day(0),
            closed_at: day(1),
            qty: 2.0,
            entry: 100.0,
            exit: 105.0,
            pnl,
            fees: 1.0,
            funding: -0.5,
            slippage: 0.5,
            r,
            exit_reason: ExitReason::Stop,
            score: None,
            regime: None,
            patterns: Vec::new(),
        }
    }

    fn day(n: i64) -> TsNanos {
        TsNanos::from_nanos(n * DAY)
    }

    fn run(equities: &[f64], trades: &[TradeRecord], open_since: Option<TsNanos>) -> Metrics {
        let mut meter = DrawdownMeter::new();
        let mut equity = Vec::new();
        for (n, value) in equities.iter().enumerate() {
            let ts = day(i64::try_from(n).unwrap());
            meter.on_equity(ts, *value);
            equity.push(EquityPoint { ts, equity: *value, exposure: 0.25 });
        }
        let input = Input { equity: &equity, trades, open_since, drawdown: meter.drawdown() };
        measure(&input, PerformanceConfig::default()).unwrap()
    }

    fn near(seen: Option<f64>, wanted: f64) {
        let seen = seen.expect("defined");
        assert!((seen - wanted).abs() < 1e-12, "{seen} for {wanted}");
    }

    #[test]
    fn figures_worked_out_by_hand() {
        // Daily returns +10 %, -10 %, +20 %: 100, 110, 99, 118.8.
        let metrics = run(&[100.0, 110.0, 99.0, 118.8], &[], None);
        let mean = 0.2 / 3.0;
        // Squared distances from 1/15: (1/30)^2, (1/6)^2, (2/15)^2 = 0.0011.. + 0.0277.. + 0.0177..
        let deviation = (0.14_f64 / 3.0 / 2.0).sqrt();
        near(metrics.sharpe, mean / deviation * 365.0_f64.sqrt());
        near(metrics.sortino, mean / (0.01_f64 / 3.0).sqrt() * 365.0_f64.sqrt());
        near(metrics.total_return, 0.188);
        near(metrics.cagr.map(|c| num::ln(c + 1.0)), 365.0 / 3.0 * num::ln(1.188));
        near(metrics.mar, metrics.cagr.unwrap() / 0.1);
        near(metrics.mean_exposure, 0.25);
        assert_eq!((metrics.days, metrics.pnl), (3.0, 118.8 - 100.0));
    }

    #[test]
    fn trades_are_summed_up() {
        let trades =
            [trade(9.0, Some(1.5)), trade(-3.0, Some(-1.0)), trade(0.0, None), trade(6.0, None)];
        let metrics = run(&[100.0, 112.0], &trades, None);
        assert_eq!((metrics.trades, metrics.wins, metrics.losses), (4, 2, 1));
        near(metrics.win_rate, 0.5);
        near(metrics.profit_factor, 5.0);
        near(metrics.mean_pnl, 3.0);
        assert_eq!(metrics.expectancy, Some(Expectancy { mean_r: 0.25, n: 2 }));
        // 4 x (1 fee + 0.5 slippage + 0.5 funding) = 8 of 12 + 8 before costs.
        let costs = metrics.costs;
        assert_eq!((costs.fees, costs.slippage, costs.funding, costs.total), (4.0, 2.0, 2.0, 8.0));
        near(costs.share_of_gross, 0.4);
        near(costs.per_trade, 2.0);
        // 4 x 2 x 205 in one day of 365 over a mean equity of 106.
        near(metrics.turnover.map(|t| t / 1e3), 1_640.0 * 365.0 / 106.0 / 1e3);
    }

    #[test]
    fn time_in_the_market_counts_each_moment_once() {
        let mut late = trade(1.0, None);
        (late.opened_at, late.closed_at) = (day(0).plus(DAY / 2), day(2));
        let trades = [trade(1.0, None), late];
        near(run(&[100.0; 5], &trades, None).time_in_market, 0.5);
        near(run(&[100.0; 5], &trades, Some(day(3))).time_in_market, 0.75);
        near(run(&[100.0; 5], &[], None).time_in_market, 0.0);
    }

    #[test]
    fn what_is_undefined_is_absent() {
        let flat = run(&[100.0, 100.0, 100.0], &[], None);
        assert_eq!((flat.sharpe, flat.sortino, flat.mar), (None, None, None));
        assert_eq!((flat.win_rate, flat.expectancy, flat.profit_factor), (None, None, None));
        assert_eq!((flat.mean_pnl, flat.costs.per_trade), (None, None));
        assert_eq!(flat.costs.share_of_gross, None);
        near(flat.cagr, 0.0);
        let point = run(&[100.0], &[], None);
        assert_eq!((point.cagr, point.time_in_market, point.turnover), (None, None, None));
        let ruined = run(&[100.0, -1.0], &[], None);
        assert_eq!(ruined.cagr, None);
        let lost = run(&[100.0, 90.0], &[trade(-10.0, None)], None);
        assert_eq!(lost.costs.share_of_gross, None, "nothing was made before costs");
        let empty = Input { equity: &[], trades: &[], open_since: None, drawdown: None };
        assert_eq!(measure(&empty, PerformanceConfig::default()), None);
    }
}
