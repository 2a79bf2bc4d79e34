#!/usr/bin/env python3
"""Holds a hub's journal against the venue's own ledger, a second time and in other words than `plimsoll audit check`.

    python3 tools/verify_histories.py JOURNAL LEDGER [--account NAME] [--slack SECONDS] [--tolerance SECONDS] [--json]

Framing, checksums and hash tree of the journal are read as docs/journal-format.md says (verify_journal.py beside this
file, which shares no line with the program either), messages by entry.proto, field by field; the ledger as
docs/venue-ledger.md says. Judged are the rules of docs/checker.md that are about invariants 1 to 6 and 8, orders_settled, heard_in_time
and difference_real; those about authority, limits and protection are in verify_lines.py, the last two in verify_heard.py.

Exit code 0: all hold. 2: one does not, each finding with entry and row. 3: too little to judge by. 64: usage, 65: a
folder that cannot be read. Python 3.9 or later, standard library only. Nothing in either folder is changed.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import struct
import sys
import zlib
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

import verify_heard
import verify_journal as tree
import verify_lines
from verify_entries import ACCEPTED, CANCELLED, EXPIRED, FILLED, NEVER, REJECTED
from verify_entries import ADOPTED, BASELINE, COMMAND, DECISION, FLOW, GENESIS, INCIDENT, INCIDENT_OVER, INSTRUMENTS, MODE, REPORT
from verify_entries import BALANCE_SHORT, BUY, E8, MAIN, OUTSIDE_S, POSITION_DIFFERS, SECOND, TARGET
from verify_entries import event_of, is_open, message, money, one, signed, trade_of

# Kinds of the journal's own entries, docs/journal-format.md.
OWN_FROM, FORKED = 0xFF00, 0xFF02
ENTER = 1
# Modes.
INITIALIZING, SAFE_MODE = 1, 3
# Seconds before the journal's end that need not be in it, at speed 1.
SLACK_S = 5
OUR_FORM = re.compile("p[a-z2-7]{32}")
RULES = (
    "cause_before_effect",
    "one_authority",
    "intent_once",
    "books_agree",
    "money_conserved",
    "load_line",
    "protected",
    "stops_towards_profit",
    "nothing_lost",
    "orders_settled",
    "heard_in_time",
    "difference_real",
)
# What a rule has to have seen before it can pass.
NEEDS = {
    "nothing_lost": "entries",
    "orders_settled": "commands",
    "money_conserved": "balances",
    "load_line": "weighed",
    "protected": "protected_fills",
    "stops_towards_profit": "stops",
    "heard_in_time": "told",
    "difference_real": "differences",
}
EXIT_HOLDS, EXIT_FAILS, EXIT_THIN, EXIT_USAGE, EXIT_DATA = 0, 2, 3, 64, 65


class Unreadable(Exception):
    """A folder that cannot be judged at all."""


# The journal.


class Entry(NamedTuple):
    """One entry, its payload not read yet."""

    seq: int
    kind: int
    ts: int
    payload: bytes


class OrderId(NamedTuple):
    """Place of the command, leg, attempt."""

    command: int
    leg: int
    attempt: int


def order_id(data: bytes) -> OrderId:
    """Reads an OrderId."""
    fields = message(data)
    return OrderId(one(fields, 1), one(fields, 2), one(fields, 3))


@dataclass
class Order:
    """An order that was commanded, with what was heard of it and the venue's rows."""

    id: OrderId
    seq: int
    ts: int
    cause: int
    symbol: int
    side: int
    qty: int
    reduces: bool
    name: str
    kind: int
    price: Optional[int]
    trigger: Optional[int]
    heard: List[Tuple[int, int]] = field(default_factory=list)
    # When each of them was heard.
    told: Dict[int, int] = field(default_factory=dict)
    fills: List[Tuple[int, Dict[int, List[Any]]]] = field(default_factory=list)
    # The venue's orders under this name: their rows.
    venue: Dict[Tuple[int, int, int], List[Dict[str, Any]]] = field(default_factory=dict)

    def rows(self) -> List[Dict[str, Any]]:
        """Returns all rows of the venue about it, in order."""
        return sorted((row for rows in self.venue.values() for row in rows), key=lambda row: row["n"])

    def end(self) -> Optional[int]:
        """Returns the place of the report by which it ended."""
        for seq, event in self.heard:
            full = event == FILLED and self.filled(seq + 1) >= self.qty
            if full or event in (REJECTED, CANCELLED, EXPIRED, NEVER):
                return seq
        return None

    def is_entry(self) -> bool:
        """Says whether it opens or enlarges a position."""
        return self.id.leg == MAIN and not self.reduces

    def filled(self, before: int) -> int:
        """Returns what has traded by what was heard before a place."""
        return sum(signed(one(fill, 4)) for seq, fill in self.fills if seq < before)

    def claims(self, before: int) -> int:
        """Returns what has traded or can still trade by what was heard before a place."""
        end = self.end()
        over = end is not None and end < before
        return self.filled(before) if over else max(self.qty, self.filled(before))


