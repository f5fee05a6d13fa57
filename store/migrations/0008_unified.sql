-- Messages that several accounts received: which rows are one message, and what unified folders count too often.

ALTER TABLE messages ADD COLUMN likeness INTEGER;  -- the same in all rows that are one message; NULL: it is alone
CREATE INDEX messages_by_likeness ON messages (likeness) WHERE likeness IS NOT NULL;
-- lists read nothing but this index: the likeness in it tells the few rows that have to be looked at
DROP INDEX messages_by_folder;
CREATE INDEX messages_by_folder ON messages (folder_id, received, id, likeness);
CREATE INDEX messages_starred ON messages (received, id, folder_id, likeness) WHERE flags & 4 <> 0;
-- whether another account has a Message-ID, however often one account has it
DROP INDEX messages_by_message_id;
CREATE INDEX messages_by_message_id ON messages (message_id, account_id) WHERE message_id <> '';

-- How often a message counts too much in the unified folder of a role, and among the unread there.
CREATE TABLE counted_twice (
    likeness INTEGER NOT NULL,
    role TEXT NOT NULL,
    total INTEGER NOT NULL,
    unread INTEGER NOT NULL,
    PRIMARY KEY (likeness, role)
) WITHOUT ROWID;

-- Message-IDs whose rows have to be compared before the transaction ends (store/unified.py); '': count all anew.
-- Not unique: within a trigger the conflict clause of the statement that fired it would hold.
CREATE TABLE unsettled (message_id TEXT NOT NULL);
INSERT INTO unsettled SELECT message_id FROM messages WHERE message_id <> ''
    GROUP BY message_id HAVING min(account_id) <> max(account_id);

CREATE TRIGGER messages_met AFTER INSERT ON messages
WHEN NEW.message_id <> '' AND (
    EXISTS (SELECT 1 FROM messages WHERE message_id = NEW.message_id AND message_id <> '' AND account_id < NEW.account_id)
    OR EXISTS (SELECT 1 FROM messages WHERE message_id = NEW.message_id AND message_id <> '' AND account_id > NEW.account_id)
) BEGIN
    INSERT INTO unsettled VALUES (NEW.message_id);
END;
CREATE TRIGGER messages_told AFTER UPDATE OF message_id, from_address, subject, date, size, attachments, cached ON messages
WHEN NEW.message_id <> '' AND (
    EXISTS (SELECT 1 FROM messages WHERE message_id = NEW.message_id AND message_id <> '' AND account_id < NEW.account_id)
    OR EXISTS (SELECT 1 FROM messages WHERE message_id = NEW.message_id AND message_id <> '' AND account_id > NEW.account_id)
) BEGIN
    INSERT INTO unsettled VALUES (NEW.message_id);
END;
CREATE TRIGGER messages_moved AFTER UPDATE OF folder_id, flags, message_id ON messages
WHEN OLD.likeness IS NOT NULL AND (
    OLD.folder_id IS NOT NEW.folder_id OR OLD.flags <> NEW.flags OR OLD.message_id <> NEW.message_id
) BEGIN
    INSERT INTO unsettled VALUES (OLD.message_id);
END;
CREATE TRIGGER messages_parted AFTER DELETE ON messages WHEN OLD.likeness IS NOT NULL BEGIN
    INSERT INTO unsettled VALUES (OLD.message_id);
END;

CREATE TRIGGER accounts_unified AFTER UPDATE OF unified ON accounts WHEN OLD.unified <> NEW.unified BEGIN
    INSERT INTO unsettled VALUES ('');
END;
CREATE TRIGGER folders_added AFTER INSERT ON folders WHEN NEW.role IS NOT NULL BEGIN
    INSERT INTO unsettled VALUES ('');
END;
CREATE TRIGGER folders_changed AFTER UPDATE OF role, path ON folders
WHEN OLD.role IS NOT NEW.role OR OLD.path <> NEW.path BEGIN
    INSERT INTO unsettled VALUES ('');
END;
CREATE TRIGGER folders_removed AFTER DELETE ON folders WHEN OLD.role IS NOT NULL BEGIN
    INSERT INTO unsettled VALUES ('');
END;
