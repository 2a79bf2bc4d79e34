//! A report of made-up numbers: complete, self-contained, with every foreign text escaped.

use sim::performance::{
    DrawdownMeter, EquityPoint, ExitReason, Input, PerformanceConfig, TradeRecord, by_pattern,
    by_regime, by_symbol, measure,
};
use types::decision::ReasonCode;
use types::ids::Symbol;
use types::market::{Direction, PatternId, PatternKind, Regime, Timeframe, TsNanos};

use super::*;

const DAY: i64 = 86_400_000_000_000;
/// 2021-01-01T00:00:00Z.
const START: i64 = 1_609_459_200_000_000_000;
const DAYS: usize = 1_200;

fn day(n: usize) -> TsNanos {
    TsNanos::from_nanos(START + DAY * i64::try_from(n).unwrap())
}

/// A wave on a slope, the same on every machine.
fn walk(start: f64, slope: f64, wave: f64, seed: u64) -> Vec<(TsNanos, f64)> {
    let mut state = seed;
    let mut value = start;
    (0..=DAYS)
        .map(|n| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let noise = f64::from(u32::try_from(state >> 33).unwrap()) / f64::from(1_u32 << 31);
            if n > 0 {
                value *= 1.0 + slope + wave * (noise - 0.5);
            }
            (day(n), value)
        })
        .collect()
}

fn trade(n: usize, pnl: f64) -> TradeRecord {
    let opened = day(n * 37 + 3);
    TradeRecord {
        symbol: Symbol::new(if n.is_multiple_of(2) { "BTCUSDT" } else { "ETHUSDT" }).unwrap(),
        direction: Direction::Long,
        opened_at: opened.plus(16 * 3_600_000_000_000),
        closed_at: opened.plus(9 * DAY),
        qty: 0.125,
        entry: 31_000.0,
        exit: 31_000.0 + pnl * 8.0,
        pnl,
        fees: 7.5,
        funding: 0.0,
        slippage: 2.25,
        r: Some(pnl / 50.0),
        exit_reason: ExitReason::Decision(ReasonCode::ExitTimeStop),
        score: Some(71.0),
        regime: Some(if n.is_multiple_of(3) { Regime::Bull } else { Regime::Sideways }),
        patterns: vec![PatternId {
            kind: PatternKind::Breakout,
            direction: Some(Direction::Long),
            timeframe: Timeframe::H4,
        }],
    }
}

