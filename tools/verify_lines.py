"""The rules about who acts, how much, and how it is protected, in their own words: one_authority, load_line, protected and
stops_towards_profit of docs/checker.md. A part of verify_histories.py, which reads both folders."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Dict, List, NamedTuple, Optional, Tuple

from verify_entries import ADOPTED, AUTHORITY, BAR, COMMAND, FLOW, FUNDING, HISTORY, INCIDENT, INCIDENT_OVER, INSTRUMENTS
from verify_entries import LIMITS, MARK, MODE, OPERATOR, PERMIT, REPORT
from verify_entries import BALANCE_SHORT, FILLED, OUTCOME_UNKNOWN, POSITION_DIFFERS
from verify_entries import BUY, E8, MAIN, OUTSIDE_S, SECOND, message, money, one, signed, trade_of

if TYPE_CHECKING:
    from verify_histories import Entry, Judge, Order

DAY = 86_400 * SECOND
# Kinds of entries that are read here.
KINDS = {INSTRUMENTS, BAR, MARK, COMMAND, REPORT, MODE, OPERATOR, FLOW, FUNDING, ADOPTED}
KINDS |= {LIMITS, INCIDENT, INCIDENT_OVER, PERMIT, AUTHORITY, HISTORY}
STOP = 1
LIMIT, STOP_MARKET, STOP_LIMIT, LIMIT_MAKER = 2, 3, 4, 6
KILL, RELEASE_KILL = 4, 5
RAISE, ASKED, CANCELLED, GRANTED = 1, 1, 3, 4
# Seconds after which a request that has left is accepted no more, at speed 1.
UNDER_WAY_S = 12
# Seconds after which a hub has heard of new rules of a symbol.
HEARD_S = 65
FOR_EVER = float("inf")

Fields = Dict[int, List[Any]]


def judge(judge: "Judge") -> None:
    """Judges all of them."""
    epochs(judge)
    turns(judge)
    Lines(judge).run()
    stops(judge)
    protected(judge)


def toward_zero(number: int, by: int) -> int:
    """Divides, and drops what is left over on either side of zero."""
    return number // by if number >= 0 else -(-number // by)


# Who acts.


def epochs(judge: "Judge") -> None:
    """Epochs of a scope rise."""
    known: Dict[Optional[int], int] = {None: 0}
    for entry, fields in judge.journal.kept:
        if entry.kind == AUTHORITY:
            judge.evidence["authorities"] += 1
            scope, epoch = one(fields, 1, None), one(fields, 3)
            if epoch <= known.get(scope, -1):
                judge.find("one_authority", entry.seq, None, f"epoch {epoch}", f"above {known[scope]}")
            known[scope] = epoch


def turns(judge: "Judge") -> None:
    """Behind an order of a later hub the venue accepts none of an earlier one; none at all long after its turn."""
    journal, ledger = judge.journal, judge.ledger

    def hub_of(place: int) -> int:
        return sum(first <= place for first in journal.writers)

    begun = [min((e.ts for e, _ in journal.kept if e.seq >= first), default=None) for first in journal.writers]
    latest = 0
    accepted = [(order.rows()[0], order) for order in journal.orders.values() if order.venue]
    for row, order in sorted(accepted, key=lambda pair: pair[0]["n"]):
        hub = hub_of(order.seq)
        if hub < latest:
            seen = f"an order of hub {hub + 1} behind one of hub {latest + 1}"
            judge.find("one_authority", order.seq, row["n"], seen, "none of a hub that was succeeded")
        elif hub < len(begun) and begun[hub] is not None:
            late, speed = row["t"] - begun[hub], ledger.speed_at(row["t"])
            if late > UNDER_WAY_S * SECOND * speed + judge.tolerance:
                judge.find("one_authority", order.seq, row["n"], f"accepted {late} ns after its hub's turn", "none")
        latest = max(latest, hub)


# How much.


class HardLimits(NamedTuple):
    """The limits in force; money in 1e-16, ratios in 1e-8."""

    order_notional: int
    gross_exposure: int
    open_orders: int
    orders_per_second: int
    price_collar: int
    daily_loss: int
    symbols: Tuple[str, ...]

    @classmethod
    def read(cls, fields: Fields) -> "HardLimits":
        """Reads them from their message."""
        names = tuple(name.decode() for name in fields.get(8, []))
        counts = (one(fields, 4), one(fields, 5), signed(one(fields, 6)), signed(one(fields, 7)))
        return cls(money(one(fields, 2, b"")), money(one(fields, 3, b"")), *counts, names)

    def above(self, other: "HardLimits") -> List[str]:
        """Names the lines that lie above those of others."""
        risen = [line for line in self._fields[:-1] if getattr(self, line) > getattr(other, line)]
        return risen + ["symbols"] * (not set(self.symbols) <= set(other.symbols))


class Purse:
    """What fills come to: cash, and base by symbol, in 1e-16."""

    def __init__(self) -> None:
        self.cash = 0
        self.held: Dict[int, int] = defaultdict(int)

    def fill(self, fill: Fields) -> None:
        """Adds a fill of the journal."""
        sign = 1 if one(fill, 3) == BUY else -1
        qty, price = signed(one(fill, 4)), signed(one(fill, 5))
        base = signed(fill[6][-1]) * E8 if fill.get(6) else 0
        quote = money(one(fill, 7, b"")) if not fill.get(6) else 0
        self.held[one(fill, 2)] += sign * qty * E8 - base
        self.cash -= sign * qty * price + quote


def filled(entry: "Entry", fields: Fields) -> Optional[Fields]:
    """Returns the fill of a report that tells one."""
    if entry.kind != REPORT or one(fields, 2) != FILLED:
        return None
    return message(one(fields, 4, b""))


class Lines:
    """The account as the journal has it, entry by entry, and each entry order held against every line."""

    def __init__(self, judge: "Judge") -> None:
        self.judge, self.journal = judge, judge.journal
        self.purse, self.flows, self.funded = Purse(), 0, False
        self.marks: Dict[int, int] = {}
        # Of when each of them is.
        self.marked: Dict[int, int] = {}
        self.limits: Optional[HardLimits] = None
        self.asked: Optional[HardLimits] = None
        self.granted: Optional[HardLimits] = None
        self.killed = False
        self.commanded: List[int] = []
        self.day: Optional[Tuple[int, int, int]] = None
        self.alive: List["Order"] = []
        self.ends: Dict[int, float] = {}

    def run(self) -> None:
        """Goes through the journal."""
        placed = {order.seq: order for order in self.journal.orders.values()}
        for order in placed.values():
            end = order.end()
            self.ends[order.seq] = FOR_EVER if end is None else end
        for entry, fields in self.journal.kept:
            self.roll_day(entry.ts)
            order = placed.get(entry.seq)
            if order is not None:
                self.commanded.append(order.ts)
                if order.is_entry():
                    self.weigh(order)
                self.alive.append(order)
            self.fold(entry, fields)

    def find(self, about: "Order", seen: str, wanted: str) -> None:
        """Takes down a line that is crossed."""
        self.judge.find("load_line", about.seq, None, seen, wanted)

    def untold(self, about: "Order", seen: str) -> None:
        """A line that cannot be evaluated counts as crossed; what retention dropped is missed by no fault of the run."""
        if self.journal.thinned:
            self.judge.evidence["lines_behind_retention"] += 1
        else:
            self.find(about, seen, "a limit that can be evaluated")

    def fold(self, entry: "Entry", fields: Fields) -> None:
        """Takes what moves a line."""
        fill = filled(entry, fields)
        if fill is not None:
            self.purse.fill(fill)
        elif entry.kind == BAR:
            self.close(one(fields, 1), one(fields, 2), fields)
        elif entry.kind == HISTORY:
            for bar in fields.get(3, []):
                self.close(one(fields, 1), one(fields, 2), message(bar))
        elif entry.kind == MARK:
            self.mark(one(fields, 1), signed(one(fields, 2)), entry.ts)
        elif entry.kind == FLOW:
            amount = money(one(fields, 1, b""))
            self.funded, self.flows, self.purse.cash = True, self.flows + amount, self.purse.cash + amount
        elif entry.kind == ADOPTED:
            coins, cash = signed(one(fields, 5)), money(one(fields, 6, b""))
            self.purse.held[one(fields, 3)] += coins * E8
            self.purse.cash += cash
            self.flows += cash + coins * signed(one(fields, 7))
        elif entry.kind == FUNDING:
            self.purse.cash += money(one(fields, 4, b""))
        elif entry.kind == LIMITS:
            self.on_limits(entry.seq, HardLimits.read(fields))
        elif entry.kind == PERMIT and one(fields, 1) == RAISE:
            limits = HardLimits.read(message(fields[4][-1])) if fields.get(4) else None
            self.on_permit(entry.seq, one(fields, 2), limits)
        elif entry.kind == OPERATOR:
            self.killed = (self.killed or one(fields, 2) == KILL) and one(fields, 2) != RELEASE_KILL

    def close(self, symbol: int, minutes: int, bar: Fields) -> None:
        """Takes the close of a bar, the price of the moment at which it ended."""
        self.mark(symbol, signed(one(bar, 7)), signed(one(bar, 3)) + minutes * 60 * SECOND)

    def mark(self, symbol: int, price: int, at: int) -> None:
        """Takes a price, unless a newer one is known."""
        if at >= self.marked.get(symbol, at):
            self.marks[symbol], self.marked[symbol] = price, at

    def on_permit(self, seq: int, step: int, limits: Optional[HardLimits]) -> None:
        """What is granted is what was asked for and not stopped since."""
        if step == ASKED:
            self.asked = limits
        elif step == CANCELLED:
            self.asked = None
        elif step == GRANTED:
            known = self.asked is not None or not self.journal.thinned
            if known and (limits is None or limits != self.asked):
                self.judge.find("load_line", seq, None, "a grant that nobody asks for", "what was asked for")
            self.asked, self.granted = None, limits

    def on_limits(self, seq: int, limits: HardLimits) -> None:
        """Limits fall at once, and rise as far as was granted."""
        granted, self.granted = self.granted, None
        for line in limits.above(self.limits) if self.limits else []:
            if granted is None or line in limits.above(granted):
                self.judge.find("load_line", seq, None, f"{line} above what was in force", "a grant of as much")
        self.limits = limits

    def equity(self) -> Optional[int]:
        """Returns cash and positions at their marks, if all of it is known."""
        worth = self.purse.cash
        for symbol, held in self.purse.held.items():
            if held and symbol not in self.marks:
                return None
            worth += self.value(held, self.marks.get(symbol, 0))
        return worth if self.funded else None

    @staticmethod
    def value(held: int, price: int) -> int:
        """Returns what 1e-16 of a base are worth."""
        return toward_zero(held, E8) * price

    def roll_day(self, ts: int) -> None:
        """A UTC day begins with the equity of that moment."""
        if self.day is None or self.day[0] != ts // DAY:
            equity = self.equity()
            self.day = None if equity is None else (ts // DAY, equity, self.flows)

    def weigh(self, order: "Order") -> None:
        """Holds an entry order against every line."""
        if self.killed:
            self.find(order, "an entry with the kill switch on", "none")
        limits = self.limits
        if limits is None:
            self.untold(order, "an entry without hard limits in force")
            return
        self.judge.evidence["weighed"] += 1
        if self.judge.symbol(order) not in limits.symbols:
            self.find(order, f"an entry of {self.judge.symbol(order)}", "a symbol that is listed")
        mark = self.marks.get(order.symbol)
        if mark is None:
            self.untold(order, "an entry without a mark")
            return
        notional = order.qty * self.worst(order, mark)
        if notional > limits.order_notional:
            self.find(order, f"a notional of {notional}", f"at most {limits.order_notional}")
        self.collar(order, mark, limits)
        self.alive = [other for other in self.alive if self.ends[other.seq] >= order.seq]
        still = [(other, max(other.qty - other.filled(order.seq), 0)) for other in self.alive]
        still = [(other, qty) for other, qty in still if qty]
        if len(still) + 1 > limits.open_orders:
            self.find(order, f"{len(still) + 1} open orders", f"at most {limits.open_orders}")
        recent = sum(ts > order.ts - SECOND for ts in self.commanded)
        if recent > limits.orders_per_second:
            self.find(order, f"{recent} orders within a second", f"at most {limits.orders_per_second}")
        self.exposure(order, [*still, (order, order.qty)], limits)
        self.loss(order, limits)

    @staticmethod
    def worst(order: "Order", mark: int) -> int:
        """Returns the highest price at which an order's quantity can count."""
        own = order.price if order.kind in (LIMIT, STOP_LIMIT, LIMIT_MAKER) else order.trigger
        return max(mark, mark if own is None else own)

    def collar(self, order: "Order", mark: int, limits: HardLimits) -> None:
        """The worst price is near the mark."""
        if order.kind not in (LIMIT, STOP_LIMIT, LIMIT_MAKER) or order.price is None:
            self.find(order, "an entry without a worst price", "one inside the collar")
            return
        beyond = order.price - mark if order.side == BUY else mark - order.price
        if beyond > toward_zero(mark * limits.price_collar, E8):
            self.find(order, f"a price of {order.price} at {mark}", f"at most {limits.price_collar} of it away")

    def exposure(self, order: "Order", open_orders: List[Tuple["Order", int]], limits: HardLimits) -> None:
        """Every open order filled, whichever side is worse for its symbol."""
        sides: Dict[int, List[int]] = defaultdict(lambda: [0, 0])
        for symbol, held in self.purse.held.items():
            if held and symbol not in self.marks:
                self.untold(order, "a position without a mark")
                return
            worth = self.value(held, self.marks.get(symbol, 0))
            sides[symbol] = [worth, -worth]
        for other, qty in open_orders:
            if other.reduces:
                continue
            if other.symbol not in self.marks:
                self.untold(order, "an open order without a mark")
                return
            side = 0 if other.side == BUY else 1
            sides[other.symbol][side] += qty * self.worst(other, self.marks[other.symbol])
        gross = sum(max(0, *both) for both in sides.values())
        if gross > limits.gross_exposure:
            self.find(order, f"an exposure of {gross}", f"at most {limits.gross_exposure}")

    def loss(self, order: "Order", limits: HardLimits) -> None:
        """No entry behind the loss of the day."""
        equity = self.equity()
        if self.day is None or equity is None:
            self.untold(order, "an entry without an equity")
            return
        _, start, flows = self.day
        lost = start + self.flows - flows - equity
        if lost > 0 and lost >= toward_zero(start * limits.daily_loss, E8):
            self.find(order, f"{lost} lost since 00:00 UTC", f"less than {limits.daily_loss} of {start}")


