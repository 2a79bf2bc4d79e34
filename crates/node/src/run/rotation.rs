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

/// What tells the files of a key from others in their place.
type Written = [Option<[i64; 4]>; 2];

/// Where the venue's key lies, and what it is for.
#[derive(Clone, Debug)]
pub(crate) struct Rotation {
    binance: BinanceConfig,
    key: KeySection,
    /// The files whose key is in use, or was refused.
    known: Written,
    /// The files as they were at the last look.
    seen: Written,
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
    /// Returns the watch over a key that was just read.
    pub(crate) fn new(binance: BinanceConfig, key: KeySection) -> Self {
        let known = written(&key);
        Self { binance, key, known, seen: known }
    }

    /// Looks whether another key lies where this one lay; once for each. Files that change from one look to the next are being
    /// written still.
    pub(crate) fn has_changed(&mut self) -> bool {
        let now = written(&self.key);
        let settled = std::mem::replace(&mut self.seen, now) == now;
        settled && std::mem::replace(&mut self.known, now) != now
    }

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

fn written(key: &KeySection) -> Written {
    [key.api_key.written(), key.secret.written()]
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

#[cfg(test)]
mod tests {
    use std::fs;

    use adapters::venues::binance::Endpoints;

    use super::*;
    use crate::run_config::SecretSource;

    #[test]
    fn another_file_in_the_place_of_the_key_is_seen_once_and_when_it_is_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        let lay = |name: &str, text: &str| {
            fs::write(path("new"), text).unwrap();
            fs::rename(path("new"), path(name)).unwrap();
        };
        lay("key", "a");
        lay("secret", "b");
        let key = KeySection {
            api_key: SecretSource::File(path("key")),
            secret: SecretSource::File(path("secret")),
            ..KeySection::default()
        };
        let endpoints =
            Endpoints { rest: String::new(), streams: String::new(), socket_api: String::new() };
        let mut rotation = Rotation::new(BinanceConfig::simulated(endpoints), key);
        assert!(!rotation.has_changed());
        lay("key", "cc");
        assert!(!rotation.has_changed(), "it may be half of it");
        lay("secret", "dd");
        assert!(!rotation.has_changed(), "it was");
        assert!(rotation.has_changed());
        assert!(!rotation.has_changed(), "once");
        fs::remove_file(path("key")).unwrap();
        assert!(!rotation.has_changed());
        assert!(rotation.has_changed(), "what is gone is tried, and refused");
    }
}
