//! Each stream's fields, against the names and kinds of the documentation's examples.

use serde_json::{Value, json};
use types::side::Side;

use super::rig::Rig;

/// Checks that a message has the fields of the documented example, of the same kinds, and no other.
#[track_caller]
fn like(seen: &Value, example: &Value) {
    match (seen, example) {
        (Value::Object(seen), Value::Object(example)) => {
            let names = |map: &serde_json::Map<String, Value>| {
                let mut names: Vec<_> = map.keys().cloned().collect();
                names.sort();
                names
            };
            assert_eq!(names(seen), names(example));
            for (name, value) in example {
                like(&seen[name], value);
            }
        }
        (Value::Array(seen), Value::Array(example)) => {
            for value in seen {
                like(value, example.first().expect("an example"));
            }
        }
        (Value::String(seen), Value::String(example)) if is_decimal(example) => {
            assert!(is_decimal(seen), "{seen} is no number like {example}");
        }
        (Value::String(_), Value::String(_))
        | (Value::Bool(_), Value::Bool(_))
        | (Value::Number(_), Value::Number(_)) => {}
        other => panic!("wanted another kind: {other:?}"),
    }
}

fn is_decimal(text: &str) -> bool {
    text.parse::<f64>().is_ok()
}

#[tokio::test]
async fn trades_and_aggregates_have_the_documented_fields() {
    let mut rig = Rig::new().await;
    let mut trades = rig.connect("/ws/bnbbtc@trade").await;
    let mut aggregates = rig.connect("/ws/bnbbtc@aggTrade").await;
    rig.place(0, Side::Sell, "0.001", "60");
    rig.place(0, Side::Sell, "0.001", "40");
    rig.place(0, Side::Sell, "0.002", "5");
    rig.pass(2136);
    rig.place(0, Side::Buy, "0.002", "102");
    let example = json!({
        "e": "trade", "E": 1_672_515_782_136_i64, "s": "BNBBTC", "t": 12345, "p": "0.001",
        "q": "100", "T": 1_672_515_782_136_i64, "m": true, "M": true
    });
    let wanted = [
        ("0.00100000", "60.00000000", 1),
        ("0.00100000", "40.00000000", 2),
        ("0.00200000", "2.00000000", 3),
    ];
    for (price, qty, id) in wanted {
        let seen = trades.next().await;
        like(&seen, &example);
        assert_eq!(
            seen,
            json!({
                "e": "trade", "E": 1_672_515_782_136_i64, "s": "BNBBTC", "t": id, "p": price,
                "q": qty, "T": 1_672_515_782_136_i64, "m": false, "M": true
            })
        );
    }
    let example = json!({
        "e": "aggTrade", "E": 1_672_515_782_136_i64, "s": "BNBBTC", "a": 12345, "p": "0.001",
        "q": "100", "f": 100, "l": 105, "T": 1_672_515_782_136_i64, "m": true, "M": true
    });
    for (price, qty, id, first, last) in
        [("0.00100000", "100.00000000", 1, 1, 2), ("0.00200000", "2.00000000", 2, 3, 3)]
    {
        let seen = aggregates.next().await;
        like(&seen, &example);
        assert_eq!(
            (&seen["p"], &seen["q"], &seen["a"], &seen["f"], &seen["l"]),
            (&json!(price), &json!(qty), &json!(id), &json!(first), &json!(last))
        );
    }
    rig.place(0, Side::Sell, "0.0001", "1");
    rig.place(0, Side::Sell, "0.002", "3");
    trades.silent().await;
    rig.place(0, Side::Buy, "0.0001", "1");
    let resting_buyer = trades.next().await;
    assert_eq!(resting_buyer["m"], json!(false));
}

#[tokio::test]
async fn the_running_bar_comes_every_two_seconds_and_once_when_it_is_over() {
    let mut rig = Rig::new().await;
    let mut bars = rig.connect("/ws/bnbbtc@kline_1m").await;
    let mut seconds = rig.connect("/ws/bnbbtc@kline_1s").await;
    rig.place(0, Side::Sell, "0.001", "100");
    rig.place(0, Side::Buy, "0.001", "10");
    rig.pass(1999);
    let closed = seconds.next().await;
    assert_eq!((&closed["k"]["x"], &closed["k"]["i"]), (&json!(true), &json!("1s")));
    bars.silent().await;
    rig.pass(1);
    let seen = bars.next().await;
    let example = json!({
        "e": "kline", "E": 1_672_515_782_136_i64, "s": "BNBBTC",
        "k": {
            "t": 1_672_515_780_000_i64, "T": 1_672_515_839_999_i64, "s": "BNBBTC", "i": "1m",
            "f": 100, "L": 200, "o": "0.0010", "c": "0.0020", "h": "0.0025", "l": "0.0015",
            "v": "1000", "n": 100, "x": false, "q": "1.0000", "V": "500", "Q": "0.500",
            "B": "123456"
        }
    });
    like(&seen, &example);
    assert_eq!(
        seen["k"],
        json!({
            "t": 1_672_515_780_000_i64, "T": 1_672_515_839_999_i64, "s": "BNBBTC", "i": "1m",
            "f": 1, "L": 1, "o": "0.00100000", "c": "0.00100000", "h": "0.00100000",
            "l": "0.00100000", "v": "10.00000000", "n": 1, "x": false, "q": "0.01000000",
            "V": "10.00000000", "Q": "0.01000000", "B": "0"
        })
    );
    rig.pass(56_000);
    assert_eq!(bars.next().await["k"]["x"], json!(false));
    rig.pass(1_999);
    bars.silent().await;
    // A trade in the last millisecond still counts for the bar; the trade after it does not.
    rig.place(0, Side::Buy, "0.001", "5");
    rig.now = rig.now.plus(1_000_000);
    rig.place(0, Side::Buy, "0.001", "7");
    let closed = bars.next().await;
    let told = ["t", "x", "n", "v"].map(|name| closed["k"][name].clone());
    let wanted = json!([1_672_515_780_000_i64, true, 2, "15.00000000"]);
    assert_eq!(json!(told), wanted);
    rig.pass(2_000);
    let running = loop {
        let seen = bars.next().await;
        if seen["E"] == json!(1_672_515_842_000_i64) {
            break seen;
        }
    };
    let told = ["t", "x", "n", "v"].map(|name| running["k"][name].clone());
    assert_eq!(json!(told), json!([1_672_515_840_000_i64, false, 1, "7.00000000"]));
}

