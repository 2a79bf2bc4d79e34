//! `backup`, `restore` and `incidents`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::support::{Folder, klines, plimsoll};

/// A kept run over 60 days, and where things lie.
struct Kept {
    folder: Folder,
    journal: String,
}

impl Kept {
    fn new() -> Self {
        let folder = Folder::new();
        let file = folder.write("WAVEUSD-1h-2024.csv", klines(1_440));
        let journal = folder.path().join("journal").to_str().unwrap().to_owned();
        let run = ["backtest", "--data", &file, "--policy", "ema_cross", "--journal", &journal];
        plimsoll(&run).ended(0);
        Self { folder, journal }
    }

    fn at(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// Makes a backup and returns its folder.
    fn backup(&self) -> String {
        let backup = self.at("backup");
        plimsoll(&["backup", &self.journal, "--to", &backup]).ended(0);
        backup
    }
}

fn segments(journal: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(journal.join("segments")).unwrap();
    let mut paths: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    paths.sort_unstable();
    paths
}

#[test]
fn a_backup_is_restored_with_the_same_rows_under_the_same_root() {
    let kept = Kept::new();
    let backup = kept.at("backup");
    let made = plimsoll(&["backup", &kept.journal, "--to", &backup, "--json"]).ended(0).json();
    assert_eq!(made["verified"], true, "{made}");
    let verified = plimsoll(&["audit", "verify", &kept.journal, "--json"]).ended(0).json();
    assert_eq!((&made["entries"], &made["root"]), (&verified["entries"], &verified["root"]));
    let checkpoint = kept
        .folder
        .write("checkpoint", plimsoll(&["audit", "checkpoint", &kept.journal]).ended(0).out);

    let alone = plimsoll(&["restore", &backup, "--verify", "--json"]).ended(0).json();
    assert_eq!((&alone["restored_to"], &alone["root"]), (&serde_json::Value::Null, &made["root"]));
    let state = kept.at("state");
    let restore = ["restore", &backup, "--to", &state, "--verify", "--checkpoint", &checkpoint];
    let said = plimsoll(&restore).ended(0);
    assert!(said.out.contains("the next start goes on under a new journal id"), "{}", said.out);
    assert!(said.out.contains("a checkpoint from outside vouches for the first "), "{}", said.out);
    let journal = format!("{state}/journal");
    for table in ["trades", "orders", "days", "decisions"] {
        let of = |journal: &str| plimsoll(&["export", table, journal]).ended(0).out;
        assert_eq!(of(&kept.journal), of(&journal), "{table}");
    }
    plimsoll(&["replay", &journal]).ended(0);

    plimsoll(&restore).ended(64).complains(&["there is a journal in ", "move it away"]);
    plimsoll(&["backup", &kept.journal, "--to", &backup]).ended(64).complains(&["is not empty"]);
}

#[test]
fn an_altered_byte_in_a_backup_is_named_with_its_entry() {
    let kept = Kept::new();
    let backup = kept.backup();
    let segment = segments(&Path::new(&backup).join("journal")).swap_remove(0);
    let mut bytes = fs::read(&segment).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&segment, &bytes).unwrap();
    let state = kept.at("state");
    let said = plimsoll(&["restore", &backup, "--to", &state, "--verify"]).ended(65);
    // The one that audit names, too.
    let told =
        plimsoll(&["audit", "verify", &format!("{backup}/journal"), "--json"]).ended(2).json();
    let first = &told["findings"][0];
    let entry = format!("entry {}: ", first["seq"]);
    let offset = format!("at offset {}", first["offset"]);
    said.complains(&["damage: segments/", &offset, &entry]);
    assert!(!Path::new(&state).join("journal").exists(), "nothing is restored");
}

#[test]
fn a_backup_that_is_not_whole_is_refused() {
    let kept = Kept::new();
    let backup = kept.backup();
    let manifest = Path::new(&backup).join("backup.json");
    let text = fs::read_to_string(&manifest).unwrap();
    let state = kept.at("state");
    let restore = || plimsoll(&["restore", &backup, "--to", &state]);

    fs::remove_file(&manifest).unwrap();
    restore().ended(65).complains(&["saw no backup.json in ", "wanted a finished backup"]);
    // Fewer entries lie there than the backup was made with.
    let entries: serde_json::Value = serde_json::from_str(&text).unwrap();
    let more = entries["entries"].as_u64().unwrap() + 1;
    let field = |entries: u64| format!("\"entries\": {entries}");
    let claims = text.replace(&field(more - 1), &field(more));
    fs::write(&manifest, claims).unwrap();
    restore().ended(65).complains(&["as backup.json says", "the backup is not whole"]);
    fs::write(&manifest, text.replace("\"format\": 1", "\"format\": 9")).unwrap();
    restore().ended(65).complains(&["saw format 9", "use a newer build"]);
    fs::write(&manifest, &text).unwrap();
    restore().ended(0);
    let nowhere = kept.at("nowhere");
    plimsoll(&["backup", &nowhere, "--to", &kept.at("b")]).ended(65).complains(&["no journal"]);
    assert!(!Path::new(&kept.at("b")).exists());
}

