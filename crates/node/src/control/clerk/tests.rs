//! Requests of operators, up to what the runtime is to do.

use std::fs;
use std::path::Path;

use hub::system::Confirmed as HubConfirmed;
use serde_json::json;
use types::entry::PermitKind;
use types::ids::Seq;
use types::market::TsNanos;

use super::super::answers::tests::{around, status};
use super::super::desk::{Hearing, answering};
use super::*;

/// Seconds since 1970.
const WALL: u64 = 1_700_000_000;

/// Reads again without bringing anything.
fn reload() -> Command {
    Command::ConfigReload(Brought::default())
}

/// Asks as `ada`.
fn ask(clerk: &mut Clerk, command: Command) -> (Option<Work>, Hearing) {
    let (reply, hearing) = answering();
    let asked = ControlRequest {
        name: "ada (login root)".to_owned(),
        who: "ada".to_owned(),
        command,
        reply,
    };
    let capital = Money::from_units(1_000);
    let work = clerk.take(asked, &status(), &around(), WALL, capital);
    (work, hearing)
}

fn heard(mut hearing: Hearing) -> Answer {
    hearing.answer.try_recv().expect("it was answered")
}

fn clerk(config: RunConfig, keys: Option<&Path>) -> Clerk {
    let keys = keys.map(|path| KeyFolder::at(Some(path)).unwrap());
    Clerk::new(Files { config, keys, signed: false, exposure: None })
}

fn code_of(answer: Answer) -> String {
    match answer {
        Answer::Refused { code, message } => format!("{code}: {message}"),
        other @ (Answer::Told(_)
        | Answer::Done(_)
        | Answer::Unconfirmed(_)
        | Answer::Failed { .. }) => {
            panic!("not refused: {other:?}")
        }
    }
}

#[test]
fn who_is_not_named_may_look_and_stop_and_nothing_else() {
    let mut config = RunConfig::default();
    config.run.operators = vec!["bob".to_owned(), "cyd".to_owned()];
    let mut clerk = clerk(config.clone(), None);
    let cancel = Grant {
        kind: PermitKind::ReleaseKill,
        step: GrantStep::Cancel,
        brought: Brought::default(),
    };
    for command in [
        Command::Pause,
        Command::SafeModeOn,
        Command::MaintenanceOn,
        Command::Kill,
        Command::Stop,
        Command::Permit(cancel.clone()),
    ] {
        let (work, _) = ask(&mut clerk, command.clone());
        assert!(matches!(work, Some(Work::Ask { .. })), "anyone may stop: {command:?}");
    }
    let (work, hearing) = ask(&mut clerk, Command::Orders);
    assert_eq!((work, heard(hearing)), (None, Answer::Told(json!([]))));
    let mut refused = vec![
        Command::Resume,
        Command::SafeModeRelease,
        Command::MaintenanceOff,
        Command::Flatten,
        Command::WindDown { by: TsNanos::EPOCH },
        Command::CloseIncident { incident: 1 },
        Command::Adopt(Adopt { symbol: "BTCUSDT".to_owned(), money: None, agreed: None }),
        reload(),
        Command::KeysRotate,
    ];
    for step in [GrantStep::Ask, GrantStep::Confirm] {
        refused.push(Command::Permit(Grant { step, ..cancel.clone() }));
    }
    for command in &refused {
        let (work, hearing) = ask(&mut clerk, command.clone());
        assert_eq!(work, None, "{command:?}");
        let told = code_of(heard(hearing));
        assert!(told.starts_with("OPERATOR: `ada` is none of run.operators (bob, cyd)"), "{told}");
    }
    // Once named, she may.
    config.run.operators.push("ada".to_owned());
    let mut clerk = Clerk::new(Files { config, ..clerk.files });
    for command in [Command::Resume, Command::Flatten] {
        let (work, _) = ask(&mut clerk, command);
        assert!(matches!(work, Some(Work::Ask { .. })));
    }
}

