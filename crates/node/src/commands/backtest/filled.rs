//! A report filled from a study.

use sim::performance::{EquityPoint, by_pattern, by_regime, by_symbol};
use types::instrument::Market;
use types::market::TsNanos;

use super::gates;
use super::study::{Study, figures};
use crate::commands::{data, decision};
use crate::machine::COMMIT;
use crate::report::{DecisionRow, PriceChart, Reliability, Report, Table};
use crate::setup::{Bars, LoadedConfig};
use crate::show;

/// Decisions shown with their reasons: the newest entries and exits.
const DECISIONS: usize = 30;

/// What a report says beside the study.
pub(crate) struct Beside<'a> {
    pub(crate) bars: &'a Bars,
    pub(crate) loaded: &'a LoadedConfig,
    /// The command that gives this again.
    pub(crate) command: String,
}

/// Fills a report.
pub(crate) fn report_of(study: &Study, told: &Beside<'_>) -> Report {
    let result = &study.result;
    let symbols: Vec<_> = result.symbols.iter().map(|symbol| symbol.symbol.clone()).collect();
    let quote = told.bars.quote(&symbols).map(|quote| quote.to_string()).unwrap_or_default();
    let curve = |points: &[EquityPoint]| -> Vec<(TsNanos, f64)> {
        points.iter().map(|point| (point.ts, point.equity)).collect()
    };
    let charts = symbols.iter().map(|symbol| PriceChart {
        symbol: symbol.to_string(),
        days: study.days.between(symbol, result.first, result.last),
    });
    let (columns, rows) = data::cells(&study.quality);
    let trend = study.trend.as_ref().map(|trend| curve(&trend.equity)).unwrap_or_default();
    Report {
        policy: result.policy.clone(),
        market: result.market.clone(),
        symbols: symbols.iter().map(ToString::to_string).collect(),
        quote,
        generated: told.bars.are_generated(),
        from: result.first,
        to: result.last,
        metrics: study.metrics.clone(),
        equity: curve(&result.equity),
        hold: curve(&study.hold),
        trend,
        null: study.null.clone(),
        charts: charts.collect(),
        trades: result.trades.clone(),
        by_pattern: by_pattern(&result.trades),
        by_regime: by_regime(&result.trades),
        by_symbol: by_symbol(&result.trades),
        gates: gates::rows(result),
        reliability: reliability(study),
        decisions: decisions(study),
        variants: variants(study, told),
        quality: Table { columns, rows },
        notes: notes(study, told),
        provenance: provenance(study, told),
        command: told.command.clone(),
    }
}

fn reliability(study: &Study) -> Option<Reliability> {
    let seen = study.result.calibration.as_ref()?;
    let rows = seen.reliability.rows();
    Some(Reliability {
        bins: rows.iter().map(|row| (row.predicted, row.observed, row.outcomes)).collect(),
        outcomes: seen.outcomes,
        brier: seen.reliability.brier(),
        method: format!("{:?}", seen.method).to_lowercase(),
    })
}

fn decisions(study: &Study) -> Vec<DecisionRow> {
    let name = |symbol: Option<types::ids::SymbolId>| {
        symbol.map_or_else(
            || "account".to_owned(),
            |symbol| study.result.symbols[symbol.index()].symbol.to_string(),
        )
    };
    let newest = study.result.actions.iter().rev().take(DECISIONS);
    newest
        .map(|record| DecisionRow {
            at: record.at,
            symbol: name(record.decision.symbol),
            code: record.decision.reason.code.code().to_owned(),
            what: decision::what(&record.decision.action),
            why: decision::why(&record.decision),
        })
        .collect()
}

fn variants(study: &Study, told: &Beside<'_>) -> Vec<(String, String)> {
    let untested = study.untested.as_ref().map(|untested| {
        let metrics = figures(untested, &told.loaded.config);
        let text = format!(
            "final equity {}, {} trades, Sharpe {} (as decided: {}, {} trades, Sharpe {})",
            show::money(metrics.final_equity),
            metrics.trades,
            show::option(metrics.sharpe, |s| show::number(s, 2)),
            show::money(study.metrics.final_equity),
            study.metrics.trades,
            show::option(study.metrics.sharpe, |s| show::number(s, 2)),
        );
        ("edge test off".to_owned(), text)
    });
    untested.into_iter().collect()
}

