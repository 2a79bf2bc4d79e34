//! Symbols that are halted, delisted, or get other rules.

use rustix::process::Signal;
use serde_json::json;

use super::scene::{PATIENCE, Scene};

const SYMBOL: &str = "ETHUSDT";

/// A scene in which the symbol is held and protected.
fn held() -> Scene {
    let mut scene = Scene::trading();
    scene.until("a position of the symbol, protected", |record| {
        record.held(SYMBOL) > 0 && record.bare().is_empty() && record.protected(SYMBOL) > 0
    });
    scene
}

#[test]
fn a_halted_symbol_is_not_entered_and_its_stop_stays() {
    let mut scene = held();
    scene.venue.control("POST", "/halt", &json!({ "symbol": SYMBOL }));
    // The rules are asked for every ten minutes of real time, and at each start.
    scene.restart();
    let halted = scene.noted("Incident", &["SymbolHalted", SYMBOL]);
    let before = scene.purchases(SYMBOL);
    scene.quarters(4);
    assert_eq!(scene.purchases(SYMBOL), before, "nothing is bought while it is halted");
    // The others go on.
    scene.trades_again("");
    scene.venue.control("POST", "/resume", &json!({ "symbol": SYMBOL }));
    scene.restart();
    scene.over(&halted);
    scene.trades_again(SYMBOL);
    scene.ends_well();
}

#[test]
fn a_symbol_delisted_with_a_position_open_is_told_and_left_alone() {
    let mut scene = held();
    scene.venue.control("POST", "/delist", &json!({ "symbol": SYMBOL }));
    // The journal trades a symbol that the venue no longer knows when the hub starts.
    scene.restart();
    // The simulated venue shows a symbol that is gone as one that does not trade.
    scene.noted("Incident", &["SymbolHalted", SYMBOL]);
    // Its stop is gone with it, and no order is taken there: a critical incident.
    scene.noted("Incident", &["Unprotected", SYMBOL]);
    let before = scene.purchases(SYMBOL);
    scene.restart();
    scene.quarters(4);
    assert_eq!(scene.purchases(SYMBOL), before);
    // The position has no stop: the venue ended it, and takes none. An end like that is not in good order.
    scene.hub.signal(Signal::TERM);
    let (code, said) = scene.hub.last_words(PATIENCE);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains(&format!("{SYMBOL} is held without a stop")), "{said}");
    let record = scene.venue.record();
    assert!(record.held(SYMBOL) > 0 && record.protected(SYMBOL) == 0);
    assert_eq!(record.doubled(), Vec::<&str>::new());
}

#[test]
fn a_lot_size_that_changes_under_a_working_order_is_followed() {
    let mut scene = held();
    // 0.0001 was the lot.
    scene.venue.control(
        "POST",
        "/filters",
        &json!({ "symbol": SYMBOL, "lot": "0.01", "min_qty": "0.01" }),
    );
    scene.restart();
    scene.until("a stop in the new lots", |record| {
        let open = record.open();
        let mut stops = open.iter().filter(|o| o.symbol == SYMBOL && o.is_stop()).peekable();
        stops.peek().is_some() && stops.all(|stop| stop.qty % 1_000_000 == 0)
    });
    scene.trades_again(SYMBOL);
    scene.quarters(2);
    assert_eq!(scene.hub.stop(), Some(0));
    let record = scene.venue.record();
    let last = record.orders.values().rfind(|o| o.symbol == SYMBOL && o.side == "buy").unwrap();
    assert_eq!(last.qty % 1_000_000, 0, "{last:?}");
}
