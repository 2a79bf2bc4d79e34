//! Faults of the plan: how each begins, strikes and ends.

use hub::system::{Input, OperatorRequest, ReplyTicket, check_clock};
use types::ids::{Asset, Symbol, SymbolId};
use types::num::Money;
use types::side::Side;

use super::dice::Dice;
use super::kind::{Kind, Point};
use super::marks::Mark;
use super::play::{MILLI, Next, SECOND, World, millis};
use super::process::RESTART_MS;
use super::store::Death;

/// While we are parted from the venue its record says so this often, nanoseconds: half of the second within which a stop has
/// to rest.
const PARTED_EVERY: i64 = SECOND / 2;
/// How long behind its end a fault may still be felt, nanoseconds: the longest wait before a stream is made anew, and the longest
/// before a request is tried again.
const ECHO: i64 = 15 * SECOND;
/// So many inputs wait when there are too many.
const OVERLOADED: usize = 20_000;

impl World {
    /// A fault begins.
    pub(super) fn begins(&mut self, place: usize) {
        if self.healing {
            return;
        }
        let fault = self.plan.faults[place].clone();
        let class = fault.kind.class();
        self.say(format_args!("fault {place} begins: {:?}", fault.kind));
        self.counts.begin(class);
        let lasts = fault.kind.lasts_ms();
        if lasts.is_some() {
            // Its chance is its own, whatever other faults there are: a plan can be shrunk.
            self.on.insert(place, Dice::new(self.plan.seed, class, fault.at_ms));
        }
        if fault.kind.parts_us() {
            self.part(millis(lasts.unwrap_or(0)));
        }
        self.act(fault.kind);
    }

    /// What a fault does at once. Every branch is here; what does nothing at once counts as striking when it does.
    fn act(&mut self, kind: Kind) {
        let class = kind.class();
        match kind {
            Kind::RequestsLost(_)
            | Kind::RepliesLost(_)
            | Kind::RequestsLate(_)
            | Kind::EngineSlow(_)
            | Kind::RepliesLate(_)
            | Kind::Throttled(_)
            | Kind::OutcomesUnknown(_)
            | Kind::LookUpsLag(_)
            | Kind::PlacementsRejected(_)
            | Kind::SmallTrades(_)
            | Kind::UserEventsTwice(_)
            | Kind::UserEventsLate(_)
            | Kind::FeedSilent(_)
            | Kind::BarsLost(_)
            | Kind::FeedLate(_)
            | Kind::QuotesStop(_)
            | Kind::QuotesCrossed(_)
            | Kind::DiskSlow(_) => return,
            Kind::VenueAway(_) => {
                self.cut_stream();
                self.cut_feed();
            }
            Kind::UserStreamCut(_) => self.cut_stream(),
            Kind::FeedCut(_) => self.cut_feed(),
            Kind::Halt { symbol, .. } => {
                let held = self.holds(Some(symbol));
                self.marks.sometimes(Mark::HaltWithPosition, held);
                self.venue.set_halted(SymbolId(symbol.into()), true);
            }
            Kind::LotChanged { symbol } => {
                let name = self.name_of(symbol);
                let open = self
                    .venue
                    .open_orders()
                    .iter()
                    .any(|order| Some(&order.symbol) == name.as_ref());
                self.marks.sometimes(Mark::LotChangedWithOrder, open);
                self.venue.change_lot(SymbolId(symbol.into()));
            }
            Kind::Killed { down_ms, point: Point::Anywhere } => self.die(Death::Killed, down_ms),
            Kind::Killed { down_ms, point } => self.armed = Some((point, down_ms)),
            Kind::TakenOver { for_ms, at_send } => self.take_over(for_ms, at_send),
            Kind::PowerCut { down_ms } => self.die(Death::PowerCut, down_ms),
            Kind::DiskFull(_) => self.store.set_full(true),
            Kind::SyncFails { goes_on_ms } => {
                self.goes_on_ms = goes_on_ms;
                self.store.fail_sync();
            }
            Kind::BitsFlip { down_ms, bits } => {
                self.die(Death::Killed, down_ms);
                self.store.flip_bits(bits);
            }
            Kind::WriteAstray { down_ms } => {
                self.die(Death::Killed, down_ms);
                self.store.write_astray();
            }
            Kind::OpeningFails { down_ms, operation } => {
                self.die(Death::Killed, down_ms);
                self.store.fail_opening(operation.into());
            }
            Kind::ClockOff { by_ms, .. } => self.clock.set(by_ms * MILLI, self.now),
            Kind::ClockDrifts { ppm, .. } => self.clock.drift(ppm.into(), self.now),
            Kind::ClockJumps { by_ms, .. } => self.jump(by_ms),
            Kind::ClockWrong { .. } if self.process.is_none() => return,
            Kind::ClockWrong { down_ms, by_ms, .. } => {
                self.die(Death::PowerCut, down_ms);
                self.clock.set(by_ms * MILLI, self.now);
            }
            Kind::Overloaded(_) => self.feed_hub(Input::QueueDepth(OVERLOADED)),
            Kind::ConfigRefused(_) => {
                let why = "a fault says so".to_owned();
                self.feed_hub(Input::ConfigRefused { why });
            }
            Kind::Operator { act } => self.operator_acts(act),
            Kind::Deposit { units } => self.pay(units.into()),
            Kind::Withdrawal { units } => self.pay(-i64::from(units)),
            Kind::ForeignOrder { symbol } => {
                self.venue.place_foreign(SymbolId(symbol.into()));
            }
            Kind::ForeignTrade { symbol, units, sells } => {
                let side = if sells { Side::Sell } else { Side::Buy };
                let worth = Money::from_units(units.into());
                if !self.venue.trade_foreign(SymbolId(symbol.into()), side, worth) {
                    return;
                }
            }
            Kind::CoinsIn { symbol, units } => {
                self.venue.pay_coins(SymbolId(symbol.into()), Money::from_units(units.into()));
            }
            Kind::Delisted { symbol } => self.venue.delist(SymbolId(symbol.into())),
        }
        self.counts.strike(class);
        self.pump();
    }

