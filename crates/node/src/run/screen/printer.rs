//! [`Printer`]: lines on their way to standard output, written by a thread of their own: trading never waits for who reads them.

use std::collections::VecDeque;
use std::fmt::Display;
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::os::fd::AsFd as _;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use types::market::TsNanos;

use crate::out::Out;

/// So many bytes of lines may wait, some ten thousand of them: a reader that is further behind misses lines.
const WAITING_BYTES_MAX: usize = 8 << 20;
/// Once lines were left out, others wait again from half of that on: gaps are few and long instead of many and short.
const WAITING_BYTES_AGAIN: usize = WAITING_BYTES_MAX / 2;
/// At the end, who has read nothing for so long reads no more.
const GOODBYE: Duration = Duration::from_secs(2);
/// Standard output that does not wait itself is tried again so often.
const AGAIN: Duration = Duration::from_millis(10);

/// Takes lines and never waits. A clone prints to the same place.
#[derive(Clone, Debug)]
pub(crate) struct Printer {
    json: bool,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    lines: VecDeque<String>,
    bytes: usize,
    /// How many lines found no room since the last one that did, or could not be written.
    left_out: u64,
    /// No line comes after those that wait.
    closing: bool,
    /// Nothing is written any more.
    closed: bool,
}

impl Printer {
    /// Begins to print to standard output.
    ///
    /// # Errors
    /// If the system starts no thread.
    pub(crate) fn start(out: Out) -> io::Result<Self> {
        // Not through the library's buffer: what failed is not written again behind our back.
        let stdout = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        Self::start_to(stdout, out.is_json(), move |text| out.note(text))
    }

    /// Begins to print; `say` is called once when it begins to fail.
    #[expect(
        clippy::disallowed_methods,
        reason = "a reader is waited for here instead of in the hub's loop"
    )]
    fn start_to(
        to: impl Write + Send + 'static,
        json: bool,
        say: impl Fn(&str) + Send + 'static,
    ) -> io::Result<Self> {
        let shared = Arc::<Shared>::default();
        let own = Arc::clone(&shared);
        std::thread::Builder::new().name("screen".to_owned()).spawn(move || own.print(to, say))?;
        Ok(Self { json, shared })
    }

    /// Returns whether a machine reads.
    pub(crate) const fn is_json(&self) -> bool {
        self.json
    }

    /// Prints a line for people; nothing where a machine reads.
    pub(crate) fn line(&self, text: impl Display) {
        if !self.json {
            self.push(format!("{text}\n"), |lines| format!("... {lines} lines left out\n"));
        }
    }

    /// Prints something of the run itself: in words, and for machines under a stable name.
    pub(crate) fn say(&self, name: &str, at: TsNanos, fields: Value, words: impl Display) {
        self.event(name, at, fields);
        self.line(words);
    }

    /// Prints an event of a moment for machines; nothing where people read.
    pub(crate) fn event(&self, name: &str, at: TsNanos, fields: Value) {
        let mut event = json!({ "event": name, "t": at.as_millis() });
        if let (Some(event), Value::Object(fields)) = (event.as_object_mut(), fields) {
            event.extend(fields);
        }
        self.document(at, &event);
    }

    /// Prints the document of an event, which says itself when it was.
    pub(crate) fn document(&self, at: TsNanos, event: &Value) {
        if self.json {
            self.push(format!("{event}\n"), |lines| {
                let left_out = json!({ "event": "left_out", "t": at.as_millis(), "lines": lines });
                format!("{left_out}\n")
            });
        }
    }

    fn push(&self, line: String, left_out: impl Fn(u64) -> String) {
        let mut queue = self.shared.queue();
        if queue.closed || queue.closing {
            return;
        }
        let max = if queue.left_out > 0 { WAITING_BYTES_AGAIN } else { WAITING_BYTES_MAX };
        // A line longer than all the room waits alone.
        if queue.bytes + line.len() > max && !queue.lines.is_empty() {
            queue.left_out += 1;
            return;
        }
        if queue.left_out > 0 {
            let notice = left_out(std::mem::take(&mut queue.left_out));
            queue.push(notice);
        }
        queue.push(line);
        drop(queue);
        self.shared.changed.notify_all();
    }

    /// Waits until all is printed, or nobody reads.
    pub(crate) fn finish(&self) {
        let mut queue = self.shared.queue();
        queue.closing = true;
        self.shared.changed.notify_all();
        while !queue.closed {
            let before = queue.lines.len();
            let waited = self.shared.changed.wait_timeout(queue, GOODBYE);
            let (after, time) = waited.unwrap_or_else(PoisonError::into_inner);
            queue = after;
            if time.timed_out() && queue.lines.len() == before {
                return;
            }
        }
    }
}

impl Queue {
    fn push(&mut self, line: String) {
        self.bytes += line.len();
        self.lines.push_back(line);
    }
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        // Lines are whole wherever another thread has panicked.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The thread: writes line after line until the last one, or until nobody can read them any more.
    fn print(&self, mut to: impl Write, say: impl Fn(&str)) {
        let (mut failing, mut torn) = (false, false);
        while let Some(line) = self.next() {
            let line = if torn { format!("\n{line}") } else { line };
            match write(&mut to, line.as_bytes()) {
                Ok(()) => (failing, torn) = (false, false),
                Err((error, _)) if error.kind() == ErrorKind::BrokenPipe => {
                    say(
                        "nobody reads standard output any more: nothing is shown from here on, trading goes on",
                    );
                    break;
                }
                Err((error, begun)) => {
                    torn |= begun;
                    self.queue().left_out += 1;
                    if !std::mem::replace(&mut failing, true) {
                        say(&format!(
                            "standard output cannot be written ({error}): lines are left out, trading goes on"
                        ));
                    }
                }
            }
        }
        let mut queue = self.queue();
        queue.closed = true;
        queue.lines.clear();
        drop(queue);
        self.changed.notify_all();
    }

