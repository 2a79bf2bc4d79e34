//! Commands against a scripted hub: what is printed, and with which code they end.

use std::time::Duration;

use serde_json::json;

use super::{confirmed, kill, told};
use crate::cli::control::{ActArgs, HubArgs, PlainActArgs};
use crate::control::tests::Scripted;
use crate::control::{Answer, ClosedLine, Command, Confirmed, OrderLine, emergency};
use crate::exit::Exit;
use crate::out::Out;

fn args(state: &std::path::Path) -> ActArgs {
    let hub = HubArgs { state: state.to_owned(), wait: Duration::from_secs(30) };
    ActArgs { hub, operator: Some("ada".to_owned()) }
}

fn stop() -> OrderLine {
    OrderLine {
        symbol: "BTCUSDT".to_owned(),
        side: "sell".to_owned(),
        kind: "stop 58,000".to_owned(),
        qty: "0.5".to_owned(),
        client_id: "pabc".to_owned(),
        venue_id: Some("77".to_owned()),
    }
}

#[test]
fn what_the_venue_confirmed_is_printed_and_no_more() {
    let closed = ClosedLine {
        symbol: "BTCUSDT".to_owned(),
        qty: "0.5".to_owned(),
        price: Some("60,000".to_owned()),
        fills: 2,
        realised: Some("-12.30".to_owned()),
    };
    let done = Answer::Done(Confirmed {
        seq: Some(1_234),
        mode: Some("running".to_owned()),
        cancelled: vec![stop()],
        closed: vec![closed],
        ..Confirmed::default()
    });
    assert_eq!(
        confirmed::lines("flatten", &done),
        [
            "flatten: done, entry 1234 of the journal; the mode is running",
            "  closed     BTCUSDT 0.5 at 60,000 in 2 fills, realised -12.30",
            "  cancelled  BTCUSDT sell 0.5 stop 58,000 (pabc, the venue's id 77)",
        ]
    );
    let unconfirmed = Answer::Unconfirmed(Confirmed {
        resting: vec![OrderLine { venue_id: None, ..stop() }],
        open: vec!["ETHUSDT 1.2 is held".to_owned()],
        notes: vec!["the venue does not answer".to_owned()],
        ..Confirmed::default()
    });
    assert_eq!(
        confirmed::lines("flatten", &unconfirmed),
        [
            "flatten: in force, NOT ALL CONFIRMED in time",
            "  rests      BTCUSDT sell 0.5 stop 58,000 (pabc)",
            "  NOT YET    ETHUSDT 1.2 is held",
            "  the venue does not answer",
        ]
    );
}

#[test]
fn each_outcome_has_its_code_and_its_word() {
    let message = || "why".to_owned();
    for (answer, exit, word) in [
        (Answer::Done(Confirmed::default()), Exit::Ok, "done"),
        (Answer::Unconfirmed(Confirmed::default()), Exit::Unconfirmed, "unconfirmed"),
        (
            Answer::Refused { code: "LATCHED".to_owned(), message: message() },
            Exit::Refused,
            "refused",
        ),
        (Answer::Failed { message: message() }, Exit::Failure, "failed"),
    ] {
        assert_eq!(told::machine_form(&answer)["outcome"], word);
        let hub = {
            let answer = answer.clone();
            Scripted::new(move |request| {
                assert!(request.name.starts_with("ada"), "{}", request.name);
                request.reply.finish(answer.clone());
            })
        };
        let ended = told::act("pause", &args(hub.state()), Command::Pause, Out::new(true));
        assert_eq!(ended.unwrap(), exit, "{answer:?}");
    }
    let nobody = tempfile::tempdir().unwrap();
    let ended = told::act("pause", &args(nobody.path()), Command::Pause, Out::new(true));
    assert_eq!(ended.unwrap_err().exit, Exit::NoHub);
}

#[test]
fn a_question_ends_with_what_is_told_or_why_not() {
    let hub = Scripted::new(|request| request.reply.finish(Answer::Told(json!([1]))));
    let asked = args(hub.state()).hub;
    assert_eq!(told::told(&asked, Command::Orders, Out::new(true)).unwrap(), json!([1]));
    let refuses = Scripted::new(|request| {
        request.reply.finish(Answer::Refused { code: "X".to_owned(), message: "no".to_owned() });
    });
    let refused = told::told(&args(refuses.state()).hub, Command::Orders, Out::new(true));
    assert_eq!(refused.unwrap_err().exit, Exit::Refused);
}

#[test]
fn a_kill_that_no_hub_takes_waits_on_disk_for_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let kill =
        |state: &std::path::Path| kill::run(&PlainActArgs { act: args(state) }, Out::new(true));
    assert_eq!(kill(&state).unwrap_err().exit, Exit::Usage, "a folder mistyped stops nobody");
    std::fs::create_dir(&state).unwrap();
    assert_eq!(kill(&state).unwrap(), Exit::NoHub);
    let found = emergency::read(&state).unwrap();
    assert_eq!(found.lines.len(), 1);
    assert_eq!(found.lines[0].what, emergency::What::Kill);
    assert!(found.lines[0].name.starts_with("ada"), "{found:?}");
    // Something that is no socket stands in its place.
    std::fs::write(crate::control::socket(&state), "x").unwrap();
    assert_eq!(kill(&state).unwrap(), Exit::Unconfirmed);
    assert_eq!(emergency::read(&state).unwrap().lines.len(), 2);

    // A hub that took it leaves nothing behind; one that cannot say what came of it does.
    for (answer, exit, lines) in [
        (Answer::Done(Confirmed::default()), Exit::Ok, 0),
        (Answer::Failed { message: "busy".to_owned() }, Exit::Unconfirmed, 1),
        (
            Answer::Refused { code: "NOT_BEGUN".to_owned(), message: "no".to_owned() },
            Exit::Unconfirmed,
            1,
        ),
    ] {
        let hub = Scripted::new(move |request| request.reply.finish(answer.clone()));
        assert_eq!(kill(hub.state()).unwrap(), exit);
        assert_eq!(emergency::read(hub.state()).unwrap().lines.len(), lines);
        let _ = std::fs::remove_file(emergency::path(hub.state()));
    }
}
