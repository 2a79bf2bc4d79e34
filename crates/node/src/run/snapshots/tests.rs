//! Which snapshot a start uses, and that it makes no difference.

use std::sync::Arc;

use hub::budget::BudgetConfig;
use hub::feed::{FeedConfig, SymbolConfig};
use hub::gateway::{Capabilities, Settings};
use hub::permits::Profile;
use hub::system::{Costs, Custody, Speed, Times};
use journal::{Draft, JournalId, Options};
use types::entry::{Body, SCHEMA, Source};
use types::ids::{Asset, Symbol};
use types::market::Timeframe;
use types::num::Money;

use super::*;
use crate::exit::told;
use crate::out::Out;
use crate::run::screen::{Printer, Shown};

const ID: JournalId = JournalId([7; 16]);

fn config() -> HubConfig {
    let symbol = SymbolConfig::new(Symbol::new("BTCUSDT").unwrap(), [Timeframe::M15]);
    HubConfig {
        journal: types::ids::JournalId(ID.0),
        seed: 1,
        engine: String::new(),
        stage: None,
        feed: FeedConfig::new(vec![symbol]),
        settlement: Asset::new("USDT").unwrap(),
        capital: Money::from_units(1_000),
        custody: Custody::Venue,
        gateway: Settings::live("main", Capabilities::binance_spot()),
        budget: BudgetConfig::new(Vec::new()),
        costs: Costs::default(),
        limits: None,
        profile: Profile::Solo,
        safe_mode_cooldown: 1,
        times: Times::default(),
        queue_high: 100,
        speed: Speed::REAL,
    }
}

fn entry(seq: u64) -> Entry {
    let at = TsNanos::EPOCH.plus(i64::try_from(seq).unwrap());
    let body = match seq {
        1 => Body::Genesis { journal: types::ids::JournalId(ID.0), seed: 1 },
        2 => Body::Flow { amount: Money::from_units(1_000) },
        _ => Body::Timer { at },
    };
    Entry { seq: types::ids::Seq(seq), ts_event: at, ts: at, source: Source::Hub, body }
}

/// A journal, and what a start makes of it.
struct Desk {
    _folder: tempfile::TempDir,
    folder: JournalFolder,
}

impl Desk {
    fn with(count: u64) -> Self {
        let temp = tempfile::tempdir().unwrap();
        let folder = JournalFolder::new(&temp.path().join("journal"), None);
        let desk = Self { _folder: temp, folder };
        std::fs::create_dir_all(&desk.folder.path).unwrap();
        let keys = desk.folder.open_keys().unwrap();
        let made = FileJournal::create(desk.folder.disk(), keys, ID, Options::default());
        let mut journal = made.unwrap();
        append(&mut journal, count);
        desk
    }

    fn open(&self) -> FileJournal {
        let keys = self.folder.open_keys().unwrap();
        FileJournal::open(self.folder.disk(), keys, Options::default()).unwrap()
    }

    /// Restores, with what screen and phases are then.
    fn folded(&self, journal: &mut FileJournal) -> (Restored, Screen, Phases) {
        let (mut screen, mut phases) = fresh();
        let config = config();
        let wanted = Wanted {
            folder: &self.folder,
            config: &config,
            screen: &mut screen,
            phases: &mut phases,
            paper: None,
        };
        (restore(wanted, journal).unwrap(), screen, phases)
    }

    /// Restores, and wants the same as from the whole journal.
    fn restore(&self, journal: &mut FileJournal) -> Restored {
        let (restored, screen, phases) = self.folded(journal);
        let of = of(&restored, &screen, &phases);
        hold_against_the_whole(&self.folder, &config(), of).unwrap();
        restored
    }

