//! Where many stories begin: venues, and the steps to a position that is held.

use super::desk::Desk;
use crate::gateway::{Capabilities, CidUniqueness, EntryStyle, Settings};

/// An entry of 3, and its fill at 100.
pub(super) const PLACED: (&str, &str) =
    ("enter 3 stop 10 limit 101", "place entry buy 3 limit 101 ioc; send entry");
pub(super) const FILLED: (&str, &str) =
    ("says entry filled 3 1:3@100", "entry filled 3 at 100; place stop sell 3 stop 90; send stop");
/// The same with a target.
pub(super) const PLACED_LIST: (&str, &str) =
    ("enter 3 stop 10 target 20 limit 101", "place entry buy 3 limit 101 ioc; send entry");
pub(super) const FILLED_LIST: (&str, &str) = (
    "says entry filled 3 1:3@100",
    "entry filled 3 at 100; place stop sell 3 stop 90; place target sell 3 target 120; \
     send stop+target",
);

/// A venue whose ids are unique among open orders only, entries at once.
pub(super) fn bounded() -> Desk {
    let live = Settings::live("main", Capabilities::binance_spot());
    Desk::new(Settings { entry: EntryStyle::Bounded, ..live })
}

/// The same with entries at the touch.
pub(super) fn touch() -> Desk {
    Desk::new(Settings::live("main", Capabilities::binance_spot()))
}

/// A venue that takes a name so often, entries at once.
pub(super) fn with_ids(cid_uniqueness: CidUniqueness) -> Desk {
    let venue = Capabilities { cid_uniqueness, ..Capabilities::binance_spot() };
    Desk::new(Settings { entry: EntryStyle::Bounded, ..Settings::live("main", venue) })
}

/// A position of 3 at 100 with its stop.
pub(super) fn held() -> Desk {
    held_at(bounded())
}

/// The same at a venue of one's own.
pub(super) fn held_at(mut desk: Desk) -> Desk {
    desk.story(&[
        PLACED,
        ("reply accepted", "entry accepted"),
        FILLED,
        ("reply accepted", "stop accepted"),
    ]);
    desk
}

/// The same with stop and target as one list.
pub(super) fn held_list(mut desk: Desk) -> Desk {
    desk.story(&[
        PLACED_LIST,
        ("reply accepted", "entry accepted"),
        FILLED_LIST,
        ("reply accepted", "stop accepted; target accepted"),
    ]);
    desk
}
