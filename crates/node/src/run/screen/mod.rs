//! [`Screen`]: a run as a person watches it, or one line of JSON for each event.

mod lines;
mod machine;
mod printer;

use std::collections::BTreeMap;

use hub::system::Event;
use serde_json::Value;
use types::books::{Books, ClosedTrade};
use types::decision::{Action, Decision, ReasonCode};
use types::entry::{Body, CommandAction, Entry, ReportEvent, SystemMode};
use types::ids::{ClientOrderId, JournalId, OrderId, Seq, SymbolId};
use types::instrument::Instrument;
use types::market::{Timeframe, TsNanos};
use types::num::Price;
use types::order::OrderRequest;

pub(crate) use printer::Printer;

/// What the screen needs to know of the run.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    pub(crate) journal: JournalId,
    /// The account's name in client order ids.
    pub(crate) account: String,
    /// The finest timeframe in use: its closes are shown.
    pub(crate) finest: Timeframe,
}

/// What happened at an instant so far.
#[derive(Debug, Default)]
struct Instant {
    closes: BTreeMap<SymbolId, Price>,
    quiet: BTreeMap<ReasonCode, Vec<SymbolId>>,
    /// The highest score that was not enough, whose it is, and what it needs.
    nearest: Option<(f64, f64, SymbolId)>,
}

/// Prints a run.
#[derive(Debug)]
pub(crate) struct Screen {
    printer: Printer,
    shown: Shown,
    instruments: Vec<Instrument>,
    books: Books,
    orders: BTreeMap<OrderId, OrderRequest>,
    incidents: BTreeMap<Seq, String>,
    instant: Instant,
    /// Only trades are shown: market time runs too fast for more.
    brief: bool,
}

impl Screen {
    /// Returns a screen before the first entry.
    pub(crate) fn new(printer: Printer, shown: Shown) -> Self {
        Self {
            printer,
            shown,
            instruments: Vec::new(),
            books: Books::new(0),
            orders: BTreeMap::new(),
            incidents: BTreeMap::new(),
            instant: Instant::default(),
            brief: false,
        }
    }

    /// Returns a screen of the same run before its first entry.
    pub(crate) fn anew(&self) -> Self {
        Self::new(self.printer.clone(), self.shown.clone())
    }

    /// Returns what a snapshot holds of it: all but the instant that is under way, which the next one replaces.
    ///
    /// # Errors
    /// None that can happen: what is held has a form.
    pub(crate) fn stored(&self) -> Result<Vec<u8>, postcard::Error> {
        let Self { instruments, books, orders, incidents, .. } = self;
        postcard::to_stdvec(&(instruments, books, orders, incidents))
    }

    /// Takes over what a snapshot holds.
    ///
    /// # Errors
    /// If it has another form.
    pub(crate) fn restore_stored(&mut self, bytes: &[u8]) -> Result<(), postcard::Error> {
        (self.instruments, self.books, self.orders, self.incidents) = postcard::from_bytes(bytes)?;
        Ok(())
    }

    /// Shows trades alone from here on, or everything.
    pub(crate) fn brief(&mut self, brief: bool) {
        self.brief = brief;
    }

    /// Folds an entry of an earlier life without a word; returns a trade that ended with it.
    pub(crate) fn restore(&mut self, entry: &Entry) -> Option<ClosedTrade> {
        let trade = self.fold(entry);
        if matches!(entry.body, Body::InstantClosed { .. }) {
            self.instant = Instant::default();
        }
        trade
    }

    /// Shows an entry; returns a trade that ended with it.
    pub(crate) fn on_entry(&mut self, entry: &Entry) -> Option<ClosedTrade> {
        let trade = self.fold(entry);
        self.show(entry, trade.as_ref());
        if matches!(entry.body, Body::InstantClosed { .. }) {
            self.instant = Instant::default();
        }
        trade
    }

    fn show(&self, entry: &Entry, trade: Option<&ClosedTrade>) {
        if self.printer.is_json() {
            if let Some(trade) = trade {
                self.printer.event(
                    "trade",
                    entry.ts,
                    machine::trade(trade, self.symbol(trade.symbol)),
                );
            }
            if let Some((name, fields)) = machine::entry(self, entry) {
                self.printer.event(name, entry.ts, fields);
            }
            return;
        }
        for line in lines::entry(self, entry) {
            self.printer.line(line);
        }
        if let Some(trade) = trade {
            self.printer.line(lines::trade(trade, self.symbol(trade.symbol)));
        }
    }

