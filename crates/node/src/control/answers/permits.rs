//! What is asked for and not granted yet, as people read it: who asked, until when it waits, what would change.

use engine::config::units::Share;
use hub::permits::PermitLine;
use hub::system::Status;
use types::hard_limits::HardLimits;
use types::ids::Symbol;

use super::super::told::{LineTold, PermitTold};
use super::word;

/// Returns what is asked for.
pub(super) fn of(status: &Status) -> Vec<PermitTold> {
    status.permits.iter().map(|asked| told(asked, status.limits.as_ref())).collect()
}

fn told(asked: &PermitLine, now: Option<&HardLimits>) -> PermitTold {
    let changes = now.zip(asked.limits.as_ref()).map(|(now, asked)| changes(now, asked));
    PermitTold {
        kind: word(asked.kind),
        by: asked.by.clone(),
        since: asked.at.to_string(),
        granted_at: asked.due.map(|at| at.to_string()),
        lines: changes.unwrap_or_default(),
    }
}

/// Returns the lines in which two sets of limits differ.
fn changes(now: &HardLimits, asked: &HardLimits) -> Vec<LineTold> {
    let rows = rows(now).into_iter().zip(rows(asked));
    let differ = rows.filter(|((_, now), (_, asked))| now != asked);
    differ.map(|((key, now), (_, asked))| LineTold { key: key.to_owned(), now, asked }).collect()
}

fn rows(limits: &HardLimits) -> [(&'static str, String); 8] {
    let symbols: Vec<&str> = limits.symbols.iter().map(Symbol::as_str).collect();
    [
        ("version", limits.version.to_string()),
        ("order_notional", limits.order_notional.to_string()),
        ("gross_exposure", limits.gross_exposure.to_string()),
        ("open_orders", limits.open_orders.to_string()),
        ("order_rate", limits.orders_per_second.to_string()),
        ("price_collar", Share::of(limits.price_collar).to_string()),
        ("daily_loss", Share::of(limits.daily_loss).to_string()),
        ("symbols", symbols.join(", ")),
    ]
}
