//! Two stories that differ in one thing each.

use std::collections::BTreeSet;

use sim::instruments::Catalogue;
use types::bar::Bar;
use types::decision::{
    Action, Decision, Odds, Reason, ReasonCode, Refusal, RefusalCode, ScoreReason,
};
use types::entry::{Body, Command, CommandAction, Entry, Refused, Report, ReportEvent, Source};
use types::fill::{Fee, Fill, Liquidity};
use types::ids::{JournalId, Leg, OrderId, Seq, SymbolId};
use types::market::{Direction, Regime, Score, Timeframe, TsNanos};
use types::num::{Price, Qty};
use types::order::{OrderKind, OrderRequest, TimeInForce};
use types::side::Side;

use super::cause::Cause;
use super::*;

const SYMBOL: SymbolId = SymbolId(0);
const HOUR: i64 = 3_600_000_000_000;
const SECOND: i64 = 1_000_000_000;

fn hour(n: i64) -> TsNanos {
    TsNanos::from_nanos(n * HOUR)
}

fn price(units: i64) -> Price {
    Price::from_raw(units * 100_000_000)
}

/// Tells a story entry by entry.
struct Teller {
    story: Story,
    seq: u64,
    now: TsNanos,
}

impl Teller {
    /// Begins: a configuration, one symbol, and the first instant.
    fn new(config: &str) -> Self {
        let mut teller = Self { story: Story::default(), seq: 0, now: TsNanos::EPOCH };
        teller.say(Body::Genesis { journal: JournalId::default(), seed: 1 });
        teller.say(Body::Config { toml: config.to_owned() });
        teller.say(Body::Instruments(vec![Catalogue::embedded().rows()[0].clone()]));
        teller.hour(0, 100);
        teller
    }

    fn say(&mut self, body: Body) -> Seq {
        self.seq += 1;
        let (seq, ts) = (Seq(self.seq), self.now);
        self.story.on_entry(&Entry { seq, ts_event: ts, ts, source: Source::Hub, body });
        seq
    }

    /// Closes the hour that begins at `n`.
    fn hour(&mut self, n: i64, close: i64) {
        let close = price(close);
        let (low, high) = (price(90), price(110));
        let bar = Bar { open_time: hour(n), open: close, high, low, close, volume: None };
        self.now = hour(n + 1);
        self.say(Body::Bar { symbol: SYMBOL, timeframe: Timeframe::H1, bar });
        self.say(Body::InstantClosed { at: self.now });
    }

    fn decide(&mut self, reason: Reason, action: Action) -> Seq {
        self.say(Body::Decision(Decision { symbol: Some(SYMBOL), action, reason }))
    }

    fn enter(&mut self, qty: i64) -> Seq {
        let action = Action::Enter {
            direction: Direction::Long,
            qty: Qty::from_raw(qty),
            limit: None,
            protection: None,
            expires: None,
        };
        self.decide(Reason::word(ReasonCode::Enter), action)
    }

    fn place(&mut self, cause: Seq, kind: OrderKind, tif: TimeInForce) -> OrderId {
        let order = OrderId::first(Seq(self.seq + 1), Leg::Main);
        let request = OrderRequest {
            symbol: SYMBOL,
            side: Side::Buy,
            kind,
            qty: Qty::from_raw(100_000_000),
            tif,
            reduce_only: false,
        };
        self.say(Body::Command(Command { order, cause, action: CommandAction::Place(request) }));
        order
    }

    fn report(&mut self, order: OrderId, event: ReportEvent) {
        self.say(Body::Report(Report { order: Some(order), event }));
    }

    /// Fills an order whole, so long after the instant, with a fee in parts of ten thousand.
    fn fill(&mut self, order: OrderId, at: i64, units: i64, bps: i64) {
        self.now = self.now.plus(at);
        let (qty, price) = (Qty::from_raw(100_000_000), price(units));
        let fee = Fee::Base(Qty::from_raw(qty.raw() / 10_000 * bps));
        let fill = Fill {
            order: Some(order),
            trade_id: self.seq,
            symbol: SYMBOL,
            side: Side::Buy,
            qty,
            price,
            fee,
            liquidity: Liquidity::Taker,
        };
        self.report(order, ReportEvent::Filled(fill));
    }
}

