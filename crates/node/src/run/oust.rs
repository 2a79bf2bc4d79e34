//! [`free`]: ends a process that was stopped while it held the journal's lock, so that a successor gets through.
//!
//! A writer holds the lock over one write and one fsync. One that was stopped in between (`SIGSTOP`, a machine that swaps) holds it
//! until it goes on, and would then write into a term that its successor has sealed. `SIGKILL` ends a stopped process as well, and
//! the system lets its locks go.

use std::fs::{self, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use rustix::process::{Pid, Signal, getpid, kill_process};
use tokio::time::timeout;

use crate::exit::Failure;

/// A writer that works lets go within this: a hundred commits of a slow disk.
const PATIENCE: Duration = Duration::from_secs(3);
/// What was killed has let go within this.
const GONE: Duration = Duration::from_secs(5);

/// Waits until a lock is free; who does not let go of it is ended. Returns whose process that was.
///
/// # Errors
/// If the lock stays held: its holder is not known here (another machine, another container), or is not this user's.
pub(crate) async fn free(lock: &Path) -> Result<Option<Pid>, Failure> {
    let file = match OpenOptions::new().write(true).open(lock) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened.with_context(|| lock.display().to_string())?,
    };
    // Taken, and let go of at once: whoever opens the journal takes it again.
    let mut taken = tokio::task::spawn_blocking(move || file.lock());
    if let Ok(taken) = timeout(PATIENCE, &mut taken).await {
        taken?.with_context(|| lock.display().to_string())?;
        return Ok(None);
    }
    let shown = lock.display();
    let holder = holder(lock).unwrap_or(None).filter(|pid| *pid != getpid());
    let holder = holder.with_context(|| {
        format!("{shown} is held by a process that this one does not see: end it where it runs")
    })?;
    let pid = holder.as_raw_nonzero();
    kill_process(holder, Signal::KILL)
        .with_context(|| format!("process {pid} holds {shown}, and ending it failed: end it"))?;
    match timeout(GONE, taken).await {
        Ok(taken) => taken?.with_context(|| lock.display().to_string())?,
        Err(_) => {
            return Err(anyhow!("{shown} is held although process {pid} was killed").into());
        }
    }
    Ok(Some(holder))
}

/// Returns who holds a lock of `flock(2)`, by the system's own table (`proc_locks(5)`).
fn holder(lock: &Path) -> io::Result<Option<Pid>> {
    let about = fs::metadata(lock)?;
    let table = fs::read_to_string("/proc/locks")?;
    let holders = table.lines().filter_map(|row| owner(row, about.ino()));
    // Numbers of devices differ between that table and a file's; the number of a process may be another one's by now.
    Ok(holders.into_iter().find(|pid| has_open(*pid, &about)))
}

/// Returns whose a row of the table is, if it is a lock that is held on a file of that number.
fn owner(row: &str, inode: u64) -> Option<Pid> {
    // `1: FLOCK  ADVISORY  WRITE 12709 fe:00:10709616 0 EOF`; one that waits has `->` behind its number.
    let fields: Vec<&str> = row.split_whitespace().collect();
    let [_, "FLOCK", _, _, pid, place, ..] = fields[..] else { return None };
    let of: u64 = place.rsplit(':').next()?.parse().ok()?;
    if inode == of { Pid::from_raw(pid.parse().ok()?) } else { None }
}

fn has_open(pid: Pid, wanted: &Metadata) -> bool {
    let Ok(open) = fs::read_dir(format!("/proc/{}/fd", pid.as_raw_nonzero())) else { return false };
    let open = open.filter_map(|entry| fs::metadata(entry.ok()?.path()).ok());
    open.into_iter().any(|about| (about.dev(), about.ino()) == (wanted.dev(), wanted.ino()))
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;

    #[test]
    fn a_row_tells_who_holds_what() {
        let held = "6: FLOCK  ADVISORY  WRITE 1107 fe:00:10061161 0 EOF";
        let waits = "6: -> FLOCK  ADVISORY  WRITE 1771 fe:00:10061161 0 EOF";
        let posix = "7: POSIX  ADVISORY  WRITE 1107 fe:00:10061161 0 EOF";
        assert_eq!(owner(held, 10_061_161), Pid::from_raw(1107));
        // Of a process that is not seen from here the number is 0.
        assert_eq!(owner(&held.replace("1107", "0"), 10_061_161), None);
        for (row, inode) in [(held, 61), (waits, 10_061_161), (posix, 10_061_161), ("", 0)] {
            assert_eq!(owner(row, inode), None, "{row}");
        }
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_lock_that_is_free_costs_nobody_anything() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        assert!(free(&path).await.unwrap().is_none(), "no journal yet");
        let file = File::create(&path).unwrap();
        assert!(free(&path).await.unwrap().is_none());
        file.lock().unwrap();
        assert_eq!(holder(&path).unwrap(), Some(getpid()));
        // A process never ends itself.
        let failed = free(&path).await.unwrap_err();
        assert!(failed.error.to_string().contains("end it where it runs"), "{failed:?}");
    }
}
