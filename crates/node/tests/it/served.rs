//! [`Served`]: the journal of a run on a rung of the ladder, told by hand: hours of bars, round trips in between.

use std::path::Path;
use std::sync::Arc;

use journal::disk::{Disk, RealDisk};
use journal::keys::KeyStore;
use journal::{Draft, FileJournal, Journal as _, Options};
use types::bar::Bar;
use types::decision::{Action, Decision, Reason, ReasonCode};
use types::entry::{
    Body, Command, CommandAction, Entry, Incident, IncidentKind, IncidentOver, Report, ReportEvent,
    SCHEMA, Source, Stage,
};
use types::fill::{Fee, Fill, Liquidity};
use types::ids::{Asset, JournalId, Leg, OrderId, Seq, Symbol, SymbolId};
use types::instrument::{Instrument, Market};
use types::market::{Direction, Timeframe, TsNanos};
use types::num::{Money, Price, Qty};
use types::order::{OrderKind, OrderRequest, TimeInForce};
use types::side::Side;

const BTCUSDT: SymbolId = SymbolId(0);
const SECOND: i64 = 1_000_000_000;
const HOUR: i64 = 3_600 * SECOND;
/// 2026-01-05T00:00:00Z.
const START: i64 = 1_767_571_200 * SECOND;
const ONE: i64 = 100_000_000;

/// Returns a stage.
pub(crate) fn stage(mode: &str, rung: &str, venue: &str) -> Stage {
    let (mode, venue) = (mode.to_owned(), venue.to_owned());
    Stage { mode, rung: Some(rung.to_owned()), venue }
}

/// Entries so far, of an account of 1,000.
#[derive(Clone, Debug)]
pub(crate) struct Served {
    pub(crate) entries: Vec<Entry>,
    /// What one BTC costs.
    pub(crate) price: i64,
    now: i64,
}

impl Served {
    /// Begins a journal on a stage, if it says so.
    pub(crate) fn begin(stage: Option<Stage>) -> Self {
        let asset = |name| Asset::new(name).unwrap();
        let symbol = Symbol::new("BTCUSDT").unwrap();
        let listed = Instrument {
            lot: Qty::from_raw(1_000),
            ..Instrument::unknown(symbol, asset("BTC"), asset("USDT"), Market::Spot)
        };
        let mut served = Self { entries: Vec::new(), price: 100, now: START };
        served.say(Body::Genesis { journal: JournalId([1; 16]), seed: 1 });
        served.say(Body::Config { toml: "policy = \"null\"\n".to_owned() });
        stage.map(|stage| served.say(Body::Stage(stage)));
        served.say(Body::Instruments(vec![listed]));
        served.say(Body::Flow { amount: Money::from_units(1_000) });
        served
    }

    /// A week with ten round trips: what paper is left with.
    pub(crate) fn week(stage: Option<Stage>) -> Self {
        let mut served = Self::begin(stage);
        served.hours(1);
        (0..10).for_each(|_| served.round_trip(2));
        served.hours(7 * 24 - 1);
        served
    }

    pub(crate) fn say(&mut self, body: Body) -> Seq {
        let seq = Seq(self.entries.len() as u64 + 1);
        let ts = TsNanos::from_nanos(self.now);
        self.entries.push(Entry { seq, ts_event: ts, ts, source: Source::Hub, body });
        seq
    }

    /// Hours pass, each closed a second late.
    pub(crate) fn hours(&mut self, count: i64) {
        for _ in 0..count {
            let open = self.now - self.now.rem_euclid(HOUR);
            self.now = open + HOUR + SECOND;
            self.hour(open);
        }
    }

    /// Hours pass of which nothing is heard until they are over.
    pub(crate) fn caught_up(&mut self, count: i64) {
        let open = self.now - self.now.rem_euclid(HOUR);
        self.now = open + count * HOUR + SECOND;
        (0..count).for_each(|hour| self.hour(open + hour * HOUR));
    }

    /// The same on paper, where the journal has the market's time.
    pub(crate) fn walked(&mut self, count: i64) {
        let behind = self.entries.len();
        self.caught_up(count);
        for entry in &mut self.entries[behind..] {
            if let Body::InstantClosed { at } = entry.body {
                entry.ts = at;
            }
        }
    }