#[test]
fn incidents_are_listed_and_counted_from_a_journal() {
    let kept = Kept::new();
    let stats = plimsoll(&["incidents", "--stats", &kept.journal, "--json"]).ended(0).json();
    let rows = plimsoll(&["export", "incidents", &kept.journal, "--json"]).ended(0).json();
    assert_eq!(stats["all"]["count"], rows.as_array().unwrap().len(), "{stats}");
    assert_eq!(stats["classes"].as_array().unwrap().len(), 6);
    // Hourly bars without a gap: each hour is a cycle, and none is lost.
    let budget = &stats["budget"];
    let scans = budget["scans"].as_u64().unwrap();
    assert!((1_430..=1_441).contains(&scans), "{budget}");
    assert_eq!((&budget["lost"], &budget["kept"]), (&0.into(), &true.into()), "{budget}");
    let said = plimsoll(&["incidents", "--stats", &kept.journal]).ended(0);
    let told = format!(
        "error budget: 0 of {scans} scan cycles lost, 0.000 %, at most 0.5 % allowed: kept"
    );
    assert!(said.out.contains(&told), "{}", said.out);
    let said = plimsoll(&["incidents", &kept.journal]).ended(0);
    assert!(said.out.starts_with("no incident is open as of entry "), "{}", said.out);
    // No hub runs on this state folder: its journal tells.
    let state = kept.folder.path().to_str().unwrap();
    let open = plimsoll(&["incidents", "--state", state, "--json"]).ended(0).json();
    assert_eq!(open, serde_json::json!([]));
    let nowhere = kept.at("nowhere");
    plimsoll(&["incidents", "--state", &nowhere])
        .ended(65)
        .complains(&["no journal in the folder"]);
}

#[test]
fn orders_that_wait_beside_the_state_folder_are_in_its_backup() {
    let folder = Folder::new();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let file = folder.write("WAVEUSD-1h-2024.csv", klines(300));
    let (state, journal, backup) = (at("state"), at("state/journal"), at("backup"));
    let run = ["backtest", "--data", &file, "--policy", "ema_cross", "--journal", &journal];
    plimsoll(&run).ended(0);
    plimsoll(&["kill", "--operator", "ada", "--state", &state]).ended(69);
    folder.write("state.emergency.adopted-1", "{}\n");
    let made = plimsoll(&["backup", &journal, "--to", &backup, "--json"]).ended(0).json();
    assert_eq!(made["emergency"], 2, "{made}");
    plimsoll(&["restore", &backup, "--to", &at("other"), "--verify"]).ended(0);
    for name in ["emergency", "emergency.adopted-1"] {
        let read = |state: &str| fs::read(at(&format!("{state}.{name}"))).unwrap();
        assert_eq!(read("other"), read("state"), "{name}");
        let mode = fs::metadata(at(&format!("other.{name}"))).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{name} is its owner's alone");
    }
    // A kill that waits where it is restored to is not written over.
    fs::create_dir(at("fourth")).unwrap();
    plimsoll(&["kill", "--operator", "bob", "--state", &at("fourth")]).ended(69);
    let before = fs::read(at("fourth.emergency")).unwrap();
    plimsoll(&["restore", &backup, "--to", &at("fourth")])
        .ended(64)
        .complains(&["there is an emergency record in", "fourth.emergency"]);
    assert_eq!(fs::read(at("fourth.emergency")).unwrap(), before);
    folder.write("backup/emergency", "");
    for verify in [&["--verify"][..], &[]] {
        let torn = plimsoll(&[&["restore", &backup, "--to", &at("third")], verify].concat());
        torn.ended(65).complains(&["it is not as backup.json says"]);
    }
    assert!(!Path::new(&at("third.emergency.adopted-1")).exists(), "nothing is written");
}
