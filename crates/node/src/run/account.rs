//! What the venue tells of the account: [`listen`] to its stream, [`ask`] for the whole.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use adapters::{AccountEvent, RejectKind, UserFeed, VenueError};
use hub::system::{AccountAnswer, AccountQuestion, Input};
use types::limits::Throttle;

use super::inbox::Inbox;
use super::sender::Sender;

/// First wait before the stream is made anew; doubled each time.
const BACKOFF_FIRST: Duration = Duration::from_millis(100);
/// Longest wait.
const BACKOFF_MAX: Duration = Duration::from_secs(10);

/// Returns the work of listening to the account's stream, each time from its beginning. `first` stands already.
pub(crate) fn listening(
    sender: &Sender,
    inbox: &Inbox,
    mut first: Option<UserFeed>,
) -> impl FnMut() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + 'static {
    let (sender, inbox) = (sender.clone(), inbox.clone());
    move || Box::pin(listen(sender.clone(), inbox.clone(), first.take()))
}

/// Listens to the account's stream for ever, and makes it anew whenever it ends. `first` stands already, and its beginning was told.
async fn listen(sender: Sender, inbox: Inbox, mut first: Option<UserFeed>) {
    let mut backoff = BACKOFF_FIRST;
    loop {
        let opened = match first.take() {
            Some(feed) => Ok(feed),
            None => open(&sender).await,
        };
        let why = match opened {
            Ok(feed) => {
                backoff = BACKOFF_FIRST;
                read(feed, &sender, &inbox).await
            }
            Err(why) => why,
        };
        inbox.hub(Input::UserStreamDown { why }).await;
        tokio::time::sleep(backoff).await;
        backoff = (backoff * 2).min(BACKOFF_MAX);
    }
}

async fn open(sender: &Sender) -> Result<UserFeed, String> {
    let stamp = sender.stamp()?;
    sender.venue.user_stream(stamp).await.map_err(|error| error.to_string())
}

/// Reads until the stream ends, or says something that cannot be read; returns why.
async fn read(mut feed: UserFeed, sender: &Sender, inbox: &Inbox) -> String {
    while let Some(event) = feed.next().await {
        match event {
            AccountEvent::Subscribed => inbox.hub(Input::UserStreamUp).await,
            AccountEvent::User(event) => {
                inbox.hub(Input::User(event)).await;
                sender.fail.pass("after_report");
            }
            // Something happened that nobody knows. A new stream begins with a reconciliation.
            AccountEvent::Malformed(error) => return error.to_string(),
            AccountEvent::Closed { why } => return why,
        }
    }
    "it ended without a word".to_owned()
}

/// Asks about the account. `symbols` are those that are traded.
pub(crate) async fn ask(
    sender: &Sender,
    question: AccountQuestion,
) -> (AccountAnswer, Option<Throttle>) {
    if question == AccountQuestion::OpenOrders {
        sender.fail.pass("in_reconcile");
    }
    let asked = match question {
        // No key, so no moment.
        AccountQuestion::Listings => {
            let listed = sender.venue.listings(&sender.symbols).await;
            listed.map(|mut listed| {
                let instruments = listed.listings.iter_mut().map(|listing| &mut listing.instrument);
                instruments.for_each(|instrument| sender.fees.apply(instrument));
                AccountAnswer::Listings { listings: listed.listings, limits: listed.limits }
            })
        }
        AccountQuestion::Account | AccountQuestion::OpenOrders => {
            let stamp = match sender.stamp() {
                Ok(stamp) => stamp,
                Err(why) => return (AccountAnswer::Failed(why), None),
            };
            match question {
                AccountQuestion::OpenOrders => {
                    let orders = sender.venue.open_orders(None, stamp).await;
                    orders.map(AccountAnswer::OpenOrders)
                }
                AccountQuestion::Account | AccountQuestion::Listings => {
                    sender.venue.account(stamp).await.map(AccountAnswer::Account)
                }
            }
        }
    };
    match asked {
        Ok(answer) => (answer, None),
        Err(VenueError::Rejected(rejection)) if rejection.kind == RejectKind::Credentials => {
            (AccountAnswer::KeyRefused(rejection.to_string()), None)
        }
        Err(error) => (AccountAnswer::Failed(error.to_string()), throttle(&error)),
    }
}

/// Returns whether the venue said "stop", and what of.
pub(crate) fn throttle(error: &VenueError) -> Option<Throttle> {
    match error {
        VenueError::Throttled(throttled) => Some(throttled.0),
        VenueError::NotSent(_)
        | VenueError::Rejected(_)
        | VenueError::Unanswered(_)
        | VenueError::Unreadable(_) => None,
    }
}
