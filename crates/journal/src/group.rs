//! `GroupWriter`: many appends, one commit. What queued during the last `fdatasync` is the next commit.
//!
//! Whoever submits encodes and hashes in its own thread while the writer's thread waits for the disk; nobody waits to
//! gather more. The only threads of this crate are started here.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock};
use std::thread::JoinHandle;

use crate::tree::CompactRange;
use crate::words::{Draft, Head, Seq};
use crate::writer::{AppendError, FileJournal, Journal, Stage, check_drafts};

/// Bytes that may queue during one commit: a submission that would go beyond waits for its end. One that is larger goes
/// alone.
pub const QUEUE_BYTES_MAX: usize = 8 << 20;

/// The pen of a journal, shared by threads.
#[derive(Debug)]
pub struct GroupWriter {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<FileJournal>>,
}

/// A submission on its way to the disk.
#[derive(Debug)]
#[must_use = "a submission is not durable before its ticket says so"]
pub struct Ticket {
    shared: Arc<Shared>,
    round: Arc<Round>,
    range: CompactRange,
}

/// How one commit ended, once it has.
type Round = OnceLock<Result<Head, Why>>;

#[derive(Debug)]
struct Shared {
    queue: Mutex<Queue>,
    /// There is something to write, or the end has come.
    work: Condvar,
    /// A commit ended.
    done: Condvar,
}

#[derive(Debug)]
struct Queue {
    stage: Stage,
    /// The commit that the stage will be.
    round: Arc<Round>,
    /// The last commit that was acknowledged.
    head: Head,
    /// Nothing can be written any more.
    dead: Option<Why>,
    closing: bool,
}

/// Why a commit did not happen.
#[derive(Clone, Debug)]
enum Why {
    Full(io::ErrorKind),
    Sealed(crate::words::Term),
    Failed { operation: &'static str, kind: io::ErrorKind, message: String },
}

impl GroupWriter {
    /// Starts the thread that writes.
    ///
    /// # Errors
    /// What the system says.
    pub fn start(journal: FileJournal) -> io::Result<GroupWriter> {
        let mut stage = Stage::default();
        stage.begin(journal.tree());
        let queue = Queue {
            stage,
            round: Arc::default(),
            head: journal.head(),
            dead: None,
            closing: false,
        };
        let shared = Arc::new(Shared {
            queue: Mutex::new(queue),
            work: Condvar::new(),
            done: Condvar::new(),
        });
        let own = Arc::clone(&shared);
        #[expect(
            clippy::disallowed_methods,
            reason = "an fdatasync waits here instead of in the hub"
        )]
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || own.write(journal))?;
        Ok(GroupWriter { shared, thread: Some(thread) })
    }

    /// Queues entries behind all that is queued already; they become durable together, or not at all.
    ///
    /// With `expected`, they are refused unless that is the last entry, the queued ones included. Waits while
    /// [`QUEUE_BYTES_MAX`] are queued.
    ///
    /// # Errors
    /// [`AppendError::Conflict`], [`AppendError::Draft`]; `Sealed` or `Failed` once the writer can not go on.
    pub fn submit(
        &self,
        expected: Option<Seq>,
        entries: &[Draft<'_>],
    ) -> Result<Ticket, AppendError> {
        let bytes = check_drafts(entries)?;
        let mut queue = self.shared.queue();
        while !queue.stage.is_empty() && !queue.has_room(bytes) && queue.dead.is_none() {
            queue = wait(&self.shared.done, queue);
        }
        if let Some(why) = &queue.dead {
            return Err(why.error());
        }
        let actual = queue.stage.seq();
        if let Some(expected) = expected.filter(|expected| *expected != actual) {
            return Err(AppendError::Conflict { expected, actual });
        }
        queue.stage.push(entries);
        let (round, range) = (Arc::clone(&queue.round), queue.stage.tree().clone());
        drop(queue);
        self.shared.work.notify_one();
        Ok(Ticket { shared: Arc::clone(&self.shared), round, range })
    }

    /// Returns where the journal ends: all up to there is acknowledged.
    #[must_use]
    pub fn head(&self) -> Head {
        self.shared.queue().head
    }

    /// Writes what is queued, stops the thread and returns the journal.
    ///
    /// # Panics
    /// If the thread panicked.
    #[must_use]
    pub fn stop(mut self) -> FileJournal {
        self.shared.close();
        let thread = self.thread.take().expect("it is taken here alone");
        thread.join().expect("the writer's thread does not panic")
    }
}

