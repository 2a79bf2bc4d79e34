//! How long a life that begins keeps quiet: what the one before had sent may still be on its way.

use types::market::TsNanos;

use super::gateway::Gateway;
use super::live::Live;

impl Gateway {
    /// Returns for how long nothing may be sent yet, nanoseconds at the venue's speed; 0 if nothing of the life before is unanswered.
    ///
    /// A request can be accepted within `accepted_within` of the moment it was signed with, and of one without an answer nobody knows
    /// whether it has arrived. What is sent before that time is over could be accepted ahead of it: then two lives act at once
    /// (`one_authority`). Asked once the journal is ours, so that nothing more leaves, and folded.
    pub(crate) fn quiet_for(&self, now: TsNanos) -> i64 {
        let window = self.settings.venue.accepted_within;
        match self.state.orders.open().filter_map(Live::unanswered_since).max() {
            None => 0,
            // A clock that was set back does not tell how long ago that was.
            Some(_) if now < self.state.now => window,
            Some(last) => window.saturating_sub(now.since(last)).max(0),
        }
    }
}
