//! A run with two sources of market data, in real processes: the first goes away, and it trades on.

use std::time::Duration;

use crate::processes::{Hub, HubWanted, LOT, Relay, Venue, VenueWanted};
use crate::support::{Folder, plimsoll};

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

#[test]
fn when_the_first_source_goes_away_the_second_is_traded_on() {
    let folder = Folder::new();
    let market = ["--generate=BTCUSDT,ETHUSDT,SOLUSDT,XRPUSDT", "--seed", "5"];
    let wanted = VenueWanted { market: &market, speed: "900", balances: "USDT=100000", faults: "" };
    let mut venue = Venue::start(&wanted);
    let doors = [(); 2].map(|()| Relay::to(venue.address("streams")));
    let rest = venue.address("rest");
    let control = venue.address("control").trim_start_matches("http://");
    let text = format!(
        "{LOT}\n[venue]\nrest = \"{rest}\"\nstreams = \"ws://{}\"\nws_api = \"{}\"\ncontrol = \"{control}\"\n\
         second_rest = \"{rest}\"\nsecond_streams = \"ws://{}\"\n",
        doors[0].address(),
        venue.address("ws_api"),
        doors[1].address(),
    );
    let config = folder.write("run.toml", &text);
    let state = folder.path().join("state");
    let mut hub = Hub::start_outside(&HubWanted::new(&state, &config), "");
    hub.wait_for(PATIENCE, |event| event["event"] == "instant");
    // Whichever stood first is in use.
    let mut told = hub.told.iter().filter_map(|told| told.event["what"].as_str());
    let last = told.rfind(|what| what.starts_with("BTCUSDT comes from source "));
    let in_use = usize::from(last.is_some_and(|what| what.contains("comes from source 1")));
    doors[in_use].shut();
    let gone = venue.now() * 1_000_000;
    let change = format!("BTCUSDT comes from source {} now, not from source {in_use}", 1 - in_use);
    hub.wait_for(PATIENCE, |event| event["what"].as_str() == Some(&change));
    for _ in 0..3 {
        hub.wait_for(PATIENCE, |event| event["event"] == "instant");
    }
    let bought = venue.record().orders.values();
    let bought = bought.filter(|order| order.side == "buy" && order.created > gone).count();
    assert!(bought > 0, "it trades on");
    assert_eq!(hub.stop(), Some(0));
    let (journal, ledger) = (state.join("journal"), venue.ledger());
    let (journal, ledger) = (journal.to_str().unwrap(), ledger.to_str().unwrap());
    plimsoll(&["audit", "verify", journal]).ended(0);
    plimsoll(&["audit", "check", journal, "--ledger", ledger]).ended(0);
}
