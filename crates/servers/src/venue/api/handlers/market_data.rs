//! The book, trades, bars, the average price.

use serde::Serialize;
use serde_json::json;
use sim::exchange::book::SymbolStatus;
use types::market::TsNanos;
use types::num::{Price, Qty};

use super::super::context::text;
use super::super::{ApiError, Context, TimeUnit};
use crate::venue::data::{AggTrade, Kline, PublicTrade};
use crate::venue::interval::KlineInterval;
use crate::venue::text as number;

const LIMIT: usize = 500;
const LIMIT_MAX: usize = 1_000;
const DEPTH: usize = 100;
const DEPTH_MAX: usize = 5_000;
const MINUTE: i64 = 60_000_000_000;
/// The furthest time zones, in minutes: -12:00 and +14:00.
const ZONES: std::ops::RangeInclusive<i64> = -12 * 60..=14 * 60;

/// `GET /api/v3/depth`.
pub(in super::super) fn depth(context: &mut Context<'_>) -> Result<String, ApiError> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Book {
        last_update_id: u64,
        bids: Vec<[String; 2]>,
        asks: Vec<[String; 2]>,
    }
    let symbol = context.symbol()?;
    let limit = context.params.limit(DEPTH, DEPTH_MAX)?;
    let wanted = symbol_status(context)?;
    context.params.done()?;
    if wanted.is_some_and(|wanted| context.engine().status(symbol) != Some(wanted)) {
        return Err(ApiError::symbol_does_not_match_status());
    }
    let book = context.engine().depth(symbol, limit);
    let rows = |rows: &[(Price, Qty)]| {
        rows.iter().map(|(price, qty)| [number::price(*price), number::qty(*qty)]).collect()
    };
    let (bids, asks) = (rows(&book.bids), rows(&book.asks));
    Ok(text(&Book { last_update_id: book.last_update, bids, asks }))
}

/// Reads `symbolStatus`.
pub(super) fn symbol_status(context: &Context<'_>) -> Result<Option<SymbolStatus>, ApiError> {
    context.params.word("symbolStatus", ApiError::invalid_symbol_status)
}

/// `GET /api/v3/trades`.
pub(in super::super) fn trades(context: &mut Context<'_>) -> Result<String, ApiError> {
    let symbol = context.symbol()?;
    let limit = context.params.limit(LIMIT, LIMIT_MAX)?;
    context.params.done()?;
    Ok(public_trades(context.unit, &context.core.data().of(symbol).tape.latest(limit)))
}

/// `GET /api/v3/historicalTrades`.
pub(in super::super) fn historical_trades(context: &mut Context<'_>) -> Result<String, ApiError> {
    let symbol = context.symbol()?;
    let limit = context.params.limit(LIMIT, LIMIT_MAX)?;
    let from = context.params.whole("fromId")?;
    context.params.done()?;
    let tape = &context.core.data().of(symbol).tape;
    let rows = match from {
        None => tape.latest(limit),
        Some(id) => tape.from(id.unsigned_abs(), limit),
    };
    Ok(public_trades(context.unit, &rows))
}

fn public_trades(unit: TimeUnit, rows: &[PublicTrade]) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Row {
        id: u64,
        price: String,
        qty: String,
        quote_qty: String,
        time: i64,
        is_buyer_maker: bool,
        is_best_match: bool,
    }
    let row = |trade: &PublicTrade| Row {
        id: trade.id,
        price: number::price(trade.price),
        qty: number::qty(trade.qty),
        quote_qty: number::money(trade.quote()),
        time: unit.of(trade.at),
        is_buyer_maker: trade.buyer_is_maker,
        is_best_match: true,
    };
    text(&rows.iter().map(row).collect::<Vec<_>>())
}

