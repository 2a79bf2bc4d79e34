//! [`Covariance`]: how symbols move, alone and together, from daily returns.

use std::collections::VecDeque;

use analysis::num::{abs, count, max, sqrt};
use serde::{Deserialize, Serialize};
use types::ids::SymbolId;

use crate::config::VolatilityConfig;

/// Share of the constant correlation in the shrunk one.
///
/// The target is that of Ledoit and Wolf, *Honey, I Shrunk the Sample Covariance Matrix* (2003):
/// every correlation is the mean of all. Half and half instead of their estimated intensity.
const SHRINK: f64 = 0.5;

/// Shrunk covariance of daily returns.
///
/// A symbol with fewer returns than the window, or returns without variance, is *unknown*: it
/// counts as correlated 1 with everything, and as a multiple of the largest known volatility (its
/// ATR / price, annualised, while none is known). An unknown symbol hedges nothing.
///
/// Matrix and volatilities change on [`Covariance::refresh`] only; every query is a look-up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Covariance {
    days: usize,
    days_per_year: f64,
    unknown: f64,
    symbols: Vec<History>,
    refreshed: Option<i64>,
    /// Volatility per year of the known symbols.
    known: Vec<Option<f64>>,
    /// Correlation, row by row; 1 with an unknown symbol.
    rho: Vec<f64>,
    /// Covariance per year, row by row; 0 with an unknown symbol.
    cov: Vec<f64>,
    /// The largest known volatility per year.
    largest: Option<f64>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct History {
    /// The last close with its UTC day.
    last: Option<(i64, f64)>,
    /// Daily returns with the UTC day they ended in, oldest first.
    returns: VecDeque<(i64, f64)>,
    /// ATR / price, annualised.
    atr: Option<f64>,
}

/// One symbol's exposure as shares of equity: signed, lowest and highest that can come about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weight {
    /// The symbol.
    pub symbol: SymbolId,
    /// If every working sale fills.
    pub low: f64,
    /// If every working purchase fills.
    pub high: f64,
}

impl Weight {
    /// Returns the weight of an exposure that no working order changes.
    #[must_use]
    pub const fn held(symbol: SymbolId, share: f64) -> Self {
        Self { symbol, low: share, high: share }
    }

    /// Returns whether no working order changes it.
    #[must_use]
    pub const fn is_held(&self) -> bool {
        self.low.to_bits() == self.high.to_bits()
    }

    /// Returns the larger distance from zero.
    #[must_use]
    pub const fn size(&self) -> f64 {
        max(abs(self.low), abs(self.high))
    }
}

/// Variance per year of a portfolio without one symbol, and how that symbol would add to it:
/// w in its direction gives `rest` + 2 w `cross` + w^2 `own`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Marginal {
    /// Variance of the others, at worst.
    pub rest: f64,
    /// Covariance of the others with the symbol, in its direction, at worst.
    pub cross: f64,
    /// The symbol's own variance.
    pub own: f64,
}

impl Marginal {
    /// Returns the volatility per year with this weight in the symbol's direction, at least 0.
    #[must_use]
    pub fn volatility(&self, weight: f64) -> f64 {
        sqrt(max(0.0, self.rest + 2.0 * weight * self.cross + weight * weight * self.own))
    }

    /// Returns the largest weight, 0 or above, up to which the volatility stays at or below the
    /// limit; `None` if there is none because the others alone pass it.
    #[must_use]
    pub fn weight_at(&self, limit: f64) -> Option<f64> {
        let excess = self.rest - limit * limit;
        if excess > 0.0 || self.own <= 0.0 {
            return None;
        }
        let root = sqrt(self.cross * self.cross - self.own * excess);
        // Without cancellation: (root - cross) / own == -excess / (root + cross).
        let weight = if self.cross > 0.0 {
            -excess / (root + self.cross)
        } else {
            (root - self.cross) / self.own
        };
        Some(max(0.0, weight))
    }

    /// Returns the share of the portfolio's volatility that comes from the symbol at this weight:
    /// w x d(volatility)/dw (Euler), 0 for a portfolio without volatility.
    #[must_use]
    pub fn contribution(&self, weight: f64) -> f64 {
        let volatility = self.volatility(weight);
        if volatility <= 0.0 {
            return 0.0;
        }
        weight * (self.cross + weight * self.own) / volatility
    }
}

impl Covariance {
    /// Returns an estimate that knows nothing.
    #[must_use]
    pub fn new(symbols: usize, config: &VolatilityConfig) -> Self {
        Self {
            days: config.days as usize,
            days_per_year: f64::from(config.days_per_year),
            unknown: config.unknown,
            symbols: vec![History::default(); symbols],
            refreshed: None,
            known: vec![None; symbols],
            rho: vec![1.0; symbols * symbols],
            cov: vec![0.0; symbols * symbols],
            largest: None,
        }
    }

