//! The bars, the conventions, and how to get the same result again.

use super::table;
use crate::report::html::{Esc, Html, push};
use crate::report::model::Report;

/// Appends what the bars were like.
pub(in crate::report) fn quality(html: &mut Html, report: &Report) {
    if report.quality.rows.is_empty() {
        return;
    }
    push!(html, "<section><h2>The bars</h2>");
    table::open(html, &report.quality.columns);
    for row in &report.quality.rows {
        push!(html, "<tr>");
        for cell in row {
            push!(html, "<td>{}</td>", Esc(cell));
        }
        push!(html, "</tr>");
    }
    table::close(html);
    push!(html, "</section>");
}

/// Appends variants, conventions, hashes and the command.
pub(in crate::report) fn provenance(html: &mut Html, report: &Report) {
    if !report.variants.is_empty() {
        push!(html, "<section><h2>The same run, decided otherwise</h2><dl class=\"pairs\">");
        pairs(html, &report.variants);
        push!(html, "</dl></section>");
    }
    push!(html, "<section><h2>Conventions and assumptions</h2><ul>");
    for note in &report.notes {
        push!(html, "<li>{}</li>", Esc(note));
    }
    push!(html, "</ul></section>");
    push!(
        html,
        "<section><h2>The same result again</h2>\
         <p>The same build, bars and configuration give the same hashes.</p>\
         <pre tabindex=\"0\">{}</pre><dl class=\"pairs\">",
        Esc(&report.command)
    );
    pairs(html, &report.provenance);
    push!(html, "</dl></section>");
}

fn pairs(html: &mut Html, pairs: &[(String, String)]) {
    for (name, value) in pairs {
        push!(html, "<dt>{}</dt><dd><code>{}</code></dd>", Esc(name), Esc(value));
    }
}
