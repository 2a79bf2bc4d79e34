//! Sound messages, built by hand from the exchange's documentation.

use types::feed::{Channel, Stream};
use types::ids::Symbol;
use types::market::Timeframe;

pub(crate) fn symbol(name: &str) -> Symbol {
    Symbol::new(name).expect("a symbol")
}

/// One stream of every channel of the symbol of the documentation's examples.
pub(crate) fn streams() -> Vec<Stream> {
    [
        Channel::Bars(Timeframe::M1),
        Channel::Quotes,
        Channel::Trades,
        Channel::AggTrades,
        Channel::Depth,
        Channel::DepthTop,
    ]
    .map(|channel| Stream::new(symbol("BNBBTC"), channel))
    .to_vec()
}

/// A message as it comes on a combined stream.
pub(crate) fn on(stream: &str, data: &str) -> String {
    format!(r#"{{"stream":"{stream}","data":{data}}}"#)
}

/// *Kline/candlestick streams*.
pub(crate) const KLINE: &str = r#"{"e":"kline","E":1672515782136,"s":"BNBBTC","k":{
    "t":1672515780000,"T":1672515839999,"s":"BNBBTC","i":"1m","f":100,"L":200,"o":"0.0010",
    "c":"0.0020","h":"0.0025","l":"0.0010","v":"1000","n":100,"x":false,"q":"1.0000","V":"500",
    "Q":"0.500","B":"123456"}}"#;

/// *Individual symbol book ticker streams*.
pub(crate) const BOOK_TICKER: &str = r#"{"u":400900217,"s":"BNBBTC","b":"25.35190000",
    "B":"31.21000000","a":"25.36520000","A":"40.66000000"}"#;

/// *Trade streams*.
pub(crate) const TRADE: &str = r#"{"e":"trade","E":1672515782136,"s":"BNBBTC","t":12345,
    "p":"0.001","q":"100","T":1672515782136,"m":true,"M":true}"#;

/// *Aggregate trade streams*.
pub(crate) const AGG_TRADE: &str = r#"{"e":"aggTrade","E":1672515782136,"s":"BNBBTC","a":12345,
    "p":"0.001","q":"100","f":100,"l":105,"T":1672515782137,"m":false,"M":true}"#;

/// *Diff. depth stream*.
pub(crate) const DEPTH_DIFF: &str = r#"{"e":"depthUpdate","E":1672515782136,"s":"BNBBTC","U":157,
    "u":160,"b":[["0.0024","10"]],"a":[["0.0026","100"],["0.0027","0"]]}"#;

/// *Partial book depth streams*.
pub(crate) const DEPTH_TOP: &str = r#"{"lastUpdateId":160,"bids":[["0.0024","10"]],
    "asks":[["0.0026","100"]]}"#;

/// Every kind of message of a market stream.
pub(crate) fn stream_messages() -> Vec<String> {
    vec![
        on("bnbbtc@kline_1m", KLINE),
        on("bnbbtc@bookTicker", BOOK_TICKER),
        on("bnbbtc@trade", TRADE),
        on("bnbbtc@aggTrade", AGG_TRADE),
        on("bnbbtc@depth@100ms", DEPTH_DIFF),
        on("bnbbtc@depth20@100ms", DEPTH_TOP),
        r#"{"result":null,"id":1}"#.to_owned(),
        r#"{"error":{"code":2,"msg":"Invalid request: property name must be a string"},"id":1}"#
            .to_owned(),
    ]
}

/// *Order update*, of a fill.
pub(crate) const EXECUTION: &str = r#"{"e":"executionReport","E":1499405658658,"s":"ETHBTC",
    "c":"mUvoqJxFIILMdfAW5iGSOW","S":"BUY","o":"LIMIT","f":"GTC","q":"1.00000000",
    "p":"0.10264410","P":"0.00000000","F":"0.00000000","g":-1,"C":"","x":"TRADE",
    "X":"PARTIALLY_FILLED","r":"NONE","i":4293153,"l":"0.25000000","z":"0.50000000",
    "L":"0.10264400","n":"0.00025000","N":"ETH","T":1499405658657,"t":77,"I":8641984,"w":true,
    "m":true,"M":false,"O":1499405658657,"Z":"0.05132200","Y":"0.02566100","Q":"0.00000000",
    "W":1499405658657,"V":"NONE"}"#;

/// *Account update*.
pub(crate) const POSITION: &str = r#"{"e":"outboundAccountPosition","E":1564034571105,
    "u":1564034571073,"B":[{"a":"ETH","f":"10000.000000","l":"0.500000"}]}"#;

