//! Messages of the market streams (documentation: *WebSocket Streams*).

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{E8, Volume};

/// Everything that can come on a combined stream: data, or the answer to a request.
#[derive(Debug, Deserialize)]
pub(in super::super) struct StreamFrame<'a> {
    #[serde(borrow)]
    pub(in super::super) stream: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(in super::super) data: Option<&'a RawValue>,
    pub(in super::super) id: Option<u64>,
    pub(in super::super) code: Option<i64>,
    #[serde(borrow)]
    pub(in super::super) msg: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(in super::super) error: Option<StreamError<'a>>,
}

/// Why a request on a stream was refused.
#[derive(Debug, Deserialize)]
pub(in super::super) struct StreamError<'a> {
    pub(in super::super) code: i64,
    #[serde(borrow)]
    pub(in super::super) msg: Cow<'a, str>,
}

/// `<symbol>@kline_<interval>`.
#[derive(Debug, Deserialize)]
pub(in super::super) struct KlineMessage<'a> {
    #[serde(borrow)]
    pub(in super::super) e: Cow<'a, str>,
    #[serde(rename = "E")]
    pub(in super::super) event_time: i64,
    #[serde(borrow)]
    pub(in super::super) s: Cow<'a, str>,
    #[serde(borrow)]
    pub(in super::super) k: Kline<'a>,
}

/// The bar in it.
#[derive(Debug, Deserialize)]
pub(in super::super) struct Kline<'a> {
    /// Open time.
    pub(in super::super) t: i64,
    /// Last millisecond that belongs to it.
    #[serde(rename = "T")]
    pub(in super::super) close_time: i64,
    /// Interval.
    #[serde(borrow)]
    pub(in super::super) i: Cow<'a, str>,
    pub(in super::super) o: E8,
    pub(in super::super) h: E8,
    pub(in super::super) l: E8,
    pub(in super::super) c: E8,
    /// Volume in base.
    pub(in super::super) v: Volume,
    /// Whether it is closed.
    pub(in super::super) x: bool,
}

/// `<symbol>@trade`.
#[derive(Debug, Deserialize)]
pub(in super::super) struct TradeMessage<'a> {
    #[serde(borrow)]
    pub(in super::super) e: Cow<'a, str>,
    #[serde(rename = "E")]
    pub(in super::super) event_time: i64,
    #[serde(borrow)]
    pub(in super::super) s: Cow<'a, str>,
    /// Number.
    pub(in super::super) t: u64,
    pub(in super::super) p: E8,
    pub(in super::super) q: E8,
    #[serde(rename = "T")]
    pub(in super::super) trade_time: i64,
    /// Whether the buyer is the maker.
    pub(in super::super) m: bool,
}

/// `<symbol>@aggTrade`.
#[derive(Debug, Deserialize)]
pub(in super::super) struct AggTradeMessage<'a> {
    #[serde(borrow)]
    pub(in super::super) e: Cow<'a, str>,
    #[serde(rename = "E")]
    pub(in super::super) event_time: i64,
    #[serde(borrow)]
    pub(in super::super) s: Cow<'a, str>,
    /// Number.
    pub(in super::super) a: u64,
    pub(in super::super) p: E8,
    pub(in super::super) q: E8,
    /// Number of the first trade.
    pub(in super::super) f: u64,
    /// Number of the last trade.
    pub(in super::super) l: u64,
    #[serde(rename = "T")]
    pub(in super::super) trade_time: i64,
    /// Whether the buyer is the maker.
    pub(in super::super) m: bool,
}

/// `<symbol>@bookTicker`. It has no event type and no time.
#[derive(Debug, Deserialize)]
pub(in super::super) struct BookTickerMessage<'a> {
    /// Update id.
    pub(in super::super) u: u64,
    #[serde(borrow)]
    pub(in super::super) s: Cow<'a, str>,
    pub(in super::super) b: E8,
    #[serde(rename = "B")]
    pub(in super::super) bid_qty: E8,
    pub(in super::super) a: E8,
    #[serde(rename = "A")]
    pub(in super::super) ask_qty: E8,
}

/// A price and the quantity at it.
pub(in super::super) type WireLevel = (E8, E8);

/// `<symbol>@depth`.
#[derive(Debug, Deserialize)]
pub(in super::super) struct DepthDiffMessage<'a> {
    #[serde(borrow)]
    pub(in super::super) e: Cow<'a, str>,
    #[serde(rename = "E")]
    pub(in super::super) event_time: i64,
    #[serde(borrow)]
    pub(in super::super) s: Cow<'a, str>,
    #[serde(rename = "U")]
    pub(in super::super) first_id: u64,
    #[serde(rename = "u")]
    pub(in super::super) final_id: u64,
    pub(in super::super) b: Vec<WireLevel>,
    pub(in super::super) a: Vec<WireLevel>,
}

/// `<symbol>@depth<levels>`. It does not say of which symbol.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct DepthTopMessage {
    pub(in super::super) last_update_id: u64,
    pub(in super::super) bids: Vec<WireLevel>,
    pub(in super::super) asks: Vec<WireLevel>,
}
