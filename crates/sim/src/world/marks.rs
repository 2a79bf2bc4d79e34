//! [`Mark`]: rare situations that a batch of seeds must reach, or it has shown nothing of them. `docs/testing.md` lists them, beside
//! the classes of faults, which must strike.

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
    /// A life kept quiet before it began, for what the one before had sent last.
    KeptQuiet = "kept_quiet";
    /// A process died between a command and its disk.
    DiedBeforeDurable = "died_before_durable";
    /// A process died with a request on its way.
    DiedWithRequest = "died_with_request";
    /// A stop was resized or moved.
    StopReplaced = "stop_replaced";
    /// What was to take an order's stead was not accepted, and the order rests on.
    CancelRejected = "cancel_rejected";
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
    /// Hard limits were raised, as a second person agreed.
    LimitsRaised = "limits_raised";
    /// A permission was granted to one person alone, behind its delay.
    GrantedAlone = "granted_alone";
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
    /// What somebody else had bought was adopted.
    Adopted = "adopted";
    /// Coins of ours that somebody else had sold were adopted.
    AdoptedSale = "adopted_sale";
    /// The breaker of the venue opened.
    BreakerOpen = "breaker_open";
    /// The venue throttled us.
    RateLimited = "rate_limited";
    /// The answer to an order that the venue had accepted was lost.
    ReplyLost = "reply_lost_on_accept";
    /// An order was accepted when its caller had stopped waiting, or was about to.
    AcceptedAfterTimeOut = "accepted_after_time_out";
    /// A look-up of an order that the venue has was not answered.
    LookUpFailed = "look_up_failed";
    /// The stream told of an order before the answer to its placement came.
    StreamBeforeReply = "stream_before_reply";
    /// The stream told a fill behind a report whose sum had it already.
    FillBehindSum = "fill_behind_sum";
    /// The stream told that an order is new behind a report that it is filled.
    NewAfterFilled = "new_after_filled";
    /// A fill was told behind the report that its order had ended.
    FillAfterEnd = "fill_after_end";
    /// An order was replaced while the account's stream was down.
    ReplacedWhileCut = "replaced_while_cut";
    /// A life began with an entry order that was open.
    RestartWithEntry = "restart_with_entry";
    /// The first part of an entry to trade was below the venue's smallest order.
    FirstPartBelowMinimum = "first_part_below_minimum";
    /// The fee was taken in coins, and what is left of a position cannot be sold whole.
    FeeLeavesDust = "fee_leaves_dust";
    /// A limit lies below what is held.
    LimitBelowExposure = "limit_below_exposure";
    /// Half of the account's money or more was withdrawn.
    WithdrawalOfHalf = "withdrawal_of_half";
    /// Coins came in from outside.
    ForeignBalance = "foreign_balance";
    /// A symbol was delisted while a position was on.
    DelistedWithPosition = "delisted_with_position";
    /// The machine's clock jumped ahead by an hour with a position on.
    ClockAhead = "clock_jumped_ahead";
    /// The machine's clock jumped back by an hour with a position on.
    ClockBack = "clock_jumped_back";
    /// A machine came up with a clock that is ahead by an hour, and nothing began.
    StartAhead = "clock_ahead_at_start";
    /// A machine came up with a clock that is behind by an hour, and nothing began.
    StartBehind = "clock_behind_at_start";
    /// The venue did not answer, for as long as that is an incident.
    VenueDown = "venue_down";
    /// There was no market data for an hour.
    DataLost = "data_lost";
    /// The queue of inputs was too long for too long.
    QueueOverloaded = "queue_overloaded";
    /// A drawdown put SAFE_MODE in force.
    Drawdown = "drawdown";
    /// Damage of the journal kept a hub from starting, with file, offset and entry named; a copy took its place.
    DamageNamed = "damage_named";
    /// Damage at the journal's very end was cut off as a tail, which the opening said; a copy took its place.
    DamageCut = "damage_cut";
    /// Damage of the disk did not touch what the journal holds.
    DamageHarmless = "damage_harmless";
    /// The disk failed while the journal was opened; the next start opened it.
    OpeningFailed = "opening_failed";
    /// A second hub took over from one that was stopped.
    TakenOver = "second_hub";
    /// It began with an order in doubt.
    TakenOverWithUnknown = "second_hub_with_unknown";
    /// The first one went on and wanted to send, and did not.
    OldHubSilent = "old_hub_silent";
    /// The first one went on to append, and nothing of it is in a file.
    OldEntriesUnread = "old_entries_unread";
    /// A request that the first one had signed left when it went on, and the venue refused it.
    OldRequestRefused = "old_request_refused";
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::kind::Kind;
    use super::*;

    const DOCS: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/testing.md"));

    /// Returns the section of the documentation with a heading.
    fn section(heading: &str) -> &'static str {
        let begins = DOCS.find(heading).expect("the heading is there") + heading.len();
        DOCS[begins..].split("\n## ").next().expect("there is one part at least")
    }

    fn words(of: &'static str) -> Vec<&'static str> {
        of.split('`').skip(1).step_by(2).collect()
    }

    #[test]
    fn the_documentation_lists_what_a_run_must_reach() {
        let lines = section("\n## Marks\n").lines().filter(|line| line.starts_with("| `"));
        let listed: Vec<&str> = lines.map(|line| words(line)[0]).collect();
        let marks = Mark::ALL.iter().map(|mark| mark.word());
        let all: Vec<&str> = Kind::CLASSES.iter().copied().chain(marks).collect();
        assert_eq!(listed, all, "docs/testing.md, section Marks: faults by class, then marks");
        let once: BTreeSet<&str> = all.iter().copied().collect();
        assert_eq!(once.len(), all.len(), "no word twice");
    }

    #[test]
    fn each_named_scenario_has_a_mark() {
        let rows = section("\n## Scenarios\n").lines().filter(|line| line.starts_with("| "));
        let mut scenarios = 0;
        for row in rows.skip(2) {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let known = |word: &&str| Mark::ALL.iter().any(|mark| mark.word() == *word);
            assert!(words(cells[4]).iter().any(known), "no mark in the last column: {row}");
            assert!(words(cells[4]).iter().all(known), "no such mark: {row}");
            scenarios += 1;
        }
        assert!(scenarios >= 22, "{scenarios} scenarios");
    }
}
