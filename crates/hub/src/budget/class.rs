//! Who goes first: [`Class`], and how much of a limit each class may fill: [`Ceilings`].

/// What a request is for. Earlier goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Cancels an order.
    Cancel,
    /// An order that lowers exposure.
    Reduce,
    /// Looks up what became of an order, or what the account holds.
    LookUp,
    /// Places or moves a protective stop.
    Protect,
    /// An order that raises exposure.
    Enter,
    /// Market data: history, snapshots, the venue's clock.
    Data,
}

impl Class {
    /// Every class, first to last.
    pub const ALL: [Self; 6] =
        [Self::Cancel, Self::Reduce, Self::LookUp, Self::Protect, Self::Enter, Self::Data];

    pub(super) const fn index(self) -> usize {
        match self {
            Self::Cancel => 0,
            Self::Reduce => 1,
            Self::LookUp => 2,
            Self::Protect => 3,
            Self::Enter => 4,
            Self::Data => 5,
        }
    }
}

/// How much of each limit a class may fill, all classes counted, in percent.
///
/// What lies above a class's ceiling is kept for those with a higher one. A ceiling is no place in the queue: look-ups
/// go before stops, but cannot take the last share, which is kept for stops and cancels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ceilings([u8; 6]);

/// Ceilings that would lock a class out, or cancels behind others.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CeilingsError {
    /// A share of nothing, or of more than all.
    #[error("ceiling of {class:?} is {seen} %, wanted 1 to 100")]
    Range {
        /// Whose.
        class: Class,
        /// What was given.
        seen: u8,
    },
    /// Cancels could find the limit full.
    #[error("ceiling of cancels is {0} %, wanted 100: nothing may be kept from them")]
    Cancel(u8),
    /// Reducing orders or stops would be held back for an entry or for data.
    #[error(
        "ceiling of {higher:?} is {seen} %, below that of {lower:?}: wanted at least {wanted} %"
    )]
    Order {
        /// The class that matters more.
        higher: Class,
        /// Its ceiling.
        seen: u8,
        /// The class that matters less.
        lower: Class,
        /// Its ceiling.
        wanted: u8,
    },
}

impl Default for Ceilings {
    /// Returns 100, 98, 85, 95, 75 and 60 %, in the order of [`Class::ALL`].
    ///
    /// With a limit of 6,000 points a minute: 120 kept for cancels alone, 300 for what lowers exposure, 900 for all that
    /// concerns orders already placed, 1,500 for all but entries and data.
    fn default() -> Self {
        Self([100, 98, 85, 95, 75, 60])
    }
}

impl Ceilings {
    /// Returns the ceilings in percent, in the order of [`Class::ALL`].
    ///
    /// # Errors
    /// `CeilingsError` if a class would be locked out or kept behind one that matters less.
    pub fn new(percent: [u8; 6]) -> Result<Self, CeilingsError> {
        let ceilings = Self(percent);
        for class in Class::ALL {
            let seen = ceilings.percent(class);
            if !(1..=100).contains(&seen) {
                return Err(CeilingsError::Range { class, seen });
            }
        }
        let of_cancels = ceilings.percent(Class::Cancel);
        if of_cancels != 100 {
            return Err(CeilingsError::Cancel(of_cancels));
        }
        for (higher, lower) in [
            (Class::Reduce, Class::Protect),
            (Class::Protect, Class::LookUp),
            (Class::LookUp, Class::Enter),
            (Class::Enter, Class::Data),
        ] {
            let (seen, wanted) = (ceilings.percent(higher), ceilings.percent(lower));
            if seen < wanted {
                return Err(CeilingsError::Order { higher, seen, lower, wanted });
            }
        }
        Ok(ceilings)
    }

    /// Returns the share of a limit that a class may fill, in percent.
    #[must_use]
    pub const fn percent(self, class: Class) -> u8 {
        self.0[class.index()]
    }

    /// Returns how much of a limit a class may fill.
    pub(super) fn of(self, class: Class, max: u32) -> u64 {
        u64::from(max) * u64::from(self.percent(class)) / 100
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ceilings_keep_what_matters_more_above_what_matters_less() {
        let Ceilings(default) = Ceilings::default();
        assert_eq!(Ceilings::new(default), Ok(Ceilings::default()));
        let refused = |percent: [u8; 6]| Ceilings::new(percent).unwrap_err().to_string();
        assert_eq!(
            refused([99, 98, 85, 95, 75, 60]),
            "ceiling of cancels is 99 %, wanted 100: nothing may be kept from them"
        );
        assert_eq!(refused([100, 98, 85, 95, 75, 0]), "ceiling of Data is 0 %, wanted 1 to 100");
        assert_eq!(
            refused([100, 98, 85, 95, 59, 60]),
            "ceiling of Enter is 59 %, below that of Data: wanted at least 60 %"
        );
        assert!(Ceilings::new([100, 95, 95, 95, 95, 95]).is_ok());
        assert!(Ceilings::new([100, 94, 95, 95, 95, 95]).is_err());
        assert!(Ceilings::new([100, 101, 85, 95, 75, 60]).is_err());
    }

    #[test]
    fn an_index_is_the_place_in_the_list() {
        for (place, class) in Class::ALL.into_iter().enumerate() {
            assert_eq!(class.index(), place);
        }
    }
}
