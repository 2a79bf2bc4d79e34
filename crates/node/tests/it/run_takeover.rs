//! A hub that is stopped while another takes over, and then wakes up: nothing of it reaches the venue any more.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;

use crate::judges;
use crate::processes::{Hub, HubWanted, LOT, Venue, VenueWanted};
use crate::support::{Folder, plimsoll};

/// How often it is done; each time at another moment of the first one's work.
const ROUNDS: u64 = 2;

/// How long the first one sleeps without `PLIMSOLL_HUB_SLEEP_S`. A request is valid for 1 s after it was signed.
const SLEEP: Duration = Duration::from_secs(4);

fn runs(event: &Value) -> bool {
    event["event"] == "mode" && event["mode"] == "running"
}

/// Returns the client order ids that a hub told it commanded.
fn commanded(hub: &Hub) -> BTreeSet<String> {
    let commands = hub.told.iter().filter(|told| told.event["event"] == "command");
    commands.filter_map(|told| Some(told.event["client_order_id"].as_str()?.to_owned())).collect()
}

/// Returns place, time (milliseconds) and kind of every entry that a reader sees.
fn entries(journal: &Path) -> Vec<(u64, i64, String)> {
    let args = ["audit", "show", journal.to_str().unwrap(), "--limit", "0", "--json"];
    let shown = plimsoll(&args).ended(0).json();
    let entry = |entry: &Value| {
        let (seq, ts) = (entry["seq"].as_u64().unwrap(), entry["ts"].as_i64().unwrap_or_default());
        (seq, ts.div_euclid(1_000_000), entry["kind"].to_string())
    };
    shown.as_array().unwrap().iter().map(entry).collect()
}

/// Returns the length of each file of the journal.
fn segments(journal: &Path) -> BTreeMap<String, u64> {
    let files = std::fs::read_dir(journal.join("segments")).unwrap().map(Result::unwrap);
    let length = |file: &std::fs::DirEntry| file.metadata().unwrap().len();
    files.map(|file| (file.file_name().to_string_lossy().into_owned(), length(&file))).collect()
}

/// Returns the place of the first entry that a second writer of the journal wrote, as the names of its files tell.
fn second_begins(segments: &BTreeMap<String, u64>) -> u64 {
    let names = segments.keys().filter_map(|name| name.strip_prefix("00000002-"));
    let first =
        names.filter_map(|name| u64::from_str_radix(name.trim_end_matches(".seg"), 16).ok());
    first.min().expect("the second one has begun a file")
}

#[test]
fn a_hub_that_wakes_up_after_its_successor_took_over_sends_nothing() {
    #[expect(clippy::disallowed_methods, reason = "a longer sleep is asked for from outside")]
    let asked = std::env::var("PLIMSOLL_HUB_SLEEP_S").ok();
    let sleep = asked.map_or(SLEEP, |text| Duration::from_secs(text.parse().expect("seconds")));
    let told: usize = (0..ROUNDS).map(|round| take_over(round, sleep)).sum();
    assert!(told > 0, "INVALID: the first one appended nothing behind its turn");
}

