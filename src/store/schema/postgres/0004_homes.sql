-- One aggregator may have several databases (docs/scale.md). What this one is called among them, once
-- there were several.
CREATE TABLE own_name (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    name TEXT NOT NULL
);

-- In the main one: populations whose tasks another one has. Never taken back.
CREATE TABLE home (
    population TEXT PRIMARY KEY,
    name TEXT NOT NULL
);
