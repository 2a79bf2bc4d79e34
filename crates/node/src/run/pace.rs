//! [`Pace`]: sets how fast a simulated market runs; at full speed, lets it go on when we have nothing to do. Where an order
//! of ours trades it stands still until the fill has come in and we are done with it.

use std::collections::BTreeSet;
use std::sync::Arc;

use hub::system::Input;
use tokio::sync::Mutex;
use types::market::TsNanos;
use types::venue::{Execution, UserEvent};

use super::inbox::{Event, Inbox};
use super::port::Port;
use super::speed::Speed;

/// The market's pace.
#[derive(Debug)]
pub(crate) struct Pace {
    port: Arc<Mutex<Port>>,
    /// Our number among those who pace the market, once we are one.
    client: Option<u64>,
    under_way: bool,
    /// Up to when it was let go on.
    until: Option<TsNanos>,
    /// Orders of which a fill came in since the market went on, by name.
    heard: BTreeSet<String>,
    /// Orders that traded where it stands now, of which no fill came in yet.
    unheard: BTreeSet<String>,
    /// Nobody but us paces it.
    own: bool,
}

impl Pace {
    /// Returns the pace of a venue, by its control port.
    ///
    /// # Errors
    /// If the address is none.
    pub(crate) fn new(control: &str, own: bool) -> anyhow::Result<Self> {
        let port = Arc::new(Mutex::new(Port::new(control)?));
        let (heard, unheard) = (BTreeSet::new(), BTreeSet::new());
        Ok(Self { port, client: None, under_way: false, until: None, heard, unheard, own })
    }

    /// Sets the speed; returns since when.
    ///
    /// # Errors
    /// If the venue does not answer.
    pub(crate) async fn set_speed(&mut self, speed: Speed) -> anyhow::Result<TsNanos> {
        let mut port = self.port.lock().await;
        let told = port.set_speed(speed).await?;
        if speed == Speed::Max && self.client.is_none() {
            let client = port.register().await?;
            // A run that was killed is still waited for by a venue of ours.
            for gone in (1..client).filter(|_| self.own) {
                // Most of them are known no more.
                let _ = port.leave(gone).await;
            }
            self.client = Some(client);
        }
        Ok(told.at())
    }

    /// Lets the market go on up to a moment, or to a trade before it; that it is there comes as an event.
    pub(crate) fn go(&mut self, until: TsNanos, inbox: Inbox) {
        let Some(client) = self.client else { return };
        self.under_way = true;
        self.until = Some(until);
        self.heard.clear();
        self.unheard.clear();
        let port = Arc::clone(&self.port);
        tokio::spawn(async move {
            let came = port.lock().await.ready(client, until).await;
            let came = came.map_err(|error| format!("{error:#}"));
            inbox.urgent(Event::Market(came)).await;
        });
    }

    /// The market stands still, where these orders traded.
    pub(crate) fn arrived(&mut self, traded: Vec<String>) {
        self.under_way = false;
        self.unheard = traded.into_iter().filter(|name| !self.heard.contains(name)).collect();
    }

    /// Takes note of what came in: a fill may come before or after the word that the market stands still.
    pub(crate) fn hear(&mut self, input: &Input) {
        if self.client.is_some()
            && let Input::User(UserEvent::Order { execution: Execution::Fill(_), report, .. }) =
                input
        {
            let name = &report.client_order_id;
            self.unheard.remove(name);
            self.heard.insert(name.clone());
        }
    }

    /// Returns whether every fill that made the market stand still has come in.
    pub(crate) fn has_heard(&self) -> bool {
        self.unheard.is_empty()
    }

    /// The venue is gone, or knows us no more.
    pub(crate) fn lost(&mut self) {
        self.under_way = false;
        self.until = None;
        self.unheard.clear();
        self.client = None;
    }

    /// Returns whether the market is on its way.
    pub(crate) const fn is_under_way(&self) -> bool {
        self.under_way
    }

    /// Returns up to when the market was let go on last.
    pub(crate) const fn until(&self) -> Option<TsNanos> {
        self.until
    }

    /// Paces the market no more.
    pub(crate) async fn leave(&mut self) {
        if let Some(client) = self.client.take() {
            // A venue that is gone waits for nobody.
            let _ = self.port.lock().await.leave(client).await;
        }
    }
}
