//! The tables, as migrations in order. A migration is never changed once it was released: another follows it.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::store::StoreError;

/// One step of the schema.
struct Migration {
    sql: &'static str,
    /// Whether rows made before it lack something or mean something else: they are dropped, to be made again.
    rows_change: bool,
}

const MIGRATIONS: &[Migration] = &[
    Migration { sql: include_str!("migrations/0001.sql"), rows_change: false },
    Migration { sql: include_str!("migrations/0002.sql"), rows_change: true },
];

/// The version of this build.
fn wanted() -> i64 {
    i64::try_from(MIGRATIONS.len()).expect("few migrations")
}

fn version(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}

/// Brings a store to the form of this build. Returns whether rows of an earlier form were dropped.
///
/// # Errors
/// `Newer` if a later build has written it; what SQLite says. A migration is there as a whole or not at all.
pub(crate) fn migrate(connection: &mut Connection) -> Result<bool, StoreError> {
    if version(connection)? == wanted() {
        return Ok(false);
    }
    let mut dropped = false;
    loop {
        // Looked at again inside: two processes may open the same file at once.
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (have, wanted) = (version(&transaction)?, wanted());
        if have > wanted {
            return Err(StoreError::Newer { have, wanted });
        }
        let next = usize::try_from(have).ok().and_then(|have| MIGRATIONS.get(have));
        let Some(migration) = next else { return Ok(dropped) };
        transaction.execute_batch(migration.sql)?;
        if migration.rows_change {
            let held: i64 =
                transaction.query_row("SELECT count(*) FROM progress", [], |row| row.get(0))?;
            dropped |= held > 0;
            clear(&transaction)?;
        }
        transaction.pragma_update(None, "user_version", have + 1)?;
        transaction.commit()?;
    }
}

/// Checks that a store has the form of this build.
///
/// # Errors
/// `Newer` or `Older`; what SQLite says.
pub(crate) fn check(connection: &Connection) -> Result<(), StoreError> {
    let (have, wanted) = (version(connection)?, wanted());
    match have.cmp(&wanted) {
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Greater => Err(StoreError::Newer { have, wanted }),
        std::cmp::Ordering::Less => Err(StoreError::Older { have, wanted }),
    }
}

/// Drops all rows; the tables stay.
pub(crate) fn clear(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    let mut tables = transaction.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?;
    let names: Vec<String> =
        tables.query_map([], |row| row.get(0))?.collect::<Result<_, rusqlite::Error>>()?;
    for name in names {
        transaction.execute(&format!("DELETE FROM \"{name}\""), [])?;
    }
    Ok(())
}
