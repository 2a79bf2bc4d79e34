#!/usr/bin/env python3
"""How soon each seed of the default run shows an entry fill once the first month is over.

    python3 tools/seeds.py target/release/plimsoll [--from 1] [--seeds 20] [--jobs 2]

Runs `plimsoll run --json` for each seed in a state folder of its own until an entry has filled after the 900x phase began, or 30
hours of market time (two minutes at 900x) have passed. Prints a table and ends with code 0 if at least 18 of 20 (or the same
share) showed one. Standard library only.
"""

import argparse
import concurrent.futures
import json
import subprocess
import sys
import tempfile
import time

WINDOW_MS = 30 * 3_600_000
PATIENCE_S = 900


def watch(binary, seed):
    with tempfile.TemporaryDirectory(prefix=f"plimsoll-seed-{seed}-") as state:
        command = [binary, "run", "--json", "--seed", str(seed), "--state", state, "--for", f"{PATIENCE_S}s"]
        began = time.monotonic()
        run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        month_s = follow_ms = follow_at = found = None
        month_fills = 0
        # A second signal would end it at once, and leave its venue behind.
        stopped = False
        for line in run.stdout:
            event = json.loads(line)
            name, t = event["event"], event.get("t", 0)
            entry = name == "report" and event["what"] == "filled" and event["leg"] == "main"
            entry = entry and event["more"]["side"] in ("Buy", "buy")
            if name == "phase" and event["phase"] == "follow":
                month_s, follow_ms, follow_at = time.monotonic() - began, t, time.monotonic()
            elif entry and follow_ms is None:
                month_fills += 1
            elif entry and found is None:
                found = (event["symbol"], (t - follow_ms) / 3_600_000, time.monotonic() - follow_at)
            past = follow_ms is not None and t > follow_ms + WINDOW_MS
            if (found or past) and not stopped:
                run.terminate()
                stopped = True
        run.wait()
        return seed, month_s, month_fills, found, run.returncode


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--from", type=int, default=1, dest="first")
    parser.add_argument("--jobs", type=int, default=1)
    args = parser.parse_args()
    print("seed  month s  entries in it  first entry fill after it (market hours, wall s)")
    good = 0
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for seed, month_s, fills, found, code in pool.map(lambda s: watch(args.binary, s), range(args.first, args.first + args.seeds)):
            shown = "none within 30 h"
            if found:
                symbol, hours, wall = found
                shown = f"{symbol} after {hours:.2f} h, {wall:.1f} s"
                good += hours <= 30
            month = "-" if month_s is None else f"{month_s:.1f}"
            print(f"{seed:4}  {month:>7}  {fills:13}  {shown}{'' if code == 0 else f' (exit {code})'}", flush=True)
    print(f"{good} of {args.seeds} within 30 hours of market time, which is two minutes at 900x")
    sys.exit(0 if good * 10 >= args.seeds * 9 else 1)


if __name__ == "__main__":
    main()
