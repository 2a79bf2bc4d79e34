//! What everybody may ask about the venue itself.

use serde_json::json;

use super::support::{Desk, MOMENT, has_fields, told};

#[tokio::test]
async fn somebody_is_there_and_says_the_time() {
    let desk = Desk::open().await;
    let ping = desk.get("/api/v3/ping").await;
    assert_eq!((ping.status, ping.text.as_str()), (200, "{}"));
    assert_eq!(ping.header("content-type"), Some("application/json;charset=UTF-8"));
    assert_eq!(ping.header("x-plimsoll-simulated"), Some("true"));
    assert_eq!(desk.get("/api/v3/time").await.good(), json!({ "serverTime": MOMENT }));
    let micros = [("x-mbx-time-unit", "MICROSECOND")];
    let time = desk.raw("GET", "/api/v3/time", &micros, "").await.unwrap();
    assert_eq!(time.good(), json!({ "serverTime": MOMENT * 1_000 }));
    let wrong = desk.raw("GET", "/api/v3/time", &[("x-mbx-time-unit", "HOUR")], "").await.unwrap();
    assert_eq!((wrong.status, wrong.code()), (400, -1194));
    let status = desk.get("/sapi/v1/system/status").await.good();
    assert_eq!(status, json!({ "status": 0, "msg": "normal" }));
    desk.venue.stop().await;
}

#[tokio::test]
async fn exchange_information_has_the_documented_shape() {
    let desk = Desk::open().await;
    let info = desk.get("/api/v3/exchangeInfo").await.good();
    has_fields(&info, "timezone serverTime rateLimits exchangeFilters symbols");
    let limits: Vec<String> = info["rateLimits"]
        .as_array()
        .unwrap()
        .iter()
        .map(|limit| told(limit, "rateLimitType interval intervalNum limit"))
        .collect();
    assert_eq!(
        limits,
        [
            "REQUEST_WEIGHT MINUTE 1 6000",
            "ORDERS SECOND 10 100",
            "ORDERS DAY 1 200000",
            "RAW_REQUESTS MINUTE 5 61000"
        ]
    );
    let symbol = &info["symbols"][0];
    has_fields(
        symbol,
        "symbol status baseAsset baseAssetPrecision quoteAsset quotePrecision \
         quoteAssetPrecision baseCommissionPrecision quoteCommissionPrecision orderTypes \
         icebergAllowed ocoAllowed otoAllowed opoAllowed quoteOrderQtyMarketAllowed \
         allowTrailingStop cancelReplaceAllowed amendAllowed pegInstructionsAllowed \
         isSpotTradingAllowed isMarginTradingAllowed filters permissions permissionSets \
         defaultSelfTradePreventionMode allowedSelfTradePreventionModes",
    );
    assert_eq!(told(symbol, "symbol status baseAsset quoteAsset"), "BTCUSDT TRADING BTC USDT");
    assert_eq!(symbol["permissionSets"], json!([["SPOT"]]));
    let filter = |name: &str| {
        let filters = symbol["filters"].as_array().unwrap();
        filters.iter().find(|filter| filter["filterType"] == name).unwrap().clone()
    };
    assert_eq!(
        filter("PRICE_FILTER"),
        json!({ "filterType": "PRICE_FILTER", "minPrice": "0.00000000", "maxPrice": "0.00000000", "tickSize": "0.01000000" })
    );
    assert_eq!(told(&filter("LOT_SIZE"), "minQty stepSize"), "0.00001000 0.00001000");
    assert_eq!(told(&filter("NOTIONAL"), "minNotional applyMinToMarket"), "5.00000000 true");
    has_fields(
        &filter("NOTIONAL"),
        "filterType minNotional applyMinToMarket maxNotional applyMaxToMarket avgPriceMins",
    );
    assert_eq!(
        told(
            &filter("PERCENT_PRICE_BY_SIDE"),
            "bidMultiplierUp bidMultiplierDown askMultiplierUp askMultiplierDown"
        ),
        "5.0000 0.2000 5.0000 0.2000"
    );
    assert_eq!(
        filter("MAX_NUM_ORDERS"),
        json!({ "filterType": "MAX_NUM_ORDERS", "maxNumOrders": 200 })
    );
    desk.venue.stop().await;
}

/// Query string, symbols wanted; a code where an error is.
#[tokio::test]
async fn exchange_information_can_be_narrowed() {
    let desk = Desk::open().await;
    for (query, wanted) in [
        ("symbol=LTCBTC", Ok("LTCBTC")),
        ("symbols=%5B%22LTCBTC%22,%22BTCUSDT%22%5D", Ok("LTCBTC BTCUSDT")),
        ("permissions=SPOT", Ok("BTCUSDT LTCBTC")),
        ("permissions=%5B%22MARGIN%22%2C%22LEVERAGED%22%5D", Ok("")),
        ("permissions=FLYING", Err(-1130)),
        ("symbolStatus=TRADING", Ok("BTCUSDT LTCBTC")),
        ("symbolStatus=HALT", Ok("")),
        ("symbolStatus=CLOSED", Err(-1122)),
        ("symbol=NOSUCH", Err(-1121)),
        ("symbols=%5B%22LTCBTC%22,%22NOSUCH%22%5D", Err(-1121)),
        ("symbol=LTCBTC&permissions=SPOT", Err(-1128)),
        ("symbol=LTCBTC&symbolStatus=TRADING", Err(-1128)),
        ("symbol=ltcbtc", Err(-1100)),
    ] {
        let answer = desk.get(&format!("/api/v3/exchangeInfo?{query}")).await;
        match wanted {
            Err(code) => assert_eq!(answer.code(), code, "{query}"),
            Ok(names) => {
                let info = answer.good();
                let rows = info["symbols"].as_array().unwrap();
                let seen: Vec<&str> =
                    rows.iter().map(|row| row["symbol"].as_str().unwrap()).collect();
                assert_eq!(seen.join(" "), names, "{query}");
            }
        }
    }
    let hidden = desk.get("/api/v3/exchangeInfo?showPermissionSets=false").await.good();
    assert_eq!(hidden["symbols"][0]["permissionSets"], json!([]));
    desk.venue.stop().await;
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let desk = Desk::open().await;
    for target in [
        "/",
        "/api/v3/nothing",
        "/api/v3/order/",
        "/api/v1/ping",
        "/sapi/v1/capital/config/getall",
        "/api/v3/userDataStream",
    ] {
        let answer = desk.get(target).await;
        assert_eq!(answer.status, 404, "{target}");
        assert_eq!(answer.header("content-type"), Some("text/html"), "{target}");
    }
    let post = desk.raw("POST", "/api/v3/ping", &[], "").await.unwrap();
    assert_eq!((post.status, post.header("allow")), (405, Some("GET")));
    let patch = desk.raw("PATCH", "/api/v3/order", &[], "").await.unwrap();
    assert_eq!((patch.status, patch.header("allow")), (405, Some("POST, DELETE, GET")));
    let long = "x".repeat(70_000);
    let answer = desk.raw("POST", "/api/v3/order", &[], &long).await.unwrap();
    assert_eq!(answer.status, 413);
    let extra = desk.get("/api/v3/ping?symbol=BTCUSDT").await;
    assert_eq!(extra.code(), -1101);
    assert_eq!(extra.json()["msg"], "Too many parameters; expected '0' and received '1'.");
    desk.venue.stop().await;
}