# How it is protected.


def stops(judge: "Judge") -> None:
    """While a position is on, no stop lies behind the one before."""
    purse, last = Purse(), {}
    lots = judge.journal.lots
    for entry, fields in judge.journal.kept:
        fill = filled(entry, fields)
        if fill is not None:
            purse.fill(fill)
            symbol = one(fill, 2)
            lot = lots[symbol] if symbol < len(lots) else 1
            if abs(purse.held[symbol]) < max(lot, 1) * E8:
                last.pop(symbol, None)
        if entry.kind == ADOPTED:
            symbol = one(fields, 3)
            purse.held[symbol] += signed(one(fields, 5)) * E8
            if abs(purse.held[symbol]) < max(lots[symbol], 1) * E8:
                last.pop(symbol, None)
        if entry.kind != COMMAND or not fields.get(3) or one(message(one(fields, 1, b"")), 2) != STOP:
            continue
        asked = message(fields[3][-1])
        symbol, side, kind = one(asked, 1), one(asked, 2), one(asked, 3)
        if kind not in (STOP_MARKET, STOP_LIMIT):
            judge.find("stops_towards_profit", entry.seq, None, f"a stop of kind {kind}", "one with a trigger")
            continue
        judge.evidence["stops"] += 1
        trigger, before = signed(one(asked, 5)), last.get(symbol)
        last[symbol] = trigger
        if before is not None and (trigger > before if side == BUY else trigger < before):
            judge.find("stops_towards_profit", entry.seq, None, f"{trigger} behind {before}", "towards profit")


