//! Drawdown of a month and from the peak, through restarts: a latch, and whoever releases it.

use types::entry::{ModeCause, SystemMode};

use super::world::World;
use crate::system::{OperatorRequest, Reply};

const HOUR: i64 = 3_600;

/// A world that a drawdown has put into SAFE_MODE on 14 November 2023, 00:15 UTC.
fn tripped(cause: ModeCause) -> World {
    let mut world = World::new(&["BTCUSDT"]);
    world.plan(|script| {
        script.trip = Some(World::minute(15));
        script.trip_cause = Some(cause);
    });
    world.begin();
    world.quarters(1);
    assert_eq!(world.mode(), SystemMode::SafeMode, "{:?}", world.told());
    assert_eq!(world.hub.status().mode_cause, cause);
    // It has recovered by the next life.
    world.plan(|script| script.trip = None);
    world
}

/// Waits where nothing is heard, restarts, and lets quotes come.
fn restart_after(world: &mut World, hours: i64) {
    world.wait(hours * HOUR);
    world.begin();
    world.quarters(2);
}

fn release(world: &mut World) -> Result<(), String> {
    match world.operator(OperatorRequest::Release) {
        Reply::Done(_) => Ok(()),
        Reply::Refused { message, .. } => Err(message),
        other @ (Reply::Progress(_) | Reply::Unconfirmed(_)) => panic!("{other:?}"),
    }
}

#[test]
fn a_months_drawdown_holds_until_the_month_ends() {
    let mut world = tripped(ModeCause::MonthlyDrawdown);
    for days in [2, 13] {
        restart_after(&mut world, days * 24);
        let refused = release(&mut world).unwrap_err();
        assert!(refused.contains("latched until 2023-12-01T00:00"), "{refused}");
        assert_eq!(world.mode(), SystemMode::SafeMode);
    }
    // From the 29th into December.
    restart_after(&mut world, 2 * 24);
    assert_eq!(world.mode(), SystemMode::SafeMode, "the end of the month releases nothing");
    assert_eq!(release(&mut world), Ok(()));
    assert_eq!(world.mode(), SystemMode::Running);
    world.check_restart();
}

#[test]
fn a_drawdown_from_the_peak_holds_for_a_day_and_then_until_somebody_releases_it() {
    let mut world = tripped(ModeCause::PeakDrawdown);
    restart_after(&mut world, 20);
    let refused = release(&mut world).unwrap_err();
    assert!(refused.contains("latched until 2023-11-15T00:15"), "{refused}");
    // Weeks and a month's end later it is in force still.
    restart_after(&mut world, 20 * 24);
    assert_eq!(world.mode(), SystemMode::SafeMode);
    assert_eq!(release(&mut world), Ok(()));
    assert_eq!(world.mode(), SystemMode::Running);
    restart_after(&mut world, 1);
    assert_eq!(world.mode(), SystemMode::Running, "a restart does not bring it back");
    world.check_restart();
}
