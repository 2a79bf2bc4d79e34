//! The crowd on a small book of its own: bars rebuilt from its trades, order of the book, recovery.

use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};

use proptest::prelude::*;
use sim::data::{
    DataError, Quality, Row, RowSource, Tick, TickKind, TickReader, TickSource, TimeframeFrom,
};
use sim::market::crowd::{Crowd, CrowdBook, CrowdConfig, Grid, OrderKey, Script, Step, StepKind};
use types::bar::Bar;
use types::ids::Symbol;
use types::market::{Timeframe, TsNanos};
use types::num::{Price, Qty};
use types::side::Side;

use crate::support::shared;

/// A trade of the book: when, price, quantity.
type Trade = (TsNanos, Price, Qty);

/// Price-time priority and nothing else. Keys below 1,000 are of the tests, not of the crowd.
#[derive(Default)]
struct Book {
    bids: BTreeMap<i64, VecDeque<(OrderKey, i64)>>,
    asks: BTreeMap<i64, VecDeque<(OrderKey, i64)>>,
    keys: OrderKey,
    places: BTreeMap<OrderKey, (Side, i64)>,
    now: TsNanos,
    trades: Vec<Trade>,
    /// What was filled of the tests' own orders.
    ours: BTreeMap<OrderKey, i64>,
    changes: u64,
    /// Never says that it is unchanged.
    restless: bool,
    asked: Cell<u64>,
}

impl Book {
    fn side(&mut self, side: Side) -> &mut BTreeMap<i64, VecDeque<(OrderKey, i64)>> {
        match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        }
    }

    fn best(&self, side: Side) -> Option<i64> {
        match side {
            Side::Buy => self.bids.keys().next_back().copied(),
            Side::Sell => self.asks.keys().next().copied(),
        }
    }

    fn depth(&self, side: Side) -> i64 {
        let levels = if side == Side::Buy { &self.bids } else { &self.asks };
        levels.values().flatten().map(|(_, qty)| qty).sum()
    }

    fn cross(&mut self, side: Side, price: i64, mut qty: i64) -> i64 {
        while qty > 0 {
            let Some(best) = self.best(side.opposite()) else { break };
            let crosses = if side == Side::Buy { best <= price } else { best >= price };
            if !crosses {
                break;
            }
            let queue = self.side(side.opposite()).get_mut(&best).expect("a level");
            let (key, open) = queue.front_mut().expect("no level is empty");
            let done = qty.min(*open);
            (*open, qty) = (*open - done, qty - done);
            let key = *key;
            if *open == 0 {
                queue.pop_front();
                if queue.is_empty() {
                    self.side(side.opposite()).remove(&best);
                }
            }
            if key < 1_000 {
                *self.ours.entry(key).or_default() += done;
            }
            self.trades.push((self.now, Price::from_raw(best), Qty::from_raw(done)));
            self.changes += 1;
        }
        qty
    }

    fn place(&mut self, key: OrderKey, side: Side, price: i64, qty: i64) {
        let left = self.cross(side, price, qty);
        if left > 0 {
            self.side(side).entry(price).or_default().push_back((key, left));
            self.places.insert(key, (side, price));
            self.changes += 1;
        }
    }

    fn check(&self) {
        if let (Some(bid), Some(ask)) = (self.best(Side::Buy), self.best(Side::Sell)) {
            assert!(bid < ask, "crossed at {}: {bid} {ask}", self.now);
        }
    }
}

impl CrowdBook for Book {
    fn rest(&mut self, side: Side, price: Price, qty: Qty) -> Option<OrderKey> {
        assert!(price.is_positive() && qty.is_positive());
        self.keys += 1;
        let key = 1_000 + self.keys;
        self.place(key, side, price.raw(), qty.raw());
        Some(key)
    }

    fn take(&mut self, side: Side, price: Price, qty: Qty) {
        self.cross(side, price.raw(), qty.raw());
    }

    fn cancel(&mut self, key: OrderKey) {
        let Some((side, price)) = self.places.remove(&key) else { return };
        self.changes += 1;
        if let Some(queue) = self.side(side).get_mut(&price) {
            queue.retain(|(other, _)| *other != key);
            if queue.is_empty() {
                self.side(side).remove(&price);
            }
        }
    }

