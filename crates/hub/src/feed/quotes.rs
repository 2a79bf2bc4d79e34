//! Which quotes are believed: [`QuoteCheck`].

use types::feed::Quote;
use types::market::TsNanos;

/// A mid that is further than this from the last believed one waits for a second that agrees, percent.
const JUMP_PERCENT: i64 = 10;
/// Mids closer than this agree, percent.
const AGREE_PERCENT: i64 = 1;

/// What a quote is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum QuoteStep {
    /// Newer than the last, and believed.
    Believed,
    /// The last one again.
    Duplicate,
    /// Older than the last.
    Late,
    /// A price or a quantity that is not above zero.
    Impossible,
    /// The bid is not below the ask.
    Crossed,
    /// Far from the last one, and nothing has confirmed it yet.
    Outlier,
}

/// The quotes of one symbol from one source.
#[derive(Clone, Debug, Default)]
pub(super) struct QuoteCheck {
    last: Option<(Quote, TsNanos)>,
    /// Mid of a quote that nothing has confirmed yet.
    suspect: Option<i64>,
}

impl QuoteCheck {
    /// Judges a quote.
    pub(super) fn judge(&mut self, quote: &Quote, now: TsNanos) -> QuoteStep {
        let positive = quote.bid.is_positive() && quote.ask.is_positive();
        if !positive || quote.bid_qty.raw() < 0 || quote.ask_qty.raw() < 0 {
            return QuoteStep::Impossible;
        }
        if quote.bid >= quote.ask {
            return QuoteStep::Crossed;
        }
        let mid = mid_of(quote);
        if let Some((last, _)) = &self.last {
            if last == quote {
                return QuoteStep::Duplicate;
            }
            if quote.update_id < last.update_id {
                return QuoteStep::Late;
            }
            let confirmed = self.suspect.is_some_and(|suspect| agree(suspect, mid));
            if !within(mid_of(last), mid, JUMP_PERCENT) && !confirmed {
                self.suspect = Some(mid);
                return QuoteStep::Outlier;
            }
        }
        self.suspect = None;
        self.last = Some((quote.clone(), now));
        QuoteStep::Believed
    }

    /// Returns when the last believed quote came.
    pub(super) fn last_at(&self) -> Option<TsNanos> {
        self.last.as_ref().map(|(_, at)| *at)
    }

    /// Returns the mid of the last believed quote if it came at or after a moment.
    pub(super) fn mid_since(&self, since: TsNanos) -> Option<i64> {
        self.last.as_ref().filter(|(_, at)| *at >= since).map(|(quote, _)| mid_of(quote))
    }

    /// Returns the mid of a quote that nothing has confirmed.
    pub(super) const fn suspect(&self) -> Option<i64> {
        self.suspect
    }

    /// Forgets all: after a reconnect, numbers may begin anew.
    pub(super) fn restart(&mut self) {
        *self = Self::default();
    }
}

/// Returns whether a source stands alone against others: its unconfirmed jump is contradicted by one that is fresh, or all
/// of two or more that agree with each other contradict its price.
pub(super) fn outlying(own: &QuoteCheck, others: &[i64], since: TsNanos) -> bool {
    if let (Some(suspect), Some(mid)) = (own.suspect(), own.mid_since(since)) {
        let contradicted = others.iter().any(|other| agree(*other, mid) && !agree(*other, suspect));
        if contradicted {
            return true;
        }
    }
    let Some(mid) = own.mid_since(since) else { return false };
    others.len() >= 2
        && others.iter().all(|other| !agree(*other, mid))
        && others.iter().all(|other| agree(*other, others[0]))
}

/// Returns the middle of a quote in 1e-8, rounded down.
fn mid_of(quote: &Quote) -> i64 {
    quote.bid.raw() + (quote.ask.raw() - quote.bid.raw()) / 2
}

fn agree(a: i64, b: i64) -> bool {
    within(a, b, AGREE_PERCENT)
}

/// Returns whether two prices are at most so many percent of the smaller apart.
fn within(a: i64, b: i64, percent: i64) -> bool {
    let (low, high) = (i128::from(a.min(b)), i128::from(a.max(b)));
    (high - low) * 100 <= low * i128::from(percent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::ids::Symbol;
    use types::num::{Price, Qty};

    const NOW: TsNanos = TsNanos::EPOCH;

    fn quote(update_id: u64, bid: i64, ask: i64) -> Quote {
        let [bid, ask] = [bid, ask].map(Price::from_raw);
        let symbol = Symbol::new("BTCUSDT").unwrap();
        Quote { symbol, bid, bid_qty: Qty::ONE, ask, ask_qty: Qty::ONE, update_id, at: None }
    }

    #[test]
    fn a_quote_is_judged_by_the_one_before_it() {
        let mut check = QuoteCheck::default();
        for (id, bid, ask, step) in [
            (1, 999, 1_001, QuoteStep::Believed),
            (1, 999, 1_001, QuoteStep::Duplicate),
            (2, 1_001, 1_001, QuoteStep::Crossed),
            (2, 1_002, 1_001, QuoteStep::Crossed),
            (2, 0, 1_001, QuoteStep::Impossible),
            (2, -5, 1_001, QuoteStep::Impossible),
            (0, 999, 1_002, QuoteStep::Late),
            (3, 1_099, 1_101, QuoteStep::Believed),
            (4, 1_210, 1_212, QuoteStep::Outlier),
            (5, 1_100, 1_102, QuoteStep::Believed),
            (6, 1_220, 1_222, QuoteStep::Outlier),
            (7, 1_500, 1_502, QuoteStep::Outlier),
            (8, 1_501, 1_503, QuoteStep::Believed),
            (9, 1_502, 1_504, QuoteStep::Believed),
        ] {
            assert_eq!(check.judge(&quote(id, bid, ask), NOW), step, "{id}: {bid} {ask}");
        }
    }

    #[test]
    fn a_source_that_stands_alone_is_outlying() {
        let mut own = QuoteCheck::default();
        own.judge(&quote(1, 9_990, 10_010), NOW);
        assert!(!outlying(&own, &[10_200], NOW), "one against one: nobody knows who is wrong");
        assert!(outlying(&own, &[10_200, 10_210], NOW));
        assert!(!outlying(&own, &[10_200, 10_050], NOW));
        assert!(!outlying(&own, &[10_200, 11_000], NOW), "the others do not agree either");
        own.judge(&quote(2, 12_000, 12_010), NOW);
        assert!(outlying(&own, &[10_010], NOW), "a jump that the other did not see");
        assert!(!outlying(&own, &[12_000], NOW), "a jump that the other saw");
        assert!(!outlying(&own, &[], NOW));
    }
}
