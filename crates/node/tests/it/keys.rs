//! `keys` and `config sign` from outside.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::served::earned;
use crate::support::{Folder, plimsoll, totp, typed};

const LIMITS: &str = "version = 1\norder_notional = 250\ngross_exposure = 1000\nopen_orders = 20\norder_rate = 5\n\
    price_collar = \"2%\"\ndaily_loss = \"5%\"\nsymbols = [\"BTCUSDT\", \"ETHUSDT\"]\n";

#[test]
fn a_key_is_made_listed_shown_and_rotated() {
    let folder = Folder::new();
    let dir = folder.path().join("keys");
    let dir = dir.to_str().unwrap();
    let none = plimsoll(&["keys", "list", "--dir", dir]).ended(0).out;
    assert!(none.contains("no keys in"), "{none}");
    let made = plimsoll(&["keys", "new", "ada", "--dir", dir, "--json"]).ended(0);
    let public = made.json()["public"].as_str().unwrap().to_owned();
    let secret = fs::read_to_string(folder.path().join("keys/ada.key")).unwrap();
    let mode = fs::metadata(folder.path().join("keys/ada.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    plimsoll(&["keys", "new", "ada", "--dir", dir]).ended(78).complains(&["is there already"]);
    plimsoll(&["keys", "new", "../x", "--dir", dir])
        .ended(64)
        .complains(&["wanted 1 to 32 characters"]);
    let listed = plimsoll(&["keys", "list", "--dir", dir]).ended(0).out;
    assert!(listed.contains(&public), "{listed}");
    assert_eq!(plimsoll(&["keys", "show", "ada", "--dir", dir]).ended(0).out.trim(), public);
    let rotated = plimsoll(&["keys", "rotate", "ada", "--dir", dir]).ended(0);
    assert!(rotated.out.contains(&format!("retired {public}")), "{rotated:?}");
    plimsoll(&["keys", "show", "bob", "--dir", dir]).ended(78).complains(&["keys new"]);
    let hidden = secret.trim().trim_start_matches("plimsoll-private-");
    for said in [made.out, listed, rotated.out, rotated.err] {
        assert!(!said.contains(hidden), "{said}");
    }
}

#[test]
fn a_secret_of_codes_is_shown_once() {
    let folder = Folder::new();
    let dir = folder.path().join("keys");
    let dir = dir.to_str().unwrap();
    let made = plimsoll(&["keys", "totp", "ada", "--dir", dir]).ended(0).out;
    assert!(made.contains("otpauth://totp/Plimsoll:ada?secret="), "{made}");
    let mode = fs::metadata(folder.path().join("keys/ada.totp")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    plimsoll(&["keys", "totp", "ada", "--dir", dir]).ended(78).complains(&["is there already"]);
    let none = plimsoll(&["keys", "try-code", "ada", "--dir", dir]).ended(64);
    none.complains(&["no one-time code was given"]);
    let wrong = typed(&["keys", "try-code", "ada", "--dir", dir], "12345").ended(2).out;
    assert!(wrong.contains("NO: the one-time code is wrong"), "{wrong}");
    plimsoll(&["keys", "try-code", "bob", "--dir", dir]).ended(78).complains(&["keys totp"]);
    plimsoll(&["keys", "new", "ada", "--dir", dir]).ended(0);
    let listed = plimsoll(&["keys", "list", "--dir", dir]).ended(0).out;
    assert!(listed.contains("with one-time codes") && !listed.contains("secret"), "{listed}");
}

#[test]
fn signed_limits_are_checked_with_the_run() {
    let folder = Folder::new();
    let dir = folder.path().join("keys");
    let dir = dir.to_str().unwrap();
    let public =
        plimsoll(&["keys", "new", "ada", "--dir", dir, "--json"]).ended(0).json()["public"].clone();
    let limits = folder.write("limits.toml", LIMITS);
    let run = folder.write(
        "plimsoll.toml",
        format!("[run]\nmode = \"live\"\ncapital = 1000\nlimits = \"limits.toml\"\ntrusted_keys = [{public}]\n"),
    );
    let unsigned = plimsoll(&["config", "check", &run]).ended(2).out;
    assert!(unsigned.contains("limits.toml.sig, wanted a signature"), "{unsigned}");
    plimsoll(&["config", "sign", &limits, "--key", "ada", "--dir", dir]).ended(0);
    let checked = plimsoll(&["config", "check", &run]).ended(2).out;
    for part in [
        "LIVE: https://api.binance.com, REAL MONEY",
        "hard limits (version 1, signed by ada):",
        "loss of a day            5%",
        "rung minimal: at most 0.1% at risk a trade",
        "FLAG_OFF:",
        "PERMISSION: saw no",
        "type `I may lose all of 1000 USDT`",
    ] {
        assert!(checked.contains(part), "no `{part}` in {checked}");
    }
    // Other lines under the same version are not signed: the older file could come back unseen.
    folder.write("limits.toml", LIMITS.replace("250", "300"));
    let altered = plimsoll(&["config", "check", &run]).ended(2).out;
    assert!(altered.contains("altered after signing"), "{altered}");
    plimsoll(&["config", "sign", &limits, "--key", "ada", "--dir", dir])
        .ended(78)
        .complains(&["raise the version"]);
    folder.write("limits.toml", LIMITS.replace("250", "300").replace("version = 1", "version = 2"));
    plimsoll(&["config", "sign", &limits, "--key", "ada", "--dir", dir]).ended(0);
    let renewed = plimsoll(&["config", "check", &run]).ended(2).out;
    assert!(
        renewed.contains("hard limits (version 2, signed by ada)") && !renewed.contains("LIMITS:"),
        "{renewed}"
    );
    let nonsense = folder.write("bad.toml", "version = 1\n");
    plimsoll(&["config", "sign", &nonsense, "--key", "ada", "--dir", dir])
        .ended(78)
        .complains(&["missing field"]);
    plimsoll(&["config", "sign", &limits, "--key", "bob", "--dir", dir])
        .ended(78)
        .complains(&["bob.key"]);
}

#[test]
fn limits_below_the_smallest_order_are_a_contradiction() {
    let folder = Folder::new();
    folder.write("limits.toml", LIMITS.replace("250", "6"));
    let run = folder.write(
        "plimsoll.toml",
        "[run]\nmode = \"paper\"\ncapital = 1000\nlimits = \"limits.toml\"\n",
    );
    let said = plimsoll(&["config", "check", &run]).ended(2).out;
    assert!(
        said.contains(
            "NO: the hard limits let orders of 6 through, the smallest of BTCUSDT is 6.25"
        ),
        "{said}"
    );
}

#[test]
fn a_permission_wants_key_code_and_stake_and_then_a_day() {
    let folder = Folder::new();
    let dir = folder.path().join("keys");
    let dir = dir.to_str().unwrap();
    let public =
        plimsoll(&["keys", "new", "ada", "--dir", dir, "--json"]).ended(0).json()["public"].clone();
    plimsoll(&["keys", "new", "eve", "--dir", dir]).ended(0);
    let limits = folder.write("limits.toml", LIMITS);
    plimsoll(&["config", "sign", &limits, "--key", "ada", "--dir", dir]).ended(0);
    let run = folder.write(
        "plimsoll.toml",
        format!(
            "[run]\nmode = \"live\"\ncapital = 1000\nlimits = \"limits.toml\"\ntrusted_keys = [{public}]\n\
             [live]\nlive_trading = true\n"
        ),
    );
    let permit = |key: &str, stake: &str, code: &str| {
        let args = ["config", "permit-live", &run, "--key", key, "--stake", stake, "--dir", dir];
        let evidence = earned(folder.path(), "https://api.binance.com");
        let evidence: Vec<&str> = evidence.iter().map(String::as_str).collect();
        typed(&[&args[..], &evidence].concat(), code)
    };
    permit("eve", "1000", "123456").ended(78).complains(&["not among run.trusted_keys"]);
    permit("ada", "1000", "123456").ended(78).complains(&["plimsoll keys totp"]);
    plimsoll(&["keys", "totp", "ada", "--dir", dir]).ended(0);
    permit("ada", "100", "123456").ended(64).complains(&["wanted the gross_exposure"]);
    permit("ada", "1000", "no").ended(78).complains(&["the one-time code is wrong"]);
    assert!(!folder.path().join("live-permission.toml").exists(), "nothing was permitted");
    let right = totp(&folder.path().join("keys"), "ada", 0);
    let said = permit("ada", "1000", &right).ended(0).out;
    assert!(
        said.contains("up to rung minimal, capital 1000, at https://api.binance.com"),
        "{said}"
    );
    permit("ada", "1000", &right).ended(78).complains(&["used before"]);
    let checked = plimsoll(&["config", "check", &run]).ended(2).out;
    assert!(checked.contains("TOO_EARLY:") && !checked.contains("PERMISSION"), "{checked}");
    let greedy = fs::read_to_string(&run).unwrap().replace("capital = 1000", "capital = 1001");
    folder.write("plimsoll.toml", greedy);
    let checked = plimsoll(&["config", "check", &run]).ended(2).out;
    assert!(checked.contains("OTHER_TERMS: run.capital is 1001, permitted is 1000"), "{checked}");

    // What is asked for is shown, and anyone takes it back.
    let state = folder.path().join("none");
    let state = state.to_str().unwrap();
    let asked = ["permits", "--config", &run, "--state", state, "--json"];
    let told = plimsoll(&asked).ended(0).json();
    assert_eq!((&told[0]["kind"], &told[0]["by"]), (&"go_live".into(), &"ada".into()), "{told}");
    assert!(told[0]["granted_at"].is_string(), "{told}");
    plimsoll(&["permits", "confirm", "go-live"]).ended(64).complains(&["config permit-live"]);
    plimsoll(&["permits", "cancel", "go-live"]).ended(64).complains(&["--config"]);
    let cancel = ["permits", "cancel", "go-live", "--config", &run];
    let file = folder.path().join("live-permission.toml");
    let copies = ["", ".sig"].map(|more| {
        let path = file.with_file_name(format!("live-permission.toml{more}"));
        (fs::read(&path).unwrap(), path)
    });
    plimsoll(&cancel).ended(0);
    assert_eq!(plimsoll(&asked).ended(0).json(), serde_json::json!([]));
    plimsoll(&cancel).ended(77);
    assert!(!folder.path().join("live-permission.toml.sig").exists());
    // A copy of it does not come back.
    copies.iter().for_each(|(bytes, path)| fs::write(path, bytes).unwrap());
    plimsoll(&asked).ended(78).complains(&["saw version 1, wanted 2 or more"]);
}
