//! `backup` and `restore`: a journal's copy, verified bit by bit.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use journal::copy::{Copied, CopyError, copy};
use journal::disk::{Disk, RealDisk};
use journal::verify::{Report, VerifyOptions, verify};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::Store;

use super::audit::verify::{key, outside, warn_of_misreads};
use crate::cli::{BackupArgs, RestoreArgs};
use crate::control::emergency;
use crate::exit::{Exit, Failure, Kind as _, Outcome};
use crate::files;
use crate::out::Out;
use crate::progress::Progress;
use crate::setup::{JournalFolder, Watched, store_beside};

/// Says what a backup holds; it is written last, so a backup without it was not finished.
const MANIFEST: &str = "backup.json";

/// Name of the emergency record in a backup.
const EMERGENCY: &str = "emergency";

/// Longest emergency record that is copied.
const EMERGENCY_BYTES_MAX: u64 = 1 << 30;

/// The form of the manifest.
const FORMAT: u32 = 1;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    format: u32,
    /// Name of the journal at its end.
    journal: String,
    /// The last entry of its last whole commit.
    entries: u64,
    /// Root of the tree of that size.
    root: String,
    /// The emergency record beside the state folder, with the ones that were adopted: what follows their name, and SHA-256.
    #[serde(default)]
    emergency: Vec<Kept>,
}

/// A file of the emergency record in a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    /// `emergency`, `emergency.adopted-1` and so on, in the backup; behind the state folder's name and a point at home.
    name: String,
    sha256: String,
}

impl Manifest {
    fn of(copied: &Copied, emergency: Vec<Kept>) -> Self {
        let (journal, root) = (copied.id.to_string(), copied.root.to_string());
        Self { format: FORMAT, journal, entries: copied.size.0, root, emergency }
    }

    /// Returns what of a verified folder is not as it says.
    fn differs(&self, report: &Report) -> Option<String> {
        let root = report.root.map(|root| root.to_string()).unwrap_or_default();
        let id = report.id.map(|id| id.to_string()).unwrap_or_default();
        let seen = (id, report.size.0, root);
        let wanted = (self.journal.clone(), self.entries, self.root.clone());
        (seen != wanted).then(|| {
            format!(
                "saw {} entries of journal {} with root {}, wanted {} of {} with root {}, as {MANIFEST} says: \
                 the backup is not whole, or not of this journal",
                seen.1, seen.0, seen.2, wanted.1, wanted.0, wanted.2
            )
        })
    }
}

/// Copies a journal and verifies the copy.
pub(crate) fn backup(args: &BackupArgs, out: Out) -> Outcome {
    let folder = JournalFolder::new(&args.journal.journal, None);
    drop(folder.read(journal::Seq(1))?);
    let to = args.to.as_path();
    let shown = || to.display().to_string();
    match fs::read_dir(to).map(Iterator::count) {
        Ok(0) => {}
        Ok(_) => {
            let message = format!("{} is not empty, wanted a folder for one backup", shown());
            return Err(Failure::usage(message));
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error).with_context(shown).map_err(Into::into),
    }
    let target = to.join("journal");
    let copied =
        carry(&*folder.disk(), &target, "copying").map_err(|error| told(&folder, error))?;
    let report = look(&target, "verifying the copy", &VerifyOptions::default())?;
    findings(&report, out)?;
    let emergency = keep_emergency(&folder.path, to)?;
    let manifest = Manifest::of(&copied, emergency);
    if let Some(differs) = manifest.differs(&report) {
        return Err(Failure::data(differs));
    }
    write_manifest(to, &manifest).with_context(shown)?;
    out.json(&json!({
        "backup": shown(),
        "journal": manifest.journal,
        "entries": manifest.entries,
        "root": manifest.root,
        "segments": copied.segments,
        "snapshots": copied.snapshots,
        "bodies": copied.bodies,
        "bytes": copied.bytes,
        "emergency": manifest.emergency.len(),
        "verified": true,
    }))?;
    out.line(format_args!(
        "{}: {} entries of journal {}, {} bytes, verified",
        shown(),
        manifest.entries,
        manifest.journal,
        copied.bytes
    ))?;
    out.line(format_args!("root {}: keep it, and the keys, apart from the backup", manifest.root))?;
    Ok(Exit::Ok)
}

