//! [`Security`]: who may ask what.

use crate::venue::keys::Rights;

/// The security type of a request (`rest-api.md`, "Request Security").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// Anybody.
    None,
    /// A signed request of a key that may trade.
    Trade,
    /// A signed request of a key that may read.
    UserData,
    /// A key without signature: user data stream subscriptions of a session.
    UserStream,
}

impl Security {
    /// Returns whether a key with these rights may ask.
    #[must_use]
    pub const fn allows(self, rights: Rights) -> bool {
        match self {
            Self::None => true,
            Self::Trade => rights.trade,
            Self::UserData | Self::UserStream => rights.read,
        }
    }
}
