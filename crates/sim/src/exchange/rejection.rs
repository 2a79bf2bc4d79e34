//! [`Rejection`]: why the venue did not do what it was asked.

use serde::{Deserialize, Serialize};
use types::num::{Money, Price, Qty};
use types::side::Side;

/// Why the venue did not do what it was asked, as Binance's *Errors* and *Filters* name it. The text
/// starts with the filter's name, or a word of ours for the message quoted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rejection {
    /// A price off the tick.
    #[error("PRICE_FILTER: price={price}, wanted a multiple of tick={tick} above 0")]
    PriceFilter {
        /// The order's.
        price: Price,
        /// The symbol's.
        tick: Price,
    },
    /// A price outside the symbol's range.
    #[error("PRICE_FILTER: price={price}, wanted {min} to {max}")]
    PriceRange {
        /// The order's.
        price: Price,
        /// Lowest.
        min: Price,
        /// Highest.
        max: Price,
    },
    /// A quantity too small, too large or off the step.
    #[error("LOT_SIZE: qty={qty}, wanted {min} to {max} in steps of {lot}")]
    LotSize {
        /// The order's.
        qty: Qty,
        /// Smallest.
        min: Qty,
        /// Largest.
        max: Qty,
        /// Step.
        lot: Qty,
    },
    /// The same for a market order.
    #[error("MARKET_LOT_SIZE: qty={qty}, wanted {min} to {max} in steps of {lot}")]
    MarketLotSize {
        /// The order's.
        qty: Qty,
        /// Smallest.
        min: Qty,
        /// Largest.
        max: Qty,
        /// Step.
        lot: Qty,
    },
    /// Price x quantity too small.
    #[error("NOTIONAL: notional={notional}, wanted at least {min}")]
    Notional {
        /// The order's.
        notional: Money,
        /// Smallest.
        min: Money,
    },
    /// Price x quantity too large.
    #[error("NOTIONAL: notional={notional}, wanted at most {max}")]
    NotionalMax {
        /// The order's.
        notional: Money,
        /// Largest.
        max: Money,
    },
    /// A price outside the band that both sides share.
    #[error("PERCENT_PRICE: price={price}, wanted {low} to {high}")]
    PercentPrice {
        /// The order's.
        price: Price,
        /// Lowest.
        low: Price,
        /// Highest.
        high: Price,
    },
    /// A price outside the band of its side.
    #[error("PERCENT_PRICE_BY_SIDE: price={price}, wanted {low} to {high}")]
    PercentPriceBySide {
        /// The order's.
        price: Price,
        /// Lowest.
        low: Price,
        /// Highest.
        high: Price,
    },
    /// Too many open orders on the symbol.
    #[error("MAX_NUM_ORDERS: open={open}, max={max}")]
    MaxNumOrders {
        /// Open.
        open: usize,
        /// Most.
        max: u32,
    },
    /// Too many open stop-loss and take-profit orders on the symbol.
    #[error("MAX_NUM_ALGO_ORDERS: open={open}, max={max}")]
    MaxNumAlgoOrders {
        /// Open.
        open: usize,
        /// Most.
        max: u32,
    },
    /// Too many open order lists on the symbol.
    #[error("MAX_NUM_ORDER_LISTS: open={open}, max={max}")]
    MaxNumOrderLists {
        /// Open.
        open: usize,
        /// Most.
        max: u32,
    },
    /// Too many amendments of one order (error -2038).
    #[error("MAX_NUM_ORDER_AMENDS: amends={amends}, max={max}")]
    MaxNumAmends {
        /// So far.
        amends: u32,
        /// Most.
        max: u32,
    },
    /// A buy that could take the position beyond the largest allowed.
    #[error("MAX_POSITION: position={position}, max={max}")]
    MaxPosition {
        /// Free, locked and open buys, this one among them.
        position: Money,
        /// Largest.
        max: Qty,
    },
    /// Too many open orders on the venue.
    #[error("EXCHANGE_MAX_NUM_ORDERS: open={open}, max={max}")]
    ExchangeMaxNumOrders {
        /// Open.
        open: usize,
        /// Most.
        max: u32,
    },
    /// Too many open stop-loss and take-profit orders on the venue.
    #[error("EXCHANGE_MAX_NUM_ALGO_ORDERS: open={open}, max={max}")]
    ExchangeMaxNumAlgoOrders {
        /// Open.
        open: usize,
        /// Most.
        max: u32,
    },
    /// Too many open order lists on the venue.
    #[error("EXCHANGE_MAX_NUM_ORDER_LISTS: open={open}, max={max}")]
    ExchangeMaxNumOrderLists {
        /// Open.
        open: usize,
        /// Most.
        max: u32,
    },
    /// "Order would immediately match and take."
    #[error("LIMIT_MAKER: price={price} would trade at once, last={last}")]
    WouldTrade {
        /// The order's.
        price: Price,
        /// What it would trade with.
        last: Price,
    },
    /// "Order would trigger immediately."
    #[error("STOP_PRICE: trigger={trigger} would trigger at once, last={last}")]
    WouldTrigger {
        /// The order's.
        trigger: Price,
        /// The last price.
        last: Price,
    },
    /// "Account has insufficient balance for requested action."
    #[error("INSUFFICIENT_BALANCE: wanted={wanted}, free={free}")]
    Balance {
        /// What the order needs.
        wanted: Money,
        /// What there is.
        free: Money,
    },
    /// The same of a perpetual account.
    #[error("INSUFFICIENT_MARGIN: wanted={wanted}, free={free}")]
    Margin {
        /// What the order needs.
        wanted: Money,
        /// What there is.
        free: Money,
    },
    /// An order that may only reduce has nothing to reduce.
    #[error("REDUCE_ONLY: qty={qty} has nothing to reduce, position={position}")]
    ReduceOnly {
        /// The order's.
        qty: Qty,
        /// What is held.
        position: Qty,
    },
    /// "Duplicate order sent."
    #[error("DUPLICATE_ORDER: this order was placed before")]
    Duplicate,
    /// The order that was to be replaced is not working; nothing was placed.
    #[error("CANCEL_FAILED: the order to be replaced is not working")]
    CancelFailed,
    /// Orders that cannot form a list.
    #[error("ORDER_LIST: the two orders of a list are on one symbol and one side")]
    List,
    /// "Unsupported order combination", such as a quote amount for anything but a market order.
    #[error("UNSUPPORTED_COMBINATION: {0}")]
    Combination(String),
    /// "At least one OCO order must be contingent" (-1168), or both are stop-losses (-1158).
    #[error("OCO_TYPES: one of the pair is a stop-loss, the other a limit-maker or take-profit")]
    PairTypes,
    /// The two of a pair the wrong way round: of a buy the stop-loss is above and the other below, of
    /// a sale the reverse (-1165, -1166, -1196 to -1199).
    #[error("OCO_PLACES: the stop-loss of a buy is above, of a sale below, this is a {}", side.name())]
    PairPlaces {
        /// The list's side.
        side: Side,
    },
    /// "The relationship of the prices for the orders is not correct."
    #[error("OCO_PRICES: above={above}, last={last}, below={below}: wanted above > last > below")]
    PairPrices {
        /// Price of the upper leg.
        above: Price,
        /// The last price.
        last: Price,
        /// Price of the lower leg.
        below: Price,
    },
    /// "Price * QTY is zero or less."
    #[error("ZERO_NOTIONAL: price x qty is zero")]
    ZeroNotional,
    /// "This symbol does not allow the specified self-trade prevention mode."
    #[error("STP_MODE: the symbol does not allow this self-trade prevention")]
    StpMode,
    /// "Order book liquidity is less than symbol minimum quantity."
    #[error("NO_LIQUIDITY: nothing rests on the other side of the book")]
    NoLiquidity,
    /// "Market is closed."
    #[error("MARKET_CLOSED: the symbol does not trade")]
    MarketClosed,
    /// "Invalid symbol."
    #[error("UNKNOWN_SYMBOL: no such symbol")]
    UnknownSymbol,
    /// No such account.
    #[error("UNKNOWN_ACCOUNT: no such account")]
    UnknownAccount,
    /// "This account may not place or cancel orders."
    #[error("ACCOUNT_CLOSED: the account may not trade")]
    AccountClosed,
    /// "Unknown order sent.": it never was, or it has ended.
    #[error("UNKNOWN_ORDER: no such open order")]
    UnknownOrder,
    /// No such order list, or it has ended.
    #[error("UNKNOWN_LIST: no such open order list")]
    UnknownList,
    /// "Order was not canceled due to cancel restrictions."
    #[error("CANCEL_RESTRICTED: the order is not in the state its cancellation asked for")]
    Restricted,
    /// An amendment that does not lower the quantity to something that is left.
    #[error("AMEND_QTY: new={new}, wanted below {qty} and above {done}")]
    AmendQty {
        /// What was asked.
        new: Qty,
        /// What it is.
        qty: Qty,
        /// What is gone already.
        done: Qty,
    },
    /// A flow of nothing, or rules that change a symbol's assets.
    #[error("BAD_REQUEST: {0}")]
    BadRequest(String),
}

