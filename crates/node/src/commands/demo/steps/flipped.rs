//! One bit of a copy of the journal is flipped, and the verifier names the entry.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::Value;

use super::super::Step;
use super::super::shown::Shown;
use super::super::stage::Stage;

pub(in super::super) const FLIPPED: Step = Step {
    name: "flipped",
    title: "one bit of a copy of the journal is flipped: the verifier names the entry",
    run,
};

fn run(stage: &mut Stage) -> anyhow::Result<Shown> {
    let commands = stage.entries("Command")?;
    let seq = commands.first().and_then(|entry| entry["seq"].as_u64()).context("no command")?;
    let copy = stage.state().with_file_name("copy");
    copy_folder(&stage.journal(), &copy)?;
    let (file, at) = flip(&copy, seq)?;
    let shown_copy = copy.display().to_string();
    let (_, said) = stage.plimsoll(&["audit", "verify", &shown_copy, "--json"])?;
    let said: Value = serde_json::from_str(&said).with_context(|| said.clone())?;
    let found = &said["findings"][0];
    let mut shown = Shown::default();
    shown.line(
        "copy",
        format_args!("bit 0 of byte {at} of {} flipped: entry {seq}", file.display()),
    );
    shown.line("verify", found);
    shown.claim("the entry is named", format_args!("{}", found["seq"]), found["seq"] == seq);
    let (code, _) = stage.plimsoll(&["audit", "verify", &stage.journal().display().to_string()])?;
    shown.claim("the journal itself holds", format_args!("exit code {code:?}"), code == Some(0));
    Ok(shown)
}

fn copy_folder(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Flips a bit in the middle of an entry's record: `docs/journal-format.md` says how one begins.
fn flip(journal: &Path, seq: u64) -> anyhow::Result<(PathBuf, usize)> {
    let mut wanted = b"\x01".to_vec();
    wanted.extend(seq.to_le_bytes());
    for entry in fs::read_dir(journal.join("segments"))? {
        let path = entry?.path();
        let mut bytes = fs::read(&path)?;
        let found = bytes.windows(wanted.len()).position(|window| window == wanted);
        let Some(start) = found else { continue };
        let at = start + 40;
        *bytes.get_mut(at).context("the record is too short")? ^= 1;
        fs::write(&path, bytes)?;
        return Ok((path, at));
    }
    anyhow::bail!("no record of entry {seq} in {}", journal.display())
}
