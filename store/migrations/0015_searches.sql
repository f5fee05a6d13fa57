-- Searches that have a name, and all mail in the order of time, so that the newest hits come at once.

CREATE TABLE searches (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    query TEXT NOT NULL  -- as it was typed
);

CREATE INDEX messages_by_time ON messages (received, id, folder_id);
