//! [`Wire`]: a connection as its handler sees it: requests come in, everything else is done here.

use std::future::pending;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, close_code};
use futures_util::SinkExt;
use tokio::sync::watch;
use tokio::time::{Duration, Instant, sleep, sleep_until, timeout};
use types::market::TsNanos;

use super::inbound::Inbound;
use super::limits::SocketLimits;
use super::outbox::{Overflow, Post};
use super::pulse::{Beat, Pulse};
use crate::venue::faults::SocketFault;
use crate::venue::market::{Clock, Speed};

/// Messages written before the socket is flushed: enough that a burst costs few system calls.
const WRITE_BATCH: usize = 256;
/// How often the fault of a connection is looked up while nothing else happens.
const FAULT_EVERY: Duration = Duration::from_millis(100);
/// How long a closing handshake may take.
const CLOSE_WITHIN: Duration = Duration::from_secs(1);

/// What a handler has to deal with.
#[derive(Debug)]
pub enum Heard {
    /// A text frame.
    Request(Utf8Bytes),
    /// The connection will be ended by the venue: say so.
    ShutdownSoon,
}

/// Why a connection ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// The client closed it, or it broke.
    Left,
    /// More messages than allowed.
    TooMany,
    /// No answer to a ping.
    NoPong,
    /// The client does not read what it asked for.
    TooSlow,
    /// A frame that has no place here: close code and reason.
    BadFrame(u16, &'static str),
    /// 24 hours are over, or the venue stops.
    Away,
}

/// What asks for the fault of this connection.
pub type Gate = Box<dyn Fn() -> SocketFault + Send + Sync>;

/// One WebSocket with its limits.
pub struct Wire {
    socket: WebSocket,
    post: Post,
    overflow: Overflow,
    pulse: Pulse,
    inbound: Inbound,
    gate: Gate,
    clock: Arc<Clock>,
    notice: Option<TsNanos>,
    expiry: TsNanos,
    stop: watch::Receiver<bool>,
    stall: Duration,
}

/// What happened inside.
enum Event {
    Received(Option<Result<Message, axum::Error>>),
    Send(Utf8Bytes),
    Pulse,
    Market,
    Stop,
    Overflow,
    LookUp,
}

impl Wire {
    /// Returns the connection; it was born now.
    pub fn new(
        socket: WebSocket,
        post: Post,
        limits: &SocketLimits,
        clock: Arc<Clock>,
        stop: watch::Receiver<bool>,
        gate: Gate,
    ) -> Self {
        let born = clock.server_now();
        // The client's time: N times as long at speed N, without end while the market waits for its clients.
        let scaled = |length: Duration| born.scaled(nanos(length));
        let (born, lifetime, notice) =
            (clock.now(), scaled(limits.lifetime), scaled(limits.notice));
        Self {
            socket,
            overflow: post.watch(),
            post,
            pulse: Pulse::new(limits.ping_every, limits.pong_within, Instant::now()),
            inbound: Inbound::new(limits.messages_per_second),
            gate,
            notice: (lifetime < i64::MAX).then(|| born.plus(lifetime - notice.min(lifetime))),
            expiry: born.plus(lifetime),
            clock,
            stop,
            stall: limits.pong_within,
        }
    }

    /// Waits for what the handler has to deal with; sends, pings and counts meanwhile.
    ///
    /// # Errors
    /// `End` when the connection is over; then [`Wire::close`] it.
    pub async fn next(&mut self) -> Result<Heard, End> {
        loop {
            match (self.gate)() {
                SocketFault::HalfOpen => return self.play_dead().await,
                SocketFault::Open | SocketFault::Silent => {}
            }
            match self.event().await {
                Event::Received(None) => return Err(End::Left),
                Event::Received(Some(Err(error))) => return Err(bad_frame(&error)),
                Event::Received(Some(Ok(message))) => {
                    if let Some(text) = self.take(message)? {
                        return Ok(Heard::Request(text));
                    }
                }
                Event::Send(text) => self.write(text).await?,
                Event::Pulse => self.beat().await?,
                Event::Market if self.notice.take().is_some() => return Ok(Heard::ShutdownSoon),
                Event::Stop if self.notice.take().is_some() => {
                    self.expiry = self.clock.now();
                    return Ok(Heard::ShutdownSoon);
                }
                Event::Market | Event::Stop => {
                    while let Some(text) = self.post.waiting() {
                        self.write(text).await?;
                    }
                    return Err(End::Away);
                }
                Event::Overflow => return Err(End::TooSlow),
                Event::LookUp => {}
            }
        }
    }

    async fn event(&mut self) -> Event {
        let market = self.notice.unwrap_or(self.expiry);
        tokio::select! {
            received = self.socket.recv() => Event::Received(received),
            Some(text) = self.post.next() => Event::Send(text),
            () = sleep_until(self.pulse.due()) => Event::Pulse,
            () = reach(&self.clock, market) => Event::Market,
            () = stopped(&mut self.stop) => Event::Stop,
            () = Post::overflow(&self.overflow) => Event::Overflow,
            () = sleep(FAULT_EVERY) => Event::LookUp,
        }
    }

