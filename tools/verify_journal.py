#!/usr/bin/env python3
"""Verifies a journal from docs/journal-format.md alone, sharing no line with the program that wrote it.

    python3 tools/verify_journal.py DIR [--checkpoint FILE]... [--key NOTEKEY] [--json]

Exit code 0: the journal holds. 2: it does not; each finding names file, offset and seq where they are
known, what was seen and what was wanted. 64: usage. Verify a journal that nobody is writing to, or a copy.
Python 3.9 or later, standard library only. Nothing in the folder is changed.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import re
import struct
import sys
import time
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Callable, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

HEADER_BYTES = 128
FRAME_BYTES = 8
BODY_BYTES_MAX = 16_777_229
NOTE_BYTES_MAX = 65_536
LEAVES_MAX = 65_536
# Each file of `tree/` is about subtrees so many times doubled as those of the file before.
TREE_FILE_HEIGHT = 8
ENTRY, COMMIT, CHECKPOINT, SEAL, LEAVES = 1, 2, 3, 4, 5
OWN_KINDS_FROM, CUT, FORKED, KEY_ROTATED = 0xFF00, 0xFF01, 0xFF02, 0xFF03
OWN_BYTES = {CUT: 41, FORKED: 40, KEY_ROTATED: 192}
OWN_NAMES = {CUT: "Cut", FORKED: "Forked", KEY_ROTATED: "KeyRotated"}
CUT_REASONS = (1, 2, 3)
ORIGIN = "plimsoll/journal/"
ROTATION_TEXT = b"plimsoll journal key rotated"
EMPTY_ROOT = hashlib.sha256(b"").digest()
# Silence up to here, then a line on stderr each second.
PROGRESS_AFTER_S, PROGRESS_EVERY_S = 2.0, 1.0
EXIT_HOLDS, EXIT_DOES_NOT_HOLD, EXIT_USAGE = 0, 2, 64

SEGMENT_NAME = re.compile(r"([0-9a-f]{8})-([0-9a-f]{16})\.seg")
LEVEL_NAME = re.compile(r"[0-7]")
SNAPSHOT_NAME = re.compile(r"([0-9a-f]{16})\.snap")


# What is told.


@dataclass(frozen=True)
class Finding:
    """One thing that does not hold. `offset` is in bytes of `file`, `seq` the entry it is about."""

    file: str
    offset: Optional[int]
    seq: Optional[int]
    seen: str
    wanted: str

    def __str__(self) -> str:
        place = self.file
        place += "" if self.offset is None else f" offset {self.offset}"
        place += "" if self.seq is None else f" seq {self.seq}"
        return f"{place}: saw {self.seen}, wanted {self.wanted}"


@dataclass
class Report:
    """What a journal turned out to be. It holds if there are no findings."""

    entries: int = 0
    root: str = EMPTY_ROOT.hex()
    segments: int = 0
    vouched: int = 0
    findings: List[Finding] = field(default_factory=list)
    remarks: List[str] = field(default_factory=list)


class Broken(Exception):
    """A place from which a segment cannot be read on. `group`: it is about all entries since the last commit."""

    def __init__(self, offset: int, seen: str, wanted: str, group: bool = False) -> None:
        super().__init__(seen)
        self.offset, self.seen, self.wanted = offset, seen, wanted
        self.group = group


class Progress:
    """Says on stderr how far the work is, once it takes longer than two seconds."""

    def __init__(self, total: int) -> None:
        self.total, self.done = total, 0
        self.next = time.monotonic() + PROGRESS_AFTER_S

    def add(self, count: int, what: str) -> None:
        """Counts bytes that were read."""
        self.done += count
        now = time.monotonic()
        if now >= self.next:
            self.next = now + PROGRESS_EVERY_S
            print(f"{self.done} of {self.total} bytes, {what}", file=sys.stderr, flush=True)


# CRC32C (Castagnoli), reflected polynomial 0x82F63B78.


def _crc_table() -> Tuple[int, ...]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return tuple(table)


CRC_TABLE = _crc_table()


def crc32c(data: bytes) -> int:
    """Returns the CRC32C of some bytes."""
    table, crc = CRC_TABLE, 0xFFFFFFFF
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


# Ed25519 (RFC 8032, section 5.1), verification alone.
# A point is (X, Y, Z, T) with x = X/Z, y = Y/Z, x * y = T/Z.

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
Point = Tuple[int, int, int, int]
IDENTITY: Point = (0, 1, 1, 0)


def point_add(a: Point, b: Point) -> Point:
    """Adds two points (the complete formulas of RFC 8032, section 5.1.4)."""
    e = (a[1] - a[0]) * (b[1] - b[0]) % P
    f = (a[1] + a[0]) * (b[1] + b[0]) % P
    g = 2 * D * a[3] * b[3] % P
    h = 2 * a[2] * b[2] % P
    e, f, g, h = f - e, h - g, h + g, f + e
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def point_times(scalar: int, point: Point) -> Point:
    """Adds a point to itself so many times."""
    total = IDENTITY
    while scalar:
        if scalar & 1:
            total = point_add(total, point)
        point = point_add(point, point)
        scalar >>= 1
    return total


def point_equal(a: Point, b: Point) -> bool:
    """Says whether two points are the same, whatever their Z."""
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


def point_encode(point: Point) -> bytes:
    """Writes a point in its one canonical form."""
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


@lru_cache(maxsize=64)
def point_decode(data: bytes) -> Optional[Point]:
    """Reads a point of large order in its canonical form; everything else is None."""
    if len(data) != 32:
        return None
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & (1 << 255) - 1
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    point = (x, y, 1, x * y % P)
    return None if point_equal(point_times(8, point), IDENTITY) else point


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE = point_decode(BASE_Y.to_bytes(32, "little"))


@lru_cache(maxsize=4096)
def ed25519_verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Says whether a signature holds, strictly.

    S is below the order, key and R are canonical and of large order, and the equation is the one without cofactor.
    """
    if len(signature) != 64:
        return False
    r, s = point_decode(signature[:32]), int.from_bytes(signature[32:], "little")
    a = point_decode(public)
    if a is None or r is None or s >= ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + public + message).digest()
    k = int.from_bytes(digest, "little") % ORDER
    assert BASE is not None
    return point_equal(point_times(s, BASE), point_add(r, point_times(k, a)))