/// `GET /api/v3/aggTrades`.
pub(in super::super) fn agg_trades(context: &mut Context<'_>) -> Result<String, ApiError> {
    #[derive(Serialize)]
    struct Row {
        a: u64,
        p: String,
        q: String,
        f: u64,
        l: u64,
        #[serde(rename = "T")]
        at: i64,
        m: bool,
        #[serde(rename = "M")]
        best: bool,
    }
    let symbol = context.symbol()?;
    let from = context.params.whole("fromId")?;
    let (since, until) = context.span(None)?;
    let limit = context.params.limit(LIMIT, LIMIT_MAX)?;
    context.params.done()?;
    if from.is_some() && (since.is_some() || until.is_some()) {
        return Err(ApiError::bad_combination());
    }
    let tape = &context.core.data().of(symbol).tape;
    let rows = match from {
        Some(id) => tape.aggregates_from(id.unsigned_abs(), limit),
        None => tape.aggregates_between(since, until.map(whole_milli), limit),
    };
    let row = |entry: &AggTrade| Row {
        a: entry.id,
        p: number::price(entry.price),
        q: number::qty(entry.qty),
        f: entry.first,
        l: entry.last,
        at: context.unit.of(entry.at),
        m: entry.buyer_is_maker,
        best: true,
    };
    Ok(text(&rows.iter().map(row).collect::<Vec<_>>()))
}

/// Returns the last nanosecond of a millisecond: the end of a span belongs to it.
fn whole_milli(at: TsNanos) -> TsNanos {
    at.plus(999_999 - at.as_nanos().rem_euclid(1_000_000))
}

/// `GET /api/v3/klines` and `uiKlines`.
pub(in super::super) fn klines(context: &mut Context<'_>) -> Result<String, ApiError> {
    let symbol = context.symbol()?;
    let interval: KlineInterval = context
        .params
        .needed_text("interval")?
        .parse()
        .map_err(|_| ApiError::invalid_interval())?;
    let (since, until) = context.span(None)?;
    let offset = zone(context)?;
    let limit = context.params.limit(LIMIT, LIMIT_MAX)?;
    context.params.done()?;
    let klines = &context.core.data().of(symbol).klines;
    let rows = klines.between(interval, offset, since, until, limit);
    Ok(text(&rows.iter().map(|kline| row(context.unit, kline)).collect::<Vec<_>>()))
}

fn row(unit: TimeUnit, kline: &Kline) -> serde_json::Value {
    let piece = &kline.piece;
    json!([
        unit.of(kline.open_time),
        number::price(piece.open),
        number::price(piece.high),
        number::price(piece.low),
        number::price(piece.close),
        number::money(piece.volume),
        unit.before(kline.next_open),
        number::money(piece.quote),
        piece.trades,
        number::money(piece.taker_volume),
        number::money(piece.taker_quote),
        "0",
    ])
}

/// Reads `timeZone` (`8`, `-1:00`, `05:45`), in nanoseconds east of UTC.
pub(super) fn zone(context: &Context<'_>) -> Result<i64, ApiError> {
    let Some(text) = context.params.text("timeZone")? else { return Ok(0) };
    let (west, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (hours, minutes) = digits.split_once(':').unwrap_or((digits, "0"));
    let part = |text: &str, most: i64| -> Option<i64> {
        let short = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        text.parse().ok().filter(|n| short && *n <= most)
    };
    part(hours, 14)
        .zip(part(minutes, 59))
        .map(|(hours, minutes)| (hours * 60 + minutes) * if west { -1 } else { 1 })
        .filter(|minutes| ZONES.contains(minutes))
        .map(|minutes| minutes * MINUTE)
        .ok_or_else(|| ApiError::invalid_data("timeZone"))
}

/// `GET /api/v3/avgPrice`.
pub(in super::super) fn avg_price(context: &mut Context<'_>) -> Result<String, ApiError> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Average {
        mins: u16,
        price: String,
        close_time: i64,
    }
    let symbol = context.symbol()?;
    context.params.done()?;
    let engine = context.engine();
    let rules = engine.rules(symbol).ok_or_else(ApiError::invalid_symbol)?;
    let average = engine.average_price(symbol, context.core.now());
    let last = context.core.data().of(symbol).tape.last();
    Ok(text(&Average {
        mins: rules.average_minutes,
        price: number::price(average.unwrap_or(Price::ZERO)),
        close_time: last.map_or(0, |trade| context.unit.of(trade.at)),
    }))
}
