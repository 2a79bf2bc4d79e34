//! System calls that fail under a process that appends, and a file system that fills up.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::child::{self, Order, Task, Told};
use crate::script::{Ledger, Outcome};

/// Bytes of the file system that fills up.
const FILE_SYSTEM_BYTES: u32 = 512 << 10;

/// What happened to one process.
#[derive(Debug, Default)]
struct Ended {
    ledger: Ledger,
    acknowledged_after_refusal: u64,
    refused: u64,
    unknown: u64,
    verdict: String,
}

/// Runs a process and writes down what it tells.
fn listen(mut command: Command) -> Ended {
    let mut process = command.spawn().unwrap();
    let mut ended = Ended::default();
    for line in BufReader::new(process.stdout.take().unwrap()).lines() {
        match Told::parse(&line.unwrap()) {
            Some(Told::Began(attempt)) => ended.ledger.tell(attempt, Outcome::Unknown),
            Some(Told::Ended(attempt, outcome)) => {
                match outcome {
                    Outcome::Acknowledged { .. } => {
                        ended.acknowledged_after_refusal += u64::from(ended.refused > 0);
                    }
                    Outcome::Refused => ended.refused += 1,
                    Outcome::Unknown => ended.unknown += 1,
                }
                ended.ledger.tell(attempt, outcome);
            }
            Some(Told::Verdict(text)) => ended.verdict = text,
            Some(Told::Snapshot(_) | Told::Act { .. } | Told::Phase(_) | Told::Stopped) | None => {}
        }
    }
    let out = process.wait_with_output().unwrap();
    let error = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success() && !ended.verdict.is_empty(), "{}\n{error}", out.status);
    ended
}

/// Runs a process under strace, which makes system calls fail, and judges what it left.
fn suffer(inject: &str) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let order = Order { folder: folder.path(), task: Task::Suffer, behind: 0 };
    let call = inject.split(':').next().unwrap();
    let (trace, inject) = (format!("trace={call}"), format!("inject={inject}"));
    let strace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject];
    let ended = listen(order.command(&strace));
    let kept = child::judge(folder.path(), &ended.ledger);
    let kept = kept.unwrap_or_else(|wrong| {
        panic!("{inject}: {wrong}\n{ended:?}\n{}", folder.keep().display())
    });
    Ended { verdict: format!("{inject}: {}; {kept}", ended.verdict), ..ended }
}

/// Says why strace cannot be used here, if it cannot.
fn without_strace() -> Option<String> {
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-o", "/dev/null", "true"]).stdin(Stdio::null());
    match command.output() {
        Ok(out) if out.status.success() => None,
        Ok(out) => {
            Some(format!("no tracing here: {}", String::from_utf8_lossy(&out.stderr).trim()))
        }
        Err(error) => Some(format!("strace does not start: {error}")),
    }
}

#[test]
fn a_failing_fdatasync_of_the_system_stops_the_writer_for_good() {
    if let Some(reason) = without_strace() {
        println!(
            "SKIPPED a_failing_fdatasync_of_the_system_stops_the_writer_for_good: {reason}; the test \
             disk ran in its place (exhaustive::*)"
        );
        return;
    }
    let mut stopped = 0;
    for k in (1..60).step_by(3) {
        let ended = suffer(&format!("fdatasync:error=EIO:when={k}"));
        println!("{}", ended.verdict);
        stopped += u64::from(ended.verdict.contains("failed for good"));
    }
    assert!(stopped >= 10, "{stopped} of 20 processes met the failing sync while they appended");
}

#[test]
fn a_full_disk_of_the_system_refuses_and_recovers() {
    if let Some(reason) = without_strace() {
        println!(
            "SKIPPED a_full_disk_of_the_system_refuses_and_recovers: {reason}; the test disk ran in its \
             place (exhaustive::*)"
        );
        return;
    }
    let (mut refused, mut recovered) = (0, 0);
    for call in ["pwrite64", "fallocate"] {
        for (from, step) in [(1, 1), (2, 1), (5, 1), (9, 3), (14, 4), (23, 5)] {
            let to = from + step - 1;
            let ended = suffer(&format!("{call}:error=ENOSPC:when={from}..{to}"));
            assert_eq!(ended.unknown, 0, "a full disk is a refusal: {ended:?}");
            println!("{}", ended.verdict);
            refused += u64::from(ended.refused > 0);
            recovered += u64::from(ended.acknowledged_after_refusal > 0);
        }
    }
    assert!(refused >= 4 && recovered == refused, "{refused} refused, {recovered} recovered");
}

#[test]
fn a_file_system_that_fills_up_refuses_and_recovers() {
    let folder = tempfile::tempdir().unwrap();
    if let Err(reason) = mounts(folder.path()) {
        println!(
            "SKIPPED a_file_system_that_fills_up_refuses_and_recovers: no file system can be mounted \
             here: {reason}; the test disk ran in its place (exhaustive::a_disk_that_fills_up_*)"
        );
        return;
    }
    let order = Order { folder: folder.path(), task: Task::Fill, behind: 0 };
    let mount = mount(folder.path(), "exec \"$@\"");
    let mut words: Vec<&str> = mount.iter().map(String::as_str).collect();
    words.push("sh");
    let ended = listen(order.command(&words));
    println!("{}", ended.verdict);
}

/// Words that mount a small file system on a folder, seen by what runs in it alone, and run a script there.
fn mount(folder: &Path, script: &str) -> Vec<String> {
    let folder = folder.display();
    let script = format!("mount -t tmpfs -o size={FILE_SYSTEM_BYTES} none '{folder}' && {script}");
    ["unshare", "-rm", "sh", "-c", &script].map(str::to_owned).into()
}

fn mounts(folder: &Path) -> Result<(), String> {
    let words = mount(folder, "true");
    let out =
        Command::new(&words[0]).args(&words[1..]).output().map_err(|error| error.to_string())?;
    if out.status.success() {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&out.stderr).trim().into())
    }
}
