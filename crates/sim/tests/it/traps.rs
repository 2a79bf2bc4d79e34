//! What earlier systems of this kind got wrong, each through the whole world. Those of a single part
//! have their tests there; SAFE_MODE, stops and order lives are also in `invariants.rs`, look-ahead
//! in `lookahead.rs`.

use std::collections::BTreeMap;

use engine::State;
use sim::backtest::{Gate, Observer, Run, RunResult, run_observed};
use sim::data::Row;
use types::bar::Bar;
use types::decision::{Action, ReasonCode};
use types::entry::{Body, CommandAction, Entry, ReportEvent};
use types::ids::SymbolId;
use types::instrument::Market;
use types::market::{Timeframe, TsNanos};
use types::num::{Price, Qty};
use types::side::Side;

use crate::worlds::{QUICK, START, Series, Watchman, config, inputs, made, options, run_series};

/// A configuration that enters often.
fn eager() -> String {
    format!("[entry]\nthreshold = 40.0\ncost_limit_r = 1.0\n{QUICK}")
}

/// Every bar as it was folded, and the newest time at which it was.
#[derive(Debug, Default)]
struct Bars {
    folded: Vec<(TsNanos, SymbolId, Timeframe, Bar)>,
}

impl Observer for Bars {
    fn on_entry(&mut self, entry: &Entry, _: &State) {
        if let Body::Bar { symbol, timeframe, bar } = entry.body {
            self.folded.push((entry.ts, symbol, timeframe, bar));
        }
    }
}

#[test]
fn a_4h_bar_is_folded_when_it_has_closed_and_is_made_of_the_hours_before() {
    let series = made(&["BTCUSDT"], Timeframe::M15, 20);
    let text = format!("timeframes = [\"15m\", \"4h\"]\n{}", eager());
    let mut bars = Bars::default();
    run_series(&series, &config(&text), &mut bars).unwrap();
    let (mut quarters, mut checked): (Vec<Bar>, u32) = (Vec::new(), 0);
    for (at, _, timeframe, bar) in bars.folded {
        assert!(bar.close_time(timeframe) <= at, "{timeframe} bar of {} at {at}", bar.open_time);
        if timeframe == Timeframe::M15 {
            quarters.push(bar);
            continue;
        }
        // One bar late, it would be stamped by the moment at which it is seen.
        assert_eq!(bar.open_time, Timeframe::H4.open_of(at.plus(-1)), "seen at {at}");
        let of_it: Vec<&Bar> = quarters
            .iter()
            .filter(|q| Timeframe::H4.open_of(q.open_time) == bar.open_time)
            .collect();
        assert_eq!(of_it.len(), 16, "seen at {at}");
        assert_eq!((bar.open, bar.close), (of_it[0].open, of_it[15].close));
        assert_eq!(Some(bar.high), of_it.iter().map(|quarter| quarter.high).max());
        assert_eq!(Some(bar.low), of_it.iter().map(|quarter| quarter.low).min());
        checked += 1;
    }
    assert!(checked > 100, "{checked} bars of 4h");
}

/// Hours at one price.
fn flat(count: i64, volume: Option<f64>) -> Vec<Series> {
    let price = Price::from_raw(200_000_000_000);
    let bar = |hour: i64| Bar {
        open_time: START.plus(hour * Timeframe::H1.nanos()),
        open: price,
        high: price,
        low: price,
        close: price,
        volume,
    };
    let rows = (0..count).map(|hour| Row::of_bar(bar(hour))).collect();
    vec![Series::new("ETHUSDT", Timeframe::H1, rows)]
}

#[test]
fn what_says_nothing_is_no_neutral_long() {
    for policy in ["confluence", "trend", "ema_cross", "null"] {
        for volume in [None, Some(0.0), Some(100.0)] {
            let quota = "[[null.quotas]]\nsymbol = \"ETHUSDT\"\nentries = 100\ncloses = 100\n";
            let text = format!("policy = \"{policy}\"\n{}{quota}", eager());
            let series = flat(45 * 24, volume);
            let result = run_series(&series, &config(&text), &mut ()).unwrap();
            assert_eq!(result.fills, 0, "{policy} with volume {volume:?}");
            assert_eq!(result.reasons.get(&ReasonCode::Enter), None, "{policy}");
        }
    }
    // Not even before anything is known: until it is warm, nothing is decided but to wait.
    let series = made(&["BTCUSDT", "ETHUSDT"], Timeframe::H1, 29);
    let result = run_series(&series, &config(&eager()), &mut ()).unwrap();
    let codes: Vec<ReasonCode> = result.reasons.keys().copied().collect();
    assert_eq!(codes, [ReasonCode::NotWarm]);
}

