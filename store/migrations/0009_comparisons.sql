-- When every flag of a folder was last compared with its server's: a server from a backup can hide changes from MODSEQ.

ALTER TABLE folders ADD COLUMN compared_at INTEGER;  -- Unix seconds; NULL: never
