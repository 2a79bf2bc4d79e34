//! [`Rotation`]: a new key for the venue in the middle of a run.
//!
//! What is under way goes on with the old key: each request holds the venue it was begun with. The new key is tried before it is
//! used, and its account's stream stands before the old one is left, so that no report falls between the two.

use std::sync::Arc;
use std::time::Duration;

use adapters::venues::binance::{BinanceConfig, BinanceSpot};
use adapters::{AccountEvent, UserFeed, Venue};
use hub::system::ReplyTicket;
use tokio::time::timeout;

use super::inbox::{Event, Inbox};
use super::sender::Sender;
use crate::run_config::KeySection;

/// The venue answers a question about a new key by then.
const PATIENCE: Duration = Duration::from_secs(10);

/// Balances of one account, read with two keys one after the other, are equal unless it trades in between: so many tries.
const TRIES: u32 = 10;

/// Where the venue's key lies, and what it is for.
#[derive(Clone, Debug)]
pub(crate) struct Rotation {
    pub(crate) binance: BinanceConfig,
    pub(crate) key: KeySection,
}

/// A key that was tried.
pub(crate) struct NewKey {
    pub(crate) ticket: ReplyTicket,
    /// Who wanted it.
    pub(crate) name: String,
    /// The venue under it and the account's stream; or why the old one stays, in words.
    pub(crate) result: Result<(Arc<dyn Venue>, UserFeed), String>,
}

impl std::fmt::Debug for NewKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let why = self.result.as_ref().err();
        f.debug_struct("NewKey").field("name", &self.name).field("why_not", &why).finish()
    }
}

impl Rotation {
    /// Reads the key again and tries it; what came of it is told as an event.
    pub(crate) async fn go(self, ticket: ReplyTicket, name: String, old: Sender, inbox: Inbox) {
        let result = self.find(&old).await;
        inbox.urgent(Event::NewKey(Box::new(NewKey { ticket, name, result }))).await;
    }

    async fn find(&self, old: &Sender) -> Result<(Arc<dyn Venue>, UserFeed), String> {
        let keys = self.key.credentials().map_err(|error| error.to_string())?;
        let venue = BinanceSpot::new(self.binance.clone(), Some(keys));
        let venue: Arc<dyn Venue> = Arc::new(venue.map_err(|error| error.to_string())?);
        let new = Sender { venue: Arc::clone(&venue), ..old.clone() };
        let tried = async {
            may_do_what_it_should(&new).await?;
            is_of_the_same_account(&new, old).await?;
            let feed = stands(&new).await?;
            Ok((venue, feed))
        };
        let silent = || format!("the venue did not answer within {} s", PATIENCE.as_secs());
        timeout(PATIENCE, tried).await.unwrap_or_else(|_| Err(silent()))
    }
}

/// A key that may withdraw, or may not trade, is no key for this run.
async fn may_do_what_it_should(new: &Sender) -> Result<(), String> {
    let rights = new.venue.key_rights(new.stamp()?).await.map_err(|error| error.to_string())?;
    let problems = rights.problems(new.venue.status().environment);
    match problems.first() {
        None => Ok(()),
        Some(problem) => Err(problem.to_string()),
    }
}

/// A key of another account would look up orders that are not there.
async fn is_of_the_same_account(new: &Sender, old: &Sender) -> Result<(), String> {
    for _ in 0..TRIES {
        let (new_stamp, old_stamp) = (new.stamp()?, old.stamp()?);
        let (ours, theirs) =
            tokio::join!(old.venue.account(old_stamp), new.venue.account(new_stamp));
        let theirs = theirs.map_err(|error| error.to_string())?.balances;
        // The old key may be withdrawn already: then nothing can be compared, and the orders that are open tell.
        let Ok(ours) = ours else { return knows_our_orders(new).await };
        if ours.balances == theirs {
            return Ok(());
        }
    }
    Err("the new key shows other balances than the old one: it is of another account".to_owned())
}

/// Asks for the orders that are open: at least one carries a name of ours, or there is none at all.
async fn knows_our_orders(new: &Sender) -> Result<(), String> {
    let open = new.venue.open_orders(None, new.stamp()?).await;
    let open = open.map_err(|error| error.to_string())?;
    if open.is_empty() || open.iter().any(|order| order.client_order_id.starts_with('p')) {
        return Ok(());
    }
    Err("no open order of the new key's account is ours: it is of another account".to_owned())
}

/// Opens the account's stream and waits until it stands.
async fn stands(new: &Sender) -> Result<UserFeed, String> {
    let mut feed = new.venue.user_stream(new.stamp()?).await.map_err(|error| error.to_string())?;
    match feed.next().await {
        Some(AccountEvent::Subscribed) => Ok(feed),
        Some(AccountEvent::Malformed(error)) => Err(error.to_string()),
        Some(AccountEvent::Closed { why }) => Err(why),
        Some(AccountEvent::User(_)) | None => {
            Err("the account's stream did not begin as it should".to_owned())
        }
    }
}
