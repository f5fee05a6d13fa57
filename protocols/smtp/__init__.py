"""SMTP submission (RFC 6409): one message, or a batch over one connection, with an answer for every recipient."""
