-- Whether another account has a Message-ID is looked for only where there is another account.

DROP TRIGGER messages_met;
CREATE TRIGGER messages_arrived AFTER INSERT ON messages
WHEN NEW.message_id <> '' AND EXISTS (SELECT 1 FROM accounts WHERE id <> NEW.account_id) AND (
    EXISTS (SELECT 1 FROM messages WHERE message_id = NEW.message_id AND message_id <> '' AND account_id < NEW.account_id)
    OR EXISTS (SELECT 1 FROM messages WHERE message_id = NEW.message_id AND message_id <> '' AND account_id > NEW.account_id)
) BEGIN
    INSERT INTO unsettled VALUES (NEW.message_id);
END;
DROP TRIGGER messages_told;
CREATE TRIGGER messages_learned AFTER UPDATE OF message_id, from_address, subject, date, size, attachments, cached ON messages
WHEN NEW.message_id <> '' AND EXISTS (SELECT 1 FROM accounts WHERE id <> NEW.account_id) AND (
    EXISTS (SELECT 1 FROM messages WHERE message_id = NEW.message_id AND message_id <> '' AND account_id < NEW.account_id)
    OR EXISTS (SELECT 1 FROM messages WHERE message_id = NEW.message_id AND message_id <> '' AND account_id > NEW.account_id)
) BEGIN
    INSERT INTO unsettled VALUES (NEW.message_id);
END;
