//! One connection to market streams: `/ws/<stream>` and `/stream?streams=<stream>/<stream>`.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::ws::{Utf8Bytes, WebSocket};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::control::{self, Command, ControlError};
use super::hub::Listener;
use super::messages;
use super::name::Stream;
use super::publisher::Publisher;
use crate::venue::api::TimeUnit;
use crate::venue::faults::{Api, Faults, Site};
use crate::venue::market::Clock;
use crate::venue::socket::{End, Gate, Heard, Outbox, SocketLimits, Unsent, Wire};

/// Streams of one connection (*Web Socket Streams for Binance*, "Websocket Limits").
pub const STREAMS_MAX: usize = 1024;

/// What connections to market streams share.
#[derive(Clone)]
pub struct StreamsState {
    /// Where their messages come from.
    pub publisher: Arc<Publisher>,
    /// The market's time.
    pub clock: Arc<Clock>,
    /// What goes wrong on purpose.
    pub faults: Faults,
    /// What a connection may do.
    pub limits: SocketLimits,
    /// What waits for clients.
    pub unsent: Unsent,
    /// Becomes true when the venue stops.
    pub stop: watch::Receiver<bool>,
}

/// How a connection was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Opening {
    /// Streams named in the address.
    pub streams: Vec<Stream>,
    /// Whether messages are wrapped: not on `/ws`, on `/stream`.
    pub combined: bool,
    /// In which unit times are told.
    pub unit: TimeUnit,
}

/// Serves a connection until it ends.
pub(super) async fn serve(socket: WebSocket, state: StreamsState, opening: Opening) {
    let (outbox, post) = Outbox::new(state.limits.queue_max, state.unsent.clone());
    let listener = Arc::new(Listener {
        id: state.publisher.next_connection(),
        outbox,
        combined: AtomicBool::new(opening.combined),
        unit: opening.unit,
    });
    let gate = gate(&state);
    let StreamsState { publisher, clock, limits, stop, .. } = state;
    let mut wire = Wire::new(socket, post, &limits, Arc::clone(&clock), stop, gate);
    let mut session = Session { publisher, listener, streams: BTreeSet::new() };
    session.publisher.subscribe(&opening.streams, &session.listener);
    session.streams.extend(opening.streams);
    let end = loop {
        match wire.next().await {
            Ok(Heard::Request(text)) => session.answer(&text),
            Ok(Heard::ShutdownSoon) => session.warn(&clock),
            Err(end) => break end,
        }
    };
    session.leave();
    log_end(session.listener.id, &end);
    wire.close(&end).await;
}

/// Returns what asks for the fault of a connection to market streams.
fn gate(state: &StreamsState) -> Gate {
    let (faults, clock) = (state.faults.clone(), Arc::clone(&state.clock));
    let site = Site { api: Api::Stream, endpoint: "", symbol: None, account: None };
    Box::new(move || faults.socket(clock.now(), &site))
}

fn log_end(connection: u64, end: &End) {
    tracing::debug!(connection, ?end, "stream connection ended");
}

/// What a connection listens to.
struct Session {
    publisher: Arc<Publisher>,
    listener: Arc<Listener>,
    streams: BTreeSet<Stream>,
}

impl Session {
    fn answer(&mut self, text: &Utf8Bytes) {
        let answer = match control::read(text) {
            Err((error, id)) => error.answer(id.as_ref()),
            Ok(request) => match self.carry_out(request.command) {
                Ok(result) => control::result(&result, &request.id),
                Err(error) => error.answer(Some(&request.id)),
            },
        };
        self.listener.outbox.offer(answer.into());
    }

    fn carry_out(&mut self, command: Command) -> Result<Value, ControlError> {
        let combined = &self.listener.combined;
        match command {
            Command::Subscribe(streams) => self.subscribe(streams)?,
            Command::Unsubscribe(streams) => {
                self.publisher.unsubscribe(&streams, &self.listener);
                self.streams.retain(|stream| !streams.contains(stream));
            }
            Command::List => {
                return Ok(self.streams.iter().map(Stream::to_string).collect());
            }
            Command::SetCombined(value) => combined.store(value, Ordering::Relaxed),
            Command::GetCombined => return Ok(json!(combined.load(Ordering::Relaxed))),
        }
        Ok(Value::Null)
    }

    /// Adds streams, all or none.
    fn subscribe(&mut self, streams: Vec<Stream>) -> Result<(), ControlError> {
        let new: BTreeSet<&Stream> =
            streams.iter().filter(|stream| !self.streams.contains(stream)).collect();
        let wanted = self.streams.len() + new.len();
        if wanted > STREAMS_MAX {
            return Err(ControlError::TooManyStreams { wanted, max: STREAMS_MAX });
        }
        self.publisher.subscribe(&streams, &self.listener);
        self.streams.extend(streams);
        Ok(())
    }

    /// Says that the venue will end the connection.
    fn warn(&self, clock: &Clock) {
        let mut text = messages::server_shutdown(self.listener.unit, clock.now());
        if self.listener.combined.load(Ordering::Relaxed) {
            text = messages::combined("!serverShutdown", &text);
        }
        self.listener.outbox.offer(text.into());
    }

    fn leave(&self) {
        self.publisher.unsubscribe(&self.streams, &self.listener);
    }
}
