//! [`EntryRules`]: what every entry must keep to by itself, whatever any other run did.

use std::collections::BTreeMap;

use engine::State;
use types::entry::{Body, Command, CommandAction, Entry, Report, ReportEvent};
use types::fill::Fill;
use types::ids::{OrderId, Seq, SymbolId};
use types::instrument::Instrument;
use types::market::TsNanos;
use types::side::Side;

use super::report::{Act, Fault, FaultKind};
use crate::exchange::{BarInput, CostModel};

/// Faults kept with their numbers.
const FAULTS_KEPT: usize = 10;
/// Orders remembered before those that have ended are looked for.
const ORDERS_HELD: usize = 64;

/// A bar enters only once it has closed. A fill is later than the decision behind its order, on a
/// bar that opened at that decision or after it, at a price that bar had, costs added.
///
/// Works from the entries and the native bars alone: it shares nothing with the exchange but the
/// arithmetic of costs.
#[derive(Debug)]
pub(super) struct EntryRules {
    table: Vec<Instrument>,
    costs: CostModel,
    /// The bar being walked and, where orders take time to arrive, the one before.
    bars: Vec<[Option<BarInput>; 2]>,
    /// When the decision was made that an entry of this instant goes back to.
    causes: BTreeMap<Seq, TsNanos>,
    orders: BTreeMap<OrderId, TsNanos>,
    pub(super) fills: u64,
    pub(super) fault_count: u64,
    pub(super) faults: Vec<Fault>,
}

impl EntryRules {
    pub(super) fn new(table: &[Instrument], costs: &CostModel) -> Self {
        Self {
            table: table.to_vec(),
            costs: costs.clone(),
            bars: vec![[None; 2]; table.len()],
            causes: BTreeMap::new(),
            orders: BTreeMap::new(),
            fills: 0,
            fault_count: 0,
            faults: Vec::new(),
        }
    }

    pub(super) fn on_bars(&mut self, bars: &[BarInput]) {
        // What follows from an entry is commanded before the next bars are walked.
        self.causes.clear();
        let delayed = self.costs.latency_nanos > 0;
        for place in &mut self.bars {
            place[1] = place[0].filter(|_| delayed);
            place[0] = None;
        }
        for bar in bars {
            self.bars[bar.symbol.index()][0] = Some(*bar);
        }
    }

    pub(super) fn on_entry(&mut self, entry: &Entry) {
        match &entry.body {
            Body::Bar { symbol, timeframe, bar } if bar.close_time(*timeframe) > entry.ts => {
                let closes = bar.close_time(*timeframe);
                let what = format!("{timeframe} bar that closes at {closes}");
                self.fault(FaultKind::OpenBar, entry.ts, *symbol, what);
            }
            Body::Decision(_) => {
                self.causes.insert(entry.seq, entry.ts);
            }
            Body::Command(command) => self.on_command(command),
            Body::Report(report) => self.on_report(entry, report),
            Body::Genesis { .. }
            | Body::Config { .. }
            | Body::Instruments(_)
            | Body::Bar { .. }
            | Body::Mark { .. }
            | Body::InstantClosed { .. }
            | Body::Timer { .. }
            | Body::Mode(_)
            | Body::Operator(_)
            | Body::Flow { .. }
            | Body::Funding { .. }
            | Body::Refused(_)
            | Body::Limits(_)
            | Body::Baseline { .. }
            | Body::Stage(_)
            | Body::Adopted(_)
            | Body::Permit(_)
            | Body::Incident(_)
            | Body::IncidentOver(_)
            | Body::Authority(_)
            | Body::History { .. } => {}
        }
    }

    /// Forgets orders that have ended.
    pub(super) fn forget_ended(&mut self, engine: &State) {
        if self.orders.len() > ORDERS_HELD {
            let portfolio = engine.core().portfolio();
            self.orders.retain(|id, _| portfolio.orders().any(|order| order.id == *id));
        }
    }

    fn on_command(&mut self, command: &Command) {
        if let (CommandAction::Place(_), Some(decided)) =
            (command.action, self.causes.get(&command.cause))
        {
            self.orders.insert(command.order, *decided);
        }
    }

    /// A report may cause protective orders: they go back to the decision behind its order.
    fn on_report(&mut self, entry: &Entry, report: &Report) {
        // Liquidations are the venue's, nobody decided them.
        let Some(order) = report.order else { return };
        let decided = self.orders.get(&order).copied();
        if let Some(decided) = decided {
            self.causes.insert(entry.seq, decided);
        }
        if let ReportEvent::Filled(fill) = &report.event {
            self.fills += 1;
            self.check_fill(entry.ts_event, decided, fill);
        }
    }

    fn check_fill(&mut self, at: TsNanos, decided: Option<TsNanos>, fill: &Fill) {
        let Some(decided) = decided.filter(|decided| *decided <= at) else {
            let what = format!("fill at {}, decided {decided:?}", fill.price);
            self.fault(FaultKind::BeforeDecision, at, fill.symbol, what);
            return;
        };
        let [now, before] = self.bars[fill.symbol.index()];
        let later = |bar: &BarInput| bar.bar.open_time >= decided;
        let Some(now) = now.filter(later) else {
            let opened = now.map(|bar| bar.bar.open_time.to_string()).unwrap_or_default();
            let what = format!("fill at {}, decided {decided}, bar of {opened}", fill.price);
            self.fault(FaultKind::SameBar, at, fill.symbol, what);
            return;
        };
        let had = |bar: &BarInput| self.had_price(bar, fill);
        if !had(&now) && !before.filter(later).as_ref().is_some_and(had) {
            let (low, high) = (now.bar.low, now.bar.high);
            let what = format!("{:?} at {}, bar from {low} to {high}", fill.side, fill.price);
            self.fault(FaultKind::PriceOffBar, at, fill.symbol, what);
        }
    }

    /// Returns whether a fill's price lies within a bar, half spread and slippage added.
    fn had_price(&self, input: &BarInput, fill: &Fill) -> bool {
        let tick = self.table[fill.symbol.index()].tick;
        let cost =
            |reference| self.costs.taker_price(tick, fill.side, reference, input.half_spread);
        let (low, high) = match fill.side {
            Side::Buy => (input.bar.low, cost(input.bar.high)),
            Side::Sell => (cost(input.bar.low), input.bar.high),
        };
        low <= fill.price && fill.price <= high
    }

    fn fault(&mut self, kind: FaultKind, at: TsNanos, symbol: SymbolId, what: String) {
        self.fault_count += 1;
        if self.faults.len() < FAULTS_KEPT {
            let symbol = Some(self.table[symbol.index()].symbol.clone());
            self.faults.push(Fault { kind, act: Act { at, symbol, what } });
        }
    }
}
