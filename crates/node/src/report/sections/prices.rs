//! Trades on the price charts.

use sim::performance::TradeRecord;
use types::market::{Direction, TsNanos};

use super::table::{self, sign_class};
use crate::report::chart::{Canvas, Line, Shape, band, both_widths, extent, line};
use crate::report::html::{Esc, Html, push};
use crate::report::model::{DayPrices, PriceChart, Report};
use crate::show;

/// Trades listed with all their numbers: the largest by what they won or lost.
const LISTED: usize = 40;

/// Charts that are open at first.
const OPEN: usize = 4;

/// Trades on one chart above which marks are drawn smaller.
const CROWDED: usize = 60;

/// Appends one chart per symbol, then the trades that moved the result most.
pub(in crate::report) fn prices(html: &mut Html, report: &Report) {
    push!(html, "<section><h2>Trades on the chart</h2>");
    push!(
        html,
        "<p class=\"small soft\">Triangles up: bought; down: sold; a line joins entry and exit. \
         Green when the trade won, red when it lost. Point at one for its numbers. The grey range \
         is low to high of each day.</p>"
    );
    for (place, chart) in report.charts.iter().enumerate() {
        let trades: Vec<&TradeRecord> =
            report.trades.iter().filter(|trade| trade.symbol.as_str() == chart.symbol).collect();
        let open = if place < OPEN { " open" } else { "" };
        push!(
            html,
            "<details{open}><summary><b>{}</b>, {} trades</summary>",
            Esc(&chart.symbol),
            trades.len()
        );
        let drawn = both_widths(300.0, 260.0, |shape| price_chart(report, chart, &trades, shape));
        push!(html, "{drawn}</details>");
    }
    list(html, report);
    push!(html, "</section>");
}

fn price_chart(
    report: &Report,
    chart: &PriceChart,
    trades: &[&TradeRecord],
    shape: Shape,
) -> String {
    let values = chart.days.iter().flat_map(|day| [day.low, day.high]);
    let canvas = Canvas::new(shape, (report.from, report.to), extent(values), true);
    let pick = |pick: fn(&DayPrices) -> f64| -> Vec<(TsNanos, f64)> {
        chart.days.iter().map(|day| (day.at, pick(day))).collect()
    };
    let mut drawn = band(&canvas, &pick(|day| day.low), &pick(|day| day.high), "range");
    drawn += &line(&canvas, &Line { points: &pick(|day| day.close), class: "close" });
    let mut marks = Html::default();
    let size = if trades.len() > CROWDED { 2.5 } else { 4.0 };
    trades.iter().for_each(|trade| mark(&mut marks, &canvas, trade, size));
    drawn += &marks.into_string();
    let label = format!("Price of {} with {} trades", chart.symbol, trades.len());
    canvas.finish(&label, &show::axis, &drawn)
}

fn mark(html: &mut Html, canvas: &Canvas, trade: &TradeRecord, size: f64) {
    let (x1, y1) = (canvas.time(trade.opened_at), canvas.y.at(trade.entry));
    let (x2, y2) = (canvas.time(trade.closed_at), canvas.y.at(trade.exit));
    push!(html, "<g><title>{}</title>", Esc(in_words(trade)));
    push!(
        html,
        "<line class=\"held {}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>",
        sign_class(trade.pnl)
    );
    let class = sign_class(trade.pnl);
    let (first, second) = match trade.direction {
        Direction::Long => (size, -size),
        Direction::Short => (-size, size),
    };
    push!(html, "{}{}</g>", triangle(x1, y1, first, class), triangle(x2, y2, second, class));
}

/// Points up for a positive size, down for a negative one.
fn triangle(x: f64, y: f64, size: f64, class: &str) -> String {
    let (half, height) = (size.abs(), 2.0 * size);
    format!("<path class=\"tip {class}\" d=\"M{x:.1} {y:.1}l{half} {height}h-{}z\"/>", 2.0 * half)
}

fn in_words(trade: &TradeRecord) -> String {
    format!(
        "{} {} {}\n{} at {}\n{} at {}\n{} ({})\nout: {}",
        trade.direction.name(),
        trade.qty,
        trade.symbol,
        show::minute(trade.opened_at),
        show::price(trade.entry),
        show::minute(trade.closed_at),
        show::price(trade.exit),
        show::signed_money(trade.pnl),
        show::option(trade.r, |r| format!("{} R", show::number(r, 2))),
        trade.exit_reason.code()
    )
}

fn list(html: &mut Html, report: &Report) {
    let mut trades: Vec<&TradeRecord> = report.trades.iter().collect();
    trades.sort_by(|a, b| b.pnl.abs().total_cmp(&a.pnl.abs()));
    trades.truncate(LISTED);
    if trades.is_empty() {
        push!(html, "<p>No trade was made.</p>");
        return;
    }
    let n = trades.len();
    push!(html, "<details><summary>The {n} trades that moved the result most</summary>");
    table::open(
        html,
        &[
            "Symbol", "In", "Out", "Side", "Qty", "Entry", "Exit", "P&L", "R", "Costs", "Score",
            "Out by",
        ],
    );
    for t in trades {
        push!(
            html,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td class=\"text\">{}</td><td>{}</td><td>{}</td>\
             <td>{}</td><td class=\"{}\">{}</td><td>{}</td><td>{}</td><td>{}</td><td class=\"text\">{}</td></tr>",
            Esc(&t.symbol),
            show::minute(t.opened_at),
            show::minute(t.closed_at),
            t.direction.name(),
            t.qty,
            show::price(t.entry),
            show::price(t.exit),
            sign_class(t.pnl),
            show::signed_money(t.pnl),
            show::option(t.r, |r| show::number(r, 2)),
            show::money(t.fees + t.slippage - t.funding),
            show::option(t.score, |s| show::number(s, 0)),
            t.exit_reason.code(),
        );
    }
    table::close(html);
    push!(html, "</details>");
}
