-- Acts are done again, kept and muted; new mail in a muted thread is noted for the act that files it away.

ALTER TABLE acts ADD COLUMN redoes INTEGER REFERENCES acts (id);       -- the act this one does again
ALTER TABLE acts ADD COLUMN part_of INTEGER REFERENCES acts (id);      -- undone with that one: what a mute did later
ALTER TABLE acts ADD COLUMN aside INTEGER NOT NULL DEFAULT 0;          -- 1: done by the way; undo does not begin with it
ALTER TABLE acts ADD COLUMN passed INTEGER NOT NULL DEFAULT 0;         -- 1: it cannot be taken back; undo goes past it
ALTER TABLE acts ADD COLUMN messages INTEGER NOT NULL DEFAULT 0;       -- how many it was about
UPDATE acts SET messages = (SELECT count(DISTINCT message_id) FROM journal WHERE act_id = acts.id);
CREATE INDEX acts_by_redone ON acts (redoes) WHERE redoes IS NOT NULL;
CREATE INDEX acts_by_whole ON acts (part_of) WHERE part_of IS NOT NULL;

-- The journal anew, since a CHECK cannot be changed.
CREATE TABLE journal_anew (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    act_id INTEGER NOT NULL REFERENCES acts (id),
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    message_id INTEGER NOT NULL,               -- kept when the message is gone: the history stays readable
    kind TEXT NOT NULL CHECK (kind IN ('flags', 'move', 'copy', 'expunge', 'append', 'transfer', 'keep', 'mute')),
    add_flags INTEGER NOT NULL DEFAULT 0,      -- of keep and mute: 1 when it is so from now on
    remove_flags INTEGER NOT NULL DEFAULT 0,   -- of keep and mute: 1 when it is so no longer
    add_labels TEXT NOT NULL DEFAULT '',       -- keywords, lower case, each between blanks as in `messages`
    remove_labels TEXT NOT NULL DEFAULT '',
    folder_id INTEGER,                         -- target of a move, a copy or an append
    prior_flags INTEGER NOT NULL DEFAULT 0,    -- effective state before, for undo
    prior_folder_id INTEGER,
    copy_id INTEGER,                           -- the message that a copy or a transfer made, when it is known
    source_id INTEGER,                         -- of an append: the message of another account that it copies
    state TEXT NOT NULL DEFAULT 'queued'
        CHECK (state IN ('queued', 'running', 'unknown', 'refused', 'done', 'undone', 'dropped')),
    attempts INTEGER NOT NULL DEFAULT 0,
    created INTEGER NOT NULL,
    error TEXT NOT NULL DEFAULT '',
    probe_uidnext INTEGER                      -- UIDNEXT of the target, recorded before anything is sent there
);
INSERT INTO journal_anew (
    id, act_id, account_id, message_id, kind, add_flags, remove_flags, add_labels, remove_labels, folder_id,
    prior_flags, prior_folder_id, copy_id, source_id, state, attempts, created, error, probe_uidnext
) SELECT
    id, act_id, account_id, message_id, kind, add_flags, remove_flags, add_labels, remove_labels, folder_id,
    prior_flags, prior_folder_id, copy_id, source_id, state, attempts, created, error, probe_uidnext
FROM journal;
DROP TABLE journal;
ALTER TABLE journal_anew RENAME TO journal;
CREATE INDEX journal_waiting ON journal (account_id, id) WHERE state IN ('queued', 'running', 'unknown');
CREATE INDEX journal_by_message ON journal (message_id, id) WHERE state IN ('queued', 'running', 'unknown');
CREATE INDEX journal_by_act ON journal (act_id);
-- what is on its way between accounts: as a rule nothing, and that is asked often
CREATE INDEX journal_crossing ON journal (kind, message_id)
    WHERE kind IN ('append', 'transfer') AND state IN ('queued', 'running', 'unknown', 'refused');
CREATE INDEX journal_by_copy ON journal (copy_id) WHERE copy_id IS NOT NULL;
CREATE INDEX journal_by_source ON journal (source_id) WHERE source_id IS NOT NULL;
-- what a refused operation is bound to
CREATE INDEX journal_refused ON journal (message_id) WHERE state = 'refused';
-- what else was done to a message, before and after
CREATE INDEX journal_of_message ON journal (message_id, id);
-- what was removed for good
CREATE INDEX journal_lasting ON journal (act_id) WHERE kind = 'expunge' AND copy_id IS NULL;

-- A thread that was muted, under each number that it had: threads that are found to be one become one.
CREATE TABLE muted_threads (
    thread_id INTEGER PRIMARY KEY,
    act_id INTEGER NOT NULL                    -- the act that muted it; it may be forgotten by now
);
CREATE TRIGGER references_of_muted AFTER UPDATE OF thread_id ON thread_references
WHEN EXISTS (SELECT 1 FROM muted_threads WHERE thread_id = OLD.thread_id) BEGIN
    INSERT INTO muted_threads SELECT NEW.thread_id, act_id FROM muted_threads WHERE thread_id = OLD.thread_id
        AND NOT EXISTS (SELECT 1 FROM muted_threads WHERE thread_id = NEW.thread_id);
END;
CREATE TRIGGER messages_of_muted AFTER UPDATE OF thread_id ON messages
WHEN EXISTS (SELECT 1 FROM muted_threads WHERE thread_id = OLD.thread_id)
-- one message that turns out to belong elsewhere says nothing of the others there
AND NOT EXISTS (SELECT 1 FROM messages WHERE thread_id = OLD.thread_id) BEGIN
    INSERT INTO muted_threads SELECT NEW.thread_id, act_id FROM muted_threads WHERE thread_id = OLD.thread_id
        AND NOT EXISTS (SELECT 1 FROM muted_threads WHERE thread_id = NEW.thread_id);
END;

-- Messages that came into a muted thread, to be looked at before the transaction ends (store/muting.py).
CREATE TABLE muted_arrivals (message_id INTEGER NOT NULL);
CREATE TRIGGER messages_muted AFTER INSERT ON messages
WHEN EXISTS (SELECT 1 FROM muted_threads WHERE thread_id = NEW.thread_id)
AND (NEW.uid IS NOT NULL OR NEW.uidl IS NOT NULL) BEGIN
    INSERT INTO muted_arrivals VALUES (NEW.id);
END;
-- what belongs to it by its subject alone is told a moment later
CREATE TRIGGER messages_joined_muted AFTER UPDATE OF thread_id ON messages
WHEN OLD.thread_id = OLD.id AND NEW.thread_id <> OLD.thread_id AND NEW.flags & 1 = 0
AND EXISTS (SELECT 1 FROM muted_threads WHERE thread_id = NEW.thread_id)
AND NOT EXISTS (SELECT 1 FROM muted_threads WHERE thread_id = OLD.thread_id)
AND (NEW.uid IS NOT NULL OR NEW.uidl IS NOT NULL) BEGIN
    INSERT INTO muted_arrivals VALUES (NEW.id);
END;

-- Which labels there are, without reading the messages that have none.
CREATE INDEX messages_labelled ON messages (labels, folder_id) WHERE labels <> '';
