//! [`Pulse`]: pings, and what has to come back.

use std::collections::VecDeque;

use axum::body::Bytes;
use tokio::time::{Duration, Instant};

/// The pings of a connection that wait for their answer.
///
/// A pong counts when it carries the payload of a ping: "unsolicited pong frames are allowed, but
/// will not prevent disconnection".
#[derive(Debug)]
pub(super) struct Pulse {
    every: Duration,
    within: Duration,
    next_ping: Instant,
    open: VecDeque<(Bytes, Instant)>,
}

/// What is due.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Beat {
    /// Send a ping with this payload.
    Ping(Bytes),
    /// The client has not answered: disconnect.
    Silent,
}

impl Pulse {
    pub(super) fn new(every: Duration, within: Duration, now: Instant) -> Self {
        Self { every, within, next_ping: now + every, open: VecDeque::new() }
    }

    /// Returns when something is due next.
    pub(super) fn due(&self) -> Instant {
        match self.open.front() {
            Some((_, sent)) => self.next_ping.min(*sent + self.within),
            None => self.next_ping,
        }
    }

    /// Returns what is due, if anything. `payload` is that of the next ping.
    pub(super) fn beat(&mut self, now: Instant, payload: impl FnOnce() -> Bytes) -> Option<Beat> {
        if self.open.front().is_some_and(|(_, sent)| now >= *sent + self.within) {
            return Some(Beat::Silent);
        }
        if now < self.next_ping {
            return None;
        }
        self.next_ping = now + self.every;
        let payload = payload();
        self.open.push_back((payload.clone(), now));
        Some(Beat::Ping(payload))
    }

    /// Takes a pong. An answer to one ping answers those before it.
    pub(super) fn pong(&mut self, payload: &Bytes) {
        if let Some(answered) = self.open.iter().rposition(|(sent, _)| sent == payload) {
            self.open.drain(..=answered);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY: Duration = Duration::from_secs(20);
    const WITHIN: Duration = Duration::from_secs(60);

    fn beats(pulse: &mut Pulse, start: Instant, second: u64) -> Option<Beat> {
        let payload = Bytes::from(second.to_string());
        pulse.beat(start + Duration::from_secs(second), || payload)
    }

    fn ping(second: u64) -> Option<Beat> {
        Some(Beat::Ping(Bytes::from(second.to_string())))
    }

    #[tokio::test]
    async fn an_answered_pulse_goes_on() {
        let start = Instant::now();
        let mut pulse = Pulse::new(EVERY, WITHIN, start);
        for second in 1..=300 {
            let due = second % 20 == 0;
            assert_eq!(beats(&mut pulse, start, second), if due { ping(second) } else { None });
            pulse.pong(&Bytes::from(second.to_string()));
        }
    }

    #[tokio::test]
    async fn a_minute_without_answer_ends_it() {
        let start = Instant::now();
        let mut pulse = Pulse::new(EVERY, WITHIN, start);
        assert_eq!(beats(&mut pulse, start, 20), ping(20));
        assert_eq!(beats(&mut pulse, start, 40), ping(40));
        pulse.pong(&Bytes::new());
        pulse.pong(&Bytes::from_static(b"unsolicited"));
        assert_eq!(beats(&mut pulse, start, 60), ping(60));
        assert_eq!(beats(&mut pulse, start, 79), None);
        assert_eq!(pulse.due(), start + Duration::from_secs(80));
        assert_eq!(beats(&mut pulse, start, 80), Some(Beat::Silent));
    }

    #[tokio::test]
    async fn an_answer_to_a_later_ping_answers_the_earlier_ones() {
        let start = Instant::now();
        let mut pulse = Pulse::new(EVERY, WITHIN, start);
        for second in [20, 40, 60] {
            assert_eq!(beats(&mut pulse, start, second), ping(second));
        }
        pulse.pong(&Bytes::from_static(b"40"));
        assert_eq!(beats(&mut pulse, start, 80), ping(80));
        assert_eq!(beats(&mut pulse, start, 119), ping(119));
        assert_eq!(beats(&mut pulse, start, 120), Some(Beat::Silent));
    }
}