    /// Hours pass in which the system does not run.
    pub(crate) fn away(&mut self, count: i64) {
        self.now += count * HOUR;
    }

    fn hour(&mut self, open: i64) {
        let price = Price::from_raw(self.price * ONE);
        let (open_time, at) = (TsNanos::from_nanos(open), TsNanos::from_nanos(open + HOUR));
        let bar =
            Bar { open_time, open: price, high: price, low: price, close: price, volume: None };
        self.say(Body::Bar { symbol: BTCUSDT, timeframe: Timeframe::H1, bar });
        self.say(Body::InstantClosed { at });
    }

    /// Buys 1 and sells it, each so many parts of ten thousand worse than at the decision.
    pub(crate) fn round_trip(&mut self, worse: i64) {
        self.trade(Side::Buy, worse);
        self.trade(Side::Sell, worse);
    }

    /// Buys or sells 1, so many parts of ten thousand worse than at the decision.
    pub(crate) fn trade(&mut self, side: Side, worse: i64) {
        let away = worse * self.price * (ONE / 10_000);
        let price = self.price * ONE + if side == Side::Buy { away } else { -away };
        let qty = Qty::from_raw(ONE);
        let action = match side {
            Side::Buy => Action::Enter {
                direction: Direction::Long,
                qty,
                limit: None,
                protection: None,
                expires: None,
            },
            Side::Sell => Action::Reduce { qty: Some(qty) },
        };
        let reason = Reason::word(ReasonCode::Enter);
        let cause = self.say(Body::Decision(Decision { symbol: Some(BTCUSDT), action, reason }));
        let order = OrderId::first(Seq(cause.0 + 1), Leg::Main);
        let request = OrderRequest {
            symbol: BTCUSDT,
            side,
            kind: OrderKind::Market,
            qty,
            tif: TimeInForce::Ioc,
            reduce_only: side == Side::Sell,
        };
        self.say(Body::Command(Command { order, cause, action: CommandAction::Place(request) }));
        let fill = Fill {
            order: Some(order),
            trade_id: cause.0,
            symbol: BTCUSDT,
            side,
            qty,
            price: Price::from_raw(price),
            fee: Fee::Quote(Money::ZERO),
            liquidity: Liquidity::Taker,
        };
        self.say(Body::Report(Report { order: Some(order), event: ReportEvent::Filled(fill) }));
    }

    /// Something happens, and is over if it is said by whom.
    pub(crate) fn incident(&mut self, kind: IncidentKind, by_itself: Option<bool>) {
        let incident = self.say(Body::Incident(Incident::word(kind)));
        if let Some(by_itself) = by_itself {
            self.say(Body::IncidentOver(IncidentOver { incident, by_itself }));
        }
    }

    /// Writes a state folder with the journal in it, under a name of its own.
    pub(crate) fn write(&self, state: &Path, name: u8) {
        let disk: Arc<dyn Disk> = Arc::new(RealDisk::new(state.join("journal")));
        let keys = KeyStore::open_folder(&state.join("journal.keys")).unwrap();
        let (id, options) =
            (journal::JournalId([name; 16]), Options { sync: false, ..Options::default() });
        let mut journal = FileJournal::create(disk, keys, id, options).unwrap();
        for entry in &self.entries {
            let mut payload = Vec::new();
            entry.encode(&mut payload);
            let kind = u16::try_from(entry.body.kind()).unwrap();
            let draft = Draft { kind, schema: u16::try_from(SCHEMA).unwrap(), payload: &payload };
            journal.append(journal.head().seq, &[draft]).unwrap();
        }
        journal.close().unwrap();
    }
}

/// Writes what a paper run at a venue has earned `minimal` with: its state folder `paper`, and `backtest` of the same week. Returns the
/// arguments that name both.
pub(crate) fn earned(folder: &Path, venue: &str) -> Vec<String> {
    let (paper, backtest) = (folder.join("paper"), folder.join("backtest"));
    if !paper.exists() {
        Served::week(Some(stage("paper", "paper", venue))).write(&paper, 1);
        Served::week(None).write(&backtest, 2);
    }
    let text = |path: &Path| path.display().to_string();
    vec!["--served".to_owned(), text(&paper), "--backtest".to_owned(), text(&backtest)]
}
