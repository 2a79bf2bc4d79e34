//! Downloading from an archive that has bad days.

pub(crate) mod server;

use std::fs;
use std::path::Path;
use std::time::Duration;

use adapters::archive::{
    Archive, ArchiveConfig, ArchiveFile, FetchError, Fetched, Outcome, Period, Told,
};
use types::ids::Symbol;
use types::instrument::Market;
use types::market::Timeframe;

use server::{ArchiveServer, Fault};

const PATH: &str = "data/spot/monthly/klines/BTCUSDT/1h/BTCUSDT-1h-2024-01.zip";
const NAME: &str = "BTCUSDT-1h-2024-01.zip";
const PART: &str = ".BTCUSDT-1h-2024-01.zip.part";
const SIZE: usize = 100_000;

/// One archive file on a server, and a folder to put it in.
struct Case {
    server: ArchiveServer,
    folder: tempfile::TempDir,
    waits: Vec<(String, Duration)>,
}

fn body() -> Vec<u8> {
    (0..SIZE).map(|n| u8::try_from(n % 251).expect("below 251")).collect()
}

fn file() -> ArchiveFile {
    ArchiveFile {
        market: Market::Spot,
        symbol: Symbol::new("BTCUSDT").expect("a symbol"),
        timeframe: Timeframe::H1,
        period: Period { year: 2024, month: 1, day: None },
    }
}

impl Case {
    fn new(faults: impl IntoIterator<Item = Fault>) -> Self {
        let server = ArchiveServer::start();
        server.add(PATH, body());
        server.fail(PATH, faults);
        Self { server, folder: tempfile::tempdir().expect("a folder"), waits: Vec::new() }
    }

    fn fetch(&mut self) -> Result<Fetched, FetchError> {
        let mut config = ArchiveConfig::new(&self.server.base());
        config.tries_max = 4;
        config.wait_first = Duration::from_millis(1);
        config.silence_max = Duration::from_millis(400);
        let archive = Archive::new(config).expect("an address");
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let waits = &mut self.waits;
        let mut told = |told| {
            if let Told::Waiting { why, wait } = told {
                waits.push((why, wait));
            }
        };
        runtime.block_on(archive.fetch(&file(), self.folder.path(), &mut told))
    }

    /// First bytes asked of the file, request by request.
    fn asked(&self) -> Vec<Option<usize>> {
        let asked = self.server.asked();
        asked.into_iter().filter(|asked| asked.path.ends_with(".zip")).map(|a| a.from).collect()
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).expect("the folder");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    fn whole(&self) -> bool {
        self.names() == [NAME] && fs::read(self.folder.path().join(NAME)).ok() == Some(body())
    }
}

#[test]
fn a_file_comes_whole_and_is_not_asked_for_again() {
    let mut case = Case::new([]);
    let fetched = case.fetch().expect("a good day");
    assert_eq!((fetched.outcome, fetched.tries), (Outcome::Downloaded, 1));
    assert_eq!((fetched.bytes, fetched.resumed_from), (SIZE as u64, 0));
    assert!(case.whole());
    assert_eq!(case.asked(), [None]);
    assert_eq!(case.fetch().expect("a good day").outcome, Outcome::Had);
    assert_eq!(case.asked(), [], "its checksum is enough");
}

#[test]
fn what_is_cut_is_gone_on_with() {
    let faults = [Fault::Cut(30_000), Fault::Status(503, None), Fault::Cut(20_000)];
    let mut case = Case::new(faults);
    assert_eq!(case.fetch().expect("it comes in the end").tries, 4);
    assert!(case.whole());
    assert_eq!(case.asked(), [None, Some(30_000), Some(30_000), Some(50_000)]);
    let waits: Vec<u128> = case.waits.iter().map(|(_, wait)| wait.as_millis()).collect();
    assert_eq!(waits, [1, 2, 4]);
    assert!(case.waits[1].0.contains("503"), "{:?}", case.waits);
}

#[test]
fn a_body_of_unknown_length_that_is_cut_is_seen_by_its_checksum() {
    let mut case = Case::new([Fault::CutUnsized(30_000)]);
    case.fetch().expect("it comes in the end");
    assert!(case.whole());
    assert_eq!(case.asked(), [None, None]);
    assert!(case.waits[0].0.contains("checksum"), "{:?}", case.waits);
}

#[test]
fn an_interrupted_run_is_gone_on_with_by_the_next() {
    let mut case = Case::new([const { Fault::Cut(10_000) }; 4]);
    let error = case.fetch().expect_err("four tries, four cuts").to_string();
    assert!(error.contains(PATH) && error.contains("tried 4 times"), "{error}");
    assert_eq!(case.names(), [PART], "no half file under its name");
    case.asked();
    let fetched = case.fetch().expect("a good day");
    assert_eq!((fetched.outcome, fetched.resumed_from), (Outcome::Downloaded, 40_000));
    assert!(case.whole());
    assert_eq!(case.asked(), [Some(40_000)]);
}

#[test]
fn a_server_that_knows_no_ranges_starts_anew() {
    for fault in [Fault::IgnoreRange, Fault::WrongRange] {
        let mut case = Case::new([Fault::Cut(30_000), fault]);
        case.fetch().expect("it comes in the end");
        assert!(case.whole());
    }
}

