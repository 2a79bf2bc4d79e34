//! The reliability diagram: predicted against seen.

use super::table;
use crate::report::html::{Html, push};
use crate::report::model::{Reliability, Report};
use crate::show;

/// Side of the square, in its own units.
const SIDE: f64 = 340.0;
/// Room for numbers at the left and below.
const MARGIN: f64 = 40.0;

/// Appends the diagram with the numbers behind it.
pub(in crate::report) fn reliability(html: &mut Html, report: &Report) {
    let Some(seen) = &report.reliability else { return };
    push!(html, "<section><h2>Reliability of the odds</h2>");
    push!(
        html,
        "<p>{} effective outcomes, method at the end: {}, Brier score {}. On the diagonal the odds \
         are what happened; the size of a dot is its weight.</p>",
        show::number(seen.outcomes, 1),
        crate::report::html::Esc(&seen.method),
        show::option(seen.brier, |brier| show::number(brier, 4))
    );
    if seen.bins.is_empty() {
        push!(html, "<p>No outcome was resolved yet.</p></section>");
        return;
    }
    push!(html, "<div style=\"max-width:420px\">{}</div>", diagram(seen));
    table::open(html, &["Predicted", "Seen", "Weight"]);
    for (predicted, observed, weight) in &seen.bins {
        push!(
            html,
            "<tr><td>{}</td><td>{}</td><td>{}</td></tr>",
            show::number(*predicted, 3),
            show::number(*observed, 3),
            show::number(*weight, 1)
        );
    }
    table::close(html);
    push!(html, "</section>");
}

fn diagram(seen: &Reliability) -> String {
    let place = |share: f64| MARGIN + share * (SIDE - MARGIN - 8.0);
    let height = |share: f64| SIDE - MARGIN - share * (SIDE - MARGIN - 8.0);
    let mut html = Html::default();
    push!(
        html,
        "<svg viewBox=\"0 0 {SIDE} {SIDE}\" role=\"img\" aria-label=\"Predicted odds against what \
         was seen, {} bins\">",
        seen.bins.len()
    );
    for share in [0.0, 0.25, 0.5, 0.75, 1.0] {
        let (x, y) = (place(share), height(share));
        let (left, right, low, top) = (place(0.0), place(1.0), height(0.0), height(1.0));
        push!(html, "<path class=\"grid\" d=\"M{left} {y}H{right}M{x} {low}V{top}\"/>");
        push!(html, "<text class=\"end\" x=\"{}\" y=\"{}\">{share}</text>", left - 6.0, y + 4.0);
        push!(html, "<text class=\"mid\" x=\"{x}\" y=\"{}\">{share}</text>", low + 16.0);
    }
    push!(
        html,
        "<path class=\"line hold\" d=\"M{} {}L{} {}\"/>",
        place(0.0),
        height(0.0),
        place(1.0),
        height(1.0)
    );
    let heaviest = seen.bins.iter().map(|bin| bin.2).fold(0.0, analysis::num::max);
    for (predicted, observed, weight) in &seen.bins {
        let share = if heaviest > 0.0 { weight / heaviest } else { 0.0 };
        push!(
            html,
            "<circle class=\"dot\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"{:.1}\"><title>predicted {}, seen {}, \
             weight {}</title></circle>",
            place(*predicted),
            height(*observed),
            3.0 + 9.0 * analysis::num::sqrt(share),
            show::number(*predicted, 3),
            show::number(*observed, 3),
            show::number(*weight, 1)
        );
    }
    push!(
        html,
        "<text class=\"mid\" x=\"{}\" y=\"{}\">predicted</text>",
        SIDE / 2.0 + 16.0,
        SIDE - 4.0
    );
    push!(html, "</svg>");
    html.into_string()
}
