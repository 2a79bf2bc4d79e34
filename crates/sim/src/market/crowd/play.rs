//! [`Crowd`]: carries a script's steps out on an order book.

use std::collections::{BTreeMap, BTreeSet};

use types::side::Side;

use super::config::{CrowdConfig, Grid};
use super::ladder;
use super::step::{Print, Step, StepKind};
use types::num::{Price, Qty};

/// The book's name for an order of the crowd.
pub type OrderKey = u64;

/// What the crowd does to a book. Its orders need no balances and pass no filters.
pub trait CrowdBook {
    /// Places a limit order that rests; returns its name, `None` if nothing of it rests.
    fn rest(&mut self, side: Side, price: Price, qty: Qty) -> Option<OrderKey>;

    /// Takes what is there up to a price; what is left of it lapses.
    fn take(&mut self, side: Side, price: Price, qty: Qty);

    /// Cancels an order; one that is done is left alone.
    fn cancel(&mut self, key: OrderKey);

    /// Returns what is open of an order, zero if it is done.
    fn open(&self, key: OrderKey) -> Qty;

    /// Returns a count that rises with each change of the book: where it is what it was, every order is as it was.
    fn changes(&self) -> u64;
}

/// Touches of the past that stay quoted until so many newer ones have come: a price that returns
/// finds the queue that it left.
const REMEMBERED: usize = 8;
/// A beat fills up one part in so many of what is missing.
const RECOVERY: i64 = 4;

/// What the crowd has at a price.
#[derive(Clone, Debug, Default)]
struct Level {
    wanted: i64,
    keys: Vec<OrderKey>,
}

/// One side of what the crowd quotes.
#[derive(Clone, Debug, Default)]
struct Quotes {
    levels: BTreeMap<i64, Level>,
    /// Levels of which something may be missing. To ask the book about each level at each beat is half of a quiet venue's work.
    doubted: BTreeSet<i64>,
    /// Past touches off the ladder, oldest first.
    past: Vec<i64>,
}

/// Carries a script's steps out on an order book.
#[derive(Clone, Debug)]
pub struct Crowd {
    grid: Grid,
    config: CrowdConfig,
    bids: Quotes,
    asks: Quotes,
    touch: Option<(i64, i64)>,
    pace: i64,
    /// The book's count of changes behind the last step.
    changes: u64,
}

impl Crowd {
    /// A crowd that has not quoted yet.
    #[must_use]
    pub fn new(grid: Grid, config: CrowdConfig) -> Self {
        let (bids, asks) = (Quotes::default(), Quotes::default());
        Self { grid, config, bids, asks, touch: None, pace: 1, changes: 0 }
    }

    /// Carries out one step.
    pub fn play(&mut self, step: &Step, book: &mut impl CrowdBook) {
        if book.changes() != self.changes {
            // Somebody else was there.
            for quotes in [&mut self.bids, &mut self.asks] {
                quotes.doubted.extend(quotes.levels.keys());
            }
        }
        self.carry_out(step, book);
        self.changes = book.changes();
    }

    fn carry_out(&mut self, step: &Step, book: &mut impl CrowdBook) {
        match step.kind {
            StepKind::Print(print) => self.print(&print, book),
            StepKind::Quote { bid, ask, sizes, pace } => {
                self.pace = pace;
                self.quote(bid, ask, book);
                if let Some((bid_lots, ask_lots)) = sizes {
                    self.size(Side::Buy, bid, bid_lots, book);
                    self.size(Side::Sell, ask, ask_lots, book);
                }
            }
            StepKind::Beat => self.recover(book),
            StepKind::Halt | StepKind::End => self.withdraw(book),
            StepKind::Resume => {}
        }
    }

    /// Makes a trade: the touch moves to its price, then it is taken.
    fn print(&mut self, print: &Print, book: &mut impl CrowdBook) {
        self.pace = print.pace;
        let (bid, ask) = match print.taker {
            Side::Buy => (print.price - print.spread, print.price),
            Side::Sell => (print.price, print.price + print.spread),
        };
        self.quote(bid, ask, book);
        let there = self.open(print.taker.opposite(), print.price, book);
        if there < print.lots {
            self.add(print.taker.opposite(), print.price, print.lots - there, book);
        }
        book.take(print.taker, self.grid.price(print.price), self.grid.qty(print.lots));
        // What is beyond the touch was cancelled: it trades there and nowhere else.
        self.side_mut(print.taker.opposite()).doubted.insert(print.price);
    }

    /// Moves the touch: first what is in the way is cancelled, then both sides are quoted.
    fn quote(&mut self, bid: i64, ask: i64, book: &mut impl CrowdBook) {
        if self.touch == Some((bid, ask)) {
            return;
        }
        self.touch = Some((bid, ask));
        let levels = self.config.levels;
        let sides = [(Side::Buy, bid), (Side::Sell, ask)]
            .map(|(side, touch)| (side, touch, ladder::levels(side, touch.max(1), levels)));
        for (side, touch, ladder) in &sides {
            self.clear(*side, *touch, ladder, book);
        }
        // A bid below the first tick is none.
        for (side, touch, ladder) in sides.iter().filter(|(_, touch, _)| *touch >= 1) {
            self.fill(*side, *touch, ladder, book);
        }
    }

