"""Proving to a mail server who we are: SASL mechanisms as pure values, without sockets."""
