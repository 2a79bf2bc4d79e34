//! [`KeyRing`]: which key belongs to which account, and whether a request is its own.

use std::collections::BTreeMap;

use sim::exchange::book::AccountId;

use super::account::{AccountConfig, AccountError, Rights};
use super::verify::Secret;
use crate::venue::api::{ApiError, Params, Security};
use crate::venue::market::Moment;

/// Without `recvWindow` a request is good for so long (`rest-api.md`, "Timing security").
const RECV_WINDOW_MICROS: i64 = 5_000_000;
/// The longest `recvWindow`.
const RECV_WINDOW_MICROS_MAX: i64 = 60_000_000;
/// A request may come from so far in the future, in microseconds, exclusive.
const AHEAD_MICROS: i64 = 1_000_000;
/// From here on a timestamp is one of microseconds: as milliseconds it would lie in the year 33658, as microseconds it is
/// September 2001.
const MICROS_FROM: i64 = 1_000_000_000_000_000;

/// A key and what it opens.
#[derive(Clone, Debug)]
pub struct Key {
    /// Whose orders and balances.
    pub account: AccountId,
    /// What its signatures are checked with.
    pub secret: Secret,
    /// What it may do.
    pub rights: Rights,
    /// Whether the account has another one, whose rights the ledger keeps.
    pub second: bool,
}

/// Who asks, once that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Whose orders and balances.
    pub account: AccountId,
    /// What the key may do.
    pub rights: Rights,
}

/// All keys by their name.
#[derive(Clone, Debug, Default)]
pub struct KeyRing {
    keys: BTreeMap<String, Key>,
}

impl KeyRing {
    /// Adds the key of an account.
    ///
    /// # Errors
    /// `Twice` if the name is taken.
    pub fn add(&mut self, config: &AccountConfig, account: AccountId) -> Result<(), AccountError> {
        let key = Key {
            account,
            secret: config.secret.clone(),
            rights: config.rights,
            second: config.of.is_some(),
        };
        match self.keys.insert(config.key.clone(), key) {
            None => Ok(()),
            Some(_) => Err(AccountError::Twice(config.key.clone())),
        }
    }

    /// Returns all keys with their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Key)> {
        self.keys.iter().map(|(name, key)| (name.as_str(), key))
    }

    /// Returns a key.
    #[must_use]
    pub fn key(&self, name: &str) -> Option<&Key> {
        self.keys.get(name)
    }

    /// Returns a key, to change what it may do.
    pub fn key_mut(&mut self, name: &str) -> Option<&mut Key> {
        self.keys.get_mut(name)
    }

    /// Finds the key that was sent.
    ///
    /// # Errors
    /// -2014 without one or for one that cannot be, -2015 for an unknown one or one without the right.
    pub fn find(&self, name: Option<&str>, security: Security) -> Result<&Key, ApiError> {
        let legal = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        let name = name
            .filter(|name| !name.is_empty() && name.len() <= 64 && name.chars().all(legal))
            .ok_or_else(ApiError::bad_key_format)?;
        let key = self.keys.get(name).ok_or_else(ApiError::rejected_key)?;
        if security.allows(key.rights) { Ok(key) } else { Err(ApiError::rejected_key()) }
    }

    /// Checks a signed request: key, time, signature. `payload` is what was signed; the parameters `timestamp`,
    /// `recvWindow` and `signature` are read.
    ///
    /// # Errors
    /// -1102, -1021, -1022, -2014, -2015, as documented.
    pub fn authenticate(
        &self,
        name: Option<&str>,
        security: Security,
        payload: &[u8],
        params: &Params,
        now: Moment,
    ) -> Result<Caller, ApiError> {
        let key = self.find(name, security)?;
        let signature = params.needed_text("signature")?;
        check_time(params, now)?;
        if !key.secret.verifies(payload, signature) {
            return Err(ApiError::invalid_signature());
        }
        Ok(Caller { account: key.account, rights: key.rights })
    }
}

/// Checks `timestamp` and `recvWindow` against the venue's time.
///
/// The market's time runs `speed` times as fast as the client's, so the window is scaled by it: what a client has is a
/// number of its own milliseconds.
///
/// # Errors
/// -1102 without a timestamp or with too long a window, -1021 outside the window, -1100 and -1105 for what is no number.
pub fn check_time(params: &Params, now: Moment) -> Result<(), ApiError> {
    let sent = params.whole("timestamp").map_err(|error| match error.code {
        -1105 => ApiError::mandatory("timestamp"),
        _ => error,
    })?;
    let sent = sent.ok_or_else(|| ApiError::mandatory("timestamp"))?;
    let sent_micros = if sent >= MICROS_FROM { sent } else { sent.saturating_mul(1_000) };
    let window = window_micros(params)?;
    let now_micros = now.at.as_nanos().div_euclid(1_000);
    if sent_micros >= now_micros.saturating_add(now.scaled(AHEAD_MICROS)) {
        return Err(ApiError::ahead_of_time());
    }
    if now_micros - sent_micros > now.scaled(window) {
        return Err(ApiError::outside_recv_window());
    }
    Ok(())
}

/// Reads `recvWindow`, milliseconds with up to three decimals.
fn window_micros(params: &Params) -> Result<i64, ApiError> {
    let Some(window) = params.price("recvWindow")? else { return Ok(RECV_WINDOW_MICROS) };
    // From 1e-8 of a millisecond to microseconds.
    let (micros, finer) = (window.raw() / 100_000, window.raw() % 100_000);
    if finer != 0 {
        return Err(ApiError::too_precise("recvWindow"));
    }
    if micros > RECV_WINDOW_MICROS_MAX {
        return Err(ApiError::greater_than("recvWindow", "60000"));
    }
    Ok(micros)
}

#[cfg(test)]
mod tests;