/// The causes of the differences between two stories, in their order.
fn causes(a: impl FnOnce(&mut Teller), b: impl FnOnce(&mut Teller)) -> Vec<Cause> {
    let tell = |tell: &mut dyn FnMut(&mut Teller)| {
        let mut teller = Teller::new("x = 1");
        tell(&mut teller);
        // A common end: what comes after an instant belongs to the period, and the bar it came in is known.
        teller.hour(1, 100);
        teller.hour(2, 100);
        teller.story
    };
    let (mut a, mut b) = (Some(a), Some(b));
    let a = tell(&mut |teller| a.take().unwrap()(teller));
    let b = tell(&mut |teller| b.take().unwrap()(teller));
    compare(&a, &b).differences.iter().map(|difference| difference.cause).collect()
}

/// An entry of the walk: taken whole at the close of the hour.
fn walked(teller: &mut Teller) {
    let cause = teller.enter(7);
    let order = teller.place(cause, OrderKind::Market, TimeInForce::Ioc);
    teller.fill(order, 0, 100, 10);
}

/// The same with another end.
fn ended(event: ReportEvent) -> impl FnOnce(&mut Teller) {
    move |teller| {
        let cause = teller.enter(7);
        let order = teller.place(cause, OrderKind::Market, TimeInForce::Ioc);
        teller.report(order, event);
    }
}

/// The same with another fill.
fn filled(at: i64, units: i64, bps: i64) -> impl FnOnce(&mut Teller) {
    move |teller| {
        let cause = teller.enter(7);
        let order = teller.place(cause, OrderKind::Market, TimeInForce::Ioc);
        teller.fill(order, at, units, bps);
    }
}

#[test]
fn the_same_story_has_no_difference() {
    assert_eq!(causes(walked, walked), []);
    assert_eq!(causes(filled(SECOND, 100, 10), walked), [], "a moment later in the same bar");
}

#[test]
fn a_decision_that_nothing_explains_is_unknown() {
    let nothing = |teller: &mut Teller| {
        teller.decide(Reason::word(ReasonCode::NoSignal), Action::Nothing);
    };
    let enters = |teller: &mut Teller| {
        teller.enter(7);
    };
    assert_eq!(causes(nothing, enters), [Cause::Unknown]);
    assert_eq!(causes(|_| {}, enters), [Cause::Unknown], "only in one");
    let more = |teller: &mut Teller| {
        teller.enter(8);
    };
    assert_eq!(causes(enters, more), [Cause::Unknown], "another size");
}

fn scored(at: i64) -> Reason {
    let score = ScoreReason {
        direction: Some(Direction::Long),
        score: Score::new(50.0).unwrap(),
        sum: 0.5 + at as f64,
        regime: Regime::Bull,
        trend: 0.0,
        volatility: 0.5,
        contributions: Vec::new(),
        patterns: Vec::new(),
    };
    Reason { score: Some(Box::new(score)), ..Reason::word(ReasonCode::BelowThreshold) }
}

fn with_odds(outcomes: f64) -> Reason {
    let odds =
        Odds { p: 0.5, outcomes, target_ratio: 2.0, cost: 0.1, edge: 0.1, uncalibrated: true };
    Reason { odds: Some(Box::new(odds)), ..scored(0) }
}

