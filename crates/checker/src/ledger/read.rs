//! Reads a ledger's files in order: chain, groups, and where it ends.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::clock::SECOND;

use super::line::{Chain, Line, chained};
use super::row::{AccountKind, Balance, Event, Order, Record, Row, SymbolStatus};

/// A ledger that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The folder or a file of it.
    #[error("{path} cannot be read")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is no file of a ledger.
    #[error("{0} holds no ledger-00000001.txt: wanted the folder of `plimsoll venue --ledger`")]
    NoLedger(PathBuf),
    /// A file between two others is not there.
    #[error("{path} is not there, but a later file is: a ledger has no gaps")]
    Missing {
        /// Which.
        path: PathBuf,
    },
    /// Something changed that had been on disk.
    #[error("{path} at byte {offset}: {seen}: it changed after it was written")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where in it.
        offset: usize,
        /// What stands there.
        seen: String,
    },
    /// A row that is whole and says something that the format does not have.
    #[error("{path} at byte {offset}: {seen}: wanted a row as docs/venue-ledger.md has it")]
    Row {
        /// The file.
        path: PathBuf,
        /// Where in it.
        offset: usize,
        /// What is wrong with it.
        seen: String,
    },
}

/// An event of a client's order.
#[derive(Clone, Debug)]
pub(crate) struct OrderRow {
    pub(crate) n: u64,
    pub(crate) t: i64,
    pub(crate) order: Order,
    pub(crate) event: Event,
}

/// Money that came in, or went out (below zero), in 1e-16.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flow {
    pub(crate) t: i64,
    pub(crate) account: u32,
    pub(crate) asset: u16,
    pub(crate) amount: i128,
}

/// The terms of a symbol from a time on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    pub(crate) t: i64,
    pub(crate) lot: i64,
    pub(crate) min_qty: i64,
    pub(crate) min_notional: i128,
}

/// A symbol of the venue.
#[derive(Clone, Debug)]
pub(crate) struct SymbolOf {
    pub(crate) name: String,
    pub(crate) base: String,
    pub(crate) quote: String,
    pub(crate) terms: Vec<Terms>,
    pub(crate) status: Vec<(i64, SymbolStatus)>,
}

impl SymbolOf {
    /// Returns the terms in force at a time.
    pub(crate) fn terms_at(&self, t: i64) -> Option<Terms> {
        let known = self.terms.iter().rev().find(|terms| terms.t <= t);
        known.or(self.terms.first()).copied()
    }
}

/// The venue's history.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) rows: u64,
    /// Time of the last row.
    pub(crate) last: i64,
    /// Client accounts by number, with their key.
    pub(crate) clients: BTreeMap<u32, String>,
    pub(crate) assets: BTreeMap<u16, String>,
    pub(crate) symbols: BTreeMap<u16, SymbolOf>,
    /// Events of clients' orders, in order.
    pub(crate) events: Vec<OrderRow>,
    pub(crate) flows: Vec<Flow>,
    /// When faults fired.
    pub(crate) faults: Vec<i64>,
    /// Market seconds in a second from a time on; `None` where the market waits for its clients.
    pub(crate) speeds: Vec<(i64, Option<u32>)>,
    /// Balances at the end.
    pub(crate) balances: BTreeMap<(u32, u16), Balance>,
    /// A tail that was never answered and is no part of it.
    pub(crate) torn: Option<String>,
}

/// Where the chain stands.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    chain: Chain,
    group: u64,
    /// Lines of the group still to come.
    left: u64,
}

impl Ledger {
    /// Reads all of a folder.
    pub(crate) fn read(folder: &Path) -> Result<Self, LedgerError> {
        let count = segments(folder)?;
        let mut ledger = Self::default();
        let mut place = Place::default();
        for number in 1..=count {
            let path = folder.join(name(number));
            let bytes = fs::read(&path).map_err(io_error(&path))?;
            ledger.read_file(&path, &bytes, number == count, &mut place)?;
        }
        Ok(ledger)
    }

