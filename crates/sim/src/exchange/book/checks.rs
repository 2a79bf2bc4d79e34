//! What an order has to pass before it is taken.
//!
//! Two stages, as a cancel-replace needs them (Binance, *REST API*: "Filters and Order Count are
//! evaluated before the processing of the cancellation and order placement occurs"): filters, which
//! need no more than the request and counts; then what depends on the market of the moment and on
//! the account's funds.

use types::ids::SymbolId;
use types::instrument::FeeAsset;
use types::market::TsNanos;
use types::num::{Money, ONE_E8, Price, Qty, Ratio};
use types::side::Side;

use super::account::Account;
use super::engine::MatchingEngine;
use super::ids::{AccountId, AssetId, ClientId};
use super::ladder::reaches;
use super::matching::Taker;
use super::request::{NewOrder, OrderRef, OrderType, Size, Stp};
use super::rules::{PriceBand, SymbolStatus};
use super::symbol::Book;
use crate::exchange::filters;
use crate::exchange::rejection::Rejection;

/// What an order needs from its account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Need {
    pub(super) asset: AssetId,
    pub(super) amount: Money,
    /// The quantity it comes to.
    pub(super) qty: Qty,
}

/// Orders that are placed together with the one that is checked.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Beside {
    pub(super) orders: usize,
    pub(super) algo: usize,
}

impl MatchingEngine {
    /// Checks that account and symbol are there and trade.
    pub(super) fn check_open(
        &self,
        account: AccountId,
        symbol: SymbolId,
    ) -> Result<(&Account, &Book), Rejection> {
        let (holder, book) = (self.account(account)?, self.book(symbol)?);
        match book.status {
            SymbolStatus::Trading => {}
            SymbolStatus::Halt | SymbolStatus::Break | SymbolStatus::Delisted => {
                return Err(Rejection::MarketClosed);
            }
        }
        if !holder.can_trade {
            return Err(Rejection::AccountClosed);
        }
        Ok((holder, book))
    }

    /// Checks the filters of a symbol and of the venue.
    pub(super) fn check_filters(
        &self,
        account: AccountId,
        symbol: SymbolId,
        order: &NewOrder,
        beside: Beside,
        now: TsNanos,
    ) -> Result<(), Rejection> {
        let (holder, book) = self.check_open(account, symbol)?;
        check_combination(order)?;
        self.check_values(account, symbol, order, now)?;
        if !holder.is_client() {
            return Ok(());
        }
        if !book.rules.allowed_stp.contains(&order.stp.unwrap_or(book.rules.default_stp)) {
            return Err(Rejection::StpMode);
        }
        self.check_counts(holder, book, symbol, order, beside)
    }

    /// Checks the filters that look at the order's own prices and quantity.
    pub(super) fn check_values(
        &self,
        account: AccountId,
        symbol: SymbolId,
        order: &NewOrder,
        now: TsNanos,
    ) -> Result<(), Rejection> {
        let (holder, book) = (self.account(account)?, self.book(symbol)?);
        for price in [order.kind.price(), order.kind.stop()].into_iter().flatten() {
            filters::check_tick(price, book.rules.instrument.tick)?;
        }
        if !holder.is_client() {
            return check_step(book, order);
        }
        check_prices(book, order, now)?;
        check_size(book, order, now)
    }

    fn check_counts(
        &self,
        holder: &Account,
        book: &Book,
        symbol: SymbolId,
        order: &NewOrder,
        beside: Beside,
    ) -> Result<(), Rejection> {
        let rules = &book.rules;
        let algo = order.kind.stop().is_some();
        let desk = holder.desk(symbol);
        let open = desk.map_or(0, |desk| desk.open.len()) + beside.orders;
        filters::check_max_orders(open, rules.instrument.max_orders)?;
        if let (true, Some(max)) = (algo, rules.max_algo_orders) {
            let open = desk.map_or(0, |desk| desk.algo) + beside.algo;
            if filters::is_full(open, max) {
                return Err(Rejection::MaxNumAlgoOrders { open, max });
            }
        }
        if let Some(max) = self.limits.max_orders {
            let open = holder.desks().iter().map(|desk| desk.open.len()).sum::<usize>();
            let open = open + beside.orders;
            if filters::is_full(open, max) {
                return Err(Rejection::ExchangeMaxNumOrders { open, max });
            }
        }
        if let (true, Some(max)) = (algo, self.limits.max_algo_orders) {
            let open = holder.desks().iter().map(|desk| desk.algo).sum::<usize>() + beside.algo;
            if filters::is_full(open, max) {
                return Err(Rejection::ExchangeMaxNumAlgoOrders { open, max });
            }
        }
        match order.size {
            Size::Base(qty) => check_position(holder, book, symbol, order.side, qty),
            // Known when it is worked out what it comes to.
            Size::Quote(_) => Ok(()),
        }
    }

