//! When something is due, what waits for what, and what a life that begins takes over.

use types::entry::{Body, Entry, Mode, ModeCause, Source, SystemMode};
use types::ids::Seq;
use types::market::TsNanos;

use super::desk::{Desk, SYMBOL, instrument};
use super::steps::{PLACED, bounded, held, touch};
use crate::gateway::{Gateway, Input, Output, Settings};

#[test]
fn what_is_tried_again_is_tried_when_it_is_due() {
    let mut desk = bounded();
    desk.story(&[
        PLACED,
        ("reply not-sent", "entry never accepted"),
        ("due", "place entry#2 buy 3 limit 101 ioc; send entry#2"),
        ("reply unknown", "incident OutcomeUnknown entry#2; look up entry#2"),
        ("look-up-failed", ""),
        ("due", "look up entry#2"),
        ("look-up-failed", ""),
    ]);
    // A price brings the time as well as anything.
    desk.act("later 12000");
    assert_eq!(desk.gateway.poll(), None);
    desk.act("mark 100");
    assert!(matches!(desk.gateway.poll(), Some(Output::Send { .. })));
}

#[test]
fn what_waits_for_something_else_than_time_is_not_due() {
    let mut desk = bounded();
    desk.story(&[
        ("enter 3 stop 10 target 20 limit 101", "place entry buy 3 limit 101 ioc; send entry"),
        ("reply accepted", "entry accepted"),
        (
            "says entry filled 3 1:3@100",
            "entry filled 3 at 100; place stop sell 3 stop 90; place target sell 3 target 120; \
             send stop+target",
        ),
        ("reply accepted", "stop accepted; target accepted"),
        ("move 95", "cancel stop; send cancel stop"),
        ("reply not-sent", ""),
        ("halt", "incident SymbolHalted"),
        // Both are cancelled with one request, and each has a time at which that is sent again.
        ("due", ""),
        ("due", ""),
    ]);
    assert!(desk.gateway.next_deadline().is_none_or(|at| at > desk.now));
    desk.story(&[("resume", "over SymbolHalted; send cancel stop; send cancel target")]);
}

#[test]
fn an_entry_that_is_priced_for_the_last_time_is_looked_at_when_its_patience_ends() {
    let mut desk = touch();
    let begun = desk.now;
    desk.story(&[
        ("quote 99 100", ""),
        ("enter 3 stop 10 limit 101", "place entry buy 3 limit 99; send entry"),
        ("reply accepted", "entry accepted"),
        // Prices that move before a third of the patience has passed change nothing, whatever else is looked at.
        ("quote 100 101", ""),
        ("pause", "cancel entry; send cancel entry"),
    ]);
    let mut desk = touch();
    desk.story(&[
        ("quote 99 100", ""),
        ("enter 3 stop 10 limit 101", "place entry buy 3 limit 99; send entry"),
        ("reply accepted", "entry accepted"),
        ("quote 100 101", ""),
        (
            "says entry partly 1 1:1@99",
            "entry filled 1 at 99; place stop sell 1 stop 89; send stop",
        ),
        ("reply accepted", "stop accepted"),
        ("wait 19999", ""),
        ("quote 100 101", ""),
        ("due", "cancel entry; send cancel entry"),
        ("reply accepted", "entry cancelled; place entry2 buy 2 limit 100; send entry2"),
        ("reply accepted", "entry2 accepted"),
        ("wait 19999", ""),
        ("quote 101 102", ""),
        ("due", "cancel entry2; send cancel entry2"),
        ("reply accepted", "entry2 cancelled; place entry3 buy 2 limit 101; send entry3"),
        ("reply accepted", "entry3 accepted"),
        ("wait 19000", ""),
        // A fill brings the symbol up, the touch has moved: it was the last price.
        ("quote 100 101", ""),
        (
            "says entry3 partly 1 2:1@101",
            "entry3 filled 1 at 101; cancel stop; place stop2 sell 2 stop 90; send stop2 for stop",
        ),
        ("reply accepted accepted", "stop cancelled; stop2 accepted"),
    ]);
    let patience = begun.plus(60_000_000_001);
    assert_eq!(desk.gateway.next_deadline(), Some(patience));
    desk.story(&[
        ("wait 5000", "cancel entry3; send cancel entry3"),
        ("reply accepted", "entry3 cancelled; refused DECISION_EXPIRED"),
    ]);
    // Four seconds late, after 60.
    assert_eq!(desk.refused(), ("4".to_owned(), "60".to_owned()));
}

