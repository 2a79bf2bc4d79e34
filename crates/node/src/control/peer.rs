//! Who is on the other side of the socket: a user of this machine, as the kernel says.

use std::fs::File;
use std::io::Read as _;

/// Most bytes of the list of users that are read.
const USERS_BYTES_MAX: u64 = 1024 * 1024;

/// Root may do as it likes anyway.
const ROOT: u32 = 0;

/// Returns whether a user may give orders to a hub of `owner`.
pub(super) const fn may_ask(user: u32, owner: u32) -> bool {
    user == owner || user == ROOT
}

/// Returns the login name of a user: from the machine's list, `uid-1000` where that has none.
pub(super) fn login(user: u32) -> String {
    let mut users = String::new();
    if let Ok(file) = File::open("/etc/passwd") {
        // What cannot be read has no name in it.
        let _ = file.take(USERS_BYTES_MAX).read_to_string(&mut users);
    }
    find(&users, user).unwrap_or_else(|| format!("uid-{user}"))
}

/// Finds a user's name in lines of `name:x:uid:...`.
fn find(users: &str, user: u32) -> Option<String> {
    let mut named = users.lines().filter_map(|line| {
        let mut fields = line.split(':');
        let (name, uid) = (fields.next()?, fields.nth(1)?);
        (uid.parse() == Ok(user)).then_some(name)
    });
    named.find_map(|name| super::words::operator_name(name).ok())
}

/// Returns the name for the journal: who is said to ask, and beside it the login where that is another.
pub(super) fn name(said: Option<&str>, login: &str) -> String {
    match said {
        Some(said) if said != login => format!("{said} (login {login})"),
        Some(_) | None => login.to_owned(),
    }
}

/// Returns the name under which this process gives orders.
pub(crate) fn own_name(said: Option<&str>) -> String {
    name(said, &login(rustix::process::getuid().as_raw()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_have_the_name_of_the_list_or_their_number() {
        let users = "root:x:0:0:root:/root:/bin/sh\nbroken\nada:x:1000:1000::/:\n\u{7}:x:7:7::/:\n";
        assert_eq!(find(users, 0).as_deref(), Some("root"));
        assert_eq!(find(users, 1_000).as_deref(), Some("ada"));
        assert_eq!(find(users, 7), None, "no control characters in the journal");
        assert_eq!(find(users, 8), None);
        assert_eq!(login(4_294_967_290), "uid-4294967290");
    }

    #[test]
    fn a_name_that_is_not_the_login_stands_beside_it() {
        assert_eq!(name(None, "ada"), "ada");
        assert_eq!(name(Some("ada"), "ada"), "ada");
        assert_eq!(name(Some("bob"), "ada"), "bob (login ada)");
    }

    #[test]
    fn the_owner_and_root_may_ask() {
        assert!(may_ask(1_000, 1_000) && may_ask(0, 1_000));
        assert!(!may_ask(1_001, 1_000) && !may_ask(1_000, 0));
    }
}
