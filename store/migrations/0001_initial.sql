-- The first shape of the store.  Server truth and effective state stand side by side in `messages`:
-- effective = fold(pending operations, server truth), computed in one place (store/fold.py).

CREATE TABLE accounts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    protocol TEXT NOT NULL CHECK (protocol IN ('imap', 'pop3')),
    unified INTEGER NOT NULL DEFAULT 1
);

CREATE TABLE folders (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    path TEXT NOT NULL,                        -- decoded, '/' between levels
    wire_name BLOB,                            -- as the server spells it; NULL: not on a server (yet)
    role TEXT CHECK (role IN ('inbox', 'sent', 'drafts', 'trash', 'junk', 'archive', 'all')),
    selectable INTEGER NOT NULL DEFAULT 1,
    total INTEGER NOT NULL DEFAULT 0,          -- of effective messages; kept by the triggers below
    unread INTEGER NOT NULL DEFAULT 0,
    synced_at INTEGER,                         -- Unix seconds of the last complete sync
    -- the sync cursor, committed only together with the rows it covers
    uidvalidity INTEGER,
    uidnext INTEGER,                           -- everything below is known, down to backfilled_uid
    backfilled_uid INTEGER,                    -- lowest UID fetched by the first sync; 1: complete
    highestmodseq INTEGER,
    UNIQUE (account_id, path)
);
CREATE UNIQUE INDEX folders_by_role ON folders (account_id, role) WHERE role IS NOT NULL;

CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- server truth (for a POP3 account the store itself is the truth)
    server_folder_id INTEGER REFERENCES folders (id) ON DELETE CASCADE,
    uid INTEGER,                               -- in server_folder_id; NULL on POP3 or while unknown
    server_flags INTEGER NOT NULL DEFAULT 0,   -- bits of store.model.Flag
    labels TEXT NOT NULL DEFAULT '',           -- keywords, lower case, each between blanks: ' work urgent '
    -- effective state
    folder_id INTEGER REFERENCES folders (id) ON DELETE CASCADE,  -- NULL: hidden by a pending removal
    flags INTEGER NOT NULL DEFAULT 0,
    pending INTEGER NOT NULL DEFAULT 0,        -- operations that wait for the server
    -- what the message says
    thread_id INTEGER NOT NULL,
    message_id TEXT NOT NULL DEFAULT '',
    from_name TEXT NOT NULL DEFAULT '',
    from_address TEXT NOT NULL DEFAULT '',
    recipients TEXT NOT NULL DEFAULT '[]',     -- JSON: [[name, address], ...]
    copies TEXT NOT NULL DEFAULT '[]',
    subject TEXT NOT NULL DEFAULT '',
    date INTEGER,
    received INTEGER NOT NULL,
    size INTEGER NOT NULL,
    attachments INTEGER NOT NULL DEFAULT 0,
    preview TEXT NOT NULL DEFAULT '',
    uidl TEXT,
    cached INTEGER NOT NULL DEFAULT 0          -- 0 none, 1 text, 2 full
);
-- over all rows: it also finds a folder's messages without UID, and the foreign key needs it (NULLs are distinct)
CREATE UNIQUE INDEX messages_by_uid ON messages (server_folder_id, uid);
CREATE INDEX messages_by_folder ON messages (folder_id, received, id);
CREATE INDEX messages_by_thread ON messages (thread_id);
CREATE INDEX messages_by_message_id ON messages (message_id) WHERE message_id <> '';
-- what waits to be fetched whole, newest first, without reading the rest
CREATE INDEX messages_to_fetch ON messages (server_folder_id, uid) WHERE cached = 0 AND uid IS NOT NULL;

CREATE TRIGGER messages_inserted AFTER INSERT ON messages WHEN NEW.folder_id IS NOT NULL BEGIN
    UPDATE folders SET total = total + 1, unread = unread + (NEW.flags & 1 = 0) WHERE id = NEW.folder_id;
