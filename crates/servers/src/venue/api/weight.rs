//! What each request weighs (`rest-api.md`, "Weight" of each endpoint).

use super::{Endpoint, Params};

/// Weight of a rolling window or a trading day, for each symbol.
const WINDOW: u32 = 4;
/// The most that those weigh.
const WINDOW_MAX: u32 = 200;

/// Returns the weight of a request with these parameters.
pub(super) fn of(endpoint: Endpoint, params: &Params) -> u32 {
    let given = |name: &str| params.has(name);
    match endpoint {
        Endpoint::Ping
        | Endpoint::Time
        | Endpoint::NewOrder
        | Endpoint::CancelOrder
        | Endpoint::CancelOpenOrders
        | Endpoint::CancelReplace
        | Endpoint::OldOco
        | Endpoint::Oco
        | Endpoint::Oto
        | Endpoint::Otoco
        | Endpoint::CancelList
        | Endpoint::SystemStatus
        | Endpoint::ApiRestrictions => 1,
        Endpoint::TestOrder if sent(params, "computeCommissionRates") == Some("true") => 20,
        Endpoint::TestOrder => 1,
        Endpoint::Klines | Endpoint::UiKlines | Endpoint::AvgPrice => 2,
        Endpoint::AggTrades
        | Endpoint::Amend
        | Endpoint::QueryOrder
        | Endpoint::QueryList
        | Endpoint::Amendments => 4,
        Endpoint::Depth => depth(params),
        Endpoint::Trades | Endpoint::HistoricalTrades => 25,
        Endpoint::Ticker24h => match (given("symbol"), symbols(params)) {
            (true, _) | (false, Some(0..=20)) => 2,
            (false, Some(21..=100)) => 40,
            (false, Some(_) | None) => 80,
        },
        Endpoint::TickerPrice | Endpoint::BookTicker => {
            if given("symbol") {
                2
            } else {
                4
            }
        }
        Endpoint::TickerTradingDay | Endpoint::RollingTicker => {
            let symbols = if given("symbol") { 1 } else { symbols(params).unwrap_or(1).max(1) };
            WINDOW.saturating_mul(symbols).min(WINDOW_MAX)
        }
        Endpoint::OpenLists => 6,
        Endpoint::OpenOrders => {
            if given("symbol") {
                6
            } else {
                80
            }
        }
        Endpoint::MyTrades => {
            if given("orderId") {
                5
            } else {
                20
            }
        }
        Endpoint::PreventedMatches => {
            if given("preventedMatchId") {
                2
            } else {
                20
            }
        }
        Endpoint::ExchangeInfo
        | Endpoint::Account
        | Endpoint::AllOrders
        | Endpoint::AllLists
        | Endpoint::Allocations
        | Endpoint::Commission => 20,
        Endpoint::OrderUsage | Endpoint::MyFilters => 40,
    }
}

fn depth(params: &Params) -> u32 {
    let limit = sent(params, "limit").and_then(|limit| limit.parse::<u32>().ok()).unwrap_or(100);
    match limit {
        0..=100 => 5,
        101..=500 => 25,
        501..=1_000 => 50,
        _ => 250,
    }
}

fn symbols(params: &Params) -> Option<u32> {
    let list: Vec<String> = serde_json::from_str(sent(params, "symbols")?).ok()?;
    u32::try_from(list.len()).ok()
}

fn sent<'a>(params: &'a Params, name: &str) -> Option<&'a str> {
    params.pairs().iter().find(|(sent, _)| sent == name).map(|(_, value)| value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_weighs() {
        let many = |n: usize| format!("[{}]", vec!["\"A\""; n].join(","));
        let (twenty, hundred) = (many(20), many(21));
        type Case<'a> = (Endpoint, &'a [(&'a str, &'a str)], u32);
        let cases: &[Case<'_>] = &[
            (Endpoint::Depth, &[], 5),
            (Endpoint::Depth, &[("limit", "100")], 5),
            (Endpoint::Depth, &[("limit", "101")], 25),
            (Endpoint::Depth, &[("limit", "501")], 50),
            (Endpoint::Depth, &[("limit", "9999")], 250),
            (Endpoint::Ticker24h, &[], 80),
            (Endpoint::Ticker24h, &[("symbol", "A")], 2),
            (Endpoint::Ticker24h, &[("symbols", &twenty)], 2),
            (Endpoint::Ticker24h, &[("symbols", &hundred)], 40),
            (Endpoint::RollingTicker, &[("symbols", &twenty)], 80),
            (Endpoint::RollingTicker, &[("symbol", "A")], 4),
            (Endpoint::OpenOrders, &[], 80),
            (Endpoint::OpenOrders, &[("symbol", "A")], 6),
            (Endpoint::MyTrades, &[("symbol", "A")], 20),
            (Endpoint::MyTrades, &[("orderId", "1")], 5),
            (Endpoint::TestOrder, &[("computeCommissionRates", "true")], 20),
            (Endpoint::TickerPrice, &[], 4),
        ];
        for (endpoint, pairs, wanted) in cases {
            let owned = pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
            let params = Params::new(owned.collect()).unwrap();
            assert_eq!(of(*endpoint, &params), *wanted, "{endpoint:?} {pairs:?}");
        }
    }
}