    /// Folds the close of a UTC day. A later close of the same day replaces the earlier one's
    /// place as starting point only; days must not go back.
    pub fn on_close(&mut self, symbol: SymbolId, day: i64, close: f64) {
        let days = self.days;
        let history = &mut self.symbols[symbol.index()];
        if let Some((last_day, last)) = history.last
            && day > last_day
            && last > 0.0
        {
            history.returns.push_back((day, close / last - 1.0));
            if history.returns.len() > days {
                history.returns.pop_front();
            }
        }
        history.last = Some((day, close));
    }

    /// Folds ATR / price, annualised: what stands in while no symbol's volatility is known.
    pub fn on_atr(&mut self, symbol: SymbolId, volatility: f64) {
        self.symbols[symbol.index()].atr = Some(volatility);
    }

    /// Recalculates once a day; work O(symbols^2 x days). Returns whether it did.
    pub fn refresh(&mut self, day: i64) -> bool {
        if self.refreshed == Some(day) {
            return false;
        }
        self.refreshed = Some(day);
        self.recalculate(day);
        true
    }

    /// Returns the volatility per year; `None` if nothing is known, not even an ATR.
    #[must_use]
    pub fn volatility(&self, symbol: SymbolId) -> Option<f64> {
        self.known[symbol.index()]
            .or_else(|| self.largest.map(|largest| self.unknown * largest))
            .or(self.symbols[symbol.index()].atr)
    }

    /// Returns the shrunk correlation; 1 with itself and with an unknown symbol.
    #[must_use]
    pub fn rho(&self, a: SymbolId, b: SymbolId) -> f64 {
        if a == b { 1.0 } else { self.rho[a.index() * self.symbols.len() + b.index()] }
    }

    /// Returns whether the symbol has its own estimate.
    #[must_use]
    pub fn is_known(&self, symbol: SymbolId) -> bool {
        self.known[symbol.index()].is_some()
    }

    /// Returns the forecast volatility of a portfolio per year; `None` if a symbol's is not to be
    /// had at all.
    #[must_use]
    pub fn forecast(&self, weights: &[Weight]) -> Option<f64> {
        Some(sqrt(self.sums(weights, None)?.variance()))
    }

    /// Returns how one more symbol would add to a portfolio of others, in the direction of `sign`
    /// (+1 long, -1 short). `others` must not hold the symbol. `None` if a volatility is not to be
    /// had at all.
    #[must_use]
    pub fn marginal(&self, others: &[Weight], symbol: SymbolId, sign: f64) -> Option<Marginal> {
        let volatility = self.volatility(symbol)?;
        let sums = if self.is_known(symbol) {
            self.sums(others, Some((self.row(symbol), sign)))?
        } else {
            self.sums(others, None)?
        };
        let cross = if self.is_known(symbol) {
            sums.cross + volatility * sums.unknown
        } else {
            volatility * (sums.unknown + sums.known)
        };
        Some(Marginal { rest: sums.variance(), cross, own: volatility * volatility })
    }

    /// Covariance per year with every symbol.
    fn row(&self, symbol: SymbolId) -> &[f64] {
        let n = self.symbols.len();
        &self.cov[symbol.index() * n..(symbol.index() + 1) * n]
    }

    /// Sums over a portfolio; `new` is the row of a further symbol with the sign of its direction.
    ///
    /// Working orders fill or not, whichever is worse, pair by pair: exact for one symbol with such
    /// orders, at or above the worst case for several.
    fn sums(&self, weights: &[Weight], new: Option<(&[f64], f64)>) -> Option<Sums> {
        let mut sums = Sums::default();
        // Most weights are held: their sums need no corners, and four lanes add them.
        let mut held: Vec<(usize, f64)> = Vec::with_capacity(weights.len());
        let mut moving: Vec<&Weight> = Vec::new();
        for weight in weights {
            let Some(volatility) = self.known[weight.symbol.index()] else {
                sums.unknown += weight.size() * self.volatility(weight.symbol)?;
                continue;
            };
            let risk = weight.size() * volatility;
            sums.known += risk;
            sums.own += risk * risk;
            if let Some((row, sign)) = new {
                let c = sign * row[weight.symbol.index()];
                sums.cross += max(weight.low * c, weight.high * c);
            }
            if weight.is_held() {
                sums.pairs += weight.low * dot(self.row(weight.symbol), &held);
                held.push((weight.symbol.index(), weight.low));
            } else {
                moving.push(weight);
            }
        }
        for (at, a) in moving.iter().enumerate() {
            let row = self.row(a.symbol);
            let against = dot(row, &held);
            let (mut low, mut high) = (a.low * against, a.high * against);
            for b in &moving[..at] {
                let c = row[b.symbol.index()];
                low += max(a.low * b.low * c, a.low * b.high * c);
                high += max(a.high * b.low * c, a.high * b.high * c);
            }
            sums.pairs += max(low, high);
        }
        Some(sums)
    }

