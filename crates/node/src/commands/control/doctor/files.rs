//! Who can get at the state folder, the keys and the socket; orders that wait in the emergency file.

use std::fs::{self, Metadata};
use std::io::ErrorKind;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use super::check::Check;
use crate::control::{emergency, socket};
use crate::setup::JournalFolder;

/// All checks of files.
pub(super) fn all(state: &Path) -> Vec<Check> {
    vec![folder(state), keys(state), control(state), waiting(state)]
}

/// Returns what is wrong with who may use a file: others' rights in `bits`, or another owner.
fn shared(file: &Metadata, bits: u32) -> Option<String> {
    let mode = file.permissions().mode() & 0o7777;
    let me = rustix::process::geteuid().as_raw();
    if file.uid() != me && me != 0 {
        return Some(format!("it is of user {}, you are {me}", file.uid()));
    }
    (mode & bits != 0).then(|| format!("mode {mode:04o}"))
}

/// Nobody else may write into the state folder.
fn folder(state: &Path) -> Check {
    let name = "state folder";
    let shown = state.display();
    match fs::metadata(state) {
        Ok(file) if !file.is_dir() => {
            Check::bad(name, format!("{shown} is no folder"), "give another --state")
        }
        Ok(file) => match shared(&file, 0o022) {
            Some(seen) => {
                Check::bad(name, format!("{shown}: {seen}"), format!("chmod go-w '{shown}'"))
            }
            None => Check::fine(name, format!("{shown}: only its owner can write there")),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Check::unknown(name, format!("{shown} is not there: no hub has run on it yet"))
        }
        Err(error) => Check::bad(name, format!("{shown}: {error}"), "let this user read it"),
    }
}

/// Nobody else may read a private key.
fn keys(state: &Path) -> Check {
    let name = "journal keys";
    let keys = JournalFolder::new(&state.join("journal"), None).keys;
    let listed = match fs::read_dir(&keys) {
        Ok(listed) => listed,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Check::unknown(name, format!("{} is not there", keys.display()));
        }
        Err(error) => {
            return Check::bad(
                name,
                format!("{}: {error}", keys.display()),
                "let this user read it",
            );
        }
    };
    let private = listed.flatten().map(|file| file.path());
    let private = private.filter(|path| path.extension().is_some_and(|kind| kind == "key"));
    let mut count = 0_u32;
    for path in private {
        let shown = path.display();
        match fs::symlink_metadata(&path) {
            Ok(file) => {
                if let Some(seen) = shared(&file, 0o077) {
                    return Check::bad(
                        name,
                        format!("{shown}: {seen}"),
                        format!("chmod 600 '{shown}'"),
                    );
                }
            }
            Err(error) => {
                return Check::bad(name, format!("{shown}: {error}"), "let this user read it");
            }
        }
        count += 1;
    }
    match count {
        0 => Check::unknown(name, format!("{} holds no private key", keys.display())),
        n => Check::fine(name, format!("{n} in {}, only its owner can read them", keys.display())),
    }
}

/// The socket is a socket, and its owner's.
fn control(state: &Path) -> Check {
    let name = "control socket";
    let path = socket(state);
    let shown = path.display();
    match fs::symlink_metadata(&path) {
        Ok(file) if !file.file_type().is_socket() => {
            Check::bad(name, format!("{shown} is no socket"), "move it away and restart the hub")
        }
        Ok(file) => match shared(&file, 0o077) {
            Some(seen) => {
                Check::bad(name, format!("{shown}: {seen}"), format!("chmod 600 '{shown}'"))
            }
            None => Check::fine(name, format!("{shown}: only its owner can use it")),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Check::unknown(name, "none: no hub is running, or it ended cleanly")
        }
        Err(error) => Check::bad(name, format!("{shown}: {error}"), "let this user read it"),
    }
}

/// Orders to stop that no hub has adopted.
fn waiting(state: &Path) -> Check {
    let name = "emergency file";
    let shown = emergency::path(state);
    let shown = shown.display();
    match emergency::read(state) {
        Ok(found) if !found.broken.is_empty() || found.torn.is_some() => Check::bad(
            name,
            format!(
                "{shown}: {}",
                found.broken.into_iter().chain(found.torn).collect::<Vec<_>>().join("; ")
            ),
            "read it by hand: an order in it may be lost",
        ),
        Ok(found) if found.lines.is_empty() => Check::fine(name, "no order waits"),
        Ok(found) => Check::warn(
            name,
            format!("{shown}: {} lines wait for a hub", found.lines.len()),
            "the next start adopts them before anything else",
        ),
        Err(error) => {
            Check::bad(name, format!("{shown}: {error}"), "let this user read it: a start needs it")
        }
    }
}
