//! `replay`: folds a journal, decides again with this build, compares.

use anyhow::Context as _;
use engine::State;
use journal::snapshot::{Snapshot, SnapshotError};
use journal::{Item, KIND_OWN_MIN, Seq};
use serde_json::{Value, json};
use sim::backtest::{Fold, Parted, Replay, ReplayError};
use types::canon::{self, Hash};
use types::decision::Decision;
use types::entry::Entry;
use types::slot::Engine as _;

use super::entry::{self, Names};
use crate::cli::ReplayArgs;
use crate::exit::{Exit, Failure, Kind as _, Outcome};
use crate::out::Out;
use crate::progress::Progress;
use crate::run::engine_of;
use crate::setup::JournalFolder;
use crate::show;

/// Replays from the start, then from every snapshot of this build.
pub(crate) fn run(args: &ReplayArgs, out: Out) -> Outcome {
    let folder = JournalFolder::new(&args.journal.journal, None);
    let mut names = Names::default();
    let mut fold = match from(&folder, Fold::default(), Seq(1), &mut names)? {
        Ok(fold) => fold,
        Err(parted) => return differs(&folder, &parted, &names, out),
    };
    let state = fold.state_hash()?;
    let snapshots = snapshots(&folder, (state, fold.engine()), &mut names)?;
    let equal = !snapshots.iter().any(|folded| matches!(folded.found, Found::Differs(_)));
    out.json(&json!({
        "equal": equal,
        "entries": fold.entries(),
        "decisions": fold.decisions(),
        "decisions_hash": fold.decisions_hash().to_string(),
        "state_hash": state.to_string(),
        "books_hash": fold.books_hash()?.to_string(),
        "snapshots": snapshots.iter().map(Folded::machine_form).collect::<Vec<_>>(),
    }))?;
    out.line(format_args!(
        "equal: {} and {} decisions, decided again by this build byte for byte",
        entry::entries(fold.entries()),
        show::count(fold.decisions())
    ))?;
    out.line(format_args!("decisions {}", fold.decisions_hash()))?;
    out.line(format_args!("state     {state}"))?;
    for snapshot in &snapshots {
        out.line(snapshot.line())?;
    }
    Ok(if equal { Exit::Ok } else { Exit::No })
}

/// A snapshot, and what folding the tail behind it gave.
struct Folded {
    seq: Seq,
    found: Found,
}

/// What a snapshot was found to be.
enum Found {
    /// With the tail the same as the whole journal.
    Same,
    /// A run's; its engine with the tail is the same as the whole journal's. What it holds beside that, a start looks at.
    SameEngine,
    /// Of another build, or not whole: `audit verify` tells which.
    PassedOver(String),
    /// Not what it stands for, or with the tail something else than the whole journal.
    Differs(String),
}

impl Folded {
    fn line(&self) -> String {
        let seq = self.seq;
        match &self.found {
            Found::Same => format!("snapshot {seq} and the tail behind it: the same state"),
            Found::SameEngine => {
                format!(
                    "snapshot {seq}, a run's, and the tail behind it: the same state of the engine"
                )
            }
            Found::PassedOver(why) => format!("snapshot {seq} passed over: {why}"),
            Found::Differs(how) => format!("snapshot {seq} DIFFERS: {how}"),
        }
    }

    fn machine_form(&self) -> Value {
        let (found, detail) = match &self.found {
            Found::Same => ("same", None),
            Found::SameEngine => ("same_engine", None),
            Found::PassedOver(why) => ("passed_over", Some(why)),
            Found::Differs(how) => ("differs", Some(how)),
        };
        json!({ "seq": self.seq.0, "found": found, "detail": detail })
    }
}

/// Folds from each snapshot to the end: its state has to be the one it stands for, and the end the
/// same as from the start.
fn snapshots(
    folder: &JournalFolder,
    (end, engine): (Hash, &State),
    names: &mut Names,
) -> Result<Vec<Folded>, Failure> {
    let disk = folder.disk();
    let seqs = journal::snapshot::list(&*disk).with_context(|| folder.shown())?;
    let mut folded = Vec::with_capacity(seqs.len());
    for seq in seqs {
        let read = journal::snapshot::read(&*disk, seq);
        if let Ok(snapshot) = &read
            && let Some((last, of_run)) = engine_of(&snapshot.state)
        {
            let found = if last == seq.0 {
                engine_with_tail(folder, of_run, seq, engine)?
            } else {
                Found::Differs(format!("holds the state of entry {last}"))
            };
            folded.push(Folded { seq, found });
            continue;
        }
        let found = match restored(read) {
            Err(found) => found,
            Ok(fold) => match from(folder, fold, seq.next(), names)? {
                Err(parted) => Found::Differs(format!("parts at entry {}", parted.seq.0)),
                Ok(mut fold) => match fold.state_hash()? {
                    hash if hash == end => Found::Same,
                    hash => Found::Differs(format!("ends in the state {hash}")),
                },
            },
        };
        folded.push(Folded { seq, found });
    }
    Ok(folded)
}

