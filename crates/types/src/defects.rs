//! [`Defect`]: faults that can be planted in the code, one at a time, to see whether the judges of a run find them.
//!
//! A debug build can plant one, and a release build with the feature `mutants`, which plays nothing but seeded worlds. In
//! every other build [`planted`] is the constant `false`, and what a defect would do is compiled away.

macro_rules! defects {
    ($($(#[doc = $doc:literal])+ $name:ident = $word:literal;)+) => {
        /// A fault that can be planted.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Defect {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Defect {
            /// Every defect.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// Returns its word.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }

            /// Returns what it does, in a sentence.
            #[must_use]
            pub const fn does(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),+),)+ }
            }
        }
    };
}

defects! {
    /// The pen says that a commit is on disk without its fsync.
    SyncSkipped = "sync_skipped";
    /// A restart does not fold the last entry of the journal.
    TailForgotten = "tail_forgotten";
    /// A request leaves before its command is on disk.
    SentBeforeDurable = "sent_before_durable";
    /// Engines decide on an entry before they have folded it.
    DecidedBeforeFolding = "decided_before_folding";
    /// A bar that is still open is used as if it had closed.
    OpenBarUsed = "open_bar_used";
    /// A further attempt follows a look-up that could not know yet.
    AttemptWithoutProof = "attempt_without_proof";
    /// An order whose answer is lost counts as never accepted.
    LostReplyIsNever = "lost_reply_is_never";
    /// A look-up that fails counts as "not found".
    FailedLookUpIsNotFound = "failed_look_up_is_not_found";
    /// A placement without an answer in time counts as rejected.
    TimeOutIsRejection = "time_out_is_rejection";
    /// What the venue says to a request to replace is taken for the order that leaves alone.
    ReplacementForgotten = "replacement_forgotten";
    /// A restart takes every open order for settled.
    RestartForgetsDoubt = "restart_forgets_doubt";
    /// An order that waits for the disk is buried when the venue does not list it.
    WaitingOrderBuried = "waiting_order_buried";
    /// A fill that is told twice counts twice.
    FillTwice = "fill_twice";
    /// A fill is inferred from a sum, and the real one counts as well.
    FillInferred = "fill_inferred";
    /// A fill behind the command to cancel its order does not count.
    FillAfterCancelLost = "fill_after_cancel_lost";
    /// Fills that the stream did not tell are not asked for.
    HoleIgnored = "hole_ignored";
    /// A late "new" opens an order again that had ended.
    LateNewReopens = "late_new_reopens";
    /// A cancellation counts as done before the venue has said where the order ended.
    CancelBelieved = "cancel_believed";
    /// A fee in the base asset is not booked.
    BaseFeeIgnored = "base_fee_ignored";
    /// An order of somebody else counts as one of ours.
    ForeignOrderCounted = "foreign_order_counted";
    /// What was on the account before is sold with what is ours.
    BaselineSold = "baseline_sold";
    /// Money that comes or goes is not booked.
    FlowIgnored = "flow_ignored";
    /// A withdrawal counts as a loss.
    WithdrawalIsLoss = "withdrawal_is_loss";
    /// An order that the venue does not list, or does not cancel, is not looked up.
    MissingIgnored = "missing_ignored";
    /// Stops trail away from profit.
    StopTrailsAway = "stop_trails_away";
    /// A restart puts the stop back to where the entry's average says, however far it had trailed.
    TrailForgotten = "trail_forgotten";
    /// A stop keeps its quantity when more is bought.
    StopNotResized = "stop_not_resized";
    /// The first part of an entry is protected alone, the others are not looked at.
    LaterPartsUnprotected = "later_parts_unprotected";
    /// A new stop is placed beside the old one.
    SecondStop = "second_stop";
    /// A stop that the venue rejects is left at that.
    RejectedStopIgnored = "rejected_stop_ignored";
    /// The rest of an entry is placed with its whole quantity.
    RestIgnoresFills = "rest_ignores_fills";
    /// An entry follows the market beyond its worst price.
    WorstPriceIgnored = "worst_price_ignored";
    /// An entry goes out however old what it was decided on is.
    StaleEntrySent = "stale_entry_sent";
    /// An order of unknown outcome takes no part in the exposure.
    UnknownExposureForgotten = "unknown_exposure_forgotten";
    /// Limits that are lowered do not count.
    LoweredLimitIgnored = "lowered_limit_ignored";
    /// The limit for a single order is not asked.
    OrderNotionalUnchecked = "order_notional_unchecked";
    /// The limit for all exposure is not asked.
    ExposureUnchecked = "exposure_unchecked";
    /// The limit for open orders is not asked.
    OpenOrdersUnchecked = "open_orders_unchecked";
    /// The kill switch is not asked.
    KillIgnored = "kill_ignored";
    /// A pause is not asked.
    PauseIgnored = "pause_ignored";
    /// The mode is not asked.
    ModeIgnored = "mode_ignored";
    /// An entry that waits for the disk goes out whatever has happened since.
    NothingWithdrawn = "nothing_withdrawn";
    /// A restart releases SAFE_MODE.
    SafeModeForgotten = "safe_mode_forgotten";
    /// A restart forgets how long a drawdown keeps SAFE_MODE.
    LatchForgotten = "latch_forgotten";
    /// A symbol that does not trade is entered.
    HaltedSymbolEntered = "halted_symbol_entered";
    /// New steps of a symbol's quantity are not taken over.
    LotChangeIgnored = "lot_change_ignored";
    /// A symbol with an open difference, or with market data that is no good, is traded on.
    QuarantineIgnored = "quarantine_ignored";
    /// A hub whose term is over sends what it wants to send.
    OldEpochAccepted = "old_epoch_accepted";
}

#[cfg(any(feature = "mutants", debug_assertions))]
mod switch {
    use std::cell::Cell;

    use super::Defect;

    thread_local! {
        /// The planted defect. Of one thread: a world is played on one, and those that are played beside it have their own.
        static PLANTED: Cell<Option<Defect>> = const { Cell::new(None) };
    }

    /// Plants a defect on this thread, or takes it out again.
    pub fn plant(defect: Option<Defect>) {
        PLANTED.set(defect);
    }

    /// Returns whether a defect is planted on this thread.
    #[must_use]
    #[inline]
    pub fn planted(defect: Defect) -> bool {
        PLANTED.get() == Some(defect)
    }
}

#[cfg(any(feature = "mutants", debug_assertions))]
pub use switch::{plant, planted};

/// Returns whether a defect is planted: not in this build.
#[cfg(not(any(feature = "mutants", debug_assertions)))]
#[must_use]
#[inline]
pub const fn planted(_: Defect) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_differ_and_none_is_planted_by_itself() {
        let words: std::collections::BTreeSet<_> = Defect::ALL.iter().map(|d| d.word()).collect();
        assert_eq!(words.len(), Defect::ALL.len());
        assert!(Defect::ALL.iter().all(|defect| !planted(*defect)));
    }

    #[cfg(debug_assertions)]
    #[test]
    #[expect(clippy::disallowed_methods, reason = "what another thread sees is what is tested")]
    fn a_defect_is_planted_on_one_thread_alone() {
        plant(Some(Defect::FillTwice));
        assert!(planted(Defect::FillTwice) && !planted(Defect::KillIgnored));
        let beside = std::thread::spawn(|| planted(Defect::FillTwice));
        assert!(!beside.join().expect("it ends"));
        plant(None);
        assert!(!planted(Defect::FillTwice));
    }
}
