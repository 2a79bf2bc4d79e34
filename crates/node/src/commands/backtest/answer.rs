//! What a run came to, for machines and for people.

use std::path::Path;

use serde_json::{Map, Value, json};
use sim::backtest::LookaheadReport;
use sim::performance::{by_pattern, by_regime, by_symbol};

use super::gates;
use super::study::Study;
use crate::commands::data;
use crate::report::{Edge, GateRow};
use crate::show::{self, option};

/// Returns the JSON document.
pub(super) fn machine_form(
    study: &Study,
    lookahead: Option<&LookaheadReport>,
    breaches: &[String],
    report: Option<&Path>,
) -> Value {
    let mut document = Map::new();
    for part in [identity(study), outcome(study), detail(study), yardsticks(study)] {
        if let Value::Object(part) = part {
            document.extend(part);
        }
    }
    document.insert(
        "lookahead".to_owned(),
        json!(lookahead.map(|found| json!({
            "clean": found.is_clean(),
            "conclusive": is_conclusive(found),
            "cuts": found.cuts.len(),
            "decisions": found.decisions,
            "fills": found.fills,
            "fills_checked": found.fills_checked,
            "fault_count": found.fault_count,
            "differing": found.differing.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "first": found.first.as_ref().map(ToString::to_string),
            "faults": found.faults.iter().map(ToString::to_string).collect::<Vec<_>>(),
        }))),
    );
    document.insert("gate_breaches".to_owned(), json!(breaches));
    document.insert("report".to_owned(), json!(report));
    Value::Object(document)
}

/// Returns whether a check shows anything: look-ahead was found, or there were fills that could
/// have shown it.
pub(super) const fn is_conclusive(found: &LookaheadReport) -> bool {
    !found.is_clean() || found.fills_checked > 0
}

fn identity(study: &Study) -> Value {
    let result = &study.result;
    json!({
        "simulated": true,
        "policy": result.policy,
        "market": result.market,
        "seed": result.seed,
        "first": result.first.to_string(),
        "last": result.last.to_string(),
        "native": result.native,
        "timeframes": result.timeframes,
        "symbols": result.symbols,
        "commit": crate::machine::COMMIT,
        "departures": result.conventions,
        "quality": study.quality.iter().map(data::machine_form).collect::<Vec<_>>(),
    })
}

fn outcome(study: &Study) -> Value {
    let (result, metrics) = (&study.result, &study.metrics);
    json!({
        "bars": result.bars,
        "entries": result.entries,
        "decisions": result.decisions,
        "fills": result.fills,
        "rejections": result.rejections,
        "rejected": result.rejected,
        "trades": metrics.trades,
        "capital": result.capital,
        "final_equity": result.final_equity,
        "final_equity_exact": result.final_equity_exact,
        "max_drawdown": metrics.drawdown.map(|drawdown| drawdown.share),
        "sharpe": metrics.sharpe,
        "decisions_hash": result.decisions_hash.to_string(),
        "state_hash": result.state_hash.to_string(),
        "books_hash": result.books_hash.to_string(),
        "bars_per_second": study.bars_per_second(),
        "plain_bars_per_second": study.plain_bars_per_second(),
        "cpu_seconds": study.cpu_seconds,
        "seconds": study.seconds,
        "runs_together": study.together,
        "peak_memory_mib": crate::machine::peak_memory(),
        "metrics": metrics,
    })
}

fn detail(study: &Study) -> Value {
    let result = &study.result;
    let gates: Vec<Value> = gates::rows(result).iter().map(gate).collect();
    let safe_mode = result.safe_mode.iter().map(|stretch| {
        json!({
            "from": stretch.from.to_string(),
            "cause": stretch.cause,
            "until": stretch.until.map(|until| until.to_string()),
        })
    });
    let calibration = result.calibration.as_ref().map(|seen| {
        json!({
            "method": seen.method,
            "outcomes": seen.outcomes,
            "brier": seen.reliability.brier(),
            "rows": seen.reliability.rows(),
        })
    });
    json!({
        "by_pattern": by_pattern(&result.trades),
        "by_regime": by_regime(&result.trades),
        "by_symbol": by_symbol(&result.trades),
        "gates": gates,
        "reasons": result.reasons,
        "safe_mode": safe_mode.collect::<Vec<_>>(),
        "exchange": result.exchange,
        "calibration": calibration,
        "trade_list": result.trades,
    })
}

fn gate(row: &GateRow) -> Value {
    json!({
        "code": row.code,
        "asked": row.asked,
        "refused": row.refused,
        "cut": row.reduced,
        "applicable": row.applicable,
        "remark": row.remark(),
    })
}

