//! Commands for a hub, where none runs.

use std::fs;

use crate::support::{Folder, klines, plimsoll};
use crate::venue::Running;

#[test]
fn without_a_hub_every_command_says_so_and_ends_with_its_code() {
    let folder = Folder::new();
    let state = folder.path().join("state");
    fs::create_dir(&state).unwrap();
    let state = state.to_str().unwrap();
    for command in [
        &["status"][..],
        &["orders"],
        &["positions"],
        &["pause"],
        &["resume"],
        &["safe-mode", "on"],
        &["safe-mode", "release"],
        &["maintenance", "off"],
        &["flatten"],
        &["stop"],
        &["wind-down", "--by", "2027-01-31"],
        &["config", "reload"],
        &["keys", "rotate-venue"],
    ] {
        let said = plimsoll(&[command, &["--state", state]].concat()).ended(69);
        said.complains(&["no hub is running", "plimsoll run"]);
        let told = plimsoll(&[command, &["--state", state, "--json"]].concat()).ended(69).json();
        assert_eq!(told["outcome"], "no_hub", "{command:?}");
    }
    plimsoll(&["wind-down", "--state", state]).ended(64);
    plimsoll(&["pause", "--operator", "a\nb", "--state", state]).ended(64);
    plimsoll(&["status", "--wait", "0", "--state", state]).ended(64);
}

#[test]
fn a_kill_without_a_hub_waits_beside_the_state_folder() {
    let folder = Folder::new();
    let state = folder.path().join("state");
    fs::create_dir(&state).unwrap();
    let state = state.to_str().unwrap();
    let said = plimsoll(&["kill", "--operator", "ada", "--state", state]).ended(69);
    assert!(said.out.contains("NOTHING IS CONFIRMED"), "{said:?}");
    let left = fs::read_to_string(folder.path().join("state.emergency")).unwrap();
    assert!(left.contains("ada") && left.contains("kill") && left.ends_with('\n'), "{left}");
    let told = plimsoll(&["doctor", "--state", state, "--json"]).ended(0).json();
    let checks = told["checks"].as_array().unwrap();
    let waiting = checks.iter().find(|check| check["name"] == "emergency file").unwrap();
    assert_eq!(waiting["verdict"], "warn", "{waiting}");
    let nowhere = folder.path().join("nowhere");
    let said = plimsoll(&["kill", "--state", nowhere.to_str().unwrap()]).ended(64);
    said.complains(&["no such state folder"]);
}

#[test]
fn doctor_finds_a_changed_byte_and_a_key_that_others_can_read() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = Folder::new();
    let file = folder.write("WAVEUSD-1h-2024.csv", klines(300));
    let journal = folder.path().join("state/journal");
    let args = ["backtest", "--data", &file, "--policy", "ema_cross", "--journal"];
    plimsoll(&[&args[..], &[journal.to_str().unwrap()]].concat()).ended(0);
    let state = folder.path().join("state");
    let state = state.to_str().unwrap();
    let doctor = |code| plimsoll(&["doctor", "--state", state]).ended(code).out;
    let healthy = doctor(0);
    assert!(healthy.contains("entries read") && !healthy.contains("BAD"), "{healthy}");

    let key = folder.path().join("state/journal.keys/journal.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let open = doctor(2);
    assert!(open.contains("chmod 600"), "{open}");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();

    let segment = fs::read_dir(journal.join("segments")).unwrap().next().unwrap().unwrap().path();
    let mut bytes = fs::read(&segment).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&segment, bytes).unwrap();
    let damaged = doctor(2);
    assert!(damaged.contains("audit verify"), "{damaged}");
}