impl Rejection {
    /// Returns the name, for counting.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::PriceFilter { .. } | Self::PriceRange { .. } => "PRICE_FILTER",
            Self::LotSize { .. } => "LOT_SIZE",
            Self::MarketLotSize { .. } => "MARKET_LOT_SIZE",
            Self::Notional { .. } | Self::NotionalMax { .. } => "NOTIONAL",
            Self::PercentPrice { .. } => "PERCENT_PRICE",
            Self::PercentPriceBySide { .. } => "PERCENT_PRICE_BY_SIDE",
            Self::MaxNumOrders { .. } => "MAX_NUM_ORDERS",
            Self::MaxNumAlgoOrders { .. } => "MAX_NUM_ALGO_ORDERS",
            Self::MaxNumOrderLists { .. } => "MAX_NUM_ORDER_LISTS",
            Self::MaxNumAmends { .. } => "MAX_NUM_ORDER_AMENDS",
            Self::MaxPosition { .. } => "MAX_POSITION",
            Self::ExchangeMaxNumOrders { .. } => "EXCHANGE_MAX_NUM_ORDERS",
            Self::ExchangeMaxNumAlgoOrders { .. } => "EXCHANGE_MAX_NUM_ALGO_ORDERS",
            Self::ExchangeMaxNumOrderLists { .. } => "EXCHANGE_MAX_NUM_ORDER_LISTS",
            Self::WouldTrade { .. } => "LIMIT_MAKER",
            Self::WouldTrigger { .. } => "STOP_PRICE",
            Self::Balance { .. } => "INSUFFICIENT_BALANCE",
            Self::Margin { .. } => "INSUFFICIENT_MARGIN",
            Self::ReduceOnly { .. } => "REDUCE_ONLY",
            Self::Duplicate => "DUPLICATE_ORDER",
            Self::CancelFailed => "CANCEL_FAILED",
            Self::List => "ORDER_LIST",
            Self::Combination(_) => "UNSUPPORTED_COMBINATION",
            Self::PairTypes => "OCO_TYPES",
            Self::PairPlaces { .. } => "OCO_PLACES",
            Self::PairPrices { .. } => "OCO_PRICES",
            Self::ZeroNotional => "ZERO_NOTIONAL",
            Self::StpMode => "STP_MODE",
            Self::NoLiquidity => "NO_LIQUIDITY",
            Self::MarketClosed => "MARKET_CLOSED",
            Self::UnknownSymbol => "UNKNOWN_SYMBOL",
            Self::UnknownAccount => "UNKNOWN_ACCOUNT",
            Self::AccountClosed => "ACCOUNT_CLOSED",
            Self::UnknownOrder => "UNKNOWN_ORDER",
            Self::UnknownList => "UNKNOWN_LIST",
            Self::Restricted => "CANCEL_RESTRICTED",
            Self::AmendQty { .. } => "AMEND_QTY",
            Self::BadRequest(_) => "BAD_REQUEST",
        }
    }
}