def writers_of(folder: Path) -> List[int]:
    """Returns the places at which later writers began, as the names of the segments tell."""
    names = sorted(path.stem.split("-") for path in (folder / "segments").glob("*.seg"))
    pairs = [(int(term, 16), int(first, 16)) for term, first in names]
    return [first for (before, _), (term, first) in zip(pairs, pairs[1:]) if term != before]


class Starts:
    """Times in which no hub ran: from the last entry before a start to the mode that ends it."""

    def __init__(self, firsts: Sequence[int]) -> None:
        self.firsts = list(firsts)
        self.since: Optional[int] = None
        self.modes = 0
        self.down: List[Tuple[int, float]] = []

    def at(self, place: int, last: int) -> None:
        """Comes to a place; `last` is the time of the entry before it."""
        while self.firsts and self.firsts[0] <= place:
            self.firsts.pop(0)
            self.begin(last)

    def begin(self, last: int) -> None:
        """A start begins, unless one is under way."""
        self.since = last if self.since is None else self.since
        self.modes = 0

    def on_mode(self, mode: int, last: int, ts: int) -> None:
        """A start inside SAFE_MODE says so at its beginning as well as at its end."""
        if mode == INITIALIZING and self.since is None:
            self.begin(last)
        begins = mode == INITIALIZING or (mode == SAFE_MODE and self.modes == 0)
        self.modes += 1
        if not begins and self.since is not None:
            self.down.append((self.since, ts))
            self.since = None

    def end(self) -> List[Tuple[int, float]]:
        """Returns the stretches; a start that is not over lasts for ever."""
        return self.down + ([(self.since, float("inf"))] if self.since is not None else [])


def journal_entries(folder: Path) -> Iterator[Tuple[int, int, bytes]]:
    """Returns place, kind and payload of each committed entry, up to the first place that does not hold."""
    for path in sorted((folder / "segments").glob("*.seg")):
        data, at, group = path.read_bytes(), tree.HEADER_BYTES, []
        while True:
            try:
                record = tree.parse_record(data, at)
            except tree.Broken:
                return
            if record is None:
                break
            at += tree.FRAME_BYTES + 1 + len(record.body)
            if record.type == tree.ENTRY:
                seq, kind, _ = struct.unpack_from("<QHH", record.body)
                group.append((seq, kind, record.body[12:]))
            elif record.type == tree.COMMIT:
                yield from group
                group = []


