-- Ids that are set aside for what a sync brings newest first: one that was cut goes on with them.

CREATE TABLE reservations (
    folder_id INTEGER PRIMARY KEY REFERENCES folders (id) ON DELETE CASCADE,
    uidvalidity INTEGER NOT NULL,  -- of the messages that they are for
    first INTEGER NOT NULL,
    count INTEGER NOT NULL
);
