#!/usr/bin/env python3
"""Changes the source in one place at a time and says which changes no unit test notices.

    python3 tools/mutation.py GLOB... [--only REGEX] [--skip REGEX] [--jobs N] [--out FILE] [--alone]

The changes are those of `cargo mutants --list`. One build for each would take days, so all of them are planted in a copy of the
sources at once: a function becomes a `match` over the number of a change, with its whole body for each, and the number is given to the
test binary in its environment. What does not compile is taken out by rustc's own messages. A change then meets the tests that reach
its function, which a run of each test by itself has told; the quickest come first and the first that fails ends it. Ten times as long
as usual, and two seconds, is a failure too.

Not planted, and told as `apart`: a change outside of functions, or in one that a constant calls. With `--alone` each of these gets a
build of its own and meets all tests.

Tests in a crate's `tests` folder are not run: what they alone hold is told as alive.

Works in target/mutation and changes nothing else. Exit code 0: it is done, whatever lives. 64: usage, 70: the sources do not build.
Standard library only.
"""

from __future__ import annotations

import argparse
import collections
import concurrent.futures
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Sequence, Set, Tuple

WORK = Path("target/mutation").absolute()
TREE = WORK / "tree"
# Quick tests share a process up to so many seconds.
BATCH_S = 0.2
# A test that takes longer than this, times ten, loops.
SLACK_S = 2.0
# What a loop may fill before it is ended.
BYTES_MAX = 4 << 30
# What may hold a brace that is none.
TOKENS = re.compile(
    r"""//[^\n]*|/\*.*?\*/|\br(#*)".*?"\1|"(?:\\.|[^"\\])*"|'(?:\\[^']+|[^\\'])'|[{}]""", re.DOTALL
)
SWITCH = """
#[allow(missing_docs, reason = "a scratch copy")]
pub mod mutation {
    use std::io::Write;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicBool, Ordering};
    static SEEN: [AtomicBool; COUNT] = [const { AtomicBool::new(false) }; COUNT];
    static ASKED: OnceLock<(usize, Option<String>)> = OnceLock::new();
    /// The change that is on if it is one of these, else 0.
    pub fn at(first: usize, last: usize) -> usize {
        let (on, reach) = ASKED.get_or_init(|| {
            let on = std::env::var("MUTATION").ok().and_then(|on| on.parse().ok());
            (on.unwrap_or(0), std::env::var("MUTATION_REACH").ok())
        });
        if let Some(reach) = reach && !SEEN[first].swap(true, Ordering::Relaxed) {
            let mut file = std::fs::OpenOptions::new().create(true).append(true).open(reach).unwrap();
            file.write_all(format!("{first}\\n").as_bytes()).unwrap();
        }
        if first <= *on && *on <= last { *on } else { 0 }
    }
}
"""


@dataclass
class Change:
    """One change, as cargo-mutants lists it: the characters from `start` to `end` of its file become `text`."""

    name: str
    package: str
    file: str
    start: int
    end: int
    text: str
    # The characters of the outermost function around it, and what it returns.
    function: Optional[Tuple[int, int]]
    returns: str = ""
    number: int = 0
    verdict: str = ""
    by: str = ""

    def of(self, source: str, start: int, end: int) -> str:
        """Returns the changed text of a part of its file."""
        return f"{source[start : self.start]}{self.text} {source[self.end : end]}"


@dataclass
class Crate:
    """A package, its sources, and its test binary once it is built."""

    package: str
    root: str
    changes: List[Change]
    sources: Dict[str, str]
    binary: str = ""
    # For each test how long it takes, and for each first number of a function the tests that reach it.
    seconds: Dict[str, float] = field(default_factory=dict)
    reach: Dict[int, Set[str]] = field(default_factory=lambda: collections.defaultdict(set))
    first: Dict[int, int] = field(default_factory=dict)


# What there is to change.