class Wait(NamedTuple):
    """A quantity that waits for its stop: the row of its fill, from when on, what was held then."""

    n: int
    seq: int
    since: int
    held: int


class Watch:
    """One symbol as the venue has it, of our orders alone."""

    def __init__(self) -> None:
        self.held = 0
        self.covers: Dict[int, int] = {}
        self.waiting: List[Wait] = []
        self.bare = 0
        self.stop = 0
        self.guarded = False


def protected(judge: "Judge") -> None:
    """Each fill is covered by a stop within a second, by the venue's times alone."""
    watches: Dict[int, Watch] = defaultdict(Watch)
    quiet = Quiet(judge)

    def adopt(t: int, symbol: int, coins: int) -> None:
        # Coins that somebody else sold want no stop.
        watches[symbol].held += coins
        settle(judge, quiet, watches[symbol], symbol, t)

    adopted = list(judge.journal.adopted)
    rows = [(row, order) for order in judge.journal.orders.values() for row in order.rows()]
    for row, order in sorted(rows, key=lambda pair: pair[0]["n"]):
        if row["t"] > judge.journal.last_ts:
            break
        while adopted and adopted[0][0] <= row["t"]:
            adopt(*adopted.pop(0)[:3])
        watch = watches[order.symbol]
        take(judge, watch, row, order)
        new = settle(judge, quiet, watch, order.symbol, row["t"])
        if new is not None:
            watch.waiting.append(Wait(row["n"], order.seq, row["t"], new))
    for t, symbol, coins, _ in adopted:
        adopt(t, symbol, coins)
    for symbol, watch in watches.items():
        for wait in watch.waiting:
            late(judge, wait, quiet.age(symbol, wait.since, judge.journal.last_ts))