class Journal:
    """The hub's history."""

    def __init__(self, folder: Path, account: str) -> None:
        self.account = account.encode()
        self.findings = [f for f in tree.verify(folder) if not repaired(f)]
        self.entries = 0
        self.first_ts = 0
        self.last_ts = 0
        self.kinds: Dict[int, int] = {}
        self.symbols: List[Tuple[str, str, str]] = []
        self.orders: Dict[OrderId, Order] = {}
        self.repeated: List[Tuple[int, OrderId]] = []
        # Reports of orders that no command placed.
        self.stray: List[Tuple[int, Optional[OrderId]]] = []
        self.thinned = False
        self.enters: Dict[int, Tuple[int, int, int, Optional[int]]] = {}
        self.causes: List[Tuple[int, int]] = []
        self.baseline: Dict[str, int] = {}
        self.flows: List[int] = []
        # What somebody else traded and an operator has booked: time, symbol, coins and money in 1e-16.
        self.adopted: List[Tuple[int, int, int, int]] = []
        self.incidents: Dict[int, Tuple[int, Optional[int], Optional[OrderId]]] = {}
        self.unfounded: List[int] = []
        self.incident_orders: Dict[int, Optional[OrderId]] = {}
        self.unreadable: List[Tuple[int, str]] = []
        self.id = b""
        # What the rules of verify_lines.py read again, in order; decisions to enter with their stops.
        self.kept: List[Tuple[Entry, Dict[int, List[Any]]]] = []
        self.stops: Dict[int, Optional[Tuple[bool, int]]] = {}
        self.lots: List[int] = []
        self.writers = writers_of(folder)
        starts = Starts(self.writers)
        for seq, kind, payload in journal_entries(folder):
            self.entries += 1
            starts.at(seq, self.last_ts)
            self.thinned = seq > self.entries
            if kind == FORKED:
                self.id = payload[24:40]
            if kind >= OWN_FROM:
                continue
            try:
                outer = message(payload)
                ts = signed(one(outer, 5))
                self.first_ts = self.first_ts if self.kinds else ts
                self.kinds[seq] = kind
                entry = Entry(seq, kind, ts, one(outer, 7, b""))
                if kind == MODE:
                    starts.on_mode(one(message(entry.payload), 1), self.last_ts, ts)
                self.last_ts = max(self.last_ts, ts)
                self.take(entry)
            except (ValueError, IndexError) as error:
                self.unreadable.append((seq, str(error)))
        self.down = starts.end()

    def take(self, entry: Entry) -> None:
        """Folds an entry."""
        fields = message(entry.payload)
        if entry.kind in verify_lines.KINDS:
            self.kept.append((entry, fields))
        if entry.kind == GENESIS:
            self.id = one(fields, 1, b"")
        elif entry.kind == INSTRUMENTS:
            table = [message(data) for data in fields[1]]
            self.symbols = [tuple(one(i, n, b"").decode() for n in (1, 2, 3)) for i in table]  # type: ignore[misc]
            self.lots = [signed(one(i, 6)) for i in table]
        elif entry.kind == DECISION:
            self.take_decision(entry, fields)
        elif entry.kind == COMMAND:
            self.take_command(entry, fields)
        elif entry.kind == REPORT:
            self.take_report(entry, fields)
        elif entry.kind == FLOW:
            self.flows.append(money(one(fields, 1, b"")))
        elif entry.kind == ADOPTED:
            coins, cash = signed(one(fields, 5)) * E8, money(one(fields, 6, b""))
            self.adopted.append((entry.ts, one(fields, 3), coins, cash))
            kind, symbol, _ = self.incidents.get(one(fields, 4), (None, None, None))
            differs = kind in (BALANCE_SHORT, POSITION_DIFFERS) and symbol == one(fields, 3)
            # Coins that come from outside are nobody's to adopt, and nobody adopts without a reason.
            if not (differs or self.thinned) or coins > 0 or not one(fields, 2, b""):
                self.unfounded.append(entry.seq)
        elif entry.kind == BASELINE:
            self.baseline[one(fields, 1, b"").decode()] = money(one(fields, 2, b""))
        elif entry.kind == INCIDENT:
            order = order_id(one(fields, 3)) if fields.get(3) else None
            self.incident_orders[entry.seq] = order
            self.incidents[entry.seq] = (one(fields, 1), one(fields, 2, None), order)
        elif entry.kind == INCIDENT_OVER:
            self.incidents.pop(one(fields, 1), None)

    def take_decision(self, entry: Entry, fields: Dict[int, List[Any]]) -> None:
        """Keeps decisions to enter: symbol, direction, quantity, worst price."""
        action = message(one(fields, 2, b""))
        if one(action, 1) == ENTER:
            limit = signed(one(action, 4)) if action.get(4) else None
            self.enters[entry.seq] = (one(fields, 1), one(action, 2), signed(one(action, 3)), limit)
            stop = message(action[5][-1]) if action.get(5) else None
            self.stops[entry.seq] = None if stop is None else (bool(one(stop, 1)), signed(one(stop, 2)))

    def take_command(self, entry: Entry, fields: Dict[int, List[Any]]) -> None:
        """Keeps an order that is to be placed."""
        ours, cause = order_id(one(fields, 1, b"")), one(fields, 2)
        self.causes.append((entry.seq, cause))
        if not fields.get(3):
            return
        if ours in self.orders:
            self.repeated.append((entry.seq, ours))
            return
        asked = message(fields[3][-1])
        self.orders[ours] = Order(
            ours,
            entry.seq,
            entry.ts,
            cause,
            one(asked, 1),
            one(asked, 2),
            signed(one(asked, 6)),
            bool(one(asked, 9)),
            self.name_of(ours),
            one(asked, 3),
            signed(one(asked, 4)) if asked.get(4) else None,
            signed(one(asked, 5)) if asked.get(5) else None,
        )

    def take_report(self, entry: Entry, fields: Dict[int, List[Any]]) -> None:
        """Hangs a report on its order."""
        ours = order_id(fields[1][-1]) if fields.get(1) else None
        order = None if ours is None else self.orders.get(ours)
        if order is None:
            self.stray.append((entry.seq, ours))
        else:
            event = one(fields, 2)
            if event == FILLED:
                order.fills.append((entry.seq, message(one(fields, 4, b""))))
            order.heard.append((entry.seq, event))
            order.told[entry.seq] = entry.ts

    def name_of(self, order: OrderId) -> str:
        """Computes a client order id."""
        text = self.id + struct.pack(">Q", len(self.account)) + self.account
        text += struct.pack(">QBB", order.command, order.leg, order.attempt)
        digest = hashlib.sha256(text).digest()[:20]
        return "p" + base64.b32encode(digest).decode().lower()

    def is_excused(self, order: Order) -> bool:
        """Says whether an incident about the order is open."""
        return any(about == order.id for _, _, about in self.incidents.values())


def repaired(finding: tree.Finding) -> bool:
    """Says whether the next opening repairs it by itself: a torn tail, derived and unfinished files."""
    derived = finding.file.startswith("tree/") or finding.file.endswith(".new")
    return derived or any(f"({kind}" in finding.seen for kind in ("torn", "a torn"))


# The ledger.


