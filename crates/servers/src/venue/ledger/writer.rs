//! [`Ledger`]: rows go in, one thread writes what has queued and syncs it at once.

use std::borrow::Cow;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use sim::exchange::ledger::{Record, Row};
use tokio::sync::watch;
use types::market::TsNanos;

use super::error::LedgerError;
use super::line::{self, Chain};
use super::read::{Cut, End, Reader};
use super::segment::{Segment, io_error};

/// The name in the first row of each file.
const FORMAT: &str = "plimsoll-venue-ledger";
/// The version of the format.
const VERSION: u32 = 1;

/// How a ledger is written.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// A new file begins when one has so many bytes.
    pub segment_bytes: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { segment_bytes: 64 << 20 }
    }
}

/// The thread that writes; it returns why it ended.
type Thread = JoinHandle<Result<(), LedgerError>>;

/// Rows that wait, and what came of those before.
struct Queue {
    waiting: Vec<(TsNanos, Row)>,
    /// Rows that were taken since the start, those that wait included.
    taken: u64,
    closing: bool,
    failed: bool,
}

struct Inner {
    queue: Mutex<Queue>,
    more: Condvar,
    /// Of the rows taken, those on disk.
    written: watch::Receiver<u64>,
}

/// The ledger of a venue. A clone is the same ledger.
///
/// Rows are on disk when [`written`](Self::written) has reached what [`append`](Self::append) returned. What queues while the
/// disk is busy is the next group. A sync that fails ends the ledger: nothing is written any more, and the sender of
/// `written` is gone.
#[derive(Clone)]
pub struct Ledger {
    inner: Arc<Inner>,
    thread: Arc<Mutex<Option<Thread>>>,
    /// Held until it is closed.
    lock: Arc<Mutex<Option<File>>>,
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ledger")
            .field("written", &*self.inner.written.borrow())
            .finish_non_exhaustive()
    }
}

impl Ledger {
    /// Opens the ledger of a folder, which is made if it is not there. `each` gets every row there is; a torn tail is cut
    /// and returned.
    ///
    /// # Errors
    /// `LedgerError`: in use, damaged, not to be written.
    pub fn open(
        folder: &Path,
        options: Options,
        each: impl FnMut(u64, TsNanos, Row),
    ) -> Result<(Self, Option<Cut>), LedgerError> {
        fs::create_dir_all(folder).map_err(io_error(folder))?;
        let lock = lock(folder)?;
        let mut reader = Reader::open(folder)?;
        reader.rows(each)?;
        let (end, cut) = (*reader.end(), reader.cut().cloned());
        let writer = Writer::open(folder.to_owned(), options, end)?;
        let (sender, written) = watch::channel(0);
        let queue = Queue { waiting: Vec::new(), taken: 0, closing: false, failed: false };
        let inner = Arc::new(Inner { queue: Mutex::new(queue), more: Condvar::new(), written });
        let thread = start(Arc::clone(&inner), writer, sender);
        let thread = Arc::new(Mutex::new(Some(thread)));
        Ok((Self { inner, thread, lock: Arc::new(Mutex::new(Some(lock))) }, cut))
    }

    /// Takes rows with their times, in order; returns at once with the place of the last: see [`written`](Self::written).
    ///
    /// Rows of one call are in one group: a crash leaves all of them or none.
    pub fn append(&self, rows: impl IntoIterator<Item = (TsNanos, Row)>) -> u64 {
        let mut queue = self.queue();
        let before = queue.waiting.len();
        queue.waiting.extend(rows);
        queue.taken += (queue.waiting.len() - before) as u64;
        if queue.failed {
            // Nobody will write them, and whoever waits for them is told.
            queue.waiting.clear();
        }
        let taken = queue.taken;
        drop(queue);
        self.inner.more.notify_one();
        taken
    }

    /// Returns how many rows are on disk, to be waited for.
    #[must_use]
    pub fn written(&self) -> watch::Receiver<u64> {
        self.inner.written.clone()
    }

