//! The kinds of entries: names and numbers.

use super::Body;

impl Body {
    /// The highest kind this build knows.
    pub const KIND_MAX: u32 = 42;

    /// Returns the number of the kind, as `docs/entries.md` lists it.
    #[must_use]
    pub const fn kind(&self) -> u32 {
        match self {
            Self::Genesis { .. } => 1,
            Self::Config { .. } => 2,
            Self::Instruments(_) => 3,
            Self::Bar { .. } => 10,
            Self::Mark { .. } => 11,
            Self::InstantClosed { .. } => 12,
            Self::Timer { .. } => 13,
            Self::Decision(_) => 20,
            Self::Command(_) => 21,
            Self::Report(_) => 22,
            Self::Refused(_) => 23,
            Self::Mode(_) => 30,
            Self::Operator(_) => 31,
            Self::Flow { .. } => 32,
            Self::Funding { .. } => 33,
            Self::Limits(_) => 34,
            Self::Incident(_) => 35,
            Self::IncidentOver(_) => 36,
            Self::Baseline { .. } => 37,
            Self::Permit(_) => 38,
            Self::Authority(_) => 39,
            Self::History { .. } => 40,
            Self::Adopted(_) => 41,
            Self::Stage(_) => 42,
        }
    }

    /// Every kind with its number, as `docs/entries.md` lists them.
    pub const KINDS: &[(&str, u32)] = &[
        ("Genesis", 1),
        ("Config", 2),
        ("Instruments", 3),
        ("Bar", 10),
        ("Mark", 11),
        ("InstantClosed", 12),
        ("Timer", 13),
        ("Decision", 20),
        ("Command", 21),
        ("Report", 22),
        ("Refused", 23),
        ("Mode", 30),
        ("Operator", 31),
        ("Flow", 32),
        ("Funding", 33),
        ("Limits", 34),
        ("Incident", 35),
        ("IncidentOver", 36),
        ("Baseline", 37),
        ("Permit", 38),
        ("Authority", 39),
        ("History", 40),
        ("Adopted", 41),
        ("Stage", 42),
    ];
}
