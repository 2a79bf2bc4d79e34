//! [`BinanceSpot`]: each request of [`Venue`] as one of the REST interface's.

use std::sync::Mutex;

use async_trait::async_trait;
use types::feed::{Answer, Query, Stream};
use types::ids::Symbol;
use types::limits::Used;
use types::venue::{Account, ListReport, NewOrder, OrderKey, OrderList, OrderReport, VenueFill};

use super::map::{Params, list_params, list_path, order_params};
use super::{answer, capabilities, config, decode, sign, stream, user};
use crate::capabilities::Capabilities;
use crate::error::{DecodeError, VenueError};
use crate::feed::{MarketFeed, UserFeed};
use crate::net::{Body, Http, HttpConfig, Method, Reply, SendError};
use crate::outcome::{NotSent, Outcome, Refused, RejectKind, UnknownOutcome};
use crate::rights::KeyRights;
use crate::secret::Credentials;
use crate::venue::{Environment, FillsFrom, Listings, Replaced, Stamp, Venue, VenueStatus};

/// The header that names the account.
const KEY_HEADER: &str = "x-mbx-apikey";

const ORDER: &str = "/api/v3/order";
const ORDER_LIST: &str = "/api/v3/orderList";

/// Binance spot.
pub struct BinanceSpot {
    config: config::BinanceConfig,
    capabilities: Capabilities,
    http: Http,
    keys: Option<Credentials>,
    /// The venue's counts, by kind and interval, from its last replies.
    usage: Mutex<Vec<Used>>,
}

impl BinanceSpot {
    /// Returns the venue; without keys it answers about the market alone.
    ///
    /// Nothing is sent yet.
    ///
    /// # Errors
    /// [`config::EndpointError`] if an address cannot be used.
    pub fn new(
        config: config::BinanceConfig,
        keys: Option<Credentials>,
    ) -> Result<Self, config::EndpointError> {
        config.check()?;
        let http = Http::new(&HttpConfig {
            base: config.endpoints.rest.clone(),
            plain_allowed: config.plain_allowed(),
            connect_timeout: config.connect_timeout,
            reply_timeout: config.reply_timeout,
        })
        .map_err(|why| config::EndpointError {
            which: "the address of REST",
            seen: config.endpoints.rest.rsplit('@').next().unwrap_or_default().to_owned(),
            why,
        })?;
        let capabilities = capabilities::capabilities(config.engine_timeout);
        Ok(Self { config, capabilities, http, keys, usage: Mutex::new(Vec::new()) })
    }

    /// Sends a request and keeps the counts of its reply.
    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Body<'_>,
        keys: Option<&Credentials>,
    ) -> Result<Reply, SendError> {
        let key = keys.map(|keys| (KEY_HEADER, keys.api_key()));
        let reply = self.http.send(method, path, body, key).await;
        if let Ok(reply) = &reply {
            let mut usage = self.usage.lock().expect("no holder of the lock panics");
            for used in answer::counts(&reply.headers) {
                usage.retain(|old| {
                    (old.kind, old.interval_nanos) != (used.kind, used.interval_nanos)
                });
                usage.push(used);
            }
        }
        reply
    }

    /// Asks about the market.
    async fn public<T>(
        &self,
        path: &str,
        params: &Params,
        read: impl FnOnce(&[u8]) -> Result<T, DecodeError> + Send,
    ) -> Result<T, VenueError> {
        let query = params.encoded();
        let reply = self.send(Method::Get, path, Body::Query(&query), None).await;
        answer::answer(self.http.host(), reply, read)
    }

    /// Asks about the account.
    async fn private<T>(
        &self,
        path: &str,
        params: Params,
        stamp: Stamp,
        read: impl FnOnce(&[u8]) -> Result<T, DecodeError> + Send,
    ) -> Result<T, VenueError> {
        let keys = self.keys().map_err(NotSent::Refused)?;
        let query = sign::signed(params, stamp, keys);
        let reply = self.send(Method::Get, path, Body::Query(&query), Some(keys)).await;
        answer::answer(self.http.host(), reply, read)
    }

    /// Asks for something that may change the account.
    async fn change(
        &self,
        method: Method,
        path: &str,
        params: Result<Params, Refused>,
        stamp: Stamp,
    ) -> Result<Result<Reply, SendError>, NotSent> {
        let (keys, params) = (self.keys()?, params?);
        let signed = sign::signed(params, stamp, keys);
        let body = match method {
            Method::Post => Body::Form(&signed),
            Method::Get | Method::Delete => Body::Query(&signed),
        };
        Ok(self.send(method, path, body, Some(keys)).await)
    }

    /// Reads the outcome of such a request.
    fn outcome<T>(
        &self,
        sent: Result<Result<Reply, SendError>, NotSent>,
        read: impl FnOnce(&[u8]) -> Result<T, UnknownOutcome>,
    ) -> Outcome<T> {
        match sent {
            Ok(reply) => answer::outcome(self.http.host(), reply, read),
            Err(not_sent) => Outcome::NotSent(not_sent),
        }
    }

    fn keys(&self) -> Result<&Credentials, Refused> {
        self.keys.as_ref().ok_or(Refused::NoKey { venue: capabilities::NAME })
    }
}

