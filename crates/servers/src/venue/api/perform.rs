//! [`perform`]: one request from its weight to its answer, by the same rules for REST and WebSocket.

use std::net::IpAddr;

use super::{ApiError, Context, Endpoint, Params, Security, TimeUnit};
use crate::venue::core::Core;
use crate::venue::faults::Shift;
use crate::venue::keys::{Caller, check_time};
use crate::venue::limits::{OrderUse, Used};
use crate::venue::market::Moment;

/// What is asked, by whom.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// What.
    pub endpoint: Endpoint,
    /// With what; those of a signature are among them.
    pub params: &'a Params,
    /// The text that was signed.
    pub payload: &'a [u8],
    /// The name of the key that was sent.
    pub key: Option<&'a str>,
    /// Whoever has proved before who it is: its requests need no signature.
    pub session: Option<Caller>,
    /// From where.
    pub address: IpAddr,
    /// In what the answer counts time.
    pub unit: TimeUnit,
    /// What the venue's clock shows.
    pub moment: Moment,
    /// Balances that the answer is to tell wrongly.
    pub wrong_balances: &'a [Shift],
    /// Whether the system status says maintenance.
    pub maintenance: bool,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Done {
    /// The answer's JSON, or the error.
    pub result: Result<String, ApiError>,
    /// What the address has used by now.
    pub used: Used,
    /// The window of its weight, as headers name it: `1M`.
    pub weight_window: String,
    /// What the account has used of its order limits, after placing orders.
    pub orders: Option<[OrderUse; 2]>,
    /// Whose answer it is: one that concerns an account waits for the ledger.
    pub caller: Option<Caller>,
}

/// Answers a request.
pub fn perform(core: &mut Core, asked: &Asked<'_>) -> Done {
    let (mut caller, now) = (None, core.now());
    let result = answer(core, asked, &mut caller);
    let placed = caller.filter(|_| result.is_ok() && asked.endpoint.places());
    Done {
        result,
        used: core.addresses.used(asked.address, now),
        weight_window: core.limits.weight.interval.header(),
        orders: placed.map(|caller| core.orders.usage(caller.account, now)),
        caller,
    }
}

fn answer(
    core: &mut Core,
    asked: &Asked<'_>,
    caller: &mut Option<Caller>,
) -> Result<String, ApiError> {
    let &Asked { endpoint, params, unit, moment, .. } = asked;
    let now = core.now();
    core.addresses.weigh(asked.address, endpoint.weight(params), now)?;
    *caller = authenticate(core, asked)?;
    let mut context = Context {
        core,
        params,
        caller: *caller,
        unit,
        server_time: moment.at,
        wrong_balances: asked.wrong_balances,
        maintenance: asked.maintenance,
    };
    endpoint.answer(&mut context)
}

fn authenticate(core: &Core, asked: &Asked<'_>) -> Result<Option<Caller>, ApiError> {
    let security = asked.endpoint.security();
    match (security, asked.session) {
        (Security::None, _) => Ok(None),
        (Security::Trade | Security::UserData | Security::UserStream, Some(session)) => {
            if !security.allows(session.rights) {
                return Err(ApiError::rejected_key());
            }
            check_time(asked.params, asked.moment)?;
            Ok(Some(session))
        }
        (Security::UserStream, None) => {
            let key = core.keys.find(asked.key, security)?;
            Ok(Some(Caller { account: key.account, rights: key.rights }))
        }
        (Security::Trade | Security::UserData, None) => core
            .keys
            .authenticate(asked.key, security, asked.payload, asked.params, asked.moment)
            .map(Some),
    }
}
