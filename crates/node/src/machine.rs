//! What this process runs on and what it used: [`Machine`], [`cpu_seconds`], [`peak_memory`].

use std::fs;

use serde::Serialize;

/// The machine and the build, for figures that mean nothing without them.
#[derive(Debug, Serialize)]
pub(crate) struct Machine {
    pub(crate) cpu: String,
    pub(crate) cores: usize,
    pub(crate) system: String,
    pub(crate) profile: &'static str,
    pub(crate) commit: &'static str,
}

/// The commit this was built from, `unknown` outside a repository.
pub(crate) const COMMIT: &str = env!("PLIMSOLL_COMMIT");

impl Machine {
    /// Asks the operating system.
    pub(crate) fn here() -> Self {
        let cpu = proc_field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown".to_owned());
        let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        let system =
            format!("{} {} {}", std::env::consts::OS, std::env::consts::ARCH, release.trim());
        Self {
            cpu,
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            system: system.trim_end().to_owned(),
            profile: if cfg!(debug_assertions) { "debug" } else { "release" },
            commit: COMMIT,
        }
    }
}

/// Returns the processor time of the calling thread in seconds, where Linux tells it.
///
/// `/proc/thread-self/schedstat`: first number, nanoseconds on a processor.
pub(crate) fn cpu_seconds() -> Option<f64> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanos: f64 = text.split_whitespace().next()?.parse().ok()?;
    Some(nanos / 1e9)
}

/// Returns the largest resident memory so far in MiB, where Linux tells it.
pub(crate) fn peak_memory() -> Option<f64> {
    peak_of("self")
}

/// The same of another process.
pub(crate) fn peak_memory_of(pid: u32) -> Option<f64> {
    peak_of(&pid.to_string())
}

fn peak_of(process: &str) -> Option<f64> {
    let text = proc_field(&format!("/proc/{process}/status"), "VmHWM")?;
    let kib: f64 = text.split_whitespace().next()?.parse().ok()?;
    Some(kib / 1_024.0)
}

fn proc_field(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    line.split_once(':').map(|(_, value)| value.trim().to_owned())
}
