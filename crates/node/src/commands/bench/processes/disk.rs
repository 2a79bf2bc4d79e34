//! What the disk takes for a page that is to last: alone, and beside what else writes to it.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context as _;

use super::super::parts::{nanos, now};

/// How often the disk is measured alone.
const SYNCS: u64 = 500;
/// Pages that are written one after the other, and again.
const PAGES: u64 = 500;
const PAGE_BYTES: usize = 4_096;
/// Beside other work the disk is measured so often: what measures is a small part of what there is to do.
const EVERY: Duration = Duration::from_millis(100);

/// A file that has its room, as a journal's segment has before anything is written.
struct Pages(File);

impl Pages {
    fn create(folder: &Path, name: &str) -> anyhow::Result<Self> {
        let path = folder.join(name);
        let file = File::create(&path).with_context(|| path.display().to_string())?;
        file.set_len(PAGES * PAGE_BYTES as u64)?;
        file.sync_all()?;
        Ok(Self(file))
    }

    /// Writes one; returns how many microseconds it took.
    fn write(&self, n: u64) -> io::Result<f64> {
        let began = now();
        self.0.write_all_at(&[7; PAGE_BYTES], n % PAGES * PAGE_BYTES as u64)?;
        self.0.sync_data()?;
        Ok(nanos(began) / 1e3)
    }
}

/// Measures it while nothing of ours writes; sorted.
pub(super) fn alone(folder: &Path) -> anyhow::Result<Vec<f64>> {
    let pages = Pages::create(folder, "alone")?;
    let times: io::Result<Vec<f64>> = (0..SYNCS).map(|n| pages.write(n)).collect();
    sorted(times?)
}

/// Measures it beside what else happens, until it is stopped.
pub(super) struct Beside {
    stop: mpsc::Sender<()>,
    thread: JoinHandle<io::Result<Vec<f64>>>,
}

impl Beside {
    #[expect(clippy::disallowed_methods, reason = "it measures while something else is waited for")]
    pub(super) fn start(folder: &Path) -> anyhow::Result<Self> {
        let pages = Pages::create(folder, "beside")?;
        let (stop, stopped) = mpsc::channel();
        let measure = move || {
            let mut times = Vec::new();
            while stopped.recv_timeout(EVERY) == Err(mpsc::RecvTimeoutError::Timeout) {
                times.push(pages.write(times.len() as u64)?);
            }
            Ok(times)
        };
        let thread = std::thread::Builder::new().name("disk".to_owned()).spawn(measure)?;
        Ok(Self { stop, thread })
    }

    /// Returns all times, sorted.
    pub(super) fn stop(self) -> anyhow::Result<Vec<f64>> {
        drop(self.stop);
        sorted(self.thread.join().expect("it measures and does not panic")?)
    }
}

fn sorted(mut times: Vec<f64>) -> anyhow::Result<Vec<f64>> {
    anyhow::ensure!(!times.is_empty(), "the disk was not measured: the run was too short");
    times.sort_by(f64::total_cmp);
    Ok(times)
}
