//! What somebody else traded and a person booked.

use types::entry::ReportEvent;
use types::ids::Seq;

use super::{Defect, clean};
use crate::rows::{BTC, USDT};
use crate::story::{Story, name};

/// One coin, as rows have it.
const COIN: i128 = 10_000_000_000_000_000;

/// Somebody takes our stop off the book and sells of what it protected, in millionths of a coin.
fn sold_by_hand(story: &mut Story, millionths: i128) {
    let position = story.open();
    story.pass(5);
    story.rows.end(story.now, &name(position.stop), "CANCELLED");
    story.rows.flow(story.now, BTC, -COIN * millionths / 1_000_000);
    story.rows.flow(story.now, USDT, COIN * 95);
    story.pass(5);
    story.report(position.stop, ReportEvent::Cancelled);
    // Longer than what is on its way may take.
    story.pass(170_000);
}

/// That, seen, looked at and booked.
pub(crate) fn adopted(story: &mut Story) {
    sold_by_hand(story, 999_000);
    let differs = story.differs();
    story.pass(60_000);
    story.adopt(differs, "-0.999", "95");
}

/// The same, and too little for an order is left.
pub(crate) fn adopted_to_dust(story: &mut Story) {
    sold_by_hand(story, 998_995);
    let differs = story.differs();
    story.pass(60_000);
    story.adopt(differs, "-0.998995", "95");
    story.pass(60_000);
}

/// Somebody else buys on our account; what is seen of it is an incident.
pub(crate) fn bought_by_another(story: &mut Story) {
    clean(story);
    story.rows.accept(story.now, "somebody", "buy", r#""market""#, 100_000_000);
    story.rows.trade(story.now, "somebody", 100_000_000, 10_000_000_000);
    story.pass(60_000);
    story.differs();
}

pub(super) const ADOPTIONS: &[Defect] = &[
    (
        "an adoption where books and venue agree",
        |s| {
            clean(s);
            s.adopt(Seq(1), "0", "0");
        },
        &["money_conserved"],
    ),
    (
        "an adoption of less than is gone",
        |s| {
            sold_by_hand(s, 999_000);
            let differs = s.differs();
            s.adopt(differs, "-0.5", "95");
        },
        // What is ours by the books from then on has no stop.
        &["money_conserved", "protected"],
    ),
    (
        "coins from outside adopted as ours",
        |s| {
            clean(s);
            s.rows.flow(s.now, BTC, COIN);
            let differs = s.differs();
            s.adopt(differs, "1", "0");
        },
        &["money_conserved"],
    ),
];