    /// Cancels what is beyond the touch, what has left the ladder, and the oldest past touches.
    fn clear(&mut self, side: Side, touch: i64, ladder: &[i64], book: &mut impl CrowdBook) {
        let last = *ladder.last().expect("the touch is on it");
        let quotes = self.side_mut(side);
        let (beyond, outside) = match side {
            Side::Buy => (touch + 1..i64::MAX, i64::MIN..last),
            Side::Sell => (i64::MIN..touch, last + 1..i64::MAX),
        };
        let mut gone: Vec<i64> = quotes.levels.range(beyond).map(|(price, _)| *price).collect();
        gone.extend(quotes.levels.range(outside).map(|(price, _)| *price));
        quotes.past.retain(|price| !gone.contains(price));
        for price in quotes.levels.keys() {
            let known = ladder::holds(ladder, side, *price)
                || quotes.past.contains(price)
                || gone.contains(price);
            if !known {
                quotes.past.push(*price);
            }
        }
        let surplus = quotes.past.len().saturating_sub(REMEMBERED);
        gone.extend(quotes.past.drain(..surplus));
        for price in gone {
            if let Some(level) = quotes.levels.remove(&price) {
                level.keys.into_iter().for_each(|key| book.cancel(key));
            }
        }
    }

    /// Places the levels of the ladder that are not there.
    fn fill(&mut self, side: Side, touch: i64, ladder: &[i64], book: &mut impl CrowdBook) {
        for price in ladder.iter().copied() {
            if !self.side(side).levels.contains_key(&price) {
                let lots = ladder::wanted(self.config.seed, side, touch, price, self.pace);
                let quotes = self.side_mut(side);
                quotes.levels.insert(price, Level { wanted: lots, keys: Vec::new() });
                quotes.doubted.insert(price);
                self.add(side, price, lots, book);
            }
        }
    }

    /// Fills up, part by part, what others have taken; levels that were eaten whole come back.
    fn recover(&mut self, book: &mut impl CrowdBook) {
        for side in [Side::Buy, Side::Sell] {
            let mut doubted = self.side(side).doubted.first().copied();
            while let Some(price) = doubted {
                doubted = self.side(side).doubted.range(price + 1..).next().copied();
                let level = self.side(side).levels.get(&price);
                let wanted = level.map_or(0, |level| level.wanted);
                let missing = wanted - self.open(side, price, book);
                if missing > 0 {
                    self.add(side, price, (missing / RECOVERY).max(1), book);
                } else {
                    self.side_mut(side).doubted.remove(&price);
                }
            }
        }
    }

    /// Brings a touch to the size that the source quotes there.
    fn size(&mut self, side: Side, price: i64, lots: i64, book: &mut impl CrowdBook) {
        let open = self.open(side, price, book);
        if open > lots
            && let Some(level) = self.side_mut(side).levels.get_mut(&price)
        {
            std::mem::take(&mut level.keys).into_iter().for_each(|key| book.cancel(key));
            self.add(side, price, lots, book);
        } else if open < lots {
            self.add(side, price, lots - open, book);
        }
        if let Some(level) = self.side_mut(side).levels.get_mut(&price) {
            level.wanted = lots;
        }
        self.side_mut(side).doubted.insert(price);
    }

    /// Cancels everything.
    fn withdraw(&mut self, book: &mut impl CrowdBook) {
        self.touch = None;
        for quotes in [&mut self.bids, &mut self.asks] {
            for level in std::mem::take(quotes).levels.into_values() {
                level.keys.into_iter().for_each(|key| book.cancel(key));
            }
        }
    }

    /// Places lots at a level of the crowd, behind what is there.
    fn add(&mut self, side: Side, price: i64, lots: i64, book: &mut impl CrowdBook) {
        let key = book.rest(side, self.grid.price(price), self.grid.qty(lots));
        let level = self.side_mut(side).levels.entry(price).or_default();
        level.keys.retain(|key| !book.open(*key).is_zero());
        level.keys.extend(key);
    }

    /// Returns what is open of the crowd's orders at a price, in lots.
    fn open(&self, side: Side, price: i64, book: &impl CrowdBook) -> i64 {
        let level = self.side(side).levels.get(&price);
        let keys = level.map(|level| level.keys.as_slice()).unwrap_or_default();
        keys.iter().map(|key| self.grid.lots(book.open(*key))).sum()
    }

    const fn side(&self, side: Side) -> &Quotes {
        match side {
            Side::Buy => &self.bids,
            Side::Sell => &self.asks,
        }
    }

    const fn side_mut(&mut self, side: Side) -> &mut Quotes {
        match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        }
    }
}