/// *Balance update*.
pub(crate) const BALANCE: &str = r#"{"e":"balanceUpdate","E":1573200697110,"a":"BTC",
    "d":"-100.00000000","T":1573200697068}"#;

/// *External lock update*.
pub(crate) const LOCK: &str = r#"{"e":"externalLockUpdate","E":1581557507324,"a":"NEO",
    "d":"10.00000000","T":1581557507268}"#;

/// *Order update*, of a list.
pub(crate) const LIST_STATUS: &str = r#"{"e":"listStatus","E":1564035303637,"s":"ETHBTC","g":2,
    "c":"OCO","l":"EXEC_STARTED","L":"EXECUTING","r":"NONE","C":"F4QN4G8DlFATFlIUQ0cjdD",
    "T":1564035303625,"O":[{"s":"ETHBTC","i":17,"c":"AJYsMjErWJesZvqlJCTUgL"},
    {"s":"ETHBTC","i":18,"c":"bfYPSQdLoqAJeNrOr9adzq"}]}"#;

/// *Event stream terminated*.
pub(crate) const TERMINATED: &str = r#"{"e":"eventStreamTerminated","E":1728973001334}"#;

/// An event as it comes on a subscription.
pub(crate) fn subscribed(event: &str) -> String {
    format!(r#"{{"subscriptionId":0,"event":{event}}}"#)
}

/// Every kind of message about the account.
pub(crate) fn account_messages() -> Vec<String> {
    let mut messages: Vec<_> =
        [EXECUTION, POSITION, BALANCE, LOCK, LIST_STATUS, TERMINATED].map(subscribed).to_vec();
    messages.push(r#"{"id":1,"status":200,"result":{"subscriptionId":0}}"#.to_owned());
    messages.push(
        r#"{"id":1,"status":400,"error":{"code":-2015,"msg":"Invalid API-key, IP, or permissions for action."}}"#
            .to_owned(),
    );
    messages
}

/// *New order*, response FULL, of a partial fill.
pub(crate) const ORDER_FULL: &str = r#"{"symbol":"BTCUSDT","orderId":28,"orderListId":-1,
    "clientOrderId":"6gCrw2kRUAF9CvJDGP16IP","transactTime":1507725176595,"price":"4000.00000000",
    "origQty":"10.00000000","executedQty":"6.00000000","origQuoteOrderQty":"0.000000",
    "cummulativeQuoteQty":"23995.00000000","status":"PARTIALLY_FILLED","timeInForce":"GTC",
    "type":"LIMIT","side":"BUY","workingTime":1507725176595,"selfTradePreventionMode":"NONE",
    "fills":[{"price":"4000.00000000","qty":"1.00000000","commission":"0.00100000",
    "commissionAsset":"BTC","tradeId":56},{"price":"3999.00000000","qty":"5.00000000",
    "commission":"0.00500000","commissionAsset":"BTC","tradeId":57}]}"#;

/// *Query order*.
pub(crate) const ORDER_QUERIED: &str = r#"{"symbol":"LTCBTC","orderId":1,"orderListId":-1,
    "clientOrderId":"myOrder1","price":"0.1","origQty":"1.0","executedQty":"0.0",
    "cummulativeQuoteQty":"-1.0","status":"NEW","timeInForce":"GTC","type":"STOP_LOSS_LIMIT",
    "side":"SELL","stopPrice":"0.2","icebergQty":"0.0","time":1499827319559,
    "updateTime":1499827319560,"isWorking":true,"workingTime":1499827319559,
    "origQuoteOrderQty":"0.000000","selfTradePreventionMode":"NONE"}"#;

/// *Cancel order*.
pub(crate) const ORDER_CANCELLED: &str = r#"{"symbol":"LTCBTC","origClientOrderId":"myOrder1",
    "orderId":4,"orderListId":-1,"clientOrderId":"cancelMyOrder1","transactTime":1684804350068,
    "price":"2.00000000","origQty":"1.00000000","executedQty":"0.00000000",
    "origQuoteOrderQty":"0.000000","cummulativeQuoteQty":"0.00000000","status":"CANCELED",
    "timeInForce":"GTC","type":"LIMIT","side":"BUY","selfTradePreventionMode":"NONE"}"#;