# The tree of RFC 6962, section 2.1.


def leaf_hash(data: bytes) -> bytes:
    """Returns the hash of a leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Returns the hash of a node from those of its children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """A tree that grows by leaves and keeps only the roots of its whole subtrees, largest first.

    `on_node(level, hash)` hears of each subtree as it becomes whole, so on each level from left to right.
    """

    def __init__(self, on_node: Callable[[int, bytes], None] = lambda level, node: None) -> None:
        self.size = 0
        self.peaks: List[bytes] = []
        self.on_node = on_node

    def push(self, leaf: bytes) -> None:
        """Adds the hash of the next leaf."""
        level, node = 0, leaf
        self.on_node(level, node)
        while self.size >> level & 1:
            node = node_hash(self.peaks.pop(), node)
            level += 1
            self.on_node(level, node)
        self.peaks.append(node)
        self.size += 1

    def root(self) -> bytes:
        """Returns the root of all leaves so far."""
        if not self.peaks:
            return EMPTY_ROOT
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root


# Checkpoints: C2SP signed notes.


class Signature(NamedTuple):
    """One signature line of a note."""

    name: str
    key_id: bytes
    signature: bytes


class Note(NamedTuple):
    """A checkpoint as read, before anything of it is believed."""

    text: bytes
    journal: str
    size: int
    root: bytes
    signatures: List[Signature]


def unbase64(text: str) -> bytes:
    """Reads base64 in its one canonical form. Raises ValueError for any other."""
    data = base64.b64decode(text.encode("ascii"), validate=True)
    if base64.b64encode(data).decode("ascii") != text:
        raise ValueError("base64 that is not canonical")
    return data


def parse_note(data: bytes) -> Note:
    """Reads a checkpoint. Raises ValueError that says what it is instead."""
    if len(data) > NOTE_BYTES_MAX:
        raise ValueError(f"{len(data)} bytes")
    try:
        whole = data.decode("utf-8")
        text, _, below = whole.rpartition("\n\n")
        lines = text.split("\n")
        if any(ord(letter) < 0x20 and letter != "\n" for letter in whole) or not below.endswith("\n"):
            raise ValueError("control characters, or no end of line at the end")
        if len(lines) != 3 or not re.fullmatch(ORIGIN + "[0-9a-f]{32}", lines[0]):
            raise ValueError("a text that is not an origin, a size and a root")
        if not re.fullmatch("0|[1-9][0-9]{0,19}", lines[1]):
            raise ValueError("a size that is not a plain decimal number")
        root = unbase64(lines[2])
        if len(root) != 32:
            raise ValueError(f"a root of {len(root)} bytes")
        signatures = [parse_signature(line) for line in below[:-1].split("\n")]
    except (UnicodeError, binascii.Error) as error:
        raise ValueError(str(error)) from error
    return Note((text + "\n").encode(), lines[0][len(ORIGIN) :], int(lines[1]), root, signatures)


def parse_signature(line: str) -> Signature:
    """Reads one line below a note's text."""
    words = line.split(" ")
    if len(words) != 3 or words[0] != "\u2014" or not words[1] or "+" in words[1]:
        raise ValueError("a signature line that is not a dash, a name and base64")
    data = unbase64(words[2])
    if len(data) < 5:
        raise ValueError(f"a signature of {len(data)} bytes with its key id")
    return Signature(words[1], data[:4], data[4:])


def note_key_id(name: str, public: bytes) -> bytes:
    """Returns the id of an Ed25519 key in signed notes."""
    return hashlib.sha256(name.encode() + b"\n\x01" + public).digest()[:4]