def listed(globs: Sequence[str], only: str) -> List[Crate]:
    """Asks cargo-mutants for the changes, by package."""
    words = [word for glob in globs for word in ("--file", glob)]
    out = subprocess.run(["cargo", "mutants", "--list", "--json", *words], stdout=subprocess.PIPE, check=True)
    crates: Dict[str, Crate] = {}
    for line in json.loads(out.stdout):
        package, file = line["package"], line["file"]
        root = file[: file.index("/src/")] + "/src/lib.rs"
        crate = crates.setdefault(package, Crate(package, root, [], {}))
        source = crate.sources.setdefault(file, Path(file).read_text())
        starts = [0, *(at + 1 for at, char in enumerate(source) if char == "\n")]

        def place(of: Dict[str, int]) -> int:
            return starts[of["line"] - 1] + of["column"] - 1

        start, end = (place(line["span"][side]) for side in ("start", "end"))
        function = line["function"]
        span = tuple(place(function["span"][side]) for side in ("start", "end")) if function else None
        returns = function["return_type"] if function else ""
        crate.changes.append(Change(line["name"], package, file, start, end, line["replacement"], span, returns))
    for crate in crates.values():
        for change in crate.changes:
            around = [c.function for c in crate.changes if c.file == change.file and c.function and change.function]
            around = [span for span in around if span[0] <= change.function[0] and change.function[1] <= span[1]]
            change.function = min(around, default=change.function)
        crate.changes = [change for change in crate.changes if re.search(only, change.name)]
    return list(crates.values())


def body(source: str, start: int, end: int) -> int:
    """Returns where the block begins that ends a function."""
    opened, begins = [], start
    for token in TOKENS.finditer(source, start, end):
        if token.group() == "{":
            opened.append(token.start())
        elif token.group() == "}":
            begins = opened.pop()
    return begins


# Planting.


def copy_tree() -> None:
    """Copies what git knows or would add; what is alike stays as it is, so that cargo builds no more than it has to."""
    out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], stdout=subprocess.PIPE, check=True)
    names = [name for name in out.stdout.decode().split("\0") if name and Path(name).is_file()]
    for name in names:
        into = TREE / name
        if not into.is_file() or into.read_bytes() != Path(name).read_bytes():
            into.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(name, into)


def plant(crate: Crate) -> Dict[Tuple[str, int], List[Change]]:
    """Writes the changed sources. Returns which changes a line of a file belongs to: one, or in the original all of its function."""
    crate.first.clear()
    lines: Dict[Tuple[str, int], List[Change]] = {}
    number = 0
    for file, source in crate.sources.items():
        functions: Dict[Tuple[int, int], List[Change]] = collections.defaultdict(list)
        for change in crate.changes:
            if change.file == file and change.function and not change.verdict:
                functions[change.function].append(change)
        out, done = "", 0
        for (start, end), changes in sorted(functions.items()):
            begins = body(source, start, end)
            head = source[done:start] + re.sub(r"\bconst fn\b", "fn", source[start:begins])
            first, last = number + 1, number + len(changes)
            arms = [(changes, f"0 => {arm_of(changes[0], source[begins:end])}")]
            for change in changes:
                number += 1
                change.number, crate.first[number] = number, first
                arms.append(([change], f"{number} => {arm_of(change, change.of(source, begins, end))}"))
            out += head + f"{{ match crate::mutation::at({first}, {last}) {{\n"
            for owners, arm in arms:
                line = out.count("\n") + 1
                lines.update({(file, line + more): owners for more in range(arm.count("\n") + 1)})
                out += arm + "\n"
            out, done = out + "_ => unreachable!() } }", end
        write(file, out + source[done:])
    root = crate.sources.get(crate.root, Path(crate.root).read_text())
    write(crate.root, root + SWITCH.replace("COUNT", str(number + 1)))
    return lines


def arm_of(change: Change, block: str) -> str:
    """A body as an arm. Two closures have two types, so what is an `impl` is boxed."""
    boxed = change.returns.removeprefix("-> impl ")
    return block if boxed == change.returns else f"Box::new({block}) as Box<dyn {boxed} + '_>,"


def write(file: str, text: str) -> None:
    """Writes a file of the copy unless it says so already."""
    into = TREE / file
    if into.read_text() != text:
        into.write_text(text)


