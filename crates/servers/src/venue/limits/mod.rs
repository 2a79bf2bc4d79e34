//! How much one address may ask and one account may order: request weight, requests, orders without a fill.

mod address;
mod orders;
mod window;

pub use address::{AddressLimits, Used};
pub use orders::{OrderCounts, OrderUse};
pub use window::{Interval, Limit, Limits};