    fn open(&self, key: OrderKey) -> Qty {
        let Some((side, price)) = self.places.get(&key) else { return Qty::ZERO };
        let levels = if *side == Side::Buy { &self.bids } else { &self.asks };
        let queue = levels.get(price).into_iter().flatten();
        Qty::from_raw(queue.filter(|(other, _)| *other == key).map(|(_, qty)| qty).sum())
    }

    fn changes(&self) -> u64 {
        self.asked.set(self.asked.get() + u64::from(self.restless));
        self.changes + self.asked.get()
    }
}

/// Bars in memory as a source.
#[derive(Debug)]
struct Bars(VecDeque<Bar>, Quality);

impl Bars {
    fn boxed(bars: &[Bar]) -> Box<dyn RowSource> {
        let quality = Quality::new(symbol(), Timeframe::M1, TimeframeFrom::Configuration);
        Box::new(Self(bars.iter().copied().collect(), quality))
    }
}

impl RowSource for Bars {
    fn next_row(&mut self) -> Result<Option<Row>, DataError> {
        Ok(self.0.pop_front().map(Row::of_bar))
    }

    fn quality(&self) -> &Quality {
        &self.1
    }
}

/// Ticks in memory as a source.
#[derive(Debug)]
struct Ticks(VecDeque<Tick>);

impl TickSource for Ticks {
    fn next_tick(&mut self) -> Result<Option<Tick>, DataError> {
        Ok(self.0.pop_front())
    }
}

fn symbol() -> Symbol {
    Symbol::new("BTCUSDT").expect("a symbol")
}

fn grid() -> Grid {
    Grid::new(Price::from_raw(1_000_000), Qty::from_raw(1_000)).expect("above zero")
}

fn minute(n: i64) -> TsNanos {
    TsNanos::from_nanos(1_704_067_200_000_000_000).plus(n * Timeframe::M1.nanos())
}

/// A bar of whole ticks and lots.
fn bar(n: i64, (open, high, low, close): (i64, i64, i64, i64), lots: i64) -> Bar {
    let price = |ticks| Price::from_raw(ticks * 1_000_000);
    #[expect(clippy::cast_precision_loss, reason = "small")]
    let volume = lots as f64 * 1e-5;
    let (open, high, low, close) = (price(open), price(high), price(low), price(close));
    Bar { open_time: minute(n), open, high, low, close, volume: Some(volume) }
}

fn script(bars: &[Bar], config: CrowdConfig) -> Script {
    Script::of_bars(symbol(), Bars::boxed(bars), Timeframe::M1, grid(), config).expect("a script")
}

/// Plays a whole script; `each` sees the book after every step.
fn play(script: Script, config: CrowdConfig, each: impl FnMut(&Step, &mut Book)) -> Book {
    play_on(Book::default(), script, config, each)
}

fn play_on(
    mut book: Book,
    mut script: Script,
    config: CrowdConfig,
    mut each: impl FnMut(&Step, &mut Book),
) -> Book {
    let mut crowd = Crowd::new(grid(), config);
    while let Some(step) = script.next_step().expect("no file is read") {
        assert!(step.at >= book.now, "{step:?} after {}", book.now);
        book.now = step.at;
        crowd.play(&step, &mut book);
        book.check();
        each(&step, &mut book);
    }
    book
}

/// Builds one-minute bars from trades.
fn rebuilt(trades: &[Trade]) -> Vec<Bar> {
    let mut bars: Vec<(Bar, i64)> = Vec::new();
    for (at, price, qty) in trades {
        let open_time = Timeframe::M1.open_of(*at);
        match bars.last_mut().filter(|(bar, _)| bar.open_time == open_time) {
            Some((bar, raw)) => {
                bar.high = bar.high.max(*price);
                bar.low = bar.low.min(*price);
                bar.close = *price;
                *raw += qty.raw();
            }
            None => {
                let (open, high, low, close) = (*price, *price, *price, *price);
                bars.push((Bar { open_time, open, high, low, close, volume: None }, qty.raw()));
            }
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "small")]
    let finish = |(bar, raw)| Bar { volume: Some(raw as f64 / 1e8), ..bar };
    bars.into_iter().map(finish).collect()
}

