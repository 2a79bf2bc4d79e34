//! The adapter against `plimsoll venue`, clean and with each fault: the exchange's ledger proves that the
//! fault fired, and both histories agree in the end.

mod exchange;
mod record;

use std::time::Duration;

use adapters::conformance::{Expect, Plan, StreamPromise, Verdict, run};

use exchange::{Exchange, Key};

/// Tells the story against an exchange of its own.
fn tell(key: Key, faults: &str, plan: Plan) -> Verdict {
    let exchange = Exchange::start(key, faults);
    let venue = exchange.venue();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let story = run(&venue, &exchange, plan);
    runtime.block_on(async { tokio::time::timeout(Duration::from_secs(240), story).await.unwrap() })
}

/// Checks that a fault fired and that nothing was lost, doubled or told falsely.
fn survives(kind: &str, fault: &str, stream: StreamPromise) -> Verdict {
    survives_for(5, kind, fault, stream)
}

/// The same over so many rounds, of 0.7 s and more each.
fn survives_for(rounds: u32, kind: &str, fault: &str, stream: StreamPromise) -> Verdict {
    let text = format!("[[fault]]\nname = \"it\"\n{fault}\n");
    let plan = Plan {
        expect: Expect::Trouble,
        stream,
        rounds,
        pause: Duration::from_millis(700),
        run: [1; 16],
    };
    let verdict = tell(Key::Hmac, &text, plan);
    assert_eq!(verdict.findings, Vec::<String>::new(), "{verdict:#?}");
    let fired = verdict.faults.iter().any(|(seen, count)| seen == kind && *count > 0);
    assert!(fired, "{kind} never fired: {verdict:#?}");
    verdict
}

fn clean(key: Key) {
    let plan = Plan {
        expect: Expect::Health,
        stream: StreamPromise::Everything,
        rounds: 2,
        pause: Duration::ZERO,
        run: [2; 16],
    };
    let verdict = tell(key, "", plan);
    assert_eq!(verdict.findings, Vec::<String>::new(), "{verdict:#?}");
    assert_eq!(verdict.unknown, 0, "{verdict:#?}");
    assert!(verdict.accepted >= 20 && verdict.fills >= 4, "{verdict:#?}");
}

#[test]
fn the_adapter_passes_the_conformance_suite_clean_with_hmac() {
    clean(Key::Hmac);
}

#[test]
fn the_adapter_passes_the_conformance_suite_clean_with_ed25519() {
    clean(Key::Ed25519);
}

const ORDERS: &str = r#"on = { api = "rest", endpoint = "POST /api/v3/order*" }"#;
const SYMBOL: &str = r#"on = { symbol = "BTCUSDT" }"#;
const ACCOUNT: &str = r#"on = { account = "conformance" }"#;
const EVENTS: &str = r#"on = { api = "user_stream" }"#;

#[test]
fn slow_answers_lose_and_double_nothing() {
    let what = r#"what = { kind = "latency", delay = "60ms", jitter = "90ms" }"#;
    let on = r#"on = { api = "rest" }"#;
    let verdict = survives(
        "latency",
        &format!("{what}\n{on}\nwhen = {{ every = 2 }}"),
        StreamPromise::Everything,
    );
    assert_eq!(verdict.unknown, 0, "{verdict:#?}");
}

#[test]
fn answers_beyond_our_patience_lose_and_double_nothing() {
    let what = r#"what = { kind = "latency", delay = "1500ms" }"#;
    let fault = format!("{what}\n{ORDERS}\nwhen = {{ every = 7 }}");
    let verdict = survives("latency", &fault, StreamPromise::Everything);
    assert!(verdict.found > 0, "{verdict:#?}");
}

#[test]
fn errors_of_the_server_before_it_acted_lose_and_double_nothing() {
    let what = r#"what = { kind = "error", error = "unexpected_response", executed = false }"#;
    let fault = format!("{what}\n{ORDERS}\nwhen = {{ every = 6 }}");
    let verdict = survives("error", &fault, StreamPromise::Everything);
    assert!(verdict.absent > 0, "{verdict:#?}");
}

#[test]
fn errors_of_the_server_after_it_acted_lose_and_double_nothing() {
    let what = r#"what = { kind = "error", error = "timeout", executed = true }"#;
    let fault = format!("{what}\n{ORDERS}\nwhen = {{ every = 4 }}");
    let verdict = survives("error", &fault, StreamPromise::Everything);
    assert!(verdict.found > 0, "{verdict:#?}");
}

#[test]
fn accepted_orders_whose_reply_is_lost_are_found() {
    let what = r#"what = { kind = "reply_lost" }"#;
    let fault = format!("{what}\n{ORDERS}\nwhen = {{ every = 4 }}");
    let verdict = survives("reply_lost", &fault, StreamPromise::Everything);
    assert!(verdict.found > 0, "{verdict:#?}");
}

#[test]
fn orders_that_never_arrived_and_got_no_reply_are_proven_absent() {
    let what = r#"what = { kind = "reject_lost" }"#;
    let fault = format!("{what}\n{ORDERS}\nwhen = {{ every = 6 }}");
    let verdict = survives("reject_lost", &fault, StreamPromise::Everything);
    assert!(verdict.absent > 0, "{verdict:#?}");
}

