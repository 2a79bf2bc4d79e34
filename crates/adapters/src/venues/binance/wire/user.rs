//! Messages about the account (documentation: *User Data Streams*), and answers of the WebSocket API.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Amount, E8, ErrorAnswer};

/// Everything that can come on a connection to the WebSocket API.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct UserFrame<'a> {
    #[serde(borrow)]
    pub(in super::super) event: Option<&'a RawValue>,
    pub(in super::super) id: Option<u64>,
    pub(in super::super) status: Option<u16>,
    #[serde(borrow)]
    pub(in super::super) error: Option<ErrorAnswer<'a>>,
}

/// What kind of event it is.
#[derive(Debug, Deserialize)]
pub(in super::super) struct EventTag<'a> {
    #[serde(borrow)]
    pub(in super::super) e: Cow<'a, str>,
}

/// `executionReport`.
#[derive(Debug, Deserialize)]
pub(in super::super) struct ExecutionMessage<'a> {
    #[serde(rename = "E")]
    pub(in super::super) event_time: i64,
    #[serde(borrow)]
    pub(in super::super) s: Cow<'a, str>,
    /// Client order id; of the cancellation, where the order was cancelled.
    #[serde(borrow)]
    pub(in super::super) c: Cow<'a, str>,
    #[serde(borrow, rename = "S")]
    pub(in super::super) side: Cow<'a, str>,
    /// Order type.
    #[serde(borrow)]
    pub(in super::super) o: Cow<'a, str>,
    /// Time in force.
    #[serde(borrow)]
    pub(in super::super) f: Cow<'a, str>,
    pub(in super::super) q: E8,
    pub(in super::super) p: E8,
    #[serde(rename = "P")]
    pub(in super::super) stop_price: E8,
    /// Order list id, -1 for none.
    pub(in super::super) g: i64,
    /// Client order id of the order that was cancelled or amended, else empty.
    #[serde(borrow, rename = "C")]
    pub(in super::super) original_id: Cow<'a, str>,
    /// Execution type.
    #[serde(borrow)]
    pub(in super::super) x: Cow<'a, str>,
    /// Order status.
    #[serde(borrow, rename = "X")]
    pub(in super::super) status: Cow<'a, str>,
    /// Reject reason.
    #[serde(borrow)]
    pub(in super::super) r: Cow<'a, str>,
    /// Order id.
    pub(in super::super) i: u64,
    /// Quantity of this execution.
    pub(in super::super) l: E8,
    /// Quantity so far.
    pub(in super::super) z: E8,
    /// Price of this execution.
    #[serde(rename = "L")]
    pub(in super::super) last_price: E8,
    /// Fee.
    pub(in super::super) n: Option<Amount>,
    #[serde(borrow, rename = "N")]
    pub(in super::super) fee_asset: Option<Cow<'a, str>>,
    /// Transaction time.
    #[serde(rename = "T")]
    pub(in super::super) transaction_time: i64,
    /// Trade id, -1 for none.
    pub(in super::super) t: i64,
    /// Execution id.
    #[serde(rename = "I")]
    pub(in super::super) execution_id: u64,
    /// Whether this side rested.
    pub(in super::super) m: bool,
    /// Quote amount so far.
    #[serde(rename = "Z")]
    pub(in super::super) filled_quote: Amount,
}

/// `outboundAccountPosition`.
#[derive(Debug, Deserialize)]
pub(in super::super) struct AccountPositionMessage<'a> {
    #[serde(rename = "E")]
    pub(in super::super) event_time: i64,
    #[serde(borrow, rename = "B")]
    pub(in super::super) balances: Vec<PositionBalance<'a>>,
}

/// A balance in it.
#[derive(Debug, Deserialize)]
pub(in super::super) struct PositionBalance<'a> {
    /// Asset.
    #[serde(borrow)]
    pub(in super::super) a: Cow<'a, str>,
    /// Free.
    pub(in super::super) f: Amount,
    /// Locked.
    pub(in super::super) l: Amount,
}

/// `balanceUpdate` and `externalLockUpdate`.
#[derive(Debug, Deserialize)]
pub(in super::super) struct BalanceMessage<'a> {
    #[serde(rename = "E")]
    pub(in super::super) event_time: i64,
    /// Asset.
    #[serde(borrow)]
    pub(in super::super) a: Cow<'a, str>,
    /// Change.
    pub(in super::super) d: Amount,
    /// When.
    #[serde(rename = "T")]
    pub(in super::super) time: i64,
}

/// `listStatus`.
#[derive(Debug, Deserialize)]
pub(in super::super) struct ListStatusMessage<'a> {
    #[serde(rename = "E")]
    pub(in super::super) event_time: i64,
    #[serde(borrow)]
    pub(in super::super) s: Cow<'a, str>,
    /// Order list id.
    pub(in super::super) g: u64,
    /// Order status of the list.
    #[serde(borrow, rename = "L")]
    pub(in super::super) order_status: Cow<'a, str>,
    /// Client id of the list.
    #[serde(borrow, rename = "C")]
    pub(in super::super) client_id: Cow<'a, str>,
    #[serde(rename = "T")]
    pub(in super::super) time: i64,
    #[serde(borrow, rename = "O")]
    pub(in super::super) orders: Vec<ListOrder<'a>>,
}

/// An order in it.
#[derive(Debug, Deserialize)]
pub(in super::super) struct ListOrder<'a> {
    /// Order id.
    pub(in super::super) i: u64,
    /// Client order id.
    #[serde(borrow)]
    pub(in super::super) c: Cow<'a, str>,
}

/// An event of which only the time is read.
#[derive(Debug, Deserialize)]
pub(in super::super) struct TimedMessage {
    #[serde(rename = "E")]
    pub(in super::super) event_time: i64,
}
