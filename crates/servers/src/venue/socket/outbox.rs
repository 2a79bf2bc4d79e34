//! [`Outbox`]: the bounded queue in front of one connection; [`Unsent`]: what waits in all of them.
//!
//! Whoever writes into it never waits. When it is full the client is too slow: the connection is
//! cut, so that neither memory nor anybody else suffers, and the client starts afresh.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use axum::extract::ws::Utf8Bytes;
use tokio::sync::{Notify, mpsc};

/// Counts what was said to clients and has not left yet. A clone counts the same.
///
/// A market of speed `max` waits for it: it would otherwise run ahead of those who listen, and cut them off as too slow.
#[derive(Clone, Debug, Default)]
pub struct Unsent(Arc<Count>);

#[derive(Debug, Default)]
struct Count {
    waiting: AtomicUsize,
    none: Notify,
}

impl Unsent {
    /// Counts what is said from here on.
    pub fn add(&self, messages: usize) {
        self.0.waiting.fetch_add(messages, Ordering::AcqRel);
    }

    /// Counts what has left, or never will.
    pub fn take(&self, messages: usize) {
        if messages > 0 && self.0.waiting.fetch_sub(messages, Ordering::AcqRel) == messages {
            self.0.none.notify_waiters();
        }
    }

    /// Waits until nothing waits, or for so long: a client that reads nothing holds up nobody for ever.
    pub async fn settled(&self, patience: Duration) {
        let settled = async {
            loop {
                let mut none = std::pin::pin!(self.0.none.notified());
                // From here on no notice is missed.
                none.as_mut().enable();
                if self.0.waiting.load(Ordering::Acquire) == 0 {
                    return;
                }
                none.await;
            }
        };
        // Whoever is slower is cut off in the end.
        let _ = tokio::time::timeout(patience, settled).await;
    }
}

/// The end that is written to; cheap to clone.
#[derive(Clone, Debug)]
pub struct Outbox {
    sender: mpsc::Sender<Utf8Bytes>,
    cut: Arc<Cut>,
    unsent: Unsent,
}

/// The end that the connection reads.
#[derive(Debug)]
pub struct Post {
    receiver: mpsc::Receiver<Utf8Bytes>,
    cut: Arc<Cut>,
    unsent: Unsent,
}

impl Drop for Post {
    /// What waits here will not leave.
    fn drop(&mut self) {
        self.receiver.close();
        while self.waiting().is_some() {}
    }
}

#[derive(Debug, Default)]
struct Cut {
    full: AtomicBool,
    told: Notify,
}

impl Outbox {
    /// Returns a queue for at most `max` messages, counted in `unsent`.
    #[must_use]
    pub fn new(max: usize, unsent: Unsent) -> (Self, Post) {
        let (sender, receiver) = mpsc::channel(max);
        let cut = Arc::new(Cut::default());
        let post = Post { receiver, cut: Arc::clone(&cut), unsent: unsent.clone() };
        (Self { sender, cut, unsent }, post)
    }

    /// Queues a message. A full queue loses it and cuts the connection.
    pub fn offer(&self, text: Utf8Bytes) {
        // Counted first: it may be read before this returns.
        self.unsent.add(1);
        match self.sender.try_send(text) {
            Ok(()) => {}
            Err(mpsc::error::TrySendError::Closed(_)) => self.unsent.take(1),
            Err(mpsc::error::TrySendError::Full(_)) => {
                self.unsent.take(1);
                self.cut.full.store(true, Ordering::Relaxed);
                self.cut.told.notify_one();
            }
        }
    }

    /// Returns whether the connection is gone or about to go.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.sender.is_closed() || self.cut.full.load(Ordering::Relaxed)
    }
}

impl Post {
    /// Returns the next message; never ends, since the connection holds an [`Outbox`] itself.
    pub(super) async fn next(&mut self) -> Option<Utf8Bytes> {
        let text = self.receiver.recv().await;
        self.unsent.take(usize::from(text.is_some()));
        text
    }

    /// Returns a message that already waits.
    pub(super) fn waiting(&mut self) -> Option<Utf8Bytes> {
        let text = self.receiver.try_recv().ok();
        self.unsent.take(usize::from(text.is_some()));
        text
    }

    /// Returns when the queue has overflowed.
    pub(super) async fn overflow(cut: &Overflow) {
        while !cut.0.full.load(Ordering::Relaxed) {
            cut.0.told.notified().await;
        }
    }

    /// Returns a handle by which to wait for the overflow while the queue is read.
    pub(super) fn watch(&self) -> Overflow {
        Overflow(Arc::clone(&self.cut))
    }
}

/// Tells of an overflow.
#[derive(Clone, Debug)]
pub(super) struct Overflow(Arc<Cut>);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_full_queue_cuts_the_connection_and_keeps_what_is_in_it() {
        let (outbox, mut post) = Outbox::new(2, Unsent::default());
        for text in ["1", "2"] {
            outbox.offer(text.into());
        }
        assert!(!outbox.is_gone());
        outbox.offer("3".into());
        assert!(outbox.is_gone());
        Post::overflow(&post.watch()).await;
        assert_eq!(post.next().await.as_deref(), Some("1"));
        assert_eq!(post.waiting().as_deref(), Some("2"));
        assert_eq!(post.waiting(), None);
    }

    #[tokio::test]
    async fn what_is_written_to_a_closed_connection_is_nobodys() {
        let (outbox, post) = Outbox::new(1, Unsent::default());
        drop(post);
        outbox.offer("1".into());
        assert!(outbox.is_gone());
    }

    #[tokio::test]
    async fn everything_is_settled_when_it_has_left_or_never_will() {
        let unsent = Unsent::default();
        let (outbox, mut post) = Outbox::new(2, unsent.clone());
        let (gone, left) = Outbox::new(2, unsent.clone());
        for text in ["1", "2", "3"] {
            outbox.offer(text.into());
            gone.offer(text.into());
        }
        // Patience of nothing: it only looks.
        unsent.settled(Duration::ZERO).await;
        assert_eq!(unsent.0.waiting.load(Ordering::Acquire), 4);
        drop(left);
        gone.offer("4".into());
        assert_eq!(post.next().await.as_deref(), Some("1"));
        assert_eq!(unsent.0.waiting.load(Ordering::Acquire), 1);
        let waits = tokio::spawn({
            let unsent = unsent.clone();
            async move { unsent.settled(Duration::from_secs(3_600)).await }
        });
        assert_eq!(post.waiting().as_deref(), Some("2"));
        waits.await.expect("it does not panic");
    }
}
