//! What a run kept, folded and decided again: the same to the last byte, or the first place where
//! it is not.

#![expect(clippy::unwrap_used, reason = "in tests a panic is the report")]

use sim::backtest::{
    BacktestError, Fold, Keep, KeepError, Kept, Parted, Replay, ReplayError, Run, RunResult,
    run_kept,
};
use types::canon::Hash;
use types::decision::{Action, ReasonCode};
use types::entry::{Body, Entry};
use types::instrument::Market;
use types::market::Timeframe;

use crate::worlds::{QUICK, config, inputs, made, options};

/// Entries and snapshots in memory; full after so many commits.
#[derive(Debug)]
struct Memory {
    entries: Vec<Vec<u8>>,
    snapshots: Vec<(u64, Vec<u8>)>,
    commits_left: usize,
}

impl Memory {
    fn new(commits: usize) -> Self {
        Self { entries: Vec::new(), snapshots: Vec::new(), commits_left: commits }
    }
}

impl Keep for Memory {
    fn keep(&mut self, after: u64, entries: &[Kept<'_>]) -> Result<(), KeepError> {
        assert_eq!(after, self.entries.len() as u64, "every entry once, in order");
        self.commits_left = self.commits_left.checked_sub(1).ok_or("the disk is full")?;
        for entry in entries {
            assert_eq!(Entry::decode(entry.bytes).unwrap().body.kind(), entry.kind);
            self.entries.push(entry.bytes.to_vec());
        }
        Ok(())
    }

    fn snapshot(&mut self, after: u64, state: &[u8], hash: Hash) -> Result<(), KeepError> {
        assert_eq!(after, self.entries.len() as u64, "a snapshot stands for what is kept");
        assert_eq!(Fold::restore(state)?.state_hash()?, hash);
        self.snapshots.push((after, state.to_vec()));
        Ok(())
    }
}

fn run(policy: &str, memory: &mut Memory) -> Result<RunResult, BacktestError> {
    let series = made(&["BTCUSDT", "ETHUSDT", "XRPUSDT"], Timeframe::M15, 60);
    let config = config(&format!(
        "policy = \"{policy}\"\n[entry]\nthreshold = 40.0\ncost_limit_r = 1.0\n\
         [trend]\nlookback_days = [5, 10]\nvolatility_days = 10\n{QUICK}"
    ));
    let mut inputs = inputs(&series);
    let options = options(&inputs, Market::Spot);
    run_kept(&options, &[Run { config, seed: 1 }], &mut inputs, &mut (), memory)
        .map(|mut outcome| outcome.runs.remove(0))
}

/// Replays stored entries on top of a fold; returns where it stands then.
fn replay(fold: Fold, entries: &[Vec<u8>]) -> Result<Fold, ReplayError> {
    let first = fold.entries() + 1;
    let mut replay = Replay::from(fold);
    for (seq, bytes) in (first..).zip(entries) {
        replay.on_stored(seq, bytes)?;
    }
    replay.finish()?;
    Ok(replay.into_fold())
}

fn parted(entries: &[Vec<u8>]) -> Parted {
    match replay(Fold::default(), entries) {
        Err(ReplayError::Parted(parted)) => *parted,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_policy_replays_to_the_same_hashes_from_the_start_and_from_a_snapshot() {
    for policy in ["confluence", "trend", "ema_cross"] {
        let mut memory = Memory::new(usize::MAX);
        let result = run(policy, &mut memory).unwrap();
        assert!(result.fills > 10, "{policy}: {} fills", result.fills);
        assert_eq!(result.entries, memory.entries.len() as u64);

        let mut whole = replay(Fold::default(), &memory.entries).unwrap();
        assert_eq!(whole.state_hash().unwrap(), result.state_hash, "{policy}");
        assert_eq!(whole.decisions_hash(), result.decisions_hash, "{policy}");
        assert_eq!(whole.books_hash().unwrap(), result.books_hash, "{policy}");
        assert_eq!(whole.decisions(), result.decisions, "{policy}");

        let (at, state) = memory.snapshots.last().unwrap();
        assert_eq!(*at, result.entries, "the end is a snapshot");
        assert_eq!(Fold::restore(state).unwrap().state_hash().unwrap(), result.state_hash);

        // Some entry in the middle, then snapshot and tail.
        let middle = (1..memory.entries.len()).rev().find(|index| {
            let entry = Entry::decode(&memory.entries[*index]).unwrap();
            *index < memory.entries.len() / 2 && matches!(entry.body, Body::Bar { .. })
        });
        let (head, tail) = memory.entries.split_at(middle.unwrap());
        let state = replay(Fold::default(), head).unwrap().snapshot().unwrap();
        let mut resumed = replay(Fold::restore(&state).unwrap(), tail).unwrap();
        assert_eq!(resumed.state_hash().unwrap(), result.state_hash, "{policy}");
        assert_eq!(resumed.decisions_hash(), result.decisions_hash, "{policy}");
        assert_eq!(resumed.entries(), result.entries, "{policy}");
    }
}

#[test]
fn a_changed_missing_or_invented_decision_is_named_with_both_reasons() {
    let mut memory = Memory::new(usize::MAX);
    run("ema_cross", &mut memory).unwrap();
    let entries = &memory.entries;
    let read = |index: usize| Entry::decode(&entries[index]).unwrap();
    let place = (0..entries.len()).find(|index| {
        matches!(&read(*index).body, Body::Decision(decision) if decision.action != Action::Nothing)
    });
    let index = place.unwrap();
    let mut entry = read(index);
    let Body::Decision(decision) = &mut entry.body else { unreachable!() };
    let decided = decision.clone();
    decision.reason.code = ReasonCode::NoSignal;
    let changed = decision.clone();

    let mut edited = entries.clone();
    edited[index].clear();
    entry.encode(&mut edited[index]);
    let seen = parted(&edited);
    assert_eq!(seen.seq, entry.seq);
    assert_eq!(seen.stored, Some(changed));
    assert_eq!(seen.decided, Some(decided.clone()));
    assert!(matches!(
        read(usize::try_from(seen.cause.0 - 1).unwrap()).body,
        Body::InstantClosed { .. }
    ));

    // The decision is the newest entry that is left.
    let seen = parted(&entries[..index]);
    assert_eq!((seen.stored, seen.decided), (None, Some(decided.clone())));

    // Another entry stands where it belongs.
    let mut missing = entries[..index].to_vec();
    let mut next = Vec::new();
    Entry { seq: entry.seq, body: read(index + 1).body, ..read(index + 1) }.encode(&mut next);
    missing.push(next);
    let seen = parted(&missing);
    assert_eq!(seen.decided, Some(decided.clone()));

    // The same decision twice.
    let mut twice = entries[..=index].to_vec();
    let mut again = Vec::new();
    Entry { seq: read(index + 1).seq, ..read(index) }.encode(&mut again);
    let (one, two) = (twice.len() as u64, again.clone());
    twice.push(again);
    let seen = parted(&twice);
    assert_eq!((seen.seq.0, seen.decided), (one + 1, None), "{two:?}");
    assert_eq!(seen.stored, Some(decided));
}

#[test]
fn an_entry_out_of_its_place_and_bytes_that_are_none_are_refused() {
    let mut memory = Memory::new(usize::MAX);
    run("ema_cross", &mut memory).unwrap();
    let mut swapped = memory.entries.clone();
    swapped.swap(1, 2);
    assert!(matches!(
        replay(Fold::default(), &swapped),
        Err(ReplayError::Place { at: 2, says: 3 })
    ));
    let mut cut = memory.entries.clone();
    cut[9].pop();
    assert!(matches!(replay(Fold::default(), &cut), Err(ReplayError::Entry { seq: 10, .. })));
    assert!(Fold::restore(&memory.snapshots[0].1[1..]).is_err());
    assert!(Fold::restore(&[]).is_err());
}

#[test]
fn a_run_whose_entries_cannot_be_kept_ends() {
    let error = run("ema_cross", &mut Memory::new(2)).unwrap_err();
    assert!(matches!(error, BacktestError::Keep(_)), "{error}");
    assert_eq!(error.to_string(), "the run's entries could not be kept: the disk is full");
}
