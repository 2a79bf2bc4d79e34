//! The messages of market streams, field by field as documented (*Web Socket Streams for Binance*,
//! "Detailed Stream information").

use serde::Serialize;
use sim::exchange::book::{Quote, Trade};
use types::market::TsNanos;
use types::num::{Price, Qty};

use super::name::Window;
use super::written::E8;
use crate::venue::api::TimeUnit;
use crate::venue::data::{AggTrade, Kline, Ticker};

/// Writes a message. Every one of them is made of numbers, texts and truths.
fn json(message: &impl Serialize) -> String {
    serde_json::to_string(message).expect("numbers and texts can always be written")
}

/// When a message is made, for whom, about what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head<'a> {
    /// Event time.
    pub at: TsNanos,
    /// The unit of all times.
    pub unit: TimeUnit,
    /// The symbol, in capitals.
    pub symbol: &'a str,
}

#[derive(Serialize)]
struct TradeMessage<'a> {
    e: &'static str,
    #[serde(rename = "E")]
    event_time: i64,
    s: &'a str,
    t: u64,
    p: E8,
    q: E8,
    #[serde(rename = "T")]
    trade_time: i64,
    m: bool,
    #[serde(rename = "M")]
    ignore: bool,
}

/// `<symbol>@trade`.
#[must_use]
pub(super) fn trade(head: Head<'_>, trade: &Trade) -> String {
    json(&TradeMessage {
        e: "trade",
        event_time: head.unit.of(head.at),
        s: head.symbol,
        t: trade.id.0,
        p: trade.price.into(),
        q: trade.qty.into(),
        trade_time: head.unit.of(trade.at),
        m: trade.buyer_is_maker,
        ignore: true,
    })
}

#[derive(Serialize)]
struct AggTradeMessage<'a> {
    e: &'static str,
    #[serde(rename = "E")]
    event_time: i64,
    s: &'a str,
    a: u64,
    p: E8,
    q: E8,
    f: u64,
    l: u64,
    #[serde(rename = "T")]
    trade_time: i64,
    m: bool,
    #[serde(rename = "M")]
    ignore: bool,
}

/// `<symbol>@aggTrade`.
#[must_use]
pub(super) fn agg_trade(head: Head<'_>, trade: &AggTrade) -> String {
    json(&AggTradeMessage {
        e: "aggTrade",
        event_time: head.unit.of(head.at),
        s: head.symbol,
        a: trade.id,
        p: trade.price.into(),
        q: trade.qty.into(),
        f: trade.first,
        l: trade.last,
        trade_time: head.unit.of(trade.at),
        m: trade.buyer_is_maker,
        ignore: true,
    })
}

#[derive(Serialize)]
struct KlineMessage<'a> {
    e: &'static str,
    #[serde(rename = "E")]
    event_time: i64,
    s: &'a str,
    k: KlineBody<'a>,
}

#[derive(Serialize)]
struct KlineBody<'a> {
    t: i64,
    #[serde(rename = "T")]
    close_time: i64,
    s: &'a str,
    i: &'static str,
    /// -1 where nothing traded, as REST numbers nothing.
    f: i64,
    #[serde(rename = "L")]
    last_id: i64,
    o: E8,
    c: E8,
    h: E8,
    l: E8,
    v: E8,
    n: u64,
    x: bool,
    q: E8,
    #[serde(rename = "V")]
    taker_base: E8,
    #[serde(rename = "Q")]
    taker_quote: E8,
    #[serde(rename = "B")]
    ignore: &'static str,
}

/// `<symbol>@kline_<interval>`.
#[must_use]
pub(super) fn kline(head: Head<'_>, kline: &Kline, closed: bool) -> String {
    let piece = &kline.piece;
    let id = |pick: fn((u64, u64)) -> u64| {
        piece.ids.map_or(-1, |ids| i64::try_from(pick(ids)).unwrap_or(i64::MAX))
    };
    json(&KlineMessage {
        e: "kline",
        event_time: head.unit.of(head.at),
        s: head.symbol,
        k: KlineBody {
            t: head.unit.of(kline.open_time),
            close_time: head.unit.before(kline.next_open),
            s: head.symbol,
            i: kline.interval.name(),
            f: id(|(first, _)| first),
            last_id: id(|(_, last)| last),
            o: piece.open.into(),
            c: piece.close.into(),
            h: piece.high.into(),
            l: piece.low.into(),
            v: piece.volume.into(),
            n: piece.trades,
            x: closed,
            q: piece.quote.into(),
            taker_base: piece.taker_volume.into(),
            taker_quote: piece.taker_quote.into(),
            ignore: "0",
        },
    })
}

