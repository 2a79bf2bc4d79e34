//! `config sign`: a detached signature beside a file of limits.

use std::io::{self, ErrorKind};
use std::path::Path;

use anyhow::Context;
use serde_json::json;

use crate::cli::SignArgs;
use crate::commands::keys;
use crate::exit::{Exit, Failure, Kind, Outcome};
use crate::files;
use crate::limits::LimitsFile;
use crate::operator_keys::{Purpose, Signatures, signature_path};
use crate::out::Out;

/// Longest file of limits or signatures.
const BYTES_MAX: u64 = 64 * 1024;

/// Signs a file of limits that can be used; a second key adds its signature.
pub(super) fn run(args: &SignArgs, out: Out) -> Outcome {
    let shown = args.file.display();
    let text = read(&args.file).with_context(|| shown.to_string()).config()?;
    let limits = LimitsFile::limits_of(&text).with_context(|| shown.to_string()).config()?;
    let key = keys::folder(&args.folder)?.read(&args.key).map_err(keys::told)?;
    let path = signature_path(&args.file);
    let bytes = text.as_bytes();
    let signatures = match earlier(&path)? {
        Some(mut earlier) if earlier.purpose == Purpose::Limits && earlier.fits(bytes) => {
            earlier.add(bytes, &args.key, &key);
            earlier
        }
        Some(earlier) if earlier.version >= limits.version => {
            return Err(Failure::config(format_args!(
                "{shown}: saw version {}, and version {} with other lines is signed already: raise the version, so that the older \
                 file cannot come back",
                limits.version, earlier.version
            )));
        }
        Some(_) | None => Signatures::new(Purpose::Limits, limits.version, bytes, &args.key, &key),
    };
    write(&path, &signatures)?;
    out.json(&json!({ "file": args.file, "signature": path, "version": limits.version, "key": key.public() }))?;
    out.line(format_args!(
        "{}: version {} of {shown}, signed by {}",
        path.display(),
        limits.version,
        args.key
    ))?;
    out.line(format_args!("  {}", key.public()))?;
    Ok(Exit::Ok)
}

/// Reads the signatures that stand beside the file; what cannot be read counts as none.
pub(super) fn earlier(path: &Path) -> Result<Option<Signatures>, Failure> {
    match read(path) {
        Ok(text) => Ok(Signatures::parse(&text).ok()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| path.display().to_string()).config(),
    }
}

/// Writes the signatures, whole or not at all.
pub(super) fn write(path: &Path, signatures: &Signatures) -> Result<(), Failure> {
    let written = files::write(path, signatures.to_text().as_bytes());
    written.with_context(|| path.display().to_string())?;
    Ok(())
}

/// Reads a text that was or is to be signed.
fn read(path: &Path) -> io::Result<String> {
    let bytes = files::read(path, BYTES_MAX)?;
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    text.ok_or_else(|| io::Error::new(ErrorKind::InvalidData, "no text of at most 64 KiB"))
}
