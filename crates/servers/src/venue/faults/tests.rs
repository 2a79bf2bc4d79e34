//! Plans as people write them, and what comes of them.

use std::sync::{Arc, Mutex};

use types::market::TsNanos;

use super::*;

const SECOND: i64 = 1_000_000_000;

fn at(seconds: i64) -> TsNanos {
    TsNanos::from_nanos(seconds * SECOND)
}

fn armed(text: &str) -> (Faults, Arc<Mutex<Vec<Fired>>>) {
    let plan = Plan::from_toml(text, "test.toml").expect("a plan");
    let seen = Arc::new(Mutex::new(Vec::new()));
    let witness = {
        let seen = Arc::clone(&seen);
        Box::new(move |fired: &[Fired]| {
            seen.lock().expect("nobody panicked").extend_from_slice(fired);
        })
    };
    (Faults::new(plan, 1, at(0), Some(witness)).expect("a plan"), seen)
}

fn order<'a>() -> Site<'a> {
    Site {
        api: Api::Rest,
        endpoint: "POST /api/v3/order",
        symbol: Some("BTCUSDT"),
        account: Some("alice"),
    }
}

fn trade_of<'a>(api: Api, endpoint: &'a str) -> Site<'a> {
    Site { api, endpoint, symbol: Some("BTCUSDT"), account: None }
}

/// Says in one letter what each of so many requests met.
fn story(faults: &Faults, count: i64, site: &Site<'_>) -> String {
    (0..count)
        .map(|n| match faults.request(at(n), site) {
            RequestFault { outcome: Outcome::LoseReply, .. } => 'L',
            RequestFault { outcome: Outcome::RejectAndLose, .. } => 'R',
            RequestFault { outcome: Outcome::Answer { executed: true, .. }, .. } => 'X',
            RequestFault { outcome: Outcome::Answer { .. }, .. } => 'A',
            RequestFault { delay, .. } if !delay.is_zero() => 'd',
            RequestFault { .. } => '.',
        })
        .collect()
}

#[test]
fn when_says_which_of_the_requests_are_struck() {
    let check = |when: &str, wanted: &str| {
        let text = format!(
            "[[fault]]\nname = \"a\"\nwhat = {{ kind = \"reply_lost\" }}\nwhen = {{ {when} }}"
        );
        let (faults, seen) = armed(&text);
        assert_eq!(story(&faults, 10, &order()), wanted, "{when}");
        let struck = wanted.bytes().filter(|byte| *byte != b'.').count();
        assert_eq!(seen.lock().expect("seen").len(), struck, "{when}");
    };
    check("", "LLLLLLLLLL");
    check("nth = 3", "..LLLLLLLL");
    check("nth = 3, times = 1", "..L.......");
    check("nth = 2, every = 4", ".L...L...L");
    check("every = 5", "L....L....");
    check("after = \"4s\"", "....LLLLLL");
    check("after = \"4s\", for = \"3s\"", "....LLL...");
    check("after = \"4s\", nth = 2, times = 2", ".....LL...");
    check("probability = 0.0", "..........");
    check("probability = 1.0", "LLLLLLLLLL");
}

#[test]
fn chance_is_the_same_for_the_same_seed_and_order() {
    let text = |seed| {
        format!(
            "seed = {seed}\n[[fault]]\nname = \"a\"\nwhat = {{ kind = \"reject_lost\" }}\nwhen = {{ probability = 0.3 }}"
        )
    };
    let run = |seed| story(&armed(&text(seed)).0, 200, &order());
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
    let struck = run(1).bytes().filter(|byte| *byte == b'R').count();
    assert!((40..80).contains(&struck), "{struck} of 200 at 30 %");
}

