//! The configuration.

use std::path::Path;

use super::check::Check;
use crate::exit::told;
use crate::setup;

/// Looks whether the configuration can be used.
pub(super) fn all(file: Option<&Path>) -> Vec<Check> {
    let name = "configuration";
    let Some(path) = file else {
        return vec![Check::unknown(name, "no --config was given: the defaults hold")];
    };
    let shown = path.display();
    vec![match setup::load(Some(path), None) {
        Ok(_) => Check::fine(name, format!("{shown} can be used")),
        Err(failure) => Check::bad(
            name,
            told(&failure.error),
            format!("change it: `plimsoll config explain '{shown}'` shows every key"),
        ),
    }]
}
