-- What the IMAP engine has to remember beside summaries: server labels, twins, rebuilt folders, names.

ALTER TABLE messages ADD COLUMN server_labels TEXT NOT NULL DEFAULT '';  -- as `labels`, which is now effective
UPDATE messages SET server_labels = labels WHERE labels <> '';
ALTER TABLE messages ADD COLUMN server_id TEXT;  -- X-GM-MSGID, or EMAILID (RFC 8474): one message in several folders
CREATE INDEX messages_by_server_id ON messages (server_id) WHERE server_id IS NOT NULL;

-- The journal anew, since a CHECK cannot be changed: it knows copies, and labels beside flags.
CREATE TABLE journal_anew (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    act_id INTEGER NOT NULL REFERENCES acts (id),
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    message_id INTEGER NOT NULL,               -- kept when the message is gone: the history stays readable
    kind TEXT NOT NULL CHECK (kind IN ('flags', 'move', 'copy', 'expunge')),
    add_flags INTEGER NOT NULL DEFAULT 0,
    remove_flags INTEGER NOT NULL DEFAULT 0,
    add_labels TEXT NOT NULL DEFAULT '',       -- keywords, lower case, each between blanks as in `messages`
    remove_labels TEXT NOT NULL DEFAULT '',
    folder_id INTEGER,                         -- target of a move or a copy
    prior_flags INTEGER NOT NULL DEFAULT 0,    -- effective state before, for undo
    prior_folder_id INTEGER,
    copy_id INTEGER,                           -- the message that a copy made, when it is known
    state TEXT NOT NULL DEFAULT 'queued'
        CHECK (state IN ('queued', 'running', 'unknown', 'refused', 'done', 'undone', 'dropped')),
    attempts INTEGER NOT NULL DEFAULT 0,
    created INTEGER NOT NULL,
    error TEXT NOT NULL DEFAULT '',
    probe_uidnext INTEGER                      -- UIDNEXT of the target, recorded before a move or a copy is sent
);
INSERT INTO journal_anew (
    id, act_id, account_id, message_id, kind, add_flags, remove_flags, folder_id, prior_flags, prior_folder_id,
    state, attempts, created, error, probe_uidnext
) SELECT
    id, act_id, account_id, message_id, kind, add_flags, remove_flags, folder_id, prior_flags, prior_folder_id,
    state, attempts, created, error, probe_uidnext
FROM journal;
DROP TABLE journal;
ALTER TABLE journal_anew RENAME TO journal;
CREATE INDEX journal_waiting ON journal (account_id, id) WHERE state IN ('queued', 'running', 'unknown');
CREATE INDEX journal_by_message ON journal (message_id, id) WHERE state IN ('queued', 'running', 'unknown');
CREATE INDEX journal_by_act ON journal (act_id);

ALTER TABLE folders ADD COLUMN subscribed INTEGER NOT NULL DEFAULT 1;
ALTER TABLE folders ADD COLUMN mailbox_id TEXT;                  -- MAILBOXID (RFC 8474): it survives a rename
ALTER TABLE folders ADD COLUMN notice TEXT NOT NULL DEFAULT '';  -- why it is not synchronised; empty: all is well

-- When a folder's UIDVALIDITY changed: a server that does so again and again is left alone for a while.
CREATE TABLE folder_rebuilds (
    folder_id INTEGER NOT NULL REFERENCES folders (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,                       -- Unix seconds
    PRIMARY KEY (folder_id, at)
) WITHOUT ROWID;