#[test]
fn a_part_that_was_whole_already_is_only_checked() {
    let mut case = Case::new([]);
    fs::write(case.folder.path().join(PART), body()).expect("a part");
    let fetched = case.fetch().expect("a good day");
    assert_eq!(fetched.resumed_from, SIZE as u64);
    assert!(case.whole());
    assert_eq!(case.asked(), [Some(SIZE)]);
}

#[test]
fn a_part_of_an_older_file_is_thrown_away() {
    for old in [vec![7; 5_000], vec![7; 2 * SIZE]] {
        let mut case = Case::new([]);
        fs::write(case.folder.path().join(PART), old).expect("a part");
        case.fetch().expect("from the start");
        assert!(case.whole());
        assert_eq!(case.asked().last(), Some(&None));
    }
}

#[test]
fn a_file_that_is_not_what_its_checksum_says_is_never_kept() {
    let mut case = Case::new([Fault::Corrupt]);
    case.fetch().expect("the second is right");
    assert!(case.whole());

    let mut case = Case::new([const { Fault::Corrupt }; 9]);
    let error = case.fetch().expect_err("never right");
    assert!(matches!(error, FetchError::Mismatch { .. }), "{error}");
    assert_eq!(case.names(), [""; 0]);
    assert_eq!(case.asked().len(), 2, "twice is enough");
}

#[test]
fn a_damaged_file_is_replaced_and_said_so() {
    let mut case = Case::new([]);
    fs::write(case.folder.path().join(NAME), b"damaged").expect("a file");
    assert!(case.fetch().expect("a good day").replaced);
    assert!(case.whole());
    // While the new one does not come, the old one stays.
    let mut case = Case::new([const { Fault::Status(500, None) }; 9]);
    fs::write(case.folder.path().join(NAME), b"damaged").expect("a file");
    case.fetch().expect_err("a bad day");
    assert_eq!(fs::read(case.folder.path().join(NAME)).expect("the old one"), b"damaged");
}

#[test]
fn a_month_that_is_not_there_is_missing() {
    let mut case = Case::new([]);
    case.server.add_raw(&format!("{PATH}.CHECKSUM"), Vec::new());
    assert!(matches!(case.fetch(), Err(FetchError::Checksum { .. })), "no checksum, no file");
    let mut case = Case::new([]);
    case.server = ArchiveServer::start();
    let fetched = case.fetch().expect("no failure");
    assert_eq!((fetched.outcome, fetched.bytes), (Outcome::Missing, 0));
    assert_eq!(case.names(), [""; 0], "nothing is left behind");
}

#[test]
fn a_server_that_falls_silent_is_asked_again_and_a_slow_one_is_not() {
    let mut case = Case::new([Fault::Stall(30_000)]);
    case.fetch().expect("it comes in the end");
    assert!(case.whole());
    assert_eq!(case.asked(), [None, Some(30_000)]);
    let mut case = Case::new([Fault::Drip(SIZE / 10, 60)]);
    assert_eq!(case.fetch().expect("slow, but it comes").tries, 1);
    assert!(case.whole(), "600 ms in all, never 400 ms without a byte");
}

#[test]
fn a_busy_server_says_when_to_come_back_and_one_that_refuses_is_not_asked_again() {
    let mut case = Case::new([Fault::Status(429, Some(0)), Fault::Status(500, None)]);
    case.fetch().expect("it comes in the end");
    let waits: Vec<u128> = case.waits.iter().map(|(_, wait)| wait.as_millis()).collect();
    assert_eq!(waits, [0, 2]);
    let mut case = Case::new([Fault::Status(403, None)]);
    assert!(matches!(case.fetch(), Err(FetchError::Refused { status: 403, .. })));
    assert_eq!(case.asked().len(), 1);
}

#[test]
fn addresses_that_cannot_be_an_archives() {
    for (base, wanted) in [
        ("http://data.example", "use https"),
        ("ftp://data.example", "wanted `https`"),
        ("data.example", "relative URL"),
        ("https://", "empty host"),
    ] {
        let error = Archive::new(ArchiveConfig::new(base)).expect_err(base).to_string();
        assert!(error.contains(wanted), "{error}");
    }
    assert!(Archive::new(ArchiveConfig::new("http://localhost:1")).is_ok());
    assert!(Archive::new(ArchiveConfig::new("http://[::1]:1")).is_ok());
    assert!(Archive::new(ArchiveConfig::new("https://data.example/mirror/")).is_ok());
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let mut case = Case::new([]);
    let place = case.folder.path().join("file");
    fs::write(&place, b"").expect("a file");
    let error = in_folder(&mut case, &place).expect_err("a file is no folder").to_string();
    assert!(error.contains(&place.display().to_string()), "{error}");
}

fn in_folder(case: &mut Case, folder: &Path) -> Result<Fetched, FetchError> {
    let archive = Archive::new(ArchiveConfig::new(&case.server.base())).expect("an address");
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(archive.fetch(&file(), folder, &mut |_| {}))
}