#[test]
fn no_gate_refuses_everything_on_a_made_up_market() {
    let series = made(&["BTCUSDT", "ETHUSDT", "XRPUSDT"], Timeframe::H1, 150);
    let result = run_series(&series, &config(QUICK), &mut ()).unwrap();
    let passed = |gate: &Gate| result.gates.get(gate).copied().unwrap_or(0);
    for gates in Gate::ALL.windows(2) {
        assert!(passed(&gates[1]) <= passed(&gates[0]), "{:?}", result.gates);
    }
    assert!(passed(&Gate::Risk) > 0, "{:?}", result.gates);
    // A score is a rank: about two fifths reach 60, not none and not all.
    let share = 100 * passed(&Gate::Threshold) / passed(&Gate::Direction);
    assert!((20..70).contains(&share), "{share} % reach the threshold");
}

/// Counts what an end of data sends and gets.
#[derive(Debug, Default)]
struct Closing {
    from: Option<TsNanos>,
    held: BTreeMap<SymbolId, Qty>,
    sent: u32,
    sold: BTreeMap<SymbolId, Qty>,
}

impl Observer for Closing {
    fn on_entry(&mut self, entry: &Entry, engine: &State) {
        match &entry.body {
            Body::Operator(_) => {
                self.from = Some(entry.ts);
                let positions = engine.core().portfolio().books().positions();
                let held = positions.iter().zip(0_u16..).filter(|(p, _)| p.trade().is_some());
                self.held = held.map(|(p, index)| (SymbolId(index), p.qty())).collect();
            }
            Body::Command(command) if self.from.is_some() => {
                self.sent += u32::from(matches!(command.action, CommandAction::Place(_)));
            }
            Body::Report(report) if self.from.is_some() => {
                if let ReportEvent::Filled(fill) = &report.event {
                    assert_eq!(fill.side, Side::Sell);
                    *self.sold.entry(fill.symbol).or_default() += fill.qty;
                }
            }
            Body::Genesis { .. }
            | Body::Config { .. }
            | Body::Instruments(_)
            | Body::Bar { .. }
            | Body::Mark { .. }
            | Body::InstantClosed { .. }
            | Body::Timer { .. }
            | Body::Decision(_)
            | Body::Command(_)
            | Body::Report(_)
            | Body::Mode(_)
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
}

#[test]
fn all_positions_closed_means_orders_sent_and_filled() {
    let rising = |symbol: &&str| walk(symbol, Timeframe::H1, 20 * 24, |hour| hour % 7 - 2);
    let series: Vec<Series> = ["BTCUSDT", "ETHUSDT", "LTCUSDT"].iter().map(rising).collect();
    let text = "policy = \"trend\"\n[trend]\nlookback_days = [2]\nvolatility_days = 5\n";
    let config = config(text);
    let with = |close_at_end: bool, observer: &mut dyn Observer| {
        let mut inputs = inputs(&series);
        let mut options = options(&inputs, Market::Spot);
        options.close_at_end = close_at_end;
        let run = Run { config: config.clone(), seed: 0 };
        run_observed(&options, &run, &mut inputs, &mut (), observer).unwrap().runs.remove(0)
    };
    let open: RunResult = with(false, &mut ());
    assert!(open.equity.last().unwrap().exposure > 0.1, "something is held at the end");
    let mut closing = Closing::default();
    let closed = with(true, &mut closing);
    assert!(closed.equity.last().unwrap().exposure < 0.001);
    assert!(!closing.held.is_empty() && closing.sent as usize == closing.held.len());
    let lots = options(&inputs(&series), Market::Spot).instruments;
    for (symbol, held) in closing.held {
        let lot = lots[symbol.index()].lot;
        assert_eq!(closing.sold.get(&symbol), Some(&held.floor_to(lot)), "{symbol:?}");
    }
}

/// Bars from 2,000.00 on that move by thousandths of the price.
fn walk(symbol: &str, timeframe: Timeframe, count: i64, per_mille: impl Fn(i64) -> i64) -> Series {
    let mut cents = 200_000_i64;
    let rows = (0..count).map(|place| {
        let open = cents;
        cents += cents * per_mille(place) / 1_000;
        let price = |cents: i64| Price::from_raw(cents * 1_000_000);
        Row::of_bar(Bar {
            open_time: START.plus(place * timeframe.nanos()),
            open: price(open),
            high: price(open.max(cents) * 1_003 / 1_000),
            low: price(open.min(cents) * 997 / 1_000),
            close: price(cents),
            volume: Some(10_000.0),
        })
    });
    Series::new(symbol, timeframe, rows.collect())
}

/// Quarters of an hour that rise for a day, fall by a third in ten hours, and rise again.
fn crash() -> Vec<Series> {
    let per_mille = |place: i64| if (110..150).contains(&place) { -12 } else { 2 };
    vec![walk("ETHUSDT", Timeframe::M15, 96 * 4, per_mille)]
}

/// Decided and sent entries by the time they were.
#[derive(Debug, Default)]
struct Entries {
    watchman: Watchman,
    sent: Vec<TsNanos>,
    decided_in_safe_mode: u32,
    modes: u32,
}

impl Observer for Entries {
    fn on_entry(&mut self, entry: &Entry, engine: &State) {
        self.watchman.on_entry(entry, engine);
        if let Body::Command(command) = &entry.body
            && let CommandAction::Place(request) = command.action
            && !request.reduce_only
        {
            self.sent.push(entry.ts);
        }
        if let Body::Decision(decision) = &entry.body {
            let enters = matches!(decision.action, Action::Enter { .. });
            self.decided_in_safe_mode += u32::from(enters && !engine.core().is_running());
        }
        self.modes += u32::from(matches!(entry.body, Body::Mode(_)));
    }

    fn on_settled(&mut self, at: TsNanos, engine: &State, exchange: &sim::exchange::Exchange) {
        self.watchman.on_settled(at, engine, exchange);
    }
}

#[test]
fn safe_mode_blocks_entries_until_the_latch_is_over_and_somebody_releases_it() {
    let run = |release: &str| {
        let text = format!(
            "policy = \"null\"\ntimeframes = [\"15m\"]\n\
             [entry]\ndecision_timeframe = \"15m\"\ncost_limit_r = 1.0\n\
             [exit]\nstop_atr = 2.0\n[flags]\nadaptive_position_sizing = false\n\
             [analysis.components]\nwarm_up = 1\n\
             [[null.quotas]]\nsymbol = \"ETHUSDT\"\nentries = 1000\ncloses = 1000\n\
             [backtest]\nrelease = \"{release}\"\n\
             [risk]\nper_trade = \"2%\"\nopen_risk = \"20%\"\n\
             [risk.spot]\nsymbol = \"100%\"\n[risk.volatility]\nmax = \"300%\"\n\
             [risk.loss_budget]\nmax = \"2%\"\n\
             [risk.drawdown]\ndaily = \"2%\"\nlatch = \"24h\"\n"
        );
        let mut entries = Entries::default();
        let result = run_series(&crash(), &config(&text), &mut entries).unwrap();
        assert_eq!(entries.watchman.broken(), None);
        assert_eq!(entries.decided_in_safe_mode, 0);
        (result, entries)
    };
    let (never, entries) = run("never");
    assert_eq!((never.safe_mode.len(), entries.modes), (1, 2), "one entry puts it in force");
    let from = never.safe_mode[0].from;
    assert_eq!(never.safe_mode[0].until, None);
    assert!(entries.sent.iter().any(|at| *at < from) && entries.sent.iter().all(|at| *at <= from));
    assert_eq!(never.trades.len() as u64, entries.watchman.counts.trades);
    assert!(never.symbols[0].dust < 0.001, "what was held was sold");

    let (released, entries) = run("after_cooldown");
    let first = released.safe_mode[0];
    assert_eq!((first.from, first.cause), (from, never.safe_mode[0].cause));
    let until = first.until.unwrap();
    assert!(until.since(from) >= 24 * 3_600_000_000_000, "from {from} to {until}");
    assert!(entries.sent.iter().all(|at| *at < from || *at >= until));
    assert!(entries.sent.iter().any(|at| *at >= until), "entries again after the release");
}
