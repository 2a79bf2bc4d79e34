//! Which instrument a symbol is.

use types::ids::{Asset, Symbol, SymbolId};
use types::instrument::{Instrument, Market};

use super::file::{self, InstrumentsError};

/// The instruments as of 2024 that come with the binary.
const EMBEDDED: &str = include_str!("instruments.toml");

/// Assets that prices are quoted in, longest first so that `USDT` is not read as `T` after `USD`.
const QUOTES: [&str; 15] = [
    "FDUSD", "USDT", "USDC", "BUSD", "TUSD", "USD", "EUR", "GBP", "JPY", "CHF", "TRY", "BTC",
    "ETH", "BNB", "DAI",
];

/// Known instruments by symbol and market.
#[derive(Clone, Debug)]
pub struct Catalogue {
    rows: Vec<Instrument>,
}

/// An instrument with whether anything is known about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// Its rules.
    pub instrument: Instrument,
    /// False: steps of 1e-8, no minima, 10 bps are assumed; a report says so.
    pub known: bool,
}

impl Catalogue {
    /// Returns the instruments that come with the binary.
    ///
    /// # Panics
    /// If the embedded file is broken, which a test excludes.
    #[must_use]
    pub fn embedded() -> Self {
        let rows = file::read(EMBEDDED, "instruments.toml")
            .expect("the embedded instruments are read by a test");
        Self { rows }
    }

    /// Adds the instruments of a file's text, which replace those known before. `file` names it in
    /// errors.
    ///
    /// # Errors
    /// `InstrumentsError` with file, symbol, key, what was seen and what is wrong with it.
    pub fn with(mut self, text: &str, file: &str) -> Result<Self, InstrumentsError> {
        for row in file::read(text, file)? {
            let same =
                |known: &Instrument| (&known.symbol, known.market) == (&row.symbol, row.market);
            match self.rows.iter().position(same) {
                Some(index) => self.rows[index] = row,
                None => self.rows.push(row),
            }
        }
        Ok(self)
    }

    /// Returns all instruments in the order of the files.
    #[must_use]
    pub fn rows(&self) -> &[Instrument] {
        &self.rows
    }

    /// Returns the instrument of a symbol, or an unknown one with base and quote guessed from the
    /// symbol's end.
    #[must_use]
    pub fn lookup(&self, symbol: &Symbol, market: Market) -> Listing {
        let known = self.rows.iter().find(|row| row.symbol == *symbol && row.market == market);
        match known {
            Some(instrument) => Listing { instrument: instrument.clone(), known: true },
            None => {
                let (base, quote) = split(symbol);
                let instrument = Instrument::unknown(symbol.clone(), base, quote, market);
                Listing { instrument, known: false }
            }
        }
    }

    /// Returns the instrument table of some symbols, each once, in the order of their names: a
    /// symbol's id is its place in it.
    #[must_use]
    pub fn table(&self, symbols: &[Symbol], market: Market) -> Vec<(SymbolId, Listing)> {
        let mut names = symbols.to_vec();
        names.sort_unstable();
        names.dedup();
        (0..=u16::MAX)
            .zip(names)
            .map(|(id, symbol)| (SymbolId(id), self.lookup(&symbol, market)))
            .collect()
    }
}