/// Folds what follows a run's snapshot into its engine.
fn engine_with_tail(
    folder: &JournalFolder,
    mut engine: State,
    seq: Seq,
    whole: &State,
) -> Result<Found, Failure> {
    let mut reader = folder.read(seq.next())?;
    while let Some(item) = reader.next().with_context(|| folder.shown()).data()? {
        let Item::Entry(stored) = item else { continue };
        if stored.kind < KIND_OWN_MIN {
            engine.evolve(&Entry::decode(stored.payload).with_context(|| folder.shown()).data()?);
        }
    }
    let (engine, whole) = (canon::hash(&engine)?, canon::hash(whole)?);
    Ok(if engine == whole {
        Found::SameEngine
    } else {
        Found::Differs(format!("its engine ends in the state {engine}, the journal's in {whole}"))
    })
}

/// Makes the state of a snapshot, if it is whole, of this build, and what it stands for.
fn restored(read: Result<Snapshot, SnapshotError>) -> Result<Fold, Found> {
    let snapshot = read.map_err(|error| Found::PassedOver(error.to_string()))?;
    let fold = Fold::restore(&snapshot.state);
    let mut fold = fold.map_err(|error| Found::PassedOver(error.to_string()))?;
    match (fold.state_hash(), snapshot.hashes.as_slice()) {
        (Ok(hash), [stands_for]) if stands_for.0 == *hash.as_bytes() => Ok(fold),
        (hash, _) => Err(Found::Differs(format!("holds {hash:?}, which it does not stand for"))),
    }
}

/// Folds from a place on; the first difference is an answer, not an error.
fn from(
    folder: &JournalFolder,
    fold: Fold,
    first: Seq,
    names: &mut Names,
) -> Result<Result<Fold, Parted>, Failure> {
    let mut replay = Replay::from(fold);
    let mut reader = folder.read(first)?;
    let mut progress = Progress::new("replay");
    let mut read = 0_u64;
    loop {
        let item = reader.next().with_context(|| folder.shown()).data()?;
        let done = match item {
            None => replay.finish(),
            // The journal's own entries are not an engine's business.
            Some(Item::Entry(stored)) if stored.kind >= KIND_OWN_MIN => continue,
            Some(Item::Entry(stored)) => {
                if first == Seq(1)
                    && let Ok(entry) = Entry::decode(stored.payload)
                {
                    names.on_entry(&entry);
                }
                replay.on_stored(stored.seq.0, stored.payload)
            }
            Some(Item::Dropped { first, last }) => {
                return Err(Failure::data(format_args!(
                    "entries {first} to {last} were dropped by retention: what they decided cannot \
                     be decided again"
                )));
            }
        };
        let ended = item.is_none();
        match done {
            Ok(()) if ended => return Ok(Ok(replay.into_fold())),
            Ok(()) => read += 1,
            Err(ReplayError::Parted(parted)) => return Ok(Err(*parted)),
            Err(error) => return Err(error).with_context(|| folder.shown()).data(),
        }
        if read.is_multiple_of(4_096) {
            progress.set(read, reader.committed().0.max(read));
        }
    }
}

/// Says where journal and build part, with both reasons.
fn differs(folder: &JournalFolder, parted: &Parted, names: &Names, out: Out) -> Outcome {
    let form = |decision: &Option<Decision>| -> Value { json!(decision) };
    out.json(&json!({
        "equal": false,
        "seq": parted.seq,
        "cause": parted.cause,
        "stored": form(&parted.stored),
        "decided": form(&parted.decided),
    }))?;
    out.line(format_args!(
        "{}: at entry {} this build decides otherwise than the journal says, because of entry {}",
        folder.shown(),
        parted.seq.0,
        parted.cause.0
    ))?;
    for (who, decision) in [("journal", &parted.stored), ("this build", &parted.decided)] {
        out.line(format_args!("{who}:"))?;
        for line in entry::decided(decision.as_ref(), names) {
            out.line(format_args!("  {line}"))?;
        }
    }
    Ok(Exit::No)
}