#[test]
fn what_one_run_learnt_before_the_other_began_has_a_name() {
    let tell = |outcomes: f64| {
        let mut teller = Teller::new("x = 1");
        teller.decide(scored(0), Action::Nothing);
        teller.hour(1, 100);
        teller.decide(with_odds(outcomes), Action::Nothing);
        teller.story
    };
    let causes = |a: &Story, b: &Story| -> Vec<Cause> {
        compare(a, b).differences.iter().map(|found| found.cause).collect()
    };
    let (earlier, mut later) = (tell(1.0), tell(0.0));
    assert_eq!(causes(&earlier, &later), [Cause::Unknown], "both have scanned as often");
    let first = later.instants.remove(0);
    later.decisions.retain(|(at, _), _| *at != first);
    assert_eq!(causes(&earlier, &later), [Cause::EarlierScan]);
    assert_eq!(causes(&later, &earlier), [Cause::EarlierScan]);
}

#[test]
fn a_first_scan_that_one_run_alone_makes_has_a_name_and_one_that_never_comes_has_none() {
    let tell = |instants: &[Option<Reason>]| {
        let mut teller = Teller::new("x = 1");
        for (hour, reason) in (1..).zip(instants) {
            // Warm, or not yet: then nothing is scored.
            let reason = reason.clone().unwrap_or_else(|| Reason::word(ReasonCode::BelowThreshold));
            teller.decide(reason, Action::Nothing);
            teller.hour(hour, 100);
        }
        teller.story
    };
    let causes = |a: &Story, b: &Story| -> Vec<Cause> {
        compare(a, b).differences.iter().map(|found| found.cause).collect()
    };
    let early = tell(&[Some(scored(0)), Some(with_odds(1.0))]);
    let late = tell(&[None, Some(with_odds(0.0))]);
    // What was learnt from it differs, too.
    assert_eq!(causes(&early, &late), [Cause::FirstScan; 2]);
    assert_eq!(causes(&late, &early), [Cause::FirstScan; 2]);
    let never = tell(&[None, None]);
    assert_eq!(causes(&early, &never), [Cause::Unknown; 2]);
    // Once both scan, a scan that lacks is nobody's start.
    let (steady, gap) = ([Some(scored(0)), Some(scored(0))], [Some(scored(0)), None]);
    assert_eq!(causes(&tell(&steady), &tell(&gap)), [Cause::Unknown]);
}

#[test]
fn other_books_explain_a_size_and_never_a_score() {
    let later = |units: i64, reason: Reason, qty: i64| {
        move |teller: &mut Teller| {
            filled(0, units, 10)(teller);
            teller.hour(1, 100);
            teller.decide(reason, Action::Nothing);
            teller.enter(qty);
        }
    };
    let same = causes(later(100, scored(0), 7), later(101, scored(0), 8));
    assert_eq!(same, [Cause::Costs, Cause::Books]);
    let score = causes(later(100, scored(0), 7), later(101, scored(1), 7));
    assert_eq!(score, [Cause::Costs, Cause::Unknown]);
    // Odds may follow from other books, a score from bars alone.
    let with = with_odds(1.0);
    let found = causes(later(100, scored(0), 7), later(101, with, 7));
    assert_eq!(found, [Cause::Costs, Cause::Books]);
}

#[test]
fn what_became_of_an_order_has_a_name() {
    let rejected = || ended(ReportEvent::Rejected("LOT_SIZE".to_owned()));
    assert_eq!(causes(walked, rejected()), [Cause::Rejected]);
    assert_eq!(causes(walked, ended(ReportEvent::Accepted)), [Cause::Ended]);
    // Both walk along the same bar: one fills and the other does not.
    assert_eq!(causes(walked, ended(ReportEvent::Expired)), [Cause::Unknown]);
    // A book fills within the second, or not at all.
    let book = || filled(SECOND, 101, 10);
    assert_eq!(causes(book(), ended(ReportEvent::Expired)), [Cause::BookVsWalk]);
    assert_eq!(causes(walked, book()), [Cause::BookVsWalk]);
    assert_eq!(causes(walked, filled(SECOND, 150, 10)), [Cause::Unknown], "outside of its bar");
    assert_eq!(causes(walked, filled(0, 101, 10)), [Cause::Costs]);
    assert_eq!(causes(walked, filled(0, 109, 10)), [Cause::Unknown], "no spread is that wide");
    assert_eq!(causes(walked, filled(0, 100, 12)), [Cause::Fee]);
    assert_eq!(causes(walked, filled(HOUR, 100, 10)), [Cause::Latency]);
}

