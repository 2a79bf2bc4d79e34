//! `plimsoll run` in mode paper: a venue's public prices, no key, and nothing sent.

use std::fs;
use std::time::Duration;

use crate::processes::{Hub, HubWanted, LOT, Venue, VenueWanted};
use crate::support::{Folder, plimsoll};

const PATIENCE: Duration = Duration::from_secs(120);

fn venue() -> Venue {
    let market = &["--generate=BTCUSDT,ETHUSDT,SOLUSDT,XRPUSDT", "--seed", "7"];
    Venue::start(&VenueWanted { market, speed: "max", balances: "USDT=1", faults: "" })
}

/// Where a venue is, as a section of a configuration.
pub(crate) fn section(venue: &Venue) -> String {
    let control = venue.address("control").trim_start_matches("http://");
    format!(
        "\n[venue]\nrest = \"{}\"\nstreams = \"{}\"\nws_api = \"{}\"\ncontrol = \"{control}\"\n",
        venue.address("rest"),
        venue.address("streams"),
        venue.address("ws_api"),
    )
}

#[test]
fn what_init_writes_for_paper_runs_under_a_loud_banner() {
    let (folder, mut venue) = (Folder::new(), venue());
    let out = folder.path().join("plimsoll.toml").display().to_string();
    let init = ["init", "--mode", "paper", "--capital", "1000", "--max-daily-loss", "30"];
    plimsoll(&[&init[..], &["--out", &out]].concat()).ended(0);
    let text = fs::read_to_string(&out).unwrap() + &section(&venue);
    fs::write(&out, text).unwrap();
    let state = folder.path().join("state").display().to_string();
    let run = ["run", "--config", &out, "--state", &state, "--speed", "max", "--for", "5s"];
    let said = plimsoll(&run).ended(0).out;
    for part in ["=== PAPER ===  prices of ws://", "nothing is sent", "stopped in good order"] {
        assert!(said.contains(part), "no `{part}` in {said}");
    }
    assert!(venue.record().orders.is_empty(), "nothing was sent");
}

#[test]
fn paper_trades_real_prices_and_a_restart_has_what_it_held() {
    let (folder, mut venue) = (Folder::new(), venue());
    let config = LOT.replace("mode = \"simulated\"", "mode = \"paper\"") + &section(&venue);
    // The venue's key is not there, and nobody asks for it.
    let config = config + "\n[key]\nsecret = { env = \"PLIMSOLL_NO_SUCH_SECRET\" }\n";
    let config = folder.write("paper.toml", config);
    let state = folder.path().join("state");
    // Each start holds its snapshot against the whole journal.
    let flags = &["--speed", "max", "--check-snapshot"];
    let wanted = HubWanted { flags, ..HubWanted::new(&state, &config) };
    let mut hub = Hub::start_outside(&wanted, "");
    let ready = hub.wait_for(PATIENCE, |event| event["event"] == "ready");
    assert_eq!((&ready["mode"], &ready["simulated"]), (&"paper".into(), &false.into()), "{ready}");
    hub.wait_for(PATIENCE, |event| event["event"] == "trade");
    let report = |leg: &'static str, what: &'static str| {
        move |event: &serde_json::Value| {
            event["event"] == "report" && event["leg"] == leg && event["what"] == what
        }
    };
    hub.wait_for(PATIENCE, report("main", "filled"));
    hub.wait_for(PATIENCE, report("stop", "accepted"));
    hub.kill();
    // Who is gone is waited for no more.
    venue.control("DELETE", "/clients/1", &serde_json::Value::Null);
    let mut hub = Hub::start_outside(&wanted, "");
    let restarted = hub.wait_for(PATIENCE, |event| event["event"] == "restarted");
    // An order that was on its way when the process died never arrived, and that is known.
    let unknown = restarted["unknown"].as_array().unwrap();
    assert!(unknown.iter().all(|order| order["state"].is_string()), "{restarted}");
    assert!(restarted["positions"].as_u64() > Some(0), "{restarted}");
    hub.wait_for(PATIENCE, |event| event["event"] == "trade");
    assert_eq!(hub.stop(), Some(0));
    let journal = state.join("journal").display().to_string();
    plimsoll(&["audit", "verify", &journal]).ended(0);
    // What the account held and had resting is in the snapshot of a stop.
    let mut hub = Hub::start_outside(&wanted, "");
    let restored = hub.wait_for(PATIENCE, |event| event["event"] == "restored");
    assert!(restored["snapshot"].as_u64() > Some(0), "{restored}");
    assert!(restored["folded"].as_u64() < Some(10), "{restored}");
    hub.wait_for(PATIENCE, |event| event["event"] == "trade");
    assert_eq!(hub.stop(), Some(0));
    plimsoll(&["audit", "verify", &journal]).ended(0);
    assert!(venue.record().orders.is_empty(), "nothing was sent");
}

#[test]
fn a_clock_that_is_far_from_the_venues_begins_nothing() {
    let (folder, venue) = (Folder::new(), venue());
    // Its control port is not told: it is taken for a venue that runs by the clock of the world, as this machine does.
    let section = section(&venue);
    let section = section.split("control").next().unwrap();
    let config = LOT.replace("mode = \"simulated\"", "mode = \"paper\"") + section;
    let config = folder.write("paper.toml", config);
    let state = folder.path().join("state");
    let said = plimsoll(&["run", "--config", &config, "--state", &state.display().to_string()]);
    let said = said.ended(1);
    for part in ["this machine's clock is", "the venue's, wanted at most 10 s: set it; nothing"] {
        assert!(said.err.contains(part), "no `{part}` in {}", said.err);
    }
    assert!(!state.join("journal").join("segments").exists(), "nothing was entered");
}
