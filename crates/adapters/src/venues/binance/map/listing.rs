//! Symbols and limits into our words (documentation: *Exchange information*, *Filters*).

use std::borrow::Cow;

use types::ids::{Asset, Symbol};
use types::instrument::{FeeAsset, Instrument, Market};
use types::limits::Limit;
use types::num::{Money, NumError, Price, Qty, Ratio, parse_e8};
use types::venue::{Listing, LotRule, PriceBand};

use crate::error::DecodeError;
use crate::venue::Listings;
use crate::venues::binance::wire::{ExchangeInfo, FilterAnswer, SymbolAnswer};
use crate::venues::binance::words;

/// Orders of a symbol that may be open where the venue names no limit: its documented default.
const MAX_ORDERS: u32 = 200;

/// Fee until the account has said its own: the venue's first tier, 10 bps.
const FEE: Ratio = Ratio::from_bps(10);

/// Reads all symbols. One that cannot be used here is named with the reason, and hides no other.
pub(in super::super) fn listings(info: &ExchangeInfo<'_>) -> Result<Listings, DecodeError> {
    let (mut listings, mut unusable) = (Vec::new(), Vec::new());
    for symbol in &info.symbols {
        match listing(symbol) {
            Ok(listing) => listings.push(listing),
            Err(why) => unusable.push((symbol.symbol.chars().take(64).collect(), why)),
        }
    }
    let mut limits = Vec::new();
    for answer in &info.rate_limits {
        // Limits of connections and the like are not ours.
        let Some(kind) = words::limit_kind(&answer.rate_limit_type) else { continue };
        let interval_nanos = words::interval_nanos(&answer.interval, answer.interval_num)?;
        limits.push(Limit { kind, max: answer.limit, interval_nanos });
    }
    Ok(Listings { listings, unusable, limits })
}

/// Reads a symbol; the error is the reason why it cannot be used.
fn listing(answer: &SymbolAnswer<'_>) -> Result<Listing, String> {
    let mut listing = Listing {
        instrument: bare_instrument(answer)?,
        status: words::listing_status(&answer.status).map_err(|error| error.to_string())?,
        kinds: answer.order_types.iter().filter_map(|raw| words::kind_name(raw)).collect(),
        oco: answer.oco_allowed,
        oto: answer.oto_allowed,
        cancel_replace: answer.cancel_replace_allowed,
        amend: answer.amend_allowed,
        min_price: Price::ZERO,
        max_price: Price::ZERO,
        max_notional: None,
        market_lot: None,
        buy_band: None,
        sell_band: None,
        max_triggered_orders: None,
        max_lists: None,
        max_position: None,
    };
    for filter in &answer.filters {
        take_filter(&mut listing, filter)?;
    }
    narrow_band(&mut listing);
    Ok(listing)
}

/// Returns the instrument before its filters.
fn bare_instrument(answer: &SymbolAnswer<'_>) -> Result<Instrument, String> {
    let symbol = Symbol::new(&answer.symbol).map_err(|error| error.to_string())?;
    let base = Asset::new(&answer.base_asset).map_err(|error| error.to_string())?;
    let quote = Asset::new(&answer.quote_asset).map_err(|error| error.to_string())?;
    let mut instrument = Instrument::unknown(symbol, base, quote, Market::Spot);
    instrument.max_orders = MAX_ORDERS;
    instrument.maker_fee = FEE;
    instrument.taker_fee = FEE;
    instrument.fee_asset = FeeAsset::Received;
    Ok(instrument)
}

