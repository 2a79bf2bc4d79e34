//! Entries of which so little trades first that no stop can rest for it.

use std::time::Duration;

use serde_json::Value;

use super::scene::{Scene, Stage};
use crate::processes::Order;
use crate::support::plimsoll;

/// Counts of 0.00000001 of a coin, and of the settlement asset.
const UNIT: i64 = 100_000_000;

/// The venue's smallest order of every symbol, in the settlement asset.
const SMALLEST: i64 = 5;

/// Returns the lot of a symbol, counts of 0.00000001.
fn lot(symbol: &str) -> i64 {
    match symbol {
        "BTCUSDT" => UNIT / 100_000,
        "ETHUSDT" => UNIT / 10_000,
        "SOLUSDT" => UNIT / 1_000,
        "XRPUSDT" => UNIT / 10,
        other => panic!("{other} is not traded here"),
    }
}

/// Returns how many lots of an entry are worth about an amount of the settlement asset.
fn worth(order: &Order, amount: i64) -> i64 {
    let kind: Value = serde_json::from_str(&order.kind).unwrap();
    let fields =
        kind.as_object().and_then(|kind| kind.values().next()).expect("a type with fields");
    let price = fields["price"].as_i64().expect("entries rest at a price");
    let lot = lot(&order.symbol);
    let qty = i128::from(amount * UNIT) * i128::from(UNIT) / i128::from(price);
    i64::try_from(qty).unwrap() / lot * lot
}

/// Lets somebody trade so little with an entry that nobody has traded with; returns the entry, and how much.
#[track_caller]
fn a_little(scene: &mut Scene) -> (Order, i64) {
    scene.wait("an entry that trades a little", |scene| {
        let open: Vec<Order> = scene.venue.record().open().into_iter().cloned().collect();
        let mut entries = open.into_iter().filter(|o| o.side == "buy" && o.filled == 0);
        entries.find_map(|entry| {
            let part = worth(&entry, SMALLEST * 3 / 5);
            assert!(part > 0 && part < entry.qty, "{part} of {entry:?}");
            scene.venue.trade(&entry, part).then_some((entry, part))
        })
    })
}

/// Returns what the hub says of a symbol that it holds.
fn held(scene: &Scene, symbol: &str) -> Option<Value> {
    let state = scene.state().display().to_string();
    let positions = plimsoll(&["positions", "--state", &state, "--json"]).ended(0).json();
    let mut positions = positions.as_array().unwrap().iter();
    positions.find(|position| position["symbol"] == symbol).cloned()
}

/// Whether the hub says of a symbol that all of it is dust.
fn is_dust(scene: &Scene, symbol: &str) -> bool {
    held(scene, symbol).is_some_and(|held| {
        held["dust"] == held["qty"] && held["stop"].is_null() && held["unprotected"] == "0"
    })
}

/// Returns the entry of a symbol that is open; another one took the stead of the first where that was moved.
fn entry_of(scene: &mut Scene, symbol: &str) -> Option<Order> {
    let open = scene.venue.record().open();
    open.into_iter().find(|order| order.side == "buy" && order.symbol == symbol).cloned()
}

/// Returns when a stop for a symbol was last accepted.
fn last_stop(scene: &mut Scene, symbol: &str) -> Option<i64> {
    let orders = scene.venue.record().orders.values();
    orders.filter(|o| o.symbol == symbol && o.is_stop()).map(|o| o.created).max()
}

#[test]
fn an_entry_of_which_too_little_trades_first_has_its_stop_once_more_of_it_trades() {
    // Slow enough to look at an entry while it rests at the touch, for a second.
    let mut scene = Stage::new().speed("60").start();
    let mut tries = 0;
    let symbol = loop {
        tries += 1;
        assert!(tries < 8, "INVALID: somebody else has met every entry first");
        let (entry, _) = a_little(&mut scene);
        let symbol = entry.symbol.clone();
        let stop = last_stop(&mut scene, &symbol);
        let named = (0..20).any(|_| {
            scene.hub.let_work(Duration::from_millis(10));
            is_dust(&scene, &symbol)
        });
        // The crowd trades with it as well: then there is more than a little.
        let Some(entry) = entry_of(&mut scene, &symbol).filter(|_| named) else { continue };
        assert_eq!(last_stop(&mut scene, &symbol), stop, "no stop can rest for dust");
        if scene.venue.trade(&entry, worth(&entry, SMALLEST * 20)) {
            break symbol;
        }
    };
    scene.until("a stop for all of it", |record| {
        record.protected(&symbol) > 0
            && record.rest(&symbol) - record.protected(&symbol) < lot(&symbol)
    });
    let incidents = scene.lines("Incident");
    assert!(!incidents.iter().any(|line| line.contains("Unprotected")), "{incidents:?}");
    let reported = scene.reported();
    assert!(!reported.contains(&"rejected".to_owned()), "{reported:?}");
    assert_eq!(scene.hub.stop(), Some(0));
    scene.audit();
}

#[test]
fn what_little_traded_of_an_entry_that_is_cancelled_is_named_and_kept() {
    for _ in 0..4 {
        // Another symbol has its stop by then: both records are enough to judge by.
        let mut scene = Stage::new().speed("60").trading();
        let (entry, part) = a_little(&mut scene);
        let (symbol, state) = (entry.symbol, scene.state().display().to_string());
        // The kill switch cancels every entry.
        plimsoll(&["kill", "--state", &state, "--operator", "ada", "--json"]).ended(0);
        scene.until("the end of every entry", |record| {
            record.open().iter().all(|o| o.side == "sell")
        });
        let mut orders = scene.venue.record().orders.values();
        if orders.any(|order| order.client_id == entry.client_id && order.filled > part) {
            // Somebody of the crowd was quicker.
            continue;
        }
        scene.wait("dust that is named", |scene| is_dust(scene, &symbol).then_some(()));
        let said = plimsoll(&["positions", "--state", &state]).ended(0).out;
        let line = said.lines().find(|line| line.contains(&symbol));
        assert!(line.is_some_and(|line| line.contains("dust, too small to be sold")), "{said}");
        // Nobody tries to sell or to protect what the venue cannot take, and nobody is called for it.
        scene.hub.let_work(Duration::from_secs(2));
        let mut orders = scene.venue.record().orders.values();
        let sold =
            orders.find(|o| o.symbol == symbol && o.side == "sell" && o.created > entry.created);
        assert_eq!(sold, None);
        let reported = scene.reported();
        assert!(!reported.contains(&"rejected".to_owned()), "{reported:?}");
        let incidents = scene.lines("Incident");
        assert!(!incidents.iter().any(|line| line.contains("Unprotected")), "{incidents:?}");
        let before = held(&scene, &symbol).unwrap();
        // The next life knows it, too.
        scene.restart();
        scene.wait("dust that is named", |scene| is_dust(scene, &symbol).then_some(()));
        assert_eq!(held(&scene, &symbol).unwrap()["qty"], before["qty"]);
        assert_eq!(scene.hub.stop(), Some(0));
        return scene.audit();
    }
    panic!("INVALID: somebody else has met every entry first");
}
