-- What is here of messages that are not here whole, and which ones the server does not give out.

CREATE TABLE structures (
    message_id INTEGER PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
    -- where the server told it; elsewhere, or after a change of UIDVALIDITY, it has to be asked for again
    folder_id INTEGER NOT NULL,
    uidvalidity INTEGER NOT NULL,
    uid INTEGER NOT NULL,
    tree TEXT NOT NULL                         -- JSON, see store/structure.py
);

CREATE TABLE sections (
    id INTEGER PRIMARY KEY,                    -- the blob is written and read piece by piece, by this
    message_id INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    section TEXT NOT NULL,                     -- as IMAP names it: '1.2', 'HEADER', '1.MIME'
    complete INTEGER NOT NULL,                 -- 0: only its beginning
    content BLOB NOT NULL,
    UNIQUE (message_id, section)
);

-- Of a section, or of the whole message (''), that is on its way: what has arrived, from 0 on and without gaps.
CREATE TABLE slices (
    message_id INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    section TEXT NOT NULL,
    start INTEGER NOT NULL,                    -- octets before it
    folder_id INTEGER NOT NULL,
    uidvalidity INTEGER NOT NULL,
    uid INTEGER NOT NULL,
    content BLOB NOT NULL,
    UNIQUE (message_id, section, start)
);

CREATE TABLE parked (
    message_id INTEGER PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
    attempts INTEGER NOT NULL DEFAULT 0,       -- how often the server did not give it out
    cuts INTEGER NOT NULL DEFAULT 0,           -- connections in a row that ended while it was asked for
    reason TEXT NOT NULL DEFAULT '',
    next_at INTEGER                            -- Unix seconds of the next try; NULL: when the user opens it
);

-- whose text is here, and whose rest is to follow, the smallest first
CREATE INDEX messages_to_complete ON messages (server_folder_id, size) WHERE cached = 1 AND uid IS NOT NULL;