def take(judge: "Judge", watch: Watch, row: Dict[str, Any], order: "Order") -> None:
    """Folds what a row says of the position and of what closes it."""
    theirs, trade, ledger = row["order"], trade_of(row), judge.ledger
    if trade:
        watch.held += (1 if theirs["side"] == "buy" else -1) * trade["qty"] * E8
        if trade["fee_asset"] == ledger.asset(ledger.symbols[theirs["symbol"]]["base"]):
            watch.held -= trade["fee"]
        decided = judge.journal.stops.get(order.cause)
        if order.is_entry() and decided is not None:
            is_distance, price = decided
            below = trade["price"] - price if order.side == BUY else trade["price"] + price
            watch.guarded, watch.stop = True, below if is_distance else price
    if covers(order, theirs["kind"]):
        is_open = theirs["status"] in ("PENDING_NEW", "NEW", "PARTIALLY_FILLED")
        left = theirs["qty"] - theirs["filled"] - theirs["prevented"] if is_open else 0
        watch.covers[theirs["id"]] = left


def covers(order: "Order", kind: Any) -> bool:
    """Says whether an order keeps the position from a loss: a stop, or a sale at once in its stead."""
    sale = order.id.leg == MAIN and order.reduces
    word = kind if isinstance(kind, str) else next(iter(kind))
    if word in ("stop_loss", "stop_loss_limit"):
        return order.id.leg == STOP or sale
    return sale and (word == "market" or (word == "limit" and kind["limit"]["tif"] in ("IOC", "FOK")))


