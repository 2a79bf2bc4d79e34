//! Symbols, rules and limits: `exchangeInfo`, `myFilters`.
//!
//! Source: `rest-api.md`, "Exchange information"; `filters.md` for each filter's shape.

use serde::Serialize;
use serde_json::{Value, json};
use sim::exchange::book::{PriceBand, SymbolRules, SymbolStatus, VenueLimits};
use types::ids::SymbolId;
use types::num::{Money, Price, Qty, Ratio};

use super::super::context::text;
use super::super::words::{self, TypeWord, spelling};
use super::super::{ApiError, Context, Word};
use super::market_data::symbol_status;
use crate::venue::limits::{Limit, Limits};
use crate::venue::text as number;

/// What every symbol here permits.
const SPOT: &str = "SPOT";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Info {
    timezone: &'static str,
    server_time: i64,
    rate_limits: [Value; 4],
    exchange_filters: Vec<Value>,
    symbols: Vec<Symbol>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Symbol {
    symbol: String,
    status: &'static str,
    base_asset: String,
    base_asset_precision: u8,
    quote_asset: String,
    quote_precision: u8,
    quote_asset_precision: u8,
    base_commission_precision: u8,
    quote_commission_precision: u8,
    order_types: Vec<&'static str>,
    iceberg_allowed: bool,
    oco_allowed: bool,
    oto_allowed: bool,
    opo_allowed: bool,
    quote_order_qty_market_allowed: bool,
    allow_trailing_stop: bool,
    cancel_replace_allowed: bool,
    amend_allowed: bool,
    peg_instructions_allowed: bool,
    is_spot_trading_allowed: bool,
    is_margin_trading_allowed: bool,
    filters: Vec<Value>,
    permissions: Vec<&'static str>,
    permission_sets: Vec<Vec<&'static str>>,
    default_self_trade_prevention_mode: &'static str,
    allowed_self_trade_prevention_modes: Vec<&'static str>,
}

/// `GET /api/v3/exchangeInfo`.
pub(in super::super) fn exchange_info(context: &mut Context<'_>) -> Result<String, ApiError> {
    let one = context.optional_symbol()?;
    let many = context.params.symbols("symbols")?;
    let permitted = permitted(context)?;
    let wanted = symbol_status(context)?;
    let show_sets = context.params.truth("showPermissionSets")?.unwrap_or(true);
    context.params.done()?;
    let named = one.is_some() || many.is_some();
    if (one.is_some() && many.is_some()) || (named && (wanted.is_some() || permitted.is_some())) {
        return Err(ApiError::bad_combination());
    }
    let symbols: Vec<SymbolId> = match (one, many) {
        (Some(one), _) => vec![one],
        (None, Some(names)) => {
            names.iter().map(|name| context.find(name)).collect::<Result<_, _>>()?
        }
        (None, None) if permitted == Some(false) => Vec::new(),
        (None, None) => context.listed(),
    };
    let engine = context.engine();
    let fits = |id: &SymbolId| wanted.is_none_or(|wanted| engine.status(*id) == Some(wanted));
    let symbols = symbols.into_iter().filter(fits).filter_map(|id| {
        let (rules, status) = (engine.rules(id)?, engine.status(id)?);
        Some(symbol(rules, status, show_sets))
    });
    Ok(text(&Info {
        timezone: "UTC",
        server_time: context.unit.of(context.server_time),
        rate_limits: rate_limits(&context.core.limits),
        exchange_filters: exchange_filters(engine.limits()),
        symbols: symbols.collect(),
    }))
}

/// Reads `permissions`, one word or a list: whether spot is among them.
fn permitted(context: &Context<'_>) -> Result<Option<bool>, ApiError> {
    let Some(text) = context.params.text("permissions")? else { return Ok(None) };
    let list: Vec<String> = if text.starts_with('[') {
        serde_json::from_str(text).map_err(|_| ApiError::invalid_data("permissions"))?
    } else {
        vec![text.to_owned()]
    };
    let legal = |word: &String| {
        let word = word.as_str();
        matches!(word, SPOT | "MARGIN" | "LEVERAGED") || word.starts_with("TRD_GRP_")
    };
    if list.is_empty() || !list.iter().all(legal) {
        return Err(ApiError::invalid_data("permissions"));
    }
    Ok(Some(list.iter().any(|word| word == SPOT)))
}

fn rate_limits(limits: &Limits) -> [Value; 4] {
    let row = |kind: &str, limit: &Limit| {
        json!({
            "rateLimitType": kind,
            "interval": limit.interval.word(),
            "intervalNum": limit.interval.number(),
            "limit": limit.most,
        })
    };
    let [short, long] = &limits.orders;
    [
        row("REQUEST_WEIGHT", &limits.weight),
        row("ORDERS", short),
        row("ORDERS", long),
        row("RAW_REQUESTS", &limits.requests),
    ]
}

fn symbol(rules: &SymbolRules, status: SymbolStatus, show_sets: bool) -> Symbol {
    let instrument = &rules.instrument;
    Symbol {
        symbol: instrument.symbol.as_str().to_owned(),
        status: words::status(status),
        base_asset: instrument.base.as_str().to_owned(),
        base_asset_precision: 8,
        quote_asset: instrument.quote.as_str().to_owned(),
        quote_precision: 8,
        quote_asset_precision: 8,
        base_commission_precision: 8,
        quote_commission_precision: 8,
        order_types: TypeWord::ALL.iter().map(|(word, _)| *word).collect(),
        iceberg_allowed: false,
        oco_allowed: true,
        oto_allowed: true,
        opo_allowed: false,
        quote_order_qty_market_allowed: true,
        allow_trailing_stop: false,
        cancel_replace_allowed: true,
        amend_allowed: true,
        peg_instructions_allowed: false,
        is_spot_trading_allowed: true,
        is_margin_trading_allowed: false,
        filters: symbol_filters(rules),
        permissions: Vec::new(),
        permission_sets: if show_sets { vec![vec![SPOT]] } else { Vec::new() },
        default_self_trade_prevention_mode: spelling(rules.default_stp),
        allowed_self_trade_prevention_modes: rules
            .allowed_stp
            .iter()
            .map(|s| spelling(*s))
            .collect(),
    }
}

/// Returns the filters that a symbol declares.
fn symbol_filters(rules: &SymbolRules) -> Vec<Value> {
    let instrument = &rules.instrument;
    let (price, qty) = (number::price, number::qty);
    let off = |price: Option<Price>| number::price(price.unwrap_or(Price::ZERO));
    let mut filters = vec![
        json!({
            "filterType": "PRICE_FILTER",
            "minPrice": off(rules.min_price),
            "maxPrice": off(rules.max_price),
            "tickSize": price(instrument.tick),
        }),
        json!({
            "filterType": "LOT_SIZE",
            "minQty": qty(instrument.min_qty),
            "maxQty": qty(instrument.max_qty),
            "stepSize": qty(instrument.lot),
        }),
    ];
    filters.extend(rules.market_lot.map(|lot| {
        json!({
            "filterType": "MARKET_LOT_SIZE",
            "minQty": qty(lot.min),
            "maxQty": qty(lot.max),
            "stepSize": qty(lot.step),
        })
    }));
    filters.extend(price_band(rules));
    // An amount larger than any order: the filter has no way to say "none".
    let most = rules.max_notional.unwrap_or(Money::of_qty(Qty::MAX));
    filters.push(json!({
        "filterType": "NOTIONAL",
        "minNotional": number::money(instrument.min_notional),
        "applyMinToMarket": rules.min_notional_at_market,
        "maxNotional": number::money(most),
        "applyMaxToMarket": rules.max_notional_at_market,
        "avgPriceMins": rules.average_minutes,
    }));
    filters.push(json!({
        "filterType": "MAX_NUM_ORDERS",
        "maxNumOrders": instrument.max_orders,
    }));
    filters.extend(counted("MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders", rules.max_algo_orders));
    filters.extend(counted("MAX_NUM_ORDER_LISTS", "maxNumOrderLists", rules.max_order_lists));
    filters.extend(counted("MAX_NUM_ORDER_AMENDS", "maxNumOrderAmends", rules.max_amends));
    filters.extend(
        rules
            .max_position
            .map(|most| json!({ "filterType": "MAX_POSITION", "maxPosition": qty(most) })),
    );
    filters
}

fn price_band(rules: &SymbolRules) -> Option<Value> {
    let share = |ratio: Ratio| {
        // Told with four decimals, or more where there are more.
        let text = number::e8(ratio.raw());
        text.strip_suffix("0000").map(str::to_owned).unwrap_or(text)
    };
    match rules.price_band {
        PriceBand::Off => None,
        PriceBand::Same { up, down } => Some(json!({
            "filterType": "PERCENT_PRICE",
            "multiplierUp": share(up),
            "multiplierDown": share(down),
            "avgPriceMins": rules.average_minutes,
        })),
        PriceBand::BySide { bid_up, bid_down, ask_up, ask_down } => Some(json!({
            "filterType": "PERCENT_PRICE_BY_SIDE",
            "bidMultiplierUp": share(bid_up),
            "bidMultiplierDown": share(bid_down),
            "askMultiplierUp": share(ask_up),
            "askMultiplierDown": share(ask_down),
            "avgPriceMins": rules.average_minutes,
        })),
    }
}

fn exchange_filters(limits: VenueLimits) -> Vec<Value> {
    [
        counted("EXCHANGE_MAX_NUM_ORDERS", "maxNumOrders", limits.max_orders),
        counted("EXCHANGE_MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders", limits.max_algo_orders),
        counted("EXCHANGE_MAX_NUM_ORDER_LISTS", "maxNumOrderLists", limits.max_order_lists),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn counted(filter: &str, field: &str, most: Option<u32>) -> Option<Value> {
    most.map(|most| json!({ "filterType": filter, field: most }))
}

/// `GET /api/v3/myFilters`.
pub(in super::super) fn my_filters(context: &mut Context<'_>) -> Result<String, ApiError> {
    let symbol = context.symbol()?;
    context.params.done()?;
    let rules = context.engine().rules(symbol).ok_or_else(ApiError::invalid_symbol)?;
    Ok(text(&json!({
        "exchangeFilters": exchange_filters(context.engine().limits()),
        "symbolFilters": symbol_filters(rules),
        "assetFilters": [],
    })))
}