#[test]
fn a_quote_that_is_too_old_is_refused_with_its_age() {
    let mut desk = touch();
    desk.story(&[
        ("quote 99 100", ""),
        ("wait 11000", ""),
        ("enter 3 stop 10 limit 101", "refused LIMIT_NOT_EVALUABLE"),
    ]);
    assert_eq!(desk.refused(), ("11".to_owned(), "10".to_owned()));
}

#[test]
fn the_venues_least_quantity_is_an_order() {
    bounded().story(&[
        ("lot 0.01", ""),
        ("enter 0.09 stop 10 limit 101", "refused BELOW_VENUE_MINIMUM"),
        ("enter 0 stop 10 limit 101", "refused BELOW_VENUE_MINIMUM"),
        ("enter 0.1 stop 10 limit 101", "place entry buy 0.1 limit 101 ioc; send entry"),
    ]);
}

#[test]
fn a_disk_that_fills_up_takes_an_entry_off_the_book() {
    touch().story(&[
        ("quote 99 100", ""),
        ("enter 3 stop 10 limit 101", "place entry buy 3 limit 99; send entry"),
        ("reply accepted", "entry accepted"),
        ("disk full", "cancel entry; send cancel entry"),
    ]);
}

#[test]
fn a_request_waits_for_its_command_to_be_on_disk_and_no_longer() {
    let mut desk = bounded();
    assert!(desk.gateway.is_settled());
    desk.story(&[
        ("disk slow", ""),
        ("enter 3 stop 10 limit 101", "place entry buy 3 limit 101 ioc"),
    ]);
    let command = Seq(desk.journal.len() as u64);
    assert_eq!(desk.gateway.waits_for(), Some(command));
    assert!(!desk.gateway.is_settled(), "a request waits for the disk");
    let before = Seq(command.0 - 1);
    desk.gateway.handle(Input::Durable(before), desk.now);
    assert_eq!(desk.gateway.waits_for(), Some(command));
    desk.gateway.handle(Input::Durable(command), desk.now);
    assert_eq!(desk.gateway.waits_for(), None);
    desk.story(&[("disk done", "send entry")]);
    assert!(!desk.gateway.is_settled(), "a request waits for its answer");
    desk.act("reply accepted");
    assert!(!desk.gateway.is_settled(), "what was said is no entry yet");
    let Some(Output::Append { .. }) = desk.gateway.poll() else { panic!("nothing to append") };
    assert!(!desk.gateway.is_settled(), "an entry waits for its place");
}

#[test]
#[should_panic(expected = "entries come in the order of the journal")]
fn an_entry_is_not_left_out() {
    leave_one_out(Body::Timer { at: TsNanos::EPOCH });
}

#[test]
#[should_panic(expected = "entries come in the order of the journal")]
fn an_entry_that_asks_for_something_is_not_left_out_either() {
    leave_one_out(Body::Instruments(vec![instrument("0.1")]));
}

fn leave_one_out(body: Body) {
    let mut desk = bounded();
    let (seq, at) = (Seq(desk.journal.len() as u64 + 2), desk.now);
    let entry = Entry { seq, ts_event: at, ts: at, source: Source::Hub, body };
    desk.gateway.handle(Input::Entry(&entry), at);
}

#[test]
fn an_order_that_comes_to_work_tells_what_became_of_the_one_it_replaces() {
    held().story(&[
        ("exit", "cancel stop; place sale sell 3 market; send sale for stop"),
        ("says sale working 0", "sale accepted; look up stop"),
    ]);
}

#[test]
fn a_life_that_begins_counts_the_quiet_before_it_towards_the_proof() {
    bounded().story(&[
        PLACED,
        ("restart 12000", "incident OutcomeUnknown entry; look up entry"),
        ("not-found", ""),
        // 13 s after it can have left, a second lag of the look-up included.
        ("wait 999", "look up entry"),
        ("not-found", ""),
        ("due", "look up entry"),
        ("not-found", "entry never accepted; over OutcomeUnknown; refused DECISION_BEFORE_RESTART"),
    ]);
}

