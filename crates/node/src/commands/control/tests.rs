//! Commands against a scripted hub: what is printed, and with which code they end.

use std::time::Duration;

use serde_json::json;

use super::{adopt, confirmed, kill, told};
use crate::cli::control::{ActArgs, AdoptArgs, HubArgs, PlainActArgs};
use crate::control::tests::Scripted;
use crate::control::{
    Adopt, AdoptionLine, Answer, ClosedLine, Command, Confirmed, OrderLine, emergency,
};
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

/// What a hub shows where ETHUSDT differs too.
fn difference() -> AdoptionLine {
    AdoptionLine {
        symbol: "BTCUSDT".to_owned(),
        asset: "BTC".to_owned(),
        total: "0.5".to_owned(),
        foreign: "0".to_owned(),
        owned: "2".to_owned(),
        beyond: "93000".to_owned(),
        beside: vec!["ETHUSDT".to_owned()],
        change: "-1.5".to_owned(),
        foreign_after: "0".to_owned(),
        cash: "89700".to_owned(),
        price: "60000".to_owned(),
        flow: "-300".to_owned(),
    }
}

#[test]
fn what_is_adopted_is_what_was_shown_and_needs_a_reason() {
    for (reason, money, wanted, sent) in [
        // Without a reason it is a look, whatever else is said.
        (None, None, Exit::Ok, 1),
        (None, Some("89700"), Exit::Ok, 1),
        (Some("sold by hand"), Some("89700"), Exit::Ok, 2),
        // The hub refuses to guess whose the money is.
        (Some("sold by hand"), None, Exit::Refused, 2),
    ] {
        let (told, asked) = std::sync::mpsc::channel();
        let hub = Scripted::new(move |request| {
            let Command::Adopt(wanted) = &request.command else { panic!("{:?}", request.command) };
            told.send(wanted.clone()).unwrap();
            let answer = match (&wanted.agreed, &wanted.money) {
                (Some(_), None) => {
                    Answer::Refused { code: "SEVERAL".to_owned(), message: "no".to_owned() }
                }
                (Some(_), Some(_)) => {
                    Answer::Done(Confirmed { seq: Some(9), ..Confirmed::default() })
                }
                (None, _) => Answer::Done(Confirmed {
                    adoption: Some(Box::new(difference())),
                    ..Confirmed::default()
                }),
            };
            request.reply.finish(answer);
        });
        let args = AdoptArgs {
            symbol: "BTCUSDT".to_owned(),
            money: money.map(str::to_owned),
            reason: reason.map(str::to_owned),
            yes: reason.is_some(),
            act: args(hub.state()),
        };
        assert_eq!(adopt::run(&args, Out::new(true)).unwrap(), wanted, "{reason:?} {money:?}");
        let asked: Vec<Adopt> = asked.try_iter().collect();
        assert_eq!(asked.len(), sent, "{asked:?}");
        assert_eq!(asked[0].agreed, None, "it looks first");
        assert!(asked.iter().all(|adopt| adopt.money.as_deref() == money), "{asked:?}");
        if let Some(agreed) = asked.get(1).and_then(|adopt| adopt.agreed.as_ref()) {
            // All of the money that was seen, not the part that is booked.
            let said = (agreed.reason.as_str(), agreed.total.as_str(), agreed.cash.as_str());
            assert_eq!(said, ("sold by hand", "0.5", "93000"));
        }
    }
}

#[test]
fn a_difference_is_shown_with_what_nobody_can_tell() {
    let guessed = adopt::lines(&difference(), false);
    let wanted = "  money                 say with --money how much of it is BTCUSDT's";
    assert_eq!(guessed.last().map(String::as_str), Some(wanted), "{guessed:?}");
    assert!(!guessed.iter().any(|line| line.contains("89700")), "{guessed:?}");
    let said = adopt::lines(&difference(), true);
    assert!(said.iter().any(|line| line.contains("ETHUSDT differs too")), "{said:?}");
    assert!(said.iter().any(|line| line.ends_with(" 89700")), "{said:?}");
    let alone = adopt::lines(&AdoptionLine { beside: Vec::new(), ..difference() }, false);
    assert!(alone.iter().any(|line| line.contains("a flow of             -300")), "{alone:?}");
}
