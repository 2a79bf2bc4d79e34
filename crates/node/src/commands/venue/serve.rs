//! `venue`: opens market, ledger and faults, serves until it is told to end.

use std::fs;
use std::time::SystemTime;

use anyhow::Context;
use serde_json::json;
use servers::venue::control::{Control, FiredList};
use servers::venue::faults::{Faults, Plan};
use servers::venue::keys::AccountConfig;
use servers::venue::ledger::{Kept, Ledger, LedgerRecorder, Options, Row, Start};
use servers::venue::limits::Limits;
use servers::venue::market::{MarketConfig, Opened, Pacer, Prices, Resume, Speed, open};
use servers::venue::{Venue, VenueConfig, control};
use sim::exchange::book::VenueLimits;
use sim::market::crowd::CrowdConfig;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use types::ids::SymbolId;
use types::market::TsNanos;

use crate::cli::ServeArgs;
use crate::exit::{Exit, Failure, Kind as _, Outcome};
use crate::out::Out;
use crate::setup;

/// Serves until a signal or the control port ends it.
pub(crate) fn run(args: &ServeArgs, out: Out) -> Outcome {
    if args.data.is_empty() && args.generate.is_none() {
        return Err(Failure::usage("a market is wanted: --data FILE|DIR or --generate"));
    }
    for (flag, address) in [("--listen", args.listen), ("--control", args.control)] {
        if !args.allow_remote && !address.ip().is_loopback() {
            return Err(Failure::usage(format_args!(
                "{flag} {address} can be reached from other machines: take a loopback address, or add --allow-remote"
            )));
        }
    }
    let accounts = accounts(args)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(args, accounts, out))
}

/// Reads the accounts of the command line and of the file. Errors never repeat a secret.
fn accounts(args: &ServeArgs) -> Result<Vec<AccountConfig>, Failure> {
    let typed = args.account.iter().map(|account| account.0.parse());
    let mut accounts: Vec<AccountConfig> =
        typed.collect::<Result<_, _>>().map_err(Failure::usage)?;
    let Some(file) = &args.accounts_file else { return Ok(accounts) };
    let name = file.display();
    let text = fs::read_to_string(file).with_context(|| name.to_string()).config()?;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.split('#').next().unwrap_or_default().trim();
        if !line.is_empty() {
            let read = line.parse();
            let read =
                read.map_err(|error| Failure::config(format_args!("{name}:{number}: {error}")));
            accounts.push(read?);
        }
    }
    Ok(accounts)
}

async fn serve(args: &ServeArgs, accounts: Vec<AccountConfig>, out: Out) -> Outcome {
    let mut kept = Kept::default();
    let ledger = keep(args, &mut kept, out)?;
    let config = market(args, &kept)?;
    let plan = plan(args)?;
    let fired = FiredList::default();
    let witness = fired.witness(ledger.clone());
    let opened = open(&config, |start| Faults::new(plan, args.seed, start, Some(witness)));
    let opened = opened.map_err(Failure::data)?;
    let start = started(&config, &opened);
    let other = kept.start.as_ref().map(played).filter(|kept| *kept != played(&start));
    if let Some(other) = &other {
        out.note(format_args!(
            "venue: the ledger was kept over another market, {other}: from here on prices are those of {}",
            played(&start)
        ));
    }
    let Opened { symbols, clock, driver, faults, .. } = opened;
    let recorder =
        ledger.clone().map(|ledger| Box::new(LedgerRecorder::new(ledger, start, &kept)) as Box<_>);
    let venue = Venue::start(VenueConfig {
        listen: args.listen,
        symbols,
        venue_limits: VenueLimits::default(),
        accounts,
        limits: Limits::DOCUMENTED,
        clock,
        driver: Box::new(driver),
        recorder,
        faults: faults.clone(),
        kept: (!kept.accounts.is_empty()).then_some(kept),
    })
    .await
    .map_err(Failure::config)?;
    let shared = venue.shared().clone();
    let (stop, mut stopping) = watch::channel(false);
    let listener = TcpListener::bind(args.control)
        .await
        .with_context(|| format!("cannot listen on {} for the control port", args.control))?;
    let control_address = listener.local_addr()?;
    let pacer = Pacer::new(shared.clone());
    let control =
        Control { shared, pacer, faults, fired, ledger: ledger.clone(), stop: stop.clone() };
    let port = tokio::spawn(control::serve(listener, control));
    // Whoever has read that it is ready may end it.
    let (mut term, mut interrupt) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    ready(args, &venue, control_address, other.as_deref())?;
    tokio::select! {
        _ = term.recv() => {}
        _ = interrupt.recv() => {}
        _ = stopping.wait_for(|stop| *stop) => {}
    }
    let now = venue.shared().clock().now();
    stop.send_replace(true);
    venue.stop().await;
    // Its connections may wait for a market that has stopped.
    port.abort();
    if let Some(ledger) = ledger {
        ledger.append([(now, Row::Stop {})]);
        ledger.close()?;
    }
    Ok(Exit::Ok)
}