class Ledger:
    """The venue's history."""

    def __init__(self, folder: Path) -> None:
        self.rows = 0
        self.last = 0
        self.clients: Dict[int, str] = {}
        self.assets: Dict[int, str] = {}
        self.symbols: Dict[int, Dict[str, Any]] = {}
        self.events: List[Dict[str, Any]] = []
        self.flows: List[Tuple[int, int, int, int]] = []
        self.faults: List[int] = []
        # By symbol: rules and status, each with its time.
        self.terms: Dict[int, List[Tuple[int, Dict[str, Any]]]] = defaultdict(list)
        self.status: Dict[int, List[Tuple[int, str]]] = defaultdict(list)
        self.speeds: List[Tuple[int, Optional[int]]] = []
        self.balances: Dict[Tuple[int, int], int] = {}
        files = sorted(folder.glob("ledger-*.txt"))
        if not files:
            raise Unreadable(f"saw no ledger in {folder}")
        for n, t, kind, fields in ledger_rows(files):
            self.rows, self.last = n, max(self.last, t)
            self.take(n, t, kind, fields)

    def take(self, n: int, t: int, kind: str, fields: Dict[str, Any]) -> None:
        """Folds a row."""
        if kind == "start":
            self.speeds.append((t, fields["speed"]))
        elif kind == "control" and fields["what"].startswith("speed "):
            what = fields["what"][6:]
            self.speeds.append((t, int(what) if what.isdigit() else None))
        elif kind == "account" and fields["kind"] == "client":
            self.clients[fields["account"]] = fields["key"]
        elif kind == "asset":
            self.assets[fields["asset"]] = fields["name"]
        elif kind == "symbol":
            self.symbols[fields["symbol"]] = {"name": fields["name"], **fields["rules"]["instrument"]}
            self.terms[fields["symbol"]].append((t, fields["rules"]["instrument"]))
        elif kind == "status":
            self.status[fields["symbol"]].append((t, fields["status"]))
        elif kind == "fault":
            self.faults.append(t)
        elif kind == "order":
            self.events.append({"n": n, "t": t, "order": fields["order"], "event": fields["event"]})
        elif kind == "balances":
            for asset, balance in fields["balances"]:
                self.balances[fields["account"], asset] = balance["free"] + balance["locked"]
        elif kind == "flow":
            self.flows.append((t, fields["account"], fields["asset"], fields["amount"]))

    def speed_at(self, t: int) -> int:
        """Returns market seconds in a second; 1 where the market waits for its clients."""
        known = [speed for since, speed in self.speeds if since <= t] or [s for _, s in self.speeds[:1]]
        return max(known[-1] or 1, 1) if known else 1

    def asset(self, name: str) -> Optional[int]:
        """Returns the number of an asset."""
        return next((number for number, known in self.assets.items() if known == name), None)

    def moved(self, row: Dict[str, Any]) -> Dict[int, int]:
        """Returns what a trade moves of each asset."""
        sums: Dict[int, int] = defaultdict(int)
        trade = trade_of(row)
        symbol = self.symbols[row["order"]["symbol"]]
        base, quote = self.asset(symbol["base"]), self.asset(symbol["quote"])
        if trade and base is not None and quote is not None:
            sign = 1 if row["order"]["side"] == "buy" else -1
            sums[base] += sign * trade["qty"] * E8
            sums[quote] -= sign * trade["price"] * trade["qty"]
            sums[trade["fee_asset"]] -= trade["fee"]
        return sums


def ledger_rows(files: Sequence[Path]) -> Iterator[Tuple[int, int, str, Dict[str, Any]]]:
    """Returns the rows that belong to a ledger. Raises Unreadable for damage."""
    chain, group, left, wanted = bytes(32), 0, 0, 1
    for number, file in enumerate(files, 1):
        if file.name != f"ledger-{number:08}.txt":
            raise Unreadable(f"saw {file.name}, wanted ledger-{number:08}.txt")
        lines = file.read_bytes().rstrip(b"\0").split(b"\n")
        pending: List[Dict[str, Any]] = []
        for place, line in enumerate(lines):
            parsed = parse_line(line)
            fits = parsed is not None and hashlib.sha256(chain + parsed[3]).digest() == parsed[0]
            if fits and parsed is not None:
                fits = parsed[1:3] == (group, left - 1) if left else parsed[1] == group + 1
            if not fits or parsed is None:
                torn = group if left else group + 1
                later = any((p := parse_line(rest)) and p[1] > torn for rest in lines[place:])
                if (line or pending or place + 1 < len(lines)) and (number < len(files) or later):
                    raise Unreadable(f"{file.name} line {place + 1}: it changed after it was written")
                break
            chain, group, left = parsed[0], parsed[1], parsed[2]
            pending.append(json.loads(parsed[3]))
            if left:
                continue
            for row in pending:
                if row["n"] != wanted:
                    raise Unreadable(f"{file.name}: row {row['n']}, wanted {wanted}")
                wanted += 1
                (kind, fields), = row["row"].items()
                yield row["n"], row["t"], kind, fields
            pending = []


def parse_line(line: bytes) -> Optional[Tuple[bytes, int, int, bytes]]:
    """Reads a line with a good checksum: chain, group, lines left, JSON."""
    try:
        crc, body = line.split(b" ", 1)
        chain, group, left, text = body.split(b" ", 3)
        if len(crc) != 8 or int(crc, 16) != zlib.crc32(body):
            return None
        return bytes.fromhex(chain.decode()), int(group), int(left), text
    except ValueError:
        return None


# Judging.


