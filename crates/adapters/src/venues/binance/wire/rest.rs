//! Answers of the REST interface (documentation: *REST API*, *Filters*, *Errors*).

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::stream::WireLevel;
use super::{Amount, E8};

/// Every error.
#[derive(Debug, Deserialize)]
pub(in super::super) struct ErrorAnswer<'a> {
    pub(in super::super) code: i64,
    #[serde(borrow)]
    pub(in super::super) msg: Cow<'a, str>,
    /// What became of the halves of a cancel-replace.
    #[serde(borrow, default)]
    pub(in super::super) data: Option<&'a RawValue>,
}

/// `GET /api/v3/time`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct ServerTime {
    pub(in super::super) server_time: i64,
}

/// `GET /api/v3/exchangeInfo`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct ExchangeInfo<'a> {
    #[serde(borrow)]
    pub(in super::super) rate_limits: Vec<RateLimitAnswer<'a>>,
    #[serde(borrow)]
    pub(in super::super) symbols: Vec<SymbolAnswer<'a>>,
}

/// A limit.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct RateLimitAnswer<'a> {
    #[serde(borrow)]
    pub(in super::super) rate_limit_type: Cow<'a, str>,
    #[serde(borrow)]
    pub(in super::super) interval: Cow<'a, str>,
    pub(in super::super) interval_num: u32,
    pub(in super::super) limit: u32,
}

/// A symbol.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct SymbolAnswer<'a> {
    #[serde(borrow)]
    pub(in super::super) symbol: Cow<'a, str>,
    #[serde(borrow)]
    pub(in super::super) status: Cow<'a, str>,
    #[serde(borrow)]
    pub(in super::super) base_asset: Cow<'a, str>,
    #[serde(borrow)]
    pub(in super::super) quote_asset: Cow<'a, str>,
    #[serde(borrow)]
    pub(in super::super) order_types: Vec<Cow<'a, str>>,
    #[serde(default)]
    pub(in super::super) oco_allowed: bool,
    #[serde(default)]
    pub(in super::super) oto_allowed: bool,
    #[serde(default)]
    pub(in super::super) cancel_replace_allowed: bool,
    #[serde(default)]
    pub(in super::super) amend_allowed: bool,
    #[serde(borrow)]
    pub(in super::super) filters: Vec<FilterAnswer<'a>>,
}

/// A filter: its type, and the fields of all types. Numbers stay text, so that one symbol with a tick
/// that is too fine makes one symbol unusable and not all.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct FilterAnswer<'a> {
    #[serde(borrow)]
    pub(in super::super) filter_type: Cow<'a, str>,
    #[serde(borrow)]
    pub(in super::super) min_price: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(in super::super) max_price: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(in super::super) tick_size: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(in super::super) min_qty: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(in super::super) max_qty: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(in super::super) step_size: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(in super::super) min_notional: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(in super::super) max_notional: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(in super::super) multiplier_up: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(in super::super) multiplier_down: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(in super::super) bid_multiplier_up: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(in super::super) bid_multiplier_down: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(in super::super) ask_multiplier_up: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(in super::super) ask_multiplier_down: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(in super::super) max_position: Option<Cow<'a, str>>,
    pub(in super::super) max_num_orders: Option<u32>,
    pub(in super::super) max_num_algo_orders: Option<u32>,
    pub(in super::super) max_num_order_lists: Option<u32>,
}

/// `GET /api/v3/depth`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct DepthAnswer {
    pub(in super::super) last_update_id: u64,
    pub(in super::super) bids: Vec<WireLevel>,
    pub(in super::super) asks: Vec<WireLevel>,
}

/// `GET /api/v3/historicalTrades`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct PublicTradeAnswer {
    pub(in super::super) id: u64,
    pub(in super::super) price: E8,
    pub(in super::super) qty: E8,
    pub(in super::super) time: i64,
    pub(in super::super) is_buyer_maker: bool,
}

/// An order, in the answers to placing, cancelling and asking: they differ in which times and names
/// they carry.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct OrderAnswer<'a> {
    #[serde(borrow)]
    pub(in super::super) symbol: Cow<'a, str>,
    pub(in super::super) order_id: u64,
    /// -1 for none.
    pub(in super::super) order_list_id: i64,
    /// Of the order; of the cancellation, where `orig_client_order_id` is there.
    #[serde(borrow)]
    pub(in super::super) client_order_id: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(in super::super) orig_client_order_id: Option<Cow<'a, str>>,
    pub(in super::super) price: E8,
    pub(in super::super) orig_qty: E8,
    pub(in super::super) executed_qty: E8,
    /// Below zero where the venue no longer knows.
    pub(in super::super) cummulative_quote_qty: Amount,
    #[serde(borrow)]
    pub(in super::super) status: Cow<'a, str>,
    #[serde(borrow)]
    pub(in super::super) time_in_force: Cow<'a, str>,
    #[serde(borrow)]
    pub(in super::super) r#type: Cow<'a, str>,
    #[serde(borrow)]
    pub(in super::super) side: Cow<'a, str>,
    #[serde(default)]
    pub(in super::super) stop_price: Option<E8>,
    #[serde(default)]
    pub(in super::super) transact_time: Option<i64>,
    #[serde(default)]
    pub(in super::super) update_time: Option<i64>,
    #[serde(borrow, default)]
    pub(in super::super) fills: Vec<FillAnswer<'a>>,
}

