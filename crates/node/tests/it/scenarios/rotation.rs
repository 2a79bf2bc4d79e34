//! A new key for the venue, taken into use while orders rest.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;

use super::scene::Stage;
use crate::processes::{KEY, LOT, SECRET};
use crate::support::{Folder, plimsoll};

/// Puts a key where the configuration says that it lies.
fn lay(folder: &std::path::Path, key: &str, secret: &str) {
    for (name, text) in [("key", key), ("secret", secret)] {
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }
}

#[test]
fn a_new_key_is_taken_in_the_middle_of_a_run_and_the_old_one_is_withdrawn() {
    let folder = Folder::new();
    lay(folder.path(), KEY, SECRET);
    let keys =
        format!("{LOT}\n[key]\napi_key = {{ file = \"key\" }}\nsecret = {{ file = \"secret\" }}\n");
    let config = folder.write("run.toml", keys);
    // More keys: two of the same account, one of another.
    let more = folder.write(
        "accounts",
        format!("next:n3xt:of={KEY}\nthird:th1rd:of={KEY}\nother:0ther:USDT=5\n"),
    );
    let mut scene = Stage::within(folder, config).venue(&["--accounts-file", &more]).trading();
    let state = scene.state().display().to_string();
    let rotate = ["keys", "rotate-venue", "--operator", "ada", "--json", "--state", &state];
    for (key, secret, why) in [
        ("next", "wrong", "-1022"),
        ("nobody", "n3xt", "-2015"),
        ("other", "0ther", "another account"),
    ] {
        lay(scene.path(), key, secret);
        let refused = plimsoll(&rotate).ended(77).json();
        assert_eq!(refused["code"], "KEY_REFUSED", "{refused}");
        assert!(refused["message"].to_string().contains(why), "{refused}");
    }
    // The old one is still in use.
    scene.trades_again("");
    lay(scene.path(), "next", "n3xt");
    plimsoll(&rotate).ended(0);
    scene.venue.control(
        "POST",
        "/rights",
        &json!({ "account": KEY, "read": false, "trade": false }),
    );
    scene.trades_again("");
    scene.holds();
    scene.noted("Operator", &["ada", "RotateKeys"]);
    // A key that is laid in the place of the last one is taken without a word.
    lay(scene.path(), "third", "th1rd");
    scene.noted("Operator", &["configuration", "RotateKeys"]);
    scene.venue.control(
        "POST",
        "/rights",
        &json!({ "account": "next", "read": false, "trade": false }),
    );
    scene.trades_again("");
    scene.ends_well();
}