/// Returns whether a venue's "no" says that there is no such order.
fn is_absent(error: &VenueError) -> bool {
    // -2026 says that it was there, so it is no proof that it was not.
    matches!(error, VenueError::Rejected(no) if no.kind == RejectKind::UnknownOrder && no.code == -2013)
}

/// Adds the name of an order.
fn add_key(params: &mut Params, key: &OrderKey, by_id: &'static str, by_name: &'static str) {
    match key {
        OrderKey::Client(name) => params.add(by_name, name),
        OrderKey::Venue(id) => params.add(by_id, id),
    }
}

/// Refuses names that could not have come from a client of this venue.
fn check_key(capabilities: &Capabilities, key: &OrderKey) -> Result<(), Refused> {
    match key {
        OrderKey::Client(name) if name.is_empty() || name.len() > 64 => Err(Refused::Value {
            what: "client order id",
            seen: format!("{} characters", name.len()),
            wanted: format!("1 to {}", capabilities.client_ids.len_max),
        }),
        OrderKey::Client(_) => Ok(()),
        OrderKey::Venue(id) if id.0.is_empty() || !id.0.bytes().all(|b| b.is_ascii_digit()) => {
            Err(Refused::Value {
                what: "venue order id",
                seen: format!("`{id}`"),
                wanted: "digits".to_owned(),
            })
        }
        OrderKey::Venue(_) => Ok(()),
    }
}

#[async_trait]
impl Venue for BinanceSpot {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn status(&self) -> VenueStatus {
        VenueStatus {
            venue: capabilities::NAME,
            environment: self.config.environment,
            endpoint: self.http.host().to_owned(),
            has_key: self.keys.is_some(),
        }
    }

    fn usage(&self) -> Vec<Used> {
        self.usage.lock().expect("no holder of the lock panics").clone()
    }

    fn reset(&self) {
        self.http.reset();
    }

    async fn ask(&self, query: &Query) -> Result<Answer, VenueError> {
        let params = Params::default();
        match query {
            Query::Time => {
                self.public("/api/v3/time", &params, decode::server_time).await.map(Answer::Time)
            }
            Query::Bars { symbol, timeframe, from, until, limit } => {
                // `endTime` belongs to the stretch, `until` does not; both are open times.
                let params = params
                    .with("symbol", symbol)
                    .with("interval", timeframe)
                    .with("startTime", from.as_millis())
                    .with("endTime", until.as_millis().saturating_sub(1))
                    .with("limit", limit);
                let read = |bytes: &[u8]| decode::bars(bytes, *timeframe);
                self.public("/api/v3/klines", &params, read).await.map(Answer::Bars)
            }
            Query::Trades { symbol, from_id, limit } => {
                let params =
                    params.with("symbol", symbol).with("fromId", from_id).with("limit", limit);
                let read = |bytes: &[u8]| decode::trades(bytes, symbol);
                self.public("/api/v3/historicalTrades", &params, read).await.map(Answer::Trades)
            }
            Query::Depth { symbol, limit } => {
                let params = params.with("symbol", symbol).with("limit", limit);
                self.public("/api/v3/depth", &params, decode::depth).await.map(Answer::Depth)
            }
        }
    }

    async fn listings(&self, symbols: &[Symbol]) -> Result<Listings, VenueError> {
        let mut params = Params::default();
        match symbols {
            [] => {}
            [symbol] => params.add("symbol", symbol),
            symbols => {
                let names: Vec<_> = symbols.iter().map(|name| format!("\"{name}\"")).collect();
                params.add("symbols", format!("[{}]", names.join(",")));
            }
        }
        self.public("/api/v3/exchangeInfo", &params, decode::listings).await
    }

    async fn stream(&self, streams: &[Stream]) -> Result<MarketFeed, VenueError> {
        let most = self.capabilities.streams_per_connection;
        let base = &self.config.endpoints.streams;
        stream::open(base, streams, most, self.config.connect_timeout).await
    }

    async fn place(&self, order: &NewOrder, stamp: Stamp) -> Outcome<OrderReport> {
        let params = order_params(order, &self.capabilities)
            .map(|params| params.with("newOrderRespType", "FULL"));
        let sent = self.change(Method::Post, ORDER, params, stamp).await;
        self.outcome(sent, |bytes| Ok(decode::order(bytes)?))
    }

    async fn place_list(&self, list: &OrderList, stamp: Stamp) -> Outcome<ListReport> {
        let params = list_params(list, &self.capabilities)
            .map(|params| params.with("newOrderRespType", "FULL"));
        let sent = self.change(Method::Post, list_path(list), params, stamp).await;
        self.outcome(sent, |bytes| Ok(decode::order_list(bytes)?))
    }