/// *New order list: OCO*.
pub(crate) const OCO: &str = r#"{"orderListId":1,"contingencyType":"OCO",
    "listStatusType":"EXEC_STARTED","listOrderStatus":"EXECUTING",
    "listClientOrderId":"lH1YDkuQKWiXVXHPSKYEIp","transactionTime":1710485608839,
    "symbol":"LTCBTC","orders":[{"symbol":"LTCBTC","orderId":10,
    "clientOrderId":"44nZvqpemY7sVYgPYbvPih"},{"symbol":"LTCBTC","orderId":11,
    "clientOrderId":"NuMp0nVYnciDiFmVqfpBqK"}],"orderReports":[{"symbol":"LTCBTC","orderId":10,
    "orderListId":1,"clientOrderId":"44nZvqpemY7sVYgPYbvPih","transactTime":1710485608839,
    "price":"1.00000000","origQty":"5.00000000","executedQty":"0.00000000",
    "origQuoteOrderQty":"0.000000","cummulativeQuoteQty":"0.00000000","status":"NEW",
    "timeInForce":"GTC","type":"STOP_LOSS_LIMIT","side":"SELL","stopPrice":"1.00000000",
    "workingTime":-1,"icebergQty":"1.00000000","selfTradePreventionMode":"NONE"},{
    "symbol":"LTCBTC","orderId":11,"orderListId":1,"clientOrderId":"NuMp0nVYnciDiFmVqfpBqK",
    "transactTime":1710485608839,"price":"3.00000000","origQty":"5.00000000",
    "executedQty":"0.00000000","origQuoteOrderQty":"0.000000","cummulativeQuoteQty":"0.00000000",
    "status":"NEW","timeInForce":"GTC","type":"LIMIT_MAKER","side":"SELL",
    "workingTime":1710485608839,"selfTradePreventionMode":"NONE"}]}"#;

/// *Cancel an existing order and send a new order*, of which the second half failed.
pub(crate) const HALF_REPLACED: &str = r#"{"code":-2021,
    "msg":"Order cancel-replace partially failed.","data":{"cancelResult":"SUCCESS",
    "newOrderResult":"FAILURE","cancelResponse":{"symbol":"BTCUSDT",
    "origClientOrderId":"86M8erehfExV8z2RC8Zo8k","orderId":3,"orderListId":-1,
    "clientOrderId":"G1kLo6aDv2KGNTFcjfTSFq","transactTime":1684804350068,"price":"0.006123",
    "origQty":"10000.000000","executedQty":"0.000000","cummulativeQuoteQty":"0.000000",
    "status":"CANCELED","timeInForce":"GTC","type":"LIMIT_MAKER","side":"SELL",
    "selfTradePreventionMode":"NONE"},"newOrderResponse":{"code":-2010,
    "msg":"Order would immediately match and take."}}}"#;

/// The same, of which the first half failed, so that the second was not tried.
pub(crate) const NOT_REPLACED: &str = r#"{"code":-2022,"msg":"Order cancel-replace failed.",
    "data":{"cancelResult":"FAILURE","newOrderResult":"NOT_ATTEMPTED","cancelResponse":{
    "code":-2011,"msg":"Unknown order sent."},"newOrderResponse":null}}"#;

/// *Account trade list*.
pub(crate) const MY_TRADES: &str = r#"[{"symbol":"BNBBTC","id":28457,"orderId":100234,
    "orderListId":-1,"price":"4.00000100","qty":"12.00000000","quoteQty":"48.000012",
    "commission":"10.10000000","commissionAsset":"BNB","time":1499865549590,"isBuyer":true,
    "isMaker":false,"isBestMatch":true}]"#;

/// *Account information*.
pub(crate) const ACCOUNT: &str = r#"{"makerCommission":15,"takerCommission":15,
    "buyerCommission":0,"sellerCommission":0,"commissionRates":{"maker":"0.00150000",
    "taker":"0.00160000","buyer":"0.00000000","seller":"0.00000000"},"canTrade":true,
    "canWithdraw":true,"canDeposit":true,"brokered":false,"requireSelfTradePrevention":false,
    "preventSor":false,"updateTime":123456789,"accountType":"SPOT","balances":[{"asset":"BTC",
    "free":"4723846.89208129","locked":"0.00000000"},{"asset":"LTC","free":"0.00000000",
    "locked":"1.50000000"},{"asset":"ETH","free":"0.00000000","locked":"0.00000000"},
    {"asset":"SHIB","free":"589000000000.12000000","locked":"0.00000000"}],"permissions":["SPOT"],
    "uid":354937868}"#;

/// *Kline/candlestick data*.
pub(crate) const KLINES: &str = r#"[[1499040000000,"0.01634790","0.80000000","0.01575800",
    "0.01577100","148976.11427815",1499040059999,"2434.19055334",308,"1756.87402397",
    "28.46694368","0"]]"#;

