//! The venue's view of the money: cash, holdings, margins.

use serde::{Deserialize, Serialize};
use types::books::Books;
use types::fill::{Fee, Fill};
use types::ids::SymbolId;
use types::instrument::{FeeAsset, Instrument, Market};
use types::market::TsNanos;
use types::num::{Money, Price, Qty, Ratio};
use types::side::Side;

use super::margin::Isolated;

/// Cash and positions with the margins set aside for them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Account {
    market: Market,
    books: Books,
    margins: Vec<Money>,
    leverage: Vec<u32>,
}

impl Account {
    pub(super) fn new(market: Market, symbols: usize, cash: Money) -> Self {
        let mut books = Books::new(symbols);
        books.on_flow(cash);
        Self { market, books, margins: vec![Money::ZERO; symbols], leverage: vec![1; symbols] }
    }

    pub(super) fn books(&self) -> &Books {
        &self.books
    }

    /// Returns how many symbols it is of.
    pub(super) fn symbols(&self) -> usize {
        self.margins.len()
    }

    pub(super) fn market(&self) -> Market {
        self.market
    }

    pub(super) fn held(&self, symbol: SymbolId) -> Qty {
        self.books.position(symbol).qty()
    }

    pub(super) fn margin(&self, symbol: SymbolId) -> Money {
        self.margins[symbol.index()]
    }

    pub(super) fn margins(&self) -> &[Money] {
        &self.margins
    }

    pub(super) fn set_leverage(&mut self, symbol: SymbolId, leverage: u32) {
        self.leverage[symbol.index()] = leverage.max(1);
    }

    pub(super) fn leverage(&self, symbol: SymbolId) -> u32 {
        self.leverage[symbol.index()]
    }

    pub(super) fn flow(&mut self, amount: Money) {
        self.books.on_flow(amount);
    }

    /// Returns what orders may be paid from before anything is set aside for orders: cash on spot,
    /// the wallet less all margins on a perpetual account.
    pub(super) fn spendable(&self) -> Money {
        match self.market {
            Market::Spot => self.books.cash(),
            Market::Perp => self.books.wallet() - self.margins.iter().copied().sum(),
        }
    }

    /// Returns the part of an order that enlarges or turns the position.
    pub(super) fn opening(&self, symbol: SymbolId, side: Side, qty: Qty) -> Qty {
        let held = self.held(symbol);
        let against = match side {
            Side::Buy => -held,
            Side::Sell => held,
        };
        Qty::from_raw((qty.raw() - against.raw().max(0)).max(0))
    }

    /// Returns what an order takes from the spendable money: the price and a quote fee on spot,
    /// initial margin and fee of the opening part on a perpetual account.
    pub(super) fn cost(
        &self,
        symbol: SymbolId,
        instrument: &Instrument,
        side: Side,
        qty: Qty,
        price: Price,
        rate: Ratio,
    ) -> Money {
        match (self.market, side) {
            (Market::Spot, Side::Sell) => Money::ZERO,
            (Market::Spot, Side::Buy) => {
                let notional = price.notional(qty);
                match instrument.fee_asset {
                    FeeAsset::Received => notional,
                    FeeAsset::Quote => notional + notional.fee(rate),
                }
            }
            (Market::Perp, Side::Buy | Side::Sell) => {
                let opening = price.notional(self.opening(symbol, side, qty));
                initial_margin(opening, self.leverage(symbol)) + opening.fee(rate)
            }
        }
    }

    /// Returns the fee of a fill in the asset it is charged in. Binance charges what is received.
    pub(super) fn fee(
        &self,
        instrument: &Instrument,
        side: Side,
        qty: Qty,
        price: Price,
        rate: Ratio,
    ) -> Fee {
        match (self.market, instrument.fee_asset, side) {
            (Market::Spot, FeeAsset::Received, Side::Buy) => Fee::Base(qty.scaled_up(rate)),
            (Market::Spot, FeeAsset::Received, Side::Sell)
            | (Market::Spot, FeeAsset::Quote, Side::Buy | Side::Sell)
            | (Market::Perp, FeeAsset::Received | FeeAsset::Quote, Side::Buy | Side::Sell) => {
                Fee::Quote(price.notional(qty).fee(rate))
            }
        }
    }

    /// Returns the position with its margin, `None` on spot and when flat.
    pub(super) fn isolated(&self, symbol: SymbolId) -> Option<Isolated> {
        let position = self.books.position(symbol);
        let (qty, cost) = (position.qty(), position.cost());
        (self.market == Market::Perp && !qty.is_zero()).then(|| Isolated {
            qty,
            cost,
            margin: self.margin(symbol),
        })
    }

    /// Folds a fill into cash, position and margin.
    pub(super) fn fill(&mut self, fill: &Fill, lot: Qty, at: TsNanos) {
        let held = self.held(fill.symbol);
        let opening = self.opening(fill.symbol, fill.side, fill.qty);
        let closing = fill.qty - opening;
        self.books.on_fill(fill, lot, at);
        if self.market == Market::Perp {
            let leverage = self.leverage(fill.symbol);
            let margin = &mut self.margins[fill.symbol.index()];
            *margin -= margin.portion(closing, held.abs());
            *margin += initial_margin(fill.price.notional(opening), leverage);
            if self.books.position(fill.symbol).qty().is_zero() {
                *margin = Money::ZERO;
            }
        }
    }

    /// Folds funding: it comes from, and goes to, the position's own margin.
    pub(super) fn funding(&mut self, symbol: SymbolId, amount: Money) {
        self.books.on_funding(symbol, amount);
        self.margins[symbol.index()] += amount;
    }
}

/// Notional / leverage, rounded up at 1e-16.
fn initial_margin(notional: Money, leverage: u32) -> Money {
    let leverage = i128::from(leverage);
    Money::from_raw((notional.raw() + leverage - 1).div_euclid(leverage))
}
