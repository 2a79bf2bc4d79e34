//! Orders that wait for a trade at their touch price.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use types::num::Price;

use super::ids::VenueOrderId;

/// Waiting orders by touch price, nearest first, then oldest first.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Triggers {
    rise: BTreeSet<(Price, VenueOrderId)>,
    /// The price is negated, so that the highest comes first.
    fall: BTreeSet<(Price, VenueOrderId)>,
}

impl Triggers {
    pub(super) fn insert(&mut self, rises: bool, stop: Price, id: VenueOrderId) {
        if rises {
            self.rise.insert((stop, id));
        } else {
            self.fall.insert((-stop, id));
        }
    }

    pub(super) fn remove(&mut self, rises: bool, stop: Price, id: VenueOrderId) {
        if rises {
            self.rise.remove(&(stop, id));
        } else {
            self.fall.remove(&(-stop, id));
        }
    }

    /// Returns how many wait.
    pub(super) fn len(&self) -> usize {
        self.rise.len() + self.fall.len()
    }

    /// Takes the next order that a trade at `price` touches.
    pub(super) fn touched(&mut self, price: Price) -> Option<VenueOrderId> {
        if self.rise.first().is_some_and(|(stop, _)| *stop <= price) {
            return self.rise.pop_first().map(|(_, id)| id);
        }
        if self.fall.first().is_some_and(|(stop, _)| -*stop >= price) {
            return self.fall.pop_first().map(|(_, id)| id);
        }
        None
    }
}
