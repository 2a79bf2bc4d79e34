//! [`Pace`]: sets how fast a simulated market runs; at full speed, lets it go on when we have nothing to do. Where an order
//! of ours trades it stands still until the fill has come in and we are done with it.
//!
//! The venue is asked by tasks: the hub's loop never waits for an answer, it comes as an event.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;

use hub::system::Input;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use types::market::TsNanos;
use types::venue::{Execution, UserEvent};

use super::inbox::{Event, Inbox};
use super::port::{Came, Port};
use super::speed::Speed;

/// The market's pace.
#[derive(Debug)]
pub(crate) struct Pace {
    /// Where the venue's control port is.
    control: String,
    port: Arc<Mutex<Port>>,
    /// Our number among those who pace the market, once we are one.
    client: Option<u64>,
    /// Numbers of ours that the venue may still wait for.
    former: Vec<u64>,
    /// What is asked of the venue now, and its number.
    job: Option<JoinHandle<()>>,
    number: u64,
    /// Up to when it was let go on.
    until: Option<TsNanos>,
    /// Orders of which a fill came in since the market went on, by name.
    heard: BTreeSet<String>,
    /// Orders that traded where it stands now, of which no fill came in yet.
    unheard: BTreeSet<String>,
    /// Nobody but us paces it.
    own: bool,
}

/// What became of something that was asked of the venue's time.
#[derive(Debug)]
pub(crate) struct Paced {
    /// Which; one that was given up counts no more.
    number: u64,
    told: Result<Told, String>,
}

/// What the venue said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// The market stands still.
    At {
        at: TsNanos,
        /// The orders that traded there, by their names.
        traded: Vec<String>,
    },
    /// It runs at a speed since then.
    Speed {
        speed: Speed,
        since: TsNanos,
        /// Our number from now on.
        client: Option<u64>,
    },
}

impl Pace {
    /// Returns the pace of a venue, by its control port.
    ///
    /// # Errors
    /// If the address is none.
    pub(crate) fn new(control: &str, own: bool) -> anyhow::Result<Self> {
        let port = Arc::new(Mutex::new(Port::new(control)?));
        Ok(Self {
            control: control.to_owned(),
            port,
            client: None,
            former: Vec::new(),
            job: None,
            number: 0,
            until: None,
            heard: BTreeSet::new(),
            unheard: BTreeSet::new(),
            own,
        })
    }

    /// Sets the speed; that it is set comes as an event.
    pub(crate) fn set_speed(&mut self, speed: Speed, inbox: &Inbox) {
        let (port, client, own) = (Arc::clone(&self.port), self.client, self.own);
        let former = self.former.clone();
        self.begin(inbox, async move {
            let mut port = port.lock().await;
            let told = port.set_speed(speed).await?;
            let client = match client {
                None if speed == Speed::Max => Some(register(&mut port, own, &former).await?),
                known => known,
            };
            Ok(Told::Speed { speed, since: told.at(), client })
        });
    }

    /// Lets the market go on up to a moment, or to a trade before it; that it is there comes as an event.
    pub(crate) fn go(&mut self, until: TsNanos, inbox: &Inbox) {
        let Some(client) = self.client else { return };
        self.until = Some(until);
        self.heard.clear();
        self.unheard.clear();
        let port = Arc::clone(&self.port);
        self.begin(inbox, async move {
            let Came { at, traded } = port.lock().await.ready(client, until).await?;
            Ok(Told::At { at, traded })
        });
    }

    fn begin(
        &mut self,
        inbox: &Inbox,
        job: impl Future<Output = anyhow::Result<Told>> + Send + 'static,
    ) {
        self.number += 1;
        let (number, inbox) = (self.number, inbox.clone());
        self.job = Some(tokio::spawn(async move {
            let told = job.await.map_err(|error| format!("{error:#}"));
            inbox.urgent(Event::Paced(Paced { number, told })).await;
        }));
    }