/// Takes one filter. Those of iceberg and trailing orders, of amendments and of whole accounts bind
/// nothing that is sent from here.
fn take_filter(listing: &mut Listing, filter: &FilterAnswer<'_>) -> Result<(), String> {
    let instrument = &mut listing.instrument;
    match filter.filter_type.as_ref() {
        "PRICE_FILTER" => {
            listing.min_price = Price::from_raw(least("minPrice", &filter.min_price)?);
            listing.max_price = Price::from_raw(most("maxPrice", &filter.max_price)?);
            instrument.tick =
                step("tickSize", &filter.tick_size)?.map_or(Price::STEP, Price::from_raw);
        }
        "LOT_SIZE" => {
            instrument.min_qty = Qty::from_raw(least("minQty", &filter.min_qty)?.max(1));
            instrument.max_qty = Qty::from_raw(most("maxQty", &filter.max_qty)?);
            instrument.lot = step("stepSize", &filter.step_size)?.map_or(Qty::STEP, Qty::from_raw);
        }
        "MARKET_LOT_SIZE" => {
            listing.market_lot = Some(LotRule {
                min: Qty::from_raw(least("minQty", &filter.min_qty)?),
                max: Qty::from_raw(most("maxQty", &filter.max_qty)?),
                step: Qty::from_raw(step("stepSize", &filter.step_size)?.unwrap_or(0)),
            });
        }
        "MIN_NOTIONAL" | "NOTIONAL" => {
            let floor = amount("minNotional", &filter.min_notional)?;
            instrument.min_notional = instrument.min_notional.max(floor);
            if filter.max_notional.is_some() {
                listing.max_notional = Some(amount("maxNotional", &filter.max_notional)?);
            }
        }
        "PERCENT_PRICE" => {
            let band = band(&filter.multiplier_down, &filter.multiplier_up)?;
            listing.buy_band = Some(band);
            listing.sell_band = Some(band);
        }
        "PERCENT_PRICE_BY_SIDE" => {
            listing.buy_band = Some(band(&filter.bid_multiplier_down, &filter.bid_multiplier_up)?);
            listing.sell_band = Some(band(&filter.ask_multiplier_down, &filter.ask_multiplier_up)?);
        }
        "MAX_NUM_ORDERS" => instrument.max_orders = filter.max_num_orders.unwrap_or(MAX_ORDERS),
        "MAX_NUM_ALGO_ORDERS" => listing.max_triggered_orders = filter.max_num_algo_orders,
        "MAX_NUM_ORDER_LISTS" => listing.max_lists = filter.max_num_order_lists,
        "MAX_POSITION" => {
            listing.max_position = Some(Qty::from_raw(most("maxPosition", &filter.max_position)?));
        }
        _ => {}
    }
    Ok(())
}

/// Puts the narrower of both sides' bands into the instrument, which has one: what it lets pass, the
/// venue lets pass.
fn narrow_band(listing: &mut Listing) {
    if let (Some(buy), Some(sell)) = (listing.buy_band, listing.sell_band) {
        listing.instrument.price_band_down = buy.down.max(sell.down);
        listing.instrument.price_band_up = buy.up.min(sell.up);
    }
}

/// A field that a filter of this type has.
fn field<'a>(name: &str, value: &'a Option<Cow<'_, str>>) -> Result<&'a str, String> {
    value.as_deref().ok_or_else(|| format!("{name} is absent"))
}

/// A step; `None` for zero, which switches the rule off.
fn step(name: &str, value: &Option<Cow<'_, str>>) -> Result<Option<i64>, String> {
    let text = field(name, value)?;
    match parse_e8(text.as_bytes()) {
        Ok(0) => Ok(None),
        Ok(raw) if raw > 0 => Ok(Some(raw)),
        Ok(_) => Err(format!("{name} is {text}, wanted 0 or more")),
        Err(NumError::TooFine(_)) => {
            Err(format!("{name} is {text}, finer than 0.00000001, the finest step here"))
        }
        Err(error) => Err(format!("{name}: {error}")),
    }
}

/// A lower bound.
fn least(name: &str, value: &Option<Cow<'_, str>>) -> Result<i64, String> {
    parse_e8(field(name, value)?.as_bytes()).map_err(|error| format!("{name}: {error}"))
}

/// An upper bound; one beyond what numbers here hold binds nothing.
fn most(name: &str, value: &Option<Cow<'_, str>>) -> Result<i64, String> {
    match parse_e8(field(name, value)?.as_bytes()) {
        Ok(raw) => Ok(raw),
        Err(NumError::TooLarge(_)) => Ok(i64::MAX),
        Err(error) => Err(format!("{name}: {error}")),
    }
}

/// An amount of quote.
fn amount(name: &str, value: &Option<Cow<'_, str>>) -> Result<Money, String> {
    Money::parse(field(name, value)?.as_bytes()).map_err(|error| format!("{name}: {error}"))
}

/// A band of prices.
fn band(down: &Option<Cow<'_, str>>, up: &Option<Cow<'_, str>>) -> Result<PriceBand, String> {
    Ok(PriceBand {
        down: Ratio::from_raw(least("lower multiplier", down)?),
        up: Ratio::from_raw(most("upper multiplier", up)?),
    })
}