    /// The wall jumps; who runs is told, as the runtime does that looks at both clocks.
    fn jump(&mut self, by_ms: i64) {
        let held = self.holds(None);
        self.marks.sometimes(Mark::ClockAhead, held && by_ms > 0);
        self.marks.sometimes(Mark::ClockBack, held && by_ms < 0);
        self.feed_hub(Input::ClockJumped { by_nanos: by_ms * MILLI });
    }

    /// Says whether a life may begin by the machine's clock, as the runtime asks before it enters anything; if not, somebody tries
    /// again later. Where the venue cannot be asked either, a machine is taken to wait for its clock (`time-sync.target`).
    pub(super) fn clock_begins(&mut self) -> bool {
        let shown = self.shown();
        let Err(wrong) = check_clock(shown, Some(self.now), None) else { return true };
        let why =
            if self.is_away() { "nobody tells the time".to_owned() } else { wrong.to_string() };
        self.say(format_args!("no start: {why}"));
        self.marks.sometimes(Mark::StartAhead, shown > self.now);
        self.marks.sometimes(Mark::StartBehind, shown < self.now);
        self.agenda.at(self.now.plus(millis(RESTART_MS)), Next::Start);
        false
    }

    /// A fault ends.
    pub(super) fn ends(&mut self, place: usize) {
        if self.on.remove(&place).is_none() {
            return;
        }
        self.say(format_args!("fault {place} ends"));
        match self.plan.faults[place].kind {
            Kind::Halt { symbol, .. } => self.venue.set_halted(SymbolId(symbol.into()), false),
            Kind::DiskFull(_) => self.store.set_full(false),
            Kind::ClockOff { .. } | Kind::ClockDrifts { .. } | Kind::ClockWrong { .. } => {
                self.clock.heal(self.now);
            }
            Kind::ClockJumps { by_ms, .. } => {
                self.feed_hub(Input::ClockJumped { by_nanos: -by_ms * MILLI });
                self.pump();
            }
            Kind::Overloaded(_) => {
                self.feed_hub(Input::QueueDepth(0));
                self.pump();
            }
            Kind::ConfigRefused(_) => {
                self.feed_hub(Input::ConfigTaken);
                self.pump();
            }
            Kind::RequestsLost(_)
            | Kind::RepliesLost(_)
            | Kind::RequestsLate(_)
            | Kind::EngineSlow(_)
            | Kind::RepliesLate(_)
            | Kind::VenueAway(_)
            | Kind::Throttled(_)
            | Kind::OutcomesUnknown(_)
            | Kind::LookUpsLag(_)
            | Kind::PlacementsRejected(_)
            | Kind::SmallTrades(_)
            | Kind::UserStreamCut(_)
            | Kind::UserEventsTwice(_)
            | Kind::UserEventsLate(_)
            | Kind::FeedCut(_)
            | Kind::FeedSilent(_)
            | Kind::BarsLost(_)
            | Kind::FeedLate(_)
            | Kind::QuotesStop(_)
            | Kind::QuotesCrossed(_)
            | Kind::LotChanged { .. }
            | Kind::Killed { .. }
            | Kind::PowerCut { .. }
            | Kind::TakenOver { .. }
            | Kind::SyncFails { .. }
            | Kind::DiskSlow(_)
            | Kind::BitsFlip { .. }
            | Kind::WriteAstray { .. }
            | Kind::OpeningFails { .. }
            | Kind::Operator { .. }
            | Kind::Deposit { .. }
            | Kind::Withdrawal { .. }
            | Kind::ForeignOrder { .. }
            | Kind::ForeignTrade { .. }
            | Kind::CoinsIn { .. }
            | Kind::Delisted { .. } => {}
        }
    }

