//! Every documented error that an order can meet, by code and message.

use sim::exchange::book::{SymbolStatus, VenueLimits};
use types::ids::SymbolId;

use super::support::{Desk, Setup};

/// The order that each line changes.
const GOOD: &str =
    "POST order symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.1&price=9000";

/// What is replaced, by what, HTTP status, code, message.
#[tokio::test]
async fn each_mistake_is_named_as_documented() {
    let desk = Desk::open().await;
    desk.maker(&["buy 9900 1", "sell 10000 1", "sell 10100 1"]);
    desk.ask("POST order symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.001").await.good();
    let mandatory = |name: &str| {
        format!("Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")
    };
    let not_required = |name: &str| format!("Parameter '{name}' sent when not required.");
    let filter = |name: &str| format!("Filter failure: {name}");
    let own = str::to_owned;
    let stop = "&type=STOP_LOSS&stopPrice=";
    for (from, to, code, msg) in [
        ("symbol=BTCUSDT&", "", -1102, mandatory("symbol")),
        ("symbol=BTCUSDT", "symbol=", -1105, own("Parameter 'symbol' was empty.")),
        ("symbol=BTCUSDT", "symbol=BTCEUR", -1121, own("Invalid symbol.")),
        (
            "symbol=BTCUSDT",
            "symbol=btcusdt",
            -1100,
            own(
                "Illegal characters found in parameter 'symbol'; legal range is '^[A-Z0-9-_.]{1,20}$'.",
            ),
        ),
        ("side=BUY", "side=LONG", -1117, own("Invalid side.")),
        ("type=LIMIT", "type=ICEBERG", -1116, own("Invalid orderType.")),
        ("timeInForce=GTC", "timeInForce=GTX", -1115, own("Invalid timeInForce.")),
        ("&timeInForce=GTC", "", -1102, mandatory("timeInForce")),
        ("&quantity=0.1", "", -1102, mandatory("quantity")),
        ("&price=9000", "", -1102, mandatory("price")),
        (
            "quantity=0.1",
            "quantity=lots",
            -1100,
            own(
                "Illegal characters found in parameter 'quantity'; legal range is '^([0-9]{1,20})(\\.[0-9]{1,20})?$'.",
            ),
        ),
        (
            "quantity=0.1",
            "quantity=0.1234567891",
            -1111,
            own("Parameter 'quantity' has too much precision."),
        ),
        (
            "quantity=0.1",
            "quantity=99999999999999999999",
            -1108,
            own("Parameter 'quantity' overflowed."),
        ),
        ("&price=9000", "&price=9000&stopPrice=1", -1106, not_required("stopPrice")),
        ("type=LIMIT", "type=LIMIT_MAKER", -1106, not_required("timeInForce")),
        (
            "&price=9000",
            "&price=9000&newClientOrderId=a%20b",
            -1100,
            own(
                "Illegal characters found in parameter 'newClientOrderId'; legal range is '^[\\.A-Z\\:/a-z0-9_-]{1,36}$'.",
            ),
        ),
        (
            "&price=9000",
            "&price=9000&strategyType=1",
            -1134,
            own("strategyType was less than 1000000."),
        ),
        (
            "&price=9000",
            "&price=9000&colour=blue",
            -1104,
            own("Not all sent parameters were read; read '8' parameter(s) but was sent '9'."),
        ),
        (
            "&price=9000",
            "&price=9000&price=9001",
            -1101,
            own("Duplicate values for a parameter detected."),
        ),
        (
            "&price=9000",
            "&price=9000&icebergQty=0.01",
            -1013,
            own("Iceberg orders are not supported for this symbol."),
        ),
        (
            "&price=9000",
            "&price=9000&newOrderRespType=SONG",
            -1130,
            own("Data sent for parameter 'newOrderRespType' is not valid."),
        ),
        ("price=9000", "price=9000.001", -1013, filter("PRICE_FILTER")),
        ("price=9000", "price=0", -1013, filter("PRICE_FILTER")),
        ("quantity=0.1", "quantity=0.000001", -1013, filter("LOT_SIZE")),
        ("quantity=0.1", "quantity=0", -1013, filter("LOT_SIZE")),
        ("quantity=0.1", "quantity=10000", -1013, filter("LOT_SIZE")),
        ("quantity=0.1", "quantity=0.00055", -1013, filter("NOTIONAL")),
        ("price=9000", "price=1999.99", -1013, filter("PERCENT_PRICE_BY_SIDE")),
        ("price=9000", "price=50000.01", -1013, filter("PERCENT_PRICE_BY_SIDE")),
        (
            "quantity=0.1",
            "quantity=12",
            -2010,
            own("Account has insufficient balance for requested action."),
        ),
        (
            "&type=LIMIT&timeInForce=GTC&quantity=0.1&price=9000",
            "&type=LIMIT_MAKER&quantity=0.1&price=10000",
            -2010,
            own("Order would immediately match and take."),
        ),
        (
            "&type=LIMIT&timeInForce=GTC&quantity=0.1&price=9000",
            &format!("{stop}9000&quantity=0.1"),
            -2010,
            own("Order would trigger immediately."),
        ),
        (
            "&type=LIMIT&timeInForce=GTC&quantity=0.1&price=9000",
            "&type=MARKET",
            -1102,
            own("Param 'quantity' or 'quoteOrderQty' must be sent, but both were empty/null!"),
        ),
        (
            "&type=LIMIT&timeInForce=GTC&quantity=0.1&price=9000",
            "&type=MARKET&quantity=0.1&price=1",
            -1106,
            not_required("price"),
        ),
    ] {
        let request = GOOD.replacen(from, to, 1);
        let answer = desk.ask(&request).await;
        let told =
            (answer.status, answer.code(), answer.json()["msg"].as_str().unwrap().to_owned());
        assert_eq!(told, (400, code, msg), "{request}");
        // What cannot be placed cannot be tested either, but for what only the market of the moment or a balance decides.
        if code > -2010 {
            let test = desk.ask(&request.replacen("POST order ", "POST order/test ", 1)).await;
            assert_eq!(test.code(), code, "{request}");
        }
    }
    desk.ask(GOOD).await.good();
    desk.venue.stop().await;
}