    /// Writes what waits, cuts the room that was not used, and ends.
    ///
    /// # Errors
    /// `LedgerError` if a write or sync has failed, now or before.
    pub fn close(&self) -> Result<(), LedgerError> {
        self.queue().closing = true;
        self.inner.more.notify_one();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        let ended = thread.map(JoinHandle::join);
        drop(self.lock.lock().unwrap_or_else(PoisonError::into_inner).take());
        match ended {
            Some(Ok(result)) => result,
            // Closed before.
            None => Ok(()),
            Some(Err(panic)) => std::panic::resume_unwind(panic),
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        // A queue is whole after each push, wherever another thread has panicked.
        self.inner.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn lock(folder: &Path) -> Result<File, LedgerError> {
    let path = folder.join("lock");
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(io_error(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(LedgerError::InUse(folder.to_owned())),
        Err(TryLockError::Error(source)) => Err(LedgerError::Io { file: path, source }),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "one thread waits for the disk, so that the venue need not"
)]
fn start(inner: Arc<Inner>, mut writer: Writer, written: watch::Sender<u64>) -> Thread {
    let run = move || {
        let mut done = 0;
        loop {
            let mut queue = inner.queue.lock().unwrap_or_else(PoisonError::into_inner);
            while queue.waiting.is_empty() && !queue.closing {
                queue = inner.more.wait(queue).unwrap_or_else(PoisonError::into_inner);
            }
            let rows = std::mem::take(&mut queue.waiting);
            if rows.is_empty() {
                drop(queue);
                return writer.segment.close();
            }
            drop(queue);
            if let Err(error) = writer.write(&rows) {
                inner.queue.lock().unwrap_or_else(PoisonError::into_inner).failed = true;
                tracing::error!(%error, "the ledger has ended: nothing is accepted any more");
                return Err(error);
            }
            done += rows.len() as u64;
            written.send_replace(done);
        }
    };
    std::thread::Builder::new()
        .name("ledger".to_owned())
        .spawn(run)
        .expect("a process that serves can start a thread")
}

/// Writes groups.
struct Writer {
    folder: PathBuf,
    options: Options,
    segment: Segment,
    rows: u64,
    group: u64,
    chain: Chain,
    buffer: Vec<u8>,
}

impl Writer {
    fn open(folder: PathBuf, options: Options, end: End) -> Result<Self, LedgerError> {
        // A file whose first group was torn begins anew.
        let number = end.segment.max(1);
        let begun = end.segment > 0;
        let newer = super::segment::list(&folder)?.into_iter().filter(|other| *other > number);
        for other in newer {
            let path = super::segment::path(&folder, other);
            fs::remove_file(&path).map_err(io_error(&path))?;
        }
        let segment = Segment::open(&folder, number, if begun { end.length } else { 0 })?;
        let (rows, group, chain) = (end.rows, end.group, end.chain);
        let mut writer = Self { folder, options, segment, rows, group, chain, buffer: Vec::new() };
        if !begun {
            writer.write(&[(end.at, first_row(number))])?;
        }
        Ok(writer)
    }

    /// Writes rows as one group and waits for the disk.
    fn write(&mut self, rows: &[(TsNanos, Row)]) -> Result<(), LedgerError> {
        if self.segment.length > self.options.segment_bytes {
            self.rotate(rows.first().map_or(TsNanos::EPOCH, |(at, _)| *at))?;
        }
        self.group += 1;
        self.buffer.clear();
        let mut left = rows.len() as u64;
        for (at, row) in rows {
            (self.rows, left) = (self.rows + 1, left - 1);
            let record = Record { n: self.rows, t: *at, row: Cow::Borrowed(row) };
            let json = serde_json::to_vec(&record).expect("rows are numbers, texts and lists");
            self.chain = line::write(&mut self.buffer, self.chain, self.group, left, &json);
        }
        self.segment.append(&self.buffer)
    }

    fn rotate(&mut self, at: TsNanos) -> Result<(), LedgerError> {
        let number = self.segment.number + 1;
        // The old file is whole before the new one is there.
        self.segment.trim()?;
        self.segment = Segment::open(&self.folder, number, 0)?;
        self.group += 1;
        self.rows += 1;
        let row = first_row(number);
        let record = Record { n: self.rows, t: at, row: Cow::Borrowed(&row) };
        let json = serde_json::to_vec(&record).expect("rows are numbers, texts and lists");
        let mut line = Vec::new();
        self.chain = line::write(&mut line, self.chain, self.group, 0, &json);
        self.segment.append(&line)
    }
}

fn first_row(segment: u64) -> Row {
    Row::Segment { format: FORMAT.to_owned(), version: VERSION, segment }
}