def parse_note_key(text: str) -> Tuple[str, bytes]:
    """Reads `<name>+<key id, 8 hex>+<base64 of 0x01 and the key>`. Raises ValueError if it is not that."""
    name, key_id, encoded = text.split("+", 2)
    try:
        data = unbase64(encoded)
    except (UnicodeError, binascii.Error) as error:
        raise ValueError(str(error)) from error
    if len(data) != 33 or data[0] != 1:
        raise ValueError("wanted an Ed25519 key, type 1")
    if note_key_id(name, data[1:]).hex() != key_id:
        raise ValueError("key id is not that of the name and the key")
    if not re.fullmatch(ORIGIN + "[0-9a-f]{32}", name):
        raise ValueError(f"wanted a name of the form {ORIGIN}<32 hex>")
    return name[len(ORIGIN) :], data[1:]


# Segments.


class Header(NamedTuple):
    """What a segment says of itself."""

    thinned: bool
    journal: bytes
    term: int
    first: int
    previous_root: bytes
    public: bytes


def parse_header(name: str, data: bytes) -> Header:
    """Reads a segment's header and holds it against the name of the file. Raises Broken."""
    matched = SEGMENT_NAME.fullmatch(name)
    assert matched is not None
    if len(data) < HEADER_BYTES:
        raise Broken(len(data), f"a file of {len(data)} bytes", f"a header of {HEADER_BYTES}")
    magic, version, flags, journal, term, first, root, public, reserved, crc = struct.unpack_from(
        "<8sHH16sQQ32s32s16sI", data
    )
    if magic != b"PLIMJRNL":
        raise Broken(0, f"magic {magic!r}", "b'PLIMJRNL'")
    if version != 1:
        raise Broken(8, f"version {version}", "1")
    if crc != crc32c(data[:124]):
        raise Broken(124, f"checksum {crc:08x}", f"{crc32c(data[:124]):08x}, that of the header")
    if flags > 1:
        raise Broken(10, f"flags {flags:#06x}", "0 or 1")
    if any(reserved):
        raise Broken(108, f"reserved bytes {reserved.hex()}", "zeros")
    named = int(matched[1], 16), int(matched[2], 16)
    if (term, first) != named or 0 in named:
        raise Broken(28, f"term {term}, first seq {first}", f"those of the name {name}, from 1 on")
    return Header(flags == 1, journal, term, first, root, public)


class Record(NamedTuple):
    """One whole record: where it lies, what it is, and what stands behind its type byte."""

    at: int
    type: int
    body: bytes


class Commit(NamedTuple):
    """A commit record."""

    term: int
    seq: int
    durable: int
    offset: int
    durable_offset: int
    root: bytes
    journal: bytes


class Seal(NamedTuple):
    """The record that ends a term."""

    term: int
    seq: int
    offset: int
    cut_bytes: int
    cut_reason: int
    root: bytes
    journal: bytes


COMMIT_FORMAT, SEAL_FORMAT = "<QQQQQ32s16s", "<QQQQB32s16s"


def parse_record(data: bytes, at: int) -> Optional[Record]:
    """Reads the record at a place. None is the end; Broken is raised where there is neither."""
    left = len(data) - at
    if left < FRAME_BYTES or not any(data[at : at + FRAME_BYTES]):
        behind = data[at:].lstrip(b"\0")
        if behind:
            raise Broken(len(data) - len(behind), f"byte {behind[0]:#04x}", "zeros behind the last record")
        return None
    length, crc = struct.unpack_from("<II", data, at)
    if not 1 <= length <= min(BODY_BYTES_MAX, left - FRAME_BYTES):
        wanted = f"1 to {BODY_BYTES_MAX} and inside the file of {len(data)} bytes"
        raise Broken(at, f"a record of length {length}", wanted)
    body = data[at + FRAME_BYTES : at + FRAME_BYTES + length]
    computed = crc32c(data[at : at + 4] + body)
    if crc != computed:
        raise Broken(at, f"checksum {crc:08x}", f"{computed:08x}, that of the record")
    fits = {
        ENTRY: length >= 13,
        COMMIT: length == 1 + struct.calcsize(COMMIT_FORMAT),
        CHECKPOINT: length <= 1 + NOTE_BYTES_MAX,
        SEAL: length == 1 + struct.calcsize(SEAL_FORMAT),
        LEAVES: length >= 45 and length == 13 + 32 * int.from_bytes(body[9:13], "little"),
    }.get(body[0])
    if fits is None:
        raise Broken(at, f"a record of type {body[0]}", "1 to 5")
    if not fits:
        raise Broken(at, f"a record of type {body[0]} and length {length}", "the length of its type")
    return Record(at, body[0], body[1:])


def whole_commits(data: bytes, start: int) -> Iterator[Commit]:
    """Finds commits at any place of a segment, also behind what cannot be read."""
    length = struct.pack("<I", 1 + struct.calcsize(COMMIT_FORMAT))
    at = data.find(length, start)
    while at >= 0:
        try:
            record = parse_record(data, at)
        except Broken:
            record = None
        if record is not None and record.type == COMMIT:
            commit = Commit(*struct.unpack(COMMIT_FORMAT, record.body))
            if commit.offset == at:
                yield commit
        at = data.find(length, at + 1)


class OwnEntry(NamedTuple):
    """An entry that the journal wrote about itself."""

    at: int
    seq: int
    kind: int
    schema: int
    payload: bytes


