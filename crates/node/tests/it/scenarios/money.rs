//! Money that comes and goes, coins that are not ours, and rests of those that are.

use serde_json::json;

use super::scene::{SYMBOLS, Scene};
use crate::support::plimsoll;

#[test]
fn a_withdrawal_of_half_is_no_loss_and_foreign_coins_are_never_sold() {
    let mut scene = Scene::trading();
    let account = crate::processes::KEY;
    // What is locked in orders cannot be taken out; the venue gives what is free.
    scene.venue.control(
        "POST",
        "/flow",
        &json!({ "account": account, "asset": "USDT", "amount": "-50000" }),
    );
    let flow = scene.noted("Incident", &["FlowSeen"]);
    // Not in one breath: money against coins would be a trade.
    scene.venue.control(
        "POST",
        "/flow",
        &json!({ "account": account, "asset": "BTC", "amount": "1" }),
    );
    let foreign = scene.noted("Incident", &["ForeignBalance"]);
    let flows = scene.lines("Flow");
    let out = |line: &String| line.rsplit(' ').next().is_some_and(|amount| amount.starts_with('-'));
    assert!(flows.iter().any(out), "{flows:?}");
    scene.noted("Baseline", &["BTC are not ours"]);
    // It trades on, in all symbols, BTC among them.
    scene.trades_again("BTCUSDT");
    scene.quarters(10);
    let modes = scene.lines("Mode");
    let tripped = modes.iter().any(|line| line.contains("SafeMode"));
    assert!(!tripped, "{flow}; {foreign}; {modes:?}");
    let record = scene.venue.record();
    let (mut bought, mut sold) = (0, 0);
    for order in record.orders.values().filter(|order| order.symbol == "BTCUSDT") {
        if order.side == "buy" { bought += order.filled } else { sold += order.filled }
    }
    assert!(
        bought > 0 && sold <= bought,
        "bought {bought}, sold {sold}: the foreign coin is not ours"
    );
    scene.ends_well();
}

#[test]
fn what_somebody_bought_by_hand_is_adopted_and_it_trades_again() {
    let mut scene = Scene::trading();
    let (account, state) = (crate::processes::KEY, scene.state());
    let state = state.to_str().unwrap().to_owned();
    let adopt = |more: &[&str]| {
        let args = ["adopt", "BTCUSDT", "--state", &state, "--json"];
        plimsoll(&[&args[..], more].concat())
    };
    assert_eq!(adopt(&[]).ended(77).json()["code"], "NO_DIFFERENCE");
    // Somebody buys a coin with our money.
    for (asset, amount) in [("BTC", "1"), ("USDT", "-30000")] {
        let moved = json!({ "account": account, "asset": asset, "amount": amount });
        scene.venue.control("POST", "/flow", &moved);
    }
    let differs = scene.noted("Incident", &["PositionDiffers", "BTCUSDT"]);
    scene.noted("Mode", &["SafeMode"]);
    // It is shown, and booked once a person says why and types the symbol.
    let shown = scene.wait("an account at rest", |_| {
        let shown = adopt(&[]);
        (shown.code == 0).then(|| shown.json())
    });
    assert_eq!(shown["outcome"], "shown", "{shown}");
    assert_eq!(shown["adoption"]["cash"], "-30000", "{shown}");
    assert_eq!(shown["adoption"]["change"], "0", "{shown}");
    let booked = scene.wait("an adoption", |_| {
        let booked = adopt(&["--reason", "bought on the page", "--yes", "--operator", "ada"]);
        (booked.code == 0).then(|| booked.json())
    });
    assert_eq!(booked["outcome"], "done", "{booked}");
    let line = scene.noted("Adopted", &["ada", "bought on the page", "a flow of -30000"]);
    scene.over(&differs);
    scene.released();
    scene.trades_again("BTCUSDT");
    // What came is not ours, and stays.
    let record = scene.venue.record();
    let (mut bought, mut sold) = (0, 0);
    for order in record.orders.values().filter(|order| order.symbol == "BTCUSDT") {
        if order.side == "buy" { bought += order.filled } else { sold += order.filled }
    }
    assert!(sold <= bought, "bought {bought}, sold {sold}: {line}");
    scene.ends_well();
}

#[test]
fn a_fee_in_coins_leaves_a_rest_that_is_not_sold() {
    let mut scene = Scene::trading();
    // A purchase pays a thousandth of its coins: what is left is no whole number of lots.
    scene.until("a sale that left a rest", |record| {
        SYMBOLS.iter().any(|symbol| {
            let of = |side| {
                let mut all = record.orders.values().filter(|o| o.symbol == *symbol);
                all.any(|o| o.side == side && o.filled > 0)
            };
            of("sell") && record.held(symbol) == 0 && record.rest(symbol) > 0
        })
    });
    scene.quarters(8);
    let record = scene.venue.record();
    for symbol in SYMBOLS {
        assert!(record.rest(symbol) >= 0, "more of {symbol} sold than bought");
    }
    // Nobody tries what the venue cannot take, and nobody is called for it.
    let reported = scene.reported();
    assert!(!reported.contains(&"rejected".to_owned()), "{reported:?}");
    let modes = scene.lines("Mode");
    assert!(!modes.iter().any(|line| line.contains("SafeMode")), "{modes:?}");
    scene.ends_well();
}
