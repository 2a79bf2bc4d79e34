#!/usr/bin/env python3
"""Flips single bits of a journal, one at a time, and says which flips tools/verify_journal.py does not see.

    python3 tools/flip_journal.py DIR [--flips N] [--seed N]

Works on a copy. Files take turns, so that a small file meets as many flips as a large one, and in a file
half of the flips hit its first and last bytes, where headers, seals and the last commit lie. Exit code 0:
each flip was found; 2: one was not, or the journal does not hold before any flip.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
from pathlib import Path
from typing import List, Optional, Sequence

from verify_journal import verify

# Flips near an end of a file hit so many of its bytes.
EDGE_BYTES = 512


def place(dice: random.Random, size: int) -> int:
    """Picks a byte of a file."""
    edge = min(size, EDGE_BYTES)
    return dice.choice(
        (dice.randrange(size), dice.choice((dice.randrange(edge), size - 1 - dice.randrange(edge))))
    )


def unseen_flips(folder: Path, flips: int, seed: int) -> List[str]:
    """Returns the flips that are not found, each as a path with its byte and bit."""
    dice, unseen = random.Random(seed), []
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.stat().st_size)
    for turn in range(flips):
        path = files[turn % len(files)]
        whole = path.read_bytes()
        at, bit = place(dice, len(whole)), dice.randrange(8)
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :])
        if not verify(folder):
            unseen.append(f"{path.relative_to(folder)} byte {at} bit {bit}")
        path.write_bytes(whole)
    return unseen


def main(words: Optional[Sequence[str]] = None) -> int:
    """Runs the command. Returns its exit code."""
    usage = argparse.ArgumentParser(description="Flips bits of a copy of a journal and verifies each.")
    usage.add_argument("folder", metavar="DIR", type=Path)
    usage.add_argument("--flips", type=int, default=100)
    usage.add_argument("--seed", type=int, default=1)
    options = usage.parse_args(words)
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary) / "journal"
        shutil.copytree(options.folder, copy)
        findings = verify(copy)
        for finding in findings:
            print(finding)
        unseen = [] if findings else unseen_flips(copy, options.flips, options.seed)
    for flip in unseen:
        print(f"not found: {flip}")
    print(f"{options.flips} flips, {len(unseen)} not found")
    return 2 if findings or unseen else 0


if __name__ == "__main__":
    sys.exit(main())
