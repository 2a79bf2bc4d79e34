//! [`ask`]: a request to the hub of a state folder, and what it answers.

use std::fs;
use std::io::{self, BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::words::{ANSWER_BYTES_MAX, Answer, Line, Request, Said, VERSION};
use super::{lines, peer, socket};

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AskError {
    /// Nobody listens.
    #[error("no hub is running on {state}: start it with `plimsoll run --state {state}`", state = .state.display())]
    NoHub {
        /// Which state folder.
        state: PathBuf,
    },
    /// Somebody listens who should not, or may not be asked.
    #[error("{path}: cannot be used as a control socket: {why}", path = .path.display())]
    Unusable {
        /// Where.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// No answer in time.
    #[error("the hub has not said what came of it within {within:?}: see `plimsoll status`")]
    Silent {
        /// How long was waited.
        within: Duration,
    },
    /// The answer cannot be understood.
    #[error("the answer of the hub cannot be understood: {why}")]
    Garbled {
        /// Why.
        why: String,
    },
}

/// Asks and waits for the answer; `progress` hears how far it is.
///
/// # Errors
/// `AskError` if nobody answers, or not in time, or not in our words.
pub(crate) fn ask(
    state: &Path,
    request: &Request,
    within: Duration,
    mut progress: impl FnMut(&str),
) -> Result<Answer, AskError> {
    let end = Deadline::after(within);
    let mut reader = BufReader::new(connect(state)?);
    let mut line = serde_json::to_vec(request).expect("words can be written as JSON");
    line.push(b'\n');
    // A hub that has refused already does not read; its answer says why.
    let _ = reader.get_ref().set_write_timeout(Some(lines::PATIENCE));
    let _ = reader.get_mut().write_all(&line);
    loop {
        let bytes = read_line(&mut reader, &end)?;
        let garbled = |why: String| AskError::Garbled { why };
        let line: Line =
            serde_json::from_slice(&bytes).map_err(|error| garbled(error.to_string()))?;
        if line.v != VERSION {
            return Err(garbled(format!("it is of version {}, wanted {VERSION}", line.v)));
        }
        match line.said {
            Said::Progress(text) => progress(&text),
            Said::Answer(answer) => return Ok(answer),
        }
    }
}

/// Opens the socket if it is one, and nobody else's.
fn connect(state: &Path) -> Result<UnixStream, AskError> {
    let path = socket(state);
    let no_hub = || AskError::NoHub { state: state.to_owned() };
    let unusable = |why: String| AskError::Unusable { path: path.clone(), why };
    let file = match fs::symlink_metadata(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(no_hub()),
        Err(error) => return Err(unusable(error.to_string())),
    };
    let me = rustix::process::geteuid().as_raw();
    if !file.file_type().is_socket() {
        return Err(unusable("it is no socket".to_owned()));
    }
    if !peer::may_ask(file.uid(), me) && me != 0 {
        return Err(unusable(format!("it is of user {}, wanted your own", file.uid())));
    }
    UnixStream::connect(&path).map_err(|error| {
        // A process that was killed leaves its socket behind.
        let gone = matches!(error.kind(), ErrorKind::ConnectionRefused | ErrorKind::NotFound);
        if gone { no_hub() } else { unusable(error.to_string()) }
    })
}

/// Reads one line of bounded length before the deadline.
fn read_line(reader: &mut BufReader<UnixStream>, end: &Deadline) -> Result<Vec<u8>, AskError> {
    let mut line = Vec::new();
    loop {
        let silent = || AskError::Silent { within: end.within };
        let left = end.left().ok_or_else(silent)?;
        let _ = reader.get_ref().set_read_timeout(Some(left));
        let room = u64::try_from(ANSWER_BYTES_MAX + 2 - line.len()).expect("a small number");
        let read = reader.by_ref().take(room).read_until(b'\n', &mut line);
        match read {
            Ok(_) if line.last() == Some(&b'\n') => {
                line.pop();
                return Ok(line);
            }
            Ok(_) if line.len() > ANSWER_BYTES_MAX => {
                let why = format!("a line is longer than {ANSWER_BYTES_MAX} bytes");
                return Err(AskError::Garbled { why });
            }
            Ok(_) => return Err(broken_off()),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return Err(broken_off()),
            Err(error) if is_time_out(&error) || error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(AskError::Garbled { why: error.to_string() }),
        }
    }
}

fn broken_off() -> AskError {
    AskError::Garbled { why: "it ended in the middle: the hub may have ended".to_owned() }
}

fn is_time_out(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

/// A moment of wall time until which is waited.
struct Deadline {
    since: Instant,
    within: Duration,
}

impl Deadline {
    #[expect(clippy::disallowed_methods, reason = "how long a person waits is wall time")]
    fn after(within: Duration) -> Self {
        Self { since: Instant::now(), within }
    }

    /// Returns what is left, `None` at the end.
    fn left(&self) -> Option<Duration> {
        self.within.checked_sub(self.since.elapsed()).filter(|left| !left.is_zero())
    }
}