/// *Order book*.
pub(crate) const DEPTH: &str = r#"{"lastUpdateId":1027024,"bids":[["4.00000000","431.00000000"]],
    "asks":[["4.00000200","12.00000000"]]}"#;

/// *Old trade lookup*.
pub(crate) const TRADES: &str = r#"[{"id":28457,"price":"4.00000100","qty":"12.00000000",
    "quoteQty":"48.000012","time":1499865549590,"isBuyerMaker":true,"isBestMatch":true}]"#;

/// *Query unfilled order count*.
pub(crate) const ORDER_COUNT: &str = r#"[{"rateLimitType":"ORDERS","interval":"SECOND",
    "intervalNum":10,"limit":50,"count":3},{"rateLimitType":"ORDERS","interval":"DAY",
    "intervalNum":1,"limit":160000,"count":27}]"#;

/// *Get API key permission*.
pub(crate) const RESTRICTIONS: &str = r#"{"ipRestrict":false,"createTime":1698645219000,
    "enableReading":true,"enableWithdrawals":true,"enableInternalTransfer":true,
    "enableMargin":false,"enableFutures":false,"permitsUniversalTransfer":true,
    "enableVanillaOptions":false,"enableFixApiTrade":false,"enableFixReadOnly":true,
    "enableSpotAndMarginTrading":false,"enablePortfolioMarginTrading":true,
    "tradingAuthorityExpirationTime":1628985600000}"#;

/// *Exchange information*, with the filters of its page and of *Filters*.
pub(crate) const EXCHANGE_INFO: &str = r#"{"timezone":"UTC","serverTime":1565246363776,
    "rateLimits":[{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,
    "limit":6000},{"rateLimitType":"ORDERS","interval":"SECOND","intervalNum":10,"limit":100},
    {"rateLimitType":"CONNECTIONS","interval":"MINUTE","intervalNum":5,"limit":300}],
    "exchangeFilters":[],"symbols":[{"symbol":"ETHBTC","status":"TRADING","baseAsset":"ETH",
    "baseAssetPrecision":8,"quoteAsset":"BTC","quotePrecision":8,"quoteAssetPrecision":8,
    "baseCommissionPrecision":8,"quoteCommissionPrecision":8,"orderTypes":["LIMIT","LIMIT_MAKER",
    "MARKET","STOP_LOSS","STOP_LOSS_LIMIT","TAKE_PROFIT","TAKE_PROFIT_LIMIT"],
    "icebergAllowed":true,"ocoAllowed":true,"otoAllowed":true,"quoteOrderQtyMarketAllowed":true,
    "allowTrailingStop":false,"cancelReplaceAllowed":true,"amendAllowed":false,
    "isSpotTradingAllowed":true,"isMarginTradingAllowed":true,"filters":[
    {"filterType":"PRICE_FILTER","minPrice":"0.00000100","maxPrice":"100000.00000000",
    "tickSize":"0.00000100"},{"filterType":"LOT_SIZE","minQty":"0.00100000",
    "maxQty":"100000.00000000","stepSize":"0.00100000"},{"filterType":"ICEBERG_PARTS","limit":10},
    {"filterType":"MARKET_LOT_SIZE","minQty":"0.00000000","maxQty":"9000.00000000",
    "stepSize":"0.00000000"},{"filterType":"PERCENT_PRICE_BY_SIDE","bidMultiplierUp":"1.2",
    "bidMultiplierDown":"0.2","askMultiplierUp":"5","askMultiplierDown":"0.8","avgPriceMins":1},
    {"filterType":"NOTIONAL","minNotional":"10.00000000","applyMinToMarket":false,
    "maxNotional":"10000.00000000","applyMaxToMarket":false,"avgPriceMins":5},
    {"filterType":"MAX_NUM_ORDERS","maxNumOrders":25},{"filterType":"MAX_NUM_ALGO_ORDERS",
    "maxNumAlgoOrders":5},{"filterType":"MAX_NUM_ORDER_LISTS","maxNumOrderLists":20},
    {"filterType":"MAX_POSITION","maxPosition":"100000000000.00000000"}],"permissions":[],
    "permissionSets":[["SPOT","MARGIN"]],"defaultSelfTradePreventionMode":"NONE",
    "allowedSelfTradePreventionModes":["NONE"]}],"sors":[{"baseAsset":"BTC",
    "symbols":["BTCUSDT","BTCUSDC"]}]}"#;

/// *Errors*.
pub(crate) const ERROR: &str = r#"{"code":-1121,"msg":"Invalid symbol."}"#;