def restore(crate: Crate) -> None:
    """Puts the sources back as they are."""
    for file, source in crate.sources.items():
        write(file, source)
    write(crate.root, Path(crate.root).read_text())


def build(crate: Crate) -> Tuple[str, List[Dict[str, Any]]]:
    """Builds the unit tests. Returns the binary, or what rustc has against it."""
    command = ["cargo", "test", "--quiet", "--locked", "--lib", "--no-run", "--package", crate.package]
    environment = dict(os.environ, CARGO_TARGET_DIR=str(WORK / "build"), CARGO_INCREMENTAL="0")
    out = subprocess.run(
        [*command, "--message-format=json"], cwd=TREE, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    said = [json.loads(line) for line in out.stdout.splitlines() if line.startswith(b"{")]
    errors = [line["message"] for line in said if line["reason"] == "compiler-message"]
    errors = [message for message in errors if message["level"] == "error"]
    binaries = [line["executable"] for line in said if line.get("executable")]
    return (binaries[-1] if binaries and not out.returncode else ""), errors


def build_planted(crate: Crate) -> None:
    """Plants, builds, takes out what does not compile, until the rest does."""
    while True:
        lines = plant(crate)
        crate.binary, errors = build(crate)
        if crate.binary:
            return
        before = sum(1 for change in crate.changes if change.verdict)
        for error in errors:
            for span in error["spans"]:
                owners = lines.get((span["file_name"], span["line_start"]), []) if span["is_primary"] else []
                for change in owners:
                    change.verdict = "does not compile" if len(owners) == 1 else "apart"
            # A function that was `const` for a constant's sake.
            for name in re.findall(r"non-const \w+ `[^`]*?(\w+)`", error["message"]):
                for change in crate.changes:
                    source = crate.sources[change.file]
                    if change.function and re.search(rf"const fn {name}\b", source[slice(*change.function)]):
                        change.verdict = change.verdict or "apart"
        taken = sum(1 for change in crate.changes if change.verdict) - before
        print(f"{crate.package}: {taken} changes taken out", flush=True)
        if not taken:
            print("\n".join(error.get("rendered") or error["message"] for error in errors), file=sys.stderr)
            sys.exit(70)


# Running.


def run(binary: str, tests: Sequence[str], seconds: float, root: str, **environment: str) -> Tuple[str, str]:
    """Runs tests by name. Returns a verdict, and which test it is of."""

    def bounded() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (BYTES_MAX, BYTES_MAX))

    environment.update(RUST_BACKTRACE="0", PROPTEST_MAX_SHRINK_ITERS="0", PROPTEST_FAILURE_PERSISTENCE="off")
    try:
        out = subprocess.run(
            [binary, "--exact", "--test-threads=1", *tests],
            cwd=(TREE / root).parent.parent,
            env=dict(os.environ, **environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=10 * seconds + SLACK_S,
            preexec_fn=bounded,
            text=True,
        )
    except subprocess.TimeoutExpired:
        return "time-out", tests[0] if len(tests) == 1 else f"one of {len(tests)}"
    failed = re.findall(r"^test (\S+).*FAILED$", out.stdout, re.MULTILINE)
    return ("alive", "") if not out.returncode else ("noticed", failed[0] if failed else "a crash")


def measure(crate: Crate, skip: Optional[str], jobs: int) -> None:
    """Runs each test by itself: how long it takes, what it reaches."""
    out = subprocess.run([crate.binary, "--list"], stdout=subprocess.PIPE, text=True, check=True)
    tests = re.findall(r"^(\S+): test$", out.stdout, re.MULTILINE)
    tests = [test for test in tests if not (skip and re.search(skip, test))]

    def one(test: str) -> None:
        told = WORK / "reach" / test.replace("::", ".")
        told.unlink(missing_ok=True)
        began = time.monotonic()
        verdict, _ = run(crate.binary, [test], 60.0, crate.root, MUTATION_REACH=str(told))
        crate.seconds[test] = time.monotonic() - began
        if verdict != "alive":
            print(f"{test} does not hold on unchanged sources", file=sys.stderr)
            sys.exit(70)
        for line in told.read_text().split() if told.exists() else []:
            crate.reach[int(line)].add(test)

    (WORK / "reach").mkdir(exist_ok=True)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        list(pool.map(one, tests))
    print(f"{crate.package}: {len(tests)} tests, {sum(crate.seconds.values()):.0f} s", flush=True)


def batches(crate: Crate, tests: Set[str]) -> Iterator[List[str]]:
    """Quick tests together, slow ones each by itself, the quickest first."""
    batch: List[str] = []
    for test in sorted(tests, key=lambda test: crate.seconds[test]):
        if batch and sum(crate.seconds[known] for known in batch) + crate.seconds[test] > BATCH_S:
            yield batch
            batch = []
        batch.append(test)
    if batch:
        yield batch


def judge(crate: Crate, change: Change) -> Change:
    """Switches a change on and runs the tests that reach it."""
    tests = crate.reach[crate.first[change.number]]
    change.verdict = "alive"
    change.by = f"{len(tests)} tests reach it"
    for batch in batches(crate, tests):
        usual = sum(crate.seconds[test] for test in batch)
        verdict, by = run(crate.binary, batch, usual, crate.root, MUTATION=str(change.number))
        if verdict != "alive":
            change.verdict, change.by = verdict, by
            break
    return change


def judge_alone(crate: Crate, change: Change, skip: Optional[str]) -> Change:
    """Gives a change a build of its own."""
    restore(crate)
    source = crate.sources[change.file]
    write(change.file, change.of(source, 0, len(source)))
    binary, _ = build(crate)
    change.verdict, change.by = "does not compile", ""
    if binary:
        tests = [test for test in crate.seconds if not (skip and re.search(skip, test))]
        change.verdict, change.by = run(binary, tests, sum(crate.seconds.values()), crate.root)
    return change


# What is told.


def table(changes: Sequence[Change]) -> str:
    """Counts verdicts by file."""
    verdicts = ["does not compile", "noticed", "time-out", "alive", "apart"]
    rows = [["file", "changes", *verdicts]]
    files = sorted({change.file for change in changes})
    for file in [*files, "all"]:
        of = [change.verdict for change in changes if file in (change.file, "all")]
        rows.append([file, str(len(of)), *(str(of.count(verdict)) for verdict in verdicts)])
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)) for row in rows)


