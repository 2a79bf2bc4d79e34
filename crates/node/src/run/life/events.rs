//! What came in, one event after the other.

use hub::system::{Component, Input, OperatorRequest, ReplyTicket};
use serde_json::json;
use types::entry::Part;
use types::feed::LinkEvent;
use types::ids::Seq;

use super::course::Life;
use crate::run::account;
use crate::run::inbox::Event;
use crate::run::pen::{Dead, Written};
use crate::run::rotation::NewKey;
use crate::run::speed;

impl Life {
    /// Takes an event.
    pub(super) fn take(&mut self, event: Event) {
        if let Event::Hub(Input::Link { event: LinkEvent::Market(market), .. }) = &event {
            self.note_time(market);
        }
        let now = self.sender.clock.now();
        match event {
            Event::Hub(input) => {
                if let Some(pace) = &mut self.pace {
                    pace.hear(&input);
                }
                self.hub.handle(input, now);
            }
            Event::Written(Written::Durable(seq)) => {
                self.pen.durable(seq);
                self.fail.pass("after_durable");
                self.hub.handle(Input::Durable(Seq(seq)), now);
                if self.state.full_since.take().is_some() {
                    self.hub.handle(Input::JournalFull { waiting: None }, now);
                }
            }
            Event::Written(Written::Full(number)) => {
                if self.pen.is_full(number) && self.state.full_since.replace(speed::now()).is_none()
                {
                    let waiting = u64::try_from(self.pen.backlog()).ok();
                    self.hub.handle(Input::JournalFull { waiting }, now);
                }
            }
            Event::Written(Written::Dead(dead)) => self.die(dead),
            Event::Paced(paced) => self.on_paced(paced),
            Event::Time(time) => self.on_time(time),
            Event::VenueDied => {
                self.health(Component::Venue, Some("its process is gone".to_owned()));
                let fields = json!({});
                self.screen.say(
                    "venue_died",
                    now,
                    fields,
                    "the venue's process is gone; it is started again on its ledger",
                );
            }
            Event::VenueBack { moved } => {
                self.state.moved |= moved;
                self.repace();
                self.screen.say("venue_back", now, json!({ "moved": moved }), "the venue is back");
            }
            Event::Undone(why) => {
                let words = format!("{:18}at the venue: {why}", "");
                self.screen.say("undone", now, json!({ "why": why }), words);
            }
            Event::Control(asked) => {
                let speed = self.sender.clock.speed();
                let rotate = self.operators.take(*asked, &mut self.hub, speed, now);
                if let Some((ticket, name)) = rotate {
                    self.rotate(ticket, name);
                }
            }
            Event::NewKey(new) => self.on_new_key(*new),
            Event::Stop(why) => self.stop(why),
        }
    }

    /// Has a new key for the venue tried; the old one stays in use meanwhile.
    pub(super) fn rotate(&mut self, ticket: ReplyTicket, name: String) {
        match self.rotation.clone() {
            Some(rotation) => {
                let (sender, inbox) = (self.sender.clone(), self.inbox.clone());
                tokio::spawn(rotation.go(ticket, name, sender, inbox));
            }
            None => {
                let why = "this run signs with a key of its own venue: there is none to rotate";
                self.operators.refuse_key(ticket, why.to_owned());
            }
        }
    }

    /// Takes a key that holds into use: from here on all is signed with it, and its stream is heard. What is under way goes on
    /// with the old one.
    fn on_new_key(&mut self, new: NewKey) {
        let NewKey { ticket, name, result } = new;
        let (venue, feed) = match result {
            Ok(found) => found,
            Err(why) => {
                let now = self.sender.clock.now();
                let words = format!("the new key for the venue is not used: {why}");
                self.operators.refuse_key(ticket, why.clone());
                self.screen.say("key_refused", now, json!({ "why": why }), words);
                return;
            }
        };
        self.sender.venue = venue;
        self.parts
            .begin(Part::UserStream, account::listening(&self.sender, &self.inbox, Some(feed)));
        let now = self.sender.clock.now();
        let request = OperatorRequest::RotateKeys;
        self.hub.handle(Input::Operator { ticket, name, request }, now);
        self.screen.say("key_rotated", now, json!({}), "a new key for the venue is in use");
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
        self.pen.die();
        let now = self.sender.clock.now();
        if self.state.full_since.take().is_some() {
            self.hub.handle(Input::JournalFull { waiting: None }, now);
        }
        if let Dead::Failed(why) = &dead {
            self.hub.handle(Input::JournalFailed { why: why.clone() }, now);
        }
        self.state.dead.get_or_insert(dead);
    }
}