#[test]
fn too_many_requests_are_waited_out() {
    let what = r#"what = { kind = "rate_limited", retry_after = "1s" }"#;
    survives(
        "rate_limited",
        &format!("{what}\n{ORDERS}\nwhen = {{ every = 5, times = 3 }}"),
        StreamPromise::Everything,
    );
}

#[test]
fn a_ban_is_waited_out() {
    let what = r#"what = { kind = "banned", retry_after = "1s" }"#;
    let on = r#"on = { api = "rest" }"#;
    survives(
        "banned",
        &format!("{what}\n{on}\nwhen = {{ nth = 9, every = 9, times = 3 }}"),
        StreamPromise::Everything,
    );
}

#[test]
fn maintenance_in_the_middle_loses_and_doubles_nothing() {
    let what = r#"what = { kind = "maintenance" }"#;
    survives(
        "maintenance",
        &format!("{what}\nwhen = {{ after = \"1s\", for = \"2s\" }}"),
        StreamPromise::NothingFalse,
    );
}

#[test]
fn late_reports_are_as_good_as_timely_ones() {
    let what = r#"what = { kind = "late", delay = "100ms", jitter = "400ms" }"#;
    survives(
        "late",
        &format!("{what}\n{EVENTS}\nwhen = {{ every = 2 }}"),
        StreamPromise::Everything,
    );
}

#[test]
fn reports_that_come_twice_count_once() {
    let what = r#"what = { kind = "duplicate", delay = "30ms" }"#;
    let verdict = survives("duplicate", &format!("{what}\n{EVENTS}"), StreamPromise::Everything);
    assert!(verdict.repeated > 0, "{verdict:#?}");
}

#[test]
fn reports_out_of_order_are_all_there() {
    let what = r#"what = { kind = "reorder" }"#;
    survives(
        "reorder",
        &format!("{what}\n{EVENTS}\nwhen = {{ every = 2 }}"),
        StreamPromise::Everything,
    );
}

#[test]
fn a_gap_in_the_reports_is_filled_by_asking() {
    let what = r#"what = { kind = "gap" }"#;
    survives(
        "gap",
        &format!("{what}\n{EVENTS}\nwhen = {{ every = 2 }}"),
        StreamPromise::NothingFalse,
    );
}

#[test]
fn a_stream_that_falls_silent_hides_nothing() {
    // Late enough for the stream to open on a busy machine: the answer to its subscription would be withheld too.
    let what = r#"what = { kind = "silent" }"#;
    survives_for(
        12,
        "silent",
        &format!("{what}\n{EVENTS}\nwhen = {{ after = \"4s\" }}"),
        StreamPromise::NothingFalse,
    );
}

#[test]
fn a_half_open_socket_hides_nothing() {
    let what = r#"what = { kind = "half_open" }"#;
    survives_for(
        12,
        "half_open",
        &format!("{what}\n{EVENTS}\nwhen = {{ after = \"4s\" }}"),
        StreamPromise::NothingFalse,
    );
}

#[test]
fn a_clock_that_jumps_is_measured_again() {
    let what = r#"what = { kind = "clock_skew", by = "5s" }"#;
    survives(
        "clock_skew",
        &format!("{what}\nwhen = {{ after = \"1500ms\" }}"),
        StreamPromise::Everything,
    );
}

#[test]
fn wrong_balances_pass() {
    let what = r#"what = { kind = "wrong_balance", asset = "USDT", by = "1000" }"#;
    survives(
        "wrong_balance",
        &format!("{what}\nwhen = {{ times = 3 }}"),
        StreamPromise::Everything,
    );
}

#[test]
fn deposits_and_withdrawals_are_in_both_books() {
    for (kind, asset) in [("deposit", "BTC"), ("withdrawal", "USDT")] {
        let what = format!(r#"what = {{ kind = "{kind}", asset = "{asset}", amount = "1.5" }}"#);
        survives(
            kind,
            &format!("{what}\n{ACCOUNT}\nwhen = {{ after = \"1s\" }}"),
            StreamPromise::Everything,
        );
    }
}

#[test]
fn rules_that_change_reject_and_double_nothing() {
    let what = r#"what = { kind = "filters", tick = "0.5", min_notional = "50" }"#;
    survives(
        "filters",
        &format!("{what}\n{SYMBOL}\nwhen = {{ after = \"1s\" }}"),
        StreamPromise::Everything,
    );
}

#[test]
fn a_halt_rejects_and_doubles_nothing() {
    let what = r#"what = { kind = "halt" }"#;
    survives(
        "halt",
        &format!("{what}\n{SYMBOL}\nwhen = {{ after = \"1s\", for = \"2s\" }}"),
        StreamPromise::Everything,
    );
}

#[test]
fn delisting_ends_orders_and_both_books_know() {
    let what = r#"what = { kind = "delist" }"#;
    survives(
        "delist",
        &format!("{what}\n{SYMBOL}\nwhen = {{ after = \"2s\" }}"),
        StreamPromise::Everything,
    );
}
