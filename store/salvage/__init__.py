"""Saves what can be read of a damaged database: page by page, without SQLite, into a new one."""
