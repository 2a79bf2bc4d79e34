//! Against the textbook's formulas, and at the edges of what is known.

use super::*;

const DAYS: i64 = 90;

fn symbol(k: usize) -> SymbolId {
    SymbolId(u16::try_from(k).unwrap())
}

/// Uniform in -1 to 1.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(self.0 >> 33).unwrap()) / f64::from(1_u32 << 30) - 1.0
    }
}

/// Returns with a common part, one row a symbol.
fn returns(symbols: usize, days: usize, seed: u64) -> Vec<Vec<f64>> {
    let mut draw = Draw(seed);
    let common: Vec<f64> = (0..days).map(|_| draw.next()).collect();
    (0..symbols)
        .map(|k| {
            let size = 0.01 * count(k + 1);
            common.iter().map(|c| size * (0.6 * c + 0.8 * draw.next())).collect()
        })
        .collect()
}

/// An estimate fed with closes that show these returns on days 1, 2, ...
fn fed(rows: &[Vec<f64>]) -> Covariance {
    let mut covariance = Covariance::new(rows.len(), &VolatilityConfig::default());
    for (k, row) in rows.iter().enumerate() {
        let mut close = 50.0;
        covariance.on_close(symbol(k), 0, close);
        for (day, r) in row.iter().enumerate() {
            close *= 1.0 + r;
            covariance.on_close(symbol(k), i64::try_from(day).unwrap() + 1, close);
        }
    }
    let days = rows.iter().map(Vec::len).max().unwrap();
    covariance.refresh(i64::try_from(days).unwrap() + 1);
    covariance
}

/// Sample covariance with n - 1, two passes.
fn sample(a: &[f64], b: &[f64]) -> f64 {
    let n = count(a.len());
    let (ma, mb) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
    a.iter().zip(b).map(|(x, y)| (x - ma) * (y - mb)).sum::<f64>() / (n - 1.0)
}

/// The shrunk covariance per year, entry by entry from its definition.
fn shrunk(rows: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let n = rows.len();
    let s = |i: usize, j: usize| sample(&rows[i], &rows[j]);
    let mut mean = 0.0;
    for i in 0..n {
        for j in i + 1..n {
            mean += s(i, j) / sqrt(s(i, i) * s(j, j)) / count(n * (n - 1) / 2);
        }
    }
    let entry = |i: usize, j: usize| {
        let target = if i == j { s(i, i) } else { mean * sqrt(s(i, i) * s(j, j)) };
        365.0 * (0.5 * s(i, j) + 0.5 * target)
    };
    (0..n).map(|i| (0..n).map(|j| entry(i, j)).collect()).collect()
}

fn close_to(seen: f64, wanted: f64) {
    assert!(abs(seen - wanted) <= 1e-9 * max(1.0, abs(wanted)), "{seen} is not {wanted}");
}

#[test]
fn the_shrunk_matrix_is_the_textbooks() {
    let rows = returns(4, 90, 3);
    let (covariance, wanted) = (fed(&rows), shrunk(&rows));
    let weights = [0.3, -0.2, 0.1, 0.25];
    let mut variance = 0.0;
    for i in 0..4 {
        close_to(covariance.volatility(symbol(i)).unwrap(), sqrt(wanted[i][i]));
        for j in 0..4 {
            let rho = wanted[i][j] / sqrt(wanted[i][i] * wanted[j][j]);
            close_to(covariance.rho(symbol(i), symbol(j)), rho);
            variance += weights[i] * weights[j] * wanted[i][j];
        }
    }
    let held: Vec<Weight> =
        weights.iter().enumerate().map(|(k, w)| Weight::held(symbol(k), *w)).collect();
    close_to(covariance.forecast(&held).unwrap(), sqrt(variance));
}

#[test]
fn only_the_last_ninety_days_count() {
    let rows = returns(3, 200, 5);
    let late: Vec<Vec<f64>> = rows.iter().map(|row| row[110..].to_vec()).collect();
    let (all, late) = (fed(&rows), fed(&late));
    for k in 0..3 {
        close_to(all.volatility(symbol(k)).unwrap(), late.volatility(symbol(k)).unwrap());
        close_to(all.rho(symbol(k), symbol(0)), late.rho(symbol(k), symbol(0)));
    }
}

#[test]
fn one_return_too_few_and_the_symbol_is_unknown() {
    let mut rows = returns(3, 90, 7);
    rows[2].pop();
    let covariance = fed(&rows);
    assert!(covariance.is_known(symbol(1)) && !covariance.is_known(symbol(2)));
    let largest =
        max(covariance.volatility(symbol(0)).unwrap(), covariance.volatility(symbol(1)).unwrap());
    close_to(covariance.volatility(symbol(2)).unwrap(), 1.5 * largest);
    close_to(covariance.rho(symbol(2), symbol(0)), 1.0);
    assert!(covariance.rho(symbol(1), symbol(0)) < 0.9);
}

#[test]
fn prices_that_stand_still_are_unknown() {
    let mut rows = returns(2, 90, 9);
    rows[1] = vec![0.0; 90];
    let covariance = fed(&rows);
    let known = covariance.volatility(symbol(0)).unwrap();
    close_to(covariance.volatility(symbol(1)).unwrap(), 1.5 * known);
    close_to(covariance.rho(symbol(0), symbol(1)), 1.0);
}