    /// Takes a snapshot at the journal's end.
    fn snapshot(&self, journal: &mut FileJournal) -> Snapshot {
        let (restored, screen, phases) = self.folded(journal);
        let Head { id, term, .. } = journal.head();
        let state = state(of(&restored, &screen, &phases)).unwrap();
        Snapshot { id, term, range: journal.tree().clone(), hashes: Vec::new(), state }
    }

    fn write(&self, snapshot: &Snapshot) {
        snapshot::write(&*self.folder.disk(), snapshot).unwrap();
    }
}

/// Returns what a start without a paper account folded.
fn of<'a>(restored: &'a Restored, screen: &'a Screen, phases: &'a Phases) -> Folded<'a> {
    Folded { hub: &restored.hub, screen, phases, paper: None }
}

fn fresh() -> (Screen, Phases) {
    let journal = types::ids::JournalId(ID.0);
    let shown = Shown { journal, account: "main".to_owned(), finest: Timeframe::M15 };
    (Screen::new(Printer::start(Out::new(true)).unwrap(), shown), Phases::new(None))
}

fn append(journal: &mut FileJournal, count: u64) {
    let head = journal.head().seq;
    let schema = u16::try_from(SCHEMA).unwrap();
    let entries: Vec<(u16, Vec<u8>)> = (1..=count)
        .map(|n| {
            let entry = entry(head.0 + n);
            let mut bytes = Vec::new();
            entry.encode(&mut bytes);
            (u16::try_from(entry.body.kind()).unwrap(), bytes)
        })
        .collect();
    let drafts: Vec<_> =
        entries.iter().map(|(kind, payload)| Draft { kind: *kind, schema, payload }).collect();
    journal.append(head, &drafts).unwrap();
}

#[test]
fn a_start_folds_what_follows_its_newest_snapshot_alone() {
    let desk = Desk::with(10);
    let mut journal = desk.open();
    let restored = desk.restore(&mut journal);
    assert_eq!((restored.snapshot, restored.folded), (None, 10));
    desk.write(&desk.snapshot(&mut journal));
    append(&mut journal, 5);
    drop(journal);
    let mut journal = desk.open();
    let restored = desk.restore(&mut journal);
    assert_eq!((restored.snapshot, restored.folded, restored.hub.last().0), (Some(10), 5, 15));
    assert!(restored.passed_over.is_empty());
    desk.write(&desk.snapshot(&mut journal));
    let restored = desk.restore(&mut journal);
    assert_eq!((restored.snapshot, restored.folded), (Some(15), 0));
}

#[test]
fn one_that_does_not_fit_is_passed_over_and_says_why() {
    let desk = Desk::with(10);
    let mut journal = desk.open();
    let sound = desk.snapshot(&mut journal);
    desk.write(&sound);
    append(&mut journal, 5);
    let newer = desk.snapshot(&mut journal);
    let build = {
        let mut stored: Stored = postcard::from_bytes(&newer.state).unwrap();
        stored.build = "another".to_owned();
        postcard::to_stdvec(&stored).unwrap()
    };
    let mut other_root = newer.range.clone();
    other_root = CompactRange::from_peaks(15, other_root.peaks().iter().rev().copied().collect())
        .unwrap_or(other_root);
    let earlier: Stored = postcard::from_bytes(&sound.state).unwrap();
    let cases: [(&str, Snapshot); 6] = [
        ("another journal", Snapshot { id: JournalId([8; 16]), ..newer.clone() }),
        ("not those it was taken of", Snapshot { range: other_root, ..newer.clone() }),
        ("not a run's", Snapshot { state: b"backtest".to_vec(), ..newer.clone() }),
        ("of another build, another", Snapshot { state: build, ..newer.clone() }),
        (
            "the state of entry 10",
            Snapshot { state: postcard::to_stdvec(&earlier).unwrap(), ..newer.clone() },
        ),
        ("", newer),
    ];
    for (why, snapshot) in cases {
        desk.write(&snapshot);
        let restored = desk.restore(&mut journal);
        if why.is_empty() {
            assert_eq!((restored.snapshot, restored.folded), (Some(15), 0));
            continue;
        }
        assert_eq!((restored.snapshot, restored.folded), (Some(10), 5), "{why}");
        assert_eq!(restored.passed_over.len(), 1, "{why}");
        assert!(restored.passed_over[0].contains(why), "{:?}", restored.passed_over);
    }
    // Broken, and cut short.
    let path = desk.folder.path.join("snapshots/000000000000000f.snap");
    let whole = std::fs::read(&path).unwrap();
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    for bytes in [&flipped[..], &whole[..whole.len() - 1], b""] {
        std::fs::write(&path, bytes).unwrap();
        let restored = desk.restore(&mut journal);
        assert_eq!((restored.snapshot, restored.passed_over.len()), (Some(10), 1));
    }
    // Of a place that the journal has not come to.
    let beyond = desk.folder.path.join("snapshots/0000000000000fff.snap");
    std::fs::write(beyond, whole).unwrap();
    let restored = desk.restore(&mut journal);
    assert!(restored.passed_over[0].contains("the journal ends at 15"), "{restored:?}");
    assert_eq!(restored.snapshot, Some(10));
}

