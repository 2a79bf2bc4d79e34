//! `entries_on_fresh_data`: no entry is decided, or sent, on bars older than twice their length, or of the future; none is sent
//! behind the time that its decision names, or that an earlier life of the hub decided, and none is long on its way.

use std::collections::BTreeMap;

use types::decision::Action;
use types::entry::{Body, ModeCause, SystemMode};
use types::ids::{Seq, SymbolId};
use types::market::Timeframe;

use super::Need;
use super::judge::{About, Judge};
use crate::case::{Case, Sent};
use crate::clock::seconds;

/// How long behind its command the venue may accept an entry, in seconds at speed 1: two commits of a slow disk, the venue's
/// `recvWindow`, its own time-out of ten seconds.
const LEAVES_SECONDS: i64 = 15;

/// The newest bar of a symbol: when it closed, and its length.
type Newest = BTreeMap<SymbolId, (i64, Timeframe)>;

pub(super) fn judge(case: &Case, judge: &mut Judge) -> Need {
    let entries: BTreeMap<u64, &Sent> =
        case.sent.values().filter(|sent| sent.is_entry()).map(|sent| (sent.seq, sent)).collect();
    let mut newest = Newest::new();
    let mut begun = Seq(0);
    for entry in case.entries() {
        let ts = entry.ts.as_nanos();
        if let Body::Mode(mode) = &entry.body
            && mode.cause == ModeCause::Started
            && mode.mode == SystemMode::Initializing
        {
            begun = entry.seq;
        }
        if let Body::Bar { symbol, timeframe, bar } = &entry.body {
            let closed = bar.open_time.as_nanos().saturating_add(timeframe.nanos());
            let known = newest.entry(*symbol).or_insert((closed, *timeframe));
            // Of bars that close together the shortest says how old the newest price may be.
            if closed > known.0 || (closed == known.0 && *timeframe < known.1) {
                *known = (closed, *timeframe);
            }
        }
        if let Body::Decision(decision) = &entry.body
            && let (Some(symbol), Action::Enter { .. }) = (decision.symbol, &decision.action)
        {
            judge.count("decisions", 1);
            let about = About::entry(entry.seq.0);
            fresh(case, &newest, symbol, ts, ("an entry decided", about), judge);
        }
        if let Some(sent) = entries.get(&entry.seq.0) {
            judge.count("orders", 1);
            let what = ("an entry sent", About::sent(sent));
            judge.want(
                sent.cause > begun,
                About::sent(sent),
                format_args!(
                    "an entry of decision {} behind the start of entry {}",
                    sent.cause.0, begun.0
                ),
                "none that an earlier life decided",
            );
            if let Some((_, Action::Enter { expires: Some(expires), .. }, _)) =
                case.decisions.get(&sent.cause)
            {
                judge.want(
                    entry.ts <= *expires,
                    About::sent(sent),
                    format_args!(
                        "an entry sent {} after its time",
                        seconds(ts.saturating_sub(expires.as_nanos()))
                    ),
                    "none behind the moment its decision names",
                );
            }
            fresh(case, &newest, sent.request.symbol, ts, what, judge);
            on_its_way(case, sent, judge);
        }
    }
    Need::Some("orders")
}

/// What waited for the disk or the venue for long is no longer what was decided.
fn on_its_way(case: &Case, sent: &Sent, judge: &mut Judge) {
    let Some(row) = case.accepted(sent) else { return };
    let takes = row.t.saturating_sub(sent.ts);
    judge.want(
        takes <= case.ledger.market_nanos(LEAVES_SECONDS, row.t),
        About::sent(sent).beside(Some(row)),
        format_args!("an entry accepted {} behind its command", seconds(takes)),
        format_args!("within {LEAVES_SECONDS} s"),
    );
}

/// A bar that closes later than the entry, beyond what the clocks may differ, says nothing of the price at its time.
fn fresh(
    case: &Case,
    newest: &Newest,
    symbol: SymbolId,
    ts: i64,
    (what, about): (&str, About<'_>),
    judge: &mut Judge,
) {
    let Some((closed, timeframe)) = newest.get(&symbol) else {
        judge.find(about, format_args!("{what} without any bar"), "a bar of its symbol");
        return;
    };
    let age = ts.saturating_sub(*closed);
    judge.want(
        age <= 2 * timeframe.nanos(),
        about,
        format_args!("{what} on a bar that closed {} before", seconds(age)),
        format_args!("at most twice its length, {timeframe}"),
    );
    // Clocks differ by wall time: a thousandth of a second of it is most of a second at 900x.
    let apart = case.tolerance.saturating_mul(case.ledger.speed_at(ts));
    judge.want(
        age >= apart.saturating_neg(),
        about,
        format_args!("{what} on a bar that closes {} later", seconds(age.saturating_neg())),
        "a bar that has closed",
    );
}
