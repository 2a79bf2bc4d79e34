//! The tables, as migrations in order. A migration is never changed once it was released: another follows it.

use rusqlite::{Connection, Transaction};

use crate::store::StoreError;

/// One step of the schema.
struct Migration {
    sql: &'static str,
    /// Whether rows made before it have another meaning: they are dropped and made again.
    rows_change: bool,
}

const MIGRATIONS: &[Migration] =
    &[Migration { sql: include_str!("migrations/0001.sql"), rows_change: false }];

/// Brings a store to the form of this build. Returns whether its rows have to be made again.
///
/// # Errors
/// `Newer` if a later build has written it; what SQLite says.
pub(crate) fn migrate(connection: &mut Connection) -> Result<bool, StoreError> {
    let have: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let wanted = i64::try_from(MIGRATIONS.len()).expect("few migrations");
    if have > wanted {
        return Err(StoreError::Newer { have, wanted });
    }
    let mut again = false;
    for (version, migration) in (1_i64..).zip(MIGRATIONS).filter(|(version, _)| *version > have) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(migration.sql)?;
        transaction.pragma_update(None, "user_version", version)?;
        transaction.commit()?;
        again |= migration.rows_change;
    }
    Ok(again)
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