    fn recalculate(&mut self, day: i64) {
        let n = self.symbols.len();
        let daily: Vec<Option<f64>> =
            self.symbols.iter().map(|h| h.deviation(self.days, day)).collect();
        let mut sample = vec![1.0; n * n];
        let (mut all, mut pairs) = (0.0, 0.0);
        for a in 0..n {
            for b in 0..a {
                if daily[a].is_none() || daily[b].is_none() {
                    continue;
                }
                let rho = correlation(&self.symbols[a].returns, &self.symbols[b].returns);
                sample[a * n + b] = rho;
                all += rho;
                pairs += 1.0;
            }
        }
        let mean = if pairs > 0.0 { all / pairs } else { 1.0 };
        let year = sqrt(self.days_per_year);
        self.known = daily.iter().map(|daily| daily.map(|daily| daily * year)).collect();
        self.largest = self.known.iter().flatten().copied().reduce(max);
        for a in 0..n {
            for b in 0..=a {
                let both = self.known[a].zip(self.known[b]);
                let rho = match both {
                    Some(_) if a != b => (1.0 - SHRINK) * sample[a * n + b] + SHRINK * mean,
                    _ => 1.0,
                };
                let cov = both.map_or(0.0, |(a, b)| rho * a * b);
                for (x, y) in [(a, b), (b, a)] {
                    self.rho[x * n + y] = rho;
                    self.cov[x * n + y] = cov;
                }
            }
        }
    }
}

/// Sums over a portfolio.
#[derive(Default)]
struct Sums {
    /// Weight x volatility of the known symbols, without sign.
    known: f64,
    /// The same of the unknown ones.
    unknown: f64,
    /// Own variances of the known symbols.
    own: f64,
    /// Covariances of the pairs of known symbols, each pair once.
    pairs: f64,
    /// Covariance of the known symbols with the further one.
    cross: f64,
}

impl Sums {
    /// An unknown symbol counts as correlated 1, and never as a hedge.
    fn variance(&self) -> f64 {
        let known = self.own + 2.0 * self.pairs;
        max(0.0, known + self.unknown * (self.unknown + 2.0 * self.known))
    }
}

/// Covariance of one symbol with held weights, added in four lanes.
fn dot(row: &[f64], held: &[(usize, f64)]) -> f64 {
    let of = |(at, weight): &(usize, f64)| weight * row[*at];
    let (fours, rest) = held.as_chunks::<4>();
    let mut lanes = [0.0; 4];
    for four in fours {
        for (lane, weight) in lanes.iter_mut().zip(four) {
            *lane += of(weight);
        }
    }
    rest.iter().fold((lanes[0] + lanes[1]) + (lanes[2] + lanes[3]), |sum, weight| sum + of(weight))
}

impl History {
    /// Standard deviation of the daily returns; `None` with too few of them or none that differ.
    fn deviation(&self, days: usize, today: i64) -> Option<f64> {
        // A symbol that was not traded for long is not known any more.
        let span = i64::try_from(days).unwrap_or(i64::MAX);
        let fresh = self.returns.back().is_some_and(|(day, _)| today.saturating_sub(*day) <= span);
        if !fresh || self.returns.len() < days {
            return None;
        }
        let n = count(self.returns.len());
        let mean = self.returns.iter().map(|(_, r)| r).sum::<f64>() / n;
        let squares = self.returns.iter().map(|(_, r)| (r - mean) * (r - mean)).sum::<f64>();
        let deviation = sqrt(squares / (n - 1.0));
        (deviation > 1e-12).then_some(deviation)
    }
}

/// Sample correlation over the days that both have; 1 when those are less than half the returns.
fn correlation(a: &VecDeque<(i64, f64)>, b: &VecDeque<(i64, f64)>) -> f64 {
    let (mut n, mut x, mut y, mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    let mut b = b.iter().peekable();
    let length = count(a.len());
    for (day, r) in a {
        while b.next_if(|(other, _)| other < day).is_some() {}
        if let Some((_, s)) = b.next_if(|(other, _)| other == day) {
            n += 1.0;
            x += r;
            y += s;
            xx += r * r;
            yy += s * s;
            xy += r * s;
        }
    }
    let spread = (xx - x * x / n) * (yy - y * y / n);
    if n * 2.0 < length || spread <= 0.0 || !spread.is_finite() {
        return 1.0;
    }
    analysis::num::clip1((xy - x * y / n) / sqrt(spread))
}

#[cfg(test)]
mod tests;
