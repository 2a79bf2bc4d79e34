//! What trading cost.

use super::table;
use crate::report::html::{Html, push};
use crate::report::model::Report;
use crate::show;

/// Appends fees, slippage and funding beside what was made before them.
pub(in crate::report) fn costs(html: &mut Html, report: &Report) {
    let costs = &report.metrics.costs;
    let net: f64 = report.trades.iter().map(|trade| trade.pnl).sum();
    let gross = net + costs.total;
    push!(html, "<section><h2>Costs</h2>");
    let sentence = match costs.share_of_gross {
        Some(share) => format!(
            "Costs took {} of the {} that closed trades made before costs.",
            show::percent(share),
            show::money(gross)
        ),
        None => format!(
            "Closed trades made {} before costs: there was no gross profit to take a share of.",
            show::signed_money(gross)
        ),
    };
    push!(html, "<p>{sentence}</p>");
    table::open(html, &["What", "Amount", "Per trade"]);
    #[expect(clippy::cast_precision_loss, reason = "a number of trades to divide by")]
    let trades = report.metrics.trades as f64;
    let rows = [
        ("Fees", costs.fees),
        ("Slippage and spread, against the price at decision", costs.slippage),
        ("Funding paid", costs.funding),
        ("All costs", costs.total),
    ];
    for (name, amount) in rows {
        let each = (trades > 0.0).then(|| amount / trades);
        push!(
            html,
            "<tr><td>{name}</td><td>{}</td><td>{}</td></tr>",
            show::money(amount),
            show::option(each, show::money)
        );
    }
    table::close(html);
    push!(html, "</section>");
}
