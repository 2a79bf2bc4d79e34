//! [`AddressLimits`]: request weight by address, 429 past the limit, 418 for who goes on.
//!
//! Source: `rest-api.md`, "IP Limits": bans last from 2 minutes to 3 days, longer for each repetition.

use std::collections::BTreeMap;
use std::net::IpAddr;

use types::market::TsNanos;

use super::window::{Count, Limits};
use crate::venue::api::ApiError;

/// The first ban, in seconds.
const BAN_SECONDS: i64 = 120;
/// The longest ban, in seconds: three days.
const BAN_SECONDS_MAX: i64 = 3 * 86_400;
/// Addresses remembered; past that the one with the smallest number is forgotten.
const ADDRESSES_MAX: usize = 10_000;

/// What each address has used.
#[derive(Clone, Debug)]
pub struct AddressLimits {
    limits: Limits,
    addresses: BTreeMap<IpAddr, Address>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Address {
    weight: Count,
    requests: Count,
    /// Requests past the limit in the current window of weight.
    refused: Count,
    bans: u32,
    banned_until: Option<TsNanos>,
}

/// What an address has used of its weight, for the header `X-MBX-USED-WEIGHT-1M`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Used {
    /// Weight in the current minute.
    pub weight: u32,
    /// Requests in the current five minutes.
    pub requests: u32,
}

impl AddressLimits {
    /// Returns counts at zero.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { limits, addresses: BTreeMap::new() }
    }

    /// Returns what an address has used.
    #[must_use]
    pub fn used(&self, address: IpAddr, at: TsNanos) -> Used {
        let found = self.addresses.get(&address).copied().unwrap_or_default();
        Used {
            weight: found.weight.at(self.limits.weight.interval, at),
            requests: found.requests.at(self.limits.requests.interval, at),
        }
    }

    /// Counts a request of a weight.
    ///
    /// # Errors
    /// -1003: 429 past a limit, 418 while banned; both with the seconds to wait.
    pub fn weigh(&mut self, address: IpAddr, weight: u32, at: TsNanos) -> Result<(), ApiError> {
        if !self.addresses.contains_key(&address) && self.addresses.len() >= ADDRESSES_MAX {
            self.addresses.pop_first();
        }
        let limits = self.limits;
        let entry = self.addresses.entry(address).or_default();
        if let Some(until) = entry.banned_until {
            if at < until {
                return Err(banned(until, at));
            }
            entry.banned_until = None;
        }
        let (by_weight, by_requests) = (limits.weight.interval, limits.requests.interval);
        let requests = entry.requests.add(by_requests, at, 1);
        let used = entry.weight.at(by_weight, at).saturating_add(weight);
        let refusal = if used > limits.weight.most {
            ApiError::too_much_weight(
                limits.weight.most,
                &by_weight.spoken(),
                by_weight.seconds_left(at),
            )
        } else if requests > limits.requests.most {
            ApiError::too_many_requests(
                limits.requests.most,
                &by_requests.spoken(),
                by_requests.seconds_left(at),
            )
        } else {
            entry.weight.add(by_weight, at, weight);
            return Ok(());
        };
        if entry.refused.add(by_weight, at, 1) > limits.patience {
            let doubled = BAN_SECONDS.saturating_mul(1_i64 << entry.bans.min(20));
            let until = at.plus(doubled.min(BAN_SECONDS_MAX) * 1_000_000_000);
            entry.bans = entry.bans.saturating_add(1);
            entry.banned_until = Some(until);
            return Err(banned(until, at));
        }
        Err(refusal)
    }
}

fn banned(until: TsNanos, at: TsNanos) -> ApiError {
    let seconds = until.since(at).unsigned_abs().div_ceil(1_000_000_000);
    ApiError::banned(until.as_millis(), seconds)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    fn at(seconds: i64) -> TsNanos {
        TsNanos::from_millis(seconds * 1_000).unwrap()
    }

    /// Second, weight, status wanted (200 = let in), seconds to wait.
    #[test]
    fn who_goes_on_after_429_is_banned_for_longer_each_time() {
        let limits = Limits { patience: 2, ..Limits::DOCUMENTED };
        let mut addresses = AddressLimits::new(limits);
        for (line, (second, weight, status, wait)) in [
            (0, 5_990, 200, None),
            (1, 10, 200, None),
            (2, 1, 429, Some(58)),
            (3, 1, 429, Some(57)),
            (4, 1, 418, Some(120)),
            (100, 1, 418, Some(24)),
            (124, 6_000, 200, None),
            (125, 1, 429, Some(55)),
            (126, 1, 429, Some(54)),
            (127, 1, 418, Some(240)),
            (367, 1, 200, None),
        ]
        .into_iter()
        .enumerate()
        {
            let result = addresses.weigh(HERE, weight, at(second));
            let seen = result.err().map_or((200, None), |e| (e.status, e.retry_after_seconds));
            assert_eq!(seen, (status, wait), "line {line}");
        }
    }

    #[test]
    fn what_is_refused_does_not_count_and_others_are_not_touched() {
        let mut addresses = AddressLimits::new(Limits::DOCUMENTED);
        addresses.weigh(HERE, 5_999, at(0)).unwrap();
        assert!(addresses.weigh(HERE, 2, at(0)).is_err());
        assert_eq!(addresses.used(HERE, at(0)), Used { weight: 5_999, requests: 2 });
        assert_eq!(addresses.used(HERE, at(60)), Used { weight: 0, requests: 2 });
        let other = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
        assert_eq!(addresses.weigh(other, 2, at(0)), Ok(()));
    }

    #[test]
    fn requests_are_limited_whatever_they_weigh() {
        let wide = Limits {
            requests: super::super::Limit { most: 3, ..Limits::DOCUMENTED.requests },
            ..Limits::DOCUMENTED
        };
        let mut addresses = AddressLimits::new(wide);
        for _ in 0..3 {
            addresses.weigh(HERE, 1, at(0)).unwrap();
        }
        let error = addresses.weigh(HERE, 1, at(0)).unwrap_err();
        assert_eq!((error.status, error.code, error.retry_after_seconds), (429, -1003, Some(300)));
    }
}