/// Verifies a backup and puts it into a state folder.
pub(crate) fn restore(args: &RestoreArgs, out: Out) -> Outcome {
    let source = args.backup.join("journal");
    let manifest = read_manifest(&args.backup)?;
    let checkpoints = args.checkpoint.iter().map(|file| outside(file)).collect::<Result<_, _>>()?;
    let key = args.key.as_deref().map(key).transpose()?;
    let options = VerifyOptions { checkpoints, key };
    let report = look(&source, "verifying the backup", &options)?;
    findings(&report, out)?;
    if let Some(differs) = manifest.differs(&report) {
        return Err(Failure::data(differs));
    }
    let orders = kept_emergency(&args.backup, &manifest)?;
    let rows = match &args.to {
        None => None,
        Some(state) => Some(put((&source, &orders), state, args.verify, &manifest, out)?),
    };
    let vouched = report.vouched.map(|seq| seq.0);
    out.json(&json!({
        "backup": args.backup.display().to_string(),
        "holds": true,
        "journal": manifest.journal,
        "entries": manifest.entries,
        "root": manifest.root,
        "vouched": vouched,
        "restored_to": args.to.as_ref().map(|state| state.display().to_string()),
        "read_back": args.to.is_some() && args.verify,
        "rows_as_of_seq": rows,
        "next_start": args.to.as_ref().map(|_| "forks and reconciles"),
    }))?;
    out.line(format_args!(
        "every bit holds: {} entries of journal {}, root {}",
        manifest.entries, manifest.journal, manifest.root
    ))?;
    out.line(match vouched {
        Some(seq) => format!("a checkpoint from outside vouches for the first {seq}"),
        None => "no checkpoint from outside was given: what vouches for it lies in the backup"
            .to_owned(),
    })?;
    if let (Some(state), Some(rows)) = (&args.to, rows) {
        out.line(format_args!("restored to {}, rows made up to entry {rows}", state.display()))?;
        out.line(
            "the next start goes on under a new journal id (Forked) and reconciles with the venue before it sends anything",
        )?;
    }
    Ok(Exit::Ok)
}

/// Puts a verified backup into a state folder; returns the entry up to which rows were made.
fn put(
    (source, orders): (&Path, &[(&str, Vec<u8>)]),
    state: &Path,
    read_back: bool,
    manifest: &Manifest,
    out: Out,
) -> Result<u64, Failure> {
    let target = state.join("journal");
    let shown = || target.display().to_string();
    if target.exists() {
        let message = format!(
            "there is a journal in {}: move it away, or restore elsewhere",
            state.display()
        );
        return Err(Failure::usage(message));
    }
    // An order to stop may wait there for the next start: none is written over.
    for path in orders.iter().map(|(name, _)| beside(state, name)) {
        if fs::metadata(&path).is_ok_and(|file| file.len() > 0) {
            return Err(Failure::usage(format_args!(
                "there is an emergency record in {}: start a hub on it or move it away, or restore elsewhere",
                path.display()
            )));
        }
    }
    // Under another name until it is whole: a start finds all of it or nothing.
    let part = state.join("journal.restoring");
    if part.exists() {
        fs::remove_dir_all(&part).with_context(|| part.display().to_string())?;
    }
    let backup = JournalFolder::new(source, None);
    carry(&*backup.disk(), &part, "restoring").map_err(|error| told(&backup, error))?;
    if read_back {
        let report = look(&part, "verifying what was restored", &VerifyOptions::default())?;
        findings(&report, out)?;
        if let Some(differs) = manifest.differs(&report) {
            return Err(Failure::data(differs));
        }
    }
    for (name, bytes) in orders {
        let to = beside(state, name);
        files::write_private(&to, bytes).with_context(|| to.display().to_string())?;
    }
    fs::rename(&part, &target).and_then(|()| File::open(state)?.sync_all()).with_context(shown)?;
    let folder = JournalFolder::new(&target, None);
    let path = store_beside(&target);
    let mut store = Store::open(&path).with_context(|| path.display().to_string())?;
    store.drop_rows()?;
    Ok(folder.follow(&mut store)?.seq.0)
}

/// Reads the emergency record of a backup, every bit of which has to be as the manifest says.
fn kept_emergency<'a>(
    backup: &Path,
    manifest: &'a Manifest,
) -> Result<Vec<(&'a str, Vec<u8>)>, Failure> {
    let read = |Kept { name, sha256 }: &'a Kept| {
        let adopted = name.strip_prefix(EMERGENCY).and_then(|rest| rest.strip_prefix(".adopted-"));
        if name != EMERGENCY && adopted.is_none_or(|n| n.parse::<u32>().is_err()) {
            return Err(Failure::data(format_args!(
                "{MANIFEST} names `{name}`, which is no emergency record"
            )));
        }
        let from = backup.join(name);
        let bytes = files::read(&from, EMERGENCY_BYTES_MAX);
        let bytes = bytes.with_context(|| from.display().to_string()).data()?;
        match bytes {
            Some(bytes) if files::sha256(&bytes) == *sha256 => Ok((name.as_str(), bytes)),
            Some(_) | None => Err(Failure::data(format_args!(
                "{}: it is not as {MANIFEST} says: the backup is not whole",
                from.display()
            ))),
        }
    };
    manifest.emergency.iter().map(read).collect()
}

