//! What came in, one event after the other.

use std::io;

use hub::system::{Component, Input};
use serde_json::json;
use types::ids::Seq;

use super::course::Life;
use crate::run::inbox::Event;
use crate::run::pen::{Dead, Written};
use crate::run::speed::{self, Speed};

impl Life {
    /// Takes an event.
    pub(super) fn take(&mut self, event: Event) -> io::Result<()> {
        let now = self.sender.clock.now();
        match event {
            Event::Hub(input) => self.hub.handle(input, now),
            Event::Written(Written::Durable(seq)) => {
                self.pen.durable(seq);
                self.fail.pass("after_durable");
                self.hub.handle(Input::Durable(Seq(seq)), now);
                if self.state.full_since.take().is_some() {
                    self.health(Component::Journal, None);
                }
            }
            Event::Written(Written::Full(number)) => {
                if self.pen.is_full(number) {
                    self.state.full_since = Some(speed::now());
                    self.health(Component::Journal, Some("the disk is full".to_owned()));
                }
            }
            Event::Written(Written::Dead(dead)) => self.die(dead),
            Event::Market(Ok(at)) => {
                self.sender.clock.tell(at, Speed::Max);
                if let Some(pace) = &mut self.pace {
                    pace.arrived();
                }
                self.wake();
            }
            Event::Market(Err(why)) => {
                if let Some(pace) = &mut self.pace {
                    pace.lost();
                }
                self.health(Component::Venue, Some(why));
            }
            Event::Time(time) => self.on_time(time)?,
            Event::VenueDied => {
                self.health(Component::Venue, Some("its process is gone".to_owned()));
                let fields = json!({});
                self.screen.say(
                    "venue_died",
                    now,
                    fields,
                    "the venue's process is gone; it is started again on its ledger",
                )?;
            }
            Event::VenueBack { moved } => {
                self.state.moved |= moved;
                if let Some(pace) = &mut self.pace {
                    pace.lost();
                }
                self.state.phase = None;
                self.screen.say(
                    "venue_back",
                    now,
                    json!({ "moved": moved }),
                    "the venue is back",
                )?;
            }
            Event::Undone(why) => {
                let words = format!("{:18}at the venue: {why}", "");
                self.screen.say("undone", now, json!({ "why": why }), words)?;
            }
            Event::Control(asked) => {
                let speed = self.sender.clock.speed();
                self.operators.take(*asked, &mut self.hub, speed, now);
            }
            Event::Stop(why) => self.stop(why)?,
        }
        Ok(())
    }

    pub(super) fn wake(&mut self) {
        let now = self.sender.clock.now();
        self.hub.handle(Input::Wake, now);
    }

    pub(super) fn health(&mut self, component: Component, trouble: Option<String>) {
        let now = self.sender.clock.now();
        self.hub.handle(Input::Health { component, trouble, latency_nanos: 0 }, now);
    }

    pub(super) fn die(&mut self, dead: Dead) {
        if let Dead::Failed(why) = &dead {
            let now = self.sender.clock.now();
            self.hub.handle(Input::JournalFailed { why: why.clone() }, now);
        }
        self.state.dead.get_or_insert(dead);
    }
}
