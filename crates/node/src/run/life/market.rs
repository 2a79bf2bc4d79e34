//! The simulated market's time: how fast it runs, and up to when it goes on by itself.

use std::time::Duration;

use hub::system::Component;
use serde_json::json;
use types::feed::MarketEvent;

use super::chores::FULL_AGAIN;
use super::course::Life;
use crate::run::pace::{Paced, Told};
use crate::run::phases::Phase;
use crate::run::port::Time;
use crate::run::speed::{self, Speed};

/// What does not come for so long is not on its way: a bar that was lost is asked for when the next one is there, and a deadline comes
/// when time goes on. At a real venue it goes on by itself.
const WAITED_MAX: Duration = Duration::from_secs(2);

impl Life {
    /// Takes the venue's time. At full speed it is told by the pace, and only by it.
    pub(super) fn on_time(&mut self, time: Time) {
        let own = self.sender.clock.speed();
        match (own, time.speed) {
            (Speed::Times(_), told @ Speed::Times(_)) => {
                self.sender.clock.tell(time.at(), told);
                if told != own {
                    // Somebody else has set it.
                    let now = self.sender.clock.now();
                    self.hub.set_speed(told.of_hub(), now);
                    let words = format!("the market runs at {told} now");
                    self.screen.say("speed", now, json!({ "speed": told }), words);
                }
            }
            (Speed::Max, _) | (Speed::Times(_), Speed::Max) => {}
        }
    }

    /// Our clock hears of a simulated venue's time now and then, and late when the machine is busy: what is told to have happened
    /// there has.
    pub(super) fn note_time(&self, event: &MarketEvent) {
        let Some(pace) = &self.pace else { return };
        let at = match event {
            MarketEvent::Bar(update) => Some(update.at),
            MarketEvent::Quote(quote) => quote.at,
            MarketEvent::Trade(trade) => trade.sent_at,
            MarketEvent::AggTrade(trade) => trade.sent_at,
            MarketEvent::Depth(diff) => Some(diff.at),
            MarketEvent::DepthTop(_) => None,
        };
        if let Some(at) = at {
            self.sender.clock.at_least(at, pace.until());
        }
    }

    /// Changes the market's speed when a phase is over.
    pub(super) fn change_phase(&mut self) {
        let Some(pace) = &mut self.pace else { return };
        // Bars of the moment at which a phase ends are still decided on at its speed.
        if pace.is_under_way() || self.state.refused_at.is_some_and(|at| at.elapsed() < FULL_AGAIN)
        {
            return;
        }
        let (phase, speed) = self.phases.at(self.sender.clock.now());
        if self.state.phase != Some(phase) {
            self.state.phase = Some(phase);
            pace.set_speed(speed, &self.inbox);
        }
    }

    /// Takes what became of something that was asked of the market's time.
    pub(super) fn on_paced(&mut self, paced: Paced) {
        match self.pace.as_mut().and_then(|pace| pace.take(paced)) {
            None => {}
            Some(Ok(Told::At { at, traded: _ })) => {
                self.sender.clock.tell(at, Speed::Max);
                self.wake();
            }
            Some(Ok(Told::Speed { speed, since, client: _ })) => {
                self.state.refused_at = None;
                self.sender.clock.tell(since, speed);
                self.on_speed(speed);
            }
            Some(Err(why)) => {
                self.repace();
                self.state.refused_at = Some(speed::now());
                self.health(Component::Venue, Some(why));
            }
        }
    }

    /// The venue knows us no more: the speed is set anew, and we join those who pace the market.
    pub(super) fn repace(&mut self) {
        self.state.phase = None;
        if let Some(pace) = &mut self.pace {
            pace.lost();
        }
    }

    fn on_speed(&mut self, speed: Speed) {
        let now = self.sender.clock.now();
        self.hub.set_speed(speed.of_hub(), now);
        self.screen.brief(speed == Speed::Max);
        let Some(phase) = self.state.phase else { return };
        let words = match phase {
            Phase::Month => format!(
                "the first 30 days, {speed}; only trades are shown (ctrl-C stops in good order)"
            ),
            Phase::Follow => format!(
                "now at {speed} (a quarter of an hour of market time a second) until a trade has opened and closed"
            ),
            Phase::Steady => format!("now at {speed}: a minute of market time a second"),
            Phase::Asked => format!("the market runs at {speed}"),
        };
        let fields = json!({ "phase": phase.name(), "speed": speed });
        self.screen.say("phase", now, fields, format_args!("--- {}  {words}", self.operators.mode));
    }

    /// Whether a paced market may go on: a fill has to be heard, and to have its stop, before anything else happens; but what is
    /// waited for may not come.
    pub(super) fn may_go_on(&mut self) -> bool {
        let Some(pace) = self.pace.as_ref().filter(|pace| pace.stands()) else { return false };
        if self.pen.backlog() > 0 || self.state.dead.is_some() {
            return false;
        }
        let done = pace.has_heard() && self.hub.is_idle();
        done || self.state.waits_since.get_or_insert_with(speed::now).elapsed() >= WAITED_MAX
    }

    /// Lets a paced market go on.
    pub(super) fn go_on(&mut self) {
        self.state.waits_since = None;
        let until = self.next_stop();
        if let Some(pace) = &mut self.pace {
            pace.go(until, &self.inbox);
        }
    }

    /// Up to when nothing is to be done.
    fn next_stop(&mut self) -> types::market::TsNanos {
        let now = self.sender.clock.now();
        let ends = self.phases.month_ends().filter(|ends| *ends > now);
        let due = [self.hub.next_deadline(), self.hub.next_close(), ends];
        let until = due.into_iter().flatten().filter(|at| *at > now).min();
        let until = until.unwrap_or_else(|| now.plus(IDLE_STEP));
        if self.state.ready {
            return until;
        }
        // Streams are being joined, and asked for what was before: what closes meanwhile would be missed.
        let doubled = self.state.steps.saturating_sub(START_STEPS_EVEN).min(START_STEPS_MAX);
        let step = START_STEP << doubled;
        self.state.steps += 1;
        until.min(now.plus(step))
    }
}

/// First steps before the start is done: the running bar is told every two seconds.
const START_STEP: i64 = 2_000_000_000;
/// After so many each step is twice the one before.
const START_STEPS_EVEN: u32 = 10;
/// A step of a day is long enough for every wait.
const START_STEPS_MAX: u32 = 16;

/// Step where nothing is waited for: a minute.
const IDLE_STEP: i64 = 60_000_000_000;