#[test]
fn an_order_that_one_run_lacks_has_a_name() {
    let refused = |teller: &mut Teller| {
        let cause = teller.enter(7);
        let refusal = Refusal::word(RefusalCode::Paused);
        teller.say(Body::Refused(Refused { cause, symbol: SYMBOL, refusal }));
    };
    assert_eq!(causes(walked, refused), [Cause::Refused]);
    let silent = |teller: &mut Teller| {
        teller.enter(7);
    };
    assert_eq!(causes(walked, silent), [Cause::Unknown]);
    let other = |teller: &mut Teller| {
        teller.decide(Reason::word(ReasonCode::NoSignal), Action::Nothing);
    };
    assert_eq!(causes(walked, other), [Cause::Unknown, Cause::Decision]);
}

#[test]
fn entries_at_the_touch_are_priced_anew_and_styled_otherwise() {
    let touch = |teller: &mut Teller| {
        let cause = teller.enter(7);
        let first = teller.place(cause, OrderKind::Limit { price: price(99) }, TimeInForce::Gtc);
        teller.report(first, ReportEvent::Cancelled);
        let second = teller.place(cause, OrderKind::Limit { price: price(100) }, TimeInForce::Gtc);
        teller.fill(second, SECOND, 100, 10);
    };
    let found: BTreeSet<Cause> = causes(walked, touch).into_iter().collect();
    let wanted = [Cause::OrderStyle, Cause::QuoteReprice, Cause::BookVsWalk];
    assert_eq!(found, wanted.into_iter().collect());
    let other = |teller: &mut Teller| {
        let cause = teller.enter(7);
        let first = teller.place(cause, OrderKind::Limit { price: price(98) }, TimeInForce::Gtc);
        teller.report(first, ReportEvent::Cancelled);
        let second = teller.place(cause, OrderKind::Limit { price: price(100) }, TimeInForce::Gtc);
        teller.fill(second, SECOND, 100, 10);
    };
    assert_eq!(causes(touch, other), [Cause::Quote]);
}

#[test]
fn what_went_in_differently_is_named_before_anything_else() {
    let tell = |config: &str, closes: [i64; 2], qty: i64| {
        let mut teller = Teller::new(config);
        for (n, close) in (1..).zip(closes) {
            teller.hour(n, close);
            teller.enter(qty);
        }
        teller.story
    };
    let base = tell("x = 1", [100, 100], 7);
    for (other, wanted) in [
        (tell("x = 2", [100, 100], 8), vec![Cause::Configuration; 2]),
        // The first of the two is not touched by what comes later.
        (tell("x = 1", [100, 101], 8), vec![Cause::Unknown, Cause::DifferentBar]),
        (tell("x = 1", [101, 100], 8), vec![Cause::DifferentBar; 2]),
    ] {
        let parity = compare(&base, &other);
        let found: Vec<Cause> = parity.differences.iter().map(|found| found.cause).collect();
        assert_eq!(found, wanted, "{:?}", parity.inputs);
    }
    let mut gap = Teller::new("x = 1");
    gap.hour(2, 100);
    gap.enter(7);
    let parity = compare(&base, &gap.story);
    let found: BTreeSet<Cause> = parity.differences.iter().map(|found| found.cause).collect();
    assert_eq!(found, [Cause::MissingBar].into_iter().collect());
}

#[test]
fn names_of_causes_are_their_own() {
    let words: BTreeSet<&str> = Cause::ALL.iter().map(|cause| cause.word()).collect();
    assert_eq!(words.len(), Cause::ALL.len());
    for cause in Cause::ALL {
        assert_eq!(serde_json::to_value(cause).unwrap(), cause.word());
    }
}
