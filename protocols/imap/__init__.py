"""IMAP (RFC 3501, RFC 9051): the wire, the parsing of what it says, and the engine that syncs with it."""
