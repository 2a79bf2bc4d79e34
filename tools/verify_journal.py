#!/usr/bin/env python3
"""Verifies a journal from docs/journal-format.md alone, sharing no line with the program that wrote it.

    python3 tools/verify_journal.py DIR [--checkpoint FILE]... [--key NOTEKEY] [--json]

Exit code 0: the journal holds. 2: it does not; each finding names file, offset and seq where they are
known, what was seen and what was wanted. 64: usage. Verify a journal that nobody is writing to, or a copy:
this program takes no lock, so it may see a commit half written. `--key` is a key in the form of signed
notes; it must have been in force at some time.
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
from typing import Callable, Dict, Iterator, List, NamedTuple, Optional, Sequence, Set, Tuple

HEADER_BYTES = 128
FRAME_BYTES = 8
BODY_BYTES_MAX = 16_777_229
NOTE_BYTES_MAX = 65_536
# A note's signatures: the journal's own and those of witnesses.
SIGNATURES_MAX = 16
LEAVES_MAX = 65_536
# Each file of `tree/` is about subtrees so many times doubled as those of the file before.
TREE_FILE_HEIGHT = 8
ENTRY, COMMIT, CHECKPOINT, SEAL, LEAVES = 1, 2, 3, 4, 5
OWN_KINDS_FROM, CUT, FORKED, KEY_ROTATED = 0xFF00, 0xFF01, 0xFF02, 0xFF03
OWN_BYTES = {CUT: 41, FORKED: 40, KEY_ROTATED: 192}
OWN_NAMES = {CUT: "Cut", FORKED: "Forked", KEY_ROTATED: "KeyRotated"}
CUT_REASONS = (1, 2, 3)
SNAPSHOT_FORMAT, SNAPSHOT_MAGIC = "<8sHH16sQQ32s", b"PLIMSNAP"
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
        return root_of(self.peaks)


def root_of(peaks: Sequence[bytes]) -> bytes:
    """Returns the root of a tree from the roots of its whole subtrees, largest first."""
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
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
        origin, size = lines[0][len(ORIGIN) :], int(lines[1])
        if size >= 1 << 64:
            raise ValueError(f"a size of {size}")
        root = unbase64(lines[2])
        if len(root) != 32:
            raise ValueError(f"a root of {len(root)} bytes")
        lines = below[:-1].split("\n")
        if len(lines) > SIGNATURES_MAX:
            raise ValueError(f"{len(lines)} signatures")
        signatures = [parse_signature(line) for line in lines]
    except (UnicodeError, binascii.Error) as error:
        raise ValueError(str(error)) from error
    return Note((text + "\n").encode(), origin, size, root, signatures)


def parse_signature(line: str) -> Signature:
    """Reads one line below a note's text."""
    words = line.split(" ")
    name = words[1] if len(words) == 3 else ""
    if words[0] != "\u2014" or not name or any(c == "+" or c.isspace() or not c.isprintable() for c in name):
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
    """One journal id: the sizes of the tree that were reached under it, both included, its terms and keys.

    It begins with the size behind its first entry, the first one of a journal with the empty tree.
    """

    journal: bytes
    start: int
    end: int
    keys: List[Tuple[int, bytes]]

    def key_at(self, size: int) -> bytes:
        """Returns the key in force for a tree of this size."""
        return [key for start, key in self.keys if start <= size][-1]


class Place(NamedTuple):
    """The tree at a size that is asked for, and who wrote its last entry."""

    journal: bytes
    term: int
    peaks: List[bytes]