#[test]
fn a_question_is_answered_at_once() {
    let mut clerk = clerk(RunConfig::default(), None);
    let (work, hearing) = ask(&mut clerk, Command::Positions);
    assert_eq!((work, heard(hearing)), (None, Answer::Told(json!([]))));
}

#[test]
fn an_action_goes_to_the_hub_under_a_name_and_its_answer_comes_back() {
    let mut clerk = clerk(RunConfig::default(), None);
    let (first, mut hearing) = ask(&mut clerk, Command::Flatten);
    let (second, _) = ask(&mut clerk, Command::Kill);
    let Some(Work::Ask { ticket, name, request }) = first else { panic!("{first:?}") };
    assert_eq!((name.as_str(), request), ("ada (login root)", OperatorRequest::Flatten));
    let Some(Work::Ask { ticket: other, .. }) = second else { panic!("{second:?}") };
    assert_ne!(ticket, other);
    clerk.hear(ticket, Reply::Progress("one".to_owned()));
    let confirmed = HubConfirmed { seq: Some(Seq(4)), ..HubConfirmed::default() };
    clerk.hear(ticket, Reply::Done(confirmed));
    assert_eq!(hearing.progress.try_recv().as_deref(), Ok("one"));
    let done = Confirmed { seq: Some(4), ..Confirmed::default() };
    assert_eq!(heard(hearing), Answer::Done(done));
    // Whoever has been answered is not answered again.
    clerk.hear(ticket, Reply::Progress("late".to_owned()));
}

#[test]
fn a_new_key_is_the_runtimes_and_can_be_refused() {
    let mut clerk = clerk(RunConfig::default(), None);
    let (work, hearing) = ask(&mut clerk, Command::KeysRotate);
    let Some(Work::Rotate { ticket, .. }) = work else { panic!("{work:?}") };
    clerk.refuse(ticket, "KEY_REFUSED", "the venue does not know it".to_owned());
    assert_eq!(code_of(heard(hearing)), "KEY_REFUSED: the venue does not know it");
}

#[test]
fn a_wrong_code_or_amount_reaches_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys");
    Verifier::create(&KeyFolder::at(Some(&keys)).unwrap(), "ada").unwrap();
    let grant = |step, code: Option<&str>, typed: Option<&str>| {
        let brought = Brought { code: code.map(str::to_owned), typed: typed.map(str::to_owned) };
        Command::Permit(Grant { kind: PermitKind::ReleaseKill, step, brought })
    };
    let mut with = clerk(RunConfig::default(), Some(&keys));
    let mut without = clerk(RunConfig::default(), None);
    let ask_code = |clerk: &mut Clerk, command| {
        let (work, hearing) = ask(clerk, command);
        assert_eq!(work, None);
        code_of(heard(hearing))
    };
    let wrong = ask_code(&mut with, grant(GrantStep::Ask, Some("00000x"), Some("900")));
    assert!(wrong.starts_with("CODE: the one-time code is wrong"), "{wrong}");
    let nobody = ask_code(&mut without, grant(GrantStep::Confirm, Some("123456"), None));
    assert!(nobody.contains("no one-time codes for `ada`"), "{nobody}");
    let amount = ask_code(&mut with, grant(GrantStep::Ask, None, Some("much")));
    assert!(amount.starts_with("AMOUNT: "), "{amount}");
    // Anyone may cancel; whether a code is wanted is the hub's to say.
    for (step, wanted) in [(GrantStep::Cancel, Ask::Cancel), (GrantStep::Ask, Ask::Ask)] {
        let (work, _) = ask(&mut without, grant(step, None, None));
        let request = OperatorRequest::Permit {
            kind: PermitKind::ReleaseKill,
            step: wanted,
            proof: Proof::default(),
        };
        assert!(
            matches!(work, Some(Work::Ask { request: seen, .. }) if seen == request),
            "{step:?}"
        );
    }
}

