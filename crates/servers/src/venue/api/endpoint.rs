//! [`Endpoint`]: everything that can be asked, with its address, its security and who answers.

use super::handlers as answers;
use super::{ApiError, Context, Params, Security, weight};

/// An HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// Ask.
    Get,
    /// Do.
    Post,
    /// Change.
    Put,
    /// End.
    Delete,
}

impl Method {
    /// Returns the word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

macro_rules! endpoints {
    ($($(#[$doc:meta])* $name:ident = $method:ident $path:literal, $security:ident, $answer:path;)*) => {
        /// Everything that can be asked.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Endpoint {
            $($(#[$doc])* $name,)*
        }

        impl Endpoint {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Returns method and path.
            #[must_use]
            pub const fn address(self) -> (Method, &'static str) {
                match self {
                    $(Self::$name => (Method::$method, $path),)*
                }
            }

            /// Returns the name by which faults are told apart: `POST /api/v3/order`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => endpoints!(@name $method, $path),)*
                }
            }

            /// Returns who may ask.
            #[must_use]
            pub const fn security(self) -> Security {
                match self {
                    $(Self::$name => Security::$security,)*
                }
            }

            /// Answers.
            ///
            /// # Errors
            /// As documented for the endpoint.
            pub fn answer(self, context: &mut Context<'_>) -> Result<String, ApiError> {
                match self {
                    $(Self::$name => $answer(context),)*
                }
            }
        }
    };
    (@name Get, $path:literal) => { concat!("GET ", $path) };
    (@name Post, $path:literal) => { concat!("POST ", $path) };
    (@name Put, $path:literal) => { concat!("PUT ", $path) };
    (@name Delete, $path:literal) => { concat!("DELETE ", $path) };
}

endpoints! {
    /// Is anybody there?
    Ping = Get "/api/v3/ping", None, answers::general::ping;
    /// What time is it?
    Time = Get "/api/v3/time", None, answers::general::time;
    /// Symbols, rules and limits.
    ExchangeInfo = Get "/api/v3/exchangeInfo", None, answers::exchange_info::exchange_info;
    /// The book.
    Depth = Get "/api/v3/depth", None, answers::market_data::depth;
    /// The last trades.
    Trades = Get "/api/v3/trades", None, answers::market_data::trades;
    /// Trades from a number on.
    HistoricalTrades = Get "/api/v3/historicalTrades", None, answers::market_data::historical_trades;
    /// Trades by taker order and price.
    AggTrades = Get "/api/v3/aggTrades", None, answers::market_data::agg_trades;
    /// Bars.
    Klines = Get "/api/v3/klines", None, answers::market_data::klines;
    /// Bars for charts: the same bars.
    UiKlines = Get "/api/v3/uiKlines", None, answers::market_data::klines;
    /// The average price of the last minutes.
    AvgPrice = Get "/api/v3/avgPrice", None, answers::market_data::avg_price;
    /// Statistics of 24 hours.
    Ticker24h = Get "/api/v3/ticker/24hr", None, answers::tickers::day;
    /// Statistics of the trading day.
    TickerTradingDay = Get "/api/v3/ticker/tradingDay", None, answers::tickers::trading_day;
    /// The last price.
    TickerPrice = Get "/api/v3/ticker/price", None, answers::tickers::price;
    /// Best bid and ask.
    BookTicker = Get "/api/v3/ticker/bookTicker", None, answers::tickers::book;
    /// Statistics of a window of any length.
    RollingTicker = Get "/api/v3/ticker", None, answers::tickers::rolling;
    /// Place an order.
    NewOrder = Post "/api/v3/order", Trade, answers::orders::place;
    /// Check an order.
    TestOrder = Post "/api/v3/order/test", Trade, answers::orders::test;
    /// Cancel an order.
    CancelOrder = Delete "/api/v3/order", Trade, answers::cancelling::cancel;
    /// Cancel all orders of a symbol.
    CancelOpenOrders = Delete "/api/v3/openOrders", Trade, answers::cancelling::cancel_all;
    /// Cancel an order and place another.
    CancelReplace = Post "/api/v3/order/cancelReplace", Trade, answers::replacing::cancel_replace;
    /// Lower the quantity of an order.
    Amend = Put "/api/v3/order/amend/keepPriority", Trade, answers::amending::amend;
    /// Place a pair, in the older form.
    OldOco = Post "/api/v3/order/oco", Trade, answers::lists::old_oco;
    /// Place a pair.
    Oco = Post "/api/v3/orderList/oco", Trade, answers::lists::oco;
    /// Place an order that another one waits for.
    Oto = Post "/api/v3/orderList/oto", Trade, answers::lists::oto;
    /// Place an order that a pair waits for.
    Otoco = Post "/api/v3/orderList/otoco", Trade, answers::lists::otoco;
    /// Cancel an order list.
    CancelList = Delete "/api/v3/orderList", Trade, answers::cancelling::cancel_list;
    /// Balances and rights.
    Account = Get "/api/v3/account", UserData, answers::account::account;
    /// One order.
    QueryOrder = Get "/api/v3/order", UserData, answers::history::order;
    /// Open orders.
    OpenOrders = Get "/api/v3/openOrders", UserData, answers::history::open_orders;
    /// All orders.
    AllOrders = Get "/api/v3/allOrders", UserData, answers::history::all_orders;
    /// One order list.
    QueryList = Get "/api/v3/orderList", UserData, answers::history::list;
    /// All order lists.
    AllLists = Get "/api/v3/allOrderList", UserData, answers::history::all_lists;
    /// Open order lists.
    OpenLists = Get "/api/v3/openOrderList", UserData, answers::history::open_lists;
    /// Own trades.
    MyTrades = Get "/api/v3/myTrades", UserData, answers::history::trades;
    /// Orders without a fill, against their limits.
    OrderUsage = Get "/api/v3/rateLimit/order", UserData, answers::account::order_usage;
    /// Matches that self-trade prevention prevented.
    PreventedMatches = Get "/api/v3/myPreventedMatches", UserData, answers::history::prevented;
    /// Allocations by smart order routing: there is none here, so there are none.
    Allocations = Get "/api/v3/myAllocations", UserData, answers::history::allocations;
    /// What trading costs.
    Commission = Get "/api/v3/account/commission", UserData, answers::account::commission;
    /// Amendments of an order.
    Amendments = Get "/api/v3/order/amendments", UserData, answers::amending::amendments;
    /// Filters that concern the account.
    MyFilters = Get "/api/v3/myFilters", UserData, answers::exchange_info::my_filters;
    /// Whether the venue is in maintenance.
    SystemStatus = Get "/sapi/v1/system/status", None, answers::general::system_status;
    /// What the key may do.
    ApiRestrictions = Get "/sapi/v1/account/apiRestrictions", UserData, answers::account::restrictions;
}

impl Endpoint {
    /// Finds what a path means; `None` if nothing is there.
    #[must_use]
    pub fn find(method: Method, path: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|endpoint| endpoint.address() == (method, path))
    }

    /// Returns the methods that a path has.
    #[must_use]
    pub fn methods(path: &str) -> Vec<Method> {
        Self::ALL.iter().map(|e| e.address()).filter(|a| a.1 == path).map(|a| a.0).collect()
    }

    /// Returns the request weight.
    #[must_use]
    pub fn weight(self, params: &Params) -> u32 {
        weight::of(self, params)
    }

    /// Returns whether a good answer tells the order counts.
    #[must_use]
    pub fn places(self) -> bool {
        self.orders() > 0
    }

    /// Returns how many orders a request places (`rest-api.md`, "Unfilled Order Count" of each endpoint).
    #[must_use]
    pub fn orders(self) -> u32 {
        match self {
            Self::NewOrder | Self::CancelReplace => 1,
            Self::OldOco | Self::Oco | Self::Oto => 2,
            Self::Otoco => 3,
            Self::TestOrder
            | Self::CancelOrder
            | Self::CancelOpenOrders
            | Self::Amend
            | Self::CancelList
            | Self::Account
            | Self::QueryOrder
            | Self::OpenOrders
            | Self::AllOrders
            | Self::QueryList
            | Self::AllLists
            | Self::OpenLists
            | Self::MyTrades
            | Self::OrderUsage
            | Self::PreventedMatches
            | Self::Allocations
            | Self::Commission
            | Self::Amendments
            | Self::MyFilters
            | Self::ApiRestrictions
            | Self::SystemStatus
            | Self::Ping
            | Self::Time
            | Self::ExchangeInfo
            | Self::Depth
            | Self::Trades
            | Self::HistoricalTrades
            | Self::AggTrades
            | Self::Klines
            | Self::UiKlines
            | Self::AvgPrice
            | Self::Ticker24h
            | Self::TickerTradingDay
            | Self::TickerPrice
            | Self::BookTicker
            | Self::RollingTicker => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_endpoints_share_an_address() {
        let mut addresses: Vec<_> = Endpoint::ALL.iter().map(|e| e.address()).collect();
        addresses.sort_unstable();
        addresses.dedup();
        assert_eq!(addresses.len(), Endpoint::ALL.len());
        assert_eq!(Endpoint::find(Method::Post, "/api/v3/order"), Some(Endpoint::NewOrder));
        assert_eq!(Endpoint::NewOrder.name(), "POST /api/v3/order");
        assert_eq!(Endpoint::find(Method::Get, "/api/v3/nothing"), None);
        assert_eq!(Endpoint::methods("/api/v3/order"), [Method::Post, Method::Delete, Method::Get]);
    }
}