#[test]
fn while_none_is_known_the_atr_stands_in() {
    let mut covariance = Covariance::new(2, &VolatilityConfig::default());
    covariance.refresh(0);
    assert_eq!(covariance.volatility(symbol(0)), None);
    assert_eq!(covariance.forecast(&[Weight::held(symbol(0), 0.1)]), None);
    covariance.on_atr(symbol(0), 0.6);
    covariance.on_atr(symbol(1), 0.8);
    close_to(covariance.volatility(symbol(0)).unwrap(), 0.6);
    // Correlated 1, whatever the sign: 0.1 x 0.6 + 0.2 x 0.8.
    let weights = [Weight::held(symbol(0), 0.1), Weight::held(symbol(1), -0.2)];
    close_to(covariance.forecast(&weights).unwrap(), 0.22);
}

#[test]
fn a_refresh_happens_once_a_day() {
    let rows = returns(2, 90, 13);
    let mut covariance = fed(&rows);
    let before = covariance.clone();
    covariance.on_close(symbol(0), DAYS + 1, 1_000.0);
    assert!(!covariance.refresh(DAYS + 1));
    close_to(covariance.volatility(symbol(0)).unwrap(), before.volatility(symbol(0)).unwrap());
    assert!(covariance.refresh(DAYS + 2));
    assert!(covariance.volatility(symbol(0)) > before.volatility(symbol(0)));
}

#[test]
fn days_that_only_one_symbol_has_are_left_out_of_their_correlation() {
    let rows = returns(2, 120, 17);
    let mut covariance = Covariance::new(2, &VolatilityConfig::default());
    // The second has no close on every fifth day; its return then spans two.
    let (mut a, mut b) = (50.0, 50.0);
    let (mut pairs, mut waiting) = (Vec::new(), 1.0);
    let mut last_a = a;
    for (day, (r, s)) in rows[0].iter().zip(&rows[1]).enumerate() {
        a *= 1.0 + r;
        b *= 1.0 + s;
        waiting *= 1.0 + s;
        let at = i64::try_from(day).unwrap();
        covariance.on_close(symbol(0), at, a);
        if day % 5 != 4 {
            covariance.on_close(symbol(1), at, b);
            if day > 0 {
                pairs.push((day, a / last_a - 1.0, waiting - 1.0));
            }
            waiting = 1.0;
        }
        last_a = a;
    }
    covariance.refresh(120);
    let last: Vec<_> = pairs.iter().filter(|(day, _, _)| *day >= 30).collect();
    let x: Vec<f64> = last.iter().map(|(_, x, _)| *x).collect();
    let y: Vec<f64> = last.iter().map(|(_, _, y)| *y).collect();
    let wanted = sample(&x, &y) / sqrt(sample(&x, &x) * sample(&y, &y));
    // Two symbols: the mean correlation is their own.
    close_to(covariance.rho(symbol(0), symbol(1)), wanted);
}

#[test]
fn working_orders_count_at_their_worst() {
    let covariance = fed(&returns(4, 90, 19));
    let mut draw = Draw(23);
    for _ in 0..500 {
        let weights: Vec<Weight> = (0..4)
            .map(|k| {
                let (low, other) = (draw.next() * 0.3, draw.next() * 0.3);
                let high = if draw.next() > 0.0 { low } else { max(low, other) };
                Weight { symbol: symbol(k), low, high }
            })
            .collect();
        let mut worst: f64 = 0.0;
        for fills in 0..16_u32 {
            let filled: Vec<Weight> = weights
                .iter()
                .enumerate()
                .map(|(k, w)| {
                    Weight::held(w.symbol, if fills >> k & 1 == 1 { w.high } else { w.low })
                })
                .collect();
            worst = max(worst, covariance.forecast(&filled).unwrap());
        }
        let seen = covariance.forecast(&weights).unwrap();
        assert!(seen >= worst - 1e-12, "{seen} {worst} {weights:?}");
        let open = weights.iter().filter(|w| w.low < w.high).count();
        if open == 0 {
            close_to(seen, worst);
        }
    }
}

#[test]
fn one_more_symbol_adds_what_the_whole_portfolio_shows() {
    let mut rows = returns(5, 90, 29);
    rows[3].pop();
    rows[4].pop();
    let covariance = fed(&rows);
    let mut draw = Draw(31);
    for round in 0..500 {
        let held: Vec<Weight> =
            (0..4).map(|k| Weight::held(symbol(k), draw.next() * 0.2)).collect();
        let new = if round % 2 == 0 { symbol(4) } else { symbol(0) };
        let others: Vec<Weight> = held.iter().copied().filter(|w| w.symbol != new).collect();
        let sign = if draw.next() > 0.0 { 1.0 } else { -1.0 };
        let weight = abs(draw.next()) * 0.3;
        let marginal = covariance.marginal(&others, new, sign).unwrap();
        let mut all = others.clone();
        all.push(Weight::held(new, sign * weight));
        close_to(marginal.volatility(weight), covariance.forecast(&all).unwrap());
        if let Some(most) = marginal.weight_at(0.2) {
            close_to(marginal.volatility(most), 0.2);
            assert!(marginal.volatility(most * 0.5) <= 0.2 + 1e-9);
        } else {
            assert!(sqrt(marginal.rest) > 0.2);
        }
    }
}
