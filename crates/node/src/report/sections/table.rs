//! Plain tables and tiles.

use crate::report::html::{Esc, Html, push};

/// Returns the CSS class of an amount: won or lost.
pub(super) fn sign_class(value: f64) -> &'static str {
    if value > 0.0 {
        "win"
    } else if value < 0.0 {
        "loss"
    } else {
        ""
    }
}

/// Appends one figure with its name and a word beside it.
pub(super) fn tile(html: &mut Html, name: &str, value: &str, class: &str, beside: &str) {
    push!(
        html,
        "<div class=\"tile\"><dt>{}</dt><dd class=\"{class}\">{}<small>{}</small></dd></div>",
        Esc(name),
        Esc(value),
        Esc(beside)
    );
}

/// Appends the head of a table that scrolls sideways by itself.
pub(super) fn open(html: &mut Html, columns: &[&str]) {
    push!(html, "<div class=\"scroll\" tabindex=\"0\"><table><thead><tr>");
    for column in columns {
        push!(html, "<th scope=\"col\">{}</th>", Esc(column));
    }
    push!(html, "</tr></thead><tbody>");
}

/// Appends the end of a table.
pub(super) fn close(html: &mut Html) {
    push!(html, "</tbody></table></div>");
}
