//! [`Rows`]: the store, kept beside the journal by a thread of its own. It may fail without any harm to trading.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use hub::system::{Component, Input};
use journal::Reader;
use store::{Follower, StoreError};

use super::inbox::{Event, Inbox};
use super::speed;
use crate::exit::Failure;
use crate::setup::JournalFolder;

/// How often it is looked for new entries.
const EVERY: Duration = Duration::from_millis(200);
/// How long a store that failed is left alone before it is opened again.
const AGAIN: Duration = Duration::from_secs(2);

/// The thread that writes rows.
#[derive(Debug)]
pub(crate) struct Rows {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Rows {
    /// Begins to follow a journal.
    ///
    /// # Errors
    /// If the system starts no thread.
    #[expect(
        clippy::disallowed_methods,
        reason = "SQLite is waited for here instead of in the hub's loop"
    )]
    pub(crate) fn follow(
        path: PathBuf,
        journal: JournalFolder,
        inbox: Inbox,
    ) -> Result<Self, Failure> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopping = Arc::clone(&stop);
        let thread = std::thread::Builder::new().name("store".to_owned()).spawn(move || {
            while !stopping.load(Ordering::Acquire) {
                if let Err(error) = work(&path, &journal, &inbox, &stopping) {
                    tell(&inbox, Some(error.to_string()), Duration::ZERO);
                    pause(AGAIN, &stopping);
                }
            }
        })?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Rows {
    /// Writes what is left and ends the thread.
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            // A panic over there is reported there, and rows can be made anew.
            let _ = thread.join();
        }
    }
}

/// Writes rows until it is told to stop, and then those that are left.
fn work(
    path: &std::path::Path,
    journal: &JournalFolder,
    inbox: &Inbox,
    stopping: &AtomicBool,
) -> Result<(), StoreError> {
    let disk = journal.disk();
    let mut follower = Follower::open(path, move |from| Reader::open(Arc::clone(&disk), from))?;
    loop {
        let last = stopping.load(Ordering::Acquire);
        let began = speed::now();
        let step = follower.step()?;
        if step.is_behind() {
            continue;
        }
        if last {
            return Ok(());
        }
        tell(inbox, None, began.elapsed());
        pause(EVERY, stopping);
    }
}

fn tell(inbox: &Inbox, trouble: Option<String>, latency: Duration) {
    let latency_nanos = i64::try_from(latency.as_nanos()).unwrap_or(i64::MAX);
    let component = Component::Store;
    inbox.urgent_from_thread(Event::Hub(Input::Health { component, trouble, latency_nanos }));
}

/// Waits, but not longer than the thread is wanted.
#[expect(clippy::disallowed_methods, reason = "a thread of its own has nothing else to do")]
fn pause(length: Duration, stopping: &AtomicBool) {
    let began = speed::now();
    while began.elapsed() < length && !stopping.load(Ordering::Acquire) {
        std::thread::sleep(Duration::from_millis(20));
    }
}