class Judge:
    """Both histories beside each other, and what does not fit."""

    def __init__(self, journal: Journal, ledger: Ledger, slack: Optional[int], tolerance: int) -> None:
        self.journal, self.ledger, self.tolerance = journal, ledger, tolerance
        speed = ledger.speed_at(journal.last_ts)
        self.slack = SLACK_S * SECOND * speed if slack is None else slack
        self.findings: Dict[str, List[Dict[str, Any]]] = {rule: [] for rule in RULES}
        self.evidence: Dict[str, int] = defaultdict(int)
        self.nameless: List[Dict[str, Any]] = []
        self.held: Dict[int, int] = defaultdict(int)
        self.account = self.join()

    def join(self) -> Optional[int]:
        """Hangs the venue's rows on our orders. Returns our account at the venue."""
        names = {order.name: order for order in self.journal.orders.values()}
        others: Dict[Tuple[int, int, int], Dict[str, Any]] = {}
        counts: Dict[int, int] = defaultdict(int)
        kept: Dict[Tuple[int, int, int], Optional[Order]] = {}
        for row in self.ledger.events:
            theirs = row["order"]
            key = (theirs["account"], theirs["symbol"], theirs["id"])
            if key not in kept:
                kept[key] = names.get(theirs["client_id"])
                counts[theirs["account"]] += kept[key] is not None
            order = kept[key]
            if order is None:
                others.setdefault(key, row)
            else:
                order.venue.setdefault(key, []).append(row)
        used = {account: count for account, count in counts.items() if count}
        clients = list(self.ledger.clients)
        account = max(used, key=lambda a: used[a]) if used else clients[0] if len(clients) == 1 else None
        self.nameless = [
            row
            for (number, _, _), row in others.items()
            if number == account and OUR_FORM.fullmatch(row["order"]["client_id"])
        ]
        if len(used) > 1:
            self.find("intent_once", None, None, f"orders of ours on accounts {sorted(used)}", "on one")
        return account

    def find(self, rule: str, entry: Optional[int], row: Optional[int], seen: str, wanted: str) -> None:
        """Takes a finding down."""
        self.findings[rule].append({"entry": entry, "row": row, "seen": seen, "wanted": wanted})

    def is_due(self, t: int) -> bool:
        """Says whether the hub must have heard of what the venue did then."""
        return t + self.slack <= self.journal.last_ts

    def run(self) -> None:
        """Judges everything."""
        self.evidence["entries"] = self.journal.entries
        for order in self.journal.orders.values():
            self.evidence["commands"] += 1
            self.evidence["orders"] += len(order.venue)
            self.cause(order)
            self.intent(order)
            self.fills(order)
            self.working(order)
            self.heard(order)
            self.settled(order)
        self.causes()
        self.within()
        self.legs()
        self.stray()
        self.conserved()
        self.covered()
        verify_lines.judge(self)
        verify_heard.judge(self)
        for finding in self.journal.findings:
            self.find("nothing_lost", finding.seq, None, f"{finding.file}: {finding.seen}", finding.wanted)
        for seq, error in self.journal.unreadable:
            self.find("nothing_lost", seq, None, error, "an entry as entry.proto has it")

    def cause(self, order: Order) -> None:
        """The command first, and the venue's order as commanded, within what was decided."""
        rows = order.rows()
        if rows:
            theirs, n = rows[0]["order"], rows[0]["n"]
            if order.ts - rows[0]["t"] > self.tolerance:
                self.find("cause_before_effect", order.seq, n, "accepted before its command", "the command first")
            symbol = self.ledger.symbols[theirs["symbol"]]["name"]
            asked = (self.symbol(order), "buy" if order.side == BUY else "sell", order.qty)
            if (symbol, theirs["side"], theirs["qty"]) != asked:
                seen = f"{theirs['side']} {theirs['qty']} of {symbol}"
                self.find("cause_before_effect", order.seq, n, seen, f"{asked} as commanded")
        if order.id.leg != MAIN or order.reduces or order.cause >= order.seq:
            return
        decided = self.journal.enters.get(order.cause)
        if decided is None:
            kind = self.journal.kinds.get(order.cause)
            self.find("cause_before_effect", order.seq, None, f"an entry caused by kind {kind}", "a decision to enter")
            return
        symbol_number, direction, qty, limit = decided
        if (symbol_number, direction) != (order.symbol, order.side) or order.qty > qty:
            self.find("cause_before_effect", order.seq, None, f"an entry of {order.qty}", f"as decided: {decided}")
        price = rows[0]["order"]["kind"].get("limit", {}).get("price") if rows and isinstance(
            rows[0]["order"]["kind"], dict
        ) else None
        if limit is not None and price is not None and (price > limit if order.side == BUY else price < limit):
            self.find("cause_before_effect", order.seq, None, f"a price of {price}", f"none worse than {limit}")

    def within(self) -> None:
        """What one decision leads to, filled and open together, is at most what it wants."""
        by_cause: Dict[int, List[Order]] = defaultdict(list)
        for order in sorted(self.journal.orders.values(), key=lambda order: order.seq):
            if order.id.leg != MAIN or order.reduces or order.cause not in self.journal.enters:
                continue
            known = sum(other.claims(order.seq) for other in by_cause[order.cause])
            by_cause[order.cause].append(order)
            wanted = self.journal.enters[order.cause][2]
            if known and known + order.qty > wanted:
                seen = f"{order.qty} beside {known} filled or open"
                self.find("cause_before_effect", order.seq, None, seen, f"at most {wanted} as decided")
        for cause, orders in by_cause.items():
            traded = sum(trade["qty"] for order in orders for trade in map(trade_of, order.rows()) if trade)
            wanted = self.journal.enters[cause][2]
            if traded > wanted:
                self.find("cause_before_effect", cause, None, f"{traded} traded there", f"at most {wanted} as decided")

    def causes(self) -> None:
        """A cause comes before its command; a name of our form has a command."""
        for seq, cause in self.journal.causes:
            if not 0 < cause < seq:
                self.find("cause_before_effect", seq, None, f"the cause {cause}", "an entry before it")
        for row in self.nameless:
            name = row["order"]["client_id"]
            self.find("cause_before_effect", None, row["n"], f"order {name} without a command", "a command")

    def symbol(self, order: Order) -> str:
        """Returns the name of an order's symbol."""
        known = self.journal.symbols
        return known[order.symbol][0] if order.symbol < len(known) else "?"

    def intent(self, order: Order) -> None:
        """Accepted once; an attempt behind a proof; what was never accepted is not in the ledger."""
        if len(order.venue) > 1:
            row = list(order.venue.values())[1][0]["n"]
            self.find("intent_once", order.seq, row, f"accepted {len(order.venue)} times", "once")
        if order.id.attempt == 0:
            if order.id.command != order.seq:
                self.find("intent_once", order.seq, None, f"the place {order.id.command}", "its own")
        else:
            earlier = self.journal.orders.get(order.id._replace(attempt=order.id.attempt - 1))
            proofs = [seq for seq, event in earlier.heard if event in (REJECTED, NEVER)] if earlier else []
            if not any(seq < order.seq for seq in proofs):
                seen = f"attempt {order.id.attempt} without proof about the one before"
                self.find("intent_once", order.seq, None, seen, "never accepted, or rejected, before it")
        proof = next((seq for seq, event in order.heard if event in (REJECTED, NEVER)), None)
        if proof is not None and order.venue:
            if not any(seq < proof and event in (ACCEPTED, FILLED) for seq, event in order.heard):
                row = order.rows()[0]["n"]
                self.find("intent_once", proof, row, "booked as never accepted or rejected", "what the venue did")

    def legs(self) -> None:
        """Of one command and leg at most one attempt is accepted."""
        accepted: Dict[Tuple[int, int], List[Order]] = defaultdict(list)
        for order in self.journal.orders.values():
            if order.venue:
                accepted[order.id.command, order.id.leg].append(order)
        for orders in accepted.values():
            if len(orders) > 1:
                row = orders[-1].rows()[0]["n"]
                self.find("intent_once", orders[-1].seq, row, f"{len(orders)} attempts accepted", "at most one")
        for seq, order in self.journal.repeated:
            self.find("intent_once", seq, None, f"a second command for {tuple(order)}", "a new name")

    def fills(self, order: Order) -> None:
        """Each fill once, the same on both sides."""
        theirs = {trade["trade"]: row for row in order.rows() for trade in [trade_of(row)] if trade}
        seen: Dict[int, int] = {}
        for seq, fill in order.fills:
            self.evidence["fills"] += 1
            trade = one(fill, 1)
            if trade in seen:
                self.find("books_agree", seq, None, f"trade {trade} a second time", "each fill once")
                continue
            seen[trade] = seq
            row = theirs.get(trade)
            if row is None:
                self.find("books_agree", seq, None, f"trade {trade}", "a fill of the ledger")
                continue
            said, wanted = self.both(fill, row)
            if said != wanted:
                self.find("books_agree", seq, row["n"], str(said), str(wanted))
        for trade, row in theirs.items():
            if trade not in seen and self.is_due(row["t"]) and not self.journal.is_excused(order):
                self.find("books_agree", order.seq, row["n"], f"trade {trade} in no entry", "a report of it")
        if sum(signed(one(fill, 4)) for _, fill in order.fills) > order.qty:
            self.find("books_agree", order.seq, None, "more filled than ordered", f"at most {order.qty}")

    def stray(self) -> None:
        """What is reported is of an order that was commanded, unless retention may have dropped the command."""
        for seq, order in self.journal.stray:
            if order is None or not self.journal.thinned or order.command in self.journal.kinds:
                self.find("books_agree", seq, None, "a report of an order that no command has", "a command of it")

    def both(self, fill: Dict[int, List[Any]], row: Dict[str, Any]) -> Tuple[Any, Any]:
        """Returns side, quantity, price, fee and its asset, as we and as they have it."""
        trade, symbol = row["event"]["trade"], self.ledger.symbols[row["order"]["symbol"]]
        asset = self.ledger.assets.get(trade["fee_asset"])
        side = "buy" if one(fill, 3) == BUY else "sell"
        if fill.get(6):
            fee = (signed(one(fill, 6)) * E8, symbol["base"])
        else:
            fee = (money(one(fill, 7, b"")), symbol["quote"])
        their_fee = (trade["fee"], asset)
        if asset not in (symbol["base"], symbol["quote"]) and fee[0] == 0:
            their_fee = fee
        if fee[0] == 0 and trade["fee"] == 0:
            their_fee = fee
        ours = (side, signed(one(fill, 4)), signed(one(fill, 5)), fee)
        return ours, (row["order"]["side"], trade["qty"], trade["price"], their_fee)

    def working(self, order: Order) -> None:
        """What works there works here, and the other way round."""
        rows, end, excused = order.rows(), order.end(), self.journal.is_excused(order)
        ended = next((row for row in rows if not is_open(row)), None)
        if rows and end is not None and ended is None and not excused:
            self.find("books_agree", end, rows[0]["n"], "ended for us, works at the venue", "the venue's word")
        if ended is not None and end is None and self.is_due(ended["t"]) and not excused:
            self.find("books_agree", order.seq, ended["n"], "ended at the venue, open for us", "its end")
        if ended is not None and {(end, CANCELLED), (end, EXPIRED)} & {*order.heard}:
            # Clocks differ by wall time.
            if ended["t"] - order.told[end] > self.tolerance * self.ledger.speed_at(ended["t"]):
                self.find("books_agree", end, ended["n"], "ended for us before it did there", "the venue's word first")
        alive = any(event in (ACCEPTED, FILLED, CANCELLED, EXPIRED) for _, event in order.heard)
        if alive and not rows:
            self.find("books_agree", order.seq, None, "reports of an order that never was", "an order of the ledger")

    def heard(self, order: Order) -> None:
        """What the venue did is in the journal."""
        events = {event for _, event in order.heard}
        trades = {one(fill, 1) for _, fill in order.fills}
        for row in order.rows():
            if not self.is_due(row["t"]) or self.journal.is_excused(order):
                continue
            trade = trade_of(row)
            told = {
                "new": bool(events & {ACCEPTED, FILLED, CANCELLED, EXPIRED}),
                "trade": trade is not None and trade["trade"] in trades,
                "cancelled": CANCELLED in events,
                "expired": bool(events & {EXPIRED, REJECTED}),
            }.get(event_of(row), True)
            if not told:
                self.find("nothing_lost", order.seq, row["n"], f"{event_of(row)} in no entry", "a report of it")

    def settled(self, order: Order) -> None:
        """Terminal, known to work, or known to be unknown."""
        known = any(event in (ACCEPTED, FILLED) for _, event in order.heard)
        if order.end() is None and not known and not self.journal.is_excused(order) and self.is_due(order.ts):
            self.find("orders_settled", order.seq, None, "nothing was ever heard of it", "its end, or an incident")

    def conserved(self) -> None:
        """Balances add up, and only what we bought is sold."""
        sums: Dict[Tuple[int, int], int] = defaultdict(int)
        for _, account, asset, amount in self.ledger.flows:
            sums[account, asset] += amount
        for row in self.ledger.events:
            trade = trade_of(row)
            if trade and trade["price"] * trade["qty"] != trade["quote"]:
                self.find("money_conserved", None, row["n"], f"{trade['quote']}", "price times quantity")
            for asset, amount in self.ledger.moved(row).items():
                sums[row["order"]["account"], asset] += amount
        for key in {*sums, *self.ledger.balances}:
            if key[0] in self.ledger.clients:
                self.evidence["assets"] += 1
                seen = self.ledger.balances.get(key, 0)
                if seen != sums[key]:
                    self.find("money_conserved", None, None, f"{seen} of {key}", f"{sums[key]}")
        for seq in self.journal.unfounded:
            self.find("money_conserved", seq, None, "an adoption where books and venue agree", "an open incident")
        adopted = list(self.journal.adopted)
        held, offered = self.held, defaultdict(dict)
        rows = [(row, order) for order in self.journal.orders.values() for row in order.rows()]
        for row, order in sorted(rows, key=lambda pair: pair[0]["n"]):
            while adopted and adopted[0][0] <= row["t"]:
                self.adopt(adopted.pop(0))
            for asset, amount in self.ledger.moved(row).items():
                held[asset] += amount
            base = self.ledger.asset(self.ledger.symbols[row["order"]["symbol"]]["base"])
            if trade_of(row) and row["order"]["side"] == "sell" and base is not None and held[base] < 0:
                self.find("money_conserved", order.seq, row["n"], "more sold than bought", "what is not ours left")
            # A target shares its quantity with the stop of its list.
            if row["order"]["side"] == "sell" and base is not None and order.id.leg != TARGET:
                theirs = row["order"]
                left = theirs["qty"] - theirs["filled"] - theirs.get("prevented", 0) if is_open(row) else 0
                offered[base][theirs["id"]] = left * E8
                if sum(offered[base].values()) > max(held[base], 0):
                    self.find("money_conserved", order.seq, row["n"], "more offered than held", "stops and sales within it")
        for left in adopted:
            self.adopt(left)

    def adopt(self, adopted: Tuple[int, int, int, int]) -> None:
        """Takes what somebody else traded off, or on, what we hold."""
        _, symbol, coins, cash = adopted
        _, base, quote = self.journal.symbols[symbol]
        for name, amount in ((base, coins), (quote, cash)):
            asset = self.ledger.asset(name)
            if asset is not None:
                self.held[asset] += amount

    def covered(self) -> None:
        """What is there covers what is not ours and what is."""
        journal, ledger = self.journal, self.ledger
        if self.account is None or not (journal.baseline or journal.flows):
            return
        settlement = journal.symbols[0][2] if journal.symbols else None
        end = journal.last_ts
        since = end - OUTSIDE_S * SECOND * ledger.speed_at(end)
        for name in {*journal.baseline, *(s[1] for s in journal.symbols), settlement} - {None}:
            self.evidence["balances"] += 1
            asset = ledger.asset(name)
            total = ledger.balances.get((self.account, asset), 0) if asset is not None else 0
            owned = (sum(journal.flows) if name == settlement else 0) + (self.held[asset] if asset is not None else 0)
            short = owned + journal.baseline.get(name, 0) - total
            late = sum(-a for t, who, what, a in ledger.flows if t >= since and (who, what) == (self.account, asset) and a < 0)
            excused = any(
                kind in (BALANCE_SHORT, POSITION_DIFFERS)
                and (symbol is None or name in journal.symbols[symbol][1:])
                for kind, symbol, _ in journal.incidents.values()
            )
            if short > 0 and short > late and not excused:
                self.find("money_conserved", None, None, f"{total} {name} at the venue", f"{short} more")

    def verdicts(self) -> Dict[str, str]:
        """Returns what each rule came to."""
        verdicts = {}
        for rule in RULES:
            enough = self.evidence[NEEDS.get(rule, "orders")] > 0
            verdicts[rule] = "fail" if self.findings[rule] else "pass" if enough else "inconclusive"
        if verdicts["one_authority"] != "fail" and self.evidence["authorities"]:
            verdicts["one_authority"] = "pass"
        elif verdicts["one_authority"] != "fail" and not self.journal.writers:
            verdicts["one_authority"] = "not_applicable"
        if verdicts["difference_real"] != "fail" and not self.evidence["differences"]:
            verdicts["difference_real"] = "not_applicable"
        return verdicts


