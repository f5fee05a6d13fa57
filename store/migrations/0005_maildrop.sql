-- What is known of a POP3 server's mail before it is here, and by which clock days are counted.

-- The table anew, since a CHECK cannot be changed: it knows what was seen only, and by what a message is recognised.
CREATE TABLE pop3_messages_anew (
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    uidl TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('seen', 'stored', 'delete-pending', 'deleted-unconfirmed')),
    first_seen INTEGER NOT NULL,               -- moved along when the clock is set: see pop3_accounts
    last_listed INTEGER NOT NULL,
    size INTEGER,                              -- octets as LIST tells; NULL: it did not, or an earlier bocau did not ask
    message_key INTEGER,                       -- of its Message-ID, NULL when it has none or is not here
    header_key INTEGER,                        -- of its whole header block
    failures INTEGER NOT NULL DEFAULT 0,       -- connections in a row that ended while it was asked for
    retry_at INTEGER,                          -- Unix seconds of the next try after too many of those
    PRIMARY KEY (account_id, uidl)
) WITHOUT ROWID;
INSERT INTO pop3_messages_anew (account_id, uidl, state, first_seen, last_listed)
    SELECT account_id, uidl, state, first_seen, last_listed FROM pop3_messages;
DROP TABLE pop3_messages;
ALTER TABLE pop3_messages_anew RENAME TO pop3_messages;

-- When a server was last looked at, by the clocks of this machine, and whether it keeps what it promises.
CREATE TABLE pop3_accounts (
    account_id INTEGER PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    looked_at INTEGER NOT NULL,                -- Unix seconds
    boot TEXT NOT NULL DEFAULT '',             -- which start of this machine that was, empty where it cannot tell
    uptime INTEGER,                            -- seconds since then, sleep included
    lock_step_until INTEGER NOT NULL DEFAULT 0 -- it failed when commands came ahead of their answers
);
INSERT INTO pop3_accounts (account_id, looked_at)
    SELECT account_id, max(last_listed) FROM pop3_messages GROUP BY account_id;

-- a server that changes its UIDLs has every one of its messages looked up
CREATE INDEX messages_by_uidl ON messages (uidl) WHERE uidl IS NOT NULL;