#[test]
fn a_configuration_that_is_read_again_gives_limits_and_names_what_stays() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("my.toml");
    let mut none = clerk(RunConfig::default(), None);
    let (work, hearing) = ask(&mut none, reload());
    assert!(matches!(work, Some(Work::ConfigRefused { .. })), "it is an incident: {work:?}");
    assert!(code_of(heard(hearing)).starts_with("CONFIG: "), "there is no file");

    fs::write(&file, "[run]\nsymbols = [\"BTCUSDT\"]\n").unwrap();
    let mut clerk = clerk(RunConfig::open(&file).unwrap(), None);
    fs::write(&file, "[run]\nsymbols = [\"BTCUSDT\"]\n[risk]\nper_trade = \"0.4%\"\n").unwrap();
    let (work, hearing) = ask(&mut clerk, reload());
    let Some(Work::Ask { ticket, request: OperatorRequest::Limits { limits, .. }, .. }) = work
    else {
        panic!("{work:?}")
    };
    assert_eq!(limits.symbols.len(), 1);
    clerk.hear(ticket, Reply::Done(HubConfirmed::default()));
    let Answer::Done(confirmed) = heard(hearing) else { panic!("it is done") };
    let deployment = confirmed.notes.iter().any(|note| note.contains("until a deployment"));
    assert!(deployment, "{:?}", confirmed.notes);

    fs::write(&file, "nonsense = 1\n").unwrap();
    let (work, hearing) = ask(&mut clerk, reload());
    let Some(Work::ConfigRefused { why }) = work else { panic!("{work:?}") };
    assert!(why.contains("nonsense") && code_of(heard(hearing)).contains("nonsense"));
}

#[test]
fn more_than_can_wait_are_refused() {
    let mut clerk = clerk(RunConfig::default(), None);
    let by = TsNanos::from_nanos(1);
    let waiting: Vec<_> =
        (0..WAITING_MAX).map(|_| ask(&mut clerk, Command::WindDown { by })).collect();
    assert!(waiting.iter().all(|(work, _)| work.is_some()));
    let (work, hearing) = ask(&mut clerk, Command::Resume);
    assert_eq!(work, None);
    assert!(code_of(heard(hearing)).starts_with("BUSY"));
    // What stops something is taken always.
    for command in [Command::Kill, Command::Flatten, Command::Pause, Command::SafeModeOn] {
        let (work, _) = ask(&mut clerk, command);
        assert!(matches!(work, Some(Work::Ask { .. })), "{work:?}");
    }
    // A question needs no place.
    let (_, hearing) = ask(&mut clerk, Command::Status);
    assert!(matches!(heard(hearing), Answer::Told(_)));
}

#[test]
fn limits_that_are_read_again_lie_no_higher_than_the_rung_and_are_signed_where_the_first_were() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("my.toml");
    fs::write(&file, "[run]\nlimits = \"limits.toml\"\nsymbols = [\"BTCUSDT\"]\n").unwrap();
    let limits = "version = 3\norder_notional = 500\ngross_exposure = 1000\nopen_orders = 20\norder_rate = 5\n\
        price_collar = \"2%\"\ndaily_loss = \"5%\"\nsymbols = [\"BTCUSDT\"]\n";
    fs::write(folder.path().join("limits.toml"), limits).unwrap();
    let files = |signed| Files {
        config: RunConfig::open(&file).unwrap(),
        keys: None,
        signed,
        exposure: Some(Money::from_units(200)),
    };
    let (work, _) = ask(&mut Clerk::new(files(false)), reload());
    let Some(Work::Ask { request: OperatorRequest::Limits { limits, .. }, .. }) = work else {
        panic!("{work:?}")
    };
    let rung = Money::from_units(200);
    assert_eq!((limits.order_notional, limits.gross_exposure), (rung, rung));
    let (work, hearing) = ask(&mut Clerk::new(files(true)), reload());
    assert!(matches!(work, Some(Work::ConfigRefused { .. })), "{work:?}");
    assert!(code_of(heard(hearing)).contains("plimsoll config sign"));
}
