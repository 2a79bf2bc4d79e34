//! What people ask of a state folder: [`open_orders`], [`positions`], [`incidents`].
//!
//! Rows are as of [`Store::seq`], the entry that the journal was followed to.

use rusqlite::{Connection, Params, Row};
use serde::Serialize;
use types::order::OrderState;

use crate::projections::word;
use crate::store::{Store, StoreError};

/// An order that has not ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OpenOrder {
    /// Place of its command; with leg and attempt its name.
    pub command_seq: u64,
    /// `main`, `stop` or `target`.
    pub leg: String,
    /// How many before it were proven never to have been accepted.
    pub attempt: u8,
    /// When its command was sequenced.
    pub placed_at: String,
    /// What is traded.
    pub symbol: String,
    /// `buy` or `sell`.
    pub side: String,
    /// `limit`, `stop_market` and so on.
    pub kind: String,
    /// The worst price.
    pub price: Option<f64>,
    /// What sets it off.
    pub trigger_price: Option<f64>,
    /// How much.
    pub qty: f64,
    /// How much has traded.
    pub filled: f64,
    /// How long it works.
    pub time_in_force: String,
    /// Whether it can only lower a position.
    pub reduce_only: bool,
    /// Where it is in its life.
    pub state: String,
}

impl OpenOrder {
    /// Returns whether the journal says that it rests at the venue. One that is on its way, in doubt or asked to go may not.
    #[must_use]
    pub fn rests(&self) -> bool {
        let resting = [OrderState::Working, OrderState::PartiallyFilled];
        resting.iter().any(|state| self.state == word(state))
    }
}

/// What is held of a symbol.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Position {
    /// What.
    pub symbol: String,
    /// How much; below zero is short.
    pub qty: f64,
    /// What it was bought for, per unit, without fees.
    pub average_entry: Option<f64>,
    /// Since when.
    pub opened_at: Option<String>,
    /// The newest price.
    pub mark: Option<f64>,
    /// Quantity at that price.
    pub value: Option<f64>,
    /// Profit or loss if it were closed at that price.
    pub unrealised: Option<f64>,
    /// What the symbol has brought so far, after fees.
    pub realised: f64,
    /// Quantity of resting stops on the other side: below the position's, a part is unprotected.
    pub stops: f64,
    /// Quantity of stops there of which the journal does not say whether they rest: on their way, or asked to go.
    pub stops_in_doubt: f64,
}

/// An incident.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IncidentRow {
    /// Its identity: the place of its entry.
    pub id: u64,
    /// When it was seen.
    pub at: String,
    /// `data`, `risk`, `execution`, `model`, `persistence` or `system`.
    pub class: String,
    /// `info`, `warning` or `critical`.
    pub severity: String,
    /// What happened.
    pub kind: String,
    /// On which symbol.
    pub symbol: Option<String>,
    /// To which order: the place of its command.
    pub order: Option<u64>,
    /// To which part of the system.
    pub part: Option<String>,
    /// What was seen.
    pub seen: f64,
    /// What was wanted.
    pub wanted: f64,
    /// Unit of both.
    pub unit: String,
    /// `noted` (over as it was seen), `open` or `over`.
    pub state: String,
    /// When it was over.
    pub over_at: Option<String>,
    /// Whether it ended without a person.
    pub by_itself: Option<bool>,
    /// How long it took.
    pub seconds_to_recover: Option<f64>,
}

/// Which incidents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Those that are not over.
    Open,
    /// So many of the newest, open or not.
    Newest(u32),
}