#[tokio::test]
async fn a_symbol_that_does_not_trade_takes_no_orders() {
    let desk = Desk::open().await;
    desk.ask(GOOD).await.good();
    let set = |status: SymbolStatus| {
        let (set, _) = desk.venue.shared().act(|core| {
            let now = core.now();
            core.step(now, |engine, at| engine.set_status(SymbolId(0), status, at))
        });
        set.unwrap();
    };
    set(SymbolStatus::Halt);
    let halted = desk.ask(GOOD).await;
    assert_eq!(
        (halted.code(), halted.json()["msg"].as_str().unwrap()),
        (-2010, "Market is closed.")
    );
    let info = desk.get("/api/v3/exchangeInfo?symbolStatus=HALT").await.good();
    assert_eq!(info["symbols"][0]["status"], "HALT");
    desk.ask("DELETE order symbol=BTCUSDT&orderId=1").await.good();
    set(SymbolStatus::Trading);
    desk.ask(GOOD).await.good();
    set(SymbolStatus::Delisted);
    assert_eq!(desk.ask(GOOD).await.code(), -2010);
    let info = desk.get("/api/v3/exchangeInfo").await.good();
    assert_eq!(info["symbols"].as_array().unwrap().len(), 1);
    let expired = desk.ask("GET order symbol=BTCUSDT&orderId=2").await.good();
    assert_eq!(expired["status"], "EXPIRED");
    desk.venue.stop().await;
}

#[tokio::test]
async fn open_orders_are_counted_on_symbol_and_venue() {
    let venue_limits =
        VenueLimits { max_orders: Some(2), max_algo_orders: Some(1), max_order_lists: Some(0) };
    let desk = Desk::with(Setup { venue_limits, ..Setup::default() }).await;
    desk.maker(&["buy 9900 1", "sell 10000 1"]);
    desk.ask("POST order symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.001").await.good();
    let stop = "POST order symbol=BTCUSDT&side=SELL&type=STOP_LOSS&quantity=0.1&stopPrice=9000";
    desk.ask(stop).await.good();
    let msg = |answer: super::support::Answer| answer.json()["msg"].as_str().unwrap().to_owned();
    assert_eq!(msg(desk.ask(stop).await), "Filter failure: EXCHANGE_MAX_NUM_ALGO_ORDERS");
    let list = "POST order/oco symbol=BTCUSDT&side=SELL&quantity=0.1&price=11000&stopPrice=9000";
    assert!(msg(desk.ask(list).await).starts_with("Filter failure: EXCHANGE_MAX_NUM"));
    desk.ask(GOOD).await.good();
    assert_eq!(msg(desk.ask(GOOD).await), "Filter failure: EXCHANGE_MAX_NUM_ORDERS");
    let info = desk.get("/api/v3/exchangeInfo").await.good();
    assert_eq!(info["exchangeFilters"][0]["maxNumOrders"], 2);
    desk.venue.stop().await;
}
