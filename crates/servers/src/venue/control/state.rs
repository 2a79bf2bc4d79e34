//! [`Control`]: what the control port can reach.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::routing::{delete, get, post};
use tokio::sync::watch;

use super::handlers;
use crate::venue::core::Shared;
use crate::venue::faults::{Faults, Fired, Witness};
use crate::venue::ledger::{Ledger, Row, fault_row};
use crate::venue::market::Pacer;

/// So many faults that fired are remembered, the newest; the ledger has all of them.
const FIRED_KEPT: usize = 100_000;

/// What the control port can reach. A clone reaches the same.
#[derive(Clone)]
pub struct Control {
    /// The venue.
    pub shared: Shared,
    /// What moves a market of speed `max`.
    pub pacer: Pacer,
    /// The faults.
    pub faults: Faults,
    /// What has fired.
    pub fired: FiredList,
    /// The venue's record, if it keeps one.
    pub ledger: Option<Ledger>,
    /// Told `true` when the venue is to end.
    pub stop: watch::Sender<bool>,
}

/// The faults that fired, in order. A clone is the same list.
#[derive(Clone, Debug, Default)]
pub struct FiredList(Arc<Mutex<Vec<Fired>>>);

impl FiredList {
    /// Returns a witness for [`Faults::new`]: it keeps the list, and writes each to the ledger.
    #[must_use]
    pub fn witness(&self, ledger: Option<Ledger>) -> Witness {
        let list = self.clone();
        Box::new(move |fired| {
            if let Some(ledger) = &ledger {
                ledger.append(fired.iter().map(|fired| (fired.at, fault_row(fired))));
            }
            let mut kept = list.0.lock().unwrap_or_else(PoisonError::into_inner);
            kept.extend_from_slice(fired);
            let surplus = kept.len().saturating_sub(FIRED_KEPT);
            kept.drain(..surplus);
        })
    }

    /// Returns what fired.
    #[must_use]
    pub fn all(&self) -> Vec<Fired> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Control {
    /// Writes that something was changed by hand.
    pub(super) fn note(&self, what: String) {
        if let Some(ledger) = &self.ledger {
            ledger.append([(self.shared.clock().now(), Row::Control { what })]);
        }
    }
}

/// Returns the routes of the control port.
pub fn routes(control: Control) -> Router {
    Router::new()
        .route("/time", get(handlers::time))
        .route("/state", get(handlers::state))
        .route("/speed", post(handlers::speed))
        .route("/clients", post(handlers::register))
        .route("/clients/{client}", delete(handlers::leave))
        .route("/ready", post(handlers::ready))
        .route("/faults", get(handlers::faults).post(handlers::add_fault))
        .route("/faults/{name}", delete(handlers::remove_fault))
        .route("/fired", get(handlers::fired))
        .route("/flow", post(handlers::flow))
        .route("/balance", post(handlers::balance))
        .route("/filters", post(handlers::filters))
        .route("/trade", post(handlers::trade))
        .route("/halt", post(handlers::halt))
        .route("/resume", post(handlers::resume))
        .route("/delist", post(handlers::delist))
        .route("/rights", post(handlers::rights))
        .route("/shutdown", post(handlers::shutdown))
        .with_state(control)
}

/// Serves the control port until the venue is told to end.
pub async fn serve(listener: tokio::net::TcpListener, control: Control) {
    let mut stop = control.stop.subscribe();
    let ending = async move {
        // The sender lives as long as the routes.
        let _ = stop.wait_for(|stop| *stop).await;
    };
    let served = axum::serve(listener, routes(control)).with_graceful_shutdown(ending).await;
    if let Err(error) = served {
        tracing::error!(%error, "the control port has ended");
    }
}