#[test]
fn a_life_from_a_snapshot_knows_what_is_above_its_limits_and_is_its_own_account() {
    let mut desk = held();
    desk.story(&[("gross 200", "incident AboveLimit")]);
    let account = Settings { account: "other".to_owned(), ..desk.gateway.settings.clone() };
    let mut next = Gateway::of_state(desk.gateway.settings.clone(), desk.gateway.state.clone());
    assert_eq!(next.state, desk.gateway.state);
    next.handle(Input::Restored { quiet: 0 }, desk.now);
    next.handle(Input::Durable(Seq(desk.journal.len() as u64)), desk.now);
    // It asks for its stop. It has no incident to end or to begin.
    assert!(matches!(next.poll(), Some(Output::Send { .. })));
    let stop = next.open_orders().next().unwrap();
    let other = Gateway::of_state(account, desk.gateway.state.clone());
    assert_eq!(next.state.client_id(stop), desk.client_id(stop));
    assert_ne!(other.state.client_id(stop), desk.client_id(stop));
}

#[test]
fn a_drawdown_is_measured_from_the_equity_at_which_it_began() {
    let mut desk = held();
    let mode = |desk: &mut Desk, mode, latched_until| {
        let mode = Mode { mode, cause: ModeCause::Started, latched_until };
        desk.append(Source::Hub, Body::Mode(mode));
        desk.gateway.tripped().map(|equity| equity.to_string())
    };
    let latch = Some(TsNanos::from_nanos(1));
    assert_eq!(mode(&mut desk, SystemMode::SafeMode, None), None);
    assert_eq!(mode(&mut desk, SystemMode::SafeMode, latch), Some("1000".to_owned()));
    desk.act("mark 90");
    assert_eq!(mode(&mut desk, SystemMode::SafeMode, latch), Some("1000".to_owned()));
    assert_eq!(mode(&mut desk, SystemMode::Running, None), None);
    assert_eq!(mode(&mut desk, SystemMode::SafeMode, latch), Some("970".to_owned()));
}

#[test]
fn a_bar_is_a_price_of_the_moment_it_closed() {
    use types::bar::Bar;
    use types::market::Timeframe;
    let mut desk = bounded();
    let bar = |desk: &mut Desk, timeframe, minutes_ago: i64, close| {
        let close = super::desk::price(close);
        let closed = desk.now.plus(-minutes_ago * 60_000_000_000);
        let (high, low) = (close + super::desk::price("2"), close);
        let open_time = closed.plus(-Timeframe::nanos(timeframe));
        let bar = Bar { open_time, open: close, high, low, close, volume: None };
        desk.append(Source::Venue, Body::Bar { symbol: SYMBOL, timeframe, bar });
        desk.gateway.state.mark(SYMBOL).unwrap().to_string()
    };
    // It came late: the price that is known is newer.
    assert_eq!(bar(&mut desk, Timeframe::M15, 1, "90"), "100");
    assert_eq!(bar(&mut desk, Timeframe::M15, 0, "95"), "95");
    assert_eq!(bar(&mut desk, Timeframe::M15, -1, "96"), "96");
    // The true range is that of the bars of four hours.
    for _ in 0..20 {
        bar(&mut desk, Timeframe::M15, 0, "95");
    }
    assert_eq!(desk.gateway.state.ranges[SYMBOL.index()].get(), None);
    for _ in 0..15 {
        bar(&mut desk, Timeframe::H4, 0, "95");
    }
    assert!(desk.gateway.state.ranges[SYMBOL.index()].get().is_some());
}

#[test]
fn an_incident_of_one_symbol_closes_no_other() {
    let settings = bounded().gateway.settings;
    let mut desk = Desk::trading(settings, vec![instrument("0.1"), instrument("0.1")]);
    desk.story(&[("symbol 1", ""), ("halt", "incident SymbolHalted"), ("symbol 0", "")]);
    desk.story(&[PLACED]);
}