def settle(judge: "Judge", quiet: "Quiet", watch: Watch, symbol: int, t: int) -> Optional[int]:
    """Compares what is held with what covers it. Returns what is held if more of it waits for a stop than before."""
    held, dust = sellable(judge, watch, symbol, t)
    if held == 0 and not dust:
        watch.guarded = False
    covered = sum(watch.covers.values())
    bare = max(held - covered, 0) if watch.guarded else 0
    met = [wait for wait in watch.waiting if covered >= min(wait.held, held)]
    watch.waiting = [wait for wait in watch.waiting if wait not in met]
    for wait in met:
        judge.evidence["protected_fills"] += 1
        late(judge, wait, quiet.age(symbol, wait.since, t))
    more = bare > watch.bare
    watch.bare = bare
    return held if more else None


def sellable(judge: "Judge", watch: Watch, symbol: int, t: int) -> Tuple[int, bool]:
    """Returns what can rest as an order, and whether what is held is too little for one."""
    names = [name for name, _, _ in judge.journal.symbols]
    known_as = {known["name"]: number for number, known in judge.ledger.symbols.items()}
    terms = judge.ledger.terms[known_as.get(names[symbol], -1)] if symbol < len(names) else []
    known = [rules for since, rules in terms if since <= t] or [rules for _, rules in terms[:1]]
    if not known:
        return 0, False
    rules, held = known[-1], max(watch.held, 0) // E8
    whole = held - held % max(rules["lot"], 1)
    if whole < rules["min_qty"] or whole * max(watch.stop, 0) < rules["min_notional"]:
        return 0, whole > 0
    return whole, False


