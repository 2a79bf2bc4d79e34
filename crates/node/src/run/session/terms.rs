//! [`Terms`]: the rules a life trades by, as low as its rung of the ladder holds them.

use adapters::Venue;
use anyhow::{Context as _, anyhow};
use engine::config::EngineConfig;
use types::feed::{Answer, Query};
use types::ids::Symbol;
use types::instrument::Instrument;
use types::market::{Timeframe, TsNanos};
use types::num::{Money, Price};

use super::course::Session;
use super::place::Place;
use crate::exit::{Failure, Kind as _};
use crate::ladder;
use crate::limits::{self, RunLimits};

/// How far back the last price is looked for.
const LOOK_BACK: i64 = 10 * Timeframe::M1.nanos();

/// The engine's rules and the hard limits.
#[derive(Clone, Debug)]
pub(super) struct Terms {
    pub(super) engine: EngineConfig,
    pub(super) limits: RunLimits,
    /// The largest of the venue's smallest orders, where the rung makes use of it.
    pub(super) smallest: Money,
}

/// Instruments as the venue lists them, with their last prices.
#[derive(Clone, Debug)]
pub(super) struct Priced(pub(super) Vec<(Instrument, Price)>);

impl Priced {
    /// Returns the largest of the smallest orders.
    pub(super) fn smallest_order(&self, engine: &EngineConfig) -> Money {
        let rules = &engine.risk.orders;
        let smallest = |(instrument, price): &(Instrument, Price)| {
            ladder::smallest_order(instrument, *price, rules)
        };
        self.0.iter().map(smallest).max().unwrap_or_default()
    }
}

impl Session<'_> {
    /// Returns the rules: those of the configuration, and of its rung where it has one.
    pub(super) async fn terms(&self, place: &Place) -> Result<Terms, Failure> {
        let mut engine = self.config.engine().clone();
        let mut limits = limits::for_run(&self.config, self.capital, 0).config()?;
        let mut smallest = Money::ZERO;
        if let Some(rung) = self.config.rung() {
            smallest = match rung.allowance().smallest_orders {
                0 => Money::ZERO,
                _ => place.priced(&self.symbols()).await?.smallest_order(&engine),
            };
            ladder::apply(rung, &mut engine, &mut limits.hard, self.capital, smallest);
        }
        Ok(Terms { engine: engine.resolved(Timeframe::M1).config()?, limits, smallest })
    }
}

impl Place {
    /// Asks for the venue's time.
    pub(super) async fn time(&self) -> Result<TsNanos, Failure> {
        match self.venue.ask(&Query::Time).await.context("asking for the venue's time")? {
            Answer::Time(now) => Ok(now),
            Answer::Bars(_) | Answer::Trades(_) | Answer::Depth(_) => {
                Err(anyhow!("the venue answered something else than its time").into())
            }
        }
    }

    /// Asks for the rules of symbols and their last prices.
    pub(super) async fn priced(&self, symbols: &[Symbol]) -> Result<Priced, Failure> {
        let venue = self.venue.as_ref();
        let listed = venue.listings(symbols).await.context("asking for the venue's rules")?;
        let now = self.time().await?;
        let mut priced = Vec::new();
        for listing in listed.listings {
            let price = last_price(venue, &listing.instrument.symbol, now).await?;
            priced.push((listing.instrument, price));
        }
        let known = |symbol: &&Symbol| priced.iter().any(|(of, _)| of.symbol == **symbol);
        match symbols.iter().find(|symbol| !known(symbol)) {
            None => Ok(Priced(priced)),
            Some(symbol) => Err(Failure::config(format_args!(
                "the venue does not list {symbol}: name other symbols"
            ))),
        }
    }
}

async fn last_price(venue: &dyn Venue, symbol: &Symbol, now: TsNanos) -> Result<Price, Failure> {
    let (from, until) = (now.plus(-LOOK_BACK), now.plus(1));
    let (symbol, timeframe, limit) = (symbol.clone(), Timeframe::M1, 10);
    let asked = format!("asking for the price of {symbol}");
    let query = Query::Bars { symbol, timeframe, from, until, limit };
    let last = match venue.ask(&query).await.context(asked.clone())? {
        Answer::Bars(bars) => bars.last().map(|bar| bar.close),
        Answer::Trades(_) | Answer::Depth(_) | Answer::Time(_) => None,
    };
    Ok(last.with_context(|| format!("{asked}: there is none of the last ten minutes"))?)
}
