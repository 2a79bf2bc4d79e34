//! [`Security`]: who may ask what.

/// The security type of a request (`rest-api.md`, "Request Security").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// Anybody.
    None,
    /// A signed request of a key that may trade.
    Trade,
    /// A signed request of a key that may read.
    UserData,
    /// A key without signature: keeping a listen key alive.
    UserStream,
}

impl Security {
    /// Returns whether the request has to be signed.
    #[must_use]
    pub const fn is_signed(self) -> bool {
        match self {
            Self::Trade | Self::UserData => true,
            Self::None | Self::UserStream => false,
        }
    }
}