    /// Waits for the next line; `None` behind the last one.
    fn next(&self) -> Option<String> {
        let idle = |queue: &mut Queue| queue.lines.is_empty() && !queue.closing;
        let waited = self.changed.wait_while(self.queue(), idle);
        let mut queue = waited.unwrap_or_else(PoisonError::into_inner);
        let line = queue.lines.pop_front()?;
        queue.bytes -= line.len();
        drop(queue);
        // Whoever waits for the end sees that it goes on.
        self.changed.notify_all();
        Some(line)
    }
}

/// Writes all of it; the error comes with whether a part was written.
#[expect(clippy::disallowed_methods, reason = "the thread has nothing else to do")]
fn write(to: &mut impl Write, mut bytes: &[u8]) -> Result<(), (io::Error, bool)> {
    let whole = bytes.len();
    while !bytes.is_empty() {
        let failed = match to.write(bytes) {
            Ok(0) => ErrorKind::WriteZero.into(),
            Ok(count) => {
                bytes = &bytes[count..];
                continue;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                std::thread::sleep(AGAIN);
                continue;
            }
            Err(error) => error,
        };
        return Err((failed, bytes.len() < whole));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

    use super::*;

    /// A reader that takes a piece when the test says how that ends.
    struct Slow {
        taken: Sender<Vec<u8>>,
        how: Receiver<io::Result<usize>>,
    }

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let count = self.how.recv().expect("the test says how")?.min(bytes.len());
            self.taken.send(bytes[..count].to_vec()).unwrap();
            Ok(count)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    struct Desk {
        printer: Printer,
        how: SyncSender<io::Result<usize>>,
        taken: Receiver<Vec<u8>>,
        said: Receiver<String>,
    }

    fn desk(json: bool) -> Desk {
        let ((how, hows), (takes, taken), (says, said)) =
            (sync_channel(1_000_000), channel(), channel());
        let slow = Slow { taken: takes, how: hows };
        let printer =
            Printer::start_to(slow, json, move |text| says.send(text.to_owned()).unwrap());
        Desk { printer: printer.unwrap(), how, taken, said }
    }

    impl Desk {
        fn takes(&self) -> String {
            self.how.send(Ok(usize::MAX)).unwrap();
            String::from_utf8(self.taken.recv().unwrap()).unwrap()
        }
    }

    #[test]
    fn whoever_does_not_read_misses_lines_and_is_told_how_many() {
        let desk = desk(true);
        let line = "x".repeat(1 << 20);
        let at = TsNanos::from_nanos(7_000_000);
        // Nobody reads: the tenth and later find no room. Printing them all the same takes no time.
        for n in 0..100 {
            desk.printer.document(at, &json!({ "n": n, "line": line }));
        }
        let shown = |desk: &Desk| serde_json::from_str::<Value>(&desk.takes()).unwrap();
        let mut last = 0;
        for n in 0..7 {
            assert_eq!(shown(&desk)["n"], n);
            last = n;
        }
        // Room for a half of it is there again: the next one comes behind the gap.
        desk.printer.document(at, &json!({ "n": 100 }));
        let left_out = loop {
            let event = shown(&desk);
            match event["n"].as_i64() {
                Some(n) => (assert_eq!(n, last + 1), last = n).1,
                None => break event,
            }
        };
        let missed = 99 - last;
        assert_eq!(left_out, json!({ "event": "left_out", "t": 7, "lines": missed }));
        assert!(missed > 80, "{missed}");
        assert_eq!(shown(&desk), json!({ "n": 100 }));
        desk.printer.finish();
        assert!(desk.said.try_recv().is_err());
    }

    #[test]
    fn what_cannot_be_written_is_said_once_and_ends_nothing() {
        let desk = desk(false);
        desk.printer.document(TsNanos::EPOCH, &json!({}));
        // Both wait before the first fails: a line behind one that was left out says so.
        desk.printer.line("one");
        desk.printer.line("two");
        for how in [Err(ErrorKind::StorageFull), Ok(2), Err(ErrorKind::StorageFull)] {
            desk.how.send(how.map_err(io::Error::from)).unwrap();
        }
        let said = desk.said.recv().unwrap();
        assert!(said.contains("trading goes on"), "{said}");
        assert_eq!(desk.taken.recv().unwrap(), b"tw");
        while desk.printer.shared.queue().left_out < 2 {
            std::thread::yield_now();
        }
        desk.printer.line("three");
        assert_eq!(desk.takes(), "\n... 2 lines left out\n");
        assert_eq!(desk.takes(), "three\n");
        assert!(desk.said.try_recv().is_err(), "said once");

        desk.printer.line("four");
        desk.how.send(Err(ErrorKind::BrokenPipe.into())).unwrap();
        let said = desk.said.recv().unwrap();
        assert!(said.contains("nobody reads"), "{said}");
        desk.printer.finish();
        desk.printer.line("five");
        assert!(desk.taken.recv().is_err(), "the thread has ended");
    }

    #[test]
    fn the_end_waits_for_who_reads_and_for_nobody_else() {
        let desk = desk(false);
        desk.printer.line("last words");
        // Nothing is read: it returns all the same.
        desk.printer.finish();
        assert_eq!(desk.takes(), "last words\n");
    }
}
