//! Balances, own trades, costs, order counts.

use serde_json::json;

use super::support::{Desk, MOMENT, has_fields, told};

#[tokio::test]
async fn balances_follow_orders_and_fees() {
    let desk = Desk::open().await;
    desk.maker(&["sell 10000 5"]);
    desk.wait(500);
    let bought = desk.ask("POST order symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1").await.good();
    assert_eq!(bought["status"], "FILLED");
    desk.ask(
        "POST order symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.5&price=9000",
    )
    .await
    .good();
    let account = desk.ask("GET account").await.good();
    has_fields(
        &account,
        "makerCommission takerCommission buyerCommission sellerCommission commissionRates canTrade canWithdraw canDeposit \
         brokered requireSelfTradePrevention preventSor updateTime accountType balances permissions uid",
    );
    assert_eq!(
        told(
            &account,
            "makerCommission takerCommission canTrade canWithdraw accountType updateTime"
        ),
        format!("10 10 true false SPOT {}", MOMENT + 500)
    );
    assert_eq!(
        account["commissionRates"],
        json!({ "maker": "0.00100000", "taker": "0.00100000", "buyer": "0.00000000", "seller": "0.00000000" })
    );
    let held: Vec<String> = account["balances"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| told(row, "asset free locked"))
        .collect();
    assert_eq!(
        held,
        [
            "BTC 2.99900000 0.00000000",
            "USDT 85500.00000000 4500.00000000",
            "LTC 10.00000000 0.00000000"
        ]
    );
    let trades = desk.ask("GET myTrades symbol=BTCUSDT").await.good();
    assert_eq!(
        trades,
        json!([{
            "symbol": "BTCUSDT", "id": 1, "orderId": bought["orderId"], "orderListId": -1, "price": "10000.00000000",
            "qty": "1.00000000", "quoteQty": "10000.00000000", "commission": "0.00100000", "commissionAsset": "BTC",
            "time": MOMENT + 500, "isBuyer": true, "isMaker": false, "isBestMatch": true
        }])
    );
    for (query, rows, code) in [
        ("orderId=2", 1, 0),
        ("orderId=3", 0, 0),
        ("fromId=1", 1, 0),
        ("fromId=2", 0, 0),
        ("orderId=2&fromId=1", 1, 0),
        ("startTime=1499827319560", 1, 0),
        ("endTime=1499827319560", 0, 0),
        ("fromId=1&startTime=1", 0, -1128),
        ("orderId=2&endTime=1", 0, -1128),
    ] {
        let answer = desk.ask(&format!("GET myTrades symbol=BTCUSDT&{query}")).await;
        assert_eq!(answer.code(), code, "{query}");
        if code == 0 {
            assert_eq!(answer.json().as_array().unwrap().len(), rows, "{query}");
        }
    }
    desk.venue.stop().await;
}

#[tokio::test]
async fn empty_balances_can_be_left_out() {
    let desk = Desk::open().await;
    desk.ask("POST order symbol=LTCBTC&side=SELL&type=LIMIT&timeInForce=GTC&quantity=1&price=0.01")
        .await
        .good();
    desk.maker(&["buy 0.01 9 LTCBTC"]);
    desk.ask("POST order symbol=LTCBTC&side=SELL&type=MARKET&quantity=8").await.good();
    desk.ask("POST order symbol=LTCBTC&side=SELL&type=LIMIT&timeInForce=GTC&quantity=1&price=9")
        .await
        .good();
    let account = desk.ask("GET account omitZeroBalances=true").await.good();
    let ltc = account["balances"].as_array().unwrap().iter().find(|row| row["asset"] == "LTC");
    assert_eq!(told(ltc.unwrap(), "free locked"), "0.00000000 1.00000000");
    desk.ask("DELETE openOrders symbol=LTCBTC").await.good();
    desk.maker(&["buy 0.01 1 LTCBTC"]);
    desk.ask("POST order symbol=LTCBTC&side=SELL&type=MARKET&quantity=1").await.good();
    let account = desk.ask("GET account omitZeroBalances=true").await.good();
    assert!(account["balances"].as_array().unwrap().iter().all(|row| row["asset"] != "LTC"));
    desk.venue.stop().await;
}

#[tokio::test]
async fn what_trading_costs_is_told_for_each_symbol() {
    let desk = Desk::open().await;
    let costs = desk.ask("GET account/commission symbol=LTCBTC").await.good();
    has_fields(&costs, "symbol standardCommission specialCommission taxCommission discount");
    has_fields(&costs["standardCommission"], "maker taker buyer seller");
    has_fields(&costs["discount"], "enabledForAccount enabledForSymbol discountAsset discount");
    assert_eq!(costs["standardCommission"]["taker"], "0.00000000");
    let test = desk
        .ask("POST order/test symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.1&price=9000&computeCommissionRates=true")
        .await
        .good();
    has_fields(
        &test,
        "standardCommissionForOrder specialCommissionForOrder taxCommissionForOrder discount",
    );
    assert_eq!(
        test["standardCommissionForOrder"],
        json!({ "maker": "0.00100000", "taker": "0.00100000" })
    );
    let filters = desk.ask("GET myFilters symbol=BTCUSDT").await.good();
    has_fields(&filters, "exchangeFilters symbolFilters assetFilters");
    assert_eq!(desk.ask("GET myAllocations symbol=BTCUSDT").await.good(), json!([]));
    desk.venue.stop().await;
}
