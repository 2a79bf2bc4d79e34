//! Axes: grid lines with round numbers, and years or months along the time.

use types::market::TsNanos;

use super::canvas::Canvas;
use crate::report::html::{Esc, Html, push};

const DAY: i64 = 86_400_000_000_000;

/// Draws horizontal lines with their numbers.
pub(super) fn horizontal(html: &mut Html, canvas: &Canvas, show: &dyn Fn(f64) -> String) {
    let wanted = if canvas.narrow { 4 } else { 5 };
    for tick in canvas.y.ticks(wanted) {
        let y = canvas.y.at(tick);
        let (left, right) = (canvas.left, canvas.right);
        push!(
            html,
            "<line class=\"grid\" x1=\"{left}\" x2=\"{right}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>"
        );
        let (x, y) = (left - 6.0, y + 4.0);
        push!(html, "<text class=\"tick end\" x=\"{x}\" y=\"{y:.1}\">{}</text>", Esc(show(tick)));
    }
}

/// Draws the calendar along the lower edge.
pub(super) fn calendar(html: &mut Html, canvas: &Canvas) {
    let wanted = if canvas.narrow { 4 } else { 9 };
    for (at, label) in calendar_ticks(canvas.from, canvas.to, wanted) {
        let x = canvas.time(at);
        if x > canvas.right - 12.0 || x < canvas.left - 1.0 {
            continue;
        }
        let (bottom, y) = (canvas.bottom, canvas.bottom + 16.0);
        push!(
            html,
            "<line class=\"mark\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{bottom}\" y2=\"{}\"/>",
            bottom + 4.0
        );
        push!(html, "<text class=\"tick\" x=\"{x:.1}\" y=\"{y}\">{label}</text>");
    }
}

/// Returns the first days of years, quarters, months or single days, at most `wanted` + a few.
fn calendar_ticks(from: TsNanos, to: TsNanos, wanted: i64) -> Vec<(TsNanos, String)> {
    let months = to.month() - from.month();
    if months >= 2 {
        let step = [1, 2, 3, 6, 12, 24, 60].into_iter().find(|step| months / step <= wanted);
        return month_ticks(from, to, step.unwrap_or(120));
    }
    let days = to.since(from) / DAY;
    let step = [1, 2, 5, 7, 14].into_iter().find(|step| days / step <= wanted).unwrap_or(14);
    let mut ticks = Vec::new();
    let mut at = from.start_of_day();
    while at <= to {
        if at >= from {
            let (_, month, day) = at.civil();
            ticks.push((at, format!("{month:02}-{day:02}")));
        }
        at = at.plus(step * DAY);
    }
    ticks
}

fn month_ticks(from: TsNanos, to: TsNanos, step: i64) -> Vec<(TsNanos, String)> {
    let mut ticks = Vec::new();
    let mut at = from.start_of_day();
    while at <= to {
        let (year, month, day) = at.civil();
        if day == 1 && at.month() % step == 0 {
            let label = if step >= 12 { year.to_string() } else { format!("{year}-{month:02}") };
            ticks.push((at, label));
        }
        // From the middle of a month 28 days never skip a first; near it, step by days.
        at = at.plus(if day == 1 { 27 * DAY } else { DAY });
    }
    ticks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seven_years_are_marked_by_year() {
        let from = TsNanos::from_nanos(1_514_764_800_000_000_000);
        let labels: Vec<String> = calendar_ticks(from, from.plus(2_556 * DAY), 9)
            .into_iter()
            .map(|(_, label)| label)
            .collect();
        assert_eq!(labels, ["2018", "2019", "2020", "2021", "2022", "2023", "2024"]);
    }

    #[test]
    fn a_week_is_marked_by_day() {
        let ticks = calendar_ticks(TsNanos::EPOCH, TsNanos::EPOCH.plus(6 * DAY), 9);
        assert_eq!(ticks.len(), 7);
        assert_eq!(ticks[6].1, "01-07");
    }
}