/// Copies the emergency record that lies beside the state folder of a journal.
fn keep_emergency(journal: &Path, to: &Path) -> Result<Vec<Kept>, Failure> {
    let whole = std::path::absolute(journal)?;
    let Some(state) = whole.components().as_path().parent() else { return Ok(Vec::new()) };
    let adopted = (1..).map(|n| format!("{EMERGENCY}.adopted-{n}"));
    let adopted = adopted.take_while(|name| beside(state, name).exists());
    let mut kept = Vec::new();
    for name in std::iter::once(EMERGENCY.to_owned()).chain(adopted) {
        let from = beside(state, &name);
        let bytes = match files::read(&from, EMERGENCY_BYTES_MAX) {
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            read => read.with_context(|| from.display().to_string())?,
        };
        let bytes = bytes.ok_or_else(|| {
            Failure::data(format_args!("{}: longer than any emergency record", from.display()))
        })?;
        // A run keeps room there for what may have to be written.
        if bytes.is_empty() {
            continue;
        }
        let target = to.join(&name);
        files::write_private(&target, &bytes).with_context(|| target.display().to_string())?;
        kept.push(Kept { name, sha256: files::sha256(&bytes) });
    }
    Ok(kept)
}

/// Returns where a file of the emergency record of a state folder lies.
fn beside(state: &Path, name: &str) -> PathBuf {
    let rest = name.strip_prefix(EMERGENCY).unwrap_or_default();
    files::with(&emergency::path(state), rest)
}

/// Copies a journal's folder, with a progress bar.
fn carry(source: &dyn Disk, target: &Path, what: &str) -> Result<Copied, CopyError> {
    let target: Arc<dyn Disk> = Arc::new(RealDisk::new(target));
    let made = target.make_dir("");
    made.map_err(|source| CopyError::To { file: String::new(), source })?;
    let mut progress = Progress::new(what);
    copy(source, &target, |done, total| progress.set(done, total))
}

/// Verifies a folder, with a progress bar.
fn look(folder: &Path, what: &str, options: &VerifyOptions) -> Result<Report, Failure> {
    let disk = Watched::new(Arc::new(RealDisk::new(folder)), what);
    verify(&disk, options).with_context(|| folder.display().to_string()).data()
}

/// Fails with what does not hold, the first of it in words.
fn findings(report: &Report, out: Out) -> Result<(), Failure> {
    warn_of_misreads(report, out);
    let Some(first) = report.findings.first() else { return Ok(()) };
    for finding in report.findings.iter().skip(1) {
        out.note(format_args!("plimsoll: {finding}"));
    }
    Err(Failure::data(format_args!("damage: {first} ({} findings)", report.findings_count)))
}

fn told(folder: &JournalFolder, error: CopyError) -> Failure {
    let exit = match &error {
        CopyError::NoJournal | CopyError::Damage(_) => Exit::Data,
        CopyError::From { .. } | CopyError::To { .. } => Exit::Failure,
    };
    Failure { exit, error: anyhow::Error::from(error).context(folder.shown()) }
}

fn write_manifest(backup: &Path, manifest: &Manifest) -> anyhow::Result<()> {
    let path = backup.join(MANIFEST);
    let mut file = File::create(&path)?;
    file.write_all(serde_json::to_string_pretty(manifest)?.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    File::open(backup)?.sync_all()?;
    Ok(())
}

fn read_manifest(backup: &Path) -> Result<Manifest, Failure> {
    let path: PathBuf = backup.join(MANIFEST);
    let shown = || path.display().to_string();
    let text = match fs::read_to_string(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(Failure::data(format_args!(
                "saw no {MANIFEST} in {}, wanted a finished backup",
                backup.display()
            )));
        }
        read => read.with_context(shown).data()?,
    };
    let manifest: Manifest = serde_json::from_str(&text).with_context(shown).data()?;
    if manifest.format != FORMAT {
        return Err(Failure::data(format_args!(
            "{}: saw format {}, this build knows {FORMAT}: use a newer build",
            shown(),
            manifest.format
        )));
    }
    Ok(manifest)
}
