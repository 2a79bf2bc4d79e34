//! [`Inbox`]: what happened, on its way to the hub's loop: bounded queues, the one that matters more first.

use hub::system::Input;
use tokio::sync::mpsc;

use super::pace::Paced;
use super::pen::Written;
use super::port::Time;
use super::rotation::NewKey;
use crate::control::{ControlRequest, Desks};

/// Reports, answers, operators: so many may wait. Whoever brings one waits until there is room.
const URGENT_MAX: usize = 65_536;
/// Market data: so many may wait. A connection whose data waits is not read, and in the end closed by the venue: that is
/// told, and what was missed is asked for.
const MARKET_MAX: usize = 32_768;

/// What happened.
#[derive(Debug)]
pub(crate) enum Event {
    /// Something for the hub.
    Hub(Input),
    /// Something became of entries.
    Written(Written),
    /// Something became of what was asked of the market's time.
    Paced(Paced),
    /// What the simulated venue says of its time.
    Time(Time),
    /// The simulated venue's process is gone.
    VenueDied,
    /// It was started again.
    VenueBack {
        /// At other addresses.
        moved: bool,
    },
    /// A request to the venue was not done, or nobody knows: why, in words.
    Undone(String),
    /// Somebody asks for something over the control socket.
    Control(Box<ControlRequest>),
    /// A new key for the venue was tried.
    NewKey(Box<NewKey>),
    /// Somebody asks this process to end, or its time is over.
    Stop(&'static str),
}

/// Where events are handed in. A clone hands in to the same loop.
#[derive(Clone, Debug)]
pub(crate) struct Inbox {
    first: mpsc::Sender<ControlRequest>,
    urgent: mpsc::Sender<Event>,
    market: mpsc::Sender<Input>,
}

/// Where the loop takes them out.
#[derive(Debug)]
pub(crate) struct Outbox {
    /// Operators who want something stopped.
    first: mpsc::Receiver<ControlRequest>,
    urgent: mpsc::Receiver<Event>,
    market: mpsc::Receiver<Input>,
}

/// Returns both ends.
pub(crate) fn inbox() -> (Inbox, Outbox) {
    let (first, firsts) = Desks::first();
    let (urgent, urgents) = mpsc::channel(URGENT_MAX);
    let (market, markets) = mpsc::channel(MARKET_MAX);
    (Inbox { first, urgent, market }, Outbox { first: firsts, urgent: urgents, market: markets })
}

impl Inbox {
    /// Returns where requests of operators go that are heard before anything else.
    pub(crate) fn first(&self) -> mpsc::Sender<ControlRequest> {
        self.first.clone()
    }

    /// Hands in what goes before market data. What comes after the loop's end is nobody's.
    pub(crate) async fn urgent(&self, event: Event) {
        let _ = self.urgent.send(event).await;
    }

    /// The same for the hub itself.
    pub(crate) async fn hub(&self, input: Input) {
        self.urgent(Event::Hub(input)).await;
    }

    /// The same from a thread that may wait.
    pub(crate) fn urgent_from_thread(&self, event: Event) {
        let _ = self.urgent.blocking_send(event);
    }

    /// Hands in market data.
    pub(crate) async fn market(&self, input: Input) {
        let _ = self.market.send(input).await;
    }
}

impl Outbox {
    /// Waits for the next event.
    pub(crate) async fn next(&mut self) -> Event {
        tokio::select! {
            biased;
            Some(asked) = self.first.recv() => Event::Control(Box::new(asked)),
            Some(event) = self.urgent.recv() => event,
            Some(input) = self.market.recv() => Event::Hub(input),
            // The loop itself holds an inbox as long as it asks.
            else => std::future::pending().await,
        }
    }

    /// Returns the next event if there is one.
    pub(crate) fn try_next(&mut self) -> Option<Event> {
        let first = self.first.try_recv().map(|asked| Event::Control(Box::new(asked))).ok();
        let urgent = first.or_else(|| self.urgent.try_recv().ok());
        urgent.or_else(|| self.market.try_recv().ok().map(Event::Hub))
    }

    /// Returns how many wait.
    pub(crate) fn depth(&self) -> usize {
        self.urgent.len() + self.market.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::{Command, answering};

    #[tokio::test]
    async fn what_matters_more_comes_first() {
        let (inbox, mut outbox) = inbox();
        inbox.market(Input::Wake).await;
        inbox.market(Input::Wake).await;
        inbox.urgent(Event::Stop("test")).await;
        assert_eq!(outbox.depth(), 3);
        let (reply, _) = answering();
        let (name, who) = ("ada".to_owned(), "ada".to_owned());
        let asked = ControlRequest { name, who, command: Command::Kill, reply };
        inbox.first().try_send(asked).unwrap();
        assert!(matches!(outbox.next().await, Event::Control(_)));
        assert!(matches!(outbox.next().await, Event::Stop("test")));
        assert!(matches!(outbox.try_next(), Some(Event::Hub(Input::Wake))));
        assert!(matches!(outbox.next().await, Event::Hub(Input::Wake)));
        assert!(outbox.try_next().is_none());
    }
}
