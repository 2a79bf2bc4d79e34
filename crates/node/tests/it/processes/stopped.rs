//! Stops a process at a moment at which it holds a lock, or at which it does not.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::Duration;

use rustix::process::Signal;

use super::Hub;

/// So often it is stopped, looked at, and let go on.
const TRIES: u32 = 5_000;

impl Hub {
    /// Stops it (`SIGSTOP`) while it holds the lock, or while it does not; fails if that does not come.
    #[track_caller]
    pub(crate) fn stop_while(&mut self, holds: bool, lock: &Path) {
        for _ in 0..TRIES {
            self.signal(Signal::STOP);
            while self.runs() && !self.is_stopped() {
                std::thread::yield_now();
            }
            if self.holds(lock) == holds {
                return;
            }
            self.signal(Signal::CONT);
            self.let_work(Duration::from_millis(1));
        }
        self.fail("the moment to stop it did not come");
    }

    /// Whether each thread of it stands still: one that waits for the disk does so only when it comes back.
    fn is_stopped(&self) -> bool {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.pid()));
        tasks.into_iter().flatten().all(|task| {
            let state = fs::read_to_string(task.unwrap().path().join("stat")).unwrap_or_default();
            // The name before it may hold brackets itself.
            state.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('T'))
        })
    }

    fn holds(&self, lock: &Path) -> bool {
        let inode = fs::metadata(lock).unwrap().ino();
        let (pid, file) = (format!(" {} ", self.pid()), format!(":{inode} "));
        let table = fs::read_to_string("/proc/locks").unwrap_or_default();
        let mut held = table.lines().filter(|row| row.contains("FLOCK") && !row.contains("->"));
        held.any(|row| row.contains(&pid) && row.contains(&file))
    }
}