/// Returns the orders that have not ended, oldest first.
///
/// # Errors
/// What SQLite says.
pub fn open_orders(store: &Store) -> Result<Vec<OpenOrder>, StoreError> {
    let ended = OrderState::ALL.iter().filter(|state| state.is_terminal());
    let ended: Vec<String> = ended.map(|state| format!("'{}'", word(state))).collect();
    let query = format!(
        "SELECT command_seq, leg, attempt, placed_at, symbol, side, kind, price, trigger_price, qty, filled,
                time_in_force, reduce_only, state
         FROM orders WHERE state NOT IN ({}) ORDER BY command_seq, leg, attempt",
        ended.join(", ")
    );
    rows(&store.connection, &query, [], |row| {
        Ok(OpenOrder {
            command_seq: row.get::<_, i64>(0)?.cast_unsigned(),
            leg: row.get(1)?,
            attempt: row.get(2)?,
            placed_at: row.get(3)?,
            symbol: row.get(4)?,
            side: row.get(5)?,
            kind: row.get(6)?,
            price: row.get(7)?,
            trigger_price: row.get(8)?,
            qty: row.get(9)?,
            filled: row.get(10)?,
            time_in_force: row.get(11)?,
            reduce_only: row.get(12)?,
            state: row.get(13)?,
        })
    })
}

/// Returns what is held, by symbol.
///
/// # Errors
/// What SQLite says.
pub fn positions(store: &Store) -> Result<Vec<Position>, StoreError> {
    let orders = open_orders(store)?;
    let query = "SELECT symbol, qty, average_entry, opened_at, mark, value, unrealised, realised
                 FROM positions WHERE qty <> 0 ORDER BY symbol";
    rows(&store.connection, query, [], |row| {
        let (symbol, qty): (String, f64) = (row.get(0)?, row.get(1)?);
        let closes = if qty > 0.0 { "sell" } else { "buy" };
        let stops = |rests: bool| {
            let of = orders.iter().filter(|order| {
                let stops = order.leg == "stop" && order.side == closes;
                order.symbol == symbol && stops && order.rests() == rests
            });
            of.map(|order| order.qty - order.filled).sum()
        };
        let (stops, stops_in_doubt) = (stops(true), stops(false));
        Ok(Position {
            symbol,
            qty,
            average_entry: row.get(2)?,
            opened_at: row.get(3)?,
            mark: row.get(4)?,
            value: row.get(5)?,
            unrealised: row.get(6)?,
            realised: row.get(7)?,
            stops,
            stops_in_doubt,
        })
    })
}

/// Returns incidents, oldest first.
///
/// # Errors
/// What SQLite says.
pub fn incidents(store: &Store, which: Which) -> Result<Vec<IncidentRow>, StoreError> {
    let columns =
        "seq, at, class, severity, kind, symbol, command_seq, part, seen, wanted, unit, state,
                   over_at, by_itself, seconds_to_recover";
    let (query, newest) = match which {
        Which::Open => {
            (format!("SELECT {columns} FROM incidents WHERE state = 'open' ORDER BY seq"), None)
        }
        Which::Newest(count) => (
            format!(
                "SELECT * FROM (SELECT {columns} FROM incidents ORDER BY seq DESC LIMIT ?1) ORDER BY seq"
            ),
            Some(count),
        ),
    };
    rows(&store.connection, &query, rusqlite::params_from_iter(newest), |row| {
        Ok(IncidentRow {
            id: row.get::<_, i64>(0)?.cast_unsigned(),
            at: row.get(1)?,
            class: row.get(2)?,
            severity: row.get(3)?,
            kind: row.get(4)?,
            symbol: row.get(5)?,
            order: row.get::<_, Option<i64>>(6)?.map(i64::cast_unsigned),
            part: row.get(7)?,
            seen: row.get(8)?,
            wanted: row.get(9)?,
            unit: row.get(10)?,
            state: row.get(11)?,
            over_at: row.get(12)?,
            by_itself: row.get(13)?,
            seconds_to_recover: row.get(14)?,
        })
    })
}

fn rows<T>(
    connection: &Connection,
    query: &str,
    params: impl Params,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, StoreError> {
    let mut statement = connection.prepare_cached(query)?;
    let rows = statement.query_map(params, read)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
