//! Things that have a number, handed on each once and in order: [`Line`]. Bars are numbered by open time, trades by id.

use std::collections::{BTreeMap, VecDeque};

use types::market::TsNanos;

use super::words::QueryId;

/// What became of a thing that was offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offered {
    /// It is the next, or waits for its turn.
    New,
    /// The same was there already.
    Duplicate,
    /// Another with its number was there already; that one stands.
    Contradicts,
    /// Its place was passed over, or is longer ago than is remembered.
    Late,
}

/// Why something lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lack {
    /// It was never asked for: the history needed at the start.
    History,
    /// The connection, or the source, was away.
    Outage,
    /// The stream left it out.
    Gap,
}

/// The gap that is being filled.
#[derive(Clone, Debug)]
pub(super) struct Filling {
    /// Why.
    pub(super) lack: Lack,
    /// What answers brought so far.
    pub(super) brought: u64,
    /// The question that is on its way.
    pub(super) query: Option<QueryId>,
    /// Not before this moment is the next question asked.
    pub(super) retry_at: TsNanos,
    /// Questions in a row that brought nothing.
    vain: u32,
    /// The number that an answer lacked though it had later ones, and when that was seen first.
    hole: Option<(i64, TsNanos)>,
    /// The source has answered, and had nothing.
    nothing: bool,
}

impl Filling {
    /// Returns whether the source has answered, and had nothing: it is asked again, less and less often.
    pub(super) const fn is_vain(&self) -> bool {
        self.nothing
    }
}

/// What an answer means for the gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fill {
    /// Nothing is missing any more.
    Done,
    /// There is more to ask for.
    Goes,
    /// The source has nothing between two numbers: that many places were passed over.
    PassedOver {
        /// The first number that does not exist.
        from: i64,
        /// How many.
        missing: i64,
    },
}

/// A source that twice lacks a number, so far apart, has none, nanoseconds: one answer may come from a server that lags.
const HOLE_SURE_AFTER: i64 = 2_000_000_000;
/// Longest wait between two questions that bring nothing, nanoseconds.
const RETRY_MAX: i64 = 30_000_000_000;
const SECOND: i64 = 1_000_000_000;

/// Numbered things of one symbol, in order.
#[derive(Clone, Debug)]
pub(super) struct Line<T> {
    /// The number that is handed on next.
    next: Option<i64>,
    /// Wait for their turn.
    pending: BTreeMap<i64, T>,
    pending_max: usize,
    /// Handed on, oldest first.
    recent: VecDeque<(i64, T)>,
    recent_max: usize,
    /// Largest number seen.
    highest: Option<i64>,
    filling: Option<Filling>,
    /// Handed on in all.
    handed_on: u64,
}

impl<T: Clone + PartialEq> Line<T> {
    pub(super) const fn new(next: Option<i64>, pending_max: usize, recent_max: usize) -> Self {
        Self {
            next,
            pending: BTreeMap::new(),
            pending_max,
            recent: VecDeque::new(),
            recent_max,
            highest: None,
            filling: None,
            handed_on: 0,
        }
    }

    pub(super) const fn next(&self) -> Option<i64> {
        self.next
    }

    pub(super) const fn handed_on(&self) -> u64 {
        self.handed_on
    }

    pub(super) const fn recent(&self) -> &VecDeque<(i64, T)> {
        &self.recent
    }

    /// Returns what was handed on last.
    pub(super) fn last(&self) -> Option<&T> {
        self.recent.back().map(|(_, item)| item)
    }

    /// Returns the largest number seen.
    pub(super) const fn highest(&self) -> Option<i64> {
        self.highest
    }

    /// Takes a thing. The first ever seen starts the line.
    pub(super) fn offer(&mut self, number: i64, item: T) -> Offered {
        let next = *self.next.get_or_insert(number);
        self.highest = Some(self.highest.map_or(number, |highest| highest.max(number)));
        if number < next {
            let place = self.recent.binary_search_by_key(&number, |(number, _)| *number);
            return match place {
                Ok(place) if self.recent[place].1 == item => Offered::Duplicate,
                Ok(_) => Offered::Contradicts,
                Err(_) => Offered::Late,
            };
        }
        match self.pending.get(&number) {
            Some(known) if *known == item => return Offered::Duplicate,
            Some(_) => return Offered::Contradicts,
            None => self.pending.insert(number, item),
        };
        if self.pending.len() > self.pending_max {
            // The newest: what is dropped here is missing at the end of the gap and asked for again.
            self.pending.pop_last();
        }
        Offered::New
    }

