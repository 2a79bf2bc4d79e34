"""Entries of a journal as messages, and rows of a ledger as events: what verify_histories.py and its parts read all."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Dict, List, Optional, Tuple

SECOND = 1_000_000_000
E8 = 10**8
# The leg and the side of an order.
MAIN, TARGET, BUY = 0, 2, 1
# Kinds of entries, docs/entries.md.
GENESIS, INSTRUMENTS, BAR, MARK, DECISION, COMMAND, REPORT = 1, 3, 10, 11, 20, 21, 22
MODE, OPERATOR, FLOW, FUNDING, LIMITS, INCIDENT, INCIDENT_OVER = 30, 31, 32, 33, 34, 35, 36
BASELINE, PERMIT, AUTHORITY, HISTORY, ADOPTED, STAGE = 37, 38, 39, 40, 41, 42
# Events of a report.
ACCEPTED, REJECTED, FILLED, CANCELLED, EXPIRED, NEVER, CANCEL_REJECTED = 1, 2, 3, 4, 5, 6, 7
# Incidents: an order of unknown outcome, and two that say that a balance does not agree.
OUTCOME_UNKNOWN, BALANCE_SHORT, POSITION_DIFFERS = 1, 8, 10
# Seconds after which a reconciliation has seen a change from outside, at speed 1.
OUTSIDE_S = 180


def varint(data: bytes, at: int) -> Tuple[int, int]:
    """Reads a number and returns it with the place behind it."""
    number = shift = 0
    while True:
        byte = data[at]
        number |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return number & (1 << 64) - 1, at
        if shift >= 70:
            raise ValueError("a number of more than ten bytes")


def message(data: bytes) -> Dict[int, List[Any]]:
    """Reads a message: the values of each field. Numbers are unsigned, all else is bytes."""
    fields: Dict[int, List[Any]] = defaultdict(list)
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, at = varint(data, at)
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
            value, at = int.from_bytes(data[at : at + size], "little"), at + size
        elif wire == 2:
            size, at = varint(data, at)
            value, at = data[at : at + size], at + size
        else:
            raise ValueError(f"a field of wire type {wire}")
        if at > len(data):
            raise ValueError("a field that reaches beyond its message")
        fields[number].append(value)
    return fields


def one(fields: Dict[int, List[Any]], number: int, default: Any = 0) -> Any:
    """Returns the last value of a field."""
    return fields[number][-1] if fields.get(number) else default


def signed(number: int) -> int:
    """Reads 64 bits as a signed number."""
    return number - (1 << 64) if number >> 63 else number


def money(data: bytes) -> int:
    """Reads an amount in 1e-16."""
    return int.from_bytes(data, "big", signed=True)


def event_of(row: Dict[str, Any]) -> str:
    """Returns the word of an event."""
    event = row["event"]
    return event if isinstance(event, str) else next(iter(event))


def trade_of(row: Dict[str, Any]) -> Optional[Dict[str, int]]:
    """Returns the trade of a row, if it is one."""
    return row["event"]["trade"] if event_of(row) == "trade" else None


def is_open(row: Dict[str, Any]) -> bool:
    """Says whether the order can still trade after a row."""
    return row["order"]["status"] in ("PENDING_NEW", "NEW", "PARTIALLY_FILLED")
