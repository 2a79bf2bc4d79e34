//! The default policy: the confluence score, calibrated, tested against its costs, sized by risk.

mod candidates;
mod policy;
mod watch;

pub use policy::Confluence;
pub use watch::ScanStats;