class Chain:
    """What is true of a journal up to the record being read: tree, keys, ids, term, and what is still owed."""

    def __init__(self, tree: Tree, report: Report, wanted_places: Sequence[int]) -> None:
        self.tree, self.report = tree, report
        self.committed = 0
        self.places: Dict[int, Place] = {}
        self.wanted_places = set(wanted_places)
        self.reigns: List[Reign] = []
        self.term = 0
        self.durable = 0
        self.sealed = True
        # The last record of the segment before is a checkpoint.
        self.vouched = False
        self.owed_cut: Optional[OwedCut] = None
        self.owed_fork: Optional[bytes] = None
        # Checkpoint records: their bytes' hashes.
        self.noted: Set[bytes] = set()

    def finding(self, file: str, offset: Optional[int], seq: Optional[int], seen: str, wanted: str) -> None:
        """Takes a finding down."""
        self.report.findings.append(Finding(file, offset, seq, seen, wanted))

    def begin(self, file: str, header: Header) -> None:
        """Holds a segment's header against all before it. Raises Broken if it does not follow."""
        if header.first != self.tree.size + 1:
            raise Broken(36, f"first seq {header.first}", f"{self.tree.size + 1}, behind the entries before")
        if header.previous_root != self.tree.root():
            raise Broken(44, f"previous root {header.previous_root.hex()}", self.tree.root().hex())
        wanted = self.term + 1 if self.sealed else self.term
        if header.term != wanted:
            seen = f"term {header.term} behind {'a' if self.sealed else 'no'} seal of term {self.term}"
            raise Broken(28, seen, str(wanted))
        if header.term > self.term:
            self.term, self.sealed = header.term, False
            self.begin_id(header)
        elif header.journal != self.reigns[-1].journal:
            seen, wanted_id = header.journal.hex(), self.reigns[-1].journal.hex()
            raise Broken(12, f"journal id {seen}", f"{wanted_id} until the term ends")
        elif not self.vouched:
            self.finding(file, 0, header.first, "no checkpoint at the end of the segment before", "one")
        self.begin_key(file, header)
        self.keep_place()

    def begin_id(self, header: Header) -> None:
        """Starts a reign where the journal id is another than before."""
        if self.reigns and header.journal == self.reigns[-1].journal:
            return
        size = self.tree.size
        if self.reigns:
            self.owed_fork = self.reigns[-1].journal + struct.pack("<Q", size) + header.journal
            size += 1
        self.reigns.append(Reign(header.journal, size, size - 1, []))

    def begin_key(self, file: str, header: Header) -> None:
        """Takes the key of a segment that begins under a new id, and compares those of the others."""
        keys, key = self.reigns[-1].keys, header.public
        if not keys:
            keys.append((0, key))
            if point_decode(key) is None:
                self.finding(file, 76, None, f"key {key.hex()}", "an Ed25519 public key")
        elif key != keys[-1][1]:
            wanted = f"{keys[-1][1].hex()}, in force before this segment's first entry"
            self.finding(file, 76, header.first, f"key {key.hex()}", wanted)

    def push(self, leaf: bytes) -> None:
        """Adds a leaf."""
        self.tree.push(leaf)
        self.keep_place()

    def keep_place(self) -> None:
        """Keeps the tree as it is here, if somebody asks for this size."""
        if self.tree.size in self.wanted_places:
            place = Place(self.reigns[-1].journal, self.term, list(self.tree.peaks))
            self.places.setdefault(self.tree.size, place)

    def place(self, size: int) -> Optional[Place]:
        """Returns the tree of a size that was asked for, if whole commits reach so far."""
        return self.places.get(size) if size <= self.committed else None

    def commit(self, size: int) -> None:
        """Lets the entries so far count."""
        self.committed = size
        self.reigns[-1].end = size

    def check_own(self, file: str, journal: bytes, own: List[OwnEntry], entries: bool) -> None:
        """Judges what one commit says of the journal itself, and whether it says what it owes."""
        for entry in own:
            wrong = self.own_form(entry)
            if wrong:
                self.finding(file, entry.at, entry.seq, *wrong)
            elif entry.kind == CUT:
                self.check_cut(file, entry)
            elif entry.kind == FORKED:
                self.check_fork(file, entry)
            else:
                self.check_rotation(file, journal, entry)
        if self.owed_fork is not None:
            seen = f"no entry Forked in the first commit under journal id {journal.hex()}"
            self.finding(file, None, self.tree.size, seen, f"one with payload {self.owed_fork.hex()}")
            self.owed_fork = None
        if entries and self.owed_cut is not None:
            seen = "no entry Cut in the first commit with entries behind a seal that cut"
            self.finding(file, None, self.tree.size, seen, f"one with payload {self.owed_cut.payload.hex()}")
            self.owed_cut = None

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
        """Pays the owed cut."""
        owed, self.owed_cut = self.owed_cut, None
        if owed is None or not owed.paid_by(entry.payload):
            wanted = "none" if owed is None else f"{owed.payload.hex()}, the numbers of the seal before this term"
            self.finding(file, entry.at, entry.seq, f"Cut {entry.payload.hex()}", wanted)

    def check_fork(self, file: str, entry: OwnEntry) -> None:
        """Pays for a change of the id."""
        owed, self.owed_fork = self.owed_fork, None
        if entry.payload != owed:
            wanted = "none" if owed is None else f"{owed.hex()}, the change with which this segment begins"
            self.finding(file, entry.at, entry.seq, f"Forked {entry.payload.hex()}", wanted)

    def check_rotation(self, file: str, journal: bytes, entry: OwnEntry) -> None:
        """Lets a new key be in force, if the old one and it say so."""
        old, new, by_old, by_new = struct.unpack("<32s32s64s64s", entry.payload)
        message = ROTATION_TEXT + journal + struct.pack("<Q", entry.seq) + old + new
        keys = self.reigns[-1].keys
        if old != keys[-1][1]:
            wanted = f"{keys[-1][1].hex()}, in force here"
            self.finding(file, entry.at, entry.seq, f"old key {old.hex()}", wanted)
        for name, key, signature in (("old", old, by_old), ("new", new, by_new)):
            if not ed25519_verify(key, message, signature):
                seen = f"a signature that the {name} key {key.hex()} did not make"
                self.finding(file, entry.at, entry.seq, seen, "one by each of both keys over this rotation")
        keys.append((entry.seq, new))

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
        named = [reign for reign in self.reigns if reign.journal.hex() == note.journal]
        reigns = [reign for reign in named if here or reign.start <= note.size <= reign.end]
        place = None if here else self.place(note.size)
        if not reigns or not (here or place):
            have = ", ".join(f"{r.journal.hex()} from {r.start} to {r.end}" for r in self.reigns)
            seen = f"a checkpoint of size {note.size} of journal {note.journal}"
            return seen, f"one of what is here: {have or 'nothing'}"
        root = self.tree.root() if place is None else root_of(place.peaks)
        if note.root != root:
            return f"root {note.root.hex()} of size {note.size}", root.hex()
        name, key = ORIGIN + note.journal, reigns[-1].key_at(note.size)
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
        self.durable_offset = HEADER_BYTES
        # Where a group ends, and the size of the tree there: what a later commit may call durable.
        self.bounds = {HEADER_BYTES: chain.tree.size}
        self.group_at: Optional[int] = None
        self.own: List[OwnEntry] = []
        self.sealed = self.vouched = self.any_leaves = False

    def run(self) -> None:
        """Reads to the end. Raises Broken at the first place that does not hold."""
        at = told = HEADER_BYTES
        while True:
            record = parse_record(self.data, at)
            if record is None:
                break
            if self.sealed:
                raise Broken(at, "a record behind the seal", "zeros")
            self.take(record)
            at += FRAME_BYTES + 1 + len(record.body)
            if self.group_at is None:
                self.bounds[at] = self.chain.tree.size
            if at - told >= 1 << 16:
                self.progress.add(at - told, f"seq {self.chain.tree.size}")
                told = at
        self.progress.add(len(self.data) - told, f"seq {self.chain.tree.size}")
        if self.group_at is not None:
            raise Broken(self.group_at, "entries without a commit behind them", "a commit", group=True)
        if self.header.thinned and not self.any_leaves:
            self.chain.finding(self.file, 10, None, "a thinned segment without leaves", "flag 0 unset")
        self.chain.vouched = self.vouched

    def take(self, record: Record) -> None:
        """Takes one record."""
        self.vouched = record.type == CHECKPOINT
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
        self.any_leaves = True
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
        self.check_durable(commit)
        chain.durable, self.durable_offset = commit.durable, commit.durable_offset
        chain.check_own(self.file, self.header.journal, self.own, self.group_at is not None)
        chain.commit(commit.seq)
        self.group_at, self.own = None, []

    def check_durable(self, commit: Commit) -> None:
        """What a commit calls durable is the end of an earlier group, and never falls."""
        chain, said = self.chain, (commit.durable, commit.durable_offset)
        # A writer that does not sync knows no more than before.
        unsynced = commit.durable == chain.durable
        if self.header.thinned:
            holds = unsynced or commit.durable == chain.committed
            holds = holds and commit.durable_offset == commit.offset
        else:
            holds = commit.durable_offset >= self.durable_offset and commit.durable >= chain.durable
            ends = self.bounds.get(commit.durable_offset) == commit.durable
            holds = holds and (ends or unsynced and commit.durable_offset == HEADER_BYTES)
        if not holds:
            wanted = f"the end of an earlier group, from {chain.durable} and {self.durable_offset} on"
            raise Broken(commit.offset, f"durable {said[0]}, durable offset {said[1]}", wanted)

    def take_checkpoint(self, record: Record) -> None:
        """A checkpoint is about the tree as it is here, under this segment's id."""
        self.chain.noted.add(hashlib.sha256(record.body).digest())
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
            self.chain.owed_cut = OwedCut(payload, self.header.thinned)
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
        self.wrong: Set[int] = set()

    def on_node(self, height: int, node: bytes) -> None:
        """Compares the next hash of a level. Where a level ends is looked at in the end."""
        level = height // TREE_FILE_HEIGHT
        file = self.files.get(level)
        if height % TREE_FILE_HEIGHT or file is None or level in self.wrong:
            return
        at, kept = file.tell(), file.read(32)
        if kept != node[: len(kept)]:
            self.wrong.add(level)
            seq = (at // 32 + 1) << height
            self.report.findings.append(Finding(f"tree/{level}", at, seq, kept.hex(), node.hex()))

    def close(self, size: int, covered: int) -> None:
        """Checks the lengths once all leaves are read. `covered`: so many leaves are there at least."""
        lengths = {level: file.seek(0, 2) for level, file in self.files.items()}
        leaves = lengths.get(0, 0) // 32
        if leaves < covered:
            wanted = f"those of {covered}, which the checkpoint covers"
            self.report.findings.append(
                Finding("tree/0", leaves * 32, None, f"the hashes of {leaves} entries", wanted)
            )
        for level in range(8):
            seen, wanted = lengths.get(level, 0), (min(leaves, size) >> level * TREE_FILE_HEIGHT) * 32
            if seen != wanted:
                self.report.findings.append(
                    Finding(f"tree/{level}", None, None, f"{seen} bytes", f"{wanted}, whole hashes without gaps")
                )
        for file in self.files.values():
            file.close()


def entries_of(folder: Path) -> List[Path]:
    """Lists a folder in order of names; one that is absent is empty."""
    return sorted(folder.iterdir()) if folder.is_dir() else []


def stranger(file: str, wanted: str) -> Finding:
    """A name, or a kind of file, that does not belong in the folder."""
    seen = "an unfinished file" if file.endswith(".new") else "a name or kind of file that is none of the format"
    return Finding(file, None, None, seen, wanted)


def check_names(folder: Path, report: Report) -> List[Path]:
    """Finds names that do not belong here. Returns the segments in their order."""
    folders = {"segments", "tree", "bodies", "snapshots"}
    for path in entries_of(folder):
        fits = (
            path.is_dir() if path.name in folders else path.name in ("checkpoint", "lock") and path.is_file()
        )
        if not fits or path.is_symlink():
            report.findings.append(stranger(path.name, "none"))
    lock = folder / "lock"
    if lock.is_file() and lock.stat().st_size:
        report.findings.append(Finding("lock", 0, None, f"{lock.stat().st_size} bytes", "none"))
    segments = []
    for path in entries_of(folder / "segments"):
        file = f"segments/{path.name}"
        plain = path.is_file() and not path.is_symlink()
        if plain and SEGMENT_NAME.fullmatch(path.name):
            segments.append(path)
        else:
            report.findings.append(stranger(file, "<8 hex>-<16 hex>.seg"))
    for path in entries_of(folder / "tree"):
        if not LEVEL_NAME.fullmatch(path.name) or not path.is_file() or path.is_symlink():
            report.findings.append(stranger(f"tree/{path.name}", "a level, 0 to 7"))
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
                    report.findings.append(stranger(file, "<first 2 hex>/<64 hex>"))
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


def snapshot_seqs(folder: Path) -> List[int]:
    """Returns the seqs in the names of snapshots."""
    names = [SNAPSHOT_NAME.fullmatch(path.name) for path in entries_of(folder / "snapshots")]
    return [int(name[1], 16) for name in names if name]


def check_snapshots(folder: Path, chain: Chain, progress: Progress) -> None:
    """Snapshots are whole, and say the tree of their seq."""
    for path in entries_of(folder / "snapshots"):
        matched, file = SNAPSHOT_NAME.fullmatch(path.name), f"snapshots/{path.name}"
        if not matched or not path.is_file() or path.is_symlink():
            chain.report.findings.append(stranger(file, "<16 hex>.snap"))
            continue
        data, seq = path.read_bytes(), int(matched[1], 16)
        progress.add(len(data), path.name)
        wrong = snapshot_form(data, seq)
        at, seen, wanted = wrong if wrong else snapshot_place(data, seq, chain)
        if seen:
            chain.finding(file, at, seq, seen, wanted)


def snapshot_form(data: bytes, seq: int) -> Optional[Tuple[int, str, str]]:
    """Says what does not hold in a snapshot's bytes, whatever the journal is."""
    head = struct.calcsize(SNAPSHOT_FORMAT)
    if len(data) < head + 8 + 32:
        return 0, f"{len(data)} bytes", "a whole snapshot"
    magic, version, count, _, _, said, root = struct.unpack_from(SNAPSHOT_FORMAT, data)
    if magic != SNAPSHOT_MAGIC:
        return 0, f"magic {magic!r}", repr(SNAPSHOT_MAGIC)
    digest = hashlib.sha256(data[:-32]).digest()
    if digest != data[-32:]:
        return len(data) - 32, f"SHA-256 {data[-32:].hex()}", f"{digest.hex()}, of all before"
    if version != 1:
        return 8, f"version {version}", "1"
    if said != seq:
        return 36, f"seq {said}", f"{seq}, as in the name"
    state = head + 32 * (bin(said).count("1") + count) + 8
    length = int.from_bytes(data[state - 8 : state], "little") if state <= len(data) - 32 else -1
    if state + length + 32 != len(data):
        return 0, f"{len(data)} bytes", f"{state} + the length of the state + 32"
    if root_of(snapshot_peaks(data, seq)) != root:
        return 44, f"root {root.hex()}", "that of the compact range behind it"
    return None


def snapshot_peaks(data: bytes, seq: int) -> List[bytes]:
    """Returns the compact range in a snapshot that is long enough."""
    start = struct.calcsize(SNAPSHOT_FORMAT)
    return [data[start + 32 * n : start + 32 * n + 32] for n in range(bin(seq).count("1"))]


def snapshot_place(data: bytes, seq: int, chain: Chain) -> Tuple[int, str, str]:
    """Says what of a snapshot is not true of the journal; nothing seen if all is."""
    place = chain.place(seq)
    if place is None:
        return 36, f"seq {seq}", f"at most {chain.committed}, the last entry"
    _, _, _, journal, term, _, root = struct.unpack_from(SNAPSHOT_FORMAT, data)
    if snapshot_peaks(data, seq) != place.peaks:
        return 44, f"root {root.hex()}", root_of(place.peaks).hex()
    if not place.term <= term <= chain.term:
        return 28, f"term {term}", f"{place.term} to {chain.term}"
    ids = (place.journal, chain.reigns[-1].journal)
    if journal not in ids:
        return 12, f"journal id {journal.hex()}", " or ".join(x.hex() for x in ids)
    return 0, "", ""


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
            walk.run()
        except Broken as broken:
            kind = tail_kind(walk) if walk is not None and last else "damage"
            seq = (chain.committed if broken.group else chain.tree.size) + 1
            chain.finding(file, broken.offset, seq, f"{broken.seen} ({kind})", broken.wanted)
            if not last:
                chain.report.remarks.append(
                    f"the segments behind {file} were not read: they rest on what is damaged"
                )
            return False
        chain.report.segments += 1
    return True


def tail_kind(walk: SegmentWalk) -> str:
    """Tells a torn tail from damage: bytes that a later commit knows to be on disk cannot be torn."""
    at = max(walk.bounds)
    for commit in whole_commits(walk.data, at):
        if commit.journal == walk.header.journal and commit.durable_offset > at:
            return f"damage: the commit at offset {commit.offset} was written when this was on disk"
    return "a torn tail, or damage within the last commit"


def note_size(data: bytes) -> Optional[int]:
    """Returns the size that a checkpoint speaks of, if it can be read."""
    try:
        return parse_note(data).size
    except ValueError:
        return None


def examine(
    folder: Path, checkpoints: Sequence[Tuple[str, bytes]] = (), key: Optional[Tuple[str, bytes]] = None
) -> Report:
    """Verifies a journal against itself and what was kept outside.

    `checkpoints`: name and bytes of each. `key`: the id in its name, which is not compared (a journal may be
    forked since), and a public key that must have been in force.
    """
    report = Report()
    segments = check_names(folder, report)
    total = sum(path.stat().st_size for path in segments)
    total += sum(path.stat().st_size for kind in ("bodies/*/*", "snapshots/*") for path in folder.glob(kind))
    progress = Progress(total)
    inside = folder / "checkpoint"
    notes = [("checkpoint", inside.read_bytes(), False)] if inside.is_file() else []
    notes += [(name, data, True) for name, data in checkpoints]
    files = TreeFiles(folder / "tree", report)
    sizes = [note_size(data) for _, data, _ in notes]
    asked = [size for size in sizes if size is not None] + snapshot_seqs(folder)
    chain = Chain(Tree(files.on_node), report, asked)
    whole = check_segments(segments, chain, progress)
    covered = note_size(notes[0][1]) if inside.is_file() else None
    files.close(chain.committed, min(covered or 0, chain.committed))
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
    check_newest(inside, chain, whole)
    if key is not None and segments:
        check_key(chain, key[1])
    check_bodies(folder, report, progress)
    check_snapshots(folder, chain, progress)
    return report


def check_newest(inside: Path, chain: Chain, whole: bool) -> None:
    """The file `checkpoint` is a copy of a record, and is there if there is a record."""
    if not inside.is_file():
        if chain.noted:
            chain.finding("checkpoint", None, None, f"no file, and {len(chain.noted)} records", "one of them")
    elif whole and hashlib.sha256(inside.read_bytes()).digest() not in chain.noted:
        chain.finding("checkpoint", None, None, "a checkpoint that is no record of a segment", "one of those")


def check_key(chain: Chain, public: bytes) -> None:
    """A key that was kept outside has to have been in force at some time."""
    if public not in [key for reign in chain.reigns for _, key in reign.keys]:
        chain.finding("segments", 76, None, f"no time when the key {public.hex()} was in force", "the key given")


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