def late(judge: "Judge", wait: Wait, lasted: float) -> None:
    """Takes down what was too long without a stop."""
    longest = SECOND * judge.ledger.speed_at(wait.since)
    if lasted > longest:
        judge.find("protected", wait.seq, wait.n, f"{lasted} ns without a stop", f"at most {longest}")


class Quiet:
    """Times that do not count: no hub ran, the symbol did not trade, an outcome or new rules were unknown."""

    def __init__(self, judge: "Judge") -> None:
        self.faults = sorted(judge.ledger.faults)
        self.down = judge.journal.down
        # Times in which an outcome was unknown; and all that do not count for a stop.
        self.unknown: Dict[int, List[Tuple[float, float]]] = defaultdict(list)
        self.of: Dict[int, List[Tuple[float, float]]] = defaultdict(list)
        doubts: Dict[int, Tuple[int, int]] = {}
        differs: Dict[int, Tuple[int, int]] = {}
        for entry, fields in judge.journal.kept:
            if entry.kind == INCIDENT and one(fields, 1) == OUTCOME_UNKNOWN and fields.get(2):
                about = judge.journal.incident_orders.get(entry.seq)
                order = judge.journal.orders.get(about) if about else None
                doubts[entry.seq] = (one(fields, 2), order.ts if order else entry.ts)
            elif entry.kind == INCIDENT and one(fields, 1) in (BALANCE_SHORT, POSITION_DIFFERS) and fields.get(2):
                # Somebody else had traded what a stop should cover: seen by the third round of reconciliation.
                seen = OUTSIDE_S * SECOND * judge.ledger.speed_at(entry.ts)
                differs[entry.seq] = (one(fields, 2), entry.ts - seen)
            elif entry.kind == INCIDENT_OVER:
                for of, open_ones in ((self.unknown, doubts), (self.of, differs)):
                    if one(fields, 1) in open_ones:
                        symbol, since = open_ones.pop(one(fields, 1))
                        of[symbol].append((since, entry.ts))
        for of, open_ones in ((self.unknown, doubts), (self.of, differs)):
            for symbol, since in open_ones.values():
                of[symbol].append((since, FOR_EVER))
        heard = [entry.ts for entry, _ in judge.journal.kept if entry.kind == INSTRUMENTS]
        names = [name for name, _, _ in judge.journal.symbols]
        for number, known in judge.ledger.symbols.items():
            if known["name"] in names:
                own = self.of[names.index(known["name"])]
                own += halts(judge.ledger.status[number])
                for t, _ in judge.ledger.terms[number][1:]:
                    latest = t + HEARD_S * SECOND * judge.ledger.speed_at(t)
                    own.append((t, min([latest] + [at for at in heard if at >= t][:1])))

    def age(self, symbol: int, since: int, until: int) -> float:
        """Returns how long something was without a stop that could have had one."""
        return self.longest([*self.down, *self.unknown[symbol], *self.of[symbol]], since, until)

    def unaware(self, symbol: int, since: int, until: int) -> float:
        """Returns for how long a hub that ran and was in no doubt did not know of something."""
        return self.longest([*self.down, *self.unknown[symbol]], since, until)

    def longest(self, apart_from: List[Tuple[float, float]], since: int, until: int) -> float:
        """Returns how long it was, without some times: the longest stretch in which no fault struck."""
        stretches = joined(apart_from)
        ends = [t for t in self.faults if since <= t <= until] + [until]
        longest = 0.0
        for a, b in zip([since, *ends], ends):
            apart = sum(max(min(b, to) - max(a, start), 0) for start, to in stretches)
            longest = max(longest, b - a - apart)
        return longest


def joined(stretches: List[Tuple[float, float]]) -> List[Tuple[float, float]]:
    """Joins stretches that touch."""
    whole: List[Tuple[float, float]] = []
    for a, b in sorted(pair for pair in stretches if pair[1] > pair[0]):
        if whole and a <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(whole[-1][1], b))
        else:
            whole.append((a, b))
    return whole


def halts(status: List[Tuple[int, str]]) -> List[Tuple[float, float]]:
    """Returns the times in which a symbol did not trade."""
    found: List[Tuple[float, float]] = []
    since: Optional[int] = None
    for t, word in status:
        if word == "trading":
            found += [(since, t)] if since is not None else []
            since = None
        else:
            since = t if since is None else since
    return found + ([(since, FOR_EVER)] if since is not None else [])