END;
CREATE TRIGGER messages_removed AFTER DELETE ON messages BEGIN
    UPDATE folders SET total = total - 1, unread = unread - (OLD.flags & 1 = 0) WHERE id = OLD.folder_id;
    DELETE FROM bodies WHERE message_id = OLD.id;
    DELETE FROM search_headers WHERE rowid = OLD.id;
    DELETE FROM search_bodies WHERE rowid = OLD.id;
END;
CREATE TRIGGER messages_changed AFTER UPDATE OF folder_id, flags ON messages
WHEN OLD.folder_id IS NOT NEW.folder_id OR OLD.flags & 1 <> NEW.flags & 1 BEGIN
    UPDATE folders SET total = total - 1, unread = unread - (OLD.flags & 1 = 0) WHERE id = OLD.folder_id;
    UPDATE folders SET total = total + 1, unread = unread + (NEW.flags & 1 = 0) WHERE id = NEW.folder_id;
END;

-- Raw bytes exactly as received.  No foreign key: a cascade would be slower than the trigger above.
CREATE TABLE bodies (
    message_id INTEGER PRIMARY KEY,
    raw BLOB NOT NULL
);

-- A message's thread is found by any Message-ID it mentions (hashed to 64 bits).
CREATE TABLE thread_references (
    reference INTEGER PRIMARY KEY,
    thread_id INTEGER NOT NULL
);
CREATE INDEX thread_references_by_thread ON thread_references (thread_id);

CREATE TABLE acts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    title TEXT NOT NULL,
    created INTEGER NOT NULL,
    undone INTEGER NOT NULL DEFAULT 0,
    undoes INTEGER REFERENCES acts (id)        -- the act this one takes back, when it is an undo
);

CREATE TABLE journal (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    act_id INTEGER NOT NULL REFERENCES acts (id),
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    message_id INTEGER NOT NULL,               -- kept when the message is gone: the history stays readable
    kind TEXT NOT NULL CHECK (kind IN ('flags', 'move', 'expunge')),
    add_flags INTEGER NOT NULL DEFAULT 0,
    remove_flags INTEGER NOT NULL DEFAULT 0,
    folder_id INTEGER,                         -- target of a move
    prior_flags INTEGER NOT NULL,              -- effective state before, for undo
    prior_folder_id INTEGER,
    state TEXT NOT NULL DEFAULT 'queued'
        CHECK (state IN ('queued', 'running', 'unknown', 'refused', 'done', 'undone', 'dropped')),
    attempts INTEGER NOT NULL DEFAULT 0,
    created INTEGER NOT NULL,
    error TEXT NOT NULL DEFAULT '',
    probe_uidnext INTEGER                      -- UIDNEXT of the target, recorded before a move is sent
);
CREATE INDEX journal_waiting ON journal (account_id, id) WHERE state IN ('queued', 'running', 'unknown');
CREATE INDEX journal_by_message ON journal (message_id, id) WHERE state IN ('queued', 'running', 'unknown');
CREATE INDEX journal_by_act ON journal (act_id);

-- What a POP3 server holds, by UIDL; a row outlives its message so that nothing is fetched twice.
CREATE TABLE pop3_messages (
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    uidl TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('stored', 'delete-pending', 'deleted-unconfirmed')),
    first_seen INTEGER NOT NULL,
    last_listed INTEGER NOT NULL,
    PRIMARY KEY (account_id, uidl)
) WITHOUT ROWID;

-- Folded text (store/search/fold.py).  Two tables, so that a body that arrives later leaves the first alone.
CREATE VIRTUAL TABLE search_headers USING fts5 (
    subject, sender, recipients, copies, tokenize = "unicode61 remove_diacritics 0"
);
CREATE VIRTUAL TABLE search_bodies USING fts5 (
    body, filenames, tokenize = "unicode61 remove_diacritics 0"
);
-- Mail comes in batches: merging segments later makes writing twice as fast and searching no slower (measured).
INSERT INTO search_headers (search_headers, rank) VALUES ('automerge', 16);
INSERT INTO search_bodies (search_bodies, rank) VALUES ('automerge', 16);