#[derive(Serialize)]
struct MiniTickerMessage<'a> {
    e: &'static str,
    #[serde(rename = "E")]
    event_time: i64,
    s: &'a str,
    c: E8,
    o: E8,
    h: E8,
    l: E8,
    v: E8,
    q: E8,
}

/// `<symbol>@miniTicker` and one of `!miniTicker@arr`.
#[must_use]
pub(super) fn mini_ticker(head: Head<'_>, ticker: &Ticker) -> String {
    let piece = &ticker.piece;
    json(&MiniTickerMessage {
        e: "24hrMiniTicker",
        event_time: head.unit.of(head.at),
        s: head.symbol,
        c: piece.close.into(),
        o: piece.open.into(),
        h: piece.high.into(),
        l: piece.low.into(),
        v: piece.volume.into(),
        q: piece.quote.into(),
    })
}

#[derive(Serialize)]
struct TickerMessage<'a> {
    e: &'static str,
    #[serde(rename = "E")]
    event_time: i64,
    s: &'a str,
    p: E8,
    #[serde(rename = "P")]
    percent: String,
    w: E8,
    #[serde(flatten)]
    now: Option<TickerNow>,
    #[serde(flatten)]
    window: TickerWindow,
}

/// What `24hrTicker` has and the rolling windows have not.
#[derive(Serialize)]
struct TickerNow {
    x: E8,
    #[serde(rename = "Q")]
    last_qty: E8,
    b: E8,
    #[serde(rename = "B")]
    bid_qty: E8,
    a: E8,
    #[serde(rename = "A")]
    ask_qty: E8,
}

#[derive(Serialize)]
struct TickerWindow {
    c: E8,
    o: E8,
    h: E8,
    l: E8,
    v: E8,
    q: E8,
    #[serde(rename = "O")]
    open_time: i64,
    #[serde(rename = "C")]
    close_time: i64,
    #[serde(rename = "F")]
    first_id: i64,
    #[serde(rename = "L")]
    last_id: i64,
    n: u64,
}

/// Best bid and ask; zero where a side is empty.
pub(super) type Best = [Option<(Price, Qty)>; 2];

/// `<symbol>@ticker` and one of `!ticker@arr`.
#[must_use]
pub(super) fn ticker(head: Head<'_>, ticker: &Ticker, best: Best) -> String {
    let [bid, ask] = best.map(Option::unwrap_or_default);
    let now = TickerNow {
        x: ticker.previous_close.into(),
        last_qty: ticker.last_qty.into(),
        b: bid.0.into(),
        bid_qty: bid.1.into(),
        a: ask.0.into(),
        ask_qty: ask.1.into(),
    };
    json(&ticker_message(head, "24hrTicker", ticker, Some(now)))
}

/// `<symbol>@ticker_<window>` and one of `!ticker_<window>@arr`.
#[must_use]
pub(super) fn window_ticker(head: Head<'_>, window: Window, ticker: &Ticker) -> String {
    json(&ticker_message(head, window.event(), ticker, None))
}

fn ticker_message<'a>(
    head: Head<'a>,
    event: &'static str,
    ticker: &Ticker,
    now: Option<TickerNow>,
) -> TickerMessage<'a> {
    let piece = &ticker.piece;
    let id = |id: u64| i64::try_from(id).unwrap_or(i64::MAX);
    TickerMessage {
        e: event,
        event_time: head.unit.of(head.at),
        s: head.symbol,
        p: ticker.change().into(),
        percent: millipercent(ticker.change_millipercent()),
        w: ticker.weighted_average().into(),
        now,
        window: TickerWindow {
            c: piece.close.into(),
            o: piece.open.into(),
            h: piece.high.into(),
            l: piece.low.into(),
            v: piece.volume.into(),
            q: piece.quote.into(),
            open_time: head.unit.of(ticker.open_time),
            close_time: head.unit.of(ticker.close_time),
            first_id: piece.ids.map_or(-1, |(first, _)| id(first)),
            last_id: piece.ids.map_or(-1, |(_, last)| id(last)),
            n: piece.trades,
        },
    }
}