    /// Takes rows that never were in a file.
    pub(crate) fn of_rows<'a>(
        rows: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Self, LedgerError> {
        let mut ledger = Self::default();
        for (place, json) in (1..).zip(rows) {
            ledger.take(Path::new("row"), place, json)?;
        }
        Ok(ledger)
    }

    fn read_file(
        &mut self,
        path: &Path,
        bytes: &[u8],
        last: bool,
        place: &mut Place,
    ) -> Result<(), LedgerError> {
        let (mut at, mut whole) = (0, 0);
        let mut pending: Vec<(usize, &[u8])> = Vec::new();
        let mut now = *place;
        let wrong = loop {
            let rest = &bytes[at..];
            if rest.iter().all(|byte| *byte == 0) && pending.is_empty() {
                return Ok(());
            }
            let Some(length) = rest.iter().position(|byte| *byte == b'\n') else {
                break "a line without an end, or a group without its last line";
            };
            let line = match Line::parse(&rest[..length]) {
                Ok(line) => line,
                Err(seen) => break seen,
            };
            if let Err(seen) = now.step(&line) {
                break seen;
            }
            pending.push((at, line.json));
            at += length + 1;
            if now.left == 0 {
                for (offset, json) in pending.drain(..) {
                    self.take(path, offset, json)?;
                }
                (*place, whole) = (now, at);
            }
        };
        if !last || is_followed(&bytes[whole..], place.group + 1) {
            let (path, seen) = (path.to_owned(), wrong.to_owned());
            return Err(LedgerError::Damaged { path, offset: at, seen });
        }
        self.torn = Some(format!(
            "{} from byte {whole} on: a group that was never synced, so never answered",
            path.display()
        ));
        Ok(())
    }

    fn take(&mut self, path: &Path, offset: usize, json: &[u8]) -> Result<(), LedgerError> {
        let wrong = |seen| LedgerError::Row { path: path.to_owned(), offset, seen };
        let record: Record =
            serde_json::from_slice(json).map_err(|error| wrong(error.to_string()))?;
        if record.n != self.rows + 1 {
            return Err(wrong(format!("row {} behind row {}", record.n, self.rows)));
        }
        self.rows = record.n;
        self.last = self.last.max(record.t);
        self.fold(record.n, record.t, record.row).map_err(wrong)
    }

    /// Folds a row. Every branch is here.
    fn fold(&mut self, n: u64, t: i64, row: Row) -> Result<(), String> {
        match row {
            Row::Segment { format, version, segment } => {
                if format != "plimsoll-venue-ledger" || version != 1 {
                    return Err(format!("{format} version {version} in file {segment}"));
                }
            }
            Row::Start { speed } => self.speeds.push((t, speed)),
            Row::Account { account, kind, key } => {
                if kind == AccountKind::Client {
                    self.clients.insert(account, key.unwrap_or_default());
                }
            }
            Row::Asset { asset, name } => {
                self.assets.insert(asset, name);
            }
            Row::Symbol { symbol, name, rules } => {
                let rules = rules.instrument;
                let (lot, min_qty, min_notional) = (rules.lot, rules.min_qty, rules.min_notional);
                let known = self.symbols.entry(symbol).or_insert_with(|| SymbolOf {
                    name,
                    base: rules.base,
                    quote: rules.quote,
                    terms: Vec::new(),
                    status: Vec::new(),
                });
                known.terms.push(Terms { t, lot, min_qty, min_notional });
            }
            Row::Status { symbol, status } => {
                let symbol = self.symbols.get_mut(&symbol).ok_or("the status of no symbol")?;
                symbol.status.push((t, status));
            }
            Row::Order { order, event } => {
                if !self.clients.contains_key(&order.account) {
                    return Err(format!("an order of account {}, which is none", order.account));
                }
                if !self.symbols.contains_key(&order.symbol) {
                    return Err(format!("an order of symbol {}, which is none", order.symbol));
                }
                self.events.push(OrderRow { n, t, order: *order, event });
            }
            Row::Balances { account, balances } => {
                let of = balances.into_iter().map(|(asset, balance)| ((account, asset), balance));
                self.balances.extend(of);
            }
            Row::Flow { account, asset, amount } => {
                self.flows.push(Flow { t, account, asset, amount });
            }
            Row::Fault(_) => self.faults.push(t),
            Row::Control { what } => self.speeds.extend(speed_told(&what).map(|speed| (t, speed))),
            Row::Stop {} | Row::Rights(_) | Row::List(_) | Row::Numbers(_) | Row::Time {} => {}
        }
        Ok(())
    }

