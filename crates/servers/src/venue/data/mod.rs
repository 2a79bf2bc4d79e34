//! What everybody sees of the market: trades, bars, tickers; kept from the matching engine's trades, without a clock.

mod kline;
mod series;
mod tape;
mod ticker;

#[cfg(test)]
mod tests_support;

pub use kline::{Kline, KlinePiece};
pub use series::{KLINES_KEPT, Klines};
pub use tape::{AggTrade, PublicTrade, TRADES_KEPT, Tape};
pub use ticker::Ticker;

use sim::exchange::book::Trade;
use types::ids::SymbolId;
use types::market::TsNanos;

use super::interval::KlineInterval;

/// Trades and bars of all symbols.
#[derive(Clone, Debug)]
pub struct MarketData {
    symbols: Vec<SymbolData>,
}

/// Trades and bars of one symbol.
#[derive(Clone, Debug, Default)]
pub struct SymbolData {
    /// Its trades.
    pub tape: Tape,
    /// Its bars.
    pub klines: Klines,
}

impl MarketData {
    /// Returns data of so many symbols without a trade.
    #[must_use]
    pub fn new(symbols: usize) -> Self {
        Self { symbols: vec![SymbolData::default(); symbols] }
    }

    /// Returns the data of a symbol.
    ///
    /// # Panics
    /// If the symbol is not one of the venue's.
    #[must_use]
    pub fn of(&self, symbol: SymbolId) -> &SymbolData {
        &self.symbols[symbol.index()]
    }

    /// Adds a trade; trades come in the order in which they happened.
    pub fn on_trade(&mut self, trade: &Trade) {
        let data = &mut self.symbols[trade.symbol.index()];
        data.tape.push(trade);
        data.klines.absorb(&KlinePiece::of(trade), KlineInterval::S1);
    }

    /// Adds a bar from before the first trade, oldest first; it counts for its own interval and all longer ones.
    pub fn seed(&mut self, symbol: SymbolId, interval: KlineInterval, piece: &KlinePiece) {
        self.symbols[symbol.index()].klines.absorb(piece, interval);
    }

    /// Ends the bars whose time is over: a bar without a trade keeps the last price.
    pub fn roll(&mut self, now: TsNanos) {
        for data in &mut self.symbols {
            data.klines.roll(now);
        }
    }

    /// Returns the statistics of the 24 hours up to now, cut at a whole minute.
    #[must_use]
    pub fn ticker_24h(&self, symbol: SymbolId, now: TsNanos) -> Ticker {
        let day = now.plus(-86_400_000_000_000);
        self.ticker_since(symbol, KlineInterval::M1.open(day, 0), now)
    }

    /// Returns the statistics since a moment.
    #[must_use]
    pub fn ticker_since(&self, symbol: SymbolId, since: TsNanos, now: TsNanos) -> Ticker {
        let data = self.of(symbol);
        Ticker::of(&data.klines, data.tape.last(), since, now)
    }
}
