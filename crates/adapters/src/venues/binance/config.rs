//! [`BinanceConfig`]: where Binance spot is, and whose money moves there.

use std::net::IpAddr;
use std::time::Duration;

use crate::venue::Environment;

/// Where the interfaces are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// REST: scheme, host, port.
    pub rest: String,
    /// Market streams: scheme, host, port.
    pub streams: String,
    /// WebSocket API: whole address.
    pub socket_api: String,
}

/// How Binance spot is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BinanceConfig {
    /// Whose money moves. It decides what a key may do and is shown in every status.
    pub environment: Environment,
    /// Where.
    pub endpoints: Endpoints,
    /// Longest time until a connection stands. Default 5 s.
    pub connect_timeout: Duration,
    /// Longest time until a reply is here. Default 12 s: the venue itself gives up after 10 s.
    pub reply_timeout: Duration,
    /// How long the engine may still take an order after its window has closed. Default 10 s at the real
    /// venue, where requests time out after that; 1 s at the simulated one.
    pub engine_timeout: Duration,
}

/// An address that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{which} is `{seen}`: {why}")]
pub struct EndpointError {
    /// Which one.
    pub which: &'static str,
    /// The address; it holds no secret, or it would have been refused for that without being shown.
    pub seen: String,
    /// What is wrong with it.
    pub why: String,
}

impl BinanceConfig {
    /// Returns the exchange itself: real money.
    #[must_use]
    pub fn live() -> Self {
        Self::with(
            Environment::Live,
            Endpoints {
                rest: "https://api.binance.com".to_owned(),
                streams: "wss://stream.binance.com:9443".to_owned(),
                socket_api: "wss://ws-api.binance.com:443/ws-api/v3".to_owned(),
            },
        )
    }

    /// Returns the exchange's test network: its own keys, no money.
    #[must_use]
    pub fn testnet() -> Self {
        Self::with(
            Environment::Testnet,
            Endpoints {
                rest: "https://testnet.binance.vision".to_owned(),
                streams: "wss://stream.testnet.binance.vision".to_owned(),
                socket_api: "wss://ws-api.testnet.binance.vision/ws-api/v3".to_owned(),
            },
        )
    }

    /// Returns a simulated exchange, as `plimsoll venue` is one.
    #[must_use]
    pub fn simulated(endpoints: Endpoints) -> Self {
        Self {
            engine_timeout: Duration::from_secs(1),
            ..Self::with(Environment::Simulated, endpoints)
        }
    }

    fn with(environment: Environment, endpoints: Endpoints) -> Self {
        Self {
            environment,
            endpoints,
            connect_timeout: Duration::from_secs(5),
            reply_timeout: Duration::from_secs(12),
            engine_timeout: Duration::from_secs(10),
        }
    }

    /// Checks the addresses of the streams; those of REST are checked where the client is made.
    pub(super) fn check(&self) -> Result<(), EndpointError> {
        for (which, seen) in [
            ("the address of the streams", &self.endpoints.streams),
            ("the address of the WebSocket API", &self.endpoints.socket_api),
        ] {
            let why = |why: &str| {
                let seen = seen.rsplit('@').next().unwrap_or_default().to_owned();
                EndpointError { which, seen, why: why.to_owned() }
            };
            let url = reqwest::Url::parse(seen).map_err(|error| why(&error.to_string()))?;
            if url.host_str().is_none() {
                return Err(why("it names no host"));
            }
            if !url.username().is_empty() || url.password().is_some() {
                return Err(why("it holds a user or a password"));
            }
            if url.scheme() != "wss" && !(url.scheme() == "ws" && self.plain_allowed()) {
                return Err(why(&format!("its scheme is `{}`, wanted `wss`", url.scheme())));
            }
        }
        Ok(())
    }

    /// Returns whether connections may go without TLS: to a simulated exchange, and where they do not leave this machine.
    pub(super) fn plain_allowed(&self) -> bool {
        let Endpoints { rest, streams, socket_api } = &self.endpoints;
        match self.environment {
            Environment::Live | Environment::Testnet => {
                [rest, streams, socket_api].into_iter().all(|address| is_this_machine(address))
            }
            Environment::Simulated => true,
        }
    }
}

/// Returns whether an address names this machine, by number or as `localhost`. One that cannot be read does not.
#[must_use]
pub fn is_this_machine(address: &str) -> bool {
    let url = reqwest::Url::parse(address).ok();
    url.as_ref().and_then(reqwest::Url::host_str).is_some_and(|host| {
        let number = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        host == "localhost" || number.is_ok_and(|ip| ip.is_loopback())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leaves_this_machine_for_a_real_exchange_has_tls() {
        let plain = |host: &str| Endpoints {
            rest: format!("http://{host}:1"),
            streams: format!("ws://{host}:1"),
            socket_api: format!("ws://{host}:1/ws-api/v3"),
        };
        let stays = ["127.0.0.1", "[::1]", "localhost"].map(plain);
        let plain = plain("10.0.0.1");
        assert_eq!(BinanceConfig::simulated(plain.clone()).check(), Ok(()));
        for config in [BinanceConfig::live(), BinanceConfig::testnet()] {
            assert_eq!(config.check(), Ok(()));
            for endpoints in stays.clone() {
                assert_eq!(BinanceConfig { endpoints, ..config.clone() }.check(), Ok(()));
            }
            let wrong = BinanceConfig { endpoints: plain.clone(), ..config }.check();
            assert_eq!(
                wrong.map_err(|error| error.to_string()),
                Err("the address of the streams is `ws://10.0.0.1:1`: its scheme is `ws`, \
                     wanted `wss`"
                    .to_owned())
            );
        }
    }

    #[test]
    fn an_address_with_a_password_is_refused_without_showing_it() {
        let mut config = BinanceConfig::live();
        config.endpoints.streams = "wss://user:hidden@stream.example".to_owned();
        let text = config.check().map_err(|error| error.to_string()).expect_err("refused");
        assert!(!text.contains("hidden") && text.contains("stream.example"), "{text}");
    }
}