impl Drop for GroupWriter {
    fn drop(&mut self) {
        self.shared.close();
        if let Some(thread) = self.thread.take() {
            // A panic over there is reported there.
            let _ = thread.join();
        }
    }
}

impl Ticket {
    /// Returns the place of the last entry of the submission, if it becomes durable.
    #[must_use]
    pub fn seq(&self) -> Seq {
        Seq(self.range.size())
    }

    /// Returns the tree up to that place, if it becomes durable: what a snapshot taken there holds of it.
    #[must_use]
    pub fn range(&self) -> &CompactRange {
        &self.range
    }

    /// Waits until the entries are durable, or it is known that they will not be. Returns where the journal ended then.
    ///
    /// # Errors
    /// [`AppendError::Full`]: they, and all that was queued behind them, are not in the journal. `Sealed`, `Failed`.
    pub fn wait(self) -> Result<Head, AppendError> {
        let mut queue = self.shared.queue();
        loop {
            match self.round.get() {
                Some(Ok(head)) => return Ok(*head),
                Some(Err(why)) => return Err(why.error()),
                None => queue = wait(&self.shared.done, queue),
            }
        }
    }
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().expect("nothing panics while it holds the queue")
    }

    fn close(&self) {
        self.queue().closing = true;
        self.work.notify_one();
    }

    /// The writer's thread: takes all that is queued, writes it, again.
    fn write(&self, mut journal: FileJournal) -> FileJournal {
        let mut taken = Stage::default();
        loop {
            let mut queue = self.queue();
            while queue.stage.is_empty() && !queue.closing {
                queue = wait(&self.work, queue);
            }
            if queue.stage.is_empty() {
                return journal;
            }
            std::mem::swap(&mut taken, &mut queue.stage);
            queue.stage.begin_behind(&taken);
            let round = std::mem::take(&mut queue.round);
            drop(queue);
            self.done.notify_all();
            let flushed = journal.flush(&mut taken);
            let stop = self.end(&round, flushed, &journal);
            self.done.notify_all();
            if stop {
                return journal;
            }
        }
    }

    /// Tells those who wait how a commit ended; returns whether it was the last.
    fn end(&self, round: &Round, done: Result<Head, AppendError>, journal: &FileJournal) -> bool {
        let mut queue = self.queue();
        let why = match done {
            Ok(head) => {
                queue.head = head;
                tell(round, Ok(head));
                return false;
            }
            Err(AppendError::Full(error)) => Why::Full(error.kind()),
            Err(AppendError::Sealed(term)) => Why::Sealed(term),
            Err(AppendError::Failed { operation, kind, message }) => {
                Why::Failed { operation, kind, message }
            }
            Err(error @ (AppendError::Conflict { .. } | AppendError::Draft(_))) => {
                unreachable!("it was checked when it was queued: {error}")
            }
        };
        // What queued meanwhile stands on entries that do not exist.
        tell(round, Err(why.clone()));
        let behind: Arc<Round> = std::mem::take(&mut queue.round);
        tell(&behind, Err(why.clone()));
        queue.stage.begin(journal.tree());
        let stop = !matches!(why, Why::Full(_));
        queue.dead = stop.then_some(why);
        stop
    }
}

fn tell(round: &Round, how: Result<Head, Why>) {
    round.set(how).expect("a commit ends once");
}

impl Queue {
    fn has_room(&self, bytes: usize) -> bool {
        self.stage.bytes() + bytes <= QUEUE_BYTES_MAX
    }
}

impl Why {
    fn error(&self) -> AppendError {
        match self.clone() {
            Why::Full(kind) => AppendError::Full(kind.into()),
            Why::Sealed(term) => AppendError::Sealed(term),
            Why::Failed { operation, kind, message } => {
                AppendError::Failed { operation, kind, message }
            }
        }
    }
}

fn wait<'a>(condition: &Condvar, queue: MutexGuard<'a, Queue>) -> MutexGuard<'a, Queue> {
    condition.wait(queue).expect("nothing panics while it holds the queue")
}