/// Writes thousandths of a percent: `-95.960`.
fn millipercent(value: i64) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let magnitude = value.unsigned_abs();
    format!("{sign}{}.{:03}", magnitude / 1000, magnitude % 1000)
}

#[derive(Serialize)]
struct BookTickerMessage<'a> {
    u: u64,
    s: &'a str,
    b: E8,
    #[serde(rename = "B")]
    bid_qty: E8,
    a: E8,
    #[serde(rename = "A")]
    ask_qty: E8,
}

/// `<symbol>@bookTicker`: zero where a side is empty.
#[must_use]
pub(super) fn book_ticker(head: Head<'_>, quote: &Quote) -> String {
    let (bid, ask) = (quote.bid.unwrap_or_default(), quote.ask.unwrap_or_default());
    json(&BookTickerMessage {
        u: quote.update_id,
        s: head.symbol,
        b: bid.0.into(),
        bid_qty: bid.1.into(),
        a: ask.0.into(),
        ask_qty: ask.1.into(),
    })
}

#[derive(Serialize)]
struct AvgPriceMessage<'a> {
    e: &'static str,
    #[serde(rename = "E")]
    event_time: i64,
    s: &'a str,
    i: &'static str,
    w: E8,
    #[serde(rename = "T")]
    last_trade_time: i64,
}

/// `<symbol>@avgPrice`.
#[must_use]
pub(super) fn avg_price(head: Head<'_>, average: Price, last_trade: TsNanos) -> String {
    json(&AvgPriceMessage {
        e: "avgPrice",
        event_time: head.unit.of(head.at),
        s: head.symbol,
        i: "5m",
        w: average.into(),
        last_trade_time: head.unit.of(last_trade),
    })
}

/// A price and what rests there; zero when the level is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct LevelText(E8, E8);

impl LevelText {
    /// Returns the pair.
    #[must_use]
    pub(super) fn new((price, qty): (Price, Qty)) -> Self {
        Self(price.into(), qty.into())
    }
}

#[derive(Serialize)]
struct DepthMessage<'a> {
    e: &'static str,
    #[serde(rename = "E")]
    event_time: i64,
    s: &'a str,
    #[serde(rename = "U")]
    first_update: u64,
    u: u64,
    b: &'a [LevelText],
    a: &'a [LevelText],
}

/// `<symbol>@depth`: the levels that changed between two updates, both included.
#[must_use]
pub(super) fn depth(head: Head<'_>, updates: (u64, u64), sides: [&[LevelText]; 2]) -> String {
    let [b, a] = sides;
    json(&DepthMessage {
        e: "depthUpdate",
        event_time: head.unit.of(head.at),
        s: head.symbol,
        first_update: updates.0,
        u: updates.1,
        b,
        a,
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PartialDepthMessage<'a> {
    last_update_id: u64,
    bids: &'a [LevelText],
    asks: &'a [LevelText],
}

/// `<symbol>@depth<levels>`.
#[must_use]
pub(super) fn partial_depth(last_update_id: u64, [bids, asks]: [&[LevelText]; 2]) -> String {
    json(&PartialDepthMessage { last_update_id, bids, asks })
}

/// Wraps a message with the name of its stream, as combined streams do.
#[must_use]
pub(super) fn combined(stream: &str, message: &str) -> String {
    format!(r#"{{"stream":"{stream}","data":{message}}}"#)
}

/// `serverShutdown` on a raw stream.
#[must_use]
pub(crate) fn server_shutdown(unit: TimeUnit, at: TsNanos) -> String {
    format!(r#"{{"e":"serverShutdown","E":{}}}"#, unit.of(at))
}
