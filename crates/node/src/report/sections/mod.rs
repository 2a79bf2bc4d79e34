//! The sections of a report, one file each.

mod costs;
mod decisions;
mod equity;
mod figures;
mod gates;
mod groups;
mod header;
mod months;
mod prices;
mod provenance;
mod reliability;
mod table;

pub(super) use costs::costs;
pub(super) use decisions::decisions;
pub(super) use equity::equity;
pub(super) use figures::key_figures;
pub(super) use gates::gates;
pub(super) use groups::groups;
pub(super) use header::{header, verdict};
pub(super) use months::months;
pub(super) use prices::prices;
pub(super) use provenance::{provenance, quality};
pub(super) use reliability::reliability;
