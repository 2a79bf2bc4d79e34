//! Prices that a check assumes: those that are given, or round ones.

use sim::instruments::Catalogue;
use types::ids::Symbol;
use types::instrument::{Instrument, Market};
use types::num::Price;

use crate::exit::Failure;

/// Round prices of the embedded instruments, to the nearest power the years 2023 to 2026 saw; a check prints which it took.
const ASSUMED: [(&str, &str); 7] = [
    ("BTCUSDT", "60000"),
    ("ETHUSDT", "3000"),
    ("LTCUSDT", "80"),
    ("SOLUSDT", "150"),
    ("XRPUSDT", "0.5"),
    ("ADAUSDT", "0.5"),
    ("TRXUSDT", "0.1"),
];

/// Symbols checked where nothing names any.
const USUAL: [&str; 2] = ["BTCUSDT", "ETHUSDT"];

/// Instruments with the price assumed for each.
pub(super) struct Priced(pub(super) Vec<(Instrument, Price)>);

impl Priced {
    /// Returns those that are given, or the usual two.
    pub(super) fn given(
        given: &[String],
        catalogue: &Catalogue,
        market: Market,
    ) -> Result<Self, Failure> {
        let given: Vec<_> = given.iter().map(|text| read(text)).collect::<Result<_, _>>()?;
        if given.is_empty() {
            let usual = USUAL.map(|name| Symbol::new(name).expect("capitals are a symbol"));
            return Self::of(&usual, &[], catalogue, market);
        }
        let one = |(symbol, price)| (catalogue.lookup(&symbol, market).instrument, price);
        Ok(Self(given.into_iter().map(one).collect()))
    }

    /// Returns these symbols, each with the price that is given or assumed for it.
    pub(super) fn of(
        symbols: &[Symbol],
        given: &[String],
        catalogue: &Catalogue,
        market: Market,
    ) -> Result<Self, Failure> {
        let given: Vec<_> = given.iter().map(|text| read(text)).collect::<Result<_, _>>()?;
        let one = |symbol: &Symbol| {
            let named = given.iter().find(|(name, _)| name == symbol).map(|(_, price)| *price);
            let price = named.or_else(|| assumed_price(symbol)).ok_or_else(|| {
                Failure::usage(format_args!(
                    "no price is assumed for {symbol}: give one with --price {symbol}=PRICE"
                ))
            })?;
            Ok((catalogue.lookup(symbol, market).instrument, price))
        };
        symbols.iter().map(one).collect::<Result<_, _>>().map(Self)
    }

    /// Shows symbols and prices: `BTCUSDT=60000`.
    pub(super) fn shown(&self) -> String {
        let shown =
            self.0.iter().map(|(instrument, price)| format!("{}={price}", instrument.symbol));
        shown.collect::<Vec<_>>().join(", ")
    }
}

/// Returns the round price that is assumed for a symbol, if one is.
pub(in crate::commands) fn assumed_price(symbol: &Symbol) -> Option<Price> {
    let (_, price) = ASSUMED.iter().find(|(name, _)| *name == symbol.as_str())?;
    Some(price.parse().expect("the table holds prices"))
}

fn read(text: &str) -> Result<(Symbol, Price), Failure> {
    let wanted = || {
        Failure::usage(format_args!(
            "--price is `{text}`, wanted SYMBOL=PRICE, such as BTCUSDT=60000"
        ))
    };
    let (symbol, price) = text.split_once('=').ok_or_else(wanted)?;
    let symbol = Symbol::new(symbol).map_err(|_| wanted())?;
    let price: Price = price.parse().map_err(|_| wanted())?;
    if price.is_positive() { Ok((symbol, price)) } else { Err(wanted()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_assumed_price_is_one_of_an_embedded_instrument() {
        for (name, _) in ASSUMED {
            let symbol = Symbol::new(name).unwrap();
            assert!(assumed_price(&symbol).unwrap().is_positive());
            assert!(Catalogue::embedded().lookup(&symbol, Market::Spot).known, "{name}");
        }
    }
}