#[test]
fn on_says_where() {
    let check = |on: &str, wanted: bool| {
        let text =
            format!("[[fault]]\nname = \"a\"\nwhat = {{ kind = \"reply_lost\" }}\non = {{ {on} }}");
        let struck = armed(&text).0.request(at(0), &order()).outcome == Outcome::LoseReply;
        assert_eq!(struck, wanted, "{on}");
    };
    check("", true);
    check("api = \"rest\"", true);
    check("api = \"ws_api\"", false);
    check("endpoint = \"POST /api/v3/order\"", true);
    check("endpoint = \"POST /api/v3/order/test\"", false);
    check("endpoint = \"POST /api/v3/*\"", true);
    check("endpoint = \"GET *\"", false);
    check("symbol = \"BTCUSDT\", account = \"alice\"", true);
    check("symbol = \"ETHUSDT\"", false);
    check("account = \"bob\"", false);
}

#[test]
fn a_request_elsewhere_does_not_count() {
    let (faults, _) = armed(
        "[[fault]]\nname = \"a\"\nwhat = { kind = \"reply_lost\" }\non = { symbol = \"BTCUSDT\" }\nwhen = { nth = 2 }",
    );
    let elsewhere = Site { symbol: Some("ETHUSDT"), ..order() };
    assert_eq!(story(&faults, 5, &elsewhere), ".....");
    assert_eq!(story(&faults, 3, &order()), ".LL");
}

#[test]
fn errors_are_those_of_the_documentation() {
    for (what, status, code, executed, retry) in [
        ("kind = \"error\", error = \"unknown\"", 500, -1000, false, None),
        ("kind = \"error\", error = \"disconnected\", executed = true", 500, -1001, true, None),
        ("kind = \"error\", error = \"unexpected_response\"", 500, -1006, false, None),
        ("kind = \"error\", error = \"timeout\", executed = true", 504, -1007, true, None),
        ("kind = \"error\", error = \"busy\"", 503, -1008, false, None),
        ("kind = \"rate_limited\", retry_after = \"7s\"", 429, -1003, false, Some(7)),
        ("kind = \"banned\", retry_after = \"2m\"", 418, -1003, false, Some(120)),
        ("kind = \"maintenance\"", 503, -1016, false, None),
    ] {
        let (faults, seen) = armed(&format!("[[fault]]\nname = \"a\"\nwhat = {{ {what} }}"));
        let Outcome::Answer { status: s, code: c, retry_after, executed: e, .. } =
            faults.request(at(0), &order()).outcome
        else {
            panic!("{what} does not answer");
        };
        assert_eq!((s, c, e, retry_after), (status, code, executed, retry), "{what}");
        assert_eq!(seen.lock().expect("seen")[0].endpoint.as_deref(), Some("POST /api/v3/order"));
    }
}

#[test]
fn delays_add_up_and_the_first_answer_counts() {
    let (faults, seen) = armed(
        "[[fault]]\nname = \"slow\"\nwhat = { kind = \"latency\", delay = \"100ms\", jitter = \"50ms\" }\n\
         [[fault]]\nname = \"slower\"\nwhat = { kind = \"latency\", delay = \"1s\" }\n\
         [[fault]]\nname = \"first\"\nwhat = { kind = \"reply_lost\" }\n\
         [[fault]]\nname = \"second\"\nwhat = { kind = \"reject_lost\" }\n\
         [[fault]]\nname = \"wrong\"\nwhat = { kind = \"wrong_balance\", asset = \"BTC\", by = \"-0.5\" }",
    );
    let verdict = faults.request(at(0), &order());
    let millis = verdict.delay.as_millis();
    assert!((1_100..1_150).contains(&millis), "{millis}");
    assert_eq!(verdict.outcome, Outcome::LoseReply);
    assert_eq!(verdict.balances[0].by.to_string(), "-0.5");
    let names: Vec<String> =
        seen.lock().expect("seen").iter().map(|fired| fired.name.clone()).collect();
    assert_eq!(names, ["slow", "slower", "first", "wrong"]);
}