#[tokio::test]
async fn tickers_have_the_documented_fields() {
    let mut rig = Rig::new().await;
    let mini = json!({
        "e": "24hrMiniTicker", "E": 1, "s": "BNBBTC", "c": "0.0025", "o": "0.0010",
        "h": "0.0025", "l": "0.0010", "v": "10000", "q": "18"
    });
    let window = json!({
        "e": "1hTicker", "E": 1, "s": "BNBBTC", "p": "0.0015", "P": "250.00", "o": "0.0010",
        "h": "0.0025", "l": "0.0010", "c": "0.0025", "w": "0.0018", "v": "10000", "q": "18",
        "O": 0, "C": 1, "F": 0, "L": 18150, "n": 18151
    });
    let mut full = window.clone();
    for (name, value) in
        [("x", "0.0009"), ("Q", "10"), ("b", "0.0024"), ("B", "10"), ("a", "0.0026"), ("A", "1")]
    {
        full[name] = json!(value);
    }
    let mut clients = Vec::new();
    for (name, example) in [
        ("bnbbtc@miniTicker", &mini),
        ("bnbbtc@ticker", &full),
        ("bnbbtc@ticker_1h", &window),
        ("!miniTicker@arr", &json!([mini])),
        ("!ticker@arr", &json!([full])),
        ("!ticker_4h@arr", &json!([window])),
    ] {
        clients.push((name, rig.connect(&format!("/ws/{name}")).await, example.clone()));
    }
    rig.place(0, Side::Sell, "0.0026", "100");
    rig.place(0, Side::Buy, "0.0024", "10");
    rig.place(0, Side::Buy, "0.0026", "1");
    rig.pass(1_000);
    for (name, client, example) in &mut clients {
        let seen = client.next().await;
        like(&seen, example);
        let one = seen.get(0).unwrap_or(&seen);
        assert_eq!((&one["s"], &one["c"]), (&json!("BNBBTC"), &json!("0.00260000")), "{name}");
        if let Some(all) = seen.as_array() {
            assert_eq!(all.len(), 1, "only what changed: {seen}");
        }
    }
    let (_, ticker, _) = &mut clients[1];
    rig.pass(1_000);
    let seen = ticker.next().await;
    let best = ["b", "B", "a", "A", "Q", "n", "F", "L"].map(|name| seen[name].clone());
    let wanted =
        json!(["0.00240000", "10.00000000", "0.00260000", "99.00000000", "1.00000000", 1, 1, 1]);
    assert_eq!(json!(best), wanted);
}

#[tokio::test]
async fn the_best_prices_and_the_average_have_the_documented_fields() {
    let mut rig = Rig::new().await;
    let mut best = rig.connect("/ws/bnbbtc@bookTicker").await;
    let mut average = rig.connect("/ws/bnbbtc@avgPrice").await;
    rig.place(0, Side::Buy, "25.3519", "31.21");
    assert_eq!(best.next().await["a"], json!("0.00000000"));
    rig.place(0, Side::Sell, "25.3652", "40.66");
    let seen = best.next().await;
    let example = json!({
        "u": 400_900_217, "s": "BNBUSDT", "b": "25.35190000", "B": "31.21000000",
        "a": "25.36520000", "A": "40.66000000"
    });
    like(&seen, &example);
    for (name, wanted) in
        [("b", "25.35190000"), ("B", "31.21000000"), ("a", "25.36520000"), ("A", "40.66000000")]
    {
        assert_eq!(seen[name], json!(wanted));
    }
    // A level behind the best price changes nothing here.
    rig.place(0, Side::Buy, "25", "1");
    best.silent().await;
    rig.place(0, Side::Buy, "25.3652", "0.66");
    assert_eq!(best.next().await["A"], json!("40.00000000"));
    rig.pass(1_000);
    let seen = average.next().await;
    let example = json!({
        "e": "avgPrice", "E": 1_693_907_033_000_i64, "s": "BTCUSDT", "i": "5m",
        "w": "25776.86000000", "T": 1_693_907_032_213_i64
    });
    like(&seen, &example);
    assert_eq!(seen["w"], json!("25.36520000"));
    assert_eq!(seen["T"], json!(1_672_515_780_000_i64));
}

#[tokio::test]
async fn times_are_told_in_microseconds_to_those_who_ask() {
    let mut rig = Rig::new().await;
    let mut micros = rig.connect("/ws/bnbbtc@trade?timeUnit=MICROSECOND").await;
    let mut millis = rig.connect("/stream?streams=bnbbtc@trade").await;
    rig.now = rig.now.plus(1_234_567);
    rig.place(0, Side::Sell, "1", "1");
    rig.place(0, Side::Buy, "1", "1");
    assert_eq!(micros.next().await["T"], json!(1_672_515_780_001_234_i64));
    let seen = millis.next().await;
    assert_eq!(seen["stream"], json!("bnbbtc@trade"));
    assert_eq!(seen["data"]["T"], json!(1_672_515_780_001_i64));
}
