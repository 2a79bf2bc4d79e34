//! [`Order`]: what was asked of a venue and what became of it.

mod life;
mod request;
mod state;

pub use life::Order;
pub use request::{OrderKind, OrderRequest, TimeInForce};
pub use state::{OrderEvent, OrderState, TransitionError};
