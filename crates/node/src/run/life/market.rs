//! The simulated market's time: how fast it runs, and up to when it goes on by itself.

use hub::system::Component;
use serde_json::json;
use types::feed::MarketEvent;

use super::chores::FULL_AGAIN;
use super::course::Life;
use crate::run::pace::Pace;
use crate::run::phases::Phase;
use crate::run::port::Time;
use crate::run::speed::Speed;

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
    pub(super) async fn change_phase(&mut self) {
        let Some(pace) = &mut self.pace else { return };
        let now = self.sender.clock.now();
        let (phase, speed) = self.phases.at(now);
        let slower = matches!(phase, Phase::Follow | Phase::Steady);
        // Bars of the moment at which a phase ends are still decided on at its speed.
        if self.state.phase == Some(phase) || (slower && pace.is_under_way()) {
            return;
        }
        self.state.phase = Some(phase);
        let at = match pace.set_speed(speed).await {
            Ok(at) => at,
            Err(error) => {
                self.state.phase = None;
                let why = format!("{error:#}");
                self.health(Component::Venue, Some(why));
                tokio::time::sleep(FULL_AGAIN).await;
                return;
            }
        };
        self.sender.clock.tell(at, speed);
        let now = self.sender.clock.now();
        self.hub.set_speed(speed.of_hub(), now);
        self.screen.brief(speed == Speed::Max);
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

    /// Whether a paced market may go on: a fill has to be heard, and to have its stop, before anything else happens.
    pub(super) fn may_go_on(&self) -> bool {
        let heard = self.pace.as_ref().is_some_and(Pace::has_heard);
        heard && self.has_pace() && self.hub.is_idle()
    }

    /// Whether a paced market waits for us, and nothing of ours is on its way to the disk.
    pub(super) fn has_pace(&self) -> bool {
        let paced = self.pace.as_ref().is_some_and(|pace| !pace.is_under_way());
        paced && self.pen.backlog() == 0 && self.state.dead.is_none()
    }

    /// Up to when nothing is to be done.
    pub(super) fn next_stop(&mut self) -> types::market::TsNanos {
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
