//! A venue's "no": its code and words into what a caller acts on (documentation: *Errors*).

use crate::outcome::{RejectKind, Rejection};
use crate::venues::binance::wire::ErrorAnswer;

/// Words before the name of a filter.
const FILTER: &str = "Filter failure: ";

/// Reads a rejection. The code says little, the words say what it was.
pub(in super::super) fn rejection(answer: &ErrorAnswer<'_>) -> Rejection {
    let message = answer.msg.as_ref();
    let kind = match (answer.code, message) {
        (_, text) if text.starts_with(FILTER) => {
            RejectKind::Filter(text[FILTER.len()..].chars().take(64).collect())
        }
        (_, "Account has insufficient balance for requested action.") => {
            RejectKind::InsufficientBalance
        }
        (_, "Duplicate order sent.") => RejectKind::DuplicateClientOrderId,
        (_, "Order would immediately match and take.") => RejectKind::WouldTrade,
        (_, "Order would trigger immediately.") => RejectKind::WouldTrigger,
        (_, "Market is closed." | "This order type is not possible in this trading phase.") => {
            RejectKind::MarketClosed
        }
        (_, "Unknown order sent.") | (-2013, _) => RejectKind::UnknownOrder,
        (-1121, _) => RejectKind::UnknownSymbol,
        (-1021, _) => RejectKind::Timestamp,
        (-1002 | -1022 | -2014 | -2015, _) => RejectKind::Credentials,
        _ => RejectKind::Other,
    };
    Rejection { code: answer.code, message: message.chars().take(300).collect(), kind }
}

/// Whether a code says that the venue does not know what became of the request.
///
/// -1006 and -1007 are documented so. -1000 ("unknown error while processing") and -1001 ("internal
/// error; unable to process") do not say how far it got, so they are taken for the same.
pub(in super::super) const fn is_unsure(code: i64) -> bool {
    matches!(code, -1000 | -1001 | -1006 | -1007)
}