    /// Shows what is no entry.
    pub(crate) fn tell(&self, event: &Event, at: TsNanos) {
        if self.printer.is_json() {
            let mut told = serde_json::to_value(event).expect("its keys are text");
            if let Some(fields) = told.as_object_mut() {
                fields.insert("t".to_owned(), at.as_millis().into());
            }
            self.printer.document(at, &told);
            return;
        }
        for line in lines::event(event, self.brief) {
            self.printer.line(line);
        }
    }

    /// Shows something of the run itself: in words, and for machines under a stable name.
    pub(crate) fn say(
        &self,
        name: &str,
        at: TsNanos,
        fields: Value,
        words: impl std::fmt::Display,
    ) {
        self.printer.say(name, at, fields, words);
    }

    /// Folds what is needed to name things; returns a trade that has ended.
    fn fold(&mut self, entry: &Entry) -> Option<ClosedTrade> {
        match &entry.body {
            Body::Instruments(table) => {
                if self.instruments.is_empty() {
                    self.books = Books::new(table.len());
                }
                self.instruments.clone_from(table);
            }
            Body::Command(command) => {
                if let CommandAction::Place(request) = command.action {
                    self.orders.insert(command.order, request);
                }
            }
            Body::Report(report) => {
                if let ReportEvent::Filled(fill) = &report.event {
                    let lot = self.instruments.get(fill.symbol.index())?.lot;
                    return self.books.on_fill(fill, lot, entry.ts);
                }
            }
            Body::Flow { amount } => self.books.on_flow(*amount),
            Body::Adopted(adopted) => {
                let lot = self.instruments.get(adopted.symbol.index())?.lot;
                self.books.on_adopted(adopted, lot, entry.ts);
            }
            Body::Bar { symbol, timeframe, bar } if *timeframe == self.shown.finest => {
                self.instant.closes.insert(*symbol, bar.close);
            }
            Body::Decision(decision) => self.fold_decision(decision),
            Body::Incident(incident) => {
                self.incidents.insert(entry.seq, lines::word(&incident.kind));
            }
            Body::Genesis { .. }
            | Body::Config { .. }
            | Body::Bar { .. }
            | Body::Mark { .. }
            | Body::InstantClosed { .. }
            | Body::Timer { .. }
            | Body::Refused(_)
            | Body::Mode(_)
            | Body::Operator(_)
            | Body::Funding { .. }
            | Body::Limits(_)
            | Body::Permit(_)
            | Body::Baseline { .. }
            | Body::Stage(_)
            | Body::IncidentOver(_)
            | Body::Authority(_)
            | Body::History { .. } => {}
        }
        None
    }

    fn fold_decision(&mut self, decision: &Decision) {
        let (Action::Nothing, Some(symbol)) = (&decision.action, decision.symbol) else { return };
        let reason = &decision.reason;
        self.instant.quiet.entry(reason.code).or_default().push(symbol);
        if let (ReasonCode::BelowThreshold, Some(seen), Some(limit)) =
            (reason.code, reason.seen, reason.limit)
            && self.instant.nearest.is_none_or(|(nearest, ..)| seen > nearest)
        {
            self.instant.nearest = Some((seen, limit, symbol));
        }
    }

    fn symbol(&self, symbol: SymbolId) -> &str {
        self.instruments.get(symbol.index()).map_or("?", |listed| listed.symbol.as_str())
    }

    fn client_id(&self, order: OrderId) -> ClientOrderId {
        ClientOrderId::of(self.shown.journal, &self.shown.account, order)
    }
}

/// Returns a mode as people read it.
const fn mode(mode: SystemMode) -> &'static str {
    match mode {
        SystemMode::Initializing => "initializing",
        SystemMode::Running => "running",
        SystemMode::SafeMode => "SAFE_MODE",
        SystemMode::Maintenance => "maintenance",
        SystemMode::Shutdown => "shutdown",
    }
}
