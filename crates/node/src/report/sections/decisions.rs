//! The last decisions with their reasons.

use crate::report::html::{Esc, Html, push};
use crate::report::model::Report;
use crate::show;

/// Appends decisions that can be opened for their reasons.
pub(in crate::report) fn decisions(html: &mut Html, report: &Report) {
    push!(html, "<section><h2>Decisions and their reasons</h2>");
    if report.decisions.is_empty() {
        push!(html, "<p>No decision asked for anything.</p></section>");
        return;
    }
    push!(
        html,
        "<p class=\"small soft\">The newest that asked for something. \
         <code>plimsoll explain</code> shows any other, those for no trade too.</p>"
    );
    for decision in &report.decisions {
        push!(
            html,
            "<details><summary>{} <b>{}</b> <code>{}</code> {}</summary><ul>",
            show::minute(decision.at),
            Esc(&decision.symbol),
            Esc(&decision.code),
            Esc(&decision.what)
        );
        for reason in &decision.why {
            push!(html, "<li>{}</li>", Esc(reason));
        }
        push!(html, "</ul></details>");
    }
    push!(html, "</section>");
}
