//! [`Reconciler`]: our books against the venue's, over the union of ours and theirs; what follows is by written rules.
//!
//! | ours | theirs | rule |
//! | --- | --- | --- |
//! | open | open | its report is taken in: what we missed is adopted |
//! | open | not listed | looked up by its name: it has ended, or is in doubt |
//! | ended or unknown to us, under a name of ours | open | an order that should not be: incident, quarantined |
//! | - | open, of somebody else | foreign: noted, left alone |
//! | base held | less than that | balance short: incident, quarantined, nothing is sold for it |
//! | base held | more than that and the baseline | not ours: the baseline rises, it is never sold |
//! | cash | another amount, no base differs | a flow: capital, never profit or loss |
//! | cash and base | both differ, against each other | somebody else has traded: incident, quarantined, until an operator has adopted it |

mod compare;
mod difference;
mod holdings;

pub use compare::{Finding, Reconciler};
pub use difference::Difference;
pub use holdings::{Holdings, Ours};
