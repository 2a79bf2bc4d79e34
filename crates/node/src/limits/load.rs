//! From a run's configuration to the limits of its gateway: [`for_run`], [`SignedLimits`].

use std::io;
use std::path::{Path, PathBuf};

use engine::border;
use engine::config::units::Share;
use serde::Serialize;
use types::hard_limits::HardLimits;
use types::ids::Symbol;
use types::num::Money;

use super::{LimitsFile, LimitsFileError, derived};
use crate::files;
use crate::operator_keys::{
    Purpose, SignatureError, Signatures, SignedBy, TrustedKey, signature_path,
};
use crate::run_config::{Mode, RunConfig};
use crate::show;

/// Longest file of limits or signatures.
const BYTES_MAX: u64 = 64 * 1024;

/// Limits that somebody who is trusted signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SignedLimits {
    /// The limits.
    pub(crate) limits: HardLimits,
    /// Who signed: at least one.
    pub(crate) by: Vec<SignedBy>,
    /// SHA-256 of the file, in hex: what a permission names.
    pub(crate) sha256: String,
}

/// Limits of a run and where they come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RunLimits {
    /// What the gateway holds orders to.
    pub(crate) hard: HardLimits,
    /// Where they come from.
    pub(crate) origin: Origin,
}

/// Where limits come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Origin {
    /// A file that somebody who is trusted signed.
    Signed(Vec<SignedBy>),
    /// A file that nobody signed: good for invented money alone.
    Unsigned(PathBuf),
    /// The capital, without a file.
    Derived,
}

/// Limits that cannot be used. Nothing starts without limits, so nothing starts.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LimitsError {
    /// No file is named where one is wanted.
    #[error(
        "saw no run.limits, wanted a signed file of limits: `plimsoll init` writes one, `plimsoll config sign` signs it"
    )]
    NoFile,
    /// There is no signature.
    #[error("saw no {0}, wanted a signature: `plimsoll config sign FILE --key NAME` writes it")]
    Unsigned(String),
    /// The signatures do not count.
    #[error("{path}: {source}")]
    Signature {
        /// The file with the limits.
        path: String,
        /// Why.
        source: SignatureError,
    },
    /// The file cannot be used.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: String,
        /// Why.
        source: LimitsFileError,
    },
    /// An older file came back.
    #[error(
        "{path}: saw version {saw}, wanted {floor} or more, which the journal holds: an older file does not come back; raise the version and sign again"
    )]
    Version {
        /// The file.
        path: String,
        /// Its version.
        saw: u64,
        /// The journal's.
        floor: u64,
    },
    /// A symbol of the run is not among those of the limits.
    #[error(
        "{path}: saw no {symbol} among symbols, wanted each of run.symbols: no order for it would pass"
    )]
    Symbol {
        /// The file.
        path: String,
        /// The symbol.
        symbol: Symbol,
    },
    /// The file is no text, or too long.
    #[error("{0}: saw no text of at most 64 KiB")]
    Form(String),
    /// The file cannot be read.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: String,
        /// What the system said.
        source: io::Error,
    },
}

/// Returns the limits of a run. `capital` is what the run may use; `floor` is the version of the last limits in the journal, 0 if it
/// holds none.
///
/// Real money wants a signed file. Elsewhere a file may be unsigned; one that is signed has to hold all the same.
///
/// # Errors
/// [`LimitsError`] if there are none that can be used.
pub(crate) fn for_run(
    config: &RunConfig,
    capital: Money,
    floor: u64,
) -> Result<RunLimits, LimitsError> {
    let run = &config.run;
    let live = match run.mode {
        Mode::Live => true,
        Mode::Simulated | Mode::Paper | Mode::Testnet => false,
    };
    let Some(path) = &run.limits else {
        if live {
            return Err(LimitsError::NoFile);
        }
        let hard = derived(config.engine(), &run.symbols, capital, floor);
        return Ok(RunLimits { hard, origin: Origin::Derived });
    };
    // Without a trusted key there is nothing a signature could be held against.
    let judged = live || (!run.trusted_keys.is_empty() && signature_path(path).exists());
    let limits = if judged {
        let SignedLimits { limits, by, .. } = SignedLimits::open(path, &run.trusted_keys, floor)?;
        RunLimits { hard: limits, origin: Origin::Signed(by) }
    } else {
        let hard = parse(path, &read(path)?, floor)?;
        RunLimits { hard, origin: Origin::Unsigned(path.clone()) }
    };
    match run.symbols.iter().find(|symbol| !limits.hard.symbols.contains(symbol)) {
        None => Ok(limits),
        Some(symbol) => Err(LimitsError::Symbol { path: shown(path), symbol: symbol.clone() }),
    }
}