    /// Hands on the next, if it is there.
    pub(super) fn pop(&mut self) -> Option<(i64, T)> {
        let next = self.next?;
        let item = self.pending.remove(&next)?;
        self.next = Some(next + 1);
        self.handed_on += 1;
        self.recent.push_back((next, item.clone()));
        if self.recent.len() > self.recent_max {
            self.recent.pop_front();
        }
        Some((next, item))
    }

    /// Returns how many numbers lack between the next and the first that waits.
    pub(super) fn gap(&self) -> i64 {
        match (self.next, self.pending.first_key_value()) {
            (Some(next), Some((first, _))) => first - next,
            (None, _) | (_, None) => 0,
        }
    }

    pub(super) const fn filling(&self) -> Option<&Filling> {
        self.filling.as_ref()
    }

    /// Starts to fill; what is being filled already goes on.
    pub(super) fn start_filling(&mut self, lack: Lack, now: TsNanos) {
        self.filling.get_or_insert(Filling {
            lack,
            brought: 0,
            query: None,
            retry_at: now,
            vain: 0,
            hole: None,
            nothing: false,
        });
    }

    /// Forgets what waits and what was asked, and fills from the next on: the connection or the source is another.
    pub(super) fn reconnect(&mut self, now: TsNanos) {
        self.pending.clear();
        self.highest = None;
        let lack = self.filling.as_ref().map_or(Lack::Outage, |filling| filling.lack);
        let brought = self.filling.as_ref().map_or(0, |filling| filling.brought);
        self.filling = None;
        self.start_filling(lack, now);
        if let Some(filling) = &mut self.filling {
            filling.brought = brought;
        }
    }

    /// Counts what an answer brought.
    pub(super) const fn brought(&mut self, count: u64) {
        if let Some(filling) = &mut self.filling {
            filling.brought += count;
        }
    }

    /// Starts the line at a number, unless it has started.
    pub(super) fn begin(&mut self, number: i64, now: TsNanos) {
        if self.next.is_none() {
            self.next = Some(number);
            self.start_filling(Lack::History, now);
        }
    }

    /// Forgets where the line was: the next thing seen starts it.
    pub(super) fn restart(&mut self) {
        self.pending.clear();
        self.recent.clear();
        (self.next, self.highest, self.filling) = (None, None, None);
    }

    pub(super) const fn asked(&mut self, query: QueryId) {
        if let Some(filling) = &mut self.filling {
            filling.query = Some(query);
        }
    }

    /// Ends the filling: nothing lacks. Returns what it was.
    pub(super) fn filled(&mut self) -> Option<Filling> {
        self.filling.take()
    }

    /// Notes that a question brought no answer.
    pub(super) fn failed(&mut self, now: TsNanos) {
        if let Some(filling) = &mut self.filling {
            filling.query = None;
            filling.vain = filling.vain.saturating_add(1);
            filling.retry_at = now.plus(retry_wait(filling.vain));
        }
    }

    /// Takes the number with which an answer begins, before anything of it is handed on. What is later than the history that was
    /// asked for lacks nothing: the symbol was listed then.
    pub(super) fn answer_begins(&mut self, first: i64) {
        let of_history = self.filling.as_ref().is_some_and(|filling| filling.lack == Lack::History);
        let is_next = self.pending.first_key_value().is_some_and(|(next, _)| *next == first);
        if of_history && self.handed_on == 0 && is_next {
            self.next = Some(first);
        }
    }

    /// Judges the gap after an answer was offered and handed on; [`Self::filled`] ends it. `before` is the number that was next when it came,
    /// `until` the last that must be there.
    pub(super) fn answered(&mut self, before: i64, until: i64, now: TsNanos) -> Fill {
        let next = self.next.unwrap_or(before);
        let until = until.max(self.highest.unwrap_or(i64::MIN));
        if next > until {
            return Fill::Done;
        }
        let Some(filling) = &mut self.filling else { return Fill::Goes };
        filling.query = None;
        if next > before {
            (filling.vain, filling.hole, filling.retry_at) = (0, None, now);
            filling.nothing = false;
            return Fill::Goes;
        }
        filling.vain = filling.vain.saturating_add(1);
        filling.retry_at = now.plus(retry_wait(filling.vain));
        let Some((&first, _)) = self.pending.first_key_value() else {
            // Nothing later either: the source lags, or has nothing yet.
            (filling.hole, filling.nothing) = (None, true);
            return Fill::Goes;
        };
        match filling.hole {
            Some((at, since)) if at == next && now.since(since) >= HOLE_SURE_AFTER => {
                self.next = Some(first);
                (filling.vain, filling.hole, filling.retry_at) = (0, None, now);
                Fill::PassedOver { from: next, missing: first - next }
            }
            Some((at, _)) if at == next => Fill::Goes,
            Some(_) | None => {
                filling.hole = Some((next, now));
                Fill::Goes
            }
        }
    }
}