    /// Checks that one more list is within the filters.
    pub(super) fn check_list_counts(
        &self,
        account: AccountId,
        symbol: SymbolId,
    ) -> Result<(), Rejection> {
        let (holder, book) = self.check_open(account, symbol)?;
        if let Some(max) = book.rules.max_order_lists {
            let open = holder.desk(symbol).map_or(0, |desk| desk.lists);
            if filters::is_full(open, max) {
                return Err(Rejection::MaxNumOrderLists { open, max });
            }
        }
        if let Some(max) = self.limits.max_order_lists {
            let open = holder.list_names.len();
            if filters::is_full(open, max) {
                return Err(Rejection::ExchangeMaxNumOrderLists { open, max });
            }
        }
        Ok(())
    }

    /// Checks that no open order of the account and symbol has the name.
    pub(super) fn check_name(
        &self,
        account: AccountId,
        symbol: SymbolId,
        name: Option<ClientId>,
    ) -> Result<(), Rejection> {
        let latest =
            name.and_then(|name| self.find_order(account, symbol, OrderRef::ClientId(name)));
        match latest {
            Some((_, order)) if order.is_open() => Err(Rejection::Duplicate),
            Some(_) | None => Ok(()),
        }
    }

    /// Checks that an order does not act at once where it must not.
    pub(super) fn check_at_once(
        &self,
        symbol: SymbolId,
        order: &NewOrder,
    ) -> Result<(), Rejection> {
        let book = self.book(symbol)?;
        if let (OrderType::LimitMaker { price }, Some((best, _))) =
            (order.kind, book.opposite(order.side).best())
            && reaches(order.side, Some(price), best)
        {
            return Err(Rejection::WouldTrade { price, last: best });
        }
        match (order.kind.stop(), order.kind.awaits_rise(order.side), book.last) {
            (Some(stop), Some(rises), Some(last)) => filters::check_trigger(rises, stop, last),
            (_, _, _) => Ok(()),
        }
    }

    /// Returns what an order needs from its account.
    pub(super) fn need(
        &self,
        account: AccountId,
        symbol: SymbolId,
        order: &NewOrder,
    ) -> Result<Need, Rejection> {
        let book = self.book(symbol)?;
        let asset = book.pays(order.side);
        match (order.kind, order.size) {
            (OrderType::Market, size) => {
                let taker = Taker {
                    account,
                    side: order.side,
                    worst: None,
                    stp: self.stp_of(account, book, order),
                };
                if let (Size::Quote(_), None) = (size, book.opposite(order.side).best()) {
                    return Err(Rejection::NoLiquidity);
                }
                let plan = self.plan(book, taker, size);
                let amount = match (order.side, size) {
                    // What is to be spent has to be there, whether or not the book can take it.
                    (Side::Buy, Size::Quote(amount)) => sum(amount.max(plan.quote), plan.fee),
                    (Side::Buy, Size::Base(_)) => sum(plan.quote, plan.fee),
                    (Side::Sell, _) => Money::of_qty(plan.qty),
                };
                Ok(Need { asset, amount, qty: plan.qty })
            }
            (kind, Size::Base(qty)) => {
                let amount = lock_for(book, kind, order.side, qty);
                Ok(Need { asset, amount, qty })
            }
            (_, Size::Quote(_)) => Err(quote_amount()),
        }
    }

    /// Checks that a client has what is needed.
    pub(super) fn check_funds(
        &self,
        account: AccountId,
        asset: AssetId,
        wanted: Money,
    ) -> Result<(), Rejection> {
        let holder = self.account(account)?;
        let free = holder.balance(asset).free;
        if holder.is_client() && wanted > free {
            return Err(Rejection::Balance { wanted, free });
        }
        Ok(())
    }

    /// Returns the self-trade prevention of an order.
    pub(super) fn stp_of(&self, account: AccountId, book: &Book, order: &NewOrder) -> Stp {
        if self.accounts[account.index()].is_client() {
            order.stp.unwrap_or(book.rules.default_stp)
        } else {
            Stp::None
        }
    }
}

/// Returns what is set aside for a quantity of an order: base of a sale; of a buy price x quantity,
/// at its worst price or else its touch price, with the fee where fees are taken in quote. A market
/// order pays as it goes.
pub(super) fn lock_for(book: &Book, kind: OrderType, side: Side, qty: Qty) -> Money {
    match (side, kind.price().or(kind.stop())) {
        (Side::Sell, _) => Money::of_qty(qty),
        (Side::Buy, None) => Money::ZERO,
        (Side::Buy, Some(price)) => {
            let instrument = &book.rules.instrument;
            let notional = price.notional(qty);
            match instrument.fee_asset {
                FeeAsset::Received => notional,
                FeeAsset::Quote => {
                    let rate = instrument.maker_fee.max(instrument.taker_fee);
                    sum(notional, fee(notional, rate))
                }
            }
        }
    }
}

/// Returns a sum held at the largest amount: what nobody can have.
pub(super) fn sum(one: Money, other: Money) -> Money {
    Money::from_raw(one.raw().saturating_add(other.raw()))
}

