//! Recovery: what has stopped is made anew, in order, and not for ever.

use types::entry::{IncidentKind, Part, SystemMode};

use super::engine::enter;
use super::world::World;
use crate::system::{Component, ComponentState, Input};

/// A minute of wall time, in the market's seconds.
const MINUTE: i64 = 60 * 60;

fn ended(world: &mut World, part: Part) -> Vec<(Part, i64)> {
    world.feed(Input::Ended { part, why: "it panicked".to_owned() });
    world.rest();
    std::mem::take(&mut world.restarts)
}

fn runs(world: &mut World, part: Part) {
    world.feed(Input::Runs { part });
    world.rest();
}

fn open(world: &World, kind: IncidentKind, part: Part) -> bool {
    let open = world.hub.status().incidents;
    open.iter().any(|open| open.incident.kind == kind && open.incident.part == Some(part))
}

#[test]
fn what_stops_is_made_anew_five_times_and_then_people_are_called() {
    let mut world = World::running(&["BTCUSDT"]);
    for wait in [200, 400, 800, 1_600, 3_200] {
        assert_eq!(ended(&mut world, Part::Control), [(Part::Control, wait)]);
        assert!(open(&world, IncidentKind::ComponentDown, Part::Control));
        runs(&mut world, Part::Control);
        assert!(world.open_incidents().is_empty(), "it is over once it runs, not before");
    }
    assert_eq!(world.mode(), SystemMode::Running);
    assert_eq!(ended(&mut world, Part::Control), []);
    assert!(open(&world, IncidentKind::ComponentGivenUp, Part::Control));
    assert_eq!(world.mode(), SystemMode::SafeMode);
    // Each part has a budget of its own, and it comes back.
    assert_eq!(ended(&mut world, Part::Disk), [(Part::Disk, 200)]);
    world.wait(13 * MINUTE);
    assert_eq!(ended(&mut world, Part::Control), [(Part::Control, 3_200)]);
}

#[test]
fn what_rests_on_the_venue_is_made_anew_behind_it() {
    let mut world = World::new(&["BTCUSDT"]);
    world.plan(|script| {
        script.plan.insert(World::minute(15), vec![(0, enter("2", "5"))]);
    });
    world.begin();
    world.quarters(1);
    world.trade(0, "99");
    world.venue.down = true;
    world.wait(2 * MINUTE);
    let state = |world: &World| world.hub.status().components[&Component::Venue].state.clone();
    assert!(matches!(state(&world), ComponentState::Failing(_)), "{:?}", world.hub.status());
    // The venue's adapter was made anew once in this outage; the account's stream stood, and is left alone.
    assert_eq!(std::mem::take(&mut world.restarts), [(Part::Venue, 0)]);
    assert_eq!(ended(&mut world, Part::UserStream), [], "it would find no venue");
    assert_eq!(ended(&mut world, Part::Disk), [(Part::Disk, 200)], "others need none");
    world.venue.down = false;
    world.wait(2 * MINUTE);
    assert_eq!(world.restarts, [(Part::UserStream, 200)]);
    assert!(open(&world, IncidentKind::ComponentDown, Part::UserStream), "it does not stand yet");
    world.feed(Input::UserStreamUp);
    world.rest();
    runs(&mut world, Part::Disk);
    world.quarters(1);
    assert!(world.open_incidents().is_empty(), "{:?}", world.open_incidents());
    assert_eq!(world.mode(), SystemMode::Running);
    // The next outage is another one.
    world.venue.down = true;
    world.restarts.clear();
    world.wait(2 * MINUTE);
    assert_eq!(world.restarts, [(Part::Venue, 0)]);
}

#[test]
fn three_connections_that_do_not_come_about_have_the_adapter_made_anew() {
    let mut world = World::running(&["BTCUSDT"]);
    world.feed_works = false;
    // Silent for thirty seconds, then tries after 1 s and 2 s.
    world.wait(MINUTE);
    assert_eq!(world.restarts, [(Part::Venue, 0)]);
    world.wait(2 * MINUTE);
    assert_eq!(world.restarts.len(), 1, "once in an outage");
    world.feed_works = true;
    world.wait(MINUTE);
    world.quarters(2);
    let feed = &world.hub.status().components[&Component::Feed];
    assert_eq!(feed.state, ComponentState::Working);
    world.feed_works = false;
    world.wait(2 * MINUTE);
    assert_eq!(world.restarts.len(), 2, "another one");
}