/// Guesses base and quote. A symbol that ends in no known asset is a share, paid in dollars.
fn split(symbol: &Symbol) -> (Asset, Asset) {
    let name = symbol.as_str();
    let named = name.split_once(['/', '-', '_']).or_else(|| {
        let quote = QUOTES.iter().find(|quote| name.len() > quote.len() && name.ends_with(**quote));
        quote.map(|quote| (&name[..name.len() - quote.len()], *quote))
    });
    let assets = named.and_then(|(base, quote)| Asset::new(base).ok().zip(Asset::new(quote).ok()));
    assets.unwrap_or_else(|| {
        let base = Asset::new(&name[..name.len().min(16)]);
        let dollar = Asset::new("USD").expect("three letters are an asset");
        (base.unwrap_or_else(|_| dollar.clone()), dollar)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn symbol(name: &str) -> Symbol {
        Symbol::new(name).unwrap()
    }

    #[test]
    fn the_embedded_instruments_are_read() {
        let catalogue = Catalogue::embedded();
        let listing = catalogue.lookup(&symbol("BTCUSDT"), Market::Spot);
        assert!(listing.known);
        let found = &listing.instrument;
        assert_eq!(
            (found.tick.to_string(), found.lot.to_string()),
            ("0.01".into(), "0.00001".into())
        );
        let perp = catalogue.lookup(&symbol("BTCUSDT"), Market::Perp).instrument;
        assert_eq!((perp.tick.to_string(), perp.lot.to_string()), ("0.1".into(), "0.001".into()));
        for name in ["ETHUSDT", "LTCUSDT", "SOLUSDT", "XRPUSDT", "ADAUSDT", "TRXUSDT", "BTCUSD"] {
            assert!(catalogue.lookup(&symbol(name), Market::Spot).known, "{name}");
        }
    }

    #[test]
    fn an_unknown_symbol_is_split_and_said_to_be_unknown() {
        let catalogue = Catalogue::embedded();
        for (name, base, quote) in [
            ("DOGEUSDT", "DOGE", "USDT"),
            ("XRPETH", "XRP", "ETH"),
            ("BCHEUR", "BCH", "EUR"),
            ("BRK-USD", "BRK", "USD"),
            ("MSFT", "MSFT", "USD"),
            ("USD", "USD", "USD"),
        ] {
            let listing = catalogue.lookup(&symbol(name), Market::Spot);
            assert!(!listing.known, "{name}");
            let found = listing.instrument;
            assert_eq!((found.base.as_str(), found.quote.as_str()), (base, quote), "{name}");
        }
    }

    #[test]
    fn ids_follow_names_and_not_the_order_of_files() {
        let catalogue = Catalogue::embedded();
        let names = ["XRPUSDT", "BTCUSDT", "XRPUSDT", "ADAUSDT"].map(symbol);
        let table = catalogue.table(&names, Market::Spot);
        let order: Vec<_> =
            table.iter().map(|(id, l)| (id.0, l.instrument.symbol.as_str())).collect();
        assert_eq!(order, [(0, "ADAUSDT"), (1, "BTCUSDT"), (2, "XRPUSDT")]);
    }

    const ROW: &str = "[[instrument]]\nsymbol = \"ABC\"\nbase = \"A\"\nquote = \"BC\"\n\
        market = \"spot\"\ntick = \"0.01\"\nlot = \"1\"\nmaker_fee = \"10bps\"\n\
        taker_fee = \"10bps\"\nfee_asset = \"quote\"\n";

    #[test]
    fn a_file_adds_and_replaces() {
        let catalogue = Catalogue::embedded().with(ROW, "mine.toml").unwrap();
        assert!(catalogue.lookup(&symbol("ABC"), Market::Spot).known);
        let other = ROW.replace("ABC", "BTCUSDT");
        let catalogue = catalogue.with(&other, "mine.toml").unwrap();
        let found = catalogue.lookup(&symbol("BTCUSDT"), Market::Spot).instrument;
        assert_eq!(found.lot.to_string(), "1");
    }

    #[test]
    fn what_is_wrong_with_a_file_is_named() {
        for (from, to, words) in [
            ("\"0.01\"", "\"0.000000001\"", "tick is `0.000000001`"),
            ("\"0.01\"", "\"0\"", "wanted above 0"),
            ("\"0.01\"", "0.01", "string"),
            ("tick", "tik", "tik"),
            ("maker_fee = \"10bps\"", "maker_fee = \"10\"", "has no unit"),
            ("\"ABC\"", "\"abc\"", "symbol is `abc`"),
            ("market = \"spot\"", "market = \"perp\"", "maintenance_margin"),
            ("market = \"spot\"", "market = \"swap\"", "swap"),
        ] {
            let error = Catalogue::embedded().with(&ROW.replace(from, to), "mine.toml");
            let text = error.expect_err(to).to_string();
            assert!(text.starts_with("mine.toml: ") && text.contains(words), "{text}");
        }
        let twice = Catalogue::embedded().with(&ROW.repeat(2), "mine.toml").expect_err("twice");
        assert_eq!(twice.to_string(), "mine.toml: ABC (spot) is listed twice");
    }
}