fn any_bars() -> impl Strategy<Value = Vec<Bar>> {
    let one =
        (1_i64..3, -400_i64..400, 0_i64..300, 0_i64..300, prop_oneof![Just(0_i64), 4..50_000_i64]);
    (prop_oneof![Just(30_i64), Just(5_000), Just(4_000_000)], proptest::collection::vec(one, 1..12))
        .prop_map(|(start, moves)| {
            let (mut at, mut n, mut bars) = (start, 0, Vec::new());
            for (skip, change, up, down, lots) in moves {
                let close = (at + change).max(1);
                let (high, low) = (at.max(close) + up, (at.min(close) - down).max(1));
                bars.push(bar(n, (at, high, low, close), lots));
                (at, n) = (close, n + skip);
            }
            bars
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(200), ..ProptestConfig::default() })]

    #[test]
    fn bars_built_from_the_trades_are_the_bars_of_the_source(bars in any_bars(), seed in 0_u64..50) {
        let config = CrowdConfig { seed, ..CrowdConfig::default() };
        let book = play(script(&bars, config), config, |_, _| {});
        let wanted: Vec<Bar> =
            bars.iter().filter(|bar| bar.volume.is_some_and(|volume| volume > 0.0)).copied().collect();
        let seen = rebuilt(&book.trades);
        prop_assert_eq!(seen.len(), wanted.len());
        for (seen, wanted) in seen.iter().zip(&wanted) {
            let prices = |bar: &Bar| (bar.open_time, bar.open, bar.high, bar.low, bar.close);
            prop_assert_eq!(prices(seen), prices(wanted));
            let off = seen.volume.unwrap_or(0.0) - wanted.volume.unwrap_or(0.0);
            prop_assert!(off.abs() < 1e-9, "volume {:?} {:?}", seen.volume, wanted.volume);
        }
    }

    #[test]
    fn a_crowd_that_looks_where_something_changed_does_what_one_does_that_looks_everywhere(
        bars in any_bars(),
        seed in 0_u64..50,
        strangers in proptest::collection::vec((0_usize..200, any::<bool>(), -30_i64..30, 1_i64..50_000), 0..20),
    ) {
        let config = CrowdConfig { seed, ..CrowdConfig::default() };
        let play = |restless| {
            let (mut steps, mut books) = (0, Vec::new());
            let book = Book { restless, ..Book::default() };
            let each = |_: &Step, book: &mut Book| {
                for (n, (_, buys, ticks, lots)) in (0..).zip(&strangers).filter(|(_, (at, ..))| *at == steps) {
                    let side = if *buys { Side::Buy } else { Side::Sell };
                    let Some(best) = book.best(side.opposite()) else { continue };
                    book.place(n, side, (best + ticks * 1_000_000).max(1_000_000), lots * 1_000);
                }
                steps += 1;
                books.push((book.bids.clone(), book.asks.clone()));
            };
            let book = play_on(book, script(&bars, config), config, each);
            (books, book.trades)
        };
        prop_assert_eq!(play(false), play(true));
    }
}

#[test]
fn a_bar_is_played_the_same_wherever_the_run_begins() {
    let bars: Vec<Bar> =
        (0..6).map(|n| bar(n, (5_000 + n, 5_020 + n, 4_990 + n, 5_001 + n), 700)).collect();
    let prints = |bars: &[Bar]| {
        let mut steps = Vec::new();
        let mut script = script(bars, CrowdConfig::default());
        while let Some(step) = script.next_step().expect("no file") {
            if matches!(step.kind, StepKind::Print(_)) {
                steps.push(step);
            }
        }
        steps
    };
    let (all, late) = (prints(&bars), prints(&bars[3..]));
    // Who takes the first trade of a run, nobody before it tells.
    assert!(late.len() > 20 && all.ends_with(&late[1..]));
    let other = CrowdConfig { seed: 9, ..CrowdConfig::default() };
    let first = |config| script(&bars, config).next_step().map(|_| ());
    first(other).expect("a script");
    assert_ne!(
        play(script(&bars, other), other, |_, _| {}).trades,
        play(script(&bars, CrowdConfig::default()), CrowdConfig::default(), |_, _| {}).trades
    );
}

