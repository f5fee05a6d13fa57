-- Threads as trees: what each message answers, and replies that are told by their subject alone.

-- The Message-IDs that the message of this reference answers, nearest last, 8 octets each: see store/threads.py.
ALTER TABLE thread_references ADD COLUMN chain BLOB;

-- A subject without Re: and [list], as a number; 0: it says nothing.  NULL: written before, see unthreaded.
ALTER TABLE messages ADD COLUMN topic INTEGER;
CREATE INDEX messages_by_topic ON messages (topic, date) WHERE topic > 0;

-- Replies that name nothing they answer: which message that is, is told by subject, time and people.
CREATE TABLE orphan_replies (
    message_id INTEGER PRIMARY KEY,            -- kept when the message is gone: its answers stay where they are
    topic INTEGER NOT NULL,
    date INTEGER NOT NULL,
    thread INTEGER NOT NULL,                   -- by references alone, as in thread_references
    answers INTEGER,                           -- the message that it answers, NULL: none is here
    answers_thread INTEGER                     -- that one's thread by references alone
);
CREATE INDEX orphan_replies_by_topic ON orphan_replies (topic, date);
CREATE INDEX orphan_replies_by_thread ON orphan_replies (thread);
CREATE INDEX orphan_replies_by_answered ON orphan_replies (answers_thread) WHERE answers_thread IS NOT NULL;

-- a list of threads reads nothing but this index, as the list of messages does
DROP INDEX messages_by_folder;
CREATE INDEX messages_by_folder ON messages (folder_id, received, id, likeness, thread_id);

-- What was here before has no topic and no chains yet: they are worked out in slices, the newest first.
CREATE TABLE unthreaded (below INTEGER NOT NULL);
INSERT INTO unthreaded SELECT max(id) + 1 FROM messages HAVING count(*) > 0;
