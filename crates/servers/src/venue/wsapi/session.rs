//! [`Session`]: what a connection to the WebSocket API knows: who it is, what it is told.
//!
//! Source: *Public WebSocket API for Binance*, "Session Authentication" and "User Data Stream
//! requests".

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sim::exchange::book::AccountId;
use types::market::TsNanos;

use crate::venue::api::{ApiError, TimeUnit};
use crate::venue::keys::Caller;

/// Subscriptions at one time.
const SUBSCRIPTIONS_MAX: usize = 1_000;

/// What a connection knows.
#[derive(Debug)]
pub(super) struct Session {
    connected: TsNanos,
    unit: TimeUnit,
    /// Whether responses tell how much of the limits is used.
    pub(super) rate_limits: bool,
    logon: Option<Logon>,
    subscriptions: BTreeMap<u16, Subscription>,
    /// Number of the next subscription; `None` after 65,535 of them.
    next: Option<u16>,
}

/// Who has proved to be on the other end.
#[derive(Clone, Debug)]
pub(super) struct Logon {
    /// The name of the key.
    pub(super) key: String,
    /// Whose it is.
    pub(super) caller: Caller,
    /// Since when.
    pub(super) since: TsNanos,
}

#[derive(Clone, Copy, Debug)]
struct Subscription {
    account: AccountId,
    /// Whether it was opened with the session's own key, and ends with it.
    by_logon: bool,
}

impl Session {
    pub(super) fn new(connected: TsNanos, unit: TimeUnit, rate_limits: bool) -> Self {
        let (logon, subscriptions) = (None, BTreeMap::new());
        Self { connected, unit, rate_limits, logon, subscriptions, next: Some(0) }
    }

    /// Returns in which unit times are told.
    pub(super) const fn unit(&self) -> TimeUnit {
        self.unit
    }

    /// Returns who is logged on.
    pub(super) const fn logon(&self) -> Option<&Logon> {
        self.logon.as_ref()
    }

    /// Notes who is on the other end, instead of whoever was.
    pub(super) fn log_on(&mut self, logon: Logon) {
        self.logon = Some(logon);
    }

    /// Forgets who is on the other end; returns the subscriptions that end with it.
    pub(super) fn log_out(&mut self) -> Vec<(u16, AccountId)> {
        self.logon = None;
        self.drop_where(|_, subscription| subscription.by_logon)
    }

    /// Opens a subscription and returns its number.
    ///
    /// # Errors
    /// -2035 if there is one to this account, -1003 past a limit.
    pub(super) fn subscribe(
        &mut self,
        account: AccountId,
        by_logon: bool,
    ) -> Result<u16, ApiError> {
        if self.subscriptions.values().any(|known| known.account == account) {
            return Err(already_active());
        }
        let full = self.subscriptions.len() >= SUBSCRIPTIONS_MAX;
        let Some(number) = self.next.filter(|_| !full) else { return Err(too_many()) };
        // 65,535 in all: the numbers 0 to 65,534.
        self.next = number.checked_add(1).filter(|next| *next < u16::MAX);
        self.subscriptions.insert(number, Subscription { account, by_logon });
        Ok(number)
    }

    /// Ends one subscription or all; returns what ended.
    ///
    /// # Errors
    /// -2036 if there is nothing to end.
    pub(super) fn unsubscribe(
        &mut self,
        number: Option<i64>,
    ) -> Result<Vec<(u16, AccountId)>, ApiError> {
        let ended = self.drop_where(|known, _| number.is_none_or(|n| n == i64::from(known)));
        if ended.is_empty() { Err(not_active()) } else { Ok(ended) }
    }

    fn drop_where(&mut self, ends: impl Fn(u16, &Subscription) -> bool) -> Vec<(u16, AccountId)> {
        let mut ended = Vec::new();
        self.subscriptions.retain(|number, subscription| {
            let ends = ends(*number, subscription);
            if ends {
                ended.push((*number, subscription.account));
            }
            !ends
        });
        ended
    }

