//! [`Table`]: rows for spreadsheets and programs.

use std::io::Write;
use std::str::FromStr;

use rusqlite::types::ValueRef;
use serde_json::{Map, Number, Value};

use crate::store::{Store, StoreError};

macro_rules! tables {
    ($($(#[$doc:meta])* $name:ident = $table:literal, $order:literal;)+) => {
        /// What can be exported, oldest first.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Table {
            $($(#[$doc])* $name,)+
        }

        impl Table {
            /// Every table.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// Returns its name in the store and on the command line.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $table,)+ }
            }

            /// Returns the columns its rows are sorted by.
            const fn order(self) -> &'static str {
                match self { $(Self::$name => $order,)+ }
            }
        }
    };
}

tables! {
    /// Trades from entry to exit.
    Trades = "trades", "seq";
    /// Executions.
    Fills = "fills", "seq";
    /// Orders and what became of them.
    Orders = "orders", "command_seq, leg, attempt";
    /// Decisions, every "no trade" among them.
    Decisions = "decisions", "seq";
    /// The equity curve, hourly.
    Equity = "equity", "seq";
    /// Deposits, withdrawals, funding.
    Flows = "flows", "seq";
    /// What is held now.
    Positions = "positions", "symbol";
    /// Daily figures.
    Days = "days", "day";
    /// Changes of system mode.
    Modes = "modes", "seq";
    /// What operators did.
    Operators = "operators", "seq";
    /// What does not fit.
    Oddities = "oddities", "seq";
    /// Incidents, with how long each took.
    Incidents = "incidents", "seq";
    /// What risk and the gateway did not let pass.
    Refusals = "refusals", "seq";
    /// Hard limits as they came into force.
    Limits = "limits", "seq";
    /// Steps towards what only people may allow.
    Permits = "permits", "seq";
    /// What of an asset is not ours.
    Baselines = "baselines", "seq";
}

/// A word that names no table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("saw `{seen}`, wanted one of {}", Table::ALL.iter().map(|table| table.name()).collect::<Vec<_>>().join(", "))]
pub struct TableError {
    seen: String,
}

impl FromStr for Table {
    type Err = TableError;

    fn from_str(text: &str) -> Result<Self, TableError> {
        let found = Self::ALL.iter().find(|table| table.name() == text);
        found.copied().ok_or_else(|| TableError { seen: text.to_owned() })
    }
}

/// In which form rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A header line, then a line a row; nothing where there is no value.
    Csv,
    /// An array of objects, one a line.
    Json,
}

impl Store {
    /// Writes the rows of a table; returns how many.
    ///
    /// # Errors
    /// What SQLite or the writer says.
    pub fn export(
        &self,
        table: Table,
        format: Format,
        out: &mut impl Write,
    ) -> Result<u64, StoreError> {
        let query = format!("SELECT * FROM {} ORDER BY {}", table.name(), table.order());
        let mut statement = self.connection.prepare(&query)?;
        let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let mut rows = statement.query([])?;
        match format {
            Format::Csv => csv(&mut rows, &names, out),
            Format::Json => json(&mut rows, &names, out),
        }
    }
}

fn csv(
    rows: &mut rusqlite::Rows<'_>,
    names: &[String],
    out: &mut impl Write,
) -> Result<u64, StoreError> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(names)?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        for column in 0..names.len() {
            match row.get_ref(column)? {
                ValueRef::Null => writer.write_field("")?,
                ValueRef::Integer(number) => writer.write_field(number.to_string())?,
                ValueRef::Real(number) => writer.write_field(number.to_string())?,
                ValueRef::Text(text) | ValueRef::Blob(text) => writer.write_field(text)?,
            }
        }
        writer.write_record(None::<&[u8]>)?;
        count += 1;
    }
    writer.flush()?;
    Ok(count)
}

fn json(
    rows: &mut rusqlite::Rows<'_>,
    names: &[String],
    out: &mut impl Write,
) -> Result<u64, StoreError> {
    let mut count = 0;
    while let Some(row) = rows.next()? {
        let mut object = Map::new();
        for (column, name) in names.iter().enumerate() {
            let value = match row.get_ref(column)? {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(number) => number.into(),
                ValueRef::Real(number) => {
                    Number::from_f64(number).map_or(Value::Null, Value::Number)
                }
                ValueRef::Text(text) | ValueRef::Blob(text) => {
                    String::from_utf8_lossy(text).into_owned().into()
                }
            };
            object.insert(name.clone(), value);
        }
        let start = if count == 0 { "[\n" } else { ",\n" };
        write!(out, "{start}{}", Value::Object(object))?;
        count += 1;
    }
    out.write_all(if count == 0 { b"[]\n" } else { b"\n]\n" })?;
    Ok(count)
}