fn yardsticks(study: &Study) -> Value {
    let random = study.null.as_ref().map(|band| {
        let last = band.days.last();
        json!({
            "seeds": band.seeds,
            "low": last.map(|day| day.1),
            "median": last.map(|day| day.2),
            "high": last.map(|day| day.3),
            "beaten": band.beaten,
            "verdict": headline(study),
        })
    });
    json!({
        "hold": study.hold.last().map(|point| point.equity),
        "trend": study.trend.as_ref().map(|trend| trend.final_equity),
        "edge_test_off": study.untested.as_ref().map(|untested| untested.final_equity),
        "null": random,
    })
}

/// Returns what the comparison with random entries says, in capital letters.
fn headline(study: &Study) -> Option<&'static str> {
    study.null.as_ref()?.edge(study.result.final_equity).map(Edge::headline)
}

/// Returns the answer for people, line by line.
pub(crate) fn summary(study: &Study) -> Vec<String> {
    let (result, m) = (&study.result, &study.metrics);
    let made_up = study.quality.iter().any(|quality| quality.simulated);
    let market = if made_up { "GENERATED MARKET, SIMULATED MONEY" } else { "SIMULATED MONEY" };
    let symbols: Vec<&str> = result.symbols.iter().map(|s| s.symbol.as_str()).collect();
    let mut lines = vec![
        format!("{market}: {} on {}", result.policy, symbols.join(", ")),
        format!(
            "{} to {} UTC, {} account, bars of {}",
            show::minute(result.first),
            show::minute(result.last),
            result.market,
            result.native
        ),
        String::new(),
    ];
    let mut row = |name: &str, value: String| lines.push(format!("{name:<23}{value}"));
    row(
        "final equity",
        format!(
            "{} ({}, from {})",
            show::money(m.final_equity),
            option(m.total_return, show::signed_percent),
            show::money(m.start_equity)
        ),
    );
    row("buy and hold", option(study.hold.last(), |point| show::money(point.equity)));
    if let Some(trend) = &study.trend {
        row("trend yardstick", show::money(trend.final_equity));
    }
    if let Some(null) = &study.null
        && let Some(&(_, low, _, high)) = null.days.last()
    {
        let (low, high) = (show::money(low), show::money(high));
        row("random entries, 90 %", format!("{low} to {high} ({} runs)", null.seeds));
    }
    row(
        "deepest drawdown",
        option(m.drawdown, |d| {
            format!("{}, longest {} days", show::percent(d.share), show::number(d.longest_days, 1))
        }),
    );
    let two = |value| show::number(value, 2);
    row(
        "sharpe / sortino / mar",
        format!("{} / {} / {}", option(m.sharpe, two), option(m.sortino, two), option(m.mar, two)),
    );
    row(
        "trades",
        format!(
            "{}: win rate {}, expectancy {}, profit factor {}",
            show::count(m.trades),
            option(m.win_rate, show::percent),
            option(m.expectancy, |e| format!("{} R (N = {})", show::number(e.mean_r, 3), e.n)),
            option(m.profit_factor, two)
        ),
    );
    row(
        "costs",
        format!(
            "{} ({} of gross profit)",
            show::money(m.costs.total),
            option(m.costs.share_of_gross, show::percent)
        ),
    );
    row("time in the market", option(m.time_in_market, show::percent));
    row(
        "decisions",
        format!(
            "{} over {} bars, {} fills, {} orders not accepted",
            show::count(result.decisions),
            show::count(result.bars),
            show::count(result.fills),
            show::count(result.rejections)
        ),
    );
    let mut reasons: Vec<_> = result.reasons.iter().collect();
    reasons.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    let reasons: Vec<String> = reasons
        .iter()
        .take(6)
        .map(|(code, count)| format!("{} {}", code.code(), show::count(**count)))
        .collect();
    row("most often", reasons.join(", "));
    if !result.safe_mode.is_empty() {
        row("SAFE_MODE", format!("entered {} times", result.safe_mode.len()));
    }
    row(
        "speed",
        match study.plain_bars_per_second() {
            None => format!(
                "{} bars per processor second, {} together",
                show::number(study.bars_per_second(), 0),
                study.together
            ),
            Some(plain) => format!(
                "{} bars per processor second with every entry hashed and signed, {} without a journal, {} together",
                show::number(study.bars_per_second(), 0),
                show::number(plain, 0),
                study.together
            ),
        },
    );
    row("decisions_hash", result.decisions_hash.to_string());
    row("state_hash", result.state_hash.to_string());
    row("books_hash", result.books_hash.to_string());
    if let Some(headline) = headline(study) {
        lines.push(String::new());
        lines.push(headline.to_owned());
    }
    lines
}