    /// Returns the number of an asset.
    pub(crate) fn asset(&self, name: &str) -> Option<u16> {
        self.assets.iter().find(|(_, known)| *known == name).map(|(asset, _)| *asset)
    }

    /// Returns what an account holds of an asset at the end, free and locked.
    pub(crate) fn total(&self, account: u32, asset: u16) -> i128 {
        let balance = self.balances.get(&(account, asset)).copied().unwrap_or_default();
        balance.free.saturating_add(balance.locked)
    }

    /// Returns so many seconds at the market's speed at a time, nanoseconds; as many as there are, if they do not fit.
    pub(crate) fn market_nanos(&self, seconds: i64, t: i64) -> i64 {
        seconds.saturating_mul(SECOND).saturating_mul(self.speed_at(t))
    }

    /// Returns how many market seconds a second has at a time; 1 where the market waits for its clients.
    pub(crate) fn speed_at(&self, t: i64) -> i64 {
        self.told_at(t).flatten().unwrap_or(1).max(1).into()
    }

    fn told_at(&self, t: i64) -> Option<Option<u32>> {
        let known = self.speeds.iter().rev().find(|(from, _)| *from <= t);
        known.or(self.speeds.first()).map(|(_, speed)| *speed)
    }
}

impl Place {
    /// Goes to the next line, if it follows.
    fn step(&mut self, line: &Line<'_>) -> Result<(), &'static str> {
        if line.chain != chained(self.chain, line.json) {
            return Err("a chain that does not follow the row before it");
        }
        let follows = match self.left {
            0 => line.group == self.group + 1,
            left => line.group == self.group && line.left + 1 == left,
        };
        if !follows {
            return Err("a group that does not follow the row before it");
        }
        *self = Self { chain: line.chain, group: line.group, left: line.left };
        Ok(())
    }
}

/// Returns the speed that a row of the control port tells of: `speed 900`, or `speed max` where the market waits.
fn speed_told(what: &str) -> Option<Option<u32>> {
    match what.strip_prefix("speed ")? {
        "max" => Some(None),
        speed => speed.parse().ok().map(Some),
    }
}

/// Returns whether a good line of a later group than `torn` stands in these bytes: then that one was on disk.
fn is_followed(bytes: &[u8], torn: u64) -> bool {
    bytes.split(|byte| *byte == b'\n').any(|piece| {
        // A bent line end joins two lines: a line may begin wherever a checksum could end.
        let blanks = piece.iter().enumerate().filter(|(_, byte)| **byte == b' ');
        let mut starts = blanks.filter_map(|(at, _)| at.checked_sub(8));
        starts.any(|from| Line::parse(&piece[from..]).is_ok_and(|line| line.group > torn))
    })
}

fn name(number: u64) -> String {
    format!("ledger-{number:08}.txt")
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> LedgerError {
    let path = path.to_owned();
    move |source| LedgerError::Io { path, source }
}

/// Returns the number of the last file.
fn segments(folder: &Path) -> Result<u64, LedgerError> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(folder).map_err(io_error(folder))? {
        let entry = entry.map_err(io_error(folder))?;
        let file = entry.file_name();
        let digits =
            file.to_str().and_then(|name| name.strip_prefix("ledger-")?.strip_suffix(".txt"));
        numbers
            .extend(digits.filter(|digits| digits.len() == 8).and_then(|d| d.parse::<u64>().ok()));
    }
    numbers.sort_unstable();
    for (wanted, seen) in (1..).zip(&numbers) {
        if *seen != wanted {
            return Err(LedgerError::Missing { path: folder.join(name(wanted)) });
        }
    }
    numbers.last().copied().ok_or_else(|| LedgerError::NoLedger(folder.to_owned()))
}
