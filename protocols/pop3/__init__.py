"""POP3 (RFC 1939): what a maildrop server says, and a connection that asks it.

`wire` turns bytes into events without any input or output, `listings` and `capabilities` read what the events carry,
`channel` joins them to a socket, `connection` is the door.
"""
