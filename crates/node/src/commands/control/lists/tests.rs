//! What is told of positions where no hub runs.

use super::*;

fn stop(trigger: f64, qty: f64, state: &str) -> OpenOrder {
    OpenOrder {
        command_seq: 7,
        leg: "stop".to_owned(),
        attempt: 0,
        placed_at: String::new(),
        symbol: "BTCUSDT".to_owned(),
        side: "sell".to_owned(),
        kind: "stop_market".to_owned(),
        price: None,
        trigger_price: Some(trigger),
        qty,
        filled: 0.0,
        time_in_force: "gtc".to_owned(),
        reduce_only: true,
        state: state.to_owned(),
    }
}

/// A position of 2 whose stops are these.
fn told(orders: &[OpenOrder]) -> (PositionTold, String) {
    let qty = |rests: bool| orders.iter().filter(|o| o.rests() == rests).map(|o| o.qty).sum();
    let held = Position {
        symbol: "BTCUSDT".to_owned(),
        qty: 2.0,
        average_entry: Some(100.0),
        opened_at: None,
        mark: None,
        value: None,
        unrealised: None,
        realised: 0.0,
        stops: qty(true),
        stops_in_doubt: qty(false),
    };
    let told = kept_position(held, orders);
    let words = position(&told);
    (told, words)
}

#[test]
fn a_stop_of_which_the_journal_is_not_sure_is_not_told_as_one_that_rests() {
    let (sure, words) = told(&[stop(95.0, 2.0, "working")]);
    assert_eq!((sure.stop.as_deref(), sure.unprotected.as_str()), (Some("95"), "0"));
    assert_eq!(words, "BTCUSDT 2 at 100; stop 95 rests");
    // A step of the stop whose answer never came: neither the old nor the new one is sure.
    for state in ["submitted", "unknown", "intent", "cancel_pending", "replace_pending"] {
        let (doubt, words) = told(&[stop(95.0, 2.0, state)]);
        assert_eq!((doubt.stop, doubt.unprotected.as_str()), (None, "2.00000000"), "{state}");
        let wanted = format!("not known whether it rests: stop 95 ({state})");
        assert!(words.contains("NO STOP FOR SURE") && words.contains(&wanted), "{words}");
    }
    let (both, words) = told(&[stop(96.0, 1.0, "submitted"), stop(95.0, 1.0, "working")]);
    assert_eq!(both.stop.as_deref(), Some("95"), "the one that rests, whichever is first");
    assert!(words.contains("stop 95 rests, 1.00000000 UNPROTECTED; not known"), "{words}");
    assert!(told(&[]).1.ends_with("; NO STOP"));
    assert_eq!(both.dust, None, "what is too small to be sold is the venue's to say");
}
