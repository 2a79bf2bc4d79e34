//! `one_authority` (2): for a symbol and an epoch at most one slot's commands are carried out.
//!
//! The journal holds the decisions of the slot in authority alone, so what can be told from it is that epochs rise: an
//! authority under an epoch that its scope has had already would let two slots act under one number.

use std::collections::BTreeMap;

use types::entry::{Body, Scope};
use types::ids::Epoch;

use super::Need;
use super::judge::{About, Judge};
use crate::case::Case;

pub(super) fn judge(case: &Case, judge: &mut Judge) -> Need {
    let mut epochs: BTreeMap<Scope, Epoch> = BTreeMap::from([(Scope::Account, Epoch(0))]);
    for entry in case.entries() {
        let Body::Authority(authority) = &entry.body else { continue };
        judge.count("authorities", 1);
        let before = epochs.insert(authority.scope, authority.epoch);
        judge.want(
            before.is_none_or(|before| authority.epoch > before),
            About::entry(entry.seq.0),
            format_args!("epoch {} of {:?}", authority.epoch.0, authority.scope),
            format_args!("one above {}", before.map_or(0, |epoch| epoch.0)),
        );
    }
    if judge.counted("authorities") == 0 {
        return Need::Absent("no entry of the journal gives authority: slot 0 acts for everything");
    }
    Need::Some("authorities")
}
