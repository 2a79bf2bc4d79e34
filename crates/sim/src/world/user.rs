//! The stream of the account's own events, as the runtime listens to it.

use hub::system::Input;
use types::market::TsNanos;
use types::venue::UserEvent;

use super::aim::{Fate, Way};
use super::play::{MILLI, Next, SECOND, World, millis};

/// First wait before the stream is made anew, doubled each time.
const BACKOFF_FIRST: i64 = 100 * MILLI;
/// Longest wait.
const BACKOFF_MAX: i64 = 10 * SECOND;

/// The stream of a life.
#[derive(Debug, Default)]
pub(super) struct UserLink {
    /// Number of the stream; what an earlier one says comes to nothing.
    number: u64,
    /// The venue tells it what happens.
    live: bool,
    /// The process believes that it stands.
    up: bool,
    /// When the last event comes: they come in their order.
    last: TsNanos,
    tries: u32,
}

impl UserLink {
    /// Returns whether the venue tells it what happens.
    pub(super) const fn is_live(&self) -> bool {
        self.live
    }
}

impl World {
    /// The process asks for the stream.
    pub(super) fn listen(&mut self) {
        let refused =
            self.is_away() || self.strikes("user_stream_cut").is_some() || self.is_unheard();
        let takes = self.links.magnitude(5 * MILLI, 80 * MILLI);
        let (now, life) = (self.now, self.life);
        let Some(process) = &mut self.process else { return };
        process.user.number += 1;
        let number = process.user.number;
        let why = refused.then(|| "refused".to_owned());
        process.user.live = !refused;
        process.user.last = now.plus(takes);
        self.agenda.at(now.plus(takes), Next::Stream { life, number, why });
    }

    /// The stream stands, or does not.
    pub(super) fn stream(&mut self, number: u64, why: Option<String>) {
        let (now, life) = (self.now, self.life);
        let Some(process) = &mut self.process else { return };
        if process.user.number != number {
            return;
        }
        let input = match why {
            None => {
                process.user.up = true;
                process.user.tries = 0;
                Input::UserStreamUp
            }
            Some(why) => {
                (process.user.live, process.user.up) = (false, false);
                let wait = BACKOFF_FIRST.saturating_mul(1 << process.user.tries.min(10));
                process.user.tries += 1;
                self.agenda.at(now.plus(wait.min(BACKOFF_MAX)), Next::Listen { life });
                Input::UserStreamDown { why }
            }
        };
        self.say(format_args!("user stream {number} {input:?}"));
        self.feed_hub(input);
        self.pump();
    }

    /// The stream is cut; the process notices after a while.
    pub(super) fn cut_stream(&mut self) {
        let takes = self.links.magnitude(5 * MILLI, 2 * SECOND);
        let (now, life) = (self.now, self.life);
        let Some(process) = &mut self.process else { return };
        if !process.user.live {
            return;
        }
        process.user.live = false;
        let number = process.user.number;
        let at = now.plus(takes).max(process.user.last);
        self.agenda.at(at, Next::Stream { life, number, why: Some("cut".to_owned()) });
    }

    /// Sends what the venue has to tell the account.
    pub(super) fn tell_account(&mut self) {
        if self.venue.told.is_empty() {
            return;
        }
        let told = std::mem::take(&mut self.venue.told);
        self.tell_sleeper(&told);
        if !self.process.as_ref().is_some_and(|process| process.user.live) {
            return;
        }
        for event in told {
            let fate = self.fate(Way::Event);
            let (again, later) = match fate {
                None | Some(Fate::Slow(_) | Fate::KilledBehind) => (false, 0),
                Some(Fate::Twice) => (true, 0),
                Some(Fate::Late(by)) => (false, millis(by)),
                Some(Fate::Lost | Fate::LostOnwards) => continue,
                Some(Fate::KilledBefore) => {
                    self.die_at(self.now);
                    return;
                }
                Some(Fate::LostUnheard(by)) => {
                    self.unhear(by);
                    return;
                }
                Some(Fate::Cut) => {
                    self.cut_stream();
                    return;
                }
            };
            let late = self.strikes("user_events_late").unwrap_or(0) + later;
            let twice = self.strikes("user_events_twice").is_some() || again;
            let takes = self.links.magnitude(MILLI, 60 * MILLI) + late;
            let (now, life) = (self.now, self.life);
            let Some(process) = &mut self.process else { return };
            let at = now.plus(takes).max(process.user.last.plus(1));
            process.user.last = at;
            let number = process.user.number;
            let event = Box::new(event);
            if twice {
                let event = event.clone();
                self.agenda.at(at.plus(MILLI), Next::Says { life, number, event });
            }
            self.agenda.at(at, Next::Says { life, number, event });
            if fate == Some(Fate::KilledBehind) {
                self.die_at(at.plus(1));
            }
        }
    }

    /// The stream says something.
    pub(super) fn says(&mut self, number: u64, event: UserEvent) {
        let Some(process) = self.process.as_ref().filter(|process| process.user.number == number)
        else {
            return;
        };
        process.heard.says(&event, &mut self.marks);
        if let UserEvent::Order { execution, report, .. } = &event {
            let progress = &report.progress;
            self.say(format_args!("event {} {execution:?} {progress:?}", report.client_order_id));
        }
        self.feed_hub(Input::User(event));
        self.pump();
    }
}
