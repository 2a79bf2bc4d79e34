//! Our side of foreign protocols: [`Venue`]. Bytes only: decides nothing, retries nothing, knows no
//! limit and no engine.

pub mod archive;
mod capabilities;
mod clock;
pub mod conformance;
mod error;
mod feed;
mod net;
mod outcome;
mod rights;
mod secret;
mod venue;
pub mod venues;

pub use capabilities::{
    Amend, Capabilities, Certainty, ClientIdRules, DeadManSwitch, ListKind, OrderRow, RecvWindow,
    RequestKind, TifName, Uniqueness,
};
pub use clock::{ClockError, ClockOffset, ClockSample, SKEW_NANOS_MAX, Skew};
pub use error::{DecodeError, Throttled, VenueError};
pub use feed::{AccountEvent, MarketFeed, UserFeed};
pub use outcome::{NotSent, Outcome, Refused, RejectKind, Rejection, UnknownOutcome};
pub use rights::{KeyProblem, KeyRights, Rights};
pub use secret::{Credentials, CredentialsError};
pub use venue::{Environment, FillsFrom, Half, Listings, Replaced, Stamp, Venue, VenueStatus};