def judged(
    journal: Path, ledger: Path, account: str = "main", slack: Optional[int] = None, tolerance: int = SECOND
) -> Judge:
    """Reads two histories and judges them; slack and tolerance are nanoseconds. Raises Unreadable and what reading raises."""
    if not (journal / "segments").is_dir():
        raise Unreadable(f"saw no journal in {journal}")
    judge = Judge(Journal(journal, account), Ledger(ledger), slack, tolerance)
    judge.run()
    return judge


# The command.


class Usage(argparse.ArgumentParser):
    """A parser whose errors are told apart from findings."""

    def error(self, message: str):  # type: ignore[no-untyped-def]
        self.print_usage(sys.stderr)
        self.exit(EXIT_USAGE, f"{message}\n")


def main(words: Optional[Sequence[str]] = None) -> int:
    """Runs the command. Returns its exit code."""
    usage = Usage(description="Holds a journal against a venue's ledger: 0 all holds, 2 not, 3 too little to judge by.")
    usage.add_argument("journal", metavar="JOURNAL", type=Path)
    usage.add_argument("ledger", metavar="LEDGER", type=Path)
    usage.add_argument("--account", metavar="NAME", default="main", help="the account's name in client order ids")
    usage.add_argument("--slack", metavar="SECONDS", type=int, help="what need not be heard before the end")
    usage.add_argument("--tolerance", metavar="SECONDS", type=int, default=1, help="by which the clocks may differ")
    usage.add_argument("--json", action="store_true", help="print one JSON object")
    options = usage.parse_args(words)
    slack = None if options.slack is None else options.slack * SECOND
    try:
        judge = judged(options.journal, options.ledger, options.account, slack, options.tolerance * SECOND)
    except (Unreadable, OSError, KeyError, ValueError) as error:
        print(f"cannot be read: {error!r}", file=sys.stderr)
        return EXIT_DATA
    verdicts = judge.verdicts()
    if options.json:
        print(json.dumps({"rules": verdicts, "findings": judge.findings, "evidence": judge.evidence}, indent=2))
    else:
        for rule, verdict in verdicts.items():
            print(f"{verdict.upper():<13} {rule}")
            for finding in judge.findings[rule]:
                print("    " + ", ".join(f"{k} {v}" for k, v in finding.items() if v is not None))
        print(", ".join(f"{count} {what}" for what, count in sorted(judge.evidence.items())))
    if "fail" in verdicts.values():
        return EXIT_FAILS
    return EXIT_THIN if "inconclusive" in verdicts.values() else EXIT_HOLDS


if __name__ == "__main__":
    sys.exit(main())
