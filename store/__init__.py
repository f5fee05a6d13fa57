"""store = what is on this disk: it knows no sockets, parses no mail and draws nothing."""
