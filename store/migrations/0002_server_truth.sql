-- What the IMAP engine has to remember beside summaries: server labels, twins, rebuilt folders, names.

ALTER TABLE messages ADD COLUMN server_labels TEXT NOT NULL DEFAULT '';  -- as `labels`, which is now effective
UPDATE messages SET server_labels = labels WHERE labels <> '';
ALTER TABLE messages ADD COLUMN server_id TEXT;  -- X-GM-MSGID, or EMAILID (RFC 8474): one message in several folders
CREATE INDEX messages_by_server_id ON messages (server_id) WHERE server_id IS NOT NULL;

-- keywords, lower case, each between blanks as in `messages`
ALTER TABLE journal ADD COLUMN add_labels TEXT NOT NULL DEFAULT '';
ALTER TABLE journal ADD COLUMN remove_labels TEXT NOT NULL DEFAULT '';

ALTER TABLE folders ADD COLUMN subscribed INTEGER NOT NULL DEFAULT 1;
ALTER TABLE folders ADD COLUMN mailbox_id TEXT;                  -- MAILBOXID (RFC 8474): it survives a rename
ALTER TABLE folders ADD COLUMN notice TEXT NOT NULL DEFAULT '';  -- why it is not synchronised; empty: all is well

-- When a folder's UIDVALIDITY changed: a server that does so again and again is left alone for a while.
CREATE TABLE folder_rebuilds (
    folder_id INTEGER NOT NULL REFERENCES folders (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,                       -- Unix seconds
    PRIMARY KEY (folder_id, at)
) WITHOUT ROWID;
