//! Each policy on a short stretch of bars, its decisions worked out by hand.

mod account;
mod confluence;
mod ema_cross;
mod exits;
mod null;
mod trend;

use types::bar::Bar;
use types::decision::{Action, Decision, ReasonCode, Refusal, RefusalCode};
use types::entry::{
    Body, Command, CommandAction, Entry, Mode, ModeCause, Refused, Report, ReportEvent, Source,
    SystemMode,
};
use types::fill::{Fee, Fill, Liquidity};
use types::ids::{JournalId, Leg, OrderId, Seq, SymbolId};
use types::instrument::Instrument;
use types::market::{Timeframe, TsNanos};
use types::num::{Money, Price, Qty, Ratio};
use types::order::{OrderKind, OrderRequest, TimeInForce};
use types::side::Side;
use types::slot::Engine as _;

use crate::config::EngineConfig;
use crate::risk::testing;
use crate::state::State;

const SYMBOL: SymbolId = SymbolId(0);

/// How far a usual bar reaches above and below its close. As long as closes are no further apart, each bar has a
/// true range of 10.
const REACH: Price = Price::from_raw(500_000_000);

/// An engine with 10,000 in cash and one symbol without fees. Bars close, one an instant; the test says what becomes of orders.
struct Walk {
    state: State,
    timeframe: Timeframe,
    seq: Seq,
    at: TsNanos,
    /// The decision made last, and where it stands in the journal.
    decided: (Seq, Decision),
    /// What was decided about the account beside it.
    account: Option<Action>,
}

impl Walk {
    fn new(config: &EngineConfig, timeframe: Timeframe, seed: u64) -> Self {
        let instrument = Instrument {
            market: config.market,
            maker_fee: Ratio::ZERO,
            taker_fee: Ratio::ZERO,
            ..testing::instrument()
        };
        let toml = config.resolved(timeframe).unwrap().to_toml().unwrap();
        let decided = (Seq(0), Decision::nothing(SYMBOL, ReasonCode::NotWarm));
        let (seq, at) = (Seq(0), TsNanos::EPOCH);
        let mut walk = Self { state: State::default(), timeframe, seq, at, decided, account: None };
        let mode =
            Mode { mode: SystemMode::Running, cause: ModeCause::Started, latched_until: None };
        for body in [
            Body::Genesis { journal: JournalId([1; 16]), seed },
            Body::Config { toml },
            Body::Instruments(vec![instrument]),
            Body::Flow { amount: Money::from_units(10_000) },
            Body::Mode(mode),
        ] {
            walk.say(Source::Hub, body);
        }
        walk
    }

    /// Sequences an entry and returns what is decided at it.
    fn say(&mut self, source: Source, body: Body) -> Vec<Decision> {
        self.seq = Seq(self.seq.0 + 1);
        let entry = Entry { seq: self.seq, ts_event: self.at, ts: self.at, source, body };
        self.state.evolve(&entry);
        let mut decided = Vec::new();
        self.state.decide(&entry, &mut decided);
        decided
    }

    /// Closes a bar that reaches 5 above and below its close; returns what is decided, and why.
    fn close(&mut self, close: &str) -> (Action, ReasonCode) {
        let close = price(close);
        self.bar(close + REACH, close - REACH, close)
    }

    /// Closes a bar that opens where it closes.
    fn bar(&mut self, high: Price, low: Price, close: Price) -> (Action, ReasonCode) {
        let bar = Bar { open_time: self.at, open: close, high, low, close, volume: None };
        self.at = bar.close_time(self.timeframe);
        self.say(Source::Venue, Body::Bar { symbol: SYMBOL, timeframe: self.timeframe, bar });
        self.instant()
    }

    /// Closes an instant that brought a price and no bar.
    fn price(&mut self, text: &str) -> (Action, ReasonCode) {
        self.say(Source::Venue, Body::Mark { symbol: SYMBOL, price: price(text) });
        self.instant()
    }

    /// Closes an instant and writes down what is decided at it.
    fn instant(&mut self) -> (Action, ReasonCode) {
        let decided = self.say(Source::Hub, Body::InstantClosed { at: self.at });
        let account = decided.iter().find(|decision| decision.symbol.is_none());
        self.account = account.map(|decision| decision.action);
        let decision = decided.into_iter().find(|decision| decision.symbol == Some(SYMBOL));
        let decision = decision.expect("each symbol is decided at each instant");
        self.say(Source::Engine, Body::Decision(decision.clone()));
        let (action, code) = (decision.action, decision.reason.code);
        self.decided = (self.seq, decision);
        (action, code)
    }

    /// What was compared at the decision made last: what was seen, and the line.
    fn compared(&self) -> (f64, f64) {
        let reason = &self.decided.1.reason;
        (reason.seen.unwrap(), reason.limit.unwrap())
    }

    /// Trades the order of the decision made last, whole, at this price.
    fn trade(&mut self, side: Side, qty: &str, at: &str) {
        let qty = qty.parse().unwrap();
        let order = self.place(Leg::Main, side, qty, OrderKind::Market);
        let fill = Fill {
            order: Some(order),
            trade_id: order.command.0,
            symbol: SYMBOL,
            side,
            qty,
            price: price(at),
            fee: Fee::Quote(Money::ZERO),
            liquidity: Liquidity::Taker,
        };
        let event = ReportEvent::Filled(fill);
        self.say(Source::Venue, Body::Report(Report { order: Some(order), event }));
    }

    /// The gateway's word that a plan of which only a part was traded goes no further.
    fn end(&mut self) {
        let refused = Refused {
            cause: self.decided.0,
            symbol: SYMBOL,
            refusal: Refusal::word(RefusalCode::Killed),
        };
        self.say(Source::Hub, Body::Refused(refused));
    }

    /// Lets a stop rest, as the gateway does behind the fill of an entry and behind a move.
    fn stop(&mut self, side: Side, qty: &str, trigger: Price) {
        let kind = OrderKind::StopMarket { trigger };
        self.place(Leg::Stop, side, qty.parse().unwrap(), kind);
    }

    fn place(&mut self, leg: Leg, side: Side, qty: Qty, kind: OrderKind) -> OrderId {
        let request = OrderRequest {
            symbol: SYMBOL,
            side,
            kind,
            qty,
            tif: TimeInForce::Gtc,
            reduce_only: leg == Leg::Stop,
        };
        let order = OrderId::first(Seq(self.seq.0 + 1), leg);
        let action = CommandAction::Place(request);
        let command = Command { order, cause: self.decided.0, action };
        self.say(Source::Hub, Body::Command(command));
        order
    }
}

fn price(text: &str) -> Price {
    text.parse().unwrap()
}

fn nothing(code: ReasonCode) -> (Action, ReasonCode) {
    (Action::Nothing, code)
}

fn leave(code: ReasonCode) -> (Action, ReasonCode) {
    (Action::Reduce { qty: None }, code)
}

/// Whether two numbers are the same but for rounding.
fn near(one: f64, other: f64) -> bool {
    (one - other).abs() < 1e-6
}
