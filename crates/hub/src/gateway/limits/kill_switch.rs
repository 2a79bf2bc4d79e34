//! The kill switch: no entries. It needs no configuration, so it works with everything else down.

use types::decision::{Refusal, RefusalCode};
use types::defects::{Defect, planted};

use super::Scene;

pub(super) fn check(scene: &Scene<'_>) -> Result<(), Refusal> {
    if scene.state.killed && !planted(Defect::KillIgnored) {
        Err(Refusal::word(RefusalCode::Killed))
    } else {
        Ok(())
    }
}