/// Returns the fee on an amount: rounded up at 1e-8, held at the largest amount.
pub(super) fn fee(amount: Money, rate: Ratio) -> Money {
    match amount.raw().checked_mul(i128::from(rate.raw())) {
        Some(product) if product <= i128::MAX - i128::from(ONE_E8) * i128::from(ONE_E8) => {
            amount.fee(rate)
        }
        Some(_) | None => Money::from_raw(i128::MAX),
    }
}

fn quote_amount() -> Rejection {
    Rejection::Combination("a quote amount sizes market orders alone".to_owned())
}

fn check_combination(order: &NewOrder) -> Result<(), Rejection> {
    match (order.kind, order.size) {
        (OrderType::Market, Size::Quote(amount)) if !amount.is_positive() => {
            Err(Rejection::ZeroNotional)
        }
        (OrderType::Market, Size::Quote(_)) | (_, Size::Base(_)) => Ok(()),
        (_, Size::Quote(_)) => Err(quote_amount()),
    }
}

/// A crowd order is above zero and on the step.
fn check_step(book: &Book, order: &NewOrder) -> Result<(), Rejection> {
    let instrument = &book.rules.instrument;
    match order.size {
        Size::Base(qty) if !qty.is_positive() || qty.floor_to(instrument.lot) != qty => {
            let (min, max, lot) = (instrument.lot, Qty::MAX, instrument.lot);
            Err(Rejection::LotSize { qty, min, max, lot })
        }
        Size::Base(_) | Size::Quote(_) => Ok(()),
    }
}

/// PRICE_FILTER and PERCENT_PRICE.
fn check_prices(book: &Book, order: &NewOrder, now: TsNanos) -> Result<(), Rejection> {
    let rules = &book.rules;
    let (min, max) =
        (rules.min_price.unwrap_or(Price::STEP), rules.max_price.unwrap_or(Price::MAX));
    for price in [order.kind.price(), order.kind.stop()].into_iter().flatten() {
        if price < min || price > max {
            return Err(Rejection::PriceRange { price, min, max });
        }
    }
    let shares = rules.price_band.of(order.side);
    let (Some(price), Some(average), Some((down, up))) =
        (order.kind.price(), book.average_price(now), shares)
    else {
        return Ok(());
    };
    let (low, high) = filters::band(average, down, up);
    match rules.price_band {
        _ if (low..=high).contains(&price) => Ok(()),
        PriceBand::Off => Ok(()),
        PriceBand::Same { .. } => Err(Rejection::PercentPrice { price, low, high }),
        PriceBand::BySide { .. } => Err(Rejection::PercentPriceBySide { price, low, high }),
    }
}

/// LOT_SIZE, MARKET_LOT_SIZE and NOTIONAL.
fn check_size(book: &Book, order: &NewOrder, now: TsNanos) -> Result<(), Rejection> {
    let market = order.kind.price().is_none();
    let notional = match order.size {
        Size::Base(qty) => {
            filters::check_lot(&book.rules.instrument, qty)?;
            if order.kind == OrderType::Market {
                check_market_lot(book, qty)?;
            }
            let price = order.kind.price().or(order.kind.stop());
            match book.judged_notional(price, qty, now) {
                Some(notional) => notional,
                None => return Ok(()),
            }
        }
        Size::Quote(amount) => amount,
    };
    check_notional(book, notional, market)
}

/// NOTIONAL, or MIN_NOTIONAL where there is no largest.
pub(super) fn check_notional(book: &Book, notional: Money, market: bool) -> Result<(), Rejection> {
    let rules = &book.rules;
    if !market || rules.min_notional_at_market {
        filters::check_min_notional(notional, rules.instrument.min_notional)?;
    }
    match rules.max_notional {
        Some(max) if notional > max && (!market || rules.max_notional_at_market) => {
            Err(Rejection::NotionalMax { notional, max })
        }
        Some(_) | None => Ok(()),
    }
}

/// MARKET_LOT_SIZE.
pub(super) fn check_market_lot(book: &Book, qty: Qty) -> Result<(), Rejection> {
    let Some(rule) = book.rules.market_lot else { return Ok(()) };
    if qty < rule.min || qty > rule.max || qty.floor_to(rule.step) != qty {
        let (min, max, lot) = (rule.min, rule.max, rule.step);
        return Err(Rejection::MarketLotSize { qty, min, max, lot });
    }
    Ok(())
}

/// MAX_POSITION: what is held, with all open buys and this one.
pub(super) fn check_position(
    holder: &Account,
    book: &Book,
    symbol: SymbolId,
    side: Side,
    qty: Qty,
) -> Result<(), Rejection> {
    let (Some(max), Side::Buy) = (book.rules.max_position, side) else { return Ok(()) };
    let open = holder.desk(symbol).into_iter().flat_map(|desk| &desk.open);
    let buys = open
        .filter_map(|id| book.find(*id))
        .filter(|(_, open)| open.side == Side::Buy)
        .map(|(_, open)| Money::of_qty(open.left()))
        .sum::<Money>();
    let position = holder.balance(book.base).total() + buys + Money::of_qty(qty);
    if position > Money::of_qty(max) {
        return Err(Rejection::MaxPosition { position, max });
    }
    Ok(())
}
