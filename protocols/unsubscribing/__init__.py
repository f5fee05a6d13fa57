"""Leaving a mailing list: the ways that a message names, and the one that needs a connection."""
