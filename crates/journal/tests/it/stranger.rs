//! A verifier that shares no code with this crate, written from `docs/journal-format.md`, reads what the writer writes.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use journal::bodies::Bodies;
use journal::disk::{Disk, RealDisk};
use journal::keys::KeyStore;
use journal::{FileJournal, Head, Journal, JournalId, Options};

use crate::desk::{FORK_ID, ID, write};

/// Bits flipped, one at a time, in the files in turn; some thirty files, so that each is hit often.
const FLIPS: &str = "240";

/// Runs a tool of the repository, or says that there is no Python to run it.
fn tool(test: &str, name: &str, words: &[&str]) -> Option<Output> {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tools");
    // Without -B Python would leave compiled files beside the sources.
    match Command::new("python3").arg("-B").arg(tools.join(name)).args(words).output() {
        Ok(output) => Some(output),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            println!("SKIPPED {test}: no python3");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// Returns what a tool printed, having checked its exit code.
fn printed(output: &Output, code: i32) -> String {
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{out}{error}");
    out
}

/// A journal on the real disk.
struct Desk {
    /// Removes the files in the end.
    _root: tempfile::TempDir,
    folder: PathBuf,
    outside: PathBuf,
}

impl Desk {
    fn new() -> Desk {
        let root = tempfile::tempdir().unwrap();
        let (folder, outside) = (root.path().join("journal"), root.path().join("outside"));
        fs::create_dir(&folder).unwrap();
        fs::create_dir(&outside).unwrap();
        Desk { _root: root, folder, outside }
    }

    fn disk(&self) -> Arc<dyn Disk> {
        Arc::new(RealDisk::new(&self.folder))
    }

    fn keys(&self) -> KeyStore {
        KeyStore::open(Arc::new(RealDisk::new(&self.outside)), "keys").unwrap()
    }

    fn options(fork_id: JournalId) -> Options {
        Options {
            segment_bytes: 8 << 10,
            checkpoint_every: 20,
            fork_id: Some(fork_id),
            ..Options::default()
        }
    }

    fn create(&self) -> FileJournal {
        FileJournal::create(self.disk(), self.keys(), ID, Desk::options(FORK_ID)).unwrap()
    }

    fn open(&self) -> FileJournal {
        FileJournal::open(self.disk(), self.keys(), Desk::options(FORK_ID)).unwrap()
    }

    /// Leaves the beginning of a record behind the last whole one, as a kill in mid-write does.
    fn tear(&self) {
        let mut segments: Vec<PathBuf> = fs::read_dir(self.folder.join("segments"))
            .unwrap()
            .map(|e| e.unwrap().path())
            .collect();
        segments.sort();
        let path = segments.pop().unwrap();
        let bytes = fs::read(&path).unwrap();
        let end = bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1;
        let file = fs::File::options().write(true).open(&path).unwrap();
        file.write_all_at(&[60, 0, 0, 0, 1, 2, 3, 4, 1, 9, 9], end as u64).unwrap();
    }
}

/// Makes a journal with several segments and terms, a clean close, a cut tail, a fork, bodies and checkpoints.
/// Returns it with its end and the checkpoint that was kept outside, with the size that it vouches for.
fn lived() -> (Desk, Head, String, u64) {
    let desk = Desk::new();
    let mut journal = desk.create();
    for count in [1, 30, 256, 7] {
        write(&mut journal, count);
    }
    let bodies = Bodies::new(desk.disk());
    bodies.put(b"a body").unwrap();
    bodies.put(&[7; 5000]).unwrap();
    journal.close().unwrap();
    let mut journal = desk.open();
    write(&mut journal, 40);
    drop(journal);
    desk.tear();
    let mut journal = desk.open();
    assert!(journal.opening().cut.is_some());
    write(&mut journal, 25);
    drop(journal);
    fs::remove_dir_all(desk.outside.join("heads")).unwrap();
    let mut journal = desk.open();
    assert!(journal.opening().forked.is_some());
    write(&mut journal, 3);
    let note = journal.checkpoint().unwrap();
    let vouched = journal.head().seq.0;
    let head = write(&mut journal, 4);
    (desk, head, note, vouched)
}

#[test]
fn the_strangers_own_tests_pass() {
    if let Some(output) = tool("the_strangers_own_tests_pass", "test_verify_journal.py", &[]) {
        printed(&output, 0);
    }
}

#[test]
fn a_stranger_computes_the_same_root_and_believes_what_was_kept_outside() {
    let test = "a_stranger_computes_the_same_root_and_believes_what_was_kept_outside";
    let (desk, head, note, vouched) = lived();
    let folder = desk.folder.to_str().unwrap();
    let Some(output) = tool(test, "verify_journal.py", &[folder]) else { return };
    let text = printed(&output, 0);
    let segments = fs::read_dir(desk.folder.join("segments")).unwrap().count();
    let end = format!("{} entries in {segments} segments, root {}\n", head.seq, head.root);
    assert!(segments > 4 && text.contains(&end), "{text}wanted {end}");
    assert!(text.contains("nothing outside vouches beyond 0\nholds"), "{text}");

    let kept = desk.outside.join("kept");
    fs::write(&kept, &note).unwrap();
    let words = [folder, "--checkpoint", kept.to_str().unwrap()];
    let text = printed(&tool(test, "verify_journal.py", &words).unwrap(), 0);
    assert!(text.contains(&format!("nothing outside vouches beyond {vouched}\nholds")), "{text}");

    // The same note about another size: its signature no longer holds.
    fs::write(&kept, note.replace(&format!("\n{vouched}\n"), &format!("\n{}\n", vouched - 1)))
        .unwrap();
    printed(&tool(test, "verify_journal.py", &words).unwrap(), 2);
}

#[test]
fn a_stranger_finds_every_flipped_bit() {
    let (desk, ..) = lived();
    let words = [desk.folder.to_str().unwrap(), "--flips", FLIPS, "--seed", "3"];
    if let Some(output) = tool("a_stranger_finds_every_flipped_bit", "flip_journal.py", &words) {
        let text = printed(&output, 0);
        assert!(text.contains(&format!("{FLIPS} flips, 0 not found")), "{text}");
    }
}
