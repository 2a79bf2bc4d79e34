//! How often each gate refused.

use super::table;
use crate::report::html::{Esc, Html, push};
use crate::report::model::{GateRow, Report};
use crate::show;

/// Width of a bar at 100 %, in CSS pixels.
const BAR: f64 = 120.0;

/// Appends each gate in the order it is met, then each risk rule.
pub(in crate::report) fn gates(html: &mut Html, report: &Report) {
    if report.gates.is_empty() {
        return;
    }
    push!(html, "<section><h2>How often each gate refused</h2>");
    let with = |remark: &str| -> Vec<&str> {
        let rows = report.gates.iter().filter(|gate| gate.remark() == remark);
        rows.map(|gate| gate.code.as_str()).collect()
    };
    let (all, nothing) = (with("refuses everything"), with("refuses nothing"));
    if !all.is_empty() {
        push!(html, "<p class=\"warn\"><b>Refuses everything:</b> {}.</p>", Esc(all.join(", ")));
    }
    if !nothing.is_empty() {
        push!(html, "<p class=\"warn\"><b>Refuses nothing:</b> {}.</p>", Esc(nothing.join(", ")));
    }
    if all.is_empty() && nothing.is_empty() {
        push!(html, "<p>Every applicable gate let some through and refused some.</p>");
    }
    table::open(html, &["Gate", "Asked", "Refused", "Cut", "Share refused or cut", "", ""]);
    report.gates.iter().for_each(|gate| row(html, gate));
    table::close(html);
    push!(html, "</section>");
}

fn row(html: &mut Html, gate: &GateRow) {
    #[expect(clippy::cast_precision_loss, reason = "a share to be shown")]
    let share = (gate.asked > 0).then(|| (gate.refused + gate.reduced) as f64 / gate.asked as f64);
    let bar = share.map_or_else(String::new, |share| {
        let width = share * BAR;
        format!(
            "<svg viewBox=\"0 0 {BAR} 10\" style=\"width:{BAR}px;height:10px;display:inline-block\" \
             aria-hidden=\"true\"><rect class=\"bar refused\" width=\"{width:.1}\" height=\"10\"/></svg> "
        )
    });
    push!(
        html,
        "<tr><td><code>{}</code></td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{bar}</td>\
         <td class=\"text warn\">{}</td></tr>",
        Esc(&gate.code),
        show::count(gate.asked),
        show::count(gate.refused),
        show::count(gate.reduced),
        show::option(share, show::percent),
        gate.remark()
    );
}
