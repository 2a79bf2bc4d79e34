//! Market data into our words.

use types::bar::Bar;
use types::feed::{
    AggTrade, BarUpdate, DepthDiff, DepthSnapshot, DepthTop, Level, PublicTrade, Quote,
};
use types::ids::Symbol;
use types::market::Timeframe;
use types::num::{Price, Qty};

use super::moment;
use crate::error::DecodeError;
use crate::venues::binance::wire::{
    AggTradeMessage, BookTickerMessage, DepthAnswer, DepthDiffMessage, DepthTopMessage, E8,
    KlineAnswer, KlineMessage, PublicTradeAnswer, TradeMessage,
};

/// Whether a message is the one that its stream carries.
fn expect(field: &'static str, seen: &str, wanted: &str) -> Result<(), DecodeError> {
    if seen == wanted {
        return Ok(());
    }
    let seen: String = seen.chars().take(64).collect();
    Err(DecodeError::Value { field, why: format!("`{seen}`, wanted `{wanted}` on this stream") })
}

/// A bar of a stream.
pub(in super::super) fn bar_update(
    message: &KlineMessage<'_>,
    symbol: &Symbol,
    timeframe: Timeframe,
) -> Result<BarUpdate, DecodeError> {
    expect("event type", &message.e, "kline")?;
    expect("symbol", &message.s, symbol.as_str())?;
    let kline = &message.k;
    expect("interval", &kline.i, timeframe.name())?;
    let open_time = moment("kline open time", kline.t)?;
    whole_bar(kline.t, kline.close_time, timeframe)?;
    let bar = Bar {
        open_time,
        open: Price::from_raw(kline.o.0),
        high: Price::from_raw(kline.h.0),
        low: Price::from_raw(kline.l.0),
        close: Price::from_raw(kline.c.0),
        volume: Some(kline.v.0),
    };
    let at = moment("event time", message.event_time)?;
    Ok(BarUpdate { symbol: symbol.clone(), timeframe, bar, closed: kline.x, at })
}

/// Whether a bar stands on the timeframe's grid and spans it: its last millisecond belongs to it.
fn whole_bar(open: i64, close: i64, timeframe: Timeframe) -> Result<(), DecodeError> {
    let length = timeframe.minutes() * 60_000;
    if open.rem_euclid(length) == 0 && close.checked_sub(open) == Some(length - 1) {
        return Ok(());
    }
    Err(DecodeError::Value {
        field: "kline time",
        why: format!("{open} to {close} is no bar of {timeframe}"),
    })
}

/// Bars of the REST interface.
pub(in super::super) fn bars(
    answers: &[KlineAnswer],
    timeframe: Timeframe,
) -> Result<Vec<Bar>, DecodeError> {
    answers
        .iter()
        .map(|kline| {
            whole_bar(kline.open_time, kline.close_time, timeframe)?;
            Ok(Bar {
                open_time: moment("kline open time", kline.open_time)?,
                open: Price::from_raw(kline.open.0),
                high: Price::from_raw(kline.high.0),
                low: Price::from_raw(kline.low.0),
                close: Price::from_raw(kline.close.0),
                volume: Some(kline.volume.0),
            })
        })
        .collect()
}

/// A trade of a stream.
pub(in super::super) fn trade(
    message: &TradeMessage<'_>,
    symbol: &Symbol,
) -> Result<PublicTrade, DecodeError> {
    expect("event type", &message.e, "trade")?;
    expect("symbol", &message.s, symbol.as_str())?;
    Ok(PublicTrade {
        symbol: symbol.clone(),
        id: message.t,
        price: Price::from_raw(message.p.0),
        qty: Qty::from_raw(message.q.0),
        buyer_is_maker: message.m,
        at: moment("trade time", message.trade_time)?,
        sent_at: Some(moment("event time", message.event_time)?),
    })
}

