//! A journal that a test writes, and the rows a store makes of it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use journal::disk::{Disk, RealDisk};
use journal::keys::KeyStore;
use journal::{Draft, FileJournal, Journal as _, JournalId, Options, Reader};
use store::{Applied, Follower, Format, Store, StoreError, Table};
use types::bar::Bar;
use types::entry::{
    Body, Command, CommandAction, Entry, Incident, IncidentOver, Report, ReportEvent, SCHEMA,
    Source,
};
use types::fill::{Fee, Fill, Liquidity};
use types::ids::{self, Asset, Leg, OrderId, Symbol, SymbolId};
use types::instrument::{Instrument, Market};
use types::market::{Timeframe, TsNanos};
use types::num::{Money, Price, Qty};
use types::order::{OrderKind, OrderRequest, TimeInForce};
use types::side::Side;

pub(crate) const HOUR: i64 = 3_600_000_000_000;

/// 2024-01-01.
const START: i64 = 1_704_067_200_000_000_000;

/// A folder with a journal, and where its store lies.
pub(crate) struct Desk {
    folder: tempfile::TempDir,
    journal: FileJournal,
    now: i64,
}

impl Desk {
    pub(crate) fn new(id: u8) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let keys = KeyStore::open_folder(&folder.path().join("keys")).unwrap();
        let disk: Arc<dyn Disk> = Arc::new(RealDisk::new(folder.path().join("journal")));
        let options = Options { sync: false, ..Options::default() };
        let journal = FileJournal::create(disk, keys, JournalId([id; 16]), options).unwrap();
        let mut desk = Self { folder, journal, now: START };
        desk.say(Body::Genesis { journal: ids::JournalId([id; 16]), seed: 1 });
        let name = |text| Symbol::new(text).unwrap();
        let asset = |text| Asset::new(text).unwrap();
        let listed =
            |base, text| Instrument::unknown(name(text), asset(base), asset("USDT"), Market::Spot);
        desk.say(Body::Instruments(vec![listed("BTC", "BTCUSDT"), listed("ETH", "ETHUSDT")]));
        desk.say(Body::Flow { amount: money("1000") });
        desk
    }

    pub(crate) fn pass(&mut self, nanos: i64) {
        self.now += nanos;
    }

    /// Appends an entry; returns its place.
    pub(crate) fn say(&mut self, body: Body) -> u64 {
        let head = self.journal.head().seq;
        let at = TsNanos::from_nanos(self.now);
        let seq = ids::Seq(head.0 + 1);
        let kind = u16::try_from(body.kind()).unwrap();
        let entry = Entry { seq, ts_event: at, ts: at, source: Source::Hub, body };
        let mut bytes = Vec::new();
        entry.encode(&mut bytes);
        let schema = u16::try_from(SCHEMA).unwrap();
        self.journal.append(head, &[Draft { kind, schema, payload: &bytes }]).unwrap();
        seq.0
    }

    /// Closes an hour of both symbols at a price.
    pub(crate) fn close_hour(&mut self, price: &str) {
        self.pass(HOUR);
        let (at, price) = (TsNanos::from_nanos(self.now), price.parse::<Price>().unwrap());
        let open_time = TsNanos::from_nanos(self.now - HOUR);
        let bar =
            Bar { open_time, open: price, high: price, low: price, close: price, volume: None };
        for symbol in [SymbolId(0), SymbolId(1)] {
            self.say(Body::Bar { symbol, timeframe: Timeframe::H1, bar });
        }
        self.say(Body::InstantClosed { at });
    }

    /// Places a market order and returns it.
    pub(crate) fn place(&mut self, side: Side, qty: &str) -> OrderId {
        self.command(Leg::Main, side, OrderKind::Market, qty)
    }

    /// Places a stop that sells and returns it.
    pub(crate) fn place_stop(&mut self, qty: &str) -> OrderId {
        let trigger = "90".parse().unwrap();
        self.command(Leg::Stop, Side::Sell, OrderKind::StopMarket { trigger }, qty)
    }

    fn command(&mut self, leg: Leg, side: Side, kind: OrderKind, qty: &str) -> OrderId {
        let command = ids::Seq(self.journal.head().seq.0 + 1);
        let order = OrderId::first(command, leg);
        let (tif, reduce_only) = match leg {
            Leg::Main => (TimeInForce::Ioc, false),
            Leg::Stop | Leg::Target => (TimeInForce::Gtc, true),
        };
        let qty = qty.parse().unwrap();
        let request = OrderRequest { symbol: SymbolId(0), side, kind, qty, tif, reduce_only };
        let action = CommandAction::Place(request);
        self.say(Body::Command(Command { order, cause: ids::Seq(1), action }));
        order
    }

    pub(crate) fn report(&mut self, order: OrderId, event: ReportEvent) -> u64 {
        self.say(Body::Report(Report { order: Some(order), event }))
    }

    pub(crate) fn fill(&mut self, order: OrderId, side: Side, qty: &str, price: &str) -> u64 {
        let fill = Fill {
            order: Some(order),
            trade_id: self.journal.head().seq.0,
            symbol: SymbolId(0),
            side,
            qty: qty.parse::<Qty>().unwrap(),
            price: price.parse().unwrap(),
            fee: Fee::Quote(money("0.1")),
            liquidity: Liquidity::Taker,
        };
        self.report(order, ReportEvent::Filled(fill))
    }

    /// Opens an incident; returns its place.
    pub(crate) fn incident(&mut self, incident: Incident) -> u64 {
        self.say(Body::Incident(incident))
    }

    /// Books the end of an incident.
    pub(crate) fn over(&mut self, incident: u64, by_itself: bool) -> u64 {
        self.say(Body::IncidentOver(IncidentOver { incident: ids::Seq(incident), by_itself }))
    }

    /// Returns where the journal lies.
    pub(crate) fn journal_path(&self) -> PathBuf {
        self.folder_for("journal")
    }

    /// Returns a follower of the journal on a file beside it.
    pub(crate) fn follower(&self, name: &str) -> Follower {
        follower(&self.journal_path(), &self.folder_for(name))
    }

    /// Ends the process that writes, as a kill would, and begins the next one.
    pub(crate) fn reopen(self) -> Self {
        let Self { folder, journal, now } = self;
        drop(journal);
        let keys = KeyStore::open_folder(&folder.path().join("keys")).unwrap();
        let options = Options { sync: false, ..Options::default() };
        let disk: Arc<dyn Disk> = Arc::new(RealDisk::new(folder.path().join("journal")));
        let journal = FileJournal::open(disk, keys, options).unwrap();
        Self { folder, journal, now }
    }

    pub(crate) fn head(&self) -> u64 {
        self.journal.head().seq.0
    }

    pub(crate) fn store_path(&self) -> PathBuf {
        self.folder_for("store.sqlite")
    }

    /// Returns the path of a file beside the journal.
    pub(crate) fn folder_for(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn store(&self) -> Store {
        Store::open(&self.store_path()).unwrap()
    }

    pub(crate) fn follow(&self, store: &mut Store) -> Result<Applied, StoreError> {
        let disk: Arc<dyn Disk> = Arc::new(RealDisk::new(self.folder.path().join("journal")));
        store.follow(|from| Reader::open(Arc::clone(&disk), from), |_, _| {})
    }
}

/// Returns a follower of a journal on a file.
pub(crate) fn follower(journal: &Path, store: &Path) -> Follower {
    let disk: Arc<dyn Disk> = Arc::new(RealDisk::new(journal));
    Follower::open(store, move |from| Reader::open(Arc::clone(&disk), from)).unwrap()
}

pub(crate) fn money(text: &str) -> Money {
    text.parse().unwrap()
}

/// Returns every row of every table.
pub(crate) fn all(store: &Store) -> Vec<(&'static str, String)> {
    let rows = |table: &Table| (table.name(), csv(store, *table));
    Table::ALL.iter().map(rows).collect()
}

/// Returns a table as CSV.
pub(crate) fn csv(store: &Store, table: Table) -> String {
    let mut out = Vec::new();
    store.export(table, Format::Csv, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}