    /// Returns the answer to `session.status`, which is that to `logon` and `logout` too.
    pub(super) fn status(&self, server_time: TsNanos) -> Value {
        json!({
            "apiKey": self.logon.as_ref().map(|logon| &logon.key),
            "authorizedSince": self.logon.as_ref().map(|logon| self.unit.of(logon.since)),
            "connectedSince": self.unit.of(self.connected),
            "returnRateLimits": self.rate_limits,
            "serverTime": self.unit.of(server_time),
            "userDataStream": !self.subscriptions.is_empty(),
        })
    }

    /// Returns the answer to `session.subscriptions`.
    pub(super) fn list(&self) -> Value {
        self.subscriptions.keys().map(|number| json!({ "subscriptionId": number })).collect()
    }
}

fn already_active() -> ApiError {
    ApiError::bad_request(-2035, "User Data Stream subscription already active.")
}

fn not_active() -> ApiError {
    ApiError::bad_request(-2036, "User Data Stream subscription not active.")
}

/// The documents say "will result in an error" and no more.
fn too_many() -> ApiError {
    let msg = "Too many User Data Stream subscriptions on this connection; open another one.";
    ApiError::bad_request(-1003, msg)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::venue::keys::Rights;

    fn session() -> Session {
        Session::new(TsNanos::from_millis(1_649_729_873_021).unwrap(), TimeUnit::Milli, false)
    }

    fn logon() -> Logon {
        let rights = Rights::default();
        let caller = Caller { account: AccountId(7), rights };
        let since = TsNanos::from_millis(1_649_729_878_532).unwrap();
        Logon { key: "vmPUZE6mv9".to_owned(), caller, since }
    }

    #[test]
    fn the_status_has_the_documented_fields() {
        let (mut session, now) = (session(), TsNanos::from_millis(1_649_730_611_671).unwrap());
        let out = json!({
            "apiKey": null, "authorizedSince": null, "connectedSince": 1_649_729_873_021_i64,
            "returnRateLimits": false, "serverTime": 1_649_730_611_671_i64, "userDataStream": false
        });
        assert_eq!(session.status(now), out);
        session.log_on(logon());
        session.subscribe(AccountId(7), true).unwrap();
        let status = session.status(now);
        assert_eq!(status["apiKey"], json!("vmPUZE6mv9"));
        assert_eq!(status["authorizedSince"], json!(1_649_729_878_532_i64));
        assert_eq!(status["userDataStream"], json!(true));
        session.log_out();
        assert_eq!(session.status(now), out);
    }

    #[test]
    fn logging_out_ends_what_logging_on_opened_alone() {
        let mut session = session();
        session.log_on(logon());
        assert_eq!(session.subscribe(AccountId(7), true), Ok(0));
        assert_eq!(session.subscribe(AccountId(7), false).unwrap_err().code, -2035);
        assert_eq!(session.subscribe(AccountId(8), false), Ok(1));
        assert_eq!(session.list(), json!([{ "subscriptionId": 0 }, { "subscriptionId": 1 }]));
        assert_eq!(session.log_out(), [(0, AccountId(7))]);
        assert_eq!(session.list(), json!([{ "subscriptionId": 1 }]));
        assert_eq!(session.unsubscribe(Some(0)).unwrap_err().code, -2036);
        assert_eq!(session.unsubscribe(Some(1)), Ok(vec![(1, AccountId(8))]));
        assert_eq!(session.unsubscribe(None).unwrap_err().code, -2036);
        // Numbers are not used again.
        assert_eq!(session.subscribe(AccountId(7), false), Ok(2));
    }

    #[test]
    fn there_are_a_thousand_at_a_time_and_65_535_in_all() {
        let mut session = session();
        for account in 0..1_000 {
            assert!(session.subscribe(AccountId(account), false).is_ok());
        }
        assert_eq!(session.subscribe(AccountId(1_000), false).unwrap_err().code, -1003);
        session.unsubscribe(None).unwrap();
        for _ in 1_000..65_535 {
            session.subscribe(AccountId(1), false).unwrap();
            session.unsubscribe(None).unwrap();
        }
        assert_eq!(session.subscribe(AccountId(1), false).unwrap_err().code, -1003);
    }
}
