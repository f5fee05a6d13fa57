-- What the server has in a folder is counted in every round: unseen messages without reading all rows.
CREATE INDEX messages_unseen ON messages (server_folder_id) WHERE server_flags & 1 = 0;