#[test]
fn events_are_late_doubled_swapped_and_lost() {
    let check = |what: &str, wanted: &str| {
        let (faults, seen) = armed(&format!("[[fault]]\nname = \"a\"\nwhat = {{ {what} }}"));
        let site = trade_of(Api::UserStream, "executionReport");
        let EventFault { deliver, hold } = faults.event(at(0), &site);
        let copies: Vec<u128> = deliver.iter().map(std::time::Duration::as_millis).collect();
        assert_eq!(format!("{copies:?} {hold}"), wanted, "{what}");
        assert_eq!(seen.lock().expect("seen").len(), 1);
        assert_eq!(
            faults.request(at(0), &order()),
            RequestFault::default(),
            "no fault of requests"
        );
    };
    check("kind = \"late\", delay = \"300ms\"", "[300] false");
    check("kind = \"duplicate\"", "[0, 0] false");
    check("kind = \"duplicate\", delay = \"1s\"", "[0, 1000] false");
    check("kind = \"reorder\"", "[0] true");
    check("kind = \"gap\"", "[] false");
}

#[test]
fn sockets_fall_silent_for_a_while() {
    let (faults, seen) = armed(
        "[[fault]]\nname = \"quiet\"\nwhat = { kind = \"silent\" }\non = { endpoint = \"btcusdt@*\" }\n\
         when = { after = \"10s\", for = \"30s\" }\n\
         [[fault]]\nname = \"dead\"\nwhat = { kind = \"half_open\" }\nwhen = { after = \"100s\" }",
    );
    let site = trade_of(Api::Stream, "btcusdt@depth");
    let says: Vec<SocketFault> =
        [9, 10, 39, 40, 100].iter().map(|second| faults.socket(at(*second), &site)).collect();
    use SocketFault::{HalfOpen, Open, Silent};
    assert_eq!(says, [Open, Silent, Silent, Open, HalfOpen]);
    assert_eq!(faults.socket(at(20), &trade_of(Api::Stream, "ethusdt@depth")), Open);
    assert_eq!(seen.lock().expect("seen").len(), 3);
}

#[test]
fn what_happens_by_itself_happens_once_at_its_time_and_ends() {
    let (faults, seen) = armed(
        "[[fault]]\nname = \"halt\"\nwhat = { kind = \"halt\" }\non = { symbol = \"BTCUSDT\" }\nwhen = { after = \"20s\", for = \"5s\" }\n\
         [[fault]]\nname = \"skew\"\nwhat = { kind = \"clock_skew\", by = \"-800ms\" }\nwhen = { after = \"1s\", for = \"60s\" }\n\
         [[fault]]\nname = \"gift\"\nwhat = { kind = \"deposit\", asset = \"USDT\", amount = \"500\" }\non = { account = \"alice\" }\nwhen = { after = \"3s\" }\n\
         [[fault]]\nname = \"theft\"\nwhat = { kind = \"withdrawal\", asset = \"BTC\", amount = \"0.1\" }\non = { account = \"alice\" }\nwhen = { after = \"2m\" }\n\
         [[fault]]\nname = \"lot\"\nwhat = { kind = \"filters\", lot = \"0.001\" }\non = { symbol = \"BTCUSDT\" }\nwhen = { after = \"30s\" }\n\
         [[fault]]\nname = \"gone\"\nwhat = { kind = \"delist\" }\non = { symbol = \"ETHUSDT\" }\nwhen = { after = \"3m\" }",
    );
    assert_eq!(faults.next(), Some(at(1)));
    let mut told = Vec::new();
    for second in [0, 2, 50, 300] {
        for Due { at, by, change } in faults.due(TsNanos::from_nanos(second * SECOND)) {
            let change = serde_json::to_string(&change).expect("JSON");
            told.push(format!("{} {by} {change}", at.as_nanos() / SECOND));
        }
    }
    assert_eq!(
        told,
        [
            r#"1 skew {"change":"skew","nanos":-800000000}"#,
            r#"3 gift {"change":"flow","account":"alice","asset":"USDT","amount":"500"}"#,
            r#"20 halt {"change":"halt","symbol":"BTCUSDT"}"#,
            r#"25 halt {"change":"resume","symbol":"BTCUSDT"}"#,
            r#"30 lot {"change":"filters","symbol":"BTCUSDT","tick":null,"lot":"0.001","min_qty":null,"min_notional":null}"#,
            r#"61 skew {"change":"skew","nanos":0}"#,
            r#"120 theft {"change":"flow","account":"alice","asset":"BTC","amount":"-0.1"}"#,
            r#"180 gone {"change":"delist","symbol":"ETHUSDT"}"#,
        ]
    );
    assert_eq!(faults.next(), None);
    assert_eq!(seen.lock().expect("seen").len(), 6, "an end is no firing");
}