/// Every section filled.
fn full() -> Report {
    let equity = walk(10_000.0, 0.000_2, 0.012, 7);
    let mut meter = DrawdownMeter::new();
    let points: Vec<EquityPoint> =
        equity.iter().map(|&(ts, equity)| EquityPoint { ts, equity, exposure: 0.3 }).collect();
    points.iter().for_each(|point| meter.on_equity(point.ts, point.equity));
    let trades: Vec<TradeRecord> = (0_i32..30)
        .map(|n| trade(usize::try_from(n).unwrap(), f64::from((n * 37) % 90 - 40)))
        .collect();
    let input =
        Input { equity: &points, trades: &trades, open_since: None, drawdown: meter.drawdown() };
    let metrics = measure(&input, PerformanceConfig::default()).unwrap();
    let spread = |n: usize| 0.02 + 0.000_2 * analysis::num::count(n);
    let null = NullBand {
        seeds: 200,
        days: (0..=DAYS)
            .map(|n| {
                let s = spread(n);
                (day(n), 10_000.0 * (0.99 - s), 9_900.0, 10_000.0 * (0.99 + 1.5 * s))
            })
            .collect(),
        beaten: 0.71,
    };
    let chart = |symbol: &str, start| PriceChart {
        symbol: symbol.to_owned(),
        days: walk(start, 0.000_3, 0.05, 11)
            .into_iter()
            .map(|(at, close)| DayPrices { at, low: close * 0.98, high: close * 1.02, close })
            .collect(),
    };
    let gate = |code: &str, asked, refused, reduced| GateRow {
        code: code.to_owned(),
        asked,
        refused,
        reduced,
        applicable: true,
    };
    Report {
        policy: "confluence".to_owned(),
        market: "spot".to_owned(),
        symbols: vec!["BTCUSDT".to_owned(), "ETHUSDT".to_owned()],
        quote: "USDT".to_owned(),
        generated: true,
        from: day(0),
        to: day(DAYS),
        hold: walk(10_000.0, 0.001, 0.06, 3),
        trend: walk(10_000.0, 0.000_5, 0.02, 5),
        null: Some(null),
        charts: vec![chart("BTCUSDT", 29_000.0), chart("ETHUSDT", 0.8)],
        by_pattern: by_pattern(&trades),
        by_regime: by_regime(&trades),
        by_symbol: by_symbol(&trades),
        gates: vec![
            gate("BELOW_THRESHOLD", 12_000, 9_000, 0),
            gate("COST_TEST", 300, 0, 0),
            gate("EDGE_TEST", 40, 40, 0),
            GateRow { applicable: false, ..gate("VENUE_SLOW", 0, 0, 0) },
        ],
        reliability: Some(Reliability {
            bins: vec![(0.38, 0.41, 210.0), (0.42, 0.39, 120.0), (0.47, 0.52, 40.5)],
            outcomes: 370.5,
            brier: Some(0.2412),
            method: "platt".to_owned(),
        }),
        decisions: vec![DecisionRow {
            at: day(1_190),
            symbol: "<script>alert(1)</script>".to_owned(),
            code: "ENTER".to_owned(),
            what: "long 0.01 with a stop at 28,000".to_owned(),
            why: vec!["score 71.2 (B+)".to_owned(), "a & b < c".to_owned()],
        }],
        variants: vec![("edge test off".to_owned(), "final equity 10,412.00".to_owned())],
        quality: Table {
            columns: vec!["symbol", "bars"],
            rows: vec![vec!["BTCUSDT".to_owned(), "1,728,000".to_owned()]],
        },
        notes: vec!["An entry fills at the next bar's open.".to_owned()],
        provenance: vec![("state_hash".to_owned(), "ab".repeat(32))],
        command: "plimsoll backtest --generate --seed 1 --report out".to_owned(),
        metrics,
        equity,
        trades,
    }
}

#[test]
fn the_page_needs_nothing_else_and_escapes_everything() {
    let page = render(&full());
    for outside in ["http://", "https://", "src=", "@import", "url(", "<script"] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(page.contains("a &amp; b &lt; c"));
    for part in [
        "SIMULATED",
        "NO EVIDENCE OF EDGE",
        "Generated market",
        "Monthly returns",
        "Refuses everything:</b> EDGE_TEST.",
        "Refuses nothing:</b> COST_TEST.",
        "not applicable here",
        "plimsoll backtest --generate",
        "NaN",
    ] {
        assert_eq!(page.contains(part), part != "NaN", "{part}");
    }
    assert_eq!(page.matches("<section").count(), page.matches("</section>").count());
    assert_eq!(page.matches("<svg").count(), page.matches("</svg>").count());
}

#[test]
fn a_run_without_trades_or_comparison_still_has_a_page() {
    let mut report = full();
    report.null = None;
    report.trades.clear();
    report.hold.clear();
    report.trend.clear();
    report.equity.truncate(1);
    report.gates.clear();
    report.reliability = None;
    let page = render(&report);
    assert!(page.contains("NOT COMPARED WITH LUCK") && page.contains("No trade was made."));
    assert!(!page.contains("NaN") && !page.contains("inf\""));
}

#[test]
fn the_verdict_follows_the_band() {
    let null = full().null.unwrap();
    let &(_, low, _, high) = null.days.last().unwrap();
    assert_eq!(null.edge(high), Some(Edge::None));
    assert_eq!(null.edge(high + 0.01), Some(Edge::Above));
    assert_eq!(null.edge(low), Some(Edge::None));
    assert_eq!(null.edge(low - 0.01), Some(Edge::Below));
}