/// Returns how many entries the first one told of, in places that were its successor's by then.
#[expect(clippy::print_stdout, reason = "what came of each round is the report")]
fn take_over(round: u64, sleep: Duration) -> usize {
    let folder = Folder::new();
    let config = folder.write("lot.toml", LOT);
    let state = folder.path().join("state");
    let seed = (20 + round).to_string();
    let mut venue = Venue::start(&VenueWanted {
        market: &["--generate=BTCUSDT,ETHUSDT,SOLUSDT,XRPUSDT", "--seed", &seed],
        speed: "900",
        balances: "USDT=100000",
        faults: "",
    });
    let wanted = HubWanted::new(&state, &config);
    let mut first = Hub::start(&venue, &wanted);
    first.wait_for(Duration::from_secs(30), runs);
    first.wait_for(Duration::from_secs(30), |event| event["event"] == "report");
    first.let_work(Duration::from_millis(137 * (round + 1)));
    // What it is told while it sleeps it takes for new when it wakes: it commands and appends before it knows.
    first.stop_while(false, &state.join("journal/lock"));

    // Without the flag a lock that is held is an error that names the flag.
    let mut refused = Hub::start(&venue, &wanted);
    assert!(refused.ended_within(Duration::from_secs(20)), "round {round}: two hubs on one state");

    let flags = ["--take-over"];
    let mut second =
        Hub::start(&venue, &HubWanted { flags: &flags, ..HubWanted::new(&state, &config) });
    second.wait_for(Duration::from_secs(30), runs);
    second.let_work(sleep);
    let before: BTreeSet<String> =
        venue.record().orders.values().map(|order| order.client_id.clone()).collect();
    let journal = state.join("journal");
    let (known_entries, sealed) = (entries(&journal), segments(&journal));
    first.signal(Signal::CONT);
    // It finds its term sealed and ends; meanwhile the second goes on.
    assert!(first.ended_within(Duration::from_secs(10)), "round {round}: the first one goes on");
    second.wait_for(Duration::from_secs(30), |event| event["event"] == "command");
    second.let_work(Duration::from_secs(1));
    assert_eq!(second.stop(), Some(0), "round {round}");
    second.let_work(Duration::from_millis(50));

    // Nothing of what the first one appended, or says that it did, is an entry for those who read.
    let read = entries(&journal);
    assert_eq!(read[..known_entries.len()], known_entries, "round {round}: what was read before");
    let stamped: BTreeSet<(u64, i64)> = read.iter().map(|entry| (entry.0, entry.1)).collect();
    let begins = second_begins(&sealed);
    let woke = first.told.iter().filter_map(|told| {
        let seq = told.event["seq"].as_u64()?;
        let t = told.event["t"].as_i64()?;
        (seq >= begins).then_some((seq, t))
    });
    let mut told = 0;
    for (seq, t) in woke {
        told += 1;
        assert!(!stamped.contains(&(seq, t)), "round {round}: entry {seq} of the first is read");
    }
    let grown: Vec<_> = segments(&journal)
        .into_iter()
        .filter(|(name, bytes)| {
            name.starts_with("00000001-") && sealed.get(name).is_some_and(|before| before != bytes)
        })
        .collect();
    println!("round {round}: the first one told {told} entries behind its turn; grown: {grown:?}");
    assert!(grown.is_empty(), "round {round}: it wrote into a term that is sealed: {grown:?}");
    let begun = read.iter().find(|(seq, ..)| *seq >= begins).expect("the second one's first entry");
    let begun = begun.1 * 1_000_000;
    let ledger = venue.ledger();
    judges::agree(
        "a_hub_that_wakes_up_after_its_successor_took_over_sends_nothing",
        &journal,
        &ledger,
    );
    let journal = journal.to_str().unwrap();
    let known = commanded(&second);
    let record = venue.record();
    let after: Vec<_> =
        record.orders.values().filter(|order| !before.contains(&order.client_id)).collect();
    assert!(
        !after.is_empty(),
        "round {round}: the second one sent nothing after the first woke up"
    );
    // Behind the successor's first entry the venue has accepted its orders alone.
    for order in record.orders.values().filter(|order| order.created > begun) {
        assert!(
            known.contains(&order.client_id),
            "round {round}: the second one did not command {order:?}"
        );
    }
    assert_eq!(record.doubled(), Vec::<&str>::new(), "round {round}");
    plimsoll(&["audit", "verify", journal]).ended(0);
    plimsoll(&["audit", "check", journal, "--ledger", ledger.to_str().unwrap()]).ended(0);
    told
}

#[test]
fn a_hub_that_was_stopped_while_it_wrote_is_ended_by_its_successor() {
    let folder = Folder::new();
    let config = folder.write("lot.toml", LOT);
    let state = folder.path().join("state");
    let mut venue = Venue::start(&VenueWanted {
        market: &["--generate=BTCUSDT,ETHUSDT,SOLUSDT,XRPUSDT", "--seed", "22"],
        speed: "900",
        balances: "USDT=100000",
        faults: "",
    });
    let mut first = Hub::start(&venue, &HubWanted::new(&state, &config));
    first.wait_for(Duration::from_secs(30), runs);
    first.wait_for(Duration::from_secs(30), |event| event["event"] == "report");
    first.stop_while(true, &state.join("journal/lock"));

    let flags = ["--take-over"];
    let wanted = HubWanted { flags: &flags, ..HubWanted::new(&state, &config) };
    let mut second = Hub::start(&venue, &wanted);
    let ended = second.wait_for(Duration::from_secs(30), |event| event["event"] == "holder_ended");
    assert_eq!(ended["pid"], first.pid(), "{ended}");
    second.wait_for(Duration::from_secs(30), runs);
    let (code, said) = first.last_words(Duration::from_secs(10));
    assert_eq!(code, None, "ended by a signal: {said}");
    second.wait_for(Duration::from_secs(30), |event| event["event"] == "command");
    second.wait_for(Duration::from_secs(30), |event| event["event"] == "report");
    assert_eq!(second.stop(), Some(0));

    let journal = state.join("journal");
    let (journal, ledger) = (journal.to_str().unwrap(), venue.ledger());
    assert_eq!(venue.record().doubled(), Vec::<&str>::new());
    plimsoll(&["audit", "verify", journal]).ended(0);
    plimsoll(&["audit", "check", journal, "--ledger", ledger.to_str().unwrap()]).ended(0);
}
