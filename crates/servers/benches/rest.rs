//! What an order costs over REST on loopback: open loop at a fixed rate, latency from the planned time.
//!
//! `cargo bench -p servers --bench rest -- [RATE] [SECONDS]`, 500 a second for 20 seconds if nothing is said. Requests leave
//! when the plan says, whether or not the ones before were answered, so a stall shows in every request that it delays; orders
//! are placed and cancelled in turn. Printed: the round trips, how late the generator itself was, and what one fsync costs on
//! the disk that the ledger is on (`PLIMSOLL_BENCH_DIR`, or where temporary files go).

#![expect(clippy::disallowed_methods, reason = "a benchmark measures, waits and has threads")]
#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![expect(clippy::cast_precision_loss, reason = "times are printed with three digits")]

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit as _, Mac as _};
use servers::venue::faults::Faults;
use servers::venue::ledger::{Kept, Ledger, LedgerRecorder, Options, Start};
use servers::venue::limits::Limits;
use servers::venue::market::{Clock, ListedSymbol, Speed};
use servers::venue::{Quiet, Venue, VenueConfig};
use sha2::Sha256;
use sim::exchange::book::{SymbolRules, VenueLimits};
use sim::instruments::Catalogue;
use types::ids::Symbol;
use types::instrument::Market;
use types::market::TsNanos;

const KEY: &str = "bench";
const SECRET: &str = "bench-secret";
/// Connections that share the rate: enough that none waits for its own answer at 16 ms a request.
const CONNECTIONS: usize = 8;
/// The venue's time at the start.
const START: TsNanos = TsNanos::from_nanos(1_700_000_000_000_000_000);

fn main() {
    let numbers: Vec<u64> = std::env::args().skip(1).filter_map(|arg| arg.parse().ok()).collect();
    let rate = numbers.first().copied().unwrap_or(500);
    let seconds = numbers.get(1).copied().unwrap_or(20);
    let place = std::env::var_os("PLIMSOLL_BENCH_DIR").map_or_else(std::env::temp_dir, Into::into);
    let folder = tempfile::tempdir_in(place).expect("a folder to write in");
    println!("{:<28} {}", "one fsync of 200 bytes", told(&mut fsyncs(folder.path())));
    for with_ledger in [false, true] {
        let ledger = with_ledger.then(|| {
            let none = |_, _, _| ();
            let opened = Ledger::open(&folder.path().join("ledger"), Options::default(), none);
            opened.expect("a new ledger").0
        });
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        let venue = runtime.block_on(Venue::start(config(ledger.clone())));
        let venue = venue.expect("a venue");
        let (mut latencies, mut late) = drive(venue.address(), rate, seconds);
        let name = if with_ledger { "order, ledger on" } else { "order, no ledger" };
        println!("{name:<28} {}  at {rate}/s for {seconds} s", told(&mut latencies));
        println!("{:<28} {}", "  generator late by", told(&mut late));
        runtime.block_on(venue.stop());
        if let Some(ledger) = ledger {
            ledger.close().expect("a ledger that is on disk");
        }
    }
}

/// Drives the venue and returns the round trips from their planned times, and how late each request left.
fn drive(address: SocketAddr, rate: u64, seconds: u64) -> (Vec<Duration>, Vec<Duration>) {
    let began = Instant::now() + Duration::from_millis(100);
    let threads: Vec<_> = (0..CONNECTIONS)
        .map(|connection| {
            std::thread::spawn(move || one_connection(address, connection, began, rate, seconds))
        })
        .collect();
    let mut all = (Vec::new(), Vec::new());
    for thread in threads {
        let (latencies, late) = thread.join().expect("a connection that works");
        all.0.extend(latencies);
        all.1.extend(late);
    }
    all
}

