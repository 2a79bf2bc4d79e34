//! [`Desk`]: answers the requests of one connection.
//!
//! What REST answers too goes through [`perform`]; only the session's own methods are answered here.

use std::net::IpAddr;
use std::sync::Arc;

use serde_json::{Value, json};
use sim::exchange::book::AccountId;
use types::market::TsNanos;

use super::envelope::{self, RateLimit, Request, RequestId};
use super::method::{self, Method, SESSION_WEIGHT};
use super::session::{Logon, Session};
use crate::venue::api::{ApiError, Asked, Endpoint, Params, Security, perform};
use crate::venue::core::{Core, Shared, Ticket};
use crate::venue::faults::{Api, Faults, Outcome, RequestFault, Shift, Site};
use crate::venue::keys::{Caller, Secret};
use crate::venue::limits::{Limit, OrderUse};
use crate::venue::market::Moment;
use crate::venue::socket::Outbox;
use crate::venue::streams::Publisher;
use crate::venue::user::{Subscriber, terminated, wrapped};

/// What becomes of a request.
#[derive(Debug)]
pub(super) enum Reply {
    /// This is said, once the ticket is good and so much market time has passed.
    Say {
        /// Who asked.
        id: RequestId,
        /// The response.
        text: String,
        /// What it waits for.
        ticket: Option<Ticket>,
        /// Not before this moment of the market.
        not_before: Option<TsNanos>,
    },
    /// A fault: nothing is said, the connection ends.
    Vanish,
}

/// One connection's side of the venue.
pub(super) struct Desk {
    pub(super) shared: Shared,
    pub(super) publisher: Arc<Publisher>,
    pub(super) faults: Faults,
    pub(super) address: IpAddr,
    pub(super) connection: u64,
    pub(super) outbox: Outbox,
    pub(super) session: Session,
}

/// What a request came to.
struct Outcomes {
    result: Result<String, ApiError>,
    limits: Vec<RateLimit>,
    /// Whether it waits for the ledger.
    private: bool,
}

impl Desk {
    /// Answers a text frame.
    pub(super) fn answer(&mut self, text: &str) -> Reply {
        match envelope::read(text) {
            Err((id, error)) => {
                let text = envelope::response(&id, &Err(error), None);
                Reply::Say { id, text, ticket: None, not_before: None }
            }
            Ok(request) => self.answer_request(request),
        }
    }

    fn answer_request(&mut self, request: Request) -> Reply {
        let moment = self.shared.clock().server_now();
        let RequestFault { delay, outcome, balances } = self.fault(&request, moment);
        let not_before = (!delay.is_zero())
            .then(|| moment.at.plus(i64::try_from(delay.as_nanos()).unwrap_or(i64::MAX)));
        let (forced, lost, carried_out) = match outcome {
            Outcome::Pass => (None, false, true),
            Outcome::LoseReply => (None, true, true),
            Outcome::RejectAndLose => (None, true, false),
            Outcome::Answer { status, code, msg, retry_after, executed } => {
                let retry_after_seconds = retry_after;
                let error = ApiError { retry_after_seconds, ..ApiError::new(status, code, msg) };
                (Some(error), false, executed)
            }
        };
        let mut done = Outcomes { result: Ok(String::new()), limits: Vec::new(), private: false };
        let mut ticket = Ticket::settled();
        if carried_out {
            (done, ticket) = self.carry_out(&request, moment, &balances);
        }
        if lost {
            return Reply::Vanish;
        }
        let result = match forced {
            Some(error) => Err(error),
            None => done.result,
        };
        let result = result.map_err(|error| with_retry(error, moment));
        let told = request.rate_limits.unwrap_or(self.session.rate_limits);
        let limits = Some(done.limits.as_slice()).filter(|limits| told && !limits.is_empty());
        Reply::Say {
            text: envelope::response(&request.id, &result, limits),
            id: request.id,
            ticket: done.private.then_some(ticket),
            not_before,
        }
    }

    fn fault(&self, request: &Request, moment: Moment) -> RequestFault {
        let sent = |name: &str| {
            let pair = request.params.pairs().iter().find(|(known, _)| known == name);
            pair.map(|(_, value)| value.as_str())
        };
        let account = sent("apiKey").or_else(|| self.session.logon().map(|l| l.key.as_str()));
        let (endpoint, symbol) = (request.method.as_str(), sent("symbol"));
        let site = Site { api: Api::WsApi, endpoint, symbol, account };
        self.faults.request(moment.at, &site)
    }

    fn carry_out(
        &mut self,
        request: &Request,
        moment: Moment,
        balances: &[Shift],
    ) -> (Outcomes, Ticket) {
        let Request { method, params, payload, .. } = request;
        let shared = self.shared.clone();
        shared.act(|core| match Method::named(method) {
            None => self.weighed(core, 1, |_, _| Err(ApiError::unsupported())),
            Some(Method::Endpoint(endpoint)) => {
                self.endpoint(core, endpoint, request, moment, balances)
            }
            Some(Method::Session(method)) => self.weighed(core, SESSION_WEIGHT, |desk, core| {
                desk.own(core, method, params, payload, moment)
            }),
        })
    }

