//! From a file's text to a [`RunConfig`]: strict, and silent about whatever may be a secret.

use std::io;
use std::path::{Path, PathBuf};

use adapters::venues::binance::{BinanceConfig, Endpoints, is_this_machine};
use adapters::{Credentials, CredentialsError};
use engine::config::{ConfigError, EngineConfig};
use serde::de::DeserializeOwned;
use sim::backtest::BacktestConfig;
use sim::instruments::Catalogue;
use types::entry::Stage;

use super::secret::SecretError;
use super::{
    KeyKind, KeySection, LiveSection, Mode, RunSection, VenueSection, nearest, problems, secret,
};
use crate::files;
use crate::ladder::Rung;

/// Longest configuration that is read.
const BYTES_MAX: u64 = 1024 * 1024;

/// Sections of a run; everything else is what a backtest reads too.
const OWN: [&str; 4] = ["run", "venue", "key", "live"];

/// Names at the top of a file that the engine does not know.
const TOP: [&str; 7] = ["backtest", "costs", "conventions", "run", "venue", "key", "live"];

/// Everything `plimsoll run` can be told by a file.
#[derive(Clone, Debug, Default)]
pub(crate) struct RunConfig {
    /// Whose money, how much of it, on what, on whose word.
    pub(crate) run: RunSection,
    /// Where the venue is.
    pub(crate) venue: VenueSection,
    /// Where the venue's key lies.
    pub(crate) key: KeySection,
    /// What real money needs.
    pub(crate) live: LiveSection,
    /// What a backtest of the same file runs with; its engine is the engine of the run.
    pub(crate) backtest: BacktestConfig,
    /// The file, `None` for the defaults.
    pub(crate) path: Option<PathBuf>,
}

/// A configuration that cannot be used. It repeats names of keys, and no value that may be a secret.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunConfigError {
    /// The text is no TOML.
    #[error("line {line}, column {column}: {what}")]
    Syntax {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
        /// What is wrong there.
        what: String,
    },
    /// A secret stands in the file.
    #[error(
        "saw what looks like a secret under `{0}`, wanted none in a configuration: take it out, change it at the venue if others \
         could read the file, and name a variable or a file instead, such as `secret = {{ env = \"PLIMSOLL_SECRET\" }}`"
    )]
    Secret(String),
    /// A key or value of a section cannot be read.
    #[error("[{section}]: {what}")]
    Section {
        /// Which.
        section: String,
        /// What is wrong.
        what: String,
    },
    /// What the engine reads cannot be used.
    #[error("{}", nearest::told(&.0.to_string(), &TOP))]
    Engine(ConfigError),
    /// Values that cannot stand, or not together.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Values(Vec<ConfigError>),
    /// The engine's sections stand in two places.
    #[error(
        "saw `{0}` here and run.engine, wanted the engine's sections in one file: take out one of the two"
    )]
    Twice(String),
    /// A file cannot be read.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The list of instruments cannot be used.
    #[error(transparent)]
    Instruments(#[from] sim::instruments::InstrumentsError),
}

