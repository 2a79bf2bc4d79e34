//! Cancellations: asked for again until they come about, never by themselves where they would leave a position bare.

use types::entry::{Report, ReportEvent};

use super::desk::Desk;
use super::steps::{held, held_at, touch};
use crate::gateway::words::Input;
use crate::gateway::{Capabilities, EntryStyle, Settings};

/// A position at a venue that replaces nothing: the cancellation of its stop did not leave.
fn not_cancelled() -> Desk {
    let venue = Capabilities { replace: false, ..Capabilities::binance_spot() };
    let live = Settings::live("main", venue);
    let mut desk = held_at(Desk::new(Settings { entry: EntryStyle::Bounded, ..live }));
    desk.story(&[("move 95", "cancel stop; send cancel stop"), ("reply not-sent", "")]);
    desk
}

#[test]
fn a_cancellation_that_did_not_leave_is_sent_again_after_ever_longer_waits() {
    not_cancelled().story(&[
        ("wait 99", ""),
        ("wait 26", "send cancel stop"),
        ("reply not-sent", ""),
        ("wait 199", ""),
        ("wait 51", "send cancel stop"),
        ("reply not-sent", ""),
        ("wait 399", ""),
        ("wait 101", "send cancel stop"),
        ("reply accepted", "stop cancelled; place stop2 sell 3 stop 95; send stop2"),
    ]);
}

#[test]
fn a_cancellation_behind_one_that_the_venue_refused_begins_anew() {
    let mut desk = not_cancelled();
    let stop = desk.gateway.open_orders().next();
    let refused = Report { order: stop, event: ReportEvent::CancelRejected };
    desk.gateway.handle(Input::Report(refused), desk.now);
    desk.story(&[
        // The stop rests, and is still to be moved.
        ("wait 0", "stop not cancelled; cancel stop; send cancel stop"),
        // Not sent once more by the first, which was due here.
        ("wait 125", ""),
        ("reply not-sent", ""),
        ("wait 99", ""),
        ("wait 26", "send cancel stop"),
    ]);
}

#[test]
fn a_cancellation_waits_while_its_order_is_looked_up() {
    not_cancelled().story(&[
        ("missing stop", "look up stop"),
        ("wait 125", ""),
        ("found stop working 0", ""),
        ("wait 250", "send cancel stop"),
    ]);
}

#[test]
fn in_a_halt_what_protects_is_not_cancelled_and_an_entry_is() {
    not_cancelled().story(&[
        ("halt", "incident SymbolHalted"),
        ("wait 60000", ""),
        ("resume", "over SymbolHalted; send cancel stop"),
    ]);
    touch().story(&[
        ("quote 99 100", ""),
        ("enter 3 stop 10 limit 101", "place entry buy 3 limit 99; send entry"),
        ("reply accepted", "entry accepted"),
        ("halt", "incident SymbolHalted; cancel entry; send cancel entry"),
        ("reply not-sent", ""),
        ("wait 125", "send cancel entry"),
    ]);
}

#[test]
fn a_stop_whose_replacement_did_not_leave_is_not_cancelled_by_itself() {
    held().story(&[
        ("exit", "cancel stop; place sale sell 3 market; send sale for stop"),
        ("reply not-sent", "sale never accepted; look up stop"),
        ("found stop working 0", "stop not cancelled"),
        // Alone, the cancellation would leave the position bare if the sale were lost.
        ("wait 125", "cancel stop; place sale#2 sell 3 market; send sale#2 for stop"),
        ("wait 125", ""),
    ]);
}

#[test]
fn a_stop_whose_sale_works_is_cancelled_until_it_is_gone() {
    held().story(&[
        ("exit", "cancel stop; place sale sell 3 market; send sale for stop"),
        // Both rest: the venue has placed the sale, so it will not keep the stop.
        ("says sale working 0", "sale accepted; look up stop"),
        ("found stop working 0", ""),
        ("wait 99", ""),
        ("wait 26", "send cancel stop"),
        ("reply unknown", "look up stop"),
        ("found stop working 0", ""),
        ("wait 199", ""),
        ("wait 51", "send cancel stop"),
        ("says stop cancelled 0", "stop cancelled"),
    ]);
}
