//! One-time codes (TOTP, RFC 6238: SHA-1, 6 digits, 30 s, one step either way): [`Verifier`]. A code counts once.

use std::fmt;
use std::fs::File;

use totp_rs::{Builder, Secret, Totp};
use zeroize::Zeroizing;

use super::{KeyFolder, KeyFolderError};

/// Wrong codes after which no code is taken for a while.
const FAILURES_MAX: u32 = 5;

/// How long none is taken then, and how long a wrong code is remembered, in seconds.
const LOCKED_FOR: u64 = 15 * 60;

/// Length of a secret in bytes: what RFC 4226 recommends.
const SECRET_BYTES: usize = 20;

/// Checks one operator's codes. What was used, and how often a code was wrong, stands in a file, so that a restart forgets neither.
pub(crate) struct Verifier {
    folder: KeyFolder,
    name: String,
    totp: Totp,
}

/// Why a code does not count.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CodeRefused {
    /// It is not the code of now.
    #[error(
        "the one-time code is wrong: look whether the clocks agree, and enter the one shown now"
    )]
    Wrong,
    /// It was taken before.
    #[error("the one-time code was used before: wait for the next, at most 30 s")]
    Used,
    /// Too many were wrong.
    #[error("{FAILURES_MAX} one-time codes were wrong: none is taken for another {minutes} min")]
    Locked {
        /// How long still, rounded up.
        minutes: u64,
    },
    /// It cannot be checked.
    #[error(transparent)]
    Failed(#[from] KeyFolderError),
}

/// What is remembered of an operator's codes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Memory {
    /// The last step whose code was taken.
    step: u64,
    /// Wrong codes since `since`.
    failures: u32,
    /// When the first of them came, seconds since 1970.
    since: u64,
}

impl Verifier {
    /// Makes a secret and returns the address that an authenticator reads. It is shown once: afterwards it lies in the folder alone.
    ///
    /// # Errors
    /// `There` if there is one already; if others can get at the folder, or the disk fails.
    pub(crate) fn create(
        folder: &KeyFolder,
        name: &str,
    ) -> Result<Zeroizing<String>, KeyFolderError> {
        let mut secret = Zeroizing::new([0; SECRET_BYTES]);
        getrandom::fill(&mut *secret).map_err(KeyFolderError::Random)?;
        let text = Zeroizing::new(Secret::new_stack(*secret).to_base32());
        folder.create_private(name, "totp", format!("{}\n", *text).as_bytes())?;
        let address = format!("otpauth://totp/Plimsoll:{name}?secret={}&issuer=Plimsoll", *text);
        Ok(Zeroizing::new(address))
    }

    /// Opens the secret of an operator.
    ///
    /// # Errors
    /// If it is absent, others can get at it, or it is none.
    pub(crate) fn open(folder: &KeyFolder, name: &str) -> Result<Self, KeyFolderError> {
        let text = folder.read_private(name, "totp", "`plimsoll keys totp NAME` makes it")?;
        let form = || folder.form(name, "totp", "secret of one-time codes");
        let secret = Secret::try_from_base32(text.trim()).map_err(|_| form())?;
        let totp = Builder::new().with_secret(secret).build().map_err(|_| form())?;
        Ok(Self { folder: folder.clone(), name: name.to_owned(), totp })
    }

    /// Takes a code that is right and was not taken before. `now` is in seconds since 1970.
    ///
    /// # Errors
    /// [`CodeRefused`] if it does not count, or what is remembered of it cannot be made durable: then it was not taken.
    pub(crate) fn accept(&self, code: &str, now: u64) -> Result<(), CodeRefused> {
        // Two processes may ask at once: one code, one action.
        let _lock = self.lock()?;
        let memory = self.recall()?;
        let (memory, answer) = self.judge(memory, code, now);
        let text = format!("{} {} {}\n", memory.step, memory.failures, memory.since);
        self.folder.write_private(&self.name, "totp-used", text.as_bytes())?;
        answer
    }

    fn judge(&self, old: Memory, code: &str, now: u64) -> (Memory, Result<(), CodeRefused>) {
        let forgotten = now >= old.since.saturating_add(LOCKED_FOR);
        let (failures, since) = if forgotten { (0, now) } else { (old.failures, old.since) };
        let old = Memory { failures, since, ..old };
        if failures >= FAILURES_MAX {
            let minutes = since.saturating_add(LOCKED_FOR).saturating_sub(now).div_ceil(60);
            return (old, Err(CodeRefused::Locked { minutes }));
        }
        match self.totp.check(code.trim(), now) {
            Some(step) if step > old.step => (Memory { step, failures: 0, since: 0 }, Ok(())),
            Some(_) => (old, Err(CodeRefused::Used)),
            None => (Memory { failures: failures + 1, ..old }, Err(CodeRefused::Wrong)),
        }
    }

    fn lock(&self) -> Result<File, KeyFolderError> {
        self.folder.lock(&self.name, "totp")
    }

