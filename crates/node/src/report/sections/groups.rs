//! Trades by pattern, by regime, by symbol.

use sim::performance::Group;

use super::table::{self, sign_class};
use crate::report::html::{Esc, Html, push};
use crate::report::model::Report;
use crate::show;

/// Groups above which a table is closed at first.
const LONG: usize = 10;

/// Appends one table per way of grouping.
pub(in crate::report) fn groups(html: &mut Html, report: &Report) {
    let tables = [
        ("By regime at entry", &report.by_regime),
        ("By symbol", &report.by_symbol),
        ("By pattern in force at entry (a trade counts in each)", &report.by_pattern),
    ];
    if tables.iter().all(|(_, groups)| groups.is_empty()) {
        return;
    }
    push!(html, "<section><h2>Where it came from</h2>");
    for (name, groups) in tables {
        if groups.is_empty() {
            continue;
        }
        let open = if groups.len() > LONG { "" } else { " open" };
        push!(html, "<details{open}><summary><b>{name}</b></summary>");
        table::open(html, &["", "Trades", "Won", "Win rate", "Mean R", "N", "P&L"]);
        groups.iter().for_each(|group| row(html, group));
        table::close(html);
        push!(html, "</details>");
    }
    push!(
        html,
        "<p class=\"small soft\">With a few trades each, the best of many groups looks good by \
         chance.</p></section>"
    );
}

fn row(html: &mut Html, group: &Group) {
    push!(
        html,
        "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td>\
         <td class=\"{}\">{}</td></tr>",
        Esc(&group.name),
        group.trades,
        group.wins,
        show::percent(group.win_rate),
        show::option(group.expectancy, |e| show::number(e.mean_r, 2)),
        group.expectancy.map_or(0, |e| e.n),
        sign_class(group.pnl),
        show::signed_money(group.pnl)
    );
}
