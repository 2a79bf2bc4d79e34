//! Hard limits: the last word before an order leaves. `approve` is the only maker of an [`Approved`] order.

mod daily_loss;
mod gross_exposure;
mod kill_switch;
mod open_orders;
mod order_notional;
mod order_rate;
mod price_collar;
mod scene;
mod symbol_list;

pub(super) use scene::Scene;

use types::decision::{Refusal, RefusalCode};
use types::hard_limits::HardLimits;
use types::num::Money;
use types::order::OrderRequest;

use super::state::State;

/// An order that passed the hard limits, or that only makes a position smaller. Its field is private to this
/// module: nobody else can make one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Approved {
    request: OrderRequest,
}

impl Approved {
    /// Returns the order.
    #[must_use]
    pub const fn request(&self) -> &OrderRequest {
        &self.request
    }
}

/// A hard limit: what it sees, what it says.
type Rule = fn(&Scene<'_>, &HardLimits) -> Result<(), Refusal>;

/// Every hard limit that is a line, in the order of asking.
const LIMITS: [Rule; 7] = [
    symbol_list::check,
    price_collar::check,
    order_notional::check,
    gross_exposure::check,
    open_orders::check,
    order_rate::check,
    daily_loss::check,
];

/// Approves an order or says why not.
///
/// What only makes a position smaller passes whatever is in force: kill switch, modes and lines stop what raises
/// exposure. Everything else passes every line with all open orders counted as filled.
pub(super) fn approve(
    state: &State,
    request: OrderRequest,
    legs: usize,
    required: bool,
) -> Result<Approved, Refusal> {
    let scene = Scene::new(state, request, legs);
    if scene.only_reduces() {
        return Ok(Approved { request });
    }
    kill_switch::check(&scene)?;
    match &state.limits {
        Some(limits) => LIMITS.iter().try_for_each(|limit| limit(&scene, limits))?,
        None if required => return Err(Refusal::word(RefusalCode::NoLimits)),
        None => {}
    }
    Ok(Approved { request })
}

/// Returns exposure and limit, if what is held and open lies above the limit for all of it.
pub(super) fn above(state: &State) -> Option<(Money, Money)> {
    let limits = state.limits.as_ref()?;
    let seen = gross_exposure::of(state, None, limits).ok()?;
    (seen > limits.gross_exposure).then_some((seen, limits.gross_exposure))
}

#[cfg(test)]
mod tests;
