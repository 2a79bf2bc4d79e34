//! Running the binary and looking at what it says.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

/// What a run said and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs the binary.
pub(crate) fn plimsoll(args: &[&str]) -> Said {
    said(Command::new(env!("CARGO_BIN_EXE_plimsoll")).args(args))
}

/// Runs the binary and types something: one line.
pub(crate) fn typed(args: &[&str], line: &str) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // It may have ended before it read.
    let _ = writeln!(child.stdin.take().unwrap(), "{line}");
    of_output(&command, child.wait_with_output().unwrap())
}

fn said(command: &mut Command) -> Said {
    let output = command.output().unwrap();
    of_output(command, output)
}

/// Returns what a command said.
pub(crate) fn of_output(command: &Command, output: Output) -> Said {
    let Output { status, stdout, stderr } = output;
    let err = String::from_utf8(stderr).unwrap();
    assert!(!err.contains("panicked"), "{command:?}: {err}");
    let code = status.code().expect("ended by itself");
    Said { code, out: String::from_utf8(stdout).unwrap(), err }
}

impl Said {
    /// Returns the one JSON document that standard output is.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Checks the exit code.
    #[track_caller]
    pub(crate) fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        self
    }

    /// Checks that the message says all of this.
    #[track_caller]
    pub(crate) fn complains(self, parts: &[&str]) -> Self {
        for part in parts {
            assert!(self.err.contains(part), "no `{part}` in {self:?}");
        }
        self
    }
}

/// A folder for a test's files.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file and returns its path as text.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.0.path().join(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

/// The code that an authenticator shows for an operator of a folder of keys, so many steps of 30 s from now.
pub(crate) fn totp(keys: &Path, name: &str, steps: u64) -> String {
    let secret = fs::read_to_string(keys.join(format!("{name}.totp"))).unwrap();
    let secret = totp_rs::Secret::try_from_base32(secret.trim()).unwrap();
    #[expect(clippy::disallowed_methods, reason = "codes are of the wall clock")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let totp = totp_rs::Builder::new().with_secret(secret).build().unwrap();
    totp.generate(now + 30 * steps).to_string()
}

/// The folder of recorded data beside the project; without it the test says so and is over.
#[expect(clippy::print_stdout, reason = "how a test says that it did not run")]
pub(crate) fn shared(test: &str, part: &str) -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "a test may be pointed at another folder")]
    let shared = std::env::var_os("PLIMSOLL_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let found = shared.join(part);
    if found.exists() {
        return Some(found);
    }
    println!("SKIPPED {test}: ../shared/{part} is not beside the project");
    None
}

/// Hourly klines of a wave, oldest first, from 2024-01-01.
pub(crate) fn klines(hours: i64) -> String {
    let mut text = String::new();
    for n in 0..hours {
        let open = 1_704_067_200_000 + n * 3_600_000;
        let middle = 10_000 + (n % 240 - 120).abs() * 20 + n;
        let close = middle + 5;
        text += &format!(
            "{open},{middle},{},{},{close},{},{},,,,,\n",
            close + 8,
            middle - 9,
            10 + n % 7,
            open + 3_599_999
        );
    }
    text
}
