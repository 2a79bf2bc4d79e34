//! The page: head, sections in the order of questions people ask, foot.

use super::html::{Esc, Html, push};
use super::model::Report;
use super::sections;

/// Colours, sizes and breaks; no other file is needed.
const STYLE: &str = include_str!("style.css");

/// Returns the whole page.
pub(crate) fn render(report: &Report) -> String {
    let mut html = Html::default();
    let title = format!("SIMULATED: {} on {}", report.policy, report.symbols.join(", "));
    push!(
        html,
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\">\
         <title>{}</title><style>{STYLE}</style></head><body>",
        Esc(title)
    );
    sections::header(&mut html, report);
    push!(html, "<main>");
    sections::verdict(&mut html, report);
    sections::equity(&mut html, report);
    sections::key_figures(&mut html, report);
    sections::months(&mut html, report);
    sections::prices(&mut html, report);
    sections::costs(&mut html, report);
    sections::groups(&mut html, report);
    sections::gates(&mut html, report);
    sections::reliability(&mut html, report);
    sections::decisions(&mut html, report);
    sections::quality(&mut html, report);
    sections::provenance(&mut html, report);
    push!(html, "</main></body></html>\n");
    html.into_string()
}