def main(words: Optional[Sequence[str]] = None) -> int:
    """Runs the command. Returns its exit code."""
    usage = argparse.ArgumentParser(description="Changes the source in one place at a time.")
    usage.add_argument("globs", metavar="GLOB", nargs="+")
    usage.add_argument("--only", metavar="REGEX", default="", help="changes whose name matches")
    usage.add_argument("--skip", metavar="REGEX", help="tests that are not run")
    usage.add_argument("--jobs", type=int, default=os.cpu_count())
    usage.add_argument("--out", type=Path, help="a line of JSON for each change")
    usage.add_argument("--alone", action="store_true", help="build what cannot be planted one by one")
    options = usage.parse_args(words)
    copy_tree()
    out = options.out.open("w") if options.out else None
    changes: List[Change] = []

    def told(change: Change) -> None:
        line = {"name": change.name, "number": change.number, "verdict": change.verdict, "by": change.by}
        if out:
            print(json.dumps(line), file=out, flush=True)
        if change.verdict == "alive":
            print(f"alive: {change.name} ({change.by})", flush=True)

    for crate in listed(options.globs, options.only):
        for change in crate.changes:
            change.verdict = "" if change.function else "apart"
        build_planted(crate)
        measure(crate, options.skip, options.jobs)
        for change in crate.changes:
            if change.verdict:
                told(change)
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            waiting = [pool.submit(judge, crate, change) for change in crate.changes if not change.verdict]
            for done in concurrent.futures.as_completed(waiting):
                told(done.result())
        for change in crate.changes if options.alone else []:
            if change.verdict == "apart":
                told(judge_alone(crate, change, options.skip))
        restore(crate)
        changes += crate.changes
    print(table(changes))
    return 0


if __name__ == "__main__":
    sys.exit(main())