impl SignedLimits {
    /// Opens a file that one of these keys has signed.
    ///
    /// # Errors
    /// [`LimitsError`] if it is unsigned, altered, signed by nobody who is trusted, of a version below `floor`, or no limits.
    pub(crate) fn open(
        file: &Path,
        trusted: &[TrustedKey],
        floor: u64,
    ) -> Result<Self, LimitsError> {
        let text = read(file)?;
        let signatures = signature_path(file);
        let signatures = match read(&signatures) {
            Err(LimitsError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                return Err(LimitsError::Unsigned(shown(&signatures)));
            }
            other => other?,
        };
        let told = |source| LimitsError::Signature { path: shown(file), source };
        let by = Signatures::parse(&signatures).map_err(told)?;
        let by = by.check(Purpose::Limits, text.as_bytes(), trusted).map_err(told)?;
        Ok(Self { limits: parse(file, &text, floor)?, by, sha256: files::sha256(text.as_bytes()) })
    }
}

impl RunLimits {
    /// Holds limits that were read before the journal against the version that it turned out to hold.
    ///
    /// # Errors
    /// `Version` if the file is older.
    pub(crate) fn held_to(mut self, floor: u64, config: &RunConfig) -> Result<Self, LimitsError> {
        match (&self.origin, &config.run.limits) {
            (Origin::Signed(_) | Origin::Unsigned(_), Some(path)) if self.hard.version < floor => {
                Err(LimitsError::Version { path: shown(path), saw: self.hard.version, floor })
            }
            (Origin::Signed(_) | Origin::Unsigned(_), _) => Ok(self),
            (Origin::Derived, _) => {
                self.hard.version = self.hard.version.max(floor);
                Ok(self)
            }
        }
    }

    /// Returns what a person is told.
    pub(crate) fn lines(&self) -> Vec<String> {
        let money = |amount| show::money(border::money(amount));
        let hard = &self.hard;
        let share = |ratio| Share::of(ratio).to_string();
        let symbols: Vec<&str> = hard.symbols.iter().map(Symbol::as_str).collect();
        let from = match &self.origin {
            Origin::Derived => "derived from the capital".to_owned(),
            Origin::Unsigned(path) => {
                format!("version {} of {}, unsigned", hard.version, path.display())
            }
            Origin::Signed(by) => {
                let names: Vec<&str> = by.iter().map(|by| by.name.as_str()).collect();
                format!("version {}, signed by {}", hard.version, names.join(", "))
            }
        };
        vec![
            format!("hard limits ({from}):"),
            format!("  largest order            {}", money(hard.order_notional)),
            format!("  positions and orders     {}", money(hard.gross_exposure)),
            format!("  open orders              {}", hard.open_orders),
            format!("  orders in a second       {}", hard.orders_per_second),
            format!("  distance from the mark   {}", share(hard.price_collar)),
            format!("  loss of a day            {}", share(hard.daily_loss)),
            format!("  symbols                  {}", symbols.join(", ")),
        ]
    }
}

fn parse(path: &Path, text: &str, floor: u64) -> Result<HardLimits, LimitsError> {
    let told = |source| LimitsError::File { path: shown(path), source };
    let limits = LimitsFile::limits_of(text).map_err(told)?;
    if limits.version < floor {
        return Err(LimitsError::Version { path: shown(path), saw: limits.version, floor });
    }
    Ok(limits)
}

fn read(path: &Path) -> Result<String, LimitsError> {
    let failed = |source| LimitsError::Io { path: shown(path), source };
    let bytes = files::read(path, BYTES_MAX).map_err(failed)?;
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    text.ok_or_else(|| LimitsError::Form(shown(path)))
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
