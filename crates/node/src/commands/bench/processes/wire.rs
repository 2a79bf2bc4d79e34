//! [`between`]: bytes on their way between a run and a venue, and [`Stamps`]: when the ones that matter passed.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::super::parts::now;

/// A bar that has ended, as the exchange writes it.
const ENDED: &[u8] = b"\"x\":true";
/// A quote, by the name of its stream.
const QUOTE: &[u8] = b"@bookTicker";
/// Something that happened to an order: what follows is an answer to that, and not to a bar.
const HAPPENED: &[u8] = b"\"executionReport\"";
/// The run has nothing more to do at this moment of the market.
const DONE: &[u8] = b"POST /ready";
/// Places, replaces or cancels an order or a list.
const ORDERS: [&[u8]; 2] = [b"POST /api/v3/order", b"DELETE /api/v3/order"];

/// When what mattered passed. A clone is the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Stamps(Arc<Mutex<Taken>>);

#[derive(Debug, Default)]
struct Taken {
    /// When the last bar of an instant left for the run, until an order followed or something else happened.
    bar: Option<Instant>,
    micros: Vec<f64>,
    quotes: u64,
}

impl Stamps {
    /// Returns how many orders followed from bars.
    pub(super) fn taken(&self) -> usize {
        self.held().micros.len()
    }

    /// Returns how long each took, sorted.
    pub(super) fn sorted_micros(&self) -> Vec<f64> {
        let mut micros = self.held().micros.clone();
        micros.sort_by(f64::total_cmp);
        micros
    }

    /// Returns how many quotes passed.
    pub(super) fn quotes(&self) -> u64 {
        self.held().quotes
    }

    /// Looks at bytes for the run, before they leave.
    fn to_run(&self, bytes: &[u8]) {
        let (quotes, ended) = (count(bytes, QUOTE), count(bytes, ENDED));
        let happened = count(bytes, HAPPENED) > 0;
        let mut taken = self.held();
        taken.quotes += quotes;
        if ended > 0 {
            taken.bar = Some(now());
        } else if happened {
            taken.bar = None;
        }
    }

    /// Looks at bytes for the venue, as soon as they are here.
    fn to_venue(&self, bytes: &[u8]) {
        let mut taken = self.held();
        if bytes.starts_with(DONE) {
            taken.bar = None;
        } else if ORDERS.iter().any(|order| bytes.starts_with(order))
            && let Some(bar) = taken.bar.take()
        {
            taken.micros.push(bar.elapsed().as_secs_f64() * 1e6);
        }
    }

    fn held(&self) -> MutexGuard<'_, Taken> {
        // Each change is whole, wherever another thread has panicked.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns how often something stands in bytes.
fn count(bytes: &[u8], wanted: &[u8]) -> u64 {
    bytes.windows(wanted.len()).filter(|window| *window == wanted).count() as u64
}

/// Opens a port whose connections lead to another one.
pub(super) fn between(
    runtime: &tokio::runtime::Runtime,
    venue: &str,
    stamps: &Stamps,
) -> anyhow::Result<SocketAddr> {
    let venue: SocketAddr = venue.parse()?;
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
    let address = listener.local_addr()?;
    let stamps = stamps.clone();
    runtime.spawn(async move {
        while let Ok((run, _)) = listener.accept().await {
            tokio::spawn(lead(run, venue, stamps.clone()));
        }
    });
    Ok(address)
}

async fn lead(run: TcpStream, venue: SocketAddr, stamps: Stamps) -> std::io::Result<()> {
    let venue = TcpStream::connect(venue).await?;
    run.set_nodelay(true)?;
    venue.set_nodelay(true)?;
    let ((from_run, to_run), (from_venue, to_venue)) = (run.into_split(), venue.into_split());
    let back = stamps.clone();
    let there = tokio::spawn(pass(from_run, to_venue, move |bytes| stamps.to_venue(bytes)));
    pass(from_venue, to_run, move |bytes| back.to_run(bytes)).await;
    there.abort();
    Ok(())
}

/// Passes bytes on until one end is gone.
async fn pass(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    look: impl Fn(&[u8]),
) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        look(&buffer[..length]);
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_timed_from_the_last_bar_before_it() {
        let stamps = Stamps::default();
        let order = b"POST /api/v3/order?symbol=BTCUSDT HTTP/1.1";
        stamps.to_venue(order);
        assert_eq!(stamps.taken(), 0, "no bar before it");
        stamps.to_run(br#"{"k":{"x":true}}{"k":{"x":true}}"#);
        stamps.to_run(br#"{"stream":"btcusdt@bookTicker"}{"stream":"ethusdt@bookTicker"}"#);
        stamps.to_venue(b"GET /api/v3/time HTTP/1.1");
        stamps.to_venue(order);
        stamps.to_venue(order);
        assert_eq!((stamps.taken(), stamps.quotes()), (1, 2), "the first one alone");
        for other in [&br#"{"e":"executionReport"}"#[..], b"-"] {
            stamps.to_run(br#"{"k":{"x":true}}"#);
            stamps.to_run(other);
            if other == b"-" {
                stamps.to_venue(DONE);
            }
            stamps.to_venue(order);
        }
        assert_eq!(stamps.taken(), 1, "what follows from something else is not timed");
    }
}