    /// Takes an answer; `None` if it is one of something that was given up.
    pub(crate) fn take(&mut self, paced: Paced) -> Option<Result<Told, String>> {
        let Paced { number, told } = paced;
        if number != self.number {
            return None;
        }
        self.job = None;
        match &told {
            Ok(Told::Speed { client, .. }) => {
                self.client = *client;
                if client.is_some() {
                    self.former.clear();
                }
            }
            Ok(Told::At { traded, .. }) => {
                let unheard = traded.iter().filter(|name| !self.heard.contains(*name));
                self.unheard = unheard.cloned().collect();
            }
            Err(_) => self.lost(),
        }
        Some(told)
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

    /// The venue is gone, or knows us no more: what was asked is given up, and we register anew with the next speed.
    pub(crate) fn lost(&mut self) {
        if let Some(job) = self.job.take() {
            job.abort();
        }
        // What was begun on the old connection is nobody's.
        self.number += 1;
        self.port =
            Arc::new(Mutex::new(Port::new(&self.control).expect("it was an address before")));
        self.former.extend(self.client.take());
        self.until = None;
        self.unheard.clear();
    }

    /// Returns whether the venue has been asked for something and has not answered.
    pub(crate) const fn is_under_way(&self) -> bool {
        self.job.is_some()
    }

    /// Returns whether the market stands still for us.
    pub(crate) const fn stands(&self) -> bool {
        self.client.is_some() && self.job.is_none()
    }

    /// Returns up to when the market was let go on last.
    pub(crate) const fn until(&self) -> Option<TsNanos> {
        self.until
    }

    /// Paces the market no more.
    pub(crate) async fn leave(&mut self) {
        // What is under way may end when somebody else lets the market go on, or never.
        self.lost();
        let mut port = self.port.lock().await;
        for client in self.former.drain(..) {
            // A venue that is gone waits for nobody.
            let _ = port.leave(client).await;
        }
    }
}

/// Registers as one who paces the market; returns our number.
async fn register(port: &mut Port, own: bool, former: &[u64]) -> anyhow::Result<u64> {
    let client = port.register().await?;
    // A run that was killed is still waited for by a venue of ours.
    let gone = (1..client).filter(|_| own);
    for gone in gone.chain(former.iter().copied().filter(|_| !own)) {
        // Most of them are known no more.
        let _ = port.leave(gone).await;
    }
    Ok(client)
}

#[cfg(test)]
mod tests {
    use super::super::inbox::inbox;
    use super::*;

    #[tokio::test]
    async fn a_venue_that_does_not_answer_stands_in_nobodys_way() {
        // It accepts and says nothing.
        let venue = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let control = format!("http://{}", venue.local_addr().unwrap());
        let mut pace = Pace::new(&control, true).unwrap();
        let (inbox, mut outbox) = inbox();
        assert!(!pace.is_under_way());
        pace.set_speed(Speed::Max, &inbox);
        assert!(pace.is_under_way() && !pace.stands());
        let (held, _) = venue.accept().await.unwrap();
        pace.lost();
        assert!(!pace.is_under_way());
        drop(held);

        // One that says no: the reason comes as an event, and the next try is a new one.
        pace.set_speed(Speed::Max, &inbox);
        let (refusing, _) = venue.accept().await.unwrap();
        drop(refusing);
        let Event::Paced(paced) = outbox.next().await else { panic!("wanted an answer") };
        let late = Paced {
            number: paced.number - 1,
            told: Ok(Told::At { at: TsNanos::EPOCH, traded: Vec::new() }),
        };
        assert_eq!(pace.take(late), None, "of something that was given up");
        assert!(pace.is_under_way());
        assert!(matches!(pace.take(paced), Some(Err(_))));
        assert!(!pace.is_under_way() && !pace.stands());
        // Nothing to go on with before the next speed.
        pace.go(TsNanos::EPOCH, &inbox);
        assert!(!pace.is_under_way());
        pace.leave().await;
    }
}
