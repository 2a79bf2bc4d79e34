"""The rules about what was heard of the venue, in their own words: heard_in_time and difference_real of docs/checker.md. A part of
verify_histories.py, which reads both folders."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Optional

from verify_entries import ACCEPTED, CANCELLED, EXPIRED, FILLED, NEVER, REJECTED
from verify_entries import BALANCE_SHORT, INCIDENT, POSITION_DIFFERS, SECOND, event_of, one, trade_of
from verify_lines import Quiet

if TYPE_CHECKING:
    from verify_histories import Judge, Order

# The words by which a row can have been told: an order that traded or ended had been accepted.
TOLD_BY = {
    "new": (ACCEPTED, FILLED, CANCELLED, EXPIRED),
    "cancelled": (CANCELLED, EXPIRED, REJECTED, NEVER),
    "expired": (CANCELLED, EXPIRED, REJECTED, NEVER),
}
# Three rounds of reconciliation, in seconds at speed 1.
TOLD_WITHIN_S = 180


def judge(judge: "Judge") -> None:
    """Judges both."""
    heard(judge)
    differences(judge)


def heard(judge: "Judge") -> None:
    """What the venue did with our orders is told within three minutes of the hub's life, a fault giving it three more."""
    quiet = Quiet(judge)
    for order in judge.journal.orders.values():
        for row in order.rows():
            place = told_at(order, row)
            if place is None:
                continue
            judge.evidence["told"] += 1
            lasted = quiet.unaware(order.symbol, row["t"], order.told[place])
            longest = TOLD_WITHIN_S * SECOND * judge.ledger.speed_at(row["t"])
            if lasted > longest:
                seen = f"{event_of(row)} told {lasted} ns later"
                judge.find("heard_in_time", place, row["n"], seen, f"at most {longest}")


def told_at(order: "Order", row: Dict[str, Any]) -> Optional[int]:
    """Returns the first entry that tells of a row. What none tells of is nothing_lost's."""
    trade = trade_of(row)
    if trade is not None:
        places: Iterator[int] = (seq for seq, fill in order.fills if one(fill, 1) == trade["trade"])
    else:
        words = TOLD_BY.get(event_of(row), ())
        places = (seq for seq, word in order.heard if word in words)
    return min(places, default=None)


def differences(judge: "Judge") -> None:
    """What is said not to be ours came from outside: as a flow since the journal began, or by somebody else's trade."""
    journal, ledger = judge.journal, judge.ledger
    outside: Dict[str, List[int]] = defaultdict(list)
    for t, account, asset, _ in ledger.flows:
        if account == judge.account and t > journal.first_ts:
            outside[ledger.assets.get(asset, "?")].append(t)
    names = {order.name for order in journal.orders.values()}
    for row in ledger.events:
        theirs = row["order"]
        if trade_of(row) and theirs["account"] == judge.account and theirs["client_id"] not in names:
            outside[ledger.symbols[theirs["symbol"]]["name"]].append(row["t"])
    for entry, fields in journal.kept:
        if entry.kind != INCIDENT or one(fields, 1) not in (BALANCE_SHORT, POSITION_DIFFERS) or not fields.get(2):
            continue
        judge.evidence["differences"] += 1
        # A symbol that the table does not have cannot be judged.
        symbol = one(fields, 2)
        known = journal.symbols[symbol] if symbol < len(journal.symbols) else ()
        causes = [t for name in known for t in outside[name]]
        if known and min(causes, default=entry.ts + judge.tolerance + 1) > entry.ts + judge.tolerance:
            judge.find("difference_real", entry.seq, None, "nothing from outside before it", "a flow, or another's trade")
