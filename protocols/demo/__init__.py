"""The demo: a realistic mailbox on real servers that live in this process, on loopback only."""
