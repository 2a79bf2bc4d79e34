//! Venues that are not ours: a real one's public streams, its test network, or real money there; and what has to hold before.

use std::io::{self, BufRead as _};
use std::sync::Arc;
use std::time::Duration;

use adapters::venues::binance::BinanceSpot;
use adapters::{Environment, KeyRights, Stamp, Venue};
use anyhow::Context as _;
use engine::border;
use engine::config::{Candidate, Contradiction, EngineConfig, Summary, satisfiable};
use types::ids::Asset;
use types::instrument::Market;
use types::market::TsNanos;
use types::num::{Money, Ratio};

use super::course::Session;
use super::place::Place;
use super::restore::first_flow;
use super::terms::Priced;
use crate::exit::{Failure, Kind as _};
use crate::ladder;
use crate::live::{Ask, Papers, WhyNot, confirmation, live_gate};
use crate::run::child::Reached;
use crate::run::port::Port;
use crate::run::speed;
use crate::run_config::{Capital, Mode, RunConfig};

/// How long after its timestamp a request may arrive at a venue that is not ours.
const RECV_WINDOW: Duration = Duration::from_secs(2);
/// How far away first stops are assumed to lie when the smallest account is worked out: 5 %, as `config check` does.
const STOP: Ratio = Ratio::from_bps(500);
/// Longest line that is read from a person.
const LINE_MAX: u64 = 1_000;

/// Refuses flags of a simulated market where there is none, and a control port where real requests go elsewhere.
///
/// # Errors
/// With the flag's name.
pub(super) fn check_flags(args: &crate::cli::RunArgs, config: &RunConfig) -> Result<(), Failure> {
    let mode = config.run.mode;
    match mode {
        Mode::Simulated => return Ok(()),
        Mode::Paper => {}
        Mode::Testnet | Mode::Live if args.venue.is_some() => {
            return Err(Failure::usage(format_args!(
                "--venue is for simulated and paper trading: in mode {mode} orders go where the configuration says ([venue])"
            )));
        }
        Mode::Testnet | Mode::Live => {}
    }
    let told = [("--speed", args.speed.is_some()), ("--seed", args.seed.is_some())];
    let told = told.iter().find(|(_, given)| *given);
    match (told, config.venue.control) {
        (Some((flag, _)), None) => Err(Failure::usage(format_args!(
            "{flag} is for a simulated market: the one of mode {mode} runs as fast as time"
        ))),
        (Some(_) | None, _) => Ok(()),
    }
}

