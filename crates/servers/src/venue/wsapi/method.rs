//! [`Method`]: what can be asked on the WebSocket API, by its name.

use crate::venue::api::Endpoint;

/// What can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    /// What REST answers too, by the same rules.
    Endpoint(Endpoint),
    /// What concerns the connection itself.
    Session(Session),
}

/// What concerns the connection itself. All of it weighs 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Session {
    /// Prove once who this is.
    Logon,
    /// Who is this?
    Status,
    /// Forget who this is.
    Logout,
    /// Which subscriptions are there?
    Subscriptions,
    /// Tell what happens to the account of the session.
    Subscribe,
    /// Tell what happens to the account whose signature is sent.
    SubscribeSigned,
    /// Tell no more.
    Unsubscribe,
}

/// Weight of each of [`Session`] (*Public WebSocket API for Binance*, "Authentication requests" and
/// "User Data Stream requests").
pub(super) const SESSION_WEIGHT: u32 = 2;

/// Names and what they mean.
const METHODS: [(&str, Method); 47] = [
    ("ping", Method::Endpoint(Endpoint::Ping)),
    ("time", Method::Endpoint(Endpoint::Time)),
    ("exchangeInfo", Method::Endpoint(Endpoint::ExchangeInfo)),
    ("depth", Method::Endpoint(Endpoint::Depth)),
    ("trades.recent", Method::Endpoint(Endpoint::Trades)),
    ("trades.historical", Method::Endpoint(Endpoint::HistoricalTrades)),
    ("trades.aggregate", Method::Endpoint(Endpoint::AggTrades)),
    ("klines", Method::Endpoint(Endpoint::Klines)),
    ("uiKlines", Method::Endpoint(Endpoint::UiKlines)),
    ("avgPrice", Method::Endpoint(Endpoint::AvgPrice)),
    ("ticker.24hr", Method::Endpoint(Endpoint::Ticker24h)),
    ("ticker.tradingDay", Method::Endpoint(Endpoint::TickerTradingDay)),
    ("ticker.price", Method::Endpoint(Endpoint::TickerPrice)),
    ("ticker.book", Method::Endpoint(Endpoint::BookTicker)),
    ("ticker", Method::Endpoint(Endpoint::RollingTicker)),
    ("order.place", Method::Endpoint(Endpoint::NewOrder)),
    ("order.test", Method::Endpoint(Endpoint::TestOrder)),
    ("order.status", Method::Endpoint(Endpoint::QueryOrder)),
    ("order.cancel", Method::Endpoint(Endpoint::CancelOrder)),
    ("order.cancelReplace", Method::Endpoint(Endpoint::CancelReplace)),
    ("order.amend.keepPriority", Method::Endpoint(Endpoint::Amend)),
    ("order.amendments", Method::Endpoint(Endpoint::Amendments)),
    ("openOrders.status", Method::Endpoint(Endpoint::OpenOrders)),
    ("openOrders.cancelAll", Method::Endpoint(Endpoint::CancelOpenOrders)),
    ("orderList.place", Method::Endpoint(Endpoint::OldOco)),
    ("orderList.place.oco", Method::Endpoint(Endpoint::Oco)),
    ("orderList.place.oto", Method::Endpoint(Endpoint::Oto)),
    ("orderList.place.otoco", Method::Endpoint(Endpoint::Otoco)),
    ("orderList.status", Method::Endpoint(Endpoint::QueryList)),
    ("orderList.cancel", Method::Endpoint(Endpoint::CancelList)),
    ("openOrderLists.status", Method::Endpoint(Endpoint::OpenLists)),
    ("account.status", Method::Endpoint(Endpoint::Account)),
    ("account.commission", Method::Endpoint(Endpoint::Commission)),
    ("account.rateLimits.orders", Method::Endpoint(Endpoint::OrderUsage)),
    ("allOrders", Method::Endpoint(Endpoint::AllOrders)),
    ("allOrderLists", Method::Endpoint(Endpoint::AllLists)),
    ("myTrades", Method::Endpoint(Endpoint::MyTrades)),
    ("myPreventedMatches", Method::Endpoint(Endpoint::PreventedMatches)),
    ("myAllocations", Method::Endpoint(Endpoint::Allocations)),
    ("myFilters", Method::Endpoint(Endpoint::MyFilters)),
    ("session.logon", Method::Session(Session::Logon)),
    ("session.status", Method::Session(Session::Status)),
    ("session.logout", Method::Session(Session::Logout)),
    ("session.subscriptions", Method::Session(Session::Subscriptions)),
    ("userDataStream.subscribe", Method::Session(Session::Subscribe)),
    ("userDataStream.subscribe.signature", Method::Session(Session::SubscribeSigned)),
    ("userDataStream.unsubscribe", Method::Session(Session::Unsubscribe)),
];

impl Method {
    /// Finds what a name means.
    pub(super) fn named(name: &str) -> Option<Self> {
        METHODS.iter().find(|(known, _)| *known == name).map(|(_, method)| *method)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_is_taken_twice() {
        let mut names: Vec<_> = METHODS.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), METHODS.len());
        assert_eq!(Method::named("order.place"), Some(Method::Endpoint(Endpoint::NewOrder)));
        assert_eq!(Method::named("order.Place"), None);
    }

    #[test]
    fn whatever_rest_answers_is_answered_here_too() {
        for endpoint in Endpoint::ALL {
            let named = METHODS.iter().any(|(_, method)| *method == Method::Endpoint(*endpoint));
            // The wallet's part has no WebSocket API.
            let wallet = endpoint.address().1.starts_with("/sapi/");
            assert_eq!(named, !wallet, "{endpoint:?}");
        }
    }
}