    /// Answers what REST answers too.
    fn endpoint(
        &self,
        core: &mut Core,
        endpoint: Endpoint,
        request: &Request,
        moment: Moment,
        wrong_balances: &[Shift],
    ) -> Outcomes {
        let Request { params, payload, .. } = request;
        let failed = |result| Outcomes { result: Err(result), limits: Vec::new(), private: false };
        // Only requests that need a key may name one; it counts as read where it is.
        let key = match params.text("apiKey") {
            Ok(key) => key,
            Err(error) => return failed(error),
        };
        let session = self.session.logon().filter(|_| key.is_none()).map(|logon| logon.caller);
        let asked = Asked {
            endpoint,
            params,
            payload: payload.as_bytes(),
            key,
            session,
            address: self.address,
            unit: self.session.unit(),
            moment,
            wrong_balances,
            maintenance: self.faults.in_maintenance(moment.at),
        };
        let done = perform(core, &asked);
        let mut limits: Vec<RateLimit> = done.orders.iter().flatten().map(orders).collect();
        limits.push(weight(core.limits.weight, done.used.weight));
        Outcomes { result: done.result, limits, private: done.caller.is_some() }
    }

    /// Answers what concerns the connection itself, for its weight.
    fn weighed(
        &mut self,
        core: &mut Core,
        weighs: u32,
        answer: impl FnOnce(&mut Self, &mut Core) -> Result<Value, ApiError>,
    ) -> Outcomes {
        let now = core.now();
        let weighed = core.addresses.weigh(self.address, weighs, now);
        let result = weighed.and_then(|()| answer(self, core)).map(|value| value.to_string());
        let used = core.addresses.used(self.address, now).weight;
        Outcomes { result, limits: vec![weight(core.limits.weight, used)], private: false }
    }

    fn own(
        &mut self,
        core: &Core,
        method: method::Session,
        params: &Params,
        payload: &str,
        moment: Moment,
    ) -> Result<Value, ApiError> {
        match method {
            method::Session::Logon => {
                let (key, caller) = self.authenticate(core, params, payload, moment)?;
                if !matches!(core.keys.key(&key).map(|key| &key.secret), Some(Secret::Ed25519(_))) {
                    return Err(only_ed25519());
                }
                self.session.log_on(Logon { key, caller, since: moment.at });
                Ok(self.session.status(moment.at))
            }
            method::Session::Status => {
                params.done()?;
                Ok(self.session.status(moment.at))
            }
            method::Session::Logout => {
                params.done()?;
                let ended = self.session.log_out();
                self.end(&ended);
                Ok(self.session.status(moment.at))
            }
            method::Session::Subscriptions => {
                params.done()?;
                Ok(self.session.list())
            }
            method::Session::Subscribe => {
                params.done()?;
                let logon = self.session.logon().ok_or_else(not_logged_on)?;
                self.follow(logon.caller.account, true)
            }
            method::Session::SubscribeSigned => {
                let (_, caller) = self.authenticate(core, params, payload, moment)?;
                self.follow(caller.account, false)
            }
            method::Session::Unsubscribe => {
                let number = params.whole("subscriptionId")?;
                params.done()?;
                let ended = self.session.unsubscribe(number)?;
                self.end(&ended);
                Ok(json!({}))
            }
        }
    }

    /// Checks the signature of a session's own method.
    fn authenticate(
        &self,
        core: &Core,
        params: &Params,
        payload: &str,
        moment: Moment,
    ) -> Result<(String, Caller), ApiError> {
        let key = params.needed_text("apiKey")?;
        let security = Security::UserData;
        let caller =
            core.keys.authenticate(Some(key), security, payload.as_bytes(), params, moment)?;
        params.done()?;
        Ok((key.to_owned(), caller))
    }

    fn follow(&mut self, account: AccountId, by_logon: bool) -> Result<Value, ApiError> {
        let subscription = self.session.subscribe(account, by_logon)?;
        let subscriber = Subscriber {
            connection: self.connection,
            subscription,
            outbox: self.outbox.clone(),
            unit: self.session.unit(),
        };
        self.publisher.follow(account, subscriber);
        Ok(json!({ "subscriptionId": subscription }))
    }

    /// Ends subscriptions and says so.
    fn end(&self, ended: &[(u16, AccountId)]) {
        let now = self.shared.clock().now();
        for (subscription, account) in ended {
            self.publisher.unfollow(*account, self.connection, *subscription);
            let event = terminated(now, self.session.unit());
            self.outbox.offer(wrapped(*subscription, &event));
        }
    }
}

fn weight(limit: Limit, count: u32) -> RateLimit {
    RateLimit::new("REQUEST_WEIGHT", limit, count)
}

fn orders(usage: &OrderUse) -> RateLimit {
    RateLimit::new("ORDERS", usage.limit, usage.count)
}

/// Adds when to come back, as the WebSocket API says it ("IP limits").
fn with_retry(error: ApiError, moment: Moment) -> ApiError {
    let Some(seconds) = error.retry_after_seconds else { return error };
    let now = moment.at.as_millis();
    let later =
        now.saturating_add(i64::try_from(seconds.saturating_mul(1_000)).unwrap_or(i64::MAX));
    let data = json!({ "serverTime": now, "retryAfter": later }).to_string();
    let data = serde_json::value::RawValue::from_string(data).expect("two numbers are JSON");
    ApiError { data: Some(data), ..error }
}

fn not_logged_on() -> ApiError {
    ApiError::new(401, -1002, "You are not authorized to execute this request.")
}

/// "Only Ed25519 keys are supported for this feature"; the documents name no code.
fn only_ed25519() -> ApiError {
    ApiError::bad_request(
        -1020,
        "This operation is not supported. session.logon wants an Ed25519 key.",
    )
}
