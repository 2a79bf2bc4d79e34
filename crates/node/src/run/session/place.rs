//! [`Place`]: the venue of a session, found or started.

use std::sync::Arc;
use std::time::Duration;

use adapters::venues::binance::{BinanceConfig, BinanceSpot, Endpoints};
use adapters::{Credentials, Venue};
use tokio::sync::Mutex;

use super::course::Session;
use crate::exit::{Failure, Kind as _};
use crate::run::child::{self, Reached, VenueChild, Wanted};
use crate::run::speed::Speed;
use crate::run::supervise::Shared;
use crate::run_config::Mode;

/// The venue of a session.
pub(super) struct Place {
    pub(super) reached: Reached,
    pub(super) venue: Arc<dyn Venue>,
    /// Further sources of market data.
    pub(super) others: Vec<Arc<dyn Venue>>,
    /// How it is reached.
    pub(super) binance: BinanceConfig,
    /// What to start again, if it is ours.
    pub(super) own: Option<(Shared, Wanted)>,
    pub(super) recv_window: Duration,
}

impl Session<'_> {
    /// Finds the venue that is wanted, or starts one.
    pub(super) async fn place(&self) -> Result<Place, Failure> {
        match self.config.run.mode {
            Mode::Simulated => {}
            Mode::Paper | Mode::Testnet | Mode::Live => return self.outside(),
        }
        if let Some(reached) = self.attached() {
            let keys = self.config.key.credentials().config()?;
            return self.beside(Place::new(reached, keys, None)?);
        }
        let wanted = Wanted {
            symbols: self.symbols(),
            seed: self.seed,
            speed: self.args.speed.unwrap_or(Speed::Max),
            balances: format!("USDT={}", self.capital),
        };
        let child = VenueChild::find_or_start(&self.state, &wanted).await?;
        let keys = child::credentials(&self.state, &wanted)?;
        let reached = child.reached.clone();
        self.beside(Place::new(reached, keys, Some((Arc::new(Mutex::new(Some(child))), wanted)))?)
    }

    /// Returns a place with the second source of market data, where the configuration names one. It needs no key.
    pub(super) fn beside(&self, mut place: Place) -> Result<Place, Failure> {
        if let Some((rest, streams)) = self.config.venue.second() {
            let mut config = place.binance.clone();
            (config.endpoints.rest, config.endpoints.streams) =
                (rest.to_owned(), streams.to_owned());
            place.others.push(Arc::new(BinanceSpot::new(config, None).config()?));
        }
        Ok(place)
    }

    /// Returns the simulated venue of the command line or the configuration.
    pub(super) fn attached(&self) -> Option<Reached> {
        let args = self.args;
        if let (Some(rest), Some(streams), Some(ws_api)) =
            (&args.venue, &args.streams, &args.ws_api)
        {
            let (rest, streams, ws_api) = (rest.clone(), streams.clone(), ws_api.clone());
            let control = args.venue_control.clone();
            return Some(Reached { rest, streams, ws_api, control, pid: None, other_market: None });
        }
        let venue = &self.config.venue;
        Some(Reached {
            rest: venue.rest.clone()?,
            streams: venue.streams.clone()?,
            ws_api: venue.ws_api.clone()?,
            control: venue.control.map(|address| format!("http://{address}")),
            pid: None,
            other_market: None,
        })
    }
}

impl Place {
    pub(super) fn new(
        reached: Reached,
        keys: Credentials,
        own: Option<(Shared, Wanted)>,
    ) -> Result<Self, Failure> {
        let config = BinanceConfig::simulated(Endpoints {
            rest: reached.rest.clone(),
            streams: reached.streams.clone(),
            socket_api: reached.ws_api.clone(),
        });
        let venue = BinanceSpot::new(config.clone(), Some(keys)).config()?;
        let venue: Arc<dyn Venue> = Arc::new(venue);
        let recv_window = Duration::from_secs(1);
        Ok(Self { reached, venue, others: Vec::new(), binance: config, own, recv_window })
    }
}