    /// Something parts us from the venue for a time.
    pub(super) fn part(&mut self, nanos: i64) {
        self.parted = self.parted.max(self.now.plus(nanos).plus(ECHO));
        if !self.parted_told {
            self.parted_told = true;
            self.on_parted();
        }
    }

    /// The venue's record says that a fault goes on.
    pub(super) fn on_parted(&mut self) {
        self.venue.on_fault("parted");
        if self.now < self.parted {
            self.agenda.at(self.now.plus(PARTED_EVERY), Next::Parted);
        } else {
            self.parted_told = false;
        }
    }

    /// Returns whether the hub knows of a position: of a symbol, or of any.
    fn holds(&self, symbol: Option<u8>) -> bool {
        let Some(process) = &self.process else { return false };
        let name = symbol.and_then(|symbol| self.name_of(symbol));
        let status = process.hub.status();
        status.positions.iter().any(|held| name.as_ref().is_none_or(|name| held.symbol == *name))
    }

    fn name_of(&self, symbol: u8) -> Option<Symbol> {
        super::venue::symbols(&self.plan).nth(symbol.into())
    }

    fn pay(&mut self, units: i64) {
        let held = self.holds(None);
        self.marks.sometimes(Mark::FlowWithPosition, held);
        let asset = Asset::new("USDT").expect("it is a name");
        let before = self.venue.cash(&asset);
        self.venue.pay(&asset, Money::from_units(units));
        let gone = before - self.venue.cash(&asset);
        self.marks.sometimes(Mark::WithdrawalOfHalf, gone + gone >= before);
    }

    /// An operator asks for something.
    pub(super) fn ask(&mut self, name: &str, request: OperatorRequest) {
        if self.process.is_none() {
            return;
        }
        self.tickets += 1;
        let number = self.tickets;
        self.say(format_args!("operator {name} asks {number}: {request:?}"));
        let (ticket, name) = (ReplyTicket(self.tickets), name.to_owned());
        self.feed_hub(Input::Operator { ticket, name, request });
        self.pump();
    }
}
