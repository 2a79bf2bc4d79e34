//! [`Mark`]: rare situations that a batch of seeds must reach, or it has shown nothing of them.

use std::collections::BTreeMap;

use serde::Serialize;

macro_rules! marks {
    ($($(#[doc = $doc:literal])+ $name:ident = $word:literal;)+) => {
        /// A rare situation.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
        pub enum Mark {
            $($(#[doc = $doc])+ #[serde(rename = $word)] $name,)+
        }

        impl Mark {
            /// Every mark.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// Returns its word.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }
        }
    };
}

marks! {
    /// A purchase traded in parts.
    PartialFill = "partial_fill";
    /// A fill came after the cancellation of its order was commanded.
    FillAfterCancel = "fill_after_cancel";
    /// An order of unknown outcome turned out to have been accepted.
    UnknownAccepted = "unknown_accepted";
    /// An order of unknown outcome turned out never to have been accepted.
    UnknownNeverAccepted = "unknown_never_accepted";
    /// A further attempt was made behind the proof that the one before was never accepted.
    FurtherAttempt = "further_attempt";
    /// A life began with an order in doubt.
    RestartWithUnknown = "restart_with_unknown";
    /// A life began with a position.
    RestartWithPosition = "restart_with_position";
    /// A life began from a snapshot.
    RestartFromSnapshot = "restart_from_snapshot";
    /// A process died between a command and its disk.
    DiedBeforeDurable = "died_before_durable";
    /// A process died with a request on its way.
    DiedWithRequest = "died_with_request";
    /// A stop was resized or moved.
    StopReplaced = "stop_replaced";
    /// A stop traded.
    StopFilled = "stop_filled";
    /// A target traded.
    TargetFilled = "target_filled";
    /// A fill was lost with a cut stream and found by asking.
    FillFoundByAsking = "fill_found_by_asking";
    /// A torn tail was cut at an opening.
    TornTailCut = "torn_tail_cut";
    /// The journal died and the process went on without it.
    JournalDied = "journal_died";
    /// Something was done while the journal was dead.
    EmergencyEntry = "emergency_entry";
    /// What was done without a journal was adopted by the next life.
    EmergencyAdopted = "emergency_adopted";
    /// The disk was full when something was to be written.
    DiskWasFull = "disk_was_full";
    /// What could not wait for a full disk was kept in the emergency record.
    KeptOnFullDisk = "kept_on_full_disk";
    /// SAFE_MODE began.
    SafeMode = "safe_mode";
    /// SAFE_MODE was released.
    SafeModeReleased = "safe_mode_released";
    /// A life began inside SAFE_MODE.
    RestartInSafeMode = "restart_in_safe_mode";
    /// The kill switch was used.
    Killed = "kill_switch";
    /// The kill switch was released.
    KillReleased = "kill_released";
    /// All positions were closed by an operator.
    Flattened = "flattened";
    /// Hard limits were lowered.
    LimitsLowered = "limits_lowered";
    /// A symbol was halted while a position was on.
    HaltWithPosition = "halt_with_position";
    /// The steps of a symbol changed while an order of ours was open.
    LotChangedWithOrder = "lot_changed_with_order";
    /// Too little to be sold was left.
    Dust = "dust";
    /// An instant was closed without a bar.
    BarLate = "bar_late";
    /// A gate of hard limits refused an order.
    Refused = "refused";
    /// Money came in or went out while a position was on.
    FlowWithPosition = "flow_with_position";
    /// An order of somebody else was seen.
    ForeignOrder = "foreign_order_seen";
    /// The breaker of the venue opened.
    BreakerOpen = "breaker_open";
    /// The venue throttled us.
    RateLimited = "rate_limited";
}

/// How often each mark was hit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Marks(BTreeMap<Mark, u64>);

impl Marks {
    /// Takes note of a situation that sometimes comes about: this must be reached by some seed.
    pub fn sometimes(&mut self, mark: Mark, here: bool) {
        if here {
            *self.0.entry(mark).or_default() += 1;
        }
    }

    /// Returns how often a mark was hit.
    #[must_use]
    pub fn hits(&self, mark: Mark) -> u64 {
        self.0.get(&mark).copied().unwrap_or_default()
    }

    /// Adds the hits of another world.
    pub fn add(&mut self, other: &Self) {
        for (mark, hits) in &other.0 {
            *self.0.entry(*mark).or_default() += hits;
        }
    }
}
