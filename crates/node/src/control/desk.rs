//! [`ControlRequest`]: what an operator asks for, on its way to the runtime, with the way back.

use tokio::sync::{mpsc, oneshot};

use super::words::{Answer, Command};

/// Lines of progress that wait for a client to read them; more are lost, the answer never is.
const PROGRESS_WAITING_MAX: usize = 64;

/// A request with the name it goes into the journal under.
#[derive(Debug)]
pub(crate) struct ControlRequest {
    /// Who, as the journal has it: the name given, and the login beside it where that is another.
    pub(crate) name: String,
    /// The name alone: whose one-time codes count, and who is a second person.
    pub(crate) who: String,
    /// What.
    pub(crate) command: Command,
    /// The way back.
    pub(crate) reply: Answering,
}

/// The way back to whoever asked. Nothing here waits for anybody.
#[derive(Debug)]
pub(crate) struct Answering {
    progress: mpsc::Sender<String>,
    answer: oneshot::Sender<Answer>,
}

impl Answering {
    /// Says how far it is; lost where nobody reads.
    pub(crate) fn progress(&self, text: impl Into<String>) {
        let _ = self.progress.try_send(text.into());
    }

    /// Says what came of it; lost where nobody waits any more.
    pub(crate) fn finish(self, answer: Answer) {
        let _ = self.answer.send(answer);
    }
}

/// The end of [`Answering`] that hears.
pub(crate) struct Hearing {
    pub(super) progress: mpsc::Receiver<String>,
    pub(super) answer: oneshot::Receiver<Answer>,
}

/// Returns both ends.
pub(crate) fn answering() -> (Answering, Hearing) {
    let (say, progress) = mpsc::channel(PROGRESS_WAITING_MAX);
    let (end, answer) = oneshot::channel();
    (Answering { progress: say, answer: end }, Hearing { progress, answer })
}
