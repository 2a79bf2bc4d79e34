//! The book as a client keeps it from snapshot and changes, against the book of the engine.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sim::exchange::book::Depth;
use types::ids::SymbolId;
use types::num::{Price, Qty};
use types::side::Side;

use super::rig::Rig;

/// A book kept as documented ("How to manage a local order book correctly").
#[derive(Default)]
struct Local {
    bids: BTreeMap<Price, Qty>,
    asks: BTreeMap<Price, Qty>,
    last_update: u64,
}

impl Local {
    fn of(depth: &Depth) -> Self {
        let side = |levels: &[(Price, Qty)]| levels.iter().copied().collect();
        Self { bids: side(&depth.bids), asks: side(&depth.asks), last_update: depth.last_update }
    }

    /// Applies an event; returns whether it was one to apply.
    fn apply(&mut self, event: &Value) -> bool {
        let [first, last] = ["U", "u"].map(|name| event[name].as_u64().unwrap());
        if last <= self.last_update {
            return false;
        }
        assert!(first <= self.last_update + 1, "missed {} to {first}", self.last_update);
        for (name, side) in [("b", &mut self.bids), ("a", &mut self.asks)] {
            for level in event[name].as_array().unwrap() {
                let price: Price = level[0].as_str().unwrap().parse().unwrap();
                let qty: Qty = level[1].as_str().unwrap().parse().unwrap();
                if qty.is_zero() {
                    side.remove(&price);
                } else {
                    side.insert(price, qty);
                }
            }
        }
        self.last_update = last;
        true
    }
}

/// Some orders, as pure chance would have them; the same for the same round.
fn stir(rig: &mut Rig, round: u64) {
    let mut state = round.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    for _ in 0..5 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let side = if state.is_multiple_of(2) { Side::Buy } else { Side::Sell };
        let middle = if side == Side::Buy { 990 } else { 1_010 };
        let price = (middle + i64::try_from(state / 7 % 31).unwrap() - 15).to_string();
        let qty = (1 + state / 11 % 9).to_string();
        rig.place_quietly(0, side, &price, &qty);
    }
    rig.publish();
}

#[tokio::test]
async fn snapshot_and_changes_rebuild_the_book_exactly() {
    for path in ["/ws/bnbbtc@depth@100ms", "/ws/bnbbtc@depth"] {
        let mut rig = Rig::new().await;
        for round in 0..20 {
            stir(&mut rig, round);
        }
        rig.pass(30);
        let mut client = rig.connect(path).await;
        let mut local: Option<Local> = None;
        let (mut applied, mut before) = (0, None);
        for round in 20..320 {
            stir(&mut rig, round);
            rig.pass(37);
            if round == 25 {
                local = Some(Local::of(&rig.engine.depth(SymbolId(0), 5_000)));
            }
        }
        rig.pass(2_000);
        let last = rig.engine.depth(SymbolId(0), 5_000);
        let mut local = local.unwrap();
        while local.last_update < last.last_update {
            let event = client.next().await;
            assert_eq!((&event["e"], &event["s"]), (&json!("depthUpdate"), &json!("BNBBTC")));
            let [first, last] = ["U", "u"].map(|name| event[name].as_u64().unwrap());
            assert!(first <= last);
            if let Some(before) = before.replace(last) {
                assert_eq!(first, before + 1, "no update between two events");
            }
            applied += usize::from(local.apply(&event));
        }
        assert!(applied >= 10, "{path}: {applied} events");
        let truth = Local::of(&last);
        assert_eq!((local.bids, local.asks), (truth.bids, truth.asks), "{path}");
    }
}

#[tokio::test]
async fn the_best_levels_come_at_their_speed() {
    let mut rig = Rig::new().await;
    for level in 0..30 {
        rig.place_quietly(0, Side::Buy, &format!("{}", 100 - level), "1");
        rig.place_quietly(0, Side::Sell, &format!("{}", 101 + level), "2");
    }
    rig.publish();
    let mut five = rig.connect("/ws/bnbbtc@depth5@100ms").await;
    let mut twenty = rig.connect("/ws/bnbbtc@depth20").await;
    rig.pass(100);
    let seen = five.next().await;
    assert_eq!(seen["lastUpdateId"], json!(60));
    assert_eq!(seen["bids"].as_array().unwrap().len(), 5);
    assert_eq!(seen["bids"][0], json!(["100.00000000", "1.00000000"]));
    assert_eq!(seen["asks"][4], json!(["105.00000000", "2.00000000"]));
    twenty.silent().await;
    rig.pass(900);
    let seen = twenty.next().await;
    assert_eq!(seen["asks"].as_array().unwrap().len(), 20);
    let names: Vec<_> = seen.as_object().unwrap().keys().collect();
    assert_eq!(names, ["asks", "bids", "lastUpdateId"]);
}
