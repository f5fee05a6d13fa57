-- What somebody chose by key on the screen, by name: its layout, threads on or off, folders that are folded.

CREATE TABLE preferences (
    name TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL  -- JSON
);
