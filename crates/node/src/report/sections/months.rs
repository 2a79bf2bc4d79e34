//! Monthly returns as a table in which colour follows the number.

use std::collections::BTreeMap;

use crate::report::html::{Html, push};
use crate::report::model::Report;
use crate::show;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A month this far from zero has the full colour.
const FULL: f64 = 0.1;

/// Appends one row per year.
pub(in crate::report) fn months(html: &mut Html, report: &Report) {
    let mut years: BTreeMap<i64, [Option<f64>; 12]> = BTreeMap::new();
    for month in &report.metrics.monthly {
        years.entry(month.year).or_default()[usize::from(month.month - 1)] = month.share;
    }
    if years.is_empty() {
        return;
    }
    push!(html, "<section><h2>Monthly returns, %</h2><div class=\"scroll\" tabindex=\"0\">");
    push!(html, "<table class=\"months\"><thead><tr><th scope=\"col\">Year</th>");
    for name in MONTHS {
        push!(html, "<th scope=\"col\">{name}</th>");
    }
    push!(html, "<th scope=\"col\">Year</th></tr></thead><tbody>");
    for (year, months) in &years {
        push!(html, "<tr><th scope=\"row\">{year}</th>");
        months.iter().for_each(|share| cell(html, *share));
        let growth = months.iter().flatten().fold(1.0, |growth, share| growth * (1.0 + share));
        cell(html, Some(growth - 1.0));
        push!(html, "</tr>");
    }
    push!(html, "</tbody></table></div></section>");
}

fn cell(html: &mut Html, share: Option<f64>) {
    let Some(share) = share else {
        push!(html, "<td></td>");
        return;
    };
    // Text keeps its own colour, so that contrast holds; only the ground changes.
    let strength = analysis::num::clip(share.abs() / FULL, 0.0, 1.0) * 38.0;
    let colour = if share < 0.0 { "--loss" } else { "--win" };
    push!(
        html,
        "<td style=\"background:color-mix(in srgb,var({colour}) {strength:.0}%,transparent)\">{}</td>",
        show::number(share * 100.0, 1)
    );
}
