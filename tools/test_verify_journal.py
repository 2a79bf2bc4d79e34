#!/usr/bin/env python3
"""Tests of tools/verify_journal.py: published vectors, and journals written from docs/journal-format.md."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import shutil
import struct
import tempfile
import unittest
from pathlib import Path
from typing import Callable, Dict, List, Optional, Tuple

import verify_journal as v
from flip_journal import unseen_flips

# RFC 8032, section 7.1: public key, message, signature of TEST 1, 2, 3 and SHA(abc).
RFC_8032 = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
        "387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
        "4a7c15e9716ed28dc027beceea1ec40a",
    ),
    (
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        hashlib.sha512(b"abc").hexdigest(),
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e030"
        "3dca179c138ac17ad9bef1177331a704",
    ),
]

# RFC 3720, appendix B.4, and the check value of the CRC catalogue.
CRC_VECTORS = [
    (b"123456789", 0xE3069283),
    (bytes(32), 0x8A9136AA),
    (b"\xff" * 32, 0x62A8AB43),
    (bytes(range(32)), 0x46DD794E),
    (bytes(reversed(range(32))), 0x113FDB5C),
]

# Certificate Transparency's reference leaves, and the roots of their first 1 to 8.
CT_LEAVES = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
CT_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]

ID_A, ID_B = bytes(range(16)), bytes(range(16, 32))


class Key:
    """An Ed25519 key that signs, for journals written here."""

    def __init__(self, seed: bytes) -> None:
        digest = hashlib.sha512(seed).digest()
        self.scalar = int.from_bytes(digest[:32], "little") & ~7 & (1 << 254) - 1 | 1 << 254
        self.prefix = digest[32:]
        assert v.BASE is not None
        self.public = v.point_encode(v.point_times(self.scalar, v.BASE))

    def sign(self, message: bytes) -> bytes:
        """Signs as RFC 8032, section 5.1.6, says."""
        assert v.BASE is not None
        r = int.from_bytes(hashlib.sha512(self.prefix + message).digest(), "little") % v.ORDER
        big_r = v.point_encode(v.point_times(r, v.BASE))
        k = int.from_bytes(hashlib.sha512(big_r + self.public + message).digest(), "little") % v.ORDER
        return big_r + ((r + k * self.scalar) % v.ORDER).to_bytes(32, "little")


KEY_A, KEY_B = Key(bytes(32)), Key(b"\x01" * 32)


class Author:
    """Writes a journal as the page says, with every number open to a lie."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.nodes: Dict[int, bytes] = {}
        self.tree = v.Tree(lambda level, node: self.nodes.update({level: self.nodes.get(level, b"") + node}))
        self.id, self.key, self.term = ID_A, KEY_A, 0
        self.data = self.kept = b""
        (folder / "segments").mkdir(parents=True)
        (folder / "lock").touch()

    def begin(self, term: Optional[int] = None, flags: int = 0) -> None:
        """Starts a segment."""
        self.term = self.term + 1 if term is None else term
        self.first = self.tree.size + 1
        head = struct.pack("<8sHH16sQQ", b"PLIMJRNL", 1, flags, self.id, self.term, self.first)
        head += self.tree.root() + self.key.public + bytes(16)
        self.data = head + struct.pack("<I", v.crc32c(head))
        self.durable_offset, self.thinned = 128, flags == 1

    def record(self, kind: int, body: bytes) -> None:
        """Frames a record."""
        body = bytes([kind]) + body
        length = struct.pack("<I", len(body))
        self.data += length + struct.pack("<I", v.crc32c(length + body)) + body

    def entry(self, payload: bytes, kind: int = 7, schema: int = 1) -> None:
        """Writes an entry."""
        data = struct.pack("<QHH", self.tree.size + 1, kind, schema) + payload
        self.tree.push(v.leaf_hash(data))
        self.record(v.ENTRY, data)

    def leaves(self, payloads: List[bytes]) -> None:
        """Writes leaves in place of entries."""
        first, hashes = self.tree.size + 1, []
        for payload in payloads:
            hashes.append(v.leaf_hash(struct.pack("<QHH", self.tree.size + 1, 7, 1) + payload))
            self.tree.push(hashes[-1])
        self.record(v.LEAVES, struct.pack("<QI", first, len(hashes)) + b"".join(hashes))

    def commit(self, **lies: int) -> None:
        """Ends a group."""
        at = len(self.data)
        durable_offset = at if self.thinned else self.durable_offset
        said = {"term": self.term, "seq": self.tree.size, "durable": self.first - 1, "offset": at}
        said.update({"durable_offset": durable_offset, **lies})
        self.record(v.COMMIT, struct.pack("<QQQQQ", *said.values()) + self.tree.root() + self.id)

    def seal(self, cut_bytes: int = 0, reason: int = 0) -> bytes:
        """Ends the term. Returns the payload of the `Cut` that it owes."""
        at = len(self.data)
        body = struct.pack("<QQQQB", self.term, self.tree.size, at, cut_bytes, reason)
        self.record(v.SEAL, body + self.tree.root() + self.id)
        return struct.pack("<QQQQQB", self.term, self.first, at, cut_bytes, self.tree.size, reason)

    def note(self, size: Optional[int] = None, root: Optional[bytes] = None) -> bytes:
        """Signs a checkpoint."""
        name = v.ORIGIN + self.id.hex()
        size = self.tree.size if size is None else size
        encoded = base64.b64encode(self.tree.root() if root is None else root).decode()
        text = f"{name}\n{size}\n{encoded}\n"
        signed = v.note_key_id(name, self.key.public) + self.key.sign(text.encode())
        return f"{text}\n\u2014 {name} {base64.b64encode(signed).decode()}\n".encode()

    def rotate(self, new: Key, by_old: Optional[Key] = None) -> None:
        """Writes `KeyRotated`."""
        keys = self.key.public + new.public
        message = v.ROTATION_TEXT + self.id + struct.pack("<Q", self.tree.size + 1) + keys
        payload = keys + (by_old or self.key).sign(message) + new.sign(message)
        self.entry(payload, kind=v.KEY_ROTATED)
        self.key = new

    def end(self, room: int = 0) -> None:
        """Puts the segment into the folder."""
        name = f"{self.term:08x}-{self.first:016x}.seg"
        (self.folder / "segments" / name).write_bytes(self.data + bytes(room))

    def snapshot(self, root: Optional[bytes] = None, **lies: int) -> bytes:
        """Returns a snapshot of the tree as it is here."""
        said = {"version": 1, "count": 2, "term": self.term, "seq": self.tree.size, "length": 5, **lies}
        head = struct.pack("<8sHH16s", b"PLIMSNAP", said["version"], said["count"], self.id)
        head += struct.pack("<QQ", said["term"], said["seq"]) + (root or self.tree.root())
        data = head + b"".join(self.tree.peaks) + bytes(64) + struct.pack("<Q", said["length"]) + b"state"
        return data + hashlib.sha256(data).digest()

    def keep_snapshot(self, data: Optional[bytes] = None, seq: Optional[int] = None) -> None:
        """Puts a snapshot into the folder."""
        path = self.folder / "snapshots" / f"{self.tree.size if seq is None else seq:016x}.snap"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data or self.snapshot())

    def beside(self) -> None:
        """Writes what lies beside the segments."""
        (self.folder / "checkpoint").write_bytes(self.note())
        (self.folder / "tree").mkdir()
        for level, hashes in self.nodes.items():
            if level % v.TREE_FILE_HEIGHT == 0:
                (self.folder / "tree" / str(level // v.TREE_FILE_HEIGHT)).write_bytes(hashes)
        body = b"a body" * 100
        name = hashlib.sha256(body).hexdigest()
        (self.folder / "bodies" / name[:2]).mkdir(parents=True)
        (self.folder / "bodies" / name[:2] / name).write_bytes(body)


def write_whole(author: Author) -> None:
    """Writes a journal in which everything of the page happens once."""
    author.begin()
    author.record(v.CHECKPOINT, author.note())
    for number in range(5):
        author.entry(b"%d" % number * number)
    author.commit()
    author.record(v.CHECKPOINT, author.note())
    author.keep_snapshot()
    author.end(room=200)
    author.begin(term=author.term)
    author.rotate(KEY_B)
    author.entry(b"behind the rotation")
    author.commit()
    author.kept = author.note()
    author.record(v.CHECKPOINT, author.kept)
    cut = author.seal(cut_bytes=77, reason=1)
    author.end()
    author.id, old = ID_B, author.id
    author.begin()
    author.entry(cut, kind=v.CUT)
    author.entry(old + struct.pack("<Q", author.tree.size - 1) + author.id, kind=v.FORKED)
    author.commit()
    author.seal()
    author.end(room=3)
    author.begin(flags=1)
    author.entry(b"kept")
    author.leaves([b"thinned", b"too"])
    author.commit(durable=author.first - 1)
    author.commit(durable=author.tree.size)
    author.record(v.CHECKPOINT, author.note())
    author.keep_snapshot()
    author.end(room=300)
    author.beside()


class Vectors(unittest.TestCase):
    """Published values."""

    def test_crc32c(self) -> None:
        for data, crc in CRC_VECTORS:
            self.assertEqual(v.crc32c(data), crc)

    def test_tree(self) -> None:
        tree = v.Tree()
        self.assertEqual(tree.root(), v.EMPTY_ROOT)
        for leaf, root in zip(CT_LEAVES, CT_ROOTS):
            tree.push(v.leaf_hash(bytes.fromhex(leaf)))
            self.assertEqual(tree.root().hex(), root)

    def test_signatures(self) -> None:
        for texts in RFC_8032:
            public, message, signature = (bytes.fromhex(text) for text in texts)
            self.assertTrue(v.ed25519_verify(public, message, signature))
            self.assertFalse(v.ed25519_verify(public, message + b"x", signature))
            for at in (0, 31, 32, 63):
                flipped = bytearray(signature)
                flipped[at] ^= 1
                self.assertFalse(v.ed25519_verify(public, message, bytes(flipped)), at)

    def test_signing_here_agrees_with_the_rfc(self) -> None:
        seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
        key = Key(bytes.fromhex(seed))
        self.assertEqual((key.public.hex(), key.sign(b"").hex()), (RFC_8032[0][0], RFC_8032[0][2]))

    def test_a_second_form_of_a_signature_is_refused(self) -> None:
        public, message, signature = (bytes.fromhex(text) for text in RFC_8032[1])
        s = int.from_bytes(signature[32:], "little") + v.ORDER
        self.assertFalse(v.ed25519_verify(public, message, signature[:32] + s.to_bytes(32, "little")))

    def test_keys_of_small_order_and_second_forms_of_points_are_refused(self) -> None:
        one, minus_one, zero = 1, v.P - 1, 0
        eight = "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"
        encodings = [y.to_bytes(32, "little") for y in (one, minus_one, zero, v.P, v.P + 1, one | 1 << 255)]
        for data in [*encodings, bytes.fromhex(eight), b"\xff" * 32, b"", bytes(31)]:
            self.assertIsNone(v.point_decode(data), data.hex())
        # With the identity as key and R, every message would verify under S = 0.
        self.assertFalse(v.ed25519_verify(encodings[0], b"any", encodings[0] + bytes(32)))


class Notes(unittest.TestCase):
    """Checkpoints as bytes."""

    def setUp(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            self.note = Author(Path(folder)).note(size=12)

    def test_a_note_is_read(self) -> None:
        note = v.parse_note(self.note)
        self.assertEqual((note.journal, note.size, note.root), (ID_A.hex(), 12, v.EMPTY_ROOT))
        self.assertEqual(len(note.signatures), 1)

    def test_anything_else_is_refused(self) -> None:
        text = self.note.decode()
        for other in (
            "",
            text[:-1],
            text + "\n",
            text.replace("\n12\n", "\n012\n"),
            text.replace("\n12\n", "\n12\nmore\n"),
            text.replace("\n12\n", "\n12\r\n"),
            text.replace("\u2014", "-"),
            text.replace("plimsoll", "Plimsoll"),
            text.replace(text[-4:], text[-4:].replace("=", "")),
        ):
            with self.assertRaises(ValueError, msg=other):
                v.parse_note(other.encode())

    def test_base64_has_one_form(self) -> None:
        self.assertEqual(v.unbase64("AA=="), b"\0")
        for text in ("AB==", "AA", "AA=", "A A==", "AA==\n"):
            with self.assertRaises(ValueError, msg=text):
                v.unbase64(text)

    def test_a_key_is_read_only_with_its_own_id(self) -> None:
        name = v.ORIGIN + ID_A.hex()
        key_id = v.note_key_id(name, KEY_A.public).hex()
        encoded = base64.b64encode(b"\x01" + KEY_A.public).decode()
        self.assertEqual(v.parse_note_key(f"{name}+{key_id}+{encoded}"), (ID_A.hex(), KEY_A.public))
        for text in ("", name, f"{name}+00000000+{encoded}", f"other+{key_id}+{encoded}"):
            with self.assertRaises(ValueError):
                v.parse_note_key(text)


class Journals(unittest.TestCase):
    """Whole journals."""

    def setUp(self) -> None:
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = Path(self.temporary.name) / "journal"

    def write(self, steps: Callable[[Author], None]) -> Author:
        """Writes a journal afresh."""
        shutil.rmtree(self.folder, ignore_errors=True)
        author = Author(self.folder)
        steps(author)
        return author

    def check(self, steps: Callable[[Author], None], *wanted: str) -> None:
        """Expects these texts in the findings, one each, and no other finding."""
        self.write(steps)
        found = [str(finding) for finding in v.verify(self.folder)]
        self.assertEqual(len(found), len(wanted), found)
        for text, finding in zip(wanted, found):
            self.assertIn(text, finding)

    def test_everything_of_the_page_holds(self) -> None:
        author = self.write(write_whole)
        report = v.examine(self.folder)
        self.assertEqual(report.findings, [])
        self.assertEqual((report.entries, report.segments), (12, 4))
        self.assertEqual(report.root, author.tree.root().hex())

    def test_kept_hashes_of_larger_subtrees_are_compared(self) -> None:
        def steps(author: Author) -> None:
            author.begin()
            for _ in range(600):
                author.entry(b"")
            author.commit()
            author.record(v.CHECKPOINT, author.note())
            author.end()
            author.beside()

        self.check(steps)
        level = self.folder / "tree" / "1"
        kept = level.read_bytes()
        self.assertEqual(len(kept), 64)
        level.write_bytes(kept[:32] + bytes(32))
        self.assertIn("tree/1 offset 32 seq 512", str(v.verify(self.folder)[0]))
        for wrong in (kept + bytes(32), kept[:-2] + b"x", kept[:-1], kept[:32], b""):
            level.write_bytes(wrong)
            self.assertIn("tree/1", {finding.file for finding in v.verify(self.folder)})
        level.unlink()
        self.assertIn("tree/1: saw 0 bytes", str(v.verify(self.folder)[0]))
        shutil.rmtree(self.folder / "tree")
        self.assertIn("those of 600, which the checkpoint covers", str(v.verify(self.folder)[0]))

    def test_every_flip_is_found(self) -> None:
        self.write(write_whole)
        self.assertEqual(unseen_flips(self.folder, flips=300, seed=1), [])

    def test_a_segment_less_or_a_name_more_is_found(self) -> None:
        self.write(write_whole)
        for path in sorted((self.folder / "segments").iterdir())[:-1]:
            data = path.read_bytes()
            path.unlink()
            self.assertNotEqual(v.verify(self.folder), [], path.name)
            path.write_bytes(data)
        for name in (
            "x",
            "segments/x",
            "tree/x",
            "bodies/x",
            "snapshots/x",
            "checkpoint.new",
            "snapshots/0000000000000001.snap.new",
            "bodies/00/" + 64 * "0" + ".new",
            "segments/00000009-0000000000000009.seg.new",
            "tree/01",
            "segments/A.seg",
        ):
            (self.folder / name).parent.mkdir(exist_ok=True)
            (self.folder / name).write_bytes(b"")
            self.assertNotEqual(v.verify(self.folder), [], name)
            (self.folder / name).unlink()
        self.assertEqual(v.verify(self.folder), [])

    def test_outside_checkpoints_vouch(self) -> None:
        author = self.write(write_whole)
        note = author.note()
        report = v.examine(self.folder, [("outside", note)])
        self.assertEqual((report.findings, report.vouched), ([], 12))
        report = v.examine(self.folder, [("outside", author.note(root=bytes(32)))])
        self.assertEqual((len(report.findings), report.vouched), (1, 0))
        sorted((self.folder / "segments").iterdir())[-1].unlink()
        sorted((self.folder / "snapshots").iterdir())[-1].unlink()
        (self.folder / "checkpoint").write_bytes(author.kept)
        level = self.folder / "tree" / "0"
        level.write_bytes(level.read_bytes()[: 9 * 32])
        self.assertEqual(v.verify(self.folder), [], "cut at a commit, unseen from inside")
        report = v.examine(self.folder, [("outside", note)])
        self.assertIn("checkpoint of size 12", str(report.findings))

    def test_a_key_kept_outside_has_to_have_reigned(self) -> None:
        self.write(write_whole)
        for journal, key, holds in (
            (ID_A, KEY_A, True),
            (ID_A, KEY_B, True),
            (ID_B, KEY_B, True),
            (ID_B, KEY_A, True),
            (ID_A, Key(b"\x02" * 32), False),
        ):
            findings = v.verify(self.folder, key=(journal.hex(), key.public))
            self.assertEqual(findings == [], holds, (journal, findings))

    def test_a_commit_that_lies_is_found(self) -> None:
        for lie, text in (
            ({"seq": 9}, "seq 9"),
            ({"term": 2}, "term 2"),
            ({"offset": 5}, "offset 5"),
            ({"durable": 2}, "durable 2"),
            ({"durable_offset": 10**6}, "durable offset 1000000"),
        ):

            def steps(author: Author, lie: Dict[str, int] = lie) -> None:
                author.begin()
                author.entry(b"one")
                author.commit(**lie)
                author.end()

            self.check(steps, text)

    def test_order_of_records_is_checked(self) -> None:
        def checkpoint_inside_a_group(author: Author) -> None:
            author.begin()
            author.entry(b"one")
            author.record(v.CHECKPOINT, author.note())
            author.commit()
            author.end()

        def behind_a_seal(author: Author) -> None:
            author.begin()
            author.seal()
            author.commit()
            author.end()

        def no_commit(author: Author) -> None:
            author.begin()
            author.entry(b"one")
            author.end()

        def leaves_in_a_whole_segment(author: Author) -> None:
            author.begin()
            author.leaves([b"one"])
            author.commit()
            author.end()

        def a_seal_is_missing(author: Author) -> None:
            author.begin()
            author.end()
            author.begin()
            author.end()

        self.check(checkpoint_inside_a_group, "a commit behind entries")
        self.check(behind_a_seal, "a record behind the seal")
        self.check(no_commit, "without a commit")
        self.check(leaves_in_a_whole_segment, "not thinned")
        self.check(a_seal_is_missing, "no seal")

    def test_what_the_journal_says_of_itself_has_to_fit(self) -> None:
        def cut_owed(payload: Callable[[bytes], Optional[bytes]]) -> Callable[[Author], None]:
            def steps(author: Author) -> None:
                author.begin()
                cut = payload(author.seal(cut_bytes=9, reason=2))
                author.end()
                author.begin()
                author.entry(b"first")
                if cut is not None:
                    author.entry(cut, kind=v.CUT)
                author.commit()
                author.end()

            return steps

        def rotation_by_another(author: Author) -> None:
            author.begin()
            author.rotate(KEY_B, by_old=KEY_B)
            author.commit()
            author.end()

        def another_id(author: Author) -> None:
            author.begin()
            author.seal()
            author.end()
            author.id = ID_B
            author.begin()
            author.entry(b"first")
            author.commit()
            author.end()

        def unknown_kind(author: Author) -> None:
            author.begin()
            author.entry(b"", kind=0xFF04)
            author.commit()
            author.end()

        self.check(cut_owed(lambda cut: cut))
        self.check(cut_owed(lambda cut: None), "no entry Cut")
        self.check(cut_owed(lambda cut: cut[:-1] + b"\x01"), "Cut 01")
        self.check(rotation_by_another, "the old key")
        self.check(another_id, "no entry Forked")
        self.check(unknown_kind, "kind 0xff04")

    def test_zeros_may_follow_the_last_record_of_every_segment(self) -> None:
        def steps(seal: bool, behind: bytes) -> Callable[[Author], None]:
            def write(author: Author) -> None:
                author.begin()
                author.entry(b"one")
                author.commit()
                author.record(v.CHECKPOINT, author.note())
                if seal:
                    author.seal()
                author.data += behind
                author.end()
                author.begin(term=author.term + seal)
                author.end(room=9)
                author.beside()

            return write

        for seal in (False, True):
            self.check(steps(seal, bytes(100)))
            self.check(steps(seal, bytes(5)))
            self.write(steps(seal, bytes(50) + b"x" + bytes(49)))
            self.assertIn("zeros behind the last record", str(v.verify(self.folder)[0]))

    def test_a_filled_segment_ends_with_a_checkpoint_and_terms_count_up(self) -> None:
        def unvouched(author: Author) -> None:
            author.begin()
            author.entry(b"one")
            author.commit()
            author.end()
            author.begin(term=1)
            author.end()

        def a_term_is_missing(author: Author) -> None:
            author.begin()
            author.seal()
            author.end()
            author.begin(term=3)
            author.end()

        self.check(unvouched, "no checkpoint at the end of the segment before")
        self.check(a_term_is_missing, "term 3 behind a seal of term 1 (damage), wanted 2")
        self.check(lambda author: (author.begin(term=2), author.end())[0], "term 2 behind")

    def test_what_is_called_durable_is_the_end_of_an_earlier_group(self) -> None:
        def steps(durable: int, durable_offset: int) -> Callable[[Author], None]:
            def write(author: Author) -> None:
                author.begin()
                for payload in (b"one", b"two"):
                    author.entry(payload)
                    author.commit()
                author.entry(b"three")
                author.commit(durable=durable, durable_offset=durable_offset)
                author.end()

            return write

        # An entry of three bytes has 24, a commit 97.
        for pair in ((0, 128), (1, 249), (2, 370)):
            self.check(steps(*pair))
        for pair in ((1, 248), (1, 370), (2, 249), (3, 370), (2, 396), (1, 128)):
            self.check(steps(*pair), "the end of an earlier group")

    def test_a_new_id_may_bring_a_new_key_and_its_first_commit_says_forked(self) -> None:
        def steps(forked: bool, seq: int = 1) -> Callable[[Author], None]:
            def write(author: Author) -> None:
                author.begin()
                author.entry(b"one")
                author.commit()
                author.seal()
                author.end()
                author.id, author.key = ID_B, KEY_B
                author.begin()
                if forked:
                    author.entry(ID_A + struct.pack("<Q", seq) + ID_B, kind=v.FORKED)
                author.commit()
                if forked:
                    author.record(v.CHECKPOINT, author.note())
                    author.beside()
                author.end()

            return write

        self.check(steps(True))
        self.check(steps(False), "no entry Forked")
        self.check(steps(True, seq=2), "Forked 00")

    def test_a_header_has_the_key_before_a_rotation_that_comes_first(self) -> None:
        def steps(early: bool) -> Callable[[Author], None]:
            def write(author: Author) -> None:
                author.begin()
                author.entry(b"one")
                author.commit()
                author.seal()
                author.end()
                author.key = KEY_B if early else KEY_A
                author.begin()
                author.key = KEY_A
                author.rotate(KEY_B)
                author.commit()
                author.end()

            return write

        self.check(steps(False))
        self.check(steps(True), "in force before this segment's first entry")

    def test_the_newest_checkpoint_is_a_copy_of_a_record_with_one_signature(self) -> None:
        author = self.write(write_whole)
        (self.folder / "checkpoint").unlink()
        self.assertIn("no file, and 4 records", str(v.verify(self.folder)))
        other = author.note().decode()
        line = other.split("\n")[4].replace(v.ORIGIN, "witness/")
        (self.folder / "checkpoint").write_text(f"{other}{line}\n")
        self.assertEqual(len(v.verify(self.folder)), 2, "another's signature, and no record")
        (self.folder / "checkpoint").write_bytes(author.kept)
        self.assertEqual(v.verify(self.folder), [], "an older one may be left by a crash")
        outside = f"{other}{line}\n".encode()
        self.assertEqual(v.examine(self.folder, [("outside", outside)]).vouched, 12)

    def test_a_snapshot_says_the_tree_of_its_seq(self) -> None:
        author = self.write(write_whole)
        for data, seq, text in (
            (author.snapshot(version=2), None, "version 2"),
            (author.snapshot(count=3), None, "bytes"),
            (author.snapshot(length=4), None, "bytes"),
            (author.snapshot(seq=3), None, "seq 3"),
            (author.snapshot(), 10, "seq 12"),
            (author.snapshot(seq=24), 24, "at most 12"),
            (author.snapshot(root=bytes(32)), None, "the compact range"),
            (author.snapshot(term=4), None, "term 4"),
            (author.snapshot()[:-1], None, "SHA-256"),
            (b"PLIMSNAP", None, "8 bytes"),
        ):
            author.keep_snapshot(data, seq)
            self.assertIn(text, str(v.verify(self.folder)), text)
            (self.folder / "snapshots" / f"{12 if seq is None else seq:016x}.snap").unlink()
        other = Author(Path(self.temporary.name) / "other")
        other.id = ID_B
        other.begin()
        for _ in range(12):
            other.entry(b"of another journal")
        author.keep_snapshot(other.snapshot())
        self.assertIn("snap offset 44", str(v.verify(self.folder)[0]))

    def test_a_torn_tail_is_told_from_damage(self) -> None:
        def steps(durable_offset: int) -> Callable[[Author], None]:
            def write(author: Author) -> None:
                author.begin()
                author.entry(b"first")
                author.commit()
                author.entry(b"second")
                author.commit(durable=1, durable_offset=durable_offset)
                # The first entry's last byte, without its checksum.
                author.data = author.data[:152] + b"X" + author.data[153:]
                author.end(room=100)

            return write

        self.check(steps(128), "a torn tail")
        self.check(steps(251), "(damage: the commit at")

    def test_the_command_answers_with_its_code(self) -> None:
        def run(*words: str) -> Tuple[int, str]:
            with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()):
                try:
                    return v.main([str(self.folder), *words]), out.getvalue()
                except SystemExit as exit:
                    return int(exit.code or 0), out.getvalue()

        self.assertEqual(run()[0], 64)
        author = self.write(write_whole)
        code, text = run()
        self.assertEqual(code, 0)
        self.assertIn("nothing outside vouches beyond 0\nholds", text)
        kept = Path(self.temporary.name) / "kept"
        kept.write_bytes(author.note())
        code, text = run("--checkpoint", str(kept))
        self.assertEqual(code, 0)
        self.assertIn("nothing outside vouches beyond 12\n", text)
        self.assertIn('"findings": []', run("--json")[1])
        self.assertEqual(run("--checkpoint", str(kept) + "x")[0], 64)
        self.assertEqual(run("--key", "no key")[0], 64)
        self.assertEqual(run("--unknown")[0], 64)
        (self.folder / "x").touch()
        self.assertEqual(run()[0], 2)


if __name__ == "__main__":
    unittest.main()