impl Session<'_> {
    /// Returns a venue that is not ours, as the configuration says; nothing is asked there yet.
    pub(super) fn outside(&self) -> Result<Place, Failure> {
        let config = self.config.binance().context("this mode has a venue")?;
        let endpoints = config.endpoints.clone();
        let control = self.config.venue.control.map(|address| format!("http://{address}"));
        let reached = Reached {
            rest: endpoints.rest,
            streams: endpoints.streams,
            ws_api: endpoints.socket_api,
            control,
            pid: None,
            other_market: None,
        };
        let keys = match self.config.run.mode {
            Mode::Simulated | Mode::Paper => None,
            Mode::Testnet | Mode::Live => Some(self.config.key.credentials().config()?),
        };
        let venue: Arc<dyn Venue> = Arc::new(BinanceSpot::new(config.clone(), keys).config()?);
        let (others, recv_window) = (Vec::new(), RECV_WINDOW);
        self.beside(Place { reached, venue, others, binance: config, own: None, recv_window })
    }

    /// Asks what has to be asked before the first entry: what the account holds, what the key may do, and, where real money
    /// moves, everything that the gate wants.
    ///
    /// # Errors
    /// If it must not begin.
    pub(super) async fn enter(&mut self, place: &Place) -> Result<(), Failure> {
        match self.config.run.mode {
            Mode::Simulated | Mode::Paper => Ok(()),
            Mode::Testnet => {
                self.capital = self.capital_at(place).await?;
                let rights = self.rights(place).await;
                let problems = rights.map(|rights| rights.problems(Environment::Testnet));
                // A test network need not have a way to ask.
                match problems.unwrap_or_default().first() {
                    None => Ok(()),
                    Some(problem) => Err(Failure::config(problem)),
                }
            }
            Mode::Live => {
                self.capital = self.capital_at(place).await?;
                self.let_live(place).await
            }
        }
    }

    /// Returns what the run may use: an amount, or a share of what the account holds.
    async fn capital_at(&self, place: &Place) -> Result<Money, Failure> {
        let share = match self.config.run.capital {
            Capital::Amount(amount) => return Ok(amount.get()),
            Capital::Share(share) => share,
        };
        // A share is one of what was there at the first start: gains are not paid in anew.
        if let Some(begun) = first_flow(&self.state)? {
            return Ok(begun);
        }
        let quote = self.quote()?;
        let account = place.venue.account(self.stamp(place).await?).await;
        let account = account.context("asking what the account holds")?;
        let held = account.balances.get(&quote).map(types::venue::Balance::total);
        let capital = held.unwrap_or_default().scaled_down(share.get());
        if capital.is_positive() {
            return Ok(capital);
        }
        Err(Failure::config(format_args!(
            "run.capital is {share} of the account, which holds no {quote}: pay in, or name an amount"
        )))
    }

    async fn rights(&self, place: &Place) -> Result<KeyRights, Failure> {
        let asked = place.venue.key_rights(self.stamp(place).await?).await;
        asked.context("asking the venue what the key may do").config()
    }

    /// The gate to real money: everything at once that stands against it; then the words that a person types.
    async fn let_live(&self, place: &Place) -> Result<(), Failure> {
        let rights = self.rights(place).await?;
        let papers = Papers::open(&self.config, 0);
        let priced = place.priced(&self.symbols()).await?;
        let account = self.account(&priced);
        let quote = self.quote()?;
        let now = speed::wall();
        let ask = |typed| {
            live_gate(&Ask {
                config: &self.config,
                limits: papers.limits.as_ref(),
                permission: papers.permission.as_ref(),
                rights: Some(&rights),
                typed,
                capital: self.capital,
                quote: &quote,
                account: &account,
                now,
            })
        };
        let mut why = ask(None).err().unwrap_or_default();
        if why.iter().all(WhyNot::is_for_the_start) {
            self.out.note(format_args!(
                "real money is about to move at {}; type `{}` to let it, anything else to end",
                place.reached.rest,
                confirmation(self.capital, &quote)
            ));
            let typed = typed().await?;
            match ask(Some(&typed)) {
                Ok(permission) => {
                    let names: Vec<&str> =
                        permission.by().iter().map(|by| by.name.as_str()).collect();
                    self.printer.line(format_args!(
                        "permitted by {} on rung {} until {}",
                        names.join(", "),
                        permission.rung(),
                        permission.expires()
                    ));
                    return Ok(());
                }
                Err(still) => why = still,
            }
        }
        let why: Vec<String> = why.iter().map(|why| format!("\n  {why}")).collect();
        Err(Failure::config(format_args!("no real money moves:{}", why.concat())))
    }

    /// Returns whether an account of the capital can trade on its rung at today's prices.
    fn account(&self, priced: &Priced) -> Result<Summary, Vec<Contradiction>> {
        let mut engine: EngineConfig = self.config.engine().clone();
        if let Some(rung) = self.config.rung() {
            let smallest = priced.smallest_order(&engine);
            ladder::apply_to_rules(rung, &mut engine, self.capital, smallest);
        }
        let slippage = border::ratio_up(engine.expected_costs.slippage_bps / 10_000.0);
        let slippage = slippage.unwrap_or_default();
        let seen: Vec<Candidate<'_>> = priced
            .0
            .iter()
            .map(|(instrument, price)| Candidate {
                instrument,
                price: *price,
                stop: STOP,
                slippage,
            })
            .collect();
        satisfiable(&engine.risk, &seen, self.capital)
    }

    /// Returns in what the symbols are paid.
    pub(super) fn quote(&self) -> Result<Asset, Failure> {
        let catalogue = self.config.catalogue().config()?;
        let first = self.config.run.symbols.first().context("a run has symbols")?;
        Ok(catalogue.lookup(first, Market::Spot).instrument.quote)
    }

    async fn stamp(&self, place: &Place) -> Result<Stamp, Failure> {
        let now: TsNanos = match &place.reached.control {
            Some(control) => Port::new(control)?.time().await?.at(),
            None => speed::wall(),
        };
        Stamp::new(now, place.recv_window, place.venue.capabilities()).config()
    }
}

/// Returns the line that a person types, from a terminal or a pipe; nothing at the end of the input.
async fn typed() -> Result<String, Failure> {
    let read = tokio::task::spawn_blocking(|| {
        let mut bytes = Vec::new();
        let read = io::Read::take(io::stdin().lock(), LINE_MAX).read_until(b'\n', &mut bytes);
        read.map(|_| String::from_utf8_lossy(&bytes).into_owned())
    });
    tokio::select! {
        read = read => Ok(read??),
        _ = tokio::signal::ctrl_c() => Err(Failure::config("ended before anything was sent")),
    }
}