#[test]
fn a_missing_bar_is_silence_and_a_long_gap_a_halt() {
    let flat = |n| bar(n, (5_000, 5_010, 4_990, 5_000), 900);
    let config = CrowdConfig { halt_after_minutes: 5, ..CrowdConfig::default() };
    let bars = [flat(0), flat(2), flat(10)];
    let mut halted = Vec::new();
    let book = play(script(&bars, config), config, |step, book| {
        match step.kind {
            StepKind::Halt | StepKind::Resume => halted.push((step.at, step.kind)),
            StepKind::Print(_) | StepKind::Quote { .. } | StepKind::Beat | StepKind::End => {}
        }
        let quoted = book.best(Side::Buy).is_some() && book.best(Side::Sell).is_some();
        let silent = matches!(step.kind, StepKind::Halt | StepKind::Resume | StepKind::End);
        assert_eq!(quoted, !silent, "{step:?}");
    });
    assert_eq!(halted, [(minute(3), StepKind::Halt), (minute(10), StepKind::Resume)]);
    let in_gap =
        |at: TsNanos| (at >= minute(1) && at < minute(2)) || (at >= minute(3) && at < minute(10));
    assert!(!book.trades.iter().any(|(at, _, _)| in_gap(*at)));
    assert!(book.bids.is_empty() && book.asks.is_empty(), "nothing is quoted after the end");
}

#[test]
fn a_minute_without_volume_has_quotes_and_no_trade() {
    let config = CrowdConfig::default();
    let bars = [bar(0, (5_000, 5_000, 5_000, 5_000), 0)];
    let mut quoted = 0;
    let book = play(script(&bars, config), config, |_, book| {
        quoted += usize::from(book.best(Side::Buy).is_some());
    });
    assert!(book.trades.is_empty() && quoted > 30);
}

#[test]
fn what_is_taken_is_missing_and_comes_back_beat_by_beat() {
    let config = CrowdConfig { trades_per_minute: 1, ..CrowdConfig::default() };
    let bars =
        [bar(0, (5_000, 5_000, 5_000, 5_000), 60_000), bar(1, (5_000, 5_000, 5_000, 5_000), 0)];
    let mut depths = Vec::new();
    play(script(&bars, config), config, |step, book| {
        if step.at >= minute(1) {
            if depths.is_empty() {
                let before = book.depth(Side::Sell);
                let price = book.best(Side::Sell).expect("an ask") + 200_000_000;
                let left = book.cross(Side::Buy, price, before / 4);
                assert_eq!(left, 0);
                depths.push(before);
            }
            depths.push(book.depth(Side::Sell));
        }
    });
    assert!(depths[1] < depths[0], "the book shows what was taken: {depths:?}");
    let end = depths[depths.len() - 2];
    assert!(depths[2] > depths[1] && depths[2] < depths[0], "a beat brings a part: {depths:?}");
    assert!(end * 100 > depths[0] * 99, "and in a minute it is back: {depths:?}");
}

#[test]
fn an_order_of_ours_waits_behind_the_queue_and_is_filled_in_parts() {
    let config = CrowdConfig::default();
    let (flat, down) = ((4_960, 4_960, 4_960, 4_960), (5_000, 5_000, 4_960, 4_960));
    let bars =
        [bar(0, (5_000, 5_000, 5_000, 5_000), 4_000), bar(1, down, 4_000), bar(2, flat, 12_000)];
    let (mut fills, mut before_ours) = (Vec::new(), 0);
    play(script(&bars, config), config, |step, book| {
        if step.at >= minute(1) && fills.is_empty() {
            // At the low of the bar to come, behind the crowd's level there.
            book.place(1, Side::Buy, 4_960 * 1_000_000, 1_500_000);
            fills.push(0);
        }
        let filled = book.ours.get(&1).copied().unwrap_or(0);
        if filled == 0 {
            let low = Price::from_raw(4_960 * 1_000_000);
            before_ours = book.trades.iter().filter(|(_, price, _)| *price == low).count();
        } else if fills.last() != Some(&filled) {
            fills.push(filled);
        }
    });
    assert!(before_ours > 0, "those who were there before are met first");
    assert!(fills.len() > 3 && fills.is_sorted(), "in parts: {fills:?}");
}