    /// Counts a message and returns the request in it.
    fn take(&mut self, message: Message) -> Result<Option<Utf8Bytes>, End> {
        if let Message::Close(_) = message {
            return Err(End::Left);
        }
        if self.inbound.exceeds(Instant::now()) {
            return Err(End::TooMany);
        }
        match message {
            Message::Text(text) => Ok(Some(text)),
            Message::Binary(_) => {
                Err(End::BadFrame(close_code::UNSUPPORTED, "requests are text frames"))
            }
            Message::Pong(payload) => {
                self.pulse.pong(&payload);
                Ok(None)
            }
            // The library below answers it.
            Message::Ping(_) | Message::Close(_) => Ok(None),
        }
    }

    async fn beat(&mut self) -> Result<(), End> {
        let now = self.clock.now();
        let payload = || Bytes::from(now.as_millis().to_string());
        match self.pulse.beat(Instant::now(), payload) {
            Some(Beat::Silent) => Err(End::NoPong),
            Some(Beat::Ping(payload)) => self.put(&[Message::Ping(payload)]).await,
            None => Ok(()),
        }
    }

    /// Writes a message and those that wait behind it.
    async fn write(&mut self, first: Utf8Bytes) -> Result<(), End> {
        let mut batch = vec![Message::Text(first)];
        while batch.len() < WRITE_BATCH {
            let Some(text) = self.post.waiting() else { break };
            batch.push(Message::Text(text));
        }
        match (self.gate)() {
            SocketFault::Open => self.put(&batch).await,
            SocketFault::Silent | SocketFault::HalfOpen => Ok(()),
        }
    }

    /// Puts frames on the wire. A client that does not read is left when its queue overflows, or
    /// when it could have answered a ping.
    async fn put(&mut self, batch: &[Message]) -> Result<(), End> {
        let socket = &mut self.socket;
        let work = async {
            for message in batch {
                socket.feed(message.clone()).await?;
            }
            socket.flush().await
        };
        tokio::select! {
            biased;
            done = work => done.map_err(|_| End::Left),
            () = Post::overflow(&self.overflow) => Err(End::TooSlow),
            () = sleep(self.stall) => Err(End::TooSlow),
        }
    }

    /// Neither reads nor writes while the fault lasts, as a peer that vanished; then is gone.
    async fn play_dead(&mut self) -> Result<Heard, End> {
        while (self.gate)() == SocketFault::HalfOpen && !*self.stop.borrow() {
            while self.post.waiting().is_some() {}
            sleep(FAULT_EVERY).await;
        }
        Err(End::Left)
    }

    /// Says goodbye in the way that belongs to the end.
    pub async fn close(mut self, end: &End) {
        let (code, reason) = match end {
            // Nobody listens, or nobody could be made to.
            End::Left | End::TooSlow => return,
            End::TooMany => (close_code::POLICY, "Too many requests"),
            End::NoPong => (close_code::POLICY, "Pong timeout"),
            End::BadFrame(code, reason) => (*code, *reason),
            End::Away => (close_code::AWAY, "Disconnected"),
        };
        let frame = Message::Close(Some(CloseFrame { code, reason: reason.into() }));
        let goodbye = async {
            self.socket.send(frame).await?;
            while let Some(Ok(_)) = self.socket.recv().await {}
            Ok::<(), axum::Error>(())
        };
        // A client that does not answer is left all the same.
        let _ = timeout(CLOSE_WITHIN, goodbye).await;
    }
}

fn nanos(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}

/// Waits until the market has reached a moment.
async fn reach(clock: &Clock, at: TsNanos) {
    loop {
        let left = Duration::from_nanos(u64::try_from(at.since(clock.now())).unwrap_or(0));
        match clock.speed() {
            _ if left.is_zero() => return,
            Speed::Times(n) => sleep((left / n.get()).max(Duration::from_millis(1))).await,
            // Its paced clients move it whenever they like.
            Speed::Max => sleep(FAULT_EVERY).await,
        }
    }
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        pending::<()>().await;
    }
}

/// Returns the close code for what the client sent; the library below names the kinds in words.
fn bad_frame(error: &axum::Error) -> End {
    let text = error.to_string();
    if text.contains("UTF-8") || text.contains("utf-8") {
        End::BadFrame(close_code::INVALID, "text frames are UTF-8")
    } else if text.contains("too long") || text.contains("too large") || text.contains("size") {
        End::BadFrame(close_code::SIZE, "message too big")
    } else if text.contains("protocol") {
        End::BadFrame(close_code::PROTOCOL, "protocol error")
    } else {
        End::Left
    }
}