/// Opens the ledger, if one is wanted, and adds up what it holds.
fn keep(args: &ServeArgs, kept: &mut Kept, out: Out) -> Result<Option<Ledger>, Failure> {
    let Some(folder) = &args.ledger else { return Ok(None) };
    let (ledger, cut) = Ledger::open(folder, Options::default(), |_, at, row| kept.add(at, row))?;
    if let Some(cut) = cut {
        out.note(format_args!(
            "venue: the ledger's tail was torn: {} bytes cut at byte {} of {}; nothing of it had been answered",
            cut.bytes,
            cut.offset,
            cut.file.display()
        ));
    }
    Ok(Some(ledger))
}

#[expect(clippy::disallowed_methods, reason = "a market in real time begins now")]
fn market(args: &ServeArgs, kept: &Kept) -> Result<MarketConfig, Failure> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    let wall = TsNanos::from_nanos(i64::try_from(since.as_nanos())?);
    let prices = match &args.generate {
        Some(symbols) => Prices::Generated {
            symbols: symbols.clone(),
            origin: TsNanos::EPOCH,
            trends: args.trends.into(),
        },
        None => Prices::Files { paths: args.data.clone(), symbol: args.symbol.clone() },
    };
    let crowd = CrowdConfig {
        seed: args.seed,
        trades_per_minute: args.trades_per_minute,
        beats_per_minute: args.beats_per_minute,
        ..CrowdConfig::default()
    };
    crowd.validate().map_err(Failure::usage)?;
    let resume = kept.start.as_ref().map(|start| Resume {
        at: kept.not_before(),
        shift: start.shift,
        origin: start.origin,
    });
    Ok(MarketConfig {
        prices,
        seed: args.seed,
        speed: args.speed,
        from: args.from,
        crowd,
        instruments: setup::catalogue(args.instruments.as_deref())?,
        wall,
        resume,
    })
}

fn plan(args: &ServeArgs) -> Result<Plan, Failure> {
    let Some(file) = &args.faults else { return Ok(Plan::default()) };
    let text = fs::read_to_string(file)
        .map_err(|error| Failure::config(format_args!("{}: {error}", file.display())))?;
    Plan::from_toml(&text, &file.display().to_string()).map_err(Failure::config)
}

fn started(config: &MarketConfig, opened: &Opened) -> Start {
    Start {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        source: config.prices.words(),
        seed: config.seed,
        speed: match config.speed {
            Speed::Times(n) => Some(n.get()),
            Speed::Max => None,
        },
        at: opened.clock.start(),
        shift: opened.shift,
        origin: opened.origin,
    }
}

/// Returns in words which market a venue plays.
fn played(start: &Start) -> String {
    format!("{}, seed {}", start.source, start.seed)
}

/// Says in one line where it is, and which other market its ledger was kept over.
fn ready(
    args: &ServeArgs,
    venue: &Venue,
    control: std::net::SocketAddr,
    other: Option<&str>,
) -> Result<(), Failure> {
    let address = venue.address();
    let (names, _) = venue.shared().act(|core| {
        let engine = core.engine();
        let all = (0..=u16::MAX).map(SymbolId).take(engine.symbols());
        let rules = all.filter_map(|symbol| engine.rules(symbol));
        rules.map(|rules| rules.instrument.symbol.as_str().to_owned()).collect::<Vec<_>>()
    });
    let speed = match args.speed {
        Speed::Times(n) => json!(n.get()),
        Speed::Max => json!("max"),
    };
    let line = json!({
        "rest": format!("http://{address}"),
        "streams": format!("ws://{address}"),
        "ws_api": format!("ws://{address}/ws-api/v3"),
        "control": format!("http://{control}"),
        "speed": speed,
        "symbols": names,
        "ledger": args.ledger,
        "t": venue.shared().clock().now().as_millis(),
        "other_market": other,
        "simulated": true,
    });
    Ok(Out::new(false).line(line)?)
}
