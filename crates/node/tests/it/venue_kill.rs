//! `plimsoll venue` killed with -9 while it answers orders: a venue on the same ledger knows each of them as it was told.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

use crate::support::{Folder, plimsoll};

const ROUNDS: usize = 4;

/// A venue that runs, and a connection to it.
pub(crate) struct Venue {
    process: Child,
    stream: BufReader<TcpStream>,
    host: String,
}

impl Venue {
    pub(crate) fn start(ledger: &str) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
            .args(["venue", "--generate", "--seed", "7", "--ledger", ledger])
            .args(["--account", "key:secret:USDT=100000,BTC=2"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        let host = ready["rest"].as_str().unwrap().trim_start_matches("http://").to_owned();
        let stream = BufReader::new(TcpStream::connect(&host).unwrap());
        Self { process, stream, host }
    }

    /// Sends a signed request; returns the answer, `None` if the connection ended before it.
    #[expect(clippy::disallowed_methods, reason = "the venue runs in real time and checks it")]
    pub(crate) fn ask(&mut self, method: &str, path: &str, query: &str) -> Option<Value> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
        let query = format!("{query}&timestamp={now}");
        let mut mac = Hmac::<Sha256>::new_from_slice(b"secret").unwrap();
        mac.update(query.as_bytes());
        let signature: String =
            mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        let request = format!(
            "{method} {path}?{query}&signature={signature} HTTP/1.1\r\nHost: {}\r\nX-MBX-APIKEY: key\r\n\r\n",
            self.host
        );
        self.stream.get_mut().write_all(request.as_bytes()).ok()?;
        let mut length = 0;
        loop {
            let mut line = String::new();
            if self.stream.read_line(&mut line).ok()? == 0 {
                return None;
            }
            let line = line.trim_end().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).ok()?;
        Some(serde_json::from_slice(&body).unwrap())
    }

    pub(crate) fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

#[test]
fn what_a_venue_has_answered_it_knows_after_a_kill() {
    let folder = Folder::new();
    let ledger = folder.path().join("ledger").display().to_string();
    let mut answered: BTreeMap<i64, Value> = BTreeMap::new();
    for round in 0..ROUNDS {
        let mut venue = Venue::start(&ledger);
        let all = venue.ask("GET", "/api/v3/allOrders", "symbol=BTCUSDT&limit=1000").unwrap();
        let known: BTreeMap<i64, &Value> = all
            .as_array()
            .unwrap()
            .iter()
            .map(|order| (order["orderId"].as_i64().unwrap(), order))
            .collect();
        for (id, order) in &answered {
            assert_eq!(known.get(id), Some(&order), "round {round}");
        }
        for n in 0..5 + 4 * round {
            let side = if n % 2 == 0 { "BUY" } else { "SELL" };
            let order = format!("symbol=BTCUSDT&side={side}&type=MARKET&quantity=0.001");
            let id =
                venue.ask("POST", "/api/v3/order", &order).unwrap()["orderId"].as_i64().unwrap();
            assert!(!answered.contains_key(&id), "a number is given once");
            let order = venue.ask("GET", "/api/v3/order", &format!("symbol=BTCUSDT&orderId={id}"));
            answered.insert(id, order.unwrap());
        }
        venue.kill();
    }
    let said = plimsoll(&["venue", "ledger", &ledger, "--json"]).ended(0).json();
    assert_eq!(said["verified"], true);
    let fills = said["rows"].as_array().unwrap().iter();
    let fills = fills.filter(|row| row["row"]["order"]["event"]["trade"].is_object()).count();
    assert!(fills >= answered.len(), "{fills} fills of {} orders", answered.len());
}
