//! The Protobuf messages behind entries; `proto/plimsoll/entry/v1/entry.proto` is the same in
//! Protobuf's own language. Tags are never reused.

use prost::Message;

#[derive(Clone, PartialEq, Message)]
pub(super) struct Entry {
    #[prost(uint64, tag = "1")]
    pub(super) seq: u64,
    #[prost(uint32, tag = "2")]
    pub(super) kind: u32,
    #[prost(uint32, tag = "3")]
    pub(super) schema: u32,
    #[prost(sfixed64, tag = "4")]
    pub(super) ts_event: i64,
    #[prost(sfixed64, tag = "5")]
    pub(super) ts: i64,
    #[prost(uint32, tag = "6")]
    pub(super) source: u32,
    #[prost(bytes = "vec", tag = "7")]
    pub(super) payload: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Genesis {
    #[prost(bytes = "vec", tag = "1")]
    pub(super) journal: Vec<u8>,
    #[prost(uint64, tag = "2")]
    pub(super) seed: u64,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Config {
    #[prost(string, tag = "1")]
    pub(super) toml: String,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Instruments {
    #[prost(message, repeated, tag = "1")]
    pub(super) instruments: Vec<Instrument>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Instrument {
    #[prost(string, tag = "1")]
    pub(super) symbol: String,
    #[prost(string, tag = "2")]
    pub(super) base: String,
    #[prost(string, tag = "3")]
    pub(super) quote: String,
    #[prost(uint32, tag = "4")]
    pub(super) market: u32,
    #[prost(int64, tag = "5")]
    pub(super) tick: i64,
    #[prost(int64, tag = "6")]
    pub(super) lot: i64,
    #[prost(int64, tag = "7")]
    pub(super) min_qty: i64,
    #[prost(int64, tag = "8")]
    pub(super) max_qty: i64,
    #[prost(bytes = "vec", tag = "9")]
    pub(super) min_notional: Vec<u8>,
    #[prost(int64, tag = "10")]
    pub(super) price_band_down: i64,
    #[prost(int64, tag = "11")]
    pub(super) price_band_up: i64,
    #[prost(uint32, tag = "12")]
    pub(super) max_orders: u32,
    #[prost(int64, tag = "13")]
    pub(super) maker_fee: i64,
    #[prost(int64, tag = "14")]
    pub(super) taker_fee: i64,
    #[prost(uint32, tag = "15")]
    pub(super) fee_asset: u32,
    #[prost(int64, tag = "16")]
    pub(super) maintenance_margin: i64,
    #[prost(int64, tag = "17")]
    pub(super) liquidation_fee: i64,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Bar {
    #[prost(uint32, tag = "1")]
    pub(super) symbol: u32,
    #[prost(uint32, tag = "2")]
    pub(super) timeframe_minutes: u32,
    #[prost(sfixed64, tag = "3")]
    pub(super) open_time: i64,
    #[prost(sfixed64, tag = "4")]
    pub(super) open: i64,
    #[prost(sfixed64, tag = "5")]
    pub(super) high: i64,
    #[prost(sfixed64, tag = "6")]
    pub(super) low: i64,
    #[prost(sfixed64, tag = "7")]
    pub(super) close: i64,
    #[prost(double, optional, tag = "8")]
    pub(super) volume: Option<f64>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Mark {
    #[prost(uint32, tag = "1")]
    pub(super) symbol: u32,
    #[prost(int64, tag = "2")]
    pub(super) price: i64,
}

/// An instant or a timer.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Moment {
    #[prost(sfixed64, tag = "1")]
    pub(super) at: i64,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct OrderId {
    #[prost(uint64, tag = "1")]
    pub(super) command: u64,
    #[prost(uint32, tag = "2")]
    pub(super) leg: u32,
    #[prost(uint32, tag = "3")]
    pub(super) attempt: u32,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct OrderRequest {
    #[prost(uint32, tag = "1")]
    pub(super) symbol: u32,
    #[prost(uint32, tag = "2")]
    pub(super) side: u32,
    #[prost(uint32, tag = "3")]
    pub(super) kind: u32,
    #[prost(int64, optional, tag = "4")]
    pub(super) price: Option<i64>,
    #[prost(int64, optional, tag = "5")]
    pub(super) trigger: Option<i64>,
    #[prost(int64, tag = "6")]
    pub(super) qty: i64,
    #[prost(uint32, tag = "7")]
    pub(super) tif: u32,
    #[prost(sfixed64, optional, tag = "8")]
    pub(super) good_till: Option<i64>,
    #[prost(bool, tag = "9")]
    pub(super) reduce_only: bool,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Command {
    #[prost(message, optional, tag = "1")]
    pub(super) order: Option<OrderId>,
    #[prost(uint64, tag = "2")]
    pub(super) cause: u64,
    /// Absent for a cancellation.
    #[prost(message, optional, tag = "3")]
    pub(super) place: Option<OrderRequest>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Fill {
    #[prost(uint64, tag = "1")]
    pub(super) trade_id: u64,
    #[prost(uint32, tag = "2")]
    pub(super) symbol: u32,
    #[prost(uint32, tag = "3")]
    pub(super) side: u32,
    #[prost(int64, tag = "4")]
    pub(super) qty: i64,
    #[prost(int64, tag = "5")]
    pub(super) price: i64,
    #[prost(int64, optional, tag = "6")]
    pub(super) fee_base: Option<i64>,
    #[prost(bytes = "vec", optional, tag = "7")]
    pub(super) fee_quote: Option<Vec<u8>>,
    #[prost(uint32, tag = "8")]
    pub(super) liquidity: u32,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Report {
    #[prost(message, optional, tag = "1")]
    pub(super) order: Option<OrderId>,
    #[prost(uint32, tag = "2")]
    pub(super) event: u32,
    #[prost(string, optional, tag = "3")]
    pub(super) text: Option<String>,
    #[prost(message, optional, tag = "4")]
    pub(super) fill: Option<Fill>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Mode {
    #[prost(uint32, tag = "1")]
    pub(super) mode: u32,
    #[prost(uint32, tag = "2")]
    pub(super) cause: u32,
    #[prost(sfixed64, optional, tag = "3")]
    pub(super) latched_until: Option<i64>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Operator {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(uint32, tag = "2")]
    pub(super) action: u32,
    #[prost(sfixed64, optional, tag = "3")]
    pub(super) by: Option<i64>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Authority {
    #[prost(uint32, optional, tag = "1")]
    pub(super) symbol: Option<u32>,
    #[prost(uint32, tag = "2")]
    pub(super) slot: u32,
    #[prost(uint64, tag = "3")]
    pub(super) epoch: u64,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct History {
    #[prost(uint32, tag = "1")]
    pub(super) symbol: u32,
    #[prost(uint32, tag = "2")]
    pub(super) timeframe_minutes: u32,
    #[prost(message, repeated, tag = "3")]
    pub(super) bars: Vec<Bar>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Flow {
    #[prost(bytes = "vec", tag = "1")]
    pub(super) amount: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Funding {
    #[prost(uint32, tag = "1")]
    pub(super) symbol: u32,
    #[prost(int64, tag = "2")]
    pub(super) rate: i64,
    #[prost(int64, tag = "3")]
    pub(super) qty: i64,
    #[prost(bytes = "vec", tag = "4")]
    pub(super) amount: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Decision {
    #[prost(uint32, optional, tag = "1")]
    pub(super) symbol: Option<u32>,
    #[prost(message, optional, tag = "2")]
    pub(super) action: Option<Action>,
    #[prost(message, optional, tag = "3")]
    pub(super) reason: Option<Reason>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Action {
    #[prost(uint32, tag = "1")]
    pub(super) kind: u32,
    #[prost(uint32, tag = "2")]
    pub(super) direction: u32,
    #[prost(int64, optional, tag = "3")]
    pub(super) qty: Option<i64>,
    #[prost(int64, optional, tag = "4")]
    pub(super) limit: Option<i64>,
    #[prost(message, optional, tag = "5")]
    pub(super) stop: Option<Protective>,
    #[prost(message, optional, tag = "6")]
    pub(super) target: Option<Protective>,
    #[prost(sfixed64, optional, tag = "7")]
    pub(super) expires: Option<i64>,
    #[prost(int64, tag = "8")]
    pub(super) trigger: i64,
    #[prost(uint32, tag = "9")]
    pub(super) cause: u32,
}

#[derive(Clone, Copy, PartialEq, Message)]
pub(super) struct Protective {
    #[prost(bool, tag = "1")]
    pub(super) is_distance: bool,
    #[prost(int64, tag = "2")]
    pub(super) price: i64,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Reason {
    #[prost(uint32, tag = "1")]
    pub(super) code: u32,
    #[prost(double, optional, tag = "2")]
    pub(super) seen: Option<f64>,
    #[prost(double, optional, tag = "3")]
    pub(super) limit: Option<f64>,
    #[prost(message, optional, boxed, tag = "4")]
    pub(super) score: Option<Box<ScoreReason>>,
    #[prost(message, optional, tag = "5")]
    pub(super) odds: Option<Odds>,
    #[prost(message, optional, boxed, tag = "6")]
    pub(super) verdict: Option<Box<Verdict>>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ScoreReason {
    /// 0 none, 1 long, 2 short.
    #[prost(uint32, tag = "1")]
    pub(super) direction: u32,
    #[prost(double, tag = "2")]
    pub(super) score: f64,
    #[prost(double, tag = "3")]
    pub(super) sum: f64,
    #[prost(uint32, tag = "4")]
    pub(super) regime: u32,
    #[prost(double, tag = "5")]
    pub(super) trend: f64,
    #[prost(double, tag = "6")]
    pub(super) volatility: f64,
    #[prost(message, repeated, tag = "7")]
    pub(super) contributions: Vec<Contribution>,
    #[prost(message, repeated, tag = "8")]
    pub(super) patterns: Vec<Pattern>,
}

#[derive(Clone, Copy, PartialEq, Message)]
pub(super) struct Contribution {
    #[prost(uint32, tag = "1")]
    pub(super) timeframe_minutes: u32,
    #[prost(uint32, tag = "2")]
    pub(super) component: u32,
    #[prost(double, tag = "3")]
    pub(super) value: f64,
    #[prost(double, tag = "4")]
    pub(super) weight: f64,
    #[prost(double, tag = "5")]
    pub(super) points: f64,
}

#[derive(Clone, Copy, PartialEq, Message)]
pub(super) struct Pattern {
    #[prost(uint32, tag = "1")]
    pub(super) kind: u32,
    #[prost(uint32, tag = "2")]
    pub(super) direction: u32,
    #[prost(uint32, tag = "3")]
    pub(super) timeframe_minutes: u32,
    #[prost(double, tag = "4")]
    pub(super) confidence: f64,
}

#[derive(Clone, Copy, PartialEq, Message)]
pub(super) struct Odds {
    #[prost(double, tag = "1")]
    pub(super) p: f64,
    #[prost(double, tag = "2")]
    pub(super) outcomes: f64,
    #[prost(double, tag = "3")]
    pub(super) target_ratio: f64,
    #[prost(double, tag = "4")]
    pub(super) cost: f64,
    #[prost(double, tag = "5")]
    pub(super) edge: f64,
    #[prost(bool, tag = "6")]
    pub(super) uncalibrated: bool,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Verdict {
    #[prost(int64, tag = "1")]
    pub(super) qty: i64,
    #[prost(double, tag = "2")]
    pub(super) risk: f64,
    #[prost(double, repeated, tag = "3")]
    pub(super) factors: Vec<f64>,
    #[prost(uint32, tag = "4")]
    pub(super) binding: u32,
    #[prost(message, repeated, tag = "5")]
    pub(super) checks: Vec<Check>,
}

#[derive(Clone, Copy, PartialEq, Message)]
pub(super) struct Check {
    #[prost(uint32, tag = "1")]
    pub(super) rule: u32,
    #[prost(uint32, tag = "2")]
    pub(super) outcome: u32,
    #[prost(double, tag = "3")]
    pub(super) seen: f64,
    #[prost(double, tag = "4")]
    pub(super) limit: f64,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Refused {
    #[prost(uint64, tag = "1")]
    pub(super) cause: u64,
    #[prost(uint32, tag = "2")]
    pub(super) symbol: u32,
    #[prost(uint32, tag = "3")]
    pub(super) code: u32,
    #[prost(bytes = "vec", tag = "4")]
    pub(super) seen: Vec<u8>,
    #[prost(bytes = "vec", tag = "5")]
    pub(super) limit: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Limits {
    #[prost(uint64, tag = "1")]
    pub(super) version: u64,
    #[prost(bytes = "vec", tag = "2")]
    pub(super) order_notional: Vec<u8>,
    #[prost(bytes = "vec", tag = "3")]
    pub(super) gross_exposure: Vec<u8>,
    #[prost(uint32, tag = "4")]
    pub(super) open_orders: u32,
    #[prost(uint32, tag = "5")]
    pub(super) orders_per_second: u32,
    #[prost(int64, tag = "6")]
    pub(super) price_collar: i64,
    #[prost(int64, tag = "7")]
    pub(super) daily_loss: i64,
    #[prost(string, repeated, tag = "8")]
    pub(super) symbols: Vec<String>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Incident {
    #[prost(uint32, tag = "1")]
    pub(super) kind: u32,
    #[prost(uint32, optional, tag = "2")]
    pub(super) symbol: Option<u32>,
    #[prost(message, optional, tag = "3")]
    pub(super) order: Option<OrderId>,
    #[prost(bytes = "vec", tag = "4")]
    pub(super) seen: Vec<u8>,
    #[prost(bytes = "vec", tag = "5")]
    pub(super) wanted: Vec<u8>,
    #[prost(uint32, optional, tag = "6")]
    pub(super) part: Option<u32>,
}

#[derive(Clone, Copy, PartialEq, Message)]
pub(super) struct IncidentOver {
    #[prost(uint64, tag = "1")]
    pub(super) incident: u64,
    #[prost(bool, tag = "2")]
    pub(super) by_itself: bool,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Baseline {
    #[prost(string, tag = "1")]
    pub(super) asset: String,
    #[prost(bytes = "vec", tag = "2")]
    pub(super) amount: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Adopted {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(string, tag = "2")]
    pub(super) reason: String,
    #[prost(uint32, tag = "3")]
    pub(super) symbol: u32,
    #[prost(uint64, tag = "4")]
    pub(super) incident: u64,
    #[prost(int64, tag = "5")]
    pub(super) qty: i64,
    #[prost(bytes = "vec", tag = "6")]
    pub(super) cash: Vec<u8>,
    #[prost(int64, tag = "7")]
    pub(super) price: i64,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Stage {
    #[prost(string, tag = "1")]
    pub(super) mode: String,
    #[prost(string, optional, tag = "2")]
    pub(super) rung: Option<String>,
    #[prost(string, tag = "3")]
    pub(super) venue: String,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Permit {
    #[prost(uint32, tag = "1")]
    pub(super) kind: u32,
    #[prost(uint32, tag = "2")]
    pub(super) step: u32,
    #[prost(string, tag = "3")]
    pub(super) name: String,
    #[prost(message, optional, tag = "4")]
    pub(super) limits: Option<Limits>,
}