#[test]
fn doctor_asks_the_venue_and_what_its_key_may_do() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = Folder::new();
    let accounts = ["--account", "whole:s1:USDT=1000", "--account", "reads:s2:USDT=1000:read"];
    let venue = Running::start(&[&["--generate=BTCUSDT", "--seed", "1"][..], &accounts].concat());
    let secret = |name: &str, text: &str| {
        let path = folder.write(name, text);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path
    };
    let state = folder.path().join("state");
    let verdicts = |key: &str, text: &str, rest: &str, code: i32| {
        let (key, text) = (secret("key", key), secret("secret", text));
        let address = |name: &str| venue.said[name].as_str().unwrap();
        let config = folder.write(
            "run.toml",
            format!(
                "[run]\nsymbols = [\"BTCUSDT\"]\n[venue]\nrest = \"{rest}\"\nstreams = \"{}\"\nws_api = \"{}\"\n\
                 [key]\napi_key = {{ file = \"{key}\" }}\nsecret = {{ file = \"{text}\" }}\n",
                address("streams"),
                address("ws_api"),
            ),
        );
        let args = ["doctor", "--state", state.to_str().unwrap(), "--config", &config, "--json"];
        let told = plimsoll(&args).ended(code).json();
        let checks = told["checks"].as_array().unwrap().clone();
        let of = |name: &str| {
            let found = checks.iter().find(|check| check["name"] == name);
            found.map(|check| {
                (check["verdict"].as_str().unwrap().to_owned(), check["seen"].to_string())
            })
        };
        // What answers says what it lets be asked.
        let answers = of("venue").is_some_and(|(verdict, _)| verdict == "fine");
        let limits = of("venue limits").is_some_and(|(_, seen)| seen.contains("Weight"));
        assert_eq!(limits, answers, "{checks:?}");
        (of("venue"), of("venue key"))
    };
    let rest = venue.said["rest"].as_str().unwrap().to_owned();
    let (reached, key) = verdicts("whole", "s1", &rest, 0);
    assert_eq!((reached.unwrap().0.as_str(), key.unwrap().0.as_str()), ("fine", "fine"));
    let (_, key) = verdicts("reads", "s2", &rest, 2);
    let (verdict, seen) = key.unwrap();
    assert!(verdict == "bad" && seen.contains("KEY_CANNOT_TRADE"), "{verdict} {seen}");
    assert!(!seen.contains("s2"), "no secret is shown");
    let (_, key) = verdicts("whole", "wrong", &rest, 2);
    assert_eq!(key.unwrap().0, "bad");
    // Nobody listens there.
    let (reached, _) = verdicts("whole", "s1", "http://127.0.0.1:9", 2);
    assert_eq!(reached.unwrap().0, "bad");
}

#[test]
fn a_kept_journal_explains_itself() {
    let folder = Folder::new();
    let file = folder.write("WAVEUSD-1h-2024.csv", klines(1_440));
    let journal = folder.path().join("journal");
    let journal = journal.to_str().unwrap();
    let args = ["backtest", "--data", &file, "--policy", "ema_cross", "--journal", journal];
    plimsoll(&args).ended(0);
    // The last instant, without being asked for one.
    let last = plimsoll(&["explain", "--state", journal, "--json"]).ended(0).json();
    assert!(last["decisions"].as_array().is_some_and(|all| !all.is_empty()), "{last}");

    // An entry, with its order and its fill.
    let shown =
        plimsoll(&["audit", "show", journal, "--kind", "Decision", "--json", "--limit", "100000"]);
    let shown = shown.ended(0).json();
    let enters = shown.as_array().unwrap().iter().find(|entry| {
        entry["body"]["action"].as_object().is_some_and(|action| action.contains_key("enter"))
    });
    let enters = enters.expect("the rule trades");
    let at = enters["at"].as_str().unwrap();
    // A folder that holds a journal is as good as the journal.
    let state = folder.path().to_str().unwrap();
    let told =
        plimsoll(&["explain", "--state", state, "--at", at, "--symbol", "WAVEUSD", "--json"]);
    let told = told.ended(0).json();
    let decision = &told["decisions"][0];
    assert_eq!(decision["seq"], enters["seq"]);
    let followed = decision["followed"].to_string();
    for part in ["Command place", "accepted", "filled"] {
        assert!(followed.contains(part), "no {part} in {followed}");
    }
    let words = plimsoll(&["explain", "--state", state, "--at", at]).ended(0).out;
    assert!(words.contains("WAVEUSD: ENTER -> long"), "{words}");

    let never = plimsoll(&["explain", "--state", journal, "--at", "2030-01-01"]).ended(64);
    never.complains(&["no instant was closed at 2030-01-01T00:00:00Z", "the last one is"]);
    plimsoll(&["explain", "--at", "2024-02-01"]).ended(64);
    plimsoll(&["explain", "--data", &file]).ended(64);
}