#[test]
fn recorded_trades_are_printed_as_they_are() {
    let config = CrowdConfig::default();
    let tick = |ms: i64, price: i64, qty: i64, taker| Tick {
        at: minute(0).plus(ms * 1_000_000),
        kind: TickKind::Trade {
            price: Price::from_raw(price * 1_000_000),
            qty: Qty::from_raw(qty * 1_000),
            taker,
        },
    };
    let ticks = [
        tick(0, 5_000, 3, Some(Side::Buy)),
        tick(700, 5_004, 9, Some(Side::Buy)),
        tick(700, 4_999, 40, Some(Side::Sell)),
        tick(90_000, 4_998, 5, None),
        tick(2_000_000, 5_100, 5, None),
    ];
    let source = Box::new(Ticks(ticks.iter().copied().collect()));
    let script = Script::of_ticks(symbol(), source, grid(), config).expect("a script");
    let mut halts = 0;
    let book = play(script, config, |step, _| halts += i32::from(step.kind == StepKind::Halt));
    let wanted: Vec<Trade> = ticks
        .iter()
        .map(|tick| match tick.kind {
            TickKind::Trade { price, qty, .. } => (tick.at, price, qty),
            TickKind::Quote { .. } => unreachable!("there are trades only"),
        })
        .collect();
    let mut seen: Vec<Trade> = Vec::new();
    for (at, price, qty) in book.trades {
        match seen.last_mut().filter(|last| (last.0, last.1) == (at, price)) {
            Some(last) => last.2 += qty,
            None => seen.push((at, price, qty)),
        }
    }
    assert_eq!(seen, wanted);
    assert_eq!(halts, 1, "half an hour of silence");
}

#[test]
fn recorded_quotes_are_the_touch_and_print_a_lot_when_they_move() {
    let config = CrowdConfig::default();
    let quote = |ms: i64, bid: i64, ask: i64| Tick {
        at: minute(0).plus(ms * 1_000_000),
        kind: TickKind::Quote {
            bid: Price::from_raw(bid * 1_000_000),
            ask: Price::from_raw(ask * 1_000_000),
            sizes: Some((Qty::from_raw(70_000), Qty::from_raw(5_000))),
        },
    };
    let ticks = [quote(0, 5_000, 5_007), quote(400, 5_000, 5_007), quote(800, 4_990, 4_992)];
    let source = Box::new(Ticks(ticks.into()));
    let script = Script::of_ticks(symbol(), source, grid(), config).expect("a script");
    let mut touches = Vec::new();
    let book = play(script, config, |step, book| {
        if matches!(step.kind, StepKind::Quote { .. }) {
            let (bid, ask) =
                (book.best(Side::Buy).expect("bid"), book.best(Side::Sell).expect("ask"));
            touches.push((
                bid / 1_000_000,
                ask / 1_000_000,
                book.asks[&ask].iter().map(|o| o.1).sum::<i64>(),
            ));
        }
    });
    assert_eq!(touches, [(5_000, 5_007, 5_000), (5_000, 5_007, 5_000), (4_990, 4_992, 5_000)]);
    let prices: Vec<(i64, i64)> =
        book.trades.iter().map(|(_, price, qty)| (price.raw() / 1_000_000, qty.raw())).collect();
    assert_eq!(prices, [(5_007, 1_000), (4_990, 1_000)]);
}

#[test]
fn recorded_ticks_of_public_files_are_read() {
    let test = "recorded_ticks_of_public_files_are_read";
    for (file, rows, halts_wanted) in [
        ("samples/binance-BTCUSDT-trades-2021-01-08.csv.gz", 2_001, false),
        ("samples/binance-BTCUSDT-quotes-2021-01-08.csv.gz", 451, false),
        // Its longest silence is 8.2 minutes.
        ("samples/binance-XRPETH-aggtrades-2019-10.csv.gz", 12_477, false),
        ("samples/kraken-BCHEUR-trades-full.csv.gz", 148, true),
    ] {
        let Some(path) = shared(test, file) else { return };
        assert!(TickReader::knows(&path).expect("a file"), "{file}");
        let mut reader = TickReader::new(vec![path.clone()]);
        let mut count = 0;
        while reader.next_tick().expect("a good file").is_some() {
            count += 1;
        }
        assert_eq!((count, reader.left_out().0), (rows, 0), "{file}");
        let ticks = Box::new(TickReader::new(vec![path]));
        let grid = Grid::new(Price::STEP, Qty::STEP).expect("above zero");
        let mut script =
            Script::of_ticks(symbol(), ticks, grid, CrowdConfig::default()).expect("a script");
        let mut halts = 0;
        while let Some(step) = script.next_step().expect("a good file") {
            halts += i32::from(step.kind == StepKind::Halt);
        }
        assert_eq!(halts > 0, halts_wanted, "{file}");
    }
}
