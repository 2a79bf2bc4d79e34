//! The bars of a run, which can be read more than once: [`Bars`].

use std::path::PathBuf;

use sim::backtest::{Inputs, Options};
use sim::data::{Catalog, DataError, Feed, FileName, RowSource};
use sim::instruments::Catalogue;
use sim::market::Generator;
use types::ids::{Asset, Symbol};
use types::instrument::Market;
use types::market::{Timeframe, TsNanos};

use super::made::Made;
use super::{Days, catalogue};
use crate::cli::MarketArgs;
use crate::exit::{Failure, Kind};

/// Where bars come from, and between which moments they are used.
#[derive(Clone, Debug)]
pub(crate) struct Bars {
    source: Source,
    market: Market,
    from: Option<TsNanos>,
    to: Option<TsNanos>,
    instruments: Catalogue,
}

#[derive(Clone, Debug)]
enum Source {
    Files(Box<Catalog>),
    Generated(Generator),
}

/// What one reading of the bars needs.
#[derive(Debug)]
pub(crate) struct Pass {
    pub(crate) options: Options,
    pub(crate) inputs: Inputs,
}

impl Bars {
    /// Finds the files, or sets up the generator.
    pub(crate) fn open(args: &MarketArgs, market: Market) -> Result<Self, Failure> {
        let source = if args.generate {
            let (days, symbols, timeframe) = (args.days, args.symbols, args.timeframe);
            let made = Made { days, symbols, seed: args.seed, timeframe };
            Source::Generated(made.generator()?)
        } else {
            Source::Files(Box::new(files(args, market)?))
        };
        let instruments = catalogue(args.instruments.as_deref())?;
        Ok(Self { source, market, from: args.from, to: args.to, instruments })
    }

    /// Returns the same bars up to an earlier end.
    pub(crate) fn until(&self, to: TsNanos) -> Self {
        Self { to: Some(self.to.map_or(to, |end| end.min(to))), ..self.clone() }
    }

    /// Returns whether the bars are made up.
    pub(crate) fn are_generated(&self) -> bool {
        match &self.source {
            Source::Files(catalog) => catalog.series().all(|series| series.simulated),
            Source::Generated(_) => true,
        }
    }

    /// Opens the bars from the start; `days` takes notes for charts.
    pub(crate) fn pass(&self, days: Option<&Days>) -> Result<Pass, Failure> {
        let inputs = self.inputs(days).data()?;
        let (instruments, known) = inputs
            .feed
            .symbols()
            .iter()
            .map(|symbol| self.instruments.lookup(symbol, self.market))
            .map(|listing| (listing.instrument, listing.known))
            .unzip();
        Ok(Pass { options: Options { instruments, known, close_at_end: true }, inputs })
    }

    /// The same without the instruments.
    pub(crate) fn inputs(&self, days: Option<&Days>) -> Result<Inputs, DataError> {
        let watched = |source| match days {
            Some(days) => days.of(source),
            None => source,
        };
        let feed = Feed::new(self.sources().into_iter().map(watched).collect())?;
        let feed = feed.between(self.from, self.to);
        let symbols = feed.symbols().to_vec();
        let mut inputs = Inputs::of_bars(feed);
        self.add_perpetual(&symbols, &mut inputs)?;
        Ok(inputs)
    }

    fn sources(&self) -> Vec<Box<dyn RowSource>> {
        match &self.source {
            Source::Files(catalog) => catalog.series().map(sim::data::Series::open).collect(),
            Source::Generated(generator) => generator.sources(),
        }
    }

    fn add_perpetual(&self, symbols: &[Symbol], inputs: &mut Inputs) -> Result<(), DataError> {
        if let (Source::Files(catalog), Market::Perp) = (&self.source, self.market) {
            inputs.marks = symbols.iter().map(|symbol| catalog.marks(symbol)).collect();
            let funding = symbols.iter().map(|symbol| catalog.funding(symbol));
            inputs.funding = funding.collect::<Result<_, _>>()?;
        }
        Ok(())
    }

    /// Returns the stretch of time that is asked for, where both ends are known beforehand.
    pub(crate) fn total(&self) -> Option<(TsNanos, TsNanos)> {
        let (start, end) = match &self.source {
            Source::Files(_) => (None, None),
            Source::Generated(generator) => {
                let made = generator.config();
                let length = i64::from(made.days) * Timeframe::D1.nanos();
                (Some(made.start), Some(made.start.plus(length)))
            }
        };
        let later = self.from.max(start);
        let earlier = self.to.into_iter().chain(end).min();
        later.zip(earlier)
    }

    /// Returns the bars of files for an account without anything beside them.
    pub(crate) fn of_files(paths: &[PathBuf], market: Market) -> Result<Self, Failure> {
        let catalog = Catalog::open(paths, None).data()?;
        let source = Source::Files(Box::new(catalog));
        let instruments = Catalogue::embedded();
        Ok(Self { source, market, from: None, to: None, instruments })
    }

    /// Returns bars of a generated market for a spot account.
    pub(crate) fn made(made: Made) -> Result<Self, Failure> {
        Ok(Self {
            source: Source::Generated(made.generator()?),
            market: Market::Spot,
            from: None,
            to: None,
            instruments: Catalogue::embedded(),
        })
    }

    /// Returns what the symbols are paid in.
    pub(crate) fn quote(&self, symbols: &[Symbol]) -> Option<Asset> {
        let first = symbols.first()?;
        Some(self.instruments.lookup(first, self.market).instrument.quote)
    }
}

fn files(args: &MarketArgs, market: Market) -> Result<Catalog, Failure> {
    let named = naming(args);
    let mut catalog = Catalog::open(&args.data, named.as_ref()).data()?;
    if market == Market::Perp {
        match (&args.mark, &args.funding) {
            (None, None) => catalog.add_siblings().data()?,
            (mark, funding) => {
                for path in [mark, funding].into_iter().flatten() {
                    catalog.add_perpetual(path).data()?;
                }
            }
        }
    } else if args.mark.is_some() || args.funding.is_some() {
        return Err(Failure::usage(
            "--mark and --funding are for perpetuals, but the account is spot: add --market perp",
        ));
    }
    Ok(catalog)
}

/// Returns the symbol that the command line gives to a file without one in its name.
fn naming(args: &MarketArgs) -> Option<Symbol> {
    match args.data.as_slice() {
        [file] if file.is_file() => {
            let named = FileName::of(file).symbol;
            args.symbol.clone().filter(|_| named.is_none())
        }
        _ => None,
    }
}
