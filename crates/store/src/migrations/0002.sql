-- What a running system adds: incidents, refusals, hard limits, permissions, baselines, scan cycles.

-- The term of the journal at the entry it was followed to: a place that a power cut took away, and that another
-- entry has taken since, is told by it.
ALTER TABLE progress ADD COLUMN term INTEGER NOT NULL DEFAULT 0;

-- A scan cycle is one symbol at one instant. It is lost if no bar of the symbol was there, or the instant never came.
ALTER TABLE days ADD COLUMN scans INTEGER NOT NULL DEFAULT 0;
ALTER TABLE days ADD COLUMN scans_lost INTEGER NOT NULL DEFAULT 0;

CREATE TABLE incidents (
    -- Its identity: the place of its entry.
    seq INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    class TEXT NOT NULL,
    severity TEXT NOT NULL,
    kind TEXT NOT NULL,
    symbol TEXT,
    -- The order it is about.
    command_seq INTEGER,
    leg TEXT,
    attempt INTEGER,
    -- The part of the system it is about.
    part TEXT,
    -- What was seen and what was wanted, in the unit of the kind.
    seen REAL NOT NULL,
    wanted REAL NOT NULL,
    unit TEXT NOT NULL,
    -- `noted`: over as it was seen; `open`; `over`: its end was booked.
    state TEXT NOT NULL,
    over_seq INTEGER,
    over_at TEXT,
    -- Whether it ended without a person.
    by_itself INTEGER,
    -- From its entry to that of its end.
    seconds_to_recover REAL
) STRICT;

CREATE INDEX incidents_by_state ON incidents (state);

CREATE TABLE refusals (
    seq INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    -- `engine` (risk) or `gateway` (hard limits, order rules).
    refused_by TEXT NOT NULL,
    symbol TEXT,
    -- The decision that was refused: of the engine's, the row itself.
    decision_seq INTEGER NOT NULL,
    code TEXT NOT NULL,
    seen REAL,
    allowed REAL,
    unit TEXT
) STRICT;

-- Hard limits, each in force until the next.
CREATE TABLE limits (
    seq INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    version INTEGER NOT NULL,
    order_notional REAL NOT NULL,
    gross_exposure REAL NOT NULL,
    open_orders INTEGER NOT NULL,
    orders_per_second INTEGER NOT NULL,
    -- Shares of 1.
    price_collar REAL NOT NULL,
    daily_loss REAL NOT NULL,
    -- With spaces between them.
    symbols TEXT NOT NULL
) STRICT;

-- Steps towards what only people may allow.
CREATE TABLE permits (
    seq INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    kind TEXT NOT NULL,
    step TEXT NOT NULL,
    name TEXT NOT NULL,
    -- The limits asked for: their version, and all of them as JSON.
    limits_version INTEGER,
    limits TEXT
) STRICT;

-- What of an asset is not ours, each from here on.
CREATE TABLE baselines (
    seq INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    asset TEXT NOT NULL,
    amount REAL NOT NULL
) STRICT;