/// A fill in the answer to placing.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct FillAnswer<'a> {
    pub(in super::super) price: E8,
    pub(in super::super) qty: E8,
    pub(in super::super) commission: Amount,
    #[serde(borrow)]
    pub(in super::super) commission_asset: Cow<'a, str>,
    pub(in super::super) trade_id: u64,
}

/// A list of orders, in the answers to placing, cancelling and asking.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct ListAnswer<'a> {
    pub(in super::super) order_list_id: u64,
    #[serde(borrow)]
    pub(in super::super) list_order_status: Cow<'a, str>,
    #[serde(borrow)]
    pub(in super::super) list_client_order_id: Cow<'a, str>,
    pub(in super::super) transaction_time: i64,
    #[serde(borrow)]
    pub(in super::super) symbol: Cow<'a, str>,
    #[serde(borrow)]
    pub(in super::super) orders: Vec<ListedOrder<'a>>,
    #[serde(borrow, default)]
    pub(in super::super) order_reports: Vec<OrderAnswer<'a>>,
}

/// An order of a list, by name.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct ListedOrder<'a> {
    pub(in super::super) order_id: u64,
    #[serde(borrow)]
    pub(in super::super) client_order_id: Cow<'a, str>,
}

/// `POST /api/v3/order/cancelReplace`, and the `data` of its errors.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct CancelReplaceAnswer<'a> {
    #[serde(borrow)]
    pub(in super::super) cancel_result: Cow<'a, str>,
    #[serde(borrow)]
    pub(in super::super) new_order_result: Cow<'a, str>,
    #[serde(borrow)]
    pub(in super::super) cancel_response: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(in super::super) new_order_response: Option<&'a RawValue>,
}

/// `GET /api/v3/myTrades`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct MyTrade<'a> {
    #[serde(borrow)]
    pub(in super::super) symbol: Cow<'a, str>,
    pub(in super::super) id: u64,
    pub(in super::super) order_id: u64,
    pub(in super::super) price: E8,
    pub(in super::super) qty: E8,
    pub(in super::super) commission: Amount,
    #[serde(borrow)]
    pub(in super::super) commission_asset: Cow<'a, str>,
    pub(in super::super) time: i64,
    pub(in super::super) is_buyer: bool,
    pub(in super::super) is_maker: bool,
}

/// `GET /api/v3/account`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct AccountAnswer<'a> {
    pub(in super::super) commission_rates: CommissionRates,
    pub(in super::super) can_trade: bool,
    pub(in super::super) update_time: i64,
    #[serde(borrow)]
    pub(in super::super) balances: Vec<BalanceAnswer<'a>>,
}

/// Fees in it.
#[derive(Debug, Deserialize)]
pub(in super::super) struct CommissionRates {
    pub(in super::super) maker: E8,
    pub(in super::super) taker: E8,
}

/// A balance in it.
#[derive(Debug, Deserialize)]
pub(in super::super) struct BalanceAnswer<'a> {
    #[serde(borrow)]
    pub(in super::super) asset: Cow<'a, str>,
    pub(in super::super) free: Amount,
    pub(in super::super) locked: Amount,
}

/// `GET /api/v3/rateLimit/order`: a limit with its count.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct OrderCount<'a> {
    #[serde(borrow)]
    pub(in super::super) rate_limit_type: Cow<'a, str>,
    #[serde(borrow)]
    pub(in super::super) interval: Cow<'a, str>,
    pub(in super::super) interval_num: u32,
    pub(in super::super) count: u32,
}

/// `GET /sapi/v1/account/apiRestrictions` (documentation: *Wallet*).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct ApiRestrictions {
    pub(in super::super) ip_restrict: bool,
    pub(in super::super) enable_reading: bool,
    pub(in super::super) enable_withdrawals: bool,
    pub(in super::super) enable_internal_transfer: bool,
    pub(in super::super) permits_universal_transfer: bool,
    pub(in super::super) enable_spot_and_margin_trading: bool,
    #[serde(default)]
    pub(in super::super) trading_authority_expiration_time: Option<i64>,
}