class OwedCut(NamedTuple):
    """The `Cut` that the next term owes to a seal.

    In a thinned segment the seal has moved; the offset in the `Cut` is still the old one.
    """

    payload: bytes
    thinned: bool

    def paid_by(self, payload: bytes) -> bool:
        """Says whether a `Cut` has the numbers of the seal."""
        if self.thinned:
            return payload[:16] + payload[24:] == self.payload[:16] + self.payload[24:]
        return payload == self.payload


@dataclass
class Reign:
    """The sizes of the tree, both ends included, that were reached under one journal id."""

    journal: bytes
    start: int
    end: int


class Chain:
    """What is true of a journal up to the record being read: tree, keys, ids, term, and what is still owed."""

    def __init__(self, tree: Tree, report: Report, wanted_roots: Sequence[int]) -> None:
        self.tree, self.report = tree, report
        self.committed = 0
        self.roots: Dict[int, bytes] = {0: EMPTY_ROOT}
        self.wanted_roots = set(wanted_roots)
        self.keys: List[Tuple[int, bytes]] = []
        self.reigns: List[Reign] = []
        self.term = 0
        self.durable = 0
        self.sealed = True
        self.owed_cuts: List[OwedCut] = []
        self.owed_fork_from: List[bytes] = []

    def finding(self, file: str, offset: Optional[int], seq: Optional[int], seen: str, wanted: str) -> None:
        """Takes a finding down."""
        self.report.findings.append(Finding(file, offset, seq, seen, wanted))

    def key_at(self, size: int) -> bytes:
        """Returns the key in force for a tree of this size."""
        return [key for start, key in self.keys if start <= size][-1]

    def begin(self, file: str, header: Header) -> None:
        """Holds a segment's header against all before it. Raises Broken if it does not follow."""
        if header.first != self.tree.size + 1:
            raise Broken(36, f"first seq {header.first}", f"{self.tree.size + 1}, behind the entries before")
        if header.previous_root != self.tree.root():
            raise Broken(44, f"previous root {header.previous_root.hex()}", self.tree.root().hex())
        if header.term < self.term:
            raise Broken(28, f"term {header.term}", f"at least {self.term}")
        if (header.term > self.term) != self.sealed:
            seen = f"term {header.term} behind {'a' if self.sealed else 'no'} seal of term {self.term}"
            raise Broken(28, seen, "a higher term behind a seal, and only there")
        if header.term > self.term:
            self.term, self.durable, self.sealed = header.term, 0, False
            self.begin_id(header)
        elif header.journal != self.reigns[-1].journal:
            raise Broken(
                12,
                f"journal id {header.journal.hex()}",
                f"{self.reigns[-1].journal.hex()} until the term ends",
            )
        self.begin_key(file, header)

    def begin_id(self, header: Header) -> None:
        """Starts a reign where the journal id is another than before."""
        if self.reigns and header.journal == self.reigns[-1].journal:
            return
        if self.reigns:
            self.owed_fork_from.append(self.reigns[-1].journal)
        self.reigns.append(Reign(header.journal, self.tree.size, self.tree.size))

    def begin_key(self, file: str, header: Header) -> None:
        """Takes the first segment's key, and compares those of the others."""
        if not self.keys:
            self.keys.append((0, header.public))
            if point_decode(header.public) is None:
                self.finding(file, 76, None, f"key {header.public.hex()}", "an Ed25519 public key")
        elif header.public != self.keys[-1][1]:
            self.finding(
                file,
                76,
                header.first,
                f"key {header.public.hex()}",
                f"{self.keys[-1][1].hex()}, in force here",
            )

    def push(self, leaf: bytes) -> None:
        """Adds a leaf."""
        self.tree.push(leaf)
        if self.tree.size in self.wanted_roots:
            self.roots[self.tree.size] = self.tree.root()

    def commit(self, size: int) -> None:
        """Lets the entries so far count."""
        self.committed = size
        self.reigns[-1].end = size

    def check_own(self, file: str, journal: bytes, own: List[OwnEntry], entries: bool) -> None:
        """Judges what one commit says of the journal itself, and whether it says what it owes."""
        forks = []
        for entry in own:
            wrong = self.own_form(entry)
            if wrong:
                self.finding(file, entry.at, entry.seq, *wrong)
            elif entry.kind == CUT:
                self.check_cut(file, entry)
            elif entry.kind == FORKED:
                forks.append(entry)
            else:
                self.check_rotation(file, journal, entry)
        self.check_forks(file, journal, forks, entries)
        if entries:
            for owed in self.owed_cuts:
                seen = "no entry Cut in the first commit with entries behind a seal that cut"
                self.finding(file, None, self.tree.size, seen, f"one with payload {owed.payload.hex()}")
            self.owed_cuts = []

    @staticmethod
    def own_form(entry: OwnEntry) -> Optional[Tuple[str, str]]:
        """Says what is wrong with kind, schema or length."""
        if entry.kind not in OWN_BYTES:
            return f"kind {entry.kind:#06x}", "one of the journal's own kinds, 0xff01 to 0xff03"
        if entry.schema != 1 or len(entry.payload) != OWN_BYTES[entry.kind]:
            seen = f"{OWN_NAMES[entry.kind]} of schema {entry.schema} and {len(entry.payload)} bytes"
            return seen, f"schema 1 and {OWN_BYTES[entry.kind]} bytes"
        return None

    def check_cut(self, file: str, entry: OwnEntry) -> None:
        """Pays an owed cut."""
        for owed in self.owed_cuts:
            if owed.paid_by(entry.payload):
                self.owed_cuts.remove(owed)
                return
        self.finding(
            file,
            entry.at,
            entry.seq,
            f"Cut {entry.payload.hex()}",
            "the numbers of a seal before this term, once",
        )

    def check_forks(self, file: str, journal: bytes, forks: List[OwnEntry], entries: bool) -> None:
        """Holds entries `Forked` against a change of the id that is not told yet."""
        last = self.reigns[-1].start
        allowed = [old + struct.pack("<Q", last) + journal for old in self.owed_fork_from]
        for entry in forks:
            if entry.payload not in allowed:
                wanted = "the change of id with which this segment begins, once"
                self.finding(file, entry.at, entry.seq, f"Forked {entry.payload.hex()}", wanted)
            else:
                allowed = []
        if allowed and entries:
            seen = f"no entry Forked in the first commit under journal id {journal.hex()}"
            self.finding(file, None, self.tree.size, seen, f"one with payload {allowed[-1].hex()}")
        if entries:
            self.owed_fork_from = []

    def check_rotation(self, file: str, journal: bytes, entry: OwnEntry) -> None:
        """Lets a new key be in force, if the old one and it say so."""
        old, new, by_old, by_new = struct.unpack("<32s32s64s64s", entry.payload)
        message = ROTATION_TEXT + journal + struct.pack("<Q", entry.seq) + old + new
        if old != self.keys[-1][1]:
            self.finding(
                file, entry.at, entry.seq, f"old key {old.hex()}", f"{self.keys[-1][1].hex()}, in force here"
            )
        for name, key, signature in (("old", old, by_old), ("new", new, by_new)):
            if not ed25519_verify(key, message, signature):
                seen = f"a signature that the {name} key {key.hex()} did not make"
                self.finding(file, entry.at, entry.seq, seen, "one by each of both keys over this rotation")
        self.keys.append((entry.seq, new))

    def check_note(
        self, file: str, offset: Optional[int], data: bytes, here: bool, alone: bool
    ) -> Optional[Note]:
        """Verifies a checkpoint against the tree. Returns it if all of it holds.

        `here`: it has to be about the tree as it is now. `alone`: no other signature may stand beside ours.
        """
        try:
            note = parse_note(data)
        except ValueError as error:
            self.finding(file, offset, None, str(error), "a signed checkpoint")
            return None
        wrong = self.note_wrong(note, here, alone)
        if wrong:
            self.finding(file, offset, note.size, *wrong)
        return None if wrong else note

    def note_wrong(self, note: Note, here: bool, alone: bool) -> Optional[Tuple[str, str]]:
        """Says what is wrong with a checkpoint, if something is."""
        now = (self.tree.size, self.reigns[-1].journal.hex()) if self.reigns else (0, "")
        if here and (note.size, note.journal) != now:
            return f"a checkpoint of size {note.size} of journal {note.journal}", f"size {now[0]} of {now[1]}"
        reigns = [reign for reign in self.reigns if reign.journal.hex() == note.journal]
        if not any(reign.start <= note.size <= reign.end for reign in reigns):
            have = ", ".join(f"{r.journal.hex()} from {r.start} to {r.end}" for r in self.reigns)
            return (
                f"a checkpoint of size {note.size} of journal {note.journal}",
                f"one of what is here: {have or 'nothing'}",
            )
        root = self.tree.root() if note.size == self.tree.size else self.roots[note.size]
        if note.root != root:
            return f"root {note.root.hex()} of size {note.size}", root.hex()
        name, key = ORIGIN + note.journal, self.key_at(note.size)
        ours = [s for s in note.signatures if (s.name, s.key_id) == (name, note_key_id(name, key))]
        if len(ours) != 1 or (alone and len(note.signatures) != 1):
            seen = "signatures by " + ", ".join(f"{s.name}+{s.key_id.hex()}" for s in note.signatures)
            return seen, f"one by {name}+{note_key_id(name, key).hex()}, the key in force at size {note.size}"
        if not ed25519_verify(key, note.text, ours[0].signature):
            return "a signature that does not verify", f"one by key {key.hex()}, in force at size {note.size}"
        return None


