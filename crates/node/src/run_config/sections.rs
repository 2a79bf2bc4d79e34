//! The sections that only a run has: `[run]`, `[venue]`, `[key]`, `[live]`.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use types::ids::{Asset, Symbol};
use types::num::Money;

use super::{Amount, Capital, SecretSource};
use crate::ladder::Rung;
use crate::operator_keys::TrustedKey;

/// Whose money moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Mode {
    /// Invented prices and invented money at a venue of our own.
    #[default]
    Simulated,
    /// A venue's real prices, no key, fills simulated.
    Paper,
    /// The venue's own test network.
    Testnet,
    /// Real money.
    Live,
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Simulated => "SIMULATED",
            Self::Paper => "PAPER",
            Self::Testnet => "TESTNET",
            Self::Live => "LIVE",
        })
    }
}

/// Who watches whom when limits are raised, live trading begins or the kill switch is released.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ProfileName {
    /// One person: a one-time code, a typed amount, and time to think again.
    #[default]
    Solo,
    /// Two persons.
    Team,
}

impl From<ProfileName> for hub::permits::Profile {
    fn from(name: ProfileName) -> Self {
        match name {
            ProfileName::Solo => Self::Solo,
            ProfileName::Team => Self::Team,
        }
    }
}

/// `[run]`: whose money, how much of it, on what, on whose word.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RunSection {
    /// Whose money moves: `simulated`, `paper`, `testnet` or `live`. Default `simulated`.
    pub(crate) mode: Mode,
    /// What Plimsoll may use, in quote currency (`"1000"`), or a share of what the account holds of it (`"50%"`, testnet and
    /// live). Default `"10000"`.
    pub(crate) capital: Capital,
    /// Coins that are neither bought nor sold nor counted, whatever the account holds of them. Default none.
    pub(crate) never_touch: Vec<Asset>,
    /// What is traded, all paid in the same asset. Default BTCUSDT and ETHUSDT.
    pub(crate) symbols: Vec<Symbol>,
    /// File of the hard limits; live trading wants it signed. Default: derived from the capital and shown.
    pub(crate) limits: Option<PathBuf>,
    /// Public keys whose signatures count, as `plimsoll keys list` prints them. Default none.
    pub(crate) trusted_keys: Vec<TrustedKey>,
    /// Who watches whom: `solo` or `team`. Default `solo`.
    pub(crate) profile: ProfileName,
    /// Whether what is held is sold when a drawdown limit is passed still by two quotes ten seconds apart: in stages, and no
    /// further from the market than the price collar of the hard limits. Default `false`: it is left to its stops.
    pub(crate) flatten_on_emergency: bool,
    /// Names of the people who may act; each action stands in the journal under one. Anyone who can open the control socket may
    /// stop: pause, SAFE_MODE, maintenance, kill, stop, cancel. Default none: whoever can open it may do everything; a
    /// team names two or more.
    pub(crate) operators: Vec<String>,
    /// Folder of journal, venue ledger and store. Default `plimsoll-state`.
    pub(crate) state: PathBuf,
    /// Folder of operators' keys and codes; must lie outside of the state. Default: `.config/plimsoll/keys` of the user.
    pub(crate) keys: Option<PathBuf>,
    /// File with the engine's sections, where they do not stand in this one. Default: they stand in this one.
    pub(crate) engine: Option<PathBuf>,
    /// Steps, minima and fees of symbols, beside the embedded list. Default none.
    pub(crate) instruments: Option<PathBuf>,
}

impl Default for RunSection {
    fn default() -> Self {
        let symbol = |name| Symbol::new(name).expect("capitals are a symbol");
        let capital = Amount::new(Money::from_units(10_000)).expect("it is above zero");
        Self {
            mode: Mode::Simulated,
            capital: Capital::Amount(capital),
            never_touch: Vec::new(),
            symbols: vec![symbol("BTCUSDT"), symbol("ETHUSDT")],
            limits: None,
            trusted_keys: Vec::new(),
            profile: ProfileName::Solo,
            flatten_on_emergency: false,
            operators: Vec::new(),
            state: PathBuf::from("plimsoll-state"),
            keys: None,
            engine: None,
            instruments: None,
        }
    }
}

impl RunSection {
    /// Makes relative paths ones from the folder of the file they stand in.
    pub(super) fn begin_at(&mut self, folder: &Path) {
        let named = [&mut self.limits, &mut self.keys, &mut self.engine, &mut self.instruments];
        for path in named.into_iter().flatten().chain([&mut self.state]) {
            *path = folder.join(&*path);
        }
    }
}

/// `[venue]`: where the venue is. The usual addresses need not be named.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct VenueSection {
    /// REST: scheme, host, port. Default: the exchange's own of the mode; simulated: a venue that `run` starts.
    pub(crate) rest: Option<String>,
    /// Market streams: scheme, host, port. Default as for `rest`.
    pub(crate) streams: Option<String>,
    /// WebSocket API: the whole address. Default as for `rest`.
    pub(crate) ws_api: Option<String>,
    /// Market data from a second address of the same exchange, for when the first is silent, late or contradicted: its REST. Comes with
    /// `second_streams`. Default none.
    pub(crate) second_rest: Option<String>,
    /// The same: its market streams. Default none.
    pub(crate) second_streams: Option<String>,
    /// Control port of a simulated venue: address and port. Default none.
    pub(crate) control: Option<SocketAddr>,
}

/// How a venue's key signs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum KeyKind {
    /// With a secret that the venue knows too.
    #[default]
    Hmac,
    /// With a private key of which the venue knows the public half.
    Ed25519,
}

/// `[key]`: where the venue's key lies. Never the key itself. Read for testnet and live, and for a simulated venue that is named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct KeySection {
    /// How it signs: `hmac` (a shared secret) or `ed25519` (a private key as PKCS#8 in PEM). Default `hmac`.
    pub(crate) kind: KeyKind,
    /// Where the name of the key lies. Default `{ env = "PLIMSOLL_KEY" }`.
    pub(crate) api_key: SecretSource,
    /// Where its private half or shared secret lies. Default `{ env = "PLIMSOLL_SECRET" }`.
    pub(crate) secret: SecretSource,
}

impl Default for KeySection {
    fn default() -> Self {
        Self {
            kind: KeyKind::Hmac,
            api_key: SecretSource::Env("PLIMSOLL_KEY".to_owned()),
            secret: SecretSource::Env("PLIMSOLL_SECRET".to_owned()),
        }
    }
}

/// `[live]`: what real money needs beside `mode = "live"`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LiveSection {
    /// The flag without which nothing is sent to a venue where real money moves. Default false.
    pub(crate) live_trading: bool,
    /// The signed permission, written by `plimsoll config permit-live`. Default `live-permission.toml`.
    pub(crate) permission: PathBuf,
    /// The rung of the ladder: `minimal`, `conservative`, `moderate`, `aggressive` or `maximum`. Default `minimal`.
    pub(crate) rung: Rung,
}

impl Default for LiveSection {
    fn default() -> Self {
        Self {
            live_trading: false,
            permission: PathBuf::from("live-permission.toml"),
            rung: Rung::Minimal,
        }
    }
}