    /// Reads what is remembered; nothing before the first code.
    fn recall(&self) -> Result<Memory, KeyFolderError> {
        let text = match self.folder.read_private(&self.name, "totp-used", "") {
            Err(KeyFolderError::Absent(..)) => return Ok(Memory::default()),
            other => other?,
        };
        let form = || self.folder.form(&self.name, "totp-used", "record of used codes");
        let mut words = text.trim_end().split(' ');
        let mut number = || words.next().and_then(|word| word.parse::<u64>().ok()).ok_or_else(form);
        let (step, failures, since) = (number()?, number()?, number()?);
        Ok(Memory { step, failures: u32::try_from(failures).map_err(|_| form())?, since })
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-26T00:00:00Z: the start of a step.
    const NOW: u64 = 1_795_651_200;

    struct Desk {
        _dir: tempfile::TempDir,
        keys: KeyFolder,
    }

    impl Desk {
        fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            let keys = KeyFolder::at(Some(&dir.path().join("keys"))).unwrap();
            Verifier::create(&keys, "ada").unwrap();
            Self { _dir: dir, keys }
        }

        /// Opened anew each time, as after a restart.
        fn accept(&self, code: &str, now: u64) -> String {
            let answer = Verifier::open(&self.keys, "ada").unwrap().accept(code, now);
            answer.map_or_else(|refused| refused.to_string(), |()| "taken".to_owned())
        }

        fn code(&self, at: u64) -> String {
            Verifier::open(&self.keys, "ada").unwrap().totp.generate(at).to_string()
        }
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238, appendix B: secret "12345678901234567890", the last 6 of its 8 digits.
        let totp = Builder::new()
            .with_secret(Secret::new_stack(*b"12345678901234567890"))
            .build()
            .unwrap();
        for (at, code) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")] {
            assert_eq!(totp.generate(at).to_string(), code);
        }
    }

    #[test]
    fn a_code_counts_once_and_never_an_older_one() {
        let desk = Desk::new();
        let (before, now, next) = (desk.code(NOW - 30), desk.code(NOW), desk.code(NOW + 30));
        for (code, at, part) in [
            (desk.code(NOW - 60), NOW, "is wrong"),
            (desk.code(NOW + 60), NOW, "is wrong"),
            (now.clone(), NOW, "taken"),
            (now.clone(), NOW + 1, "used before"),
            (before, NOW, "used before"),
            (next.clone(), NOW + 1, "taken"),
            (next, NOW + 59, "used before"),
            // A clock that went back brings no code back.
            (now, NOW, "used before"),
        ] {
            let told = desk.accept(&code, at);
            assert!(told.contains(part), "at +{}: {told}", at - NOW);
        }
    }

    #[test]
    fn five_wrong_codes_close_the_door_for_a_quarter_of_an_hour() {
        let desk = Desk::new();
        for n in 0..5 {
            assert!(desk.accept("no", NOW + n).contains("wrong"));
        }
        assert!(
            desk.accept(&desk.code(NOW + 60), NOW + 60).contains("for another 14 min"),
            "a right one too"
        );
        assert!(desk.accept(&desk.code(NOW + 899), NOW + 899).contains("another 1 min"));
        assert_eq!(desk.accept(&desk.code(NOW + 900), NOW + 900), "taken");
        assert!(desk.accept("no", NOW + 930).contains("wrong"), "counted from none again");
    }

    #[test]
    fn hostile_codes_are_wrong_codes() {
        for code in [
            "",
            " ",
            "12345",
            "1234567",
            "12345x",
            "\u{0661}\u{0662}\u{0663}456",
            "-12345",
            &"9".repeat(9_999),
        ] {
            assert!(Desk::new().accept(code, NOW).contains("wrong"), "{code}");
        }
    }

    #[test]
    fn the_secret_is_shown_once_and_in_no_debug_output() {
        let desk = Desk::new();
        assert!(matches!(Verifier::create(&desk.keys, "ada"), Err(KeyFolderError::There(_))));
        let address = Verifier::create(&desk.keys, "bob").unwrap();
        let secret = address.split("secret=").nth(1).unwrap().split('&').next().unwrap();
        assert_eq!(secret.len(), 32);
        let shown = format!("{:?}", Verifier::open(&desk.keys, "bob").unwrap());
        assert!(!shown.contains(&secret[..6]) && shown.contains("bob"), "{shown}");
        assert!(matches!(Verifier::open(&desk.keys, "eve"), Err(KeyFolderError::Absent(..))));
    }

    #[test]
    fn a_broken_record_of_used_codes_lets_none_through() {
        let desk = Desk::new();
        for text in ["", "x 0 0\n", "1 2\n", "1 99999999999 0\n"] {
            desk.keys.write_private("ada", "totp-used", text.as_bytes()).unwrap();
            assert!(
                desk.accept(&desk.code(NOW), NOW).contains("saw no record of used codes"),
                "{text}"
            );
        }
    }
}