/// Trades of the REST interface.
pub(in super::super) fn trades(
    answers: &[PublicTradeAnswer],
    symbol: &Symbol,
) -> Result<Vec<PublicTrade>, DecodeError> {
    answers
        .iter()
        .map(|answer| {
            Ok(PublicTrade {
                symbol: symbol.clone(),
                id: answer.id,
                price: Price::from_raw(answer.price.0),
                qty: Qty::from_raw(answer.qty.0),
                buyer_is_maker: answer.is_buyer_maker,
                at: moment("trade time", answer.time)?,
                sent_at: None,
            })
        })
        .collect()
}

/// A sum of trades of a stream.
pub(in super::super) fn agg_trade(
    message: &AggTradeMessage<'_>,
    symbol: &Symbol,
) -> Result<AggTrade, DecodeError> {
    expect("event type", &message.e, "aggTrade")?;
    expect("symbol", &message.s, symbol.as_str())?;
    Ok(AggTrade {
        symbol: symbol.clone(),
        id: message.a,
        price: Price::from_raw(message.p.0),
        qty: Qty::from_raw(message.q.0),
        first_id: message.f,
        last_id: message.l,
        buyer_is_maker: message.m,
        at: moment("trade time", message.trade_time)?,
        sent_at: Some(moment("event time", message.event_time)?),
    })
}

/// A quote of a stream.
pub(in super::super) fn quote(
    message: &BookTickerMessage<'_>,
    symbol: &Symbol,
) -> Result<Quote, DecodeError> {
    expect("symbol", &message.s, symbol.as_str())?;
    Ok(Quote {
        symbol: symbol.clone(),
        bid: Price::from_raw(message.b.0),
        bid_qty: Qty::from_raw(message.bid_qty.0),
        ask: Price::from_raw(message.a.0),
        ask_qty: Qty::from_raw(message.ask_qty.0),
        update_id: message.u,
        at: None,
    })
}

/// Levels, none below zero.
fn levels(field: &'static str, wire: &[(E8, E8)]) -> Result<Vec<Level>, DecodeError> {
    wire.iter()
        .map(|(price, qty)| {
            if price.0 <= 0 || qty.0 < 0 {
                let (price, qty) = (Price::from_raw(price.0), Qty::from_raw(qty.0));
                return Err(DecodeError::Value { field, why: format!("{qty} at {price}") });
            }
            Ok(Level { price: Price::from_raw(price.0), qty: Qty::from_raw(qty.0) })
        })
        .collect()
}

/// Changed levels of a stream.
pub(in super::super) fn depth_diff(
    message: &DepthDiffMessage<'_>,
    symbol: &Symbol,
) -> Result<DepthDiff, DecodeError> {
    expect("event type", &message.e, "depthUpdate")?;
    expect("symbol", &message.s, symbol.as_str())?;
    let (first_id, last_id) = (message.first_id, message.final_id);
    if first_id > last_id {
        let why = format!("first {first_id} is above last {last_id}");
        return Err(DecodeError::Value { field: "update ids", why });
    }
    Ok(DepthDiff {
        symbol: symbol.clone(),
        first_id,
        last_id,
        bids: levels("bids", &message.b)?,
        asks: levels("asks", &message.a)?,
        at: moment("event time", message.event_time)?,
    })
}

/// Best levels of a stream.
pub(in super::super) fn depth_top(
    message: &DepthTopMessage,
    symbol: &Symbol,
) -> Result<DepthTop, DecodeError> {
    Ok(DepthTop {
        symbol: symbol.clone(),
        last_id: message.last_update_id,
        bids: levels("bids", &message.bids)?,
        asks: levels("asks", &message.asks)?,
    })
}

/// The book of the REST interface.
pub(in super::super) fn depth_snapshot(answer: &DepthAnswer) -> Result<DepthSnapshot, DecodeError> {
    Ok(DepthSnapshot {
        last_id: answer.last_update_id,
        bids: levels("bids", &answer.bids)?,
        asks: levels("asks", &answer.asks)?,
    })
}
