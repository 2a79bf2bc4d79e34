//! [`Inbound`]: how often a client may speak.

use std::collections::VecDeque;

use tokio::time::{Duration, Instant};

/// Counts what a connection sent within the last second.
#[derive(Debug)]
pub(super) struct Inbound {
    max: Option<usize>,
    times: VecDeque<Instant>,
}

impl Inbound {
    pub(super) fn new(max: Option<usize>) -> Self {
        Self { max, times: VecDeque::new() }
    }

    /// Counts one message; returns whether it was one too many.
    pub(super) fn exceeds(&mut self, now: Instant) -> bool {
        let Some(max) = self.max else { return false };
        while self.times.front().is_some_and(|time| now - *time >= Duration::from_secs(1)) {
            self.times.pop_front();
        }
        self.times.push_back(now);
        self.times.len() > max
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_sixth_message_within_a_second_is_one_too_many() {
        let start = Instant::now();
        let mut inbound = Inbound::new(Some(5));
        for millis in [0, 100, 200, 300, 400, 1000] {
            assert!(!inbound.exceeds(start + Duration::from_millis(millis)), "{millis}");
        }
        assert!(inbound.exceeds(start + Duration::from_millis(1099)));
    }

    #[tokio::test]
    async fn without_a_limit_nothing_is_kept() {
        let mut inbound = Inbound::new(None);
        for _ in 0..10_000 {
            assert!(!inbound.exceeds(Instant::now()));
        }
        assert!(inbound.times.is_empty());
    }
}
