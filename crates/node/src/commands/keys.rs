//! `keys`: the keys of operators.

use std::fmt;
use std::io::{self, BufRead, IsTerminal, Read};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;
use types::market::TsNanos;
use zeroize::Zeroizing;

use crate::cli::{KeyArgs, KeyFolderArgs, KeysCommand};
use crate::exit::{Exit, Failure, Kind, Outcome};
use crate::operator_keys::{CodeRefused, KeyFolder, KeyFolderError, Listed, Verifier};
use crate::out::Out;

/// Longest line that is read as a one-time code.
const CODE_BYTES_MAX: u64 = 256;

/// Makes, lists, shows or rotates.
pub(crate) fn run(command: &KeysCommand, out: Out) -> Outcome {
    match command {
        KeysCommand::New(args) => new(args, out),
        KeysCommand::List(args) => list(args, out),
        KeysCommand::Show(args) => show(args, out),
        KeysCommand::Rotate(args) => rotate(args, out),
        KeysCommand::RotateVenue(args) => super::control::act::rotate_venue_key(args, out),
        KeysCommand::Totp(args) => totp(args, out),
        KeysCommand::TryCode(args) => try_code(args, out),
    }
}

/// Opens the folder that is named, or the usual one.
pub(super) fn folder(args: &KeyFolderArgs) -> Result<KeyFolder, Failure> {
    KeyFolder::at(args.dir.as_deref()).config()
}

/// A name that cannot be one is a mistake on the command line, all else one of the folder.
pub(super) fn told(error: KeyFolderError) -> Failure {
    match error {
        KeyFolderError::Name(_) => Failure::usage(error),
        KeyFolderError::There(_)
        | KeyFolderError::Absent(..)
        | KeyFolderError::Mode { .. }
        | KeyFolderError::Form { .. }
        | KeyFolderError::NotKept(_)
        | KeyFolderError::NoPlace
        | KeyFolderError::Random(_)
        | KeyFolderError::Io { .. } => Failure::config(error),
    }
}

fn new(args: &KeyArgs, out: Out) -> Outcome {
    let folder = folder(&args.folder)?;
    let public = folder.create(&args.name).map_err(told)?;
    out.json(&json!({ "name": args.name, "public": public, "folder": folder.path() }))?;
    out.line(format_args!("{} {public}", args.name))?;
    out.line(format_args!("private half in {}, readable by you alone", folder.path().display()))?;
    out.line("trust it with this line under [run]:")?;
    out.line(format_args!("  trusted_keys = [\"{public}\"]"))?;
    Ok(Exit::Ok)
}

fn list(args: &KeyFolderArgs, out: Out) -> Outcome {
    let folder = folder(args)?;
    let keys = folder.list().map_err(told)?;
    out.json(&keys)?;
    if keys.is_empty() {
        out.line(format_args!(
            "no keys in {}: `plimsoll keys new NAME` makes one",
            folder.path().display()
        ))?;
    }
    for Listed { name, public, totp, retired } in &keys {
        let code = if *totp { ", with one-time codes" } else { "" };
        let retired = match retired.len() {
            0 => String::new(),
            n => format!(", {n} retired"),
        };
        out.line(format_args!("{name} {public}{code}{retired}"))?;
    }
    Ok(Exit::Ok)
}

fn show(args: &KeyArgs, out: Out) -> Outcome {
    let key = folder(&args.folder)?.listed(args.name.clone()).map_err(told)?;
    out.json(&key)?;
    out.line(key.public)?;
    key.retired.iter().try_for_each(|old| out.line(format_args!("retired {old}")))?;
    Ok(Exit::Ok)
}

fn rotate(args: &KeyArgs, out: Out) -> Outcome {
    let (old, new) = folder(&args.folder)?.rotate(&args.name).map_err(told)?;
    out.json(&json!({ "name": args.name, "public": new, "retired": old }))?;
    out.line(format_args!("{} {new}", args.name))?;
    out.line(format_args!("retired {old}"))?;
    out.line("put the new one in the place of the old under run.trusted_keys, then sign again what the old one signed")?;
    Ok(Exit::Ok)
}

fn totp(args: &KeyArgs, out: Out) -> Outcome {
    let address = Verifier::create(&folder(&args.folder)?, &args.name).map_err(told)?;
    out.json(&json!({ "name": args.name, "address": *address }))?;
    out.line("give this address to your authenticator now; it is not shown again:")?;
    out.line(&*address)?;
    Ok(Exit::Ok)
}

fn try_code(args: &KeyArgs, out: Out) -> Outcome {
    let verifier = Verifier::open(&folder(&args.folder)?, &args.name).map_err(told)?;
    let code = code(out, "the code that your authenticator shows now")?;
    let why_not = match verifier.accept(&code, unix_seconds()) {
        Ok(()) => None,
        Err(CodeRefused::Failed(error)) => return Err(told(error)),
        Err(refused) => Some(refused.to_string()),
    };
    out.json(&json!({ "name": args.name, "counts": why_not.is_none(), "why_not": why_not }))?;
    match why_not {
        None => out.line("the code counts; it is used up now")?,
        Some(why) => {
            out.line(format_args!("NO: {why}"))?;
            return Ok(Exit::No);
        }
    }
    Ok(Exit::Ok)
}

/// Reads a one-time code from the terminal, where it is asked for in these words, or from what is piped in; never from the command line,
/// which others can see.
pub(super) fn code(out: Out, words: impl fmt::Display) -> Result<Zeroizing<String>, Failure> {
    let input = io::stdin();
    if input.is_terminal() {
        out.note(format_args!("{words}:"));
    }
    let mut line = Zeroizing::new(String::new());
    input.lock().take(CODE_BYTES_MAX).read_line(&mut line)?;
    match line.trim() {
        "" => Err(Failure::usage("no one-time code was given: type it, or pipe it in")),
        code => Ok(Zeroizing::new(code.to_owned())),
    }
}

/// Returns seconds since 1970.
#[expect(
    clippy::disallowed_methods,
    reason = "codes are of the wall clock; no decision rests on it"
)]
pub(super) fn unix_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Returns now, to the second.
pub(super) fn now() -> TsNanos {
    let seconds = i64::try_from(unix_seconds()).unwrap_or(0);
    TsNanos::from_nanos(seconds.saturating_mul(1_000_000_000))
}
