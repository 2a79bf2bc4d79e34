//! Equity and drawdown beside the yardsticks.

use types::market::TsNanos;

use crate::report::chart::{Canvas, Line, Shape, band, both_widths, extent, line};
use crate::report::html::{Esc, Html, push};
use crate::report::model::Report;
use crate::show;

/// Appends equity over time, then how far below its peak it was.
pub(in crate::report) fn equity(html: &mut Html, report: &Report) {
    push!(html, "<section><h2>Equity beside the yardsticks</h2>");
    push!(html, "{}", both_widths(360.0, 300.0, |shape| equity_chart(report, shape)));
    legend(html, report);
    push!(html, "<h3>Drawdown: how far below the peak</h3>");
    push!(html, "{}", both_widths(180.0, 160.0, |shape| drawdown_chart(report, shape)));
    push!(
        html,
        "<p class=\"small soft\">One point per day; the deepest drawdown among the figures is taken \
         at every instant and can be deeper than the picture.</p></section>"
    );
}

fn equity_chart(report: &Report, shape: Shape) -> String {
    let band_values = report.null.iter().flat_map(|null| &null.days).flat_map(|d| [d.1, d.3]);
    let series = [&report.equity, &report.hold, &report.trend];
    let values = series.into_iter().flatten().map(|(_, value)| *value).chain(band_values);
    let canvas = Canvas::new(shape, (report.from, report.to), extent(values), true);
    let mut drawn = String::new();
    if let Some(null) = &report.null {
        let of = |pick: fn(&(TsNanos, f64, f64, f64)) -> f64| -> Vec<(TsNanos, f64)> {
            null.days.iter().map(|day| (day.0, pick(day))).collect()
        };
        drawn += &band(&canvas, &of(|d| d.1), &of(|d| d.3), "nullband");
        drawn += &line(&canvas, &Line { points: &of(|d| d.2), class: "nullmid" });
    }
    drawn += &line(&canvas, &Line { points: &report.hold, class: "hold" });
    drawn += &line(&canvas, &Line { points: &report.trend, class: "trend" });
    drawn += &line(&canvas, &Line { points: &report.equity, class: "ours" });
    drawn += &hover(report, &canvas);
    let end = report.equity.last().map_or(0.0, |(_, equity)| *equity);
    let label = format!(
        "Equity of {} from {} to {}: ends at {}",
        report.policy,
        show::date(report.from),
        show::date(report.to),
        show::money(end)
    );
    canvas.finish(&label, &show::axis, &drawn)
}

/// Invisible strips that say the day's numbers when pointed at.
fn hover(report: &Report, canvas: &Canvas) -> String {
    let mut strips = Html::default();
    let step = report.equity.len().div_ceil(if canvas.narrow { 30 } else { 90 }).max(1);
    let at = |series: &[(TsNanos, f64)], ts: TsNanos| {
        let after = series.partition_point(|(day, _)| *day <= ts);
        after.checked_sub(1).and_then(|place| series.get(place)).map(|(_, equity)| *equity)
    };
    for pair in report.equity.iter().step_by(step).collect::<Vec<_>>().windows(2) {
        let (&(from, equity), &(to, _)) = (pair[0], pair[1]);
        let (x, next) = (canvas.time(from), canvas.time(to));
        let (top, height) = (canvas.top, canvas.bottom - canvas.top);
        push!(
            strips,
            "<rect class=\"hover\" x=\"{x:.1}\" y=\"{top}\" width=\"{:.1}\" height=\"{height}\">\
             <title>{}\n{}: {}\nbuy and hold: {}\ntrend: {}</title></rect>",
            next - x,
            show::date(from),
            Esc(&report.policy),
            show::money(equity),
            show::option(at(&report.hold, from), show::money),
            show::option(at(&report.trend, from), show::money),
        );
    }
    strips.into_string()
}

fn drawdown_chart(report: &Report, shape: Shape) -> String {
    let ours = below_peak(&report.equity);
    let hold = below_peak(&report.hold);
    let (low, _) = extent(ours.iter().chain(&hold).map(|(_, share)| *share));
    let canvas = Canvas::new(shape, (report.from, report.to), (low, 0.0), false);
    let zero: Vec<(TsNanos, f64)> = ours.iter().map(|(at, _)| (*at, 0.0)).collect();
    let mut drawn = band(&canvas, &ours, &zero, "under");
    drawn += &line(&canvas, &Line { points: &hold, class: "hold" });
    drawn += &line(&canvas, &Line { points: &ours, class: "ours" });
    let label = format!("Drawdown of {} and of buying and holding", report.policy);
    canvas.finish(&label, &|share| format!("{} %", show::number(share * 100.0, 0)), &drawn)
}

fn below_peak(points: &[(TsNanos, f64)]) -> Vec<(TsNanos, f64)> {
    let mut peak = f64::NEG_INFINITY;
    let below = |&(at, equity): &(TsNanos, f64)| {
        peak = analysis::num::max(peak, equity);
        (at, if peak > 0.0 { equity / peak - 1.0 } else { 0.0 })
    };
    points.iter().map(below).collect()
}

fn legend(html: &mut Html, report: &Report) {
    push!(html, "<ul class=\"legend\">");
    let mut entry = |class: &str, text: &str| {
        let mark = if class == "nullband" {
            "<rect class=\"area nullband\" width=\"26\" height=\"10\"/>".to_owned()
        } else {
            format!("<path class=\"line {class}\" d=\"M0 5H26\"/>")
        };
        push!(
            html,
            "<li><svg viewBox=\"0 0 26 10\" aria-hidden=\"true\">{mark}</svg>{}</li>",
            Esc(text)
        );
    };
    entry("ours", &report.policy);
    if !report.hold.is_empty() {
        entry("hold", "buy and hold, equal parts");
    }
    if !report.trend.is_empty() {
        entry("trend", "trend: long or flat by past returns");
    }
    if let Some(null) = &report.null {
        entry("nullband", &format!("random entries, middle 90 % of {}", null.seeds));
    }
    push!(html, "</ul>");
}
