//! `one_authority` (2): for a symbol and an epoch at most one slot's commands are carried out.

use super::Need;
use super::judge::Judge;
use crate::case::Case;

pub(super) fn judge(_: &Case, _: &mut Judge) -> Need {
    Need::Absent("no entry of the journal gives authority: there is one slot")
}
