//! `order_of_time`: places count up by one and times never go back.

use super::Need;
use super::judge::{About, Judge};
use crate::case::Case;

pub(super) fn judge(case: &Case, judge: &mut Judge) -> Need {
    judge.count("entries", case.intents.len());
    for broken in &case.intents.disorder {
        let about = broken.entry.map_or_else(About::default, About::entry);
        judge.find(about, &broken.seen, &broken.wanted);
    }
    Need::Some("entries")
}