    async fn cancel(
        &self,
        symbol: &Symbol,
        order: &OrderKey,
        stamp: Stamp,
    ) -> Outcome<OrderReport> {
        let mut params = Params::default().with("symbol", symbol);
        add_key(&mut params, order, "orderId", "origClientOrderId");
        let params = check_key(&self.capabilities, order).map(|()| params);
        let sent = self.change(Method::Delete, ORDER, params, stamp).await;
        self.outcome(sent, |bytes| Ok(decode::order(bytes)?))
    }

    async fn cancel_list(
        &self,
        symbol: &Symbol,
        client_list_id: &str,
        stamp: Stamp,
    ) -> Outcome<ListReport> {
        let params = self.capabilities.client_ids.check(client_list_id).map(|()| {
            Params::default().with("symbol", symbol).with("listClientOrderId", client_list_id)
        });
        let sent = self.change(Method::Delete, ORDER_LIST, params, stamp).await;
        self.outcome(sent, |bytes| Ok(decode::order_list(bytes)?))
    }

    async fn cancel_replace(
        &self,
        old: &OrderKey,
        new: &NewOrder,
        stamp: Stamp,
    ) -> Outcome<Replaced> {
        let params = check_key(&self.capabilities, old)
            .and_then(|()| order_params(new, &self.capabilities))
            .map(|mut params| {
                params.add("cancelReplaceMode", "STOP_ON_FAILURE");
                add_key(&mut params, old, "cancelOrderId", "cancelOrigClientOrderId");
                params.with("newOrderRespType", "FULL")
            });
        let sent = self.change(Method::Post, "/api/v3/order/cancelReplace", params, stamp).await;
        if let Ok(Ok(reply)) = &sent
            && (400..=409).contains(&reply.status)
        {
            match decode::half_replaced(&reply.body) {
                Ok(Some(replaced)) => return Outcome::Done(replaced),
                Ok(None) => {}
                Err(why) => return Outcome::Unknown(why),
            }
        }
        self.outcome(sent, decode::replaced)
    }

    async fn look_up(
        &self,
        symbol: &Symbol,
        order: &OrderKey,
        stamp: Stamp,
    ) -> Result<Option<OrderReport>, VenueError> {
        check_key(&self.capabilities, order).map_err(NotSent::Refused)?;
        let mut params = Params::default().with("symbol", symbol);
        add_key(&mut params, order, "orderId", "origClientOrderId");
        match self.private(ORDER, params, stamp, decode::order).await {
            Ok(report) => Ok(Some(report)),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn look_up_list(
        &self,
        client_list_id: &str,
        stamp: Stamp,
    ) -> Result<Option<ListReport>, VenueError> {
        self.capabilities.client_ids.check(client_list_id).map_err(NotSent::Refused)?;
        let params = Params::default().with("origClientOrderId", client_list_id);
        match self.private(ORDER_LIST, params, stamp, decode::order_list).await {
            Ok(report) => Ok(Some(report)),
            Err(VenueError::Rejected(no)) if matches!(no.code, -2013 | -2018) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn open_orders(
        &self,
        symbol: Option<&Symbol>,
        stamp: Stamp,
    ) -> Result<Vec<OrderReport>, VenueError> {
        let mut params = Params::default();
        if let Some(symbol) = symbol {
            params.add("symbol", symbol);
        }
        self.private("/api/v3/openOrders", params, stamp, decode::orders).await
    }

    async fn fills(
        &self,
        symbol: &Symbol,
        from: &FillsFrom,
        stamp: Stamp,
    ) -> Result<Vec<VenueFill>, VenueError> {
        let mut params = Params::default().with("symbol", symbol);
        match from {
            FillsFrom::Trade(id) => params.add("fromId", id),
            FillsFrom::Time(at) => params.add("startTime", at.as_millis()),
            FillsFrom::Order(id) => params.add("orderId", id),
        }
        params.add("limit", 1_000);
        self.private("/api/v3/myTrades", params, stamp, decode::fills).await
    }

    async fn account(&self, stamp: Stamp) -> Result<Account, VenueError> {
        let params = Params::default().with("omitZeroBalances", true);
        self.private("/api/v3/account", params, stamp, decode::account).await
    }

    async fn order_usage(&self, stamp: Stamp) -> Result<Vec<Used>, VenueError> {
        let params = Params::default();
        self.private("/api/v3/rateLimit/order", params, stamp, decode::order_usage).await
    }

    async fn key_rights(&self, stamp: Stamp) -> Result<KeyRights, VenueError> {
        // The test network has no such endpoint (documentation: *Spot test network*).
        if self.config.environment == Environment::Testnet {
            return Ok(KeyRights::NotCheckable);
        }
        let path = "/sapi/v1/account/apiRestrictions";
        self.private(path, Params::default(), stamp, decode::key_rights).await
    }

    async fn user_stream(&self, stamp: Stamp) -> Result<UserFeed, VenueError> {
        let keys = self.keys().map_err(NotSent::Refused)?;
        let url = &self.config.endpoints.socket_api;
        user::open(url, keys, stamp, self.config.connect_timeout, self.config.reply_timeout).await
    }
}