/// A venue's key that cannot be used. It never says what was seen.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyUnusable {
    /// It is not there, or others can read it.
    #[error(transparent)]
    Source(#[from] SecretError),
    /// It cannot be a key.
    #[error(transparent)]
    Form(#[from] CredentialsError),
}

/// Returns whether a file is one of a run: it has a section that only those have.
pub(crate) fn is_run_config(text: &str) -> bool {
    let table: Result<toml::Table, _> = toml::from_str(text);
    table.is_ok_and(|table| OWN.iter().any(|name| table.contains_key(*name)))
}

impl RunConfig {
    /// Reads a file and checks all of it.
    ///
    /// # Errors
    /// [`RunConfigError`] if it cannot be read or used.
    pub(crate) fn open(path: &Path) -> Result<Self, RunConfigError> {
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut config = Self::from_toml(&read(path)?, folder)?;
        config.path = Some(path.to_owned());
        Ok(config)
    }

    /// Reads a text and checks all of it; relative paths in it begin at the folder.
    ///
    /// # Errors
    /// As [`RunConfig::open`].
    pub(crate) fn from_toml(text: &str, folder: &Path) -> Result<Self, RunConfigError> {
        let file = table(text)?;
        if let Some(key) = secret::found_in(&file) {
            return Err(RunConfigError::Secret(key));
        }
        let mut rest = file;
        let mut config = Self {
            run: section(&mut rest, "run")?,
            venue: section(&mut rest, "venue")?,
            key: section(&mut rest, "key")?,
            live: section(&mut rest, "live")?,
            ..Self::default()
        };
        config.run.begin_at(folder);
        config.key.api_key.begin_at(folder);
        config.key.secret.begin_at(folder);
        config.live.permission = folder.join(&config.live.permission);
        let beside = config.run.engine.as_deref().map(read).transpose()?;
        if let (Some(_), Some(key)) = (&beside, rest.keys().next()) {
            return Err(RunConfigError::Twice(key.clone()));
        }
        let engine = beside.map_or(Ok(rest), |text| table(&text))?;
        config.backtest = backtest(&engine, &config.run)?;
        let found = problems::of(&config, &config.catalogue()?);
        if found.is_empty() { Ok(config) } else { Err(RunConfigError::Values(found)) }
    }

    /// Returns what the engine is told.
    pub(crate) const fn engine(&self) -> &EngineConfig {
        &self.backtest.engine
    }

    /// Returns the rung of the ladder it stands on: paper and live money have one.
    pub(crate) const fn rung(&self) -> Option<Rung> {
        match self.run.mode {
            Mode::Simulated | Mode::Testnet => None,
            Mode::Paper => Some(Rung::Paper),
            Mode::Live => Some(self.live.rung),
        }
    }

    /// Returns whose money moves, where, on which rung, as a journal is told it.
    pub(crate) fn stage(&self) -> Stage {
        Stage {
            mode: self.run.mode.to_string().to_lowercase(),
            rung: self.rung().map(|rung| rung.to_string()),
            venue: self.binance().map(|venue| venue.endpoints.rest).unwrap_or_default(),
        }
    }

    /// Returns the rung below that of `[live]`, and the stage that a run on it stands on, at the same venue.
    pub(crate) fn stage_below(&self) -> Option<(Rung, Stage)> {
        let rung = self.live.rung.below()?;
        let mode = if rung == Rung::Paper { Mode::Paper } else { Mode::Live };
        let mut below = self.clone();
        (below.run.mode, below.live.rung) = (mode, rung);
        Some((rung, below.stage()))
    }

    /// Returns the instruments known before a venue is asked.
    ///
    /// # Errors
    /// If the file that is named cannot be read.
    pub(crate) fn catalogue(&self) -> Result<Catalogue, RunConfigError> {
        let embedded = Catalogue::embedded();
        let Some(path) = &self.run.instruments else { return Ok(embedded) };
        Ok(embedded.with(&read(path)?, &path.display().to_string())?)
    }

    /// Returns how the venue is reached; `None` where a run starts a simulated venue of its own.
    ///
    /// Paper trading on a venue of this machine reaches it without TLS, as a simulated one.
    pub(crate) fn binance(&self) -> Option<BinanceConfig> {
        let named = self.venue.endpoints();
        let usual = match self.run.mode {
            Mode::Simulated => return named.map(BinanceConfig::simulated),
            Mode::Paper if self.venue.is_local() => return named.map(BinanceConfig::simulated),
            Mode::Paper | Mode::Live => BinanceConfig::live(),
            Mode::Testnet => BinanceConfig::testnet(),
        };
        let endpoints = named.unwrap_or_else(|| usual.endpoints.clone());
        Some(BinanceConfig { endpoints, ..usual })
    }
}

impl KeySection {
    /// Reads the venue's key from where it lies.
    ///
    /// # Errors
    /// If it is not there, others can read it, or it cannot be one.
    pub(crate) fn credentials(&self) -> Result<Credentials, KeyUnusable> {
        let (api_key, secret) = (self.api_key.read()?, self.secret.read()?);
        Ok(match self.kind {
            KeyKind::Hmac => Credentials::hmac(api_key, secret)?,
            KeyKind::Ed25519 => Credentials::ed25519(api_key, &secret)?,
        })
    }
}

impl VenueSection {
    /// Returns the addresses, if all three are named.
    pub(super) fn endpoints(&self) -> Option<Endpoints> {
        Some(Endpoints {
            rest: self.rest.clone()?,
            streams: self.streams.clone()?,
            socket_api: self.ws_api.clone()?,
        })
    }

    /// Returns where market data comes from when the first source does not do: REST and streams.
    pub(crate) fn second(&self) -> Option<(&str, &str)> {
        self.second_rest.as_deref().zip(self.second_streams.as_deref())
    }

    /// Returns whether there are addresses and all of them are this machine's.
    pub(super) fn is_local(&self) -> bool {
        let mut named = self.named().peekable();
        named.peek().is_some() && named.all(|(_, address)| is_this_machine(address))
    }

    /// Returns those of the second source that are named.
    pub(super) fn named_second(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let all = [
            ("venue.second_rest", &self.second_rest),
            ("venue.second_streams", &self.second_streams),
        ];
        all.into_iter().filter_map(|(key, address)| Some((key, address.as_deref()?)))
    }

    /// Returns the addresses that are named.
    pub(super) fn named(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let all = [
            ("venue.rest", &self.rest),
            ("venue.streams", &self.streams),
            ("venue.ws_api", &self.ws_api),
        ];
        all.into_iter().filter_map(|(key, address)| Some((key, address.as_deref()?)))
    }
}

fn read(path: &Path) -> Result<String, RunConfigError> {
    let failed = |source| RunConfigError::Io { path: path.to_owned(), source };
    let text = files::read(path, BYTES_MAX).map_err(failed)?.map(String::from_utf8);
    let form = || io::Error::new(io::ErrorKind::InvalidData, "no text of at most 1 MiB");
    text.and_then(Result::ok).ok_or_else(|| failed(form()))
}

/// Reads TOML. The parser would show the line at fault, and a secret may stand in it.
fn table(text: &str) -> Result<toml::Table, RunConfigError> {
    toml::from_str(text).map_err(|error: toml::de::Error| {
        let at = error.span().map_or(0, |span| span.start.min(text.len()));
        let before = text.get(..at).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        // Some messages go on with what was seen.
        let what = error.message().split(['`', '"']).next().unwrap_or_default().trim().to_owned();
        let what = if what.is_empty() { "no TOML".to_owned() } else { what };
        RunConfigError::Syntax { line, column, what }
    })
}

/// Takes a section out of the table and reads it; an absent one has its defaults.
fn section<T: DeserializeOwned + Default>(
    from: &mut toml::Table,
    name: &str,
) -> Result<T, RunConfigError> {
    let Some(value) = from.remove(name) else { return Ok(T::default()) };
    value.try_into().map_err(|error: toml::de::Error| RunConfigError::Section {
        section: name.to_owned(),
        what: nearest::told(&error.to_string(), &[]),
    })
}

/// Reads what a backtest reads; its capital is that of the run unless it names its own.
fn backtest(table: &toml::Table, run: &RunSection) -> Result<BacktestConfig, RunConfigError> {
    let text = toml::to_string(table)
        .map_err(|error| RunConfigError::Engine(ConfigError::Parse(error.to_string())))?;
    let mut config = BacktestConfig::from_toml(&text).map_err(RunConfigError::Engine)?;
    let named = table.get("backtest").and_then(|section| section.get("capital")).is_some();
    if let Some(capital) = run.capital.amount().filter(|_| !named) {
        config.backtest.capital = capital.to_string();
    }
    Ok(config)
}