#[test]
fn the_state_of_another_history_is_noticed() {
    let desk = Desk::with(10);
    let mut journal = desk.open();
    let mut lying = desk.snapshot(&mut journal);
    let mut stored: Stored = postcard::from_bytes(&lying.state).unwrap();
    let mut phases = fresh().1;
    phases.on_entry(TsNanos::EPOCH.plus(77));
    stored.phases = phases.stored().unwrap();
    lying.state = postcard::to_stdvec(&stored).unwrap();
    desk.write(&lying);
    let (restored, screen, phases) = desk.folded(&mut journal);
    let of = of(&restored, &screen, &phases);
    let held = hold_against_the_whole(&desk.folder, &config(), of);
    assert!(held.is_err(), "the test's own comparison sees it");
}

#[tokio::test]
async fn they_are_taken_now_and_then_and_two_are_kept() {
    let desk = Desk::with(3);
    let mut journal = desk.open();
    let mut taken = Snapshots::new(desk.folder.clone(), journal.head(), 0, FailPoints::default());
    assert!(!taken.is_due(0) && !taken.is_due(ENTRIES - 1) && taken.is_due(ENTRIES));
    for _ in 0..4 {
        append(&mut journal, 1);
        let (restored, screen, phases) = desk.folded(&mut journal);
        taken.take(of(&restored, &screen, &phases), journal.tree()).unwrap();
        taken.writing.take().unwrap().await.unwrap().unwrap();
    }
    let disk: Arc<dyn Disk> = desk.folder.disk();
    assert_eq!(snapshot::list(&*disk).unwrap(), [Seq(6), Seq(7)]);
    assert!(!taken.is_due(7 + ENTRIES - 1) && taken.is_due(7 + ENTRIES));
}

#[test]
fn a_fold_that_ends_before_the_journal_does_starts_nothing() {
    let desk = Desk::with(30);
    let mut journal = desk.open();
    append(&mut journal, 1);
    let last = journal.head().seq.0;
    let files = std::fs::read_dir(desk.folder.path.join("segments")).unwrap();
    let newest = files.map(|file| file.unwrap().path()).max().unwrap();
    let mut bytes = std::fs::read(&newest).unwrap();
    let end = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    bytes[end] ^= 1;
    std::fs::write(&newest, bytes).unwrap();
    let (mut screen, mut phases) = fresh();
    let wanted = Wanted {
        folder: &desk.folder,
        config: &config(),
        screen: &mut screen,
        phases: &mut phases,
        paper: None,
    };
    let failed = restore(wanted, &mut journal).expect_err("its last entry cannot be read");
    let why = told(&failed.error);
    assert!(why.starts_with(&format!("entries {last} to {last} of ")), "{why}");
}