#[test]
fn faults_come_and_go_while_the_venue_runs() {
    let (faults, _) = armed("");
    let plan = Plan::from_toml(
        "[[fault]]\nname = \"a\"\nwhat = { kind = \"halt\" }\non = { symbol = \"BTCUSDT\" }\nwhen = { after = \"1s\" }",
        "port",
    );
    let fault = plan.expect("a plan").faults.remove(0);
    faults.add(fault.clone(), at(100)).expect("a new name");
    assert_eq!(faults.add(fault, at(100)), Err(PlanError::Twice("a".to_owned())));
    assert_eq!(faults.due(at(101)).len(), 1);
    assert_eq!((faults.list(at(101))[0].fired, faults.list(at(101)).len()), (1, 1));
    let ended = faults.remove("a").expect("it is there");
    assert!(matches!(ended[..], [Change::Resume { .. }]), "taking it away ends it: {ended:?}");
    assert_eq!(faults.remove("a"), None);
}

#[test]
fn maintenance_shows_in_the_system_status() {
    let (faults, _) = armed(
        "[[fault]]\nname = \"m\"\nwhat = { kind = \"maintenance\" }\nwhen = { after = \"10s\", for = \"10s\" }",
    );
    let says: Vec<bool> =
        [9, 10, 19, 20].iter().map(|second| faults.in_maintenance(at(*second))).collect();
    assert_eq!(says, [false, true, true, false]);
}

#[test]
fn plans_that_make_no_sense_are_refused_with_the_place() {
    let check = |body: &str, wanted: &str| {
        let error = Plan::from_toml(&format!("[[fault]]\nname = \"a\"\n{body}"), "f.toml");
        let error = error.expect_err(body).to_string();
        assert!(error.contains(wanted), "{body}: {error}");
    };
    check("what = { kind = \"rain\" }", "unknown variant `rain`");
    check("what = { kind = \"reply_lost\", delay = \"1s\" }", "unknown field `delay`");
    check("what = { kind = \"reply_lost\" }\nwhere = {}", "unknown field `where`");
    check("what = { kind = \"late\", delay = \"5\" }", "`5` is no length of time");
    check("what = { kind = \"late\", delay = \"-5s\" }", "fault `a`: what.delay is -5s");
    check("what = { kind = \"gap\" }\nwhen = { nth = 0 }", "when.nth is 0, wanted 1 or more");
    check("what = { kind = \"gap\" }\nwhen = { probability = 1.5 }", "when.probability is 1.5");
    check("what = { kind = \"halt\" }", "on.symbol is absent");
    check(
        "what = { kind = \"halt\" }\non = { symbol = \"A\" }\nwhen = { nth = 2 }",
        "happens by itself",
    );
    check("what = { kind = \"deposit\", asset = \"BTC\", amount = \"1\" }", "on.account is absent");
    check(
        "what = { kind = \"deposit\", asset = \"BTC\", amount = \"-1\" }\non = { account = \"a\" }",
        "what.amount is -1, wanted above 0",
    );
    let twice = "[[fault]]\nname = \"a\"\nwhat = { kind = \"gap\" }\n".repeat(2);
    assert_eq!(Plan::from_toml(&twice, "f"), Err(PlanError::Twice("a".to_owned())));
}
