-- Moments are RFC 3339 in UTC with nine decimals; amounts are in quote currency unless a column says otherwise.
-- `seq` is the entry of the journal that a row rests on: `plimsoll audit show JOURNAL --seq N` shows it.

-- How far the journal was followed, and what its entries have come to (for the next time).
CREATE TABLE progress (
    journal TEXT NOT NULL,
    seq INTEGER NOT NULL,
    fold BLOB NOT NULL
) STRICT;

CREATE TABLE orders (
    command_seq INTEGER NOT NULL,
    leg TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    placed_at TEXT NOT NULL,
    symbol TEXT NOT NULL,
    side TEXT NOT NULL,
    kind TEXT NOT NULL,
    price REAL,
    trigger_price REAL,
    qty REAL NOT NULL,
    time_in_force TEXT NOT NULL,
    reduce_only INTEGER NOT NULL,
    cause_seq INTEGER NOT NULL,
    state TEXT NOT NULL,
    filled REAL NOT NULL,
    changed_at TEXT NOT NULL,
    venue_words TEXT,
    PRIMARY KEY (command_seq, leg, attempt)
) STRICT, WITHOUT ROWID;

CREATE TABLE fills (
    seq INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    symbol TEXT NOT NULL,
    side TEXT NOT NULL,
    qty REAL NOT NULL,
    price REAL NOT NULL,
    notional REAL NOT NULL,
    fee REAL NOT NULL,
    fee_asset TEXT NOT NULL,
    fee_in_quote REAL NOT NULL,
    liquidity TEXT NOT NULL,
    trade_id INTEGER NOT NULL,
    -- The order; NULL where the venue closed the position.
    command_seq INTEGER,
    leg TEXT,
    attempt INTEGER
) STRICT;

CREATE TABLE trades (
    -- The fill that ended it.
    seq INTEGER PRIMARY KEY,
    symbol TEXT NOT NULL,
    direction TEXT NOT NULL,
    opened_at TEXT NOT NULL,
    closed_at TEXT NOT NULL,
    qty REAL NOT NULL,
    entry_price REAL NOT NULL,
    exit_price REAL NOT NULL,
    pnl REAL NOT NULL,
    fees REAL NOT NULL,
    funding REAL NOT NULL,
    -- The leg of the order that ended it; NULL where the venue closed the position.
    exit_leg TEXT
) STRICT;

CREATE TABLE positions (
    symbol TEXT PRIMARY KEY,
    qty REAL NOT NULL,
    average_entry REAL,
    opened_at TEXT,
    mark REAL,
    value REAL,
    unrealised REAL,
    realised REAL NOT NULL,
    fees REAL NOT NULL,
    funding REAL NOT NULL
) STRICT, WITHOUT ROWID;

-- One row for the first instant of each UTC hour.
CREATE TABLE equity (
    seq INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    cash REAL NOT NULL,
    equity REAL NOT NULL,
    exposure REAL NOT NULL,
    -- Fall from the highest equity so far, as a share of it; flows are no part.
    drawdown REAL NOT NULL
) STRICT;

CREATE TABLE flows (
    seq INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    kind TEXT NOT NULL,
    symbol TEXT,
    amount REAL NOT NULL,
    -- Of funding: the rate of the interval and the quantity it was charged on.
    rate REAL,
    qty REAL
) STRICT;

CREATE TABLE decisions (
    seq INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    symbol TEXT,
    action TEXT NOT NULL,
    reason TEXT NOT NULL,
    -- What was seen, and what it was compared with.
    seen REAL,
    compared_with REAL,
    direction TEXT,
    score REAL,
    regime TEXT,
    odds REAL,
    edge REAL,
    -- The rule that refused, of decisions that risk refused.
    refused_by TEXT,
    -- All of why, as JSON, of decisions by which something was to be done.
    why TEXT
) STRICT;

CREATE TABLE modes (
    seq INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    mode TEXT NOT NULL,
    cause TEXT NOT NULL,
    latched_until TEXT
) STRICT;

CREATE TABLE operators (
    seq INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    name TEXT NOT NULL,
    action TEXT NOT NULL
) STRICT;

-- One row a UTC day; of the present day, what it has come to so far.
CREATE TABLE days (
    day TEXT PRIMARY KEY,
    equity_open REAL NOT NULL,
    equity_close REAL NOT NULL,
    equity_low REAL,
    equity_high REAL,
    trades INTEGER NOT NULL,
    won INTEGER NOT NULL,
    pnl REAL NOT NULL,
    fills INTEGER NOT NULL,
    fees REAL NOT NULL,
    funding REAL NOT NULL,
    flows REAL NOT NULL
) STRICT, WITHOUT ROWID;

-- Reports that the state of their order excludes, and other things that do not fit.
CREATE TABLE oddities (
    seq INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    what TEXT NOT NULL
) STRICT;
