-- Deletions that a POP3 server confirmed are remembered, and those that are wished of what never came whole.

-- The table anew, since a CHECK cannot be changed.
CREATE TABLE pop3_messages_anew (
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    uidl TEXT NOT NULL,
    state TEXT NOT NULL
        CHECK (state IN ('seen', 'stored', 'removed', 'delete-pending', 'deleted-unconfirmed', 'deleted')),
    first_seen INTEGER NOT NULL,               -- moved along when the clock is set: see pop3_accounts
    last_listed INTEGER NOT NULL,
    size INTEGER,                              -- octets as LIST tells; NULL: it did not, or an earlier bocau did not ask
    message_key INTEGER,                       -- of its Message-ID, NULL when it has none or is not here
    header_key INTEGER,                        -- of its whole header block
    failures INTEGER NOT NULL DEFAULT 0,       -- connections in a row that ended while it was asked for
    retry_at INTEGER,                          -- Unix seconds of the next try after too many of those
    PRIMARY KEY (account_id, uidl)
) WITHOUT ROWID;
INSERT INTO pop3_messages_anew SELECT * FROM pop3_messages;
DROP TABLE pop3_messages;
ALTER TABLE pop3_messages_anew RENAME TO pop3_messages;
