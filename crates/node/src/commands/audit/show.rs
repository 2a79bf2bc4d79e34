//! `audit show` and `audit export`: entries for people and for machines.

use anyhow::Context as _;
use journal::format::Own;
use journal::{Item, Seq};
use serde_json::json;
use serde_json::value::{RawValue, to_raw_value};
use types::entry::{Body, Entry};

use crate::cli::{JournalArgs, ShowArgs};
use crate::commands::entry::{self, Names};
use crate::exit::{Exit, Failure, Kind as _, Outcome};
use crate::out::Out;
use crate::progress::Progress;
use crate::setup::JournalFolder;

/// What stands at a place of a journal.
enum Stored {
    /// An entry of ours.
    Entry(Box<Entry>),
    /// One of the journal's own.
    Own(Seq, Own),
    /// Entries of which retention kept the hashes alone.
    Dropped(Seq, Seq),
}

impl Stored {
    fn of(item: &Item<'_>) -> Result<Self, Failure> {
        Ok(match item {
            Item::Dropped { first, last } => Self::Dropped(*first, *last),
            Item::Entry(stored) => {
                let place = || format!("entry {}", stored.seq);
                let own = Own::parse(stored.kind, stored.schema, stored.payload);
                match own.with_context(place).data()? {
                    Some(own) => Self::Own(stored.seq, own),
                    None => {
                        let read = Entry::decode(stored.payload).with_context(place).data()?;
                        Self::Entry(Box::new(read))
                    }
                }
            }
        })
    }

    fn line(&self, names: &Names) -> String {
        match self {
            Self::Entry(entry) => entry::line(entry, names),
            Self::Own(seq, own) => format!("{seq} the journal's own: {own:?}"),
            Self::Dropped(first, last) => format!("{first} to {last} dropped by retention"),
        }
    }

    fn machine_form(&self, names: &Names) -> Box<RawValue> {
        let form = match self {
            Self::Entry(entry) => return entry::machine_form(entry, names),
            Self::Own(seq, own) => json!({
                "seq": seq.0,
                "kind": own_name(own),
                "source": "journal",
                "body": format!("{own:?}"),
            }),
            Self::Dropped(first, last) => {
                json!({ "seq": first.0, "last": last.0, "kind": "Dropped", "source": "journal" })
            }
        };
        to_raw_value(&form).expect("names and numbers can be written as JSON")
    }
}

const fn own_name(own: &Own) -> &'static str {
    match own {
        Own::Cut(_) => "Cut",
        Own::Forked(_) => "Forked",
        Own::KeyRotated(_) => "KeyRotated",
    }
}

/// Shows entries.
pub(crate) fn run(args: &ShowArgs, out: Out) -> Outcome {
    let folder = JournalFolder::new(&args.journal.journal, None);
    let kind = args.kind.as_deref().map(kind_named).transpose()?;
    let (first, last) = match args.seq {
        Some(seq) => (seq, seq),
        None => (args.from, u64::MAX),
    };
    let mut shown = Vec::new();
    let mut reader = folder.read(Seq(1))?;
    let mut names = Names::default();
    while let Some(item) = reader.next().with_context(|| folder.shown()).data()? {
        let (seq, to) = place(&item);
        if to < first && !is_table(&item) {
            continue;
        }
        let stored = Stored::of(&item)?;
        if let Stored::Entry(entry) = &stored {
            names.on_entry(entry);
        }
        if seq > last {
            break;
        }
        if to < first || !fits(&stored, kind, args.symbol.as_deref(), &names) {
            continue;
        }
        if out.is_json() {
            shown.push(stored.machine_form(&names));
        } else {
            out.line(stored.line(&names))?;
            if let (Some(_), Stored::Entry(entry)) = (args.seq, &stored)
                && let Body::Decision(decision) = &entry.body
            {
                for line in super::super::decision::why(decision) {
                    out.line(format_args!("  {line}"))?;
                }
            }
            shown.push(RawValue::NULL.to_owned());
        }
        if shown.len() == args.limit {
            break;
        }
    }
    if let Some(seq) = args.seq
        && shown.is_empty()
    {
        return Err(Failure::usage(format_args!(
            "saw no entry {seq}, the last is {}; or --kind and --symbol leave it out",
            reader.committed()
        )));
    }
    out.json(&shown)?;
    Ok(Exit::Ok)
}

/// Writes all entries as JSON, one a line.
pub(crate) fn export(args: &JournalArgs, out: Out) -> Outcome {
    let folder = JournalFolder::new(&args.journal, None);
    let mut reader = folder.read(Seq(1))?;
    let mut names = Names::default();
    let mut progress = Progress::new("export");
    while let Some(item) = reader.next().with_context(|| folder.shown()).data()? {
        let (seq, _) = place(&item);
        let stored = Stored::of(&item)?;
        if let Stored::Entry(entry) = &stored {
            names.on_entry(entry);
        }
        out.raw(format_args!("{}\n", stored.machine_form(&names)))?;
        if seq % 1_024 == 0 {
            progress.set(seq, seq.saturating_mul(2));
        }
    }
    Ok(Exit::Ok)
}

/// Returns the first and the last place of an item.
const fn place(item: &Item<'_>) -> (u64, u64) {
    match item {
        Item::Entry(entry) => (entry.seq.0, entry.seq.0),
        Item::Dropped { first, last } => (first.0, last.0),
    }
}

/// Whether the entry names the symbols of those behind it.
fn is_table(item: &Item<'_>) -> bool {
    let table = Body::KINDS.iter().find(|(name, _)| *name == "Instruments");
    match (item, table) {
        (Item::Entry(entry), Some((_, number))) => u32::from(entry.kind) == *number,
        (Item::Entry(_) | Item::Dropped { .. }, _) => false,
    }
}

fn kind_named(name: &str) -> Result<u32, Failure> {
    let known = Body::KINDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    known.map(|(_, number)| *number).ok_or_else(|| {
        let names: Vec<&str> = Body::KINDS.iter().map(|(name, _)| *name).collect();
        Failure::usage(format_args!("--kind is {name}, wanted one of {}", names.join(", ")))
    })
}

fn fits(stored: &Stored, kind: Option<u32>, symbol: Option<&str>, names: &Names) -> bool {
    match stored {
        Stored::Entry(entry) => {
            kind.is_none_or(|kind| entry.body.kind() == kind)
                && symbol.is_none_or(|wanted| {
                    entry::symbol(entry, names).is_some_and(|seen| seen == wanted)
                })
        }
        Stored::Own(..) | Stored::Dropped(..) => kind.is_none() && symbol.is_none(),
    }
}
