//! [`Links`]: connections with market data, as the hub's feed asks for them.

use std::collections::BTreeMap;
use std::sync::Arc;

use adapters::Venue;
use hub::system::{Input, LinkCommand};
use tokio::task::JoinHandle;
use types::feed::{LinkEvent, SourceId, Stream};

use super::inbox::Inbox;
use super::sender::Sender;

/// The connections of all sources.
///
/// The adapter connects and subscribes in one step, so a connection is opened when it is known what for; until then it is
/// told to stand.
#[derive(Debug)]
pub(crate) struct Links {
    inbox: Inbox,
    /// The number of a source's connection, and what reads it.
    open: BTreeMap<SourceId, (u64, Vec<JoinHandle<()>>)>,
}

impl Links {
    /// Returns no connections.
    pub(crate) fn new(inbox: Inbox) -> Self {
        Self { inbox, open: BTreeMap::new() }
    }

    /// Does what the hub wants done.
    pub(crate) fn carry_out(&mut self, sender: &Sender, command: LinkCommand) {
        match command {
            LinkCommand::Connect { source, number } => self.connect(source, number),
            LinkCommand::Disconnect { source, number } => {
                if self.open.get(&source).is_some_and(|(open, _)| *open == number) {
                    self.close(source);
                }
            }
            LinkCommand::Subscribe { source, streams } => {
                self.subscribe(sender.source(source), source, streams);
            }
        }
    }

    fn connect(&mut self, source: SourceId, number: u64) {
        self.close(source);
        self.open.insert(source, (number, Vec::new()));
        let inbox = self.inbox.clone();
        tokio::spawn(async move {
            inbox.market(Input::Link { source, number, event: LinkEvent::Connected }).await;
        });
    }

    fn subscribe(&mut self, venue: &Arc<dyn Venue>, source: SourceId, streams: Vec<Stream>) {
        let Some((number, tasks)) = self.open.get_mut(&source) else { return };
        let (venue, inbox, number) = (Arc::clone(venue), self.inbox.clone(), *number);
        tasks.push(tokio::spawn(read(venue, inbox, source, number, streams)));
    }

    fn close(&mut self, source: SourceId) {
        for task in self.open.remove(&source).into_iter().flat_map(|(_, tasks)| tasks) {
            task.abort();
        }
    }
}

impl Drop for Links {
    fn drop(&mut self) {
        let sources: Vec<_> = self.open.keys().copied().collect();
        sources.into_iter().for_each(|source| self.close(source));
    }
}

async fn read(
    venue: Arc<dyn Venue>,
    inbox: Inbox,
    source: SourceId,
    number: u64,
    streams: Vec<Stream>,
) {
    let link = |event| Input::Link { source, number, event };
    let mut feed = match venue.stream(&streams).await {
        Ok(feed) => feed,
        Err(error) => {
            inbox.market(link(LinkEvent::Closed { why: error.to_string() })).await;
            return;
        }
    };
    while let Some(event) = feed.next().await {
        // That it stands was told before.
        if event != LinkEvent::Connected {
            inbox.market(link(event)).await;
        }
    }
}
