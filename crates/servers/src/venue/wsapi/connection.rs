//! One connection to the WebSocket API: `/ws-api/v3`.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::ws::WebSocket;
use futures_util::FutureExt;
use tokio::sync::{Semaphore, watch};
use types::market::TsNanos;

use super::desk::{Desk, Reply};
use super::envelope::{self, RequestId};
use super::session::Session;
use crate::venue::api::{ApiError, TimeUnit};
use crate::venue::core::{Shared, Ticket};
use crate::venue::faults::{Api, Faults, Site};
use crate::venue::market::Clock;
use crate::venue::socket::{Gate, Heard, Outbox, SocketLimits, Wire};
use crate::venue::streams::{Publisher, server_shutdown};

/// Requests of one connection that may wait for the ledger or for a fault's delay; the next one is
/// read when one of them is answered.
const IN_FLIGHT_MAX: usize = 256;

/// What connections to the WebSocket API share.
#[derive(Clone)]
pub struct ApiState {
    /// The venue.
    pub shared: Shared,
    /// Where events of accounts come from.
    pub publisher: Arc<Publisher>,
    /// What goes wrong on purpose.
    pub faults: Faults,
    /// What a connection may do.
    pub limits: SocketLimits,
    /// Becomes true when the venue stops.
    pub stop: watch::Receiver<bool>,
}

/// How a connection was opened.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opening {
    /// From where.
    pub(super) address: IpAddr,
    /// In which unit times are told.
    pub(super) unit: TimeUnit,
    /// Whether responses tell how much of the limits is used.
    pub(super) rate_limits: bool,
}

/// Serves a connection until it ends.
pub(super) async fn serve(socket: WebSocket, state: ApiState, opening: Opening) {
    let ApiState { shared, publisher, faults, limits, stop } = state;
    let clock = Arc::clone(shared.clock());
    let (outbox, post) = Outbox::new(limits.queue_max, shared.unsent().clone());
    let gate = gate(faults.clone(), Arc::clone(&clock));
    let mut wire = Wire::new(socket, post, &limits, Arc::clone(&clock), stop, gate);
    let mut desk = Desk {
        connection: publisher.next_connection(),
        shared,
        publisher,
        faults,
        address: opening.address,
        outbox,
        session: Session::new(clock.now(), opening.unit, opening.rate_limits),
    };
    let in_flight = Arc::new(Semaphore::new(IN_FLIGHT_MAX));
    let end = loop {
        match wire.next().await {
            Err(end) => break Some(end),
            Ok(Heard::ShutdownSoon) => {
                let event = server_shutdown(opening.unit, clock.now());
                desk.outbox.offer(format!(r#"{{"event":{event}}}"#).into());
            }
            Ok(Heard::Request(text)) => match desk.answer(&text) {
                Reply::Vanish => break None,
                Reply::Say { id, text, ticket, not_before } => {
                    let answer = finish(id, text, ticket, Arc::clone(&clock), not_before);
                    say(answer, &desk.outbox, &in_flight).await;
                }
            },
        }
    };
    desk.publisher.unfollow_all(desk.connection);
    tracing::debug!(connection = desk.connection, ?end, "connection to the WebSocket API ended");
    if let Some(end) = end {
        wire.close(&end).await;
    }
}

/// Returns what asks for the fault of a connection to the WebSocket API.
fn gate(faults: Faults, clock: Arc<Clock>) -> Gate {
    let site = Site { api: Api::UserStream, endpoint: "", symbol: None, account: None };
    Box::new(move || faults.socket(clock.now(), &site))
}

/// Waits for what an answer has to wait for.
async fn finish(
    id: RequestId,
    text: String,
    ticket: Option<Ticket>,
    clock: Arc<Clock>,
    not_before: Option<TsNanos>,
) -> String {
    if let Some(ticket) = ticket
        && ticket.durable().await.is_err()
    {
        // Whether it is on disk is unknown, and so is whether it will have happened.
        return envelope::response(&id, &Err(ApiError::disconnected()), None);
    }
    if let Some(moment) = not_before {
        clock.sleep_until(moment).await;
    }
    text
}

/// Queues an answer, at once if it has nothing to wait for.
async fn say(
    answer: impl Future<Output = String> + Send + 'static,
    outbox: &Outbox,
    in_flight: &Arc<Semaphore>,
) {
    let mut answer = Box::pin(answer);
    if let Some(text) = answer.as_mut().now_or_never() {
        outbox.offer(text.into());
        return;
    }
    let permit = Arc::clone(in_flight).acquire_owned().await.expect("nobody closes it");
    let outbox = outbox.clone();
    tokio::spawn(async move {
        outbox.offer(answer.await.into());
        drop(permit);
    });
}
