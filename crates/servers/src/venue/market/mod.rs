//! The market: its time, and what moves its prices.

mod change;
mod clock;
mod driver;
mod history;
mod meet;
mod open;
mod pace;
mod source;

pub use change::apply;
pub use clock::{Clock, Moment, Speed};
pub use driver::{CROWD, MarketDriver};
pub use meet::{NotMet, meet};
pub use open::{ListedSymbol, MarketConfig, MarketError, Opened, Resume, open};
pub use pace::{Came, PaceError, Pacer, Until};
pub use source::Prices;
