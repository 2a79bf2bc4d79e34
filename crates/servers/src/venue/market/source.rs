//! [`Prices`]: where a market's prices come from.

use std::collections::BTreeMap;
use std::path::PathBuf;

use sim::data::{Catalog, DataError, FileName, RowSource, Series, TickReader, TickSource};
use sim::market::{Calendar, Features, Generator, GeneratorConfig, Listing, Trends};
use types::ids::Symbol;
use types::market::{Timeframe, TsNanos};

/// A century: the market that is made does not end while anybody looks.
const DAYS: u32 = 36_524;

/// Where a market's prices come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prices {
    /// Files or folders of bars, trades or quotes.
    Files {
        /// The files.
        paths: Vec<PathBuf>,
        /// What is traded in files whose names don't say.
        symbol: Option<Symbol>,
    },
    /// A made-up market of minutes, from a day on.
    Generated {
        /// Its symbols.
        symbols: Vec<Symbol>,
        /// The open of its first bar; a midnight.
        origin: TsNanos,
        /// Whose its trends are.
        trends: Trends,
    },
}

/// The prices of one symbol.
pub(super) enum Stream {
    Bars(Box<dyn RowSource>, Timeframe),
    Ticks(Box<dyn TickSource>),
}

/// The symbols of a source.
pub(super) enum Opened {
    Series(Vec<Series>, BTreeMap<Symbol, Vec<PathBuf>>),
    Made(Generator),
}

impl Prices {
    /// Returns the source in words, for the ledger.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Files { paths, .. } => {
                let names = paths.iter().map(|path| {
                    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
                });
                format!("files {}", names.collect::<Vec<_>>().join(", "))
            }
            Self::Generated { symbols, origin, trends } => {
                let names: Vec<&str> = symbols.iter().map(Symbol::as_str).collect();
                let own = match trends {
                    Trends::Common => "",
                    Trends::Own => " with trends of their own",
                    Trends::Lively => " with short trends of their own",
                };
                format!("generated {}{own} from {origin}", names.join(", "))
            }
        }
    }

    /// Finds the symbols.
    pub(super) fn open(&self, seed: u64) -> Result<Opened, DataError> {
        match self {
            Self::Files { paths, symbol } => {
                let mut ticks: BTreeMap<Symbol, Vec<PathBuf>> = BTreeMap::new();
                let mut bars = Vec::new();
                for path in paths {
                    if path.is_file() && TickReader::knows(path)? {
                        let named = symbol.clone().or_else(|| FileName::of(path).symbol);
                        let named = named.ok_or_else(|| DataError::SymbolUnknown(path.clone()))?;
                        ticks.entry(named).or_default().push(path.clone());
                    } else {
                        bars.push(path.clone());
                    }
                }
                let series = if bars.is_empty() {
                    Vec::new()
                } else {
                    finest(&Catalog::open(&bars, symbol.as_ref())?)
                };
                Ok(Opened::Series(series, ticks))
            }
            Self::Generated { symbols, origin, trends } => {
                let listed = |symbol| Listing { trends: *trends, ..Listing::of(symbol) };
                let config = GeneratorConfig {
                    seed,
                    listings: symbols.iter().cloned().map(listed).collect(),
                    start: *origin,
                    days: DAYS,
                    timeframe: Timeframe::M1,
                    calendar: Calendar::Always,
                    features: Features::ALL,
                };
                Ok(Opened::Made(Generator::new(config)?))
            }
        }
    }
}

/// Returns each symbol's series of the shortest bars.
fn finest(catalog: &Catalog) -> Vec<Series> {
    let mut series: BTreeMap<Symbol, Series> = BTreeMap::new();
    for each in catalog.series() {
        series.entry(each.symbol.clone()).or_insert_with(|| each.clone());
    }
    series.into_values().collect()
}

impl Opened {
    /// Returns the prices of each symbol, by name, from their beginning.
    pub(super) fn streams(&self) -> Vec<(Symbol, Stream)> {
        let mut streams: Vec<(Symbol, Stream)> = match self {
            Self::Series(series, ticks) => {
                let bars = series.iter().map(|series| {
                    (series.symbol.clone(), Stream::Bars(series.open(), series.timeframe))
                });
                let ticks = ticks.iter().map(|(symbol, files)| {
                    let reader: Box<dyn TickSource> = Box::new(TickReader::new(files.clone()));
                    (symbol.clone(), Stream::Ticks(reader))
                });
                bars.chain(ticks).collect()
            }
            Self::Made(generator) => {
                let listings = generator.config().listings.iter();
                let sources = generator.sources().into_iter();
                listings
                    .zip(sources)
                    .map(|(listing, rows)| {
                        (listing.symbol.clone(), Stream::Bars(rows, Timeframe::M1))
                    })
                    .collect()
            }
        };
        streams.sort_by(|a, b| a.0.cmp(&b.0));
        streams
    }
}