fn one_connection(
    address: SocketAddr,
    connection: usize,
    began: Instant,
    rate: u64,
    seconds: u64,
) -> (Vec<Duration>, Vec<Duration>) {
    let mut stream = TcpStream::connect(address).expect("the venue listens");
    stream.set_nodelay(true).expect("a socket");
    let (mut latencies, mut late) = (Vec::new(), Vec::new());
    for (turn, number) in (connection as u64..rate * seconds).step_by(CONNECTIONS).enumerate() {
        let planned = began + Duration::from_nanos(number * 1_000_000_000 / rate);
        std::thread::sleep(planned.saturating_duration_since(Instant::now()));
        late.push(planned.elapsed());
        let name = format!("c{connection}-{}", turn / 2);
        let status = if turn % 2 == 0 {
            let order =
                "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.001&price=9000";
            ask(&mut stream, "POST", &format!("{order}&newClientOrderId={name}"))
        } else {
            ask(&mut stream, "DELETE", &format!("symbol=BTCUSDT&origClientOrderId={name}"))
        };
        assert_eq!(status, 200, "an order that is placed and cancelled");
        latencies.push(planned.elapsed());
    }
    (latencies, late)
}

/// Sends a signed request and returns the status of its answer.
fn ask(stream: &mut TcpStream, method: &str, params: &str) -> u16 {
    let payload = format!("{params}&timestamp={}&recvWindow=60000", START.as_millis());
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("a key of any length");
    mac.update(payload.as_bytes());
    let mut target = format!("/api/v3/order?{payload}&signature=");
    for byte in mac.finalize().into_bytes() {
        write!(target, "{byte:02x}").expect("a text takes more text");
    }
    let request = format!(
        "{method} {target} HTTP/1.1\r\nhost: bench\r\nx-mbx-apikey: {KEY}\r\ncontent-length: 0\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).expect("the venue reads");
    let (mut answer, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let read = stream.read(&mut buffer).expect("the venue answers");
        assert!(read > 0, "the venue hung up");
        answer.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&answer);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.and_then(|length| length.parse().ok()).expect("a length");
        if body.len() >= length {
            return head[9..12].parse().expect("a status");
        }
    }
}

fn config(ledger: Option<Ledger>) -> VenueConfig {
    let symbol = Symbol::new("BTCUSDT").expect("a symbol");
    let instrument = Catalogue::embedded().lookup(&symbol, Market::Spot).instrument;
    let rules = SymbolRules::of(instrument);
    VenueConfig {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        symbols: vec![ListedSymbol { rules, reference: None, history: Vec::new() }],
        venue_limits: VenueLimits::default(),
        accounts: vec![format!("{KEY}:{SECRET}:USDT=1000000").parse().expect("an account")],
        limits: Limits::DOCUMENTED.times(1_000_000),
        clock: Arc::new(Clock::new(START, Speed::Max)),
        driver: Box::new(Quiet),
        recorder: ledger.map(|ledger| {
            Box::new(LedgerRecorder::new(ledger, started(), &Kept::default())) as Box<_>
        }),
        faults: Faults::none(),
        kept: None,
    }
}

fn started() -> Start {
    Start {
        version: "bench".to_owned(),
        source: "quiet".to_owned(),
        seed: 0,
        speed: None,
        at: START,
        shift: 0,
        origin: None,
    }
}

/// Appends and syncs as a ledger does.
fn fsyncs(folder: &std::path::Path) -> Vec<Duration> {
    let mut file = std::fs::File::create(folder.join("fsync")).expect("a file");
    (0..500)
        .map(|_| {
            let began = Instant::now();
            file.write_all(&[b'x'; 200]).expect("room on the disk");
            file.sync_data().expect("a disk that syncs");
            began.elapsed()
        })
        .collect()
}

fn told(times: &mut [Duration]) -> String {
    times.sort_unstable();
    let at = |share: usize| times[(times.len() - 1) * share / 1_000].as_nanos() as f64 / 1e6;
    format!("p50 {:.3} ms  p99 {:.3} ms  max {:.3} ms", at(500), at(990), at(1_000))
}
