//! A verifier that shares no code with this crate, written from `docs/journal-format.md`, reads what the writer writes.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use journal::bodies::Bodies;
use journal::disk::{Disk, Fault, RealDisk, Times};
use journal::keys::KeyStore;
use journal::retain::thin;
use journal::snapshot::{self, Snapshot};
use journal::tree::Hash;
use journal::verify::{VerifyOptions, verify};
use journal::{FileJournal, Head, Journal, JournalId, Options};

use crate::desk::{self, FORK_ID, ID, write};
use crate::support::Dice;

/// Bits flipped, one at a time, in the files in turn; some thirty files, so that each is hit often.
const FLIPS: &str = "240";

/// Journals that live through faults and crashes, and openings of each.
const LIVES: u64 = 20;
const OPENINGS: u64 = 6;

/// Verifies each folder below one, in one process: prints those that hold, and the first finding of the others.
const VERIFY_ALL: &str = "
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from verify_journal import verify
for folder in sorted(Path(sys.argv[2]).iterdir()):
    findings = verify(folder)
    print(folder.name, *(findings[:1] or ['holds']))
";

/// Runs a tool of the repository, or says that there is no Python to run it.
#[expect(clippy::print_stdout, reason = "how a test says that it did not run")]
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

    fn keep_snapshot(&self, journal: &FileJournal) {
        let head = journal.head();
        let snapshot = Snapshot {
            id: head.id,
            term: head.term,
            range: journal.tree().clone(),
            hashes: vec![Hash([5; 32]), Hash([6; 32])],
            state: b"state".to_vec(),
        };
        snapshot::write(&*self.disk(), &snapshot).unwrap();
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

/// Makes a journal with several segments and terms, a clean close, a cut tail, a new key, a fork, bodies,
/// snapshots and checkpoints.
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
    desk.keep_snapshot(&journal);
    journal.rotate_key().unwrap();
    drop(journal);
    fs::remove_dir_all(desk.outside.join("heads")).unwrap();
    let mut journal = desk.open();
    assert!(journal.opening().forked.is_some());
    write(&mut journal, 3);
    let note = journal.checkpoint().unwrap();
    let vouched = journal.head().seq.0;
    desk.keep_snapshot(&journal);
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

#[test]
fn a_stranger_reads_what_retention_leaves() {
    let (desk, head, ..) = lived();
    let retained = thin(&*desk.disk(), &|_| false).unwrap();
    assert!(retained.segments > 2 && retained.dropped > 100, "{retained:?}");
    let test = "a_stranger_reads_what_retention_leaves";
    let folder = desk.folder.to_str().unwrap();
    let Some(output) = tool(test, "verify_journal.py", &[folder]) else { return };
    let text = printed(&output, 0);
    assert!(text.contains(&format!("root {}\n", head.root)), "{text}");
    let words = [folder, "--flips", FLIPS, "--seed", "4"];
    printed(&tool(test, "flip_journal.py", &words).unwrap(), 0);
}

/// Copies a journal out of memory.
fn dump(desk: &desk::Desk, folder: &Path) {
    for path in desk.inside.files() {
        let to = folder.join(&path);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::write(to, desk.inside.read_file(&path).unwrap()).unwrap();
    }
}

/// Lets the disk fail or lose its power within the next operations; returns whether it is the power.
fn doom(desk: &desk::Desk, dice: &mut Dice) -> bool {
    let at = desk.inside.operations() + dice.below(40);
    let off = dice.below(2) == 0;
    let fault = if off { Fault::PowerCut } else { Fault::InputOutput };
    desk.inside.fail_at(at, fault, Times::Always);
    off
}

/// Lets a journal live through faults and crashes. `seen` is called with what each crash leaves, and, with
/// `true`, behind each opening that met no fault.
fn live(life: u64, dice: &mut Dice, mut seen: impl FnMut(&desk::Desk, bool)) {
    let mut desk = desk::Desk::seeded(life);
    let mut journal = Some(desk.create());
    // Without power nothing works before the crash that it is.
    let mut off = false;
    for opening in 0..OPENINGS {
        if let Some(mut journal) = journal.take() {
            if dice.below(2) == 0 {
                off = doom(&desk, dice);
            }
            for _ in 0..1 + dice.below(11) {
                // Now and then more than a segment has room for.
                let payload = vec![7; usize::try_from(dice.below(1200)).unwrap()];
                let draft = journal::Draft { kind: 7, schema: 1, payload: &payload };
                let drafts = vec![draft; usize::try_from(1 + dice.below(40)).unwrap()];
                let written = journal.append(journal.head().seq, &drafts);
                if written.is_err() || dice.below(5) == 0 && journal.checkpoint().is_err() {
                    break;
                }
            }
            // Each of them may meet the fault: what it leaves is what the next opening finds.
            match dice.below(4) {
                0 => drop(journal.close()),
                1 => drop(journal.seal()),
                _ => {}
            }
        }
        desk.inside.heal();
        if std::mem::take(&mut off) || dice.below(3) > 0 {
            desk.crash(life * 100 + opening);
        }
        if !desk.segments().is_empty() {
            seen(&desk, false);
        }
        if dice.below(5) == 0 {
            let heads = desk.outside.files().into_iter().filter(|path| path.starts_with("heads"));
            heads.for_each(|path| desk.outside.remove(&path).unwrap());
        }
        let doomed = dice.below(3) == 0;
        if doomed {
            off = doom(&desk, dice);
        }
        let name = u8::try_from(2 + opening).unwrap();
        desk.options.fork_id = Some(JournalId([name; 16]));
        journal = desk.open().ok();
        desk.inside.heal();
        if journal.is_some() && !doomed {
            seen(&desk, true);
        }
    }
}

#[test]
fn a_stranger_agrees_about_what_crashes_leave() {
    let root = tempfile::tempdir().unwrap();
    let (mut dice, mut verdicts) = (Dice::new(5), Vec::new());
    for life in 0..LIVES {
        live(life, &mut dice, |desk, opened| {
            let report = verify(&desk.inside, &VerifyOptions::default()).unwrap();
            assert!(report.holds() || !opened, "life {life}: {report}");
            let name = format!("{:04}", verdicts.len());
            dump(desk, &root.path().join(&name));
            verdicts.push((name, report));
        });
    }
    let held = verdicts.iter().filter(|(_, report)| report.holds()).count();
    assert!(held > 50 && verdicts.len() - held > 10, "{held} of {}", verdicts.len());
    let tools = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tools");
    let words = ["-B", "-c", VERIFY_ALL, tools, root.path().to_str().unwrap()];
    let text = match Command::new("python3").args(words).output() {
        Ok(output) => printed(&output, 0),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            println!("SKIPPED a_stranger_agrees_about_what_crashes_leave: no python3");
            return;
        }
        Err(error) => panic!("{error}"),
    };
    assert_eq!(text.lines().count(), verdicts.len());
    for (line, (name, report)) in text.lines().zip(&verdicts) {
        let agrees = line.ends_with(" holds") == report.holds() && line.starts_with(name);
        assert!(agrees, "{line}\n{report}");
    }
}