class SegmentWalk:
    """Reads one segment's records in their order."""

    def __init__(self, chain: Chain, file: str, header: Header, data: bytes, progress: Progress) -> None:
        self.chain, self.file, self.header = chain, file, header
        self.data, self.progress = data, progress
        self.durable_offset = 0
        self.group_at: Optional[int] = None
        self.own: List[OwnEntry] = []
        self.sealed = False

    def run(self, room: bool) -> None:
        """Reads to the end. Raises Broken at the first place that does not hold.

        `room`: zeros may follow the last record.
        """
        at = told = HEADER_BYTES
        while True:
            record = parse_record(self.data, at)
            if record is None:
                break
            if self.sealed:
                raise Broken(at, "a record behind the seal", "zeros")
            self.take(record)
            at += FRAME_BYTES + 1 + len(record.body)
            if at - told >= 1 << 16:
                self.progress.add(at - told, f"seq {self.chain.tree.size}")
                told = at
        self.progress.add(len(self.data) - told, f"seq {self.chain.tree.size}")
        if self.group_at is not None:
            raise Broken(self.group_at, "entries without a commit behind them", "a commit", group=True)
        if at != len(self.data) and not room:
            seen = f"{len(self.data) - at} zeros behind the last record"
            raise Broken(at, seen, "none in a segment that another one follows")

    def take(self, record: Record) -> None:
        """Takes one record."""
        if record.type == ENTRY:
            self.take_entry(record)
        elif record.type == LEAVES:
            self.take_leaves(record)
        elif record.type == COMMIT:
            self.take_commit(record)
        elif self.group_at is not None:
            raise Broken(record.at, f"a record of type {record.type}", "a commit behind entries")
        elif record.type == CHECKPOINT:
            self.take_checkpoint(record)
        else:
            self.take_seal(record)

    def grow(self, record: Record, seq: int) -> None:
        """Opens a group, if none is open, and checks that the seq is the next."""
        if seq != self.chain.tree.size + 1:
            raise Broken(record.at, f"seq {seq}", f"{self.chain.tree.size + 1}")
        if self.group_at is None:
            self.group_at = record.at

    def take_entry(self, record: Record) -> None:
        """An entry is the next leaf."""
        seq, kind, schema = struct.unpack_from("<QHH", record.body)
        self.grow(record, seq)
        self.chain.push(leaf_hash(record.body))
        if kind >= OWN_KINDS_FROM:
            self.own.append(OwnEntry(record.at, seq, kind, schema, record.body[12:]))

    def take_leaves(self, record: Record) -> None:
        """Leaves stand for entries that retention took away."""
        first, count = struct.unpack_from("<QI", record.body)
        if not self.header.thinned:
            raise Broken(record.at, "leaves in a segment that is not thinned", "entries")
        if count > LEAVES_MAX:
            raise Broken(record.at, f"{count} leaves", f"1 to {LEAVES_MAX}")
        self.grow(record, first)
        for at in range(12, len(record.body), 32):
            self.chain.push(record.body[at : at + 32])

    def check_end(self, record: Record, said: Tuple[int, int, int, bytes, bytes]) -> None:
        """Checks what commit and seal both say: term, seq, offset, journal id, root."""
        header, tree = self.header, self.chain.tree
        true = (header.term, tree.size, record.at, header.journal, tree.root())
        for name, seen, wanted in zip(("term", "seq", "offset", "journal id", "root"), said, true):
            if seen != wanted:
                shown = [x.hex() if isinstance(x, bytes) else str(x) for x in (seen, wanted)]
                raise Broken(record.at, f"{name} {shown[0]}", shown[1], group=True)

    def take_commit(self, record: Record) -> None:
        """A commit lets a group count."""
        chain = self.chain
        commit = Commit(*struct.unpack(COMMIT_FORMAT, record.body))
        self.check_end(record, (commit.term, commit.seq, commit.offset, commit.journal, commit.root))
        if not chain.durable <= commit.durable <= commit.seq:
            raise Broken(record.at, f"durable {commit.durable}", f"{chain.durable} to {commit.seq}")
        least = commit.offset if self.header.thinned else self.durable_offset
        if not least <= commit.durable_offset <= commit.offset:
            raise Broken(record.at, f"durable offset {commit.durable_offset}", f"{least} to {commit.offset}")
        chain.durable, self.durable_offset = commit.durable, commit.durable_offset
        chain.check_own(self.file, self.header.journal, self.own, self.group_at is not None)
        chain.commit(commit.seq)
        self.group_at, self.own = None, []

    def take_checkpoint(self, record: Record) -> None:
        """A checkpoint is about the tree as it is here, under this segment's id."""
        self.chain.check_note(self.file, record.at, record.body, here=True, alone=True)

    def take_seal(self, record: Record) -> None:
        """A seal ends the term, and may owe a cut to the next."""
        seal = Seal(*struct.unpack(SEAL_FORMAT, record.body))
        self.check_end(record, (seal.term, seal.seq, seal.offset, seal.journal, seal.root))
        if seal.cut_reason not in (CUT_REASONS if seal.cut_bytes else (0,)):
            raise Broken(
                record.at,
                f"{seal.cut_bytes} bytes cut for reason {seal.cut_reason}",
                "a reason, and bytes, or neither",
            )
        if seal.cut_bytes:
            place = (seal.term, self.header.first, seal.offset)
            payload = struct.pack("<QQQQQB", *place, seal.cut_bytes, seal.seq, seal.cut_reason)
            self.chain.owed_cuts.append(OwedCut(payload, self.header.thinned))
        self.chain.sealed = self.sealed = True


