//! `init`: four questions, and a configuration that can be run.

mod answers;
mod text;

use std::fs::OpenOptions;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

use anyhow::Context;
use serde_json::json;

use self::answers::{Answers, Talk, answers};
use self::text::Files;
use crate::cli::{InitArgs, InitMode};
use crate::exit::{Exit, Failure, Outcome};
use crate::out::Out;

/// Asks, writes, and says what comes next.
pub(crate) fn run(args: &InitArgs, out: Out) -> Outcome {
    let limits = args.out.with_file_name("limits.toml");
    if limits == args.out {
        return Err(Failure::usage(
            "--out is limits.toml, wanted another name: the limits get this one",
        ));
    }
    for path in [&args.out, &limits] {
        if !args.force && path.exists() {
            return Err(Failure::usage(format_args!(
                "{} is there already: name another with --out, or add --force",
                path.display()
            )));
        }
    }
    let answers = if io::stdin().is_terminal() {
        let mut talk = Some(Talk { input: &mut io::stdin().lock(), output: &mut io::stderr() });
        answers(args, &mut talk)?
    } else {
        answers(args, &mut None)?
    };
    let files = Files::of(&answers, args.mode.into(), &limits)?;
    write(&limits, &files.limits, args.force)?;
    write(&args.out, &files.config, args.force)?;
    tell(args, &answers, &limits, out)
}

fn tell(args: &InitArgs, answers: &Answers, limits: &Path, out: Out) -> Outcome {
    let (config, limits) = (args.out.display(), limits.display());
    out.json(&json!({
        "config": args.out,
        "limits": limits.to_string(),
        "capital": answers.capital.to_string(),
        "symbols": answers.symbols,
        "never_touch": answers.never_touch,
        "max_daily_loss": answers.loss.to_string(),
        "max_daily_loss_share": answers.loss_share,
    }))?;
    out.line(format_args!("wrote {config} and {limits}"))?;
    out.line(format_args!(
        "a day that lost {} ({} of {}) brings no new entry; what is open then runs to its stops, and a gap can cost more",
        answers.loss, answers.loss_share, answers.capital
    ))?;
    out.line("the limits are unsigned: good for invented money, not for real money")?;
    out.line("next:")?;
    out.line(format_args!("  plimsoll config check {config}"))?;
    if args.mode == InitMode::Testnet {
        out.line("  put the test network's key into PLIMSOLL_KEY and PLIMSOLL_SECRET")?;
    }
    out.line(format_args!("  plimsoll run --config {config}"))?;
    out.line("before real money, all of which could be lost:")?;
    out.line("  plimsoll keys new NAME")?;
    out.line(format_args!("  plimsoll config sign {limits} --key NAME"))?;
    Ok(Exit::Ok)
}

/// Writes a file that is not there yet, or over one where that is wanted.
fn write(path: &Path, text: &str, force: bool) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.write(true);
    if force {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    let written = options.open(path).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.with_context(|| path.display().to_string())?;
    Ok(())
}
