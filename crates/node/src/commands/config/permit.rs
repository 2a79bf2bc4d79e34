//! `config permit-live`: the signed permission to trade with real money.

use std::path::Path;

use anyhow::Context;
use serde_json::json;
use types::num::Money;

use super::evidence;
use super::sign::{earlier, write};
use crate::cli::PermitArgs;
use crate::commands::keys;
use crate::exit::{Exit, Failure, Kind, Outcome};
use crate::files;
use crate::ladder::Earned;
use crate::limits::SignedLimits;
use crate::live::{Permission, floor, raise_floor};
use crate::operator_keys::{OperatorKey, Purpose, Signatures, Verifier, signature_path};
use crate::out::Out;
use crate::run_config::{Mode, ProfileName, RunConfig};

const DAY: i64 = 24 * 3_600 * 1_000_000_000;

/// Writes a permission, or adds a second person's signature to one of the same terms.
pub(super) fn run(args: &PermitArgs, out: Out) -> Outcome {
    let shown = args.file.display();
    let config = RunConfig::open(&args.file).with_context(|| shown.to_string()).config()?;
    if config.run.mode != Mode::Live {
        return Err(Failure::config(format_args!(
            "{shown}: run.mode is not live: nothing needs a permission"
        )));
    }
    let folder = keys::folder(&args.folder)?;
    let key = folder.read(&args.key).map_err(keys::told)?;
    if !config.run.trusted_keys.contains(&key.public()) {
        return Err(Failure::config(format_args!(
            "the key of {} is not among run.trusted_keys: its signature would not count",
            args.key
        )));
    }
    let limits = config.run.limits.as_deref().ok_or_else(|| {
        Failure::config(format_args!("{shown}: saw no run.limits, wanted a signed file of limits"))
    })?;
    let limits = SignedLimits::open(limits, &config.run.trusted_keys, 0).config()?;
    typed(args, limits.limits.gross_exposure)?;
    let earned = evidence::look(args, &config)?;
    code(args, &Verifier::open(&folder, &args.key).map_err(keys::told)?, out)?;
    let path = &config.live.permission;
    let (permission, signatures) = agreed(&config, &limits, args, &key, path)?;
    let text = permission.to_text();
    files::write(path, text.as_bytes()).with_context(|| path.display().to_string())?;
    write(&signature_path(path), &signatures)?;
    raise_floor(path, permission.version).with_context(|| path.display().to_string())?;
    let from = match permission.profile {
        ProfileName::Solo => format!("counts from {} on", permission.alone_from()),
        ProfileName::Team => "counts once two persons have signed".to_owned(),
    };
    out.json(&json!({
        "permission": permission,
        "file": path,
        "signed_by": args.key,
        "earned": earned,
    }))?;
    out.line(format_args!(
        "{}: up to rung {}, capital {}, at {}",
        path.display(),
        permission.rung,
        permission.capital,
        permission.venue
    ))?;
    out.line(format_args!("signed by {}; {from}, until {}", args.key, permission.expires))?;
    let Earned { rung, days, round_trips } = earned;
    out.line(format_args!("earned on rung {rung}: {days} days, {round_trips} round trips"))?;
    out.line(format_args!(
        "anyone may take it back: plimsoll permits cancel go-live --config {shown}"
    ))?;
    Ok(Exit::Ok)
}

/// The amount that will be at stake has to be typed.
fn typed(args: &PermitArgs, stake: Money) -> Result<(), Failure> {
    let typed: Option<Money> = args.stake.parse().ok();
    if typed == Some(stake) {
        return Ok(());
    }
    Err(Failure::usage(format_args!(
        "--stake is {}, wanted the gross_exposure of the limits: type the amount that will be at stake",
        args.stake
    )))
}

fn code(args: &PermitArgs, verifier: &Verifier, out: Out) -> Result<(), Failure> {
    let code = keys::code(out, format_args!("the one-time code of {}", args.key))?;
    verifier.accept(&code, keys::unix_seconds()).map_err(Failure::config)
}

/// Returns the permission and its signatures: that of the first person with another signature, or a new one.
fn agreed(
    config: &RunConfig,
    limits: &SignedLimits,
    args: &PermitArgs,
    key: &OperatorKey,
    path: &Path,
) -> Result<(Permission, Signatures), Failure> {
    let now = keys::now();
    let old = Permission::unsigned(path);
    let lowest = floor(path).config()?.max(1);
    let wanted = Permission {
        version: old.as_ref().map_or(lowest, |old| lowest.max(old.version.saturating_add(1))),
        asked: now,
        expires: now.plus(DAY * i64::from(args.days)),
        profile: config.run.profile,
        venue: config.binance().map(|venue| venue.endpoints.rest).unwrap_or_default(),
        capital: config.run.capital,
        rung: config.live.rung,
        limits_sha256: limits.sha256.clone(),
    };
    if let (Some(old), Some(mut signatures)) = (old, earlier(&signature_path(path))?) {
        let same = Permission {
            version: old.version,
            asked: old.asked,
            expires: old.expires,
            ..wanted.clone()
        } == old;
        let text = old.to_text();
        let team = config.run.profile == ProfileName::Team;
        let open =
            signatures.purpose == Purpose::LivePermission && signatures.fits(text.as_bytes());
        if team && same && open && now < old.expires && old.version >= lowest {
            signatures.add(text.as_bytes(), &args.key, key);
            return Ok((old, signatures));
        }
    }
    let text = wanted.to_text();
    let purpose = Purpose::LivePermission;
    let signatures = Signatures::new(purpose, wanted.version, text.as_bytes(), &args.key, key);
    Ok((wanted, signatures))
}