# The folder.


class TreeFiles:
    """The hashes kept in `tree/`, held against the tree as it grows. File n has the subtrees of 256**n leaves."""

    def __init__(self, folder: Path, report: Report) -> None:
        self.report = report
        self.files = {}
        for path in entries_of(folder):
            if LEVEL_NAME.fullmatch(path.name) and path.is_file():
                self.files[int(path.name)] = path.open("rb")
        self.wrong: set[int] = set()

    def on_node(self, height: int, node: bytes) -> None:
        """Compares the next hash of a level. A level that ends early is made again by the writer."""
        level = height // TREE_FILE_HEIGHT
        file = self.files.get(level)
        if height % TREE_FILE_HEIGHT or file is None or level in self.wrong:
            return
        at, kept = file.tell(), file.read(32)
        if kept != node[: len(kept)]:
            self.wrong.add(level)
            seq = (at // 32 + 1) << height
            self.report.findings.append(Finding(f"tree/{level}", at, seq, kept.hex(), node.hex()))

    def close(self, broken: bool) -> None:
        """Looks for hashes of subtrees that are not there."""
        for level, file in sorted(self.files.items()):
            at = file.tell()
            if not broken and level not in self.wrong and file.read(1):
                self.report.findings.append(
                    Finding(f"tree/{level}", at, None, "more hashes", "those of whole subtrees")
                )
            file.close()


def entries_of(folder: Path) -> List[Path]:
    """Lists a folder in order of names; one that is absent is empty."""
    return sorted(folder.iterdir()) if folder.is_dir() else []


def check_names(folder: Path, report: Report) -> List[Path]:
    """Finds names that do not belong here. Returns the segments in their order."""
    folders = {"segments", "tree", "bodies", "snapshots"}
    for path in entries_of(folder):
        fits = (
            path.is_dir() if path.name in folders else path.name in ("checkpoint", "lock") and path.is_file()
        )
        if not fits or path.is_symlink():
            report.findings.append(
                Finding(path.name, None, None, "a name or kind of file that the format does not have", "none")
            )
    lock = folder / "lock"
    if lock.is_file() and lock.stat().st_size:
        report.findings.append(Finding("lock", 0, None, f"{lock.stat().st_size} bytes", "none"))
    segments = []
    for path in entries_of(folder / "segments"):
        file = f"segments/{path.name}"
        plain = path.is_file() and not path.is_symlink()
        if plain and SEGMENT_NAME.fullmatch(path.name):
            segments.append(path)
        elif plain and path.name.endswith(".new") and SEGMENT_NAME.fullmatch(path.name[:-4]):
            report.remarks.append(f"{file} was being made when the writer stopped; it holds nothing")
        else:
            report.findings.append(
                Finding(file, None, None, "a name that is not a segment's", "<8 hex>-<16 hex>.seg")
            )
    for path in entries_of(folder / "tree"):
        if not LEVEL_NAME.fullmatch(path.name) or not path.is_file() or path.is_symlink():
            report.findings.append(
                Finding(f"tree/{path.name}", None, None, "a name that is not a level's", "a level")
            )
    return segments


def check_bodies(folder: Path, report: Report, progress: Progress) -> None:
    """Bodies hash to their names."""
    for shelf in entries_of(folder / "bodies"):
        for path in entries_of(shelf) or [shelf]:
            file = path.relative_to(folder).as_posix()
            if (
                not re.fullmatch("bodies/([0-9a-f]{2})/\\1[0-9a-f]{62}", file)
                or not path.is_file()
                or path.is_symlink()
            ):
                if path != shelf or not re.fullmatch("[0-9a-f]{2}", shelf.name) or not shelf.is_dir():
                    report.findings.append(
                        Finding(file, None, None, "a name that is not a body's", "<first 2 hex>/<64 hex>")
                    )
                continue
            digest = file_digest(path, progress)
            if digest != path.name:
                report.findings.append(
                    Finding(file, None, None, f"bytes with SHA-256 {digest}", "those of its name")
                )


def file_digest(path: Path, progress: Progress) -> str:
    """Returns the SHA-256 of a file, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
            progress.add(len(piece), path.name)
    return digest.hexdigest()


def check_snapshots(folder: Path, chain: Chain) -> None:
    """A snapshot is about a seq that is there."""
    for path in entries_of(folder / "snapshots"):
        matched, file = SNAPSHOT_NAME.fullmatch(path.name), f"snapshots/{path.name}"
        if not matched or not path.is_file() or path.is_symlink():
            chain.finding(file, None, None, "a name that is not a snapshot's", "<16 hex>.snap")
        elif int(matched[1], 16) > chain.committed:
            chain.finding(
                file,
                None,
                int(matched[1], 16),
                "a snapshot behind the last entry",
                f"at most {chain.committed}",
            )


def check_segments(segments: List[Path], chain: Chain, progress: Progress) -> bool:
    """Reads segments in order, up to the first place that does not hold. Says whether all were read."""
    for number, path in enumerate(segments):
        file, last = f"segments/{path.name}", number + 1 == len(segments)
        data = path.read_bytes()
        walk: Optional[SegmentWalk] = None
        try:
            header = parse_header(path.name, data)
            chain.begin(file, header)
            walk = SegmentWalk(chain, file, header, data, progress)
            walk.run(room=last)
        except Broken as broken:
            kind = tail_kind(walk, broken.offset) if walk is not None and last else "damage"
            seq = (chain.committed if broken.group else chain.tree.size) + 1
            chain.finding(file, broken.offset, seq, f"{broken.seen} ({kind})", broken.wanted)
            if not last:
                chain.report.remarks.append(
                    f"the segments behind {file} were not read: they rest on what is damaged"
                )
            return False
        chain.report.segments += 1
    return True


def tail_kind(walk: SegmentWalk, at: int) -> str:
    """Tells a torn tail from damage: bytes that a later commit knows to be on disk cannot be torn."""
    for commit in whole_commits(walk.data, at):
        if commit.journal == walk.header.journal and commit.durable_offset > at:
            return f"damage: the commit at offset {commit.offset} was written when this was on disk"
    return "a torn tail, or damage within the last commit"


def outside_sizes(notes: Sequence[bytes]) -> List[int]:
    """Returns the sizes that checkpoints speak of, as far as they can be read."""
    sizes = []
    for data in notes:
        try:
            sizes.append(parse_note(data).size)
        except ValueError:
            continue
    return sizes


def examine(
    folder: Path, checkpoints: Sequence[Tuple[str, bytes]] = (), key: Optional[Tuple[str, bytes]] = None
) -> Report:
    """Verifies a journal against itself and what was kept outside.

    `checkpoints`: name and bytes of each. `key`: a journal id and the public key that signed under it.
    """
    report = Report()
    segments = check_names(folder, report)
    total = sum(path.stat().st_size for path in segments)
    total += sum(path.stat().st_size for path in (folder / "bodies").glob("*/*"))
    progress = Progress(total)
    inside = folder / "checkpoint"
    notes = [("checkpoint", inside.read_bytes(), False)] if inside.is_file() else []
    notes += [(name, data, True) for name, data in checkpoints]
    files = TreeFiles(folder / "tree", report)
    chain = Chain(Tree(files.on_node), report, outside_sizes([data for _, data, _ in notes]))
    whole = check_segments(segments, chain, progress)
    files.close(broken=not whole)
    report.entries = chain.committed
    if whole:
        report.root = chain.tree.root().hex()
    else:
        report.root = ""
    if not segments:
        report.findings.append(Finding("segments", None, None, "no segment", "a journal"))
    for name, data, outside in notes:
        note = chain.check_note(name, None, data, here=False, alone=not outside)
        if note is not None and outside:
            report.vouched = max(report.vouched, note.size)
    if key is not None and segments:
        check_key(chain, key)
    check_bodies(folder, report, progress)
    check_snapshots(folder, chain)
    return report


def check_key(chain: Chain, key: Tuple[str, bytes]) -> None:
    """A key that was kept outside has to have been in force under the id in its name."""
    journal, public = key
    for reign in chain.reigns:
        reigning = [key for start, key in chain.keys if reign.start < start <= reign.end]
        if reign.journal.hex() == journal and public in [chain.key_at(reign.start), *reigning]:
            return
    chain.finding(
        "segments", None, None, f"no reign of the key {public.hex()} under {ORIGIN}{journal}", "the key given"
    )


def verify(
    folder: Path, checkpoints: Sequence[Tuple[str, bytes]] = (), key: Optional[Tuple[str, bytes]] = None
) -> List[Finding]:
    """Returns what does not hold in a journal."""
    return examine(Path(folder), checkpoints, key).findings


# The command.


class Usage(argparse.ArgumentParser):
    """A parser whose errors are told apart from findings."""

    def error(self, message: str):  # type: ignore[no-untyped-def]
        self.print_usage(sys.stderr)
        self.exit(EXIT_USAGE, f"{message}\n")


def main(words: Optional[Sequence[str]] = None) -> int:
    """Runs the command. Returns its exit code."""
    usage = Usage(description="Verifies a journal: 0 it holds, 2 it does not, 64 usage.")
    usage.add_argument("folder", metavar="DIR", type=Path)
    usage.add_argument("--checkpoint", metavar="FILE", type=Path, action="append", default=[])
    usage.add_argument("--key", metavar="NOTEKEY", help="a key kept outside: <name>+<key id>+<base64>")
    usage.add_argument("--json", action="store_true", help="print one JSON object")
    options = usage.parse_args(words)
    if not options.folder.is_dir():
        usage.error(f"saw no folder {options.folder}, wanted that of a journal")
    try:
        key = parse_note_key(options.key) if options.key is not None else None
        checkpoints = [(str(path), path.read_bytes()) for path in options.checkpoint]
    except (ValueError, OSError) as error:
        usage.error(str(error))
    report = examine(options.folder, checkpoints, key)
    print(json.dumps(asdict(report), indent=2) if options.json else text_of(report))
    return EXIT_DOES_NOT_HOLD if report.findings else EXIT_HOLDS


def text_of(report: Report) -> str:
    """Writes a report for people."""
    lines = [str(finding) for finding in report.findings] + report.remarks
    lines.append(f"{report.entries} entries in {report.segments} segments, root {report.root or 'unknown'}")
    lines.append(f"nothing outside vouches beyond {report.vouched}")
    lines.append(f"does not hold: {len(report.findings)} findings" if report.findings else "holds")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
