//! An exchange process of a test's own, its adapter, and what it recorded.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime};

use adapters::Credentials;
use adapters::conformance::{Ledger, OtherSide};
use adapters::venues::binance::{BinanceConfig, BinanceSpot, Endpoints};
use async_trait::async_trait;
use serde_json::Value;
use types::ids::Symbol;
use types::market::TsNanos;

use super::record;
use crate::support::Folder;

/// How the account signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Hmac,
    Ed25519,
}

const API_KEY: &str = "conformance";
const SECRET: &str = "c0nf0rmance";

/// The pair of RFC 8032, section 7.1, TEST 1.
const PRIVATE: &str = "-----BEGIN PRIVATE KEY-----\n\
                       MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
                       -----END PRIVATE KEY-----\n";
const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\n\
                      MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n\
                      -----END PUBLIC KEY-----\n";

/// An exchange process, ended with this.
pub(super) struct Exchange {
    child: Child,
    ready: Value,
    folder: Folder,
    key: Key,
}

impl Exchange {
    /// Starts an exchange with those faults and waits for its one line.
    pub(super) fn start(key: Key, faults: &str) -> Self {
        let folder = Folder::new();
        let faults = folder.write("faults.toml", faults);
        let secret = match key {
            Key::Hmac => SECRET.to_owned(),
            Key::Ed25519 => format!("ed25519={}", folder.write("public.pem", PUBLIC)),
        };
        let account = format!("{API_KEY}:{secret}:USDT=1000000,BTC=10");
        let mut child = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
            .args(["venue", "--generate", "--seed", "7", "--account", &account])
            .args(["--listen", "127.0.0.1:0", "--control", "127.0.0.1:0", "--faults", &faults])
            .arg("--ledger")
            .arg(folder.path().join("ledger"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let out = child.stdout.take().unwrap();
        BufReader::new(out).read_line(&mut line).unwrap();
        let ready = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        Self { child, ready, folder, key }
    }

    /// Returns the adapter, pointed at it.
    pub(super) fn venue(&self) -> BinanceSpot {
        let address = |name: &str| self.ready[name].as_str().unwrap().to_owned();
        let mut config = BinanceConfig::simulated(Endpoints {
            rest: address("rest"),
            streams: address("streams"),
            socket_api: address("ws_api"),
        });
        config.reply_timeout = Duration::from_secs(1);
        config.engine_timeout = Duration::from_millis(500);
        let keys = match self.key {
            Key::Hmac => Credentials::hmac(API_KEY.into(), SECRET.into()),
            Key::Ed25519 => Credentials::ed25519(API_KEY.into(), &PRIVATE.into()),
        };
        BinanceSpot::new(config, Some(keys.unwrap())).unwrap()
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        // It may have ended by itself; either way it is gone afterwards.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[async_trait]
impl OtherSide for Exchange {
    #[expect(clippy::disallowed_methods, reason = "a process is talked to in real time")]
    fn now(&self) -> TsNanos {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        TsNanos::from_nanos(i64::try_from(since.as_nanos()).unwrap())
    }

    fn symbol(&self) -> Symbol {
        Symbol::new("BTCUSDT").unwrap()
    }

    async fn ledger(&self) -> Result<Ledger, String> {
        record::read(&self.folder.path().join("ledger"), API_KEY)
    }
}