fn notes(study: &Study, told: &Beside<'_>) -> Vec<String> {
    let result = &study.result;
    let costs = &told.loaded.config.costs;
    let bps = |ratio: types::num::Ratio| {
        format!("{} bps", types::num::Ratio::from_raw(ratio.raw().saturating_mul(10_000)))
    };
    let mut notes = vec![
        "Decisions are made on closed bars; an order reaches the exchange at the next bar's open."
            .to_owned(),
        "Within a bar prices are taken to go from the open to the adverse extreme, to the other \
         extreme, to the close. A stop that the market jumps over trades at the open."
            .to_owned(),
        format!(
            "Each order that trades on arrival pays half a spread of {} and slippage of {}; fees are {}.",
            bps(costs.half_spread),
            bps(costs.slippage),
            costs.taker_fee.map_or_else(|| "the instrument's own".to_owned(), bps)
        ),
        "Buy and hold, trend and random entries pay the same costs.".to_owned(),
        "Open positions are closed at the last price.".to_owned(),
    ];
    let unknown: Vec<&str> = result
        .symbols
        .iter()
        .filter(|symbol| !symbol.known)
        .map(|symbol| symbol.symbol.as_str())
        .collect();
    if !unknown.is_empty() {
        notes.push(format!(
            "Not in the instrument list, so traded with steps of 1e-8, no minima and 10 bps of fee: {}.",
            unknown.join(", ")
        ));
    }
    if result.market == Market::Perp.name() {
        let (marks, funding) = study.perpetual;
        let n = result.symbols.len();
        notes.push(format!(
            "Mark prices for {marks} of {n} symbols (the last price stands in for the others), \
             funding rates for {funding} of {n} (0 for the others)."
        ));
    }
    let dust: Vec<String> = result
        .symbols
        .iter()
        .filter(|symbol| symbol.dust != 0.0)
        .map(|symbol| format!("{} {}", symbol.dust, symbol.symbol))
        .collect();
    if !dust.is_empty() {
        notes.push(format!("Left over, too small to sell: {}.", dust.join(", ")));
    }
    if !result.safe_mode.is_empty() {
        notes.push(format!("SAFE_MODE was entered {} times.", result.safe_mode.len()));
    }
    let s = &result.exchange;
    notes.push(format!(
        "{} fills, {} of them partial; {} orders expired, {} were cut for want of cash, {} not \
         accepted; {} purchases took cash below zero; {} liquidations.",
        s.fills,
        s.partial_fills,
        s.expired,
        s.cut_by_funds,
        result.rejections,
        s.cash_below_zero,
        s.liquidations
    ));
    notes.extend(
        result.conventions.iter().map(|departure| format!("NOT THE HONEST CHOICE: {departure}.")),
    );
    notes
}

fn provenance(study: &Study, told: &Beside<'_>) -> Vec<(String, String)> {
    let result = &study.result;
    let config = told.loaded.path.as_ref().map_or_else(
        || format!("the defaults of {}", result.policy),
        |path| path.display().to_string(),
    );
    let frames: Vec<&str> = result.timeframes.iter().map(|frame| frame.name()).collect();
    [
        ("decisions_hash", result.decisions_hash.to_string()),
        ("state_hash", result.state_hash.to_string()),
        ("books_hash", result.books_hash.to_string()),
        ("final equity, exact", result.final_equity_exact.clone()),
        ("build", COMMIT.to_owned()),
        ("seed", result.seed.to_string()),
        ("configuration", config),
        ("timeframes", frames.join(", ")),
        ("bars", show::count(result.bars)),
        ("entries", show::count(result.entries)),
        ("decisions", show::count(result.decisions)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}
