//! [`Hub`]: `plimsoll run` as a process of its own, and what it tells, line by line.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::Value;

use super::wait_for;

/// A running hub; killed when dropped.
///
/// What it says goes to files, so that nothing of a killed process is lost.
pub(super) struct Hub {
    child: Child,
    told: PathBuf,
    errors: PathBuf,
    read: u64,
}

impl Hub {
    /// Starts one; `name` names the files of what it says.
    pub(super) fn start(folder: &Path, name: &str, args: &[&str]) -> anyhow::Result<Self> {
        let told = folder.join(format!("{name}.jsonl"));
        let errors = folder.join(format!("{name}.err"));
        let program = std::env::current_exe()?;
        let child = Command::new(program)
            .args(args)
            .stdin(std::process::Stdio::null())
            .stdout(File::create(&told)?)
            .stderr(File::create(&errors)?)
            .spawn()
            .context("cannot start the hub")?;
        Ok(Self { child, told, errors, read: 0 })
    }

    /// Waits for something that it tells, reading on from where the last one was.
    pub(super) fn hear(
        &mut self,
        what: &str,
        patience: Duration,
        wanted: impl Fn(&Value) -> bool,
    ) -> anyhow::Result<Value> {
        wait_for(what, patience, || {
            let ended = self.child.try_wait()?;
            for event in self.next_lines()? {
                if wanted(&event) {
                    return Ok(Some(event));
                }
            }
            if let Some(status) = ended {
                bail!("the hub ended ({status}) before {what}: {}", self.last_words());
            }
            Ok(None)
        })
    }

    /// Reads the lines that came; of several waited for together the first is found, the others are read.
    fn next_lines(&mut self) -> anyhow::Result<Vec<Value>> {
        let mut file = File::open(&self.told)?;
        file.seek(SeekFrom::Start(self.read))?;
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        self.read += whole as u64;
        Ok(text[..whole].lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
    }

    fn last_words(&self) -> String {
        let text = fs::read_to_string(&self.errors).unwrap_or_default();
        text.lines().rev().take(3).collect::<Vec<_>>().join(" / ")
    }

    /// Kills it with -9 and waits for its end.
    pub(super) fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Asks it to end in good order; returns its exit code.
    pub(super) fn stop(mut self) -> anyhow::Result<Option<i32>> {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
        let ended =
            wait_for("end of the hub", Duration::from_secs(20), || Ok(self.child.try_wait()?))?;
        Ok(ended.code())
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
