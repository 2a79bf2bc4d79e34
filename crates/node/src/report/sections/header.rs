//! What this is, and the answer in one sentence.

use super::table::{sign_class, tile};
use crate::report::html::{Esc, Html, push};
use crate::report::model::{Edge, Report};
use crate::show;

/// Appends the head of the page.
pub(in crate::report) fn header(html: &mut Html, report: &Report) {
    let money = "No real money was at stake; past results, real or simulated, are no promise.";
    let bars = if report.generated {
        "Generated market: the bars were invented as well."
    } else {
        "Backtest on recorded bars."
    };
    push!(
        html,
        "<header><span class=\"badge\">SIMULATED MONEY</span>\
         <h1>{} on {}</h1>\
         <p class=\"soft\">{bars} {money}</p>\
         <p>{} to {} UTC, {} account, start with {} {}</p></header>",
        Esc(&report.policy),
        Esc(report.symbols.join(", ")),
        show::date(report.from),
        show::date(report.to),
        Esc(&report.market),
        show::money(report.metrics.start_equity),
        Esc(&report.quote),
    );
}

/// Appends what came of it, first against luck.
pub(in crate::report) fn verdict(html: &mut Html, report: &Report) {
    let metrics = &report.metrics;
    let edge = report.null.as_ref().and_then(|null| null.edge(metrics.final_equity));
    let class = match edge {
        Some(Edge::None) => "none",
        Some(Edge::Above) => "above",
        Some(Edge::Below) => "below",
        None => "",
    };
    push!(html, "<section class=\"verdict {class}\">");
    match edge {
        Some(edge) => push!(
            html,
            "<strong>{}</strong><p>{}</p>",
            edge.headline(),
            Esc(against_luck(report, edge))
        ),
        None => push!(
            html,
            "<strong>NOT COMPARED WITH LUCK</strong>\
             <p>No band of random entries was asked for or possible, so this result says nothing \
             about skill. Run with <code>--null-seeds 200</code>.</p>"
        ),
    }
    push!(html, "<dl class=\"tiles\">");
    let quote = &report.quote;
    tile(
        html,
        "Final equity",
        &format!("{} {quote}", show::money(metrics.final_equity)),
        "",
        &format!("from {}", show::money(metrics.start_equity)),
    );
    tile(
        html,
        "P&L after all costs",
        &show::signed_money(metrics.pnl),
        sign_class(metrics.pnl),
        &show::option(metrics.total_return, show::signed_percent),
    );
    tile(
        html,
        "Deepest drawdown",
        &show::option(metrics.drawdown.map(|d| d.share), show::percent),
        "",
        &show::option(metrics.drawdown.map(|d| d.longest_days), |days| {
            format!("longest {} days", show::number(days, 0))
        }),
    );
    let held = report.hold.last().map(|(_, equity)| *equity);
    tile(
        html,
        "Buy and hold",
        &show::option(held.map(|held| held / metrics.start_equity - 1.0), show::signed_percent),
        "",
        &show::option(held, |held| format!("ends at {}", show::money(held))),
    );
    push!(html, "</dl></section>");
}

fn against_luck(report: &Report, edge: Edge) -> String {
    let Some(null) = &report.null else { return String::new() };
    let (low, high) = null.days.last().map_or((0.0, 0.0), |&(_, low, _, high)| (low, high));
    let n = null.seeds;
    let band = format!(
        "Of {n} runs with as many entries at random moments, with the same exits, sizes and costs, \
         the middle 90 % ended between {} and {} {}; {} ended below this one.",
        show::money(low),
        show::money(high),
        report.quote,
        show::percent(null.beaten),
    );
    let meaning = match edge {
        Edge::None => "What was won or lost is within what luck explains.",
        Edge::Above => {
            "That is more than luck usually explains; it is no proof, and the more variants were \
             tried, the less it means."
        }
        Edge::Below => "Its entries did worse than random ones.",
    };
    format!("{band} {meaning}")
}
