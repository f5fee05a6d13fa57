-- What stays on this disk: what is kept by hand, what was used lately, and how much is here of every message.

ALTER TABLE messages ADD COLUMN kept INTEGER NOT NULL DEFAULT 0;  -- 1: by hand; whole, and never evicted
CREATE INDEX messages_kept ON messages (account_id) WHERE kept = 1;
ALTER TABLE messages ADD COLUMN used_at INTEGER;                  -- Unix seconds: somebody last opened it
ALTER TABLE folders ADD COLUMN kept INTEGER NOT NULL DEFAULT 0;   -- 1: everything in it is whole, and never evicted

-- Counts and sizes by account, and what is to go, the oldest first.  `cached` stands in front on purpose: an index that
-- begins with the account would tempt the planner to search it for every row of a join.
CREATE INDEX messages_by_contents ON messages (cached, account_id, received, size);
-- what is not to come, because it is too old, is passed over without reading its row
DROP INDEX messages_to_fetch;
CREATE INDEX messages_to_fetch ON messages (server_folder_id, uid, received, size, kept)
WHERE cached = 0 AND uid IS NOT NULL;
-- twins are counted once, without reading their rows
DROP INDEX messages_by_server_id;
CREATE INDEX messages_by_server_id ON messages (server_id, account_id, cached, size) WHERE server_id IS NOT NULL;
-- what a refused operation is bound to
CREATE INDEX journal_refused ON journal (message_id) WHERE state = 'refused';
