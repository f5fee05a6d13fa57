-- Messages go to other accounts: the copy waits to be appended, its source waits for the copy.

-- The journal anew, since a CHECK cannot be changed.
CREATE TABLE journal_anew (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    act_id INTEGER NOT NULL REFERENCES acts (id),
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    message_id INTEGER NOT NULL,               -- kept when the message is gone: the history stays readable
    kind TEXT NOT NULL CHECK (kind IN ('flags', 'move', 'copy', 'expunge', 'append', 'transfer')),
    add_flags INTEGER NOT NULL DEFAULT 0,
    remove_flags INTEGER NOT NULL DEFAULT 0,
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
    prior_flags, prior_folder_id, copy_id, state, attempts, created, error, probe_uidnext
) SELECT
    id, act_id, account_id, message_id, kind, add_flags, remove_flags, add_labels, remove_labels, folder_id,
    prior_flags, prior_folder_id, copy_id, state, attempts, created, error, probe_uidnext
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

-- Old acts are forgotten a slice at a time; without it each would be looked for among all undoings.
CREATE INDEX acts_by_undone ON acts (undoes) WHERE undoes IS NOT NULL;
