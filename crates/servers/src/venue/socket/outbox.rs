//! [`Outbox`]: the bounded queue in front of one connection.
//!
//! Whoever writes into it never waits. When it is full the client is too slow: the connection is
//! cut, so that neither memory nor anybody else suffers, and the client starts afresh.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::ws::Utf8Bytes;
use tokio::sync::{Notify, mpsc};

/// The end that is written to; cheap to clone.
#[derive(Clone, Debug)]
pub struct Outbox {
    sender: mpsc::Sender<Utf8Bytes>,
    cut: Arc<Cut>,
}

/// The end that the connection reads.
#[derive(Debug)]
pub struct Post {
    receiver: mpsc::Receiver<Utf8Bytes>,
    cut: Arc<Cut>,
}

#[derive(Debug, Default)]
struct Cut {
    full: AtomicBool,
    told: Notify,
}

impl Outbox {
    /// Returns a queue for at most `max` messages.
    #[must_use]
    pub fn new(max: usize) -> (Self, Post) {
        let (sender, receiver) = mpsc::channel(max);
        let cut = Arc::new(Cut::default());
        (Self { sender, cut: Arc::clone(&cut) }, Post { receiver, cut })
    }

    /// Queues a message. A full queue loses it and cuts the connection.
    pub fn offer(&self, text: Utf8Bytes) {
        match self.sender.try_send(text) {
            Ok(()) | Err(mpsc::error::TrySendError::Closed(_)) => {}
            Err(mpsc::error::TrySendError::Full(_)) => {
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
        self.receiver.recv().await
    }

    /// Returns a message that already waits.
    pub(super) fn waiting(&mut self) -> Option<Utf8Bytes> {
        self.receiver.try_recv().ok()
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
        let (outbox, mut post) = Outbox::new(2);
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
        let (outbox, post) = Outbox::new(1);
        drop(post);
        outbox.offer("1".into());
        assert!(outbox.is_gone());
    }
}
