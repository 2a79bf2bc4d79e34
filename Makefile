# Plimsoll. `make` lists what there is to do.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
export PATH := $(HOME)/.cargo/bin:$(PATH)

# The oldest compiler that builds the workspace; the same as `rust-version` in Cargo.toml.
RUST_MIN := 1.95

# Where a run writes its report.
OUT := plimsoll-out

PLIMSOLL := cargo run --release --locked --bin plimsoll --

# The main job: trades a simulated exchange of its own until ctrl-C; no data, key or network needed.
RUN := $(PLIMSOLL) run

# A backtest with its yardsticks on a generated market.
STUDY := $(PLIMSOLL) study --out $(OUT)

# Rounds of each property test in `make soak`; `make test` runs the tests' own number.
SOAK_CASES := 200000

# Processes that `make soak` kills while they write a journal, hubs it kills while they trade, seconds that a hub sleeps
# while another takes over, seeds of each power cut, and seeded worlds of a day.
SOAK_KILLS := 5000
SOAK_HUB_KILLS := 1000
SOAK_HUB_SLEEP_S := 60
SOAK_CRASH_SEEDS := 60
SOAK_SIM_SEEDS := 1500

# Seeded worlds that a debug and a release build have to play alike.
BUILD_SEEDS := 20
WORLDS := sim run --seeds $(BUILD_SEEDS) --json

# The test of the tester: a build of its own, which plays seeded worlds and nothing else.
MUTANTS := cargo run --release --locked --features mutants --bin plimsoll -- sim mutants

# What `make mutation` changes: the rules that say no, what orders become. And more arguments of tools/mutation.py; the
# campaign of random worlds takes too long to meet each change.
MUTATED := crates/engine/src/risk/** crates/hub/src/gateway/**
MUTATION :=

.DEFAULT_GOAL := help
.PHONY: help run study test bench soak builds mutants record coverage mutation report clients tools

help: ## list these targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

run: tools ## build, and trade a simulated market with paper money until ctrl-C; state in ./plimsoll-state
	@echo "building plimsoll (the first build takes some minutes)"
	@$(RUN)

study: tools ## backtest with yardsticks on a generated market, report in ./plimsoll-out
	@echo "building plimsoll (the first build takes some minutes)"
	@$(STUDY)
	@echo "the report is in $(OUT)/: open its .html file in a browser"

test: tools ## what CI runs: format, tidy, lints, tests, docs, licences
	@cargo xtask check

bench: tools ## measure speed on this machine
	@$(PLIMSOLL) bench

soak: tools ## the same tests with many more rounds of each property, kills and power cuts, and small scripts exhaustively
	@PROPTEST_CASES=$(SOAK_CASES) PLIMSOLL_KILLS=$(SOAK_KILLS) PLIMSOLL_CRASH_SEEDS=$(SOAK_CRASH_SEEDS) \
	  PLIMSOLL_HUB_KILLS=$(SOAK_HUB_KILLS) PLIMSOLL_HUB_SLEEP_S=$(SOAK_HUB_SLEEP_S) \
	  PLIMSOLL_SIM_SEEDS=$(SOAK_SIM_SEEDS) \
	  cargo xtask test --release
	@$(PLIMSOLL) sim scope
	@$(MAKE) --no-print-directory builds
	@$(MAKE) --no-print-directory mutants

builds: tools ## play the same seeded worlds with a debug and a release build and compare their traces
	@traces() { python3 -c 'import json, sys; [print(*of) for of in json.load(sys.stdin)["traces"].items()]'; }; \
	  cargo run --quiet --locked --bin plimsoll -- $(WORLDS) | traces >target/worlds-debug.txt; \
	  $(PLIMSOLL) $(WORLDS) | traces >target/worlds-release.txt; \
	  diff target/worlds-debug.txt target/worlds-release.txt || { \
	    echo "saw a seed with two traces, wanted one: plimsoll sim replay --seed N --trace, of both builds"; exit 1; }; \
	  echo "$(BUILD_SEEDS) seeded worlds: a debug and a release build played them alike"

mutants: tools ## plant defects one at a time, and see whether seeded worlds and the checker find each
	@echo "building plimsoll with defects to plant (the first build takes some minutes)"
	@$(MUTANTS)

record: tools ## the same, and write down in which world each was found, which `make test` plays again
	@$(MUTANTS) --record crates/sim/src/world/caught.txt

coverage: tools ## lines that the tests of types, engine, hub and journal reach, 90 % of each wanted; reports in target/coverage
	@cargo xtask coverage

mutation: tools ## change the source of risk and gateway, one place at a time, and see whether a test notices
	@cargo mutants --version >/dev/null 2>&1 || { \
	  echo "saw no cargo-mutants, wanted it: cargo install cargo-mutants --locked"; exit 1; }
	@python3 tools/mutation.py $(MUTATED:%='%') --skip flaky $(MUTATION)

report: tools ## backtest DATA=<file or folder of klines>, report in ./plimsoll-out
	@test -n "$(DATA)" || { echo "saw no DATA, wanted a kline file or a folder of them: make report DATA=path"; exit 2; }
	@$(PLIMSOLL) backtest --data "$(DATA)" --report "$(OUT)"

clients: ## install third-party clients of the exchange in ./target/clients, for the tests that drive the venue with them
	@python3 -m venv target/clients || { \
	  echo "saw no venv in Python, wanted one: sudo apt-get install python3-venv"; exit 1; }
	@target/clients/bin/pip install --quiet --disable-pip-version-check -r tools/clients/requirements.txt

tools:
	@command -v cargo >/dev/null || { \
	  echo "saw no cargo, wanted Rust $(RUST_MIN) or newer: curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh"; \
	  exit 1; }
	@have=$$(rustc --version | cut -d' ' -f2); \
	  [ "$$(printf '%s\n' $(RUST_MIN) "$$have" | sort -V | head -n 1)" = "$(RUST_MIN)" ] || { \
	  echo "saw Rust $$have, wanted $(RUST_MIN) or newer: rustup update stable"; exit 1; }
	@command -v cc >/dev/null || { \
	  echo "saw no C compiler, wanted one to link with: sudo apt-get install build-essential"; exit 1; }
