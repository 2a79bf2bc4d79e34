//! All figures.

use super::table::{sign_class, tile};
use crate::report::html::{Html, push};
use crate::report::model::Report;
use crate::show::{self, option};

/// Appends the figures of performance.
pub(in crate::report) fn key_figures(html: &mut Html, report: &Report) {
    let m = &report.metrics;
    push!(html, "<section><h2>Figures</h2><dl class=\"tiles\">");
    let two = |value: f64| show::number(value, 2);
    let mut plain = |name: &str, value: String, beside: &str| tile(html, name, &value, "", beside);
    plain("Growth per year (CAGR)", option(m.cagr, show::signed_percent), "");
    plain("Sharpe", option(m.sharpe, two), "per year, daily returns");
    plain("Sortino", option(m.sortino, two), "per year, daily returns");
    plain("MAR", option(m.mar, two), "growth / drawdown");
    plain("Trades", show::count(m.trades), &format!("{} won, {} lost", m.wins, m.losses));
    plain("Win rate", option(m.win_rate, show::percent), "");
    let n = m.expectancy.map_or(0, |e| e.n);
    let expectancy = option(m.expectancy, |e| format!("{} R", show::number(e.mean_r, 3)));
    plain("Expectancy", expectancy, &format!("mean R, N = {n}"));
    plain("Profit factor", option(m.profit_factor, two), "won / lost");
    plain("Time in the market", option(m.time_in_market, show::percent), "at least one position");
    plain("Mean exposure", option(m.mean_exposure, show::percent), "of equity");
    let turnover = option(m.turnover, |t| format!("{} x", show::number(t, 1)));
    plain("Turnover", turnover, "of equity per year");
    plain("Mean time in a trade", option(m.mean_days_held, |d| format!("{} days", two(d))), "");
    let pnl = option(m.mean_pnl, show::signed_money);
    tile(html, "Mean P&L of a trade", &pnl, sign_class(m.mean_pnl.unwrap_or(0.0)), &report.quote);
    let cost = option(m.costs.per_trade, show::money);
    tile(html, "Cost of a trade", &cost, "", &report.quote);
    push!(html, "</dl>");
    push!(
        html,
        "<p class=\"small soft\">{} means undefined: too few days or trades, or nothing to divide \
         by.</p></section>",
        show::UNDEFINED
    );
}
