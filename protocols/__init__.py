"""protocols = what is on the wire: mail formats, IMAP, POP3, SMTP, and the engine that keeps accounts connected."""
