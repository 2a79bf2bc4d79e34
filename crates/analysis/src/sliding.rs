//! Sums and extremes of the last n values, at constant cost: [`Sliding`].

use std::marker::PhantomData;

use serde::{Deserialize, Serialize};

use crate::num;
use crate::params::Period;

/// How two values become one.
pub(crate) trait Fold: Copy {
    /// What changes nothing.
    const START: f64;
    fn join(a: f64, b: f64) -> f64;
}

/// The sum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sum;
/// The greatest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Highest;

impl Fold for Sum {
    const START: f64 = 0.0;
    #[inline]
    fn join(a: f64, b: f64) -> f64 {
        a + b
    }
}

impl Fold for Highest {
    const START: f64 = f64::MIN;
    #[inline]
    fn join(a: f64, b: f64) -> f64 {
        num::max(a, b)
    }
}

/// A fold over the last n values of N series in step, two joins per value on average.
///
/// Values come in blocks of n. The window is the end of the last block and the beginning of the
/// current one; of the last block the folds of all its ends are kept (van Herk 1992, Gil and Werman
/// 1993). Nothing is ever taken away, so sums neither cancel nor drift.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound(serialize = "[f64; N]: Serialize", deserialize = "[f64; N]: Deserialize<'de>"))]
pub(crate) struct Sliding<F, const N: usize> {
    /// Before `at`: values of the current block. From `at`: folds of the last block's ends.
    places: Vec<[f64; N]>,
    at: usize,
    /// Fold of the current block.
    current: [f64; N],
    full: bool,
    fold: PhantomData<F>,
}

impl<F: Fold, const N: usize> Sliding<F, N> {
    pub(crate) fn new(period: Period) -> Self {
        Self {
            places: vec![[F::START; N]; period.get()],
            at: 0,
            current: [F::START; N],
            full: false,
            fold: PhantomData,
        }
    }

    /// Takes the next values and returns the fold of the last n, `None` until there are as many.
    #[inline]
    pub(crate) fn push(&mut self, values: [f64; N]) -> Option<[f64; N]> {
        self.current = Self::join(&self.current, &values);
        if let Some(place) = self.places.get_mut(self.at) {
            *place = values;
        }
        self.at += 1;
        let Some(end) = self.places.get(self.at) else {
            return Some(self.close_block());
        };
        self.full.then(|| Self::join(end, &self.current))
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.at = 0;
        self.current = [F::START; N];
        self.full = false;
    }

    #[inline]
    fn join(a: &[f64; N], b: &[f64; N]) -> [f64; N] {
        std::array::from_fn(|n| F::join(a[n], b[n]))
    }

    fn close_block(&mut self) -> [f64; N] {
        let mut end = [F::START; N];
        for place in self.places.iter_mut().rev() {
            end = Self::join(place, &end);
            *place = end;
        }
        self.at = 0;
        self.current = [F::START; N];
        self.full = true;
        end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fold_covers_the_last_n_values_and_no_others() {
        for n in 1..9_usize {
            let period = Period::new(u32::try_from(n).unwrap()).unwrap();
            let values: Vec<f64> = (0..40).map(|i| num::count(i * i % 17) - 8.0).collect();
            let mut sums = Sliding::<Sum, 2>::new(period);
            let mut high = Sliding::<Highest, 1>::new(period);
            for round in 0..2 {
                for (i, value) in values.iter().enumerate() {
                    let window = (i + 1).checked_sub(n).map(|from| &values[from..=i]);
                    let sum = window.map(num::sum).map(|sum| [sum, -sum]);
                    assert_eq!(sums.push([*value, -value]), sum, "{n} {round} {i}");
                    assert_eq!(high.push([*value]), window.map(|w| [num::max_of(w)]));
                }
                sums.clear();
                high.clear();
            }
        }
    }
}
