"""Backup and leaving: mail written to mbox, Maildir and eml files, and read back from them, byte for byte."""
