-- When every flag of a folder was last compared: a restored server can hide changes from MODSEQ.

ALTER TABLE folders ADD COLUMN compared_at INTEGER;  -- Unix seconds; NULL: never
