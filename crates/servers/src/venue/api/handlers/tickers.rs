//! Tickers: last price, best bid and ask, statistics of windows.

use serde::Serialize;
use types::ids::SymbolId;
use types::market::TsNanos;
use types::num::{Price, Qty};

use super::super::context::text;
use super::super::words::TickerType;
use super::super::{ApiError, Context};
use super::market_data::{symbol_status, zone};
use crate::venue::data::Ticker;
use crate::venue::interval::KlineInterval;
use crate::venue::text as number;

const MINUTE: i64 = 60_000_000_000;

/// Which symbols are asked for, and whether as one.
enum Asked {
    One(SymbolId),
    Many(Vec<SymbolId>),
}

/// Reads `symbol`, `symbols` and `symbolStatus`; without the first two, all symbols unless `needed`.
fn asked(context: &Context<'_>, needed: bool) -> Result<Asked, ApiError> {
    let one = context.optional_symbol()?;
    let many = context.params.symbols("symbols")?;
    let wanted = symbol_status(context)?;
    let fits = |symbol: &SymbolId| {
        wanted.is_none_or(|wanted| context.engine().status(*symbol) == Some(wanted))
    };
    match (one, many) {
        (Some(_), Some(_)) => Err(ApiError::bad_combination()),
        (Some(one), None) if fits(&one) => Ok(Asked::One(one)),
        (Some(_), None) => Err(ApiError::symbol_does_not_match_status()),
        (None, Some(names)) => {
            let found = names.iter().map(|name| context.find(name));
            let mut found: Vec<SymbolId> = found.collect::<Result<_, _>>()?;
            found.retain(fits);
            Ok(Asked::Many(found))
        }
        (None, None) if needed => Err(ApiError::either("symbol", "symbols")),
        (None, None) => Ok(Asked::Many(context.listed().into_iter().filter(fits).collect())),
    }
}

fn answer<T: Serialize>(asked: &Asked, row: impl Fn(SymbolId) -> T) -> String {
    match asked {
        Asked::One(symbol) => text(&row(*symbol)),
        Asked::Many(symbols) => text(&symbols.iter().map(|s| row(*s)).collect::<Vec<_>>()),
    }
}

/// `GET /api/v3/ticker/price`.
pub(in super::super) fn price(context: &mut Context<'_>) -> Result<String, ApiError> {
    #[derive(Serialize)]
    struct Row {
        symbol: String,
        price: String,
    }
    let asked = asked(context, false)?;
    context.params.done()?;
    Ok(answer(&asked, |symbol| Row {
        symbol: context.name(symbol).to_owned(),
        price: number::price(context.engine().last_price(symbol).unwrap_or(Price::ZERO)),
    }))
}

/// `GET /api/v3/ticker/bookTicker`.
pub(in super::super) fn book(context: &mut Context<'_>) -> Result<String, ApiError> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Row {
        symbol: String,
        bid_price: String,
        bid_qty: String,
        ask_price: String,
        ask_qty: String,
    }
    let asked = asked(context, false)?;
    context.params.done()?;
    Ok(answer(&asked, |symbol| {
        let [bid, ask] = best(context, symbol);
        Row {
            symbol: context.name(symbol).to_owned(),
            bid_price: number::price(bid.0),
            bid_qty: number::qty(bid.1),
            ask_price: number::price(ask.0),
            ask_qty: number::qty(ask.1),
        }
    }))
}

/// Returns best bid and ask; zeros where a side is empty, as the exchange tells it.
fn best(context: &Context<'_>, symbol: SymbolId) -> [(Price, Qty); 2] {
    let quote = context.engine().quote(symbol, context.core.now());
    let (bid, ask) = quote.map_or((None, None), |quote| (quote.bid, quote.ask));
    [bid, ask].map(|side| side.unwrap_or((Price::ZERO, Qty::ZERO)))
}

/// `GET /api/v3/ticker/24hr`.
pub(in super::super) fn day(context: &mut Context<'_>) -> Result<String, ApiError> {
    let asked = asked(context, false)?;
    let kind = kind(context)?;
    context.params.done()?;
    let now = context.core.now();
    let ticker = |symbol| context.core.data().ticker_24h(symbol, now);
    Ok(match kind {
        TickerType::Mini => answer(&asked, |symbol| mini(context, symbol, &ticker(symbol), now)),
        TickerType::Full => answer(&asked, |symbol| {
            let ticker = ticker(symbol);
            let [bid, ask] = best(context, symbol);
            Day {
                previous_close: number::price(ticker.previous_close),
                last_qty: number::qty(ticker.last_qty),
                bid_price: number::price(bid.0),
                bid_qty: number::qty(bid.1),
                ask_price: number::price(ask.0),
                ask_qty: number::qty(ask.1),
                window: full(context, symbol, &ticker, now),
            }
        }),
    })
}