/// Returns 1, 2, 4 ... 30 s.
fn retry_wait(vain: u32) -> i64 {
    let doubled = 1_i64.checked_shl(vain.saturating_sub(1).min(32)).unwrap_or(i64::MAX);
    SECOND.saturating_mul(doubled).min(RETRY_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> TsNanos {
        TsNanos::from_nanos(seconds * SECOND)
    }

    fn drained(line: &mut Line<char>) -> String {
        std::iter::from_fn(|| line.pop()).map(|(_, item)| item).collect()
    }

    #[test]
    fn each_is_handed_on_once_and_in_order() {
        let mut line = Line::new(Some(1), 10, 3);
        for (number, item, offered, handed_on) in [
            (1, 'a', Offered::New, "a"),
            (3, 'c', Offered::New, ""),
            (3, 'c', Offered::Duplicate, ""),
            (3, 'x', Offered::Contradicts, ""),
            (2, 'b', Offered::New, "bc"),
            (2, 'b', Offered::Duplicate, ""),
            (2, 'x', Offered::Contradicts, ""),
            (0, 'z', Offered::Late, ""),
        ] {
            assert_eq!(line.offer(number, item), offered, "{number} {item}");
            assert_eq!(drained(&mut line), handed_on, "{number} {item}");
        }
        assert_eq!((line.next(), line.handed_on(), line.last()), (Some(4), 3, Some(&'c')));
    }

    #[test]
    fn a_gap_is_filled_page_by_page() {
        let mut line = Line::new(Some(1), 10, 3);
        line.offer(5, 'e');
        assert_eq!(line.gap(), 4);
        line.start_filling(Lack::Gap, at(0));
        for number in 1..=2 {
            line.offer(number, 'x');
        }
        assert_eq!(drained(&mut line), "xx");
        assert_eq!(line.answered(1, 4, at(0)), Fill::Goes);
        assert_eq!(line.filling().map(|filling| filling.retry_at), Some(at(0)), "at once");
        line.offer(3, 'c');
        line.offer(4, 'd');
        assert_eq!(drained(&mut line), "cde");
        assert_eq!(line.answered(3, 4, at(0)), Fill::Done);
        assert!(line.filled().is_some() && line.filling().is_none());
    }

    #[test]
    fn a_number_that_does_not_exist_is_passed_over_once_that_is_sure() {
        let mut line = Line::new(Some(1), 10, 3);
        line.start_filling(Lack::Gap, at(0));
        assert_eq!(line.answered(1, 1, at(0)), Fill::Goes, "nothing later: the source may lag");
        assert_eq!(line.answered(1, 1, at(50)), Fill::Goes, "however long");
        line.offer(4, 'd');
        assert_eq!(line.answered(1, 4, at(60)), Fill::Goes, "one answer is no proof");
        assert_eq!(line.answered(1, 4, at(61)), Fill::Goes, "nor are two in one second");
        assert_eq!(line.answered(1, 4, at(62)), Fill::PassedOver { from: 1, missing: 3 });
        assert_eq!(drained(&mut line), "d");
        assert_eq!(line.offer(2, 'b'), Offered::Late);
        assert_eq!(line.answered(4, 4, at(62)), Fill::Done);
    }

    #[test]
    fn questions_that_bring_nothing_are_asked_less_often() {
        let mut line: Line<char> = Line::new(Some(1), 10, 3);
        line.start_filling(Lack::Gap, at(0));
        for (now, next) in [(0, 1), (1, 3), (3, 7), (7, 15), (15, 31), (31, 61), (61, 91)] {
            line.failed(at(now));
            assert_eq!(line.filling().map(|filling| filling.retry_at), Some(at(next)));
        }
    }

    #[test]
    fn what_does_not_fit_is_asked_for_again() {
        let mut line = Line::new(Some(1), 2, 3);
        line.start_filling(Lack::Gap, at(0));
        for (number, item) in [(3, 'c'), (4, 'd'), (5, 'e')] {
            assert_eq!(line.offer(number, item), Offered::New);
        }
        line.offer(1, 'a');
        line.offer(2, 'b');
        assert_eq!(drained(&mut line), "ab");
        assert_eq!(line.answered(1, 2, at(0)), Fill::Goes, "5 was seen, so it must come");
        for (number, item) in [(3, 'c'), (4, 'd'), (5, 'e')] {
            line.offer(number, item);
            assert_eq!(drained(&mut line).len(), 1);
        }
        assert_eq!(line.answered(3, 2, at(0)), Fill::Done);
    }
}