/// `GET /api/v3/ticker/tradingDay`.
pub(in super::super) fn trading_day(context: &mut Context<'_>) -> Result<String, ApiError> {
    let asked = asked(context, true)?;
    let (kind, offset) = (kind(context)?, zone(context)?);
    context.params.done()?;
    let now = context.core.now();
    let open = KlineInterval::D1.open(now, offset);
    let end = KlineInterval::D1.next_open(now, offset).plus(-1_000_000);
    Ok(windows(context, &asked, kind, (open, end)))
}

/// `GET /api/v3/ticker`.
pub(in super::super) fn rolling(context: &mut Context<'_>) -> Result<String, ApiError> {
    let asked = asked(context, true)?;
    let kind = kind(context)?;
    let minutes = window_minutes(context)?;
    context.params.done()?;
    let now = context.core.now();
    let open = KlineInterval::M1.open(now.plus(-minutes * MINUTE), 0);
    Ok(windows(context, &asked, kind, (open, now)))
}

fn windows(
    context: &Context<'_>,
    asked: &Asked,
    kind: TickerType,
    (open, end): (TsNanos, TsNanos),
) -> String {
    let now = context.core.now();
    let ticker = |symbol| context.core.data().ticker_since(symbol, open, now);
    match kind {
        TickerType::Mini => answer(asked, |symbol| mini(context, symbol, &ticker(symbol), end)),
        TickerType::Full => answer(asked, |symbol| full(context, symbol, &ticker(symbol), end)),
    }
}

fn kind(context: &Context<'_>) -> Result<TickerType, ApiError> {
    let wrong = || ApiError::bad_request(-1139, "Invalid ticker type.");
    Ok(context.params.word("type", wrong)?.unwrap_or_default())
}

/// Reads `windowSize`: `1m` to `59m`, `1h` to `23h`, `1d` to `7d`.
fn window_minutes(context: &Context<'_>) -> Result<i64, ApiError> {
    let text = context.params.text("windowSize")?.unwrap_or("1d");
    let unit = text.chars().next_back().unwrap_or_default();
    let number = text.strip_suffix(unit).unwrap_or_default();
    let plain = (1..=2).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    let (each, most) = match unit {
        'm' => (1, 59),
        'h' => (60, 23),
        'd' => (1_440, 7),
        _ => return Err(ApiError::invalid_data("windowSize")),
    };
    let count: Option<i64> = number.parse().ok().filter(|n| plain && (1..=most).contains(n));
    count.map(|n| n * each).ok_or_else(|| ApiError::invalid_data("windowSize"))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Mini {
    symbol: String,
    open_price: String,
    high_price: String,
    low_price: String,
    last_price: String,
    volume: String,
    quote_volume: String,
    open_time: i64,
    close_time: i64,
    first_id: i64,
    last_id: i64,
    count: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Full {
    price_change: String,
    price_change_percent: String,
    weighted_avg_price: String,
    #[serde(flatten)]
    mini: Mini,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Day {
    #[serde(rename = "prevClosePrice")]
    previous_close: String,
    last_qty: String,
    bid_price: String,
    bid_qty: String,
    ask_price: String,
    ask_qty: String,
    #[serde(flatten)]
    window: Full,
}

fn mini(context: &Context<'_>, symbol: SymbolId, ticker: &Ticker, end: TsNanos) -> Mini {
    let piece = &ticker.piece;
    let id = |id: Option<u64>| id.map_or(-1, |id| i64::try_from(id).unwrap_or(i64::MAX));
    Mini {
        symbol: context.name(symbol).to_owned(),
        open_price: number::price(piece.open),
        high_price: number::price(piece.high),
        low_price: number::price(piece.low),
        last_price: number::price(piece.close),
        volume: number::money(piece.volume),
        quote_volume: number::money(piece.quote),
        open_time: context.unit.of(ticker.open_time),
        close_time: context.unit.of(end),
        first_id: id(piece.ids.map(|ids| ids.0)),
        last_id: id(piece.ids.map(|ids| ids.1)),
        count: piece.trades,
    }
}

fn full(context: &Context<'_>, symbol: SymbolId, ticker: &Ticker, end: TsNanos) -> Full {
    Full {
        price_change: number::price(ticker.change()),
        price_change_percent: ticker.change_percent(),
        weighted_avg_price: number::price(ticker.weighted_average()),
        mini: mini(context, symbol, ticker, end),
    }
}
