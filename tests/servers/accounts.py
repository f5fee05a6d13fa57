"""Settings of accounts on the servers of the tests, as the configuration file would give them."""

from dataclasses import replace

from store.model import Protocol
from store.settings import AccountSettings, AfterDownload, Keep

_POP3 = AccountSettings(
    name="drop",
    protocol=Protocol.POP3,
    address="anna@example.com",
    full_name="Anna",
    host="127.0.0.1",
    port=110,
    security="none",
    allow_insecure=True,
    ca_file=None,
    user="anna",
    auth="password",
    password_command=None,
    keep=Keep.parse("full"),
    folders=("*",),
    after_download=AfterDownload.parse("delete"),
    unified=True,
    smtp=None,
)


def pop3_account(port: int, *, after: str = "delete", name: str = "drop", user: str = "anna") -> AccountSettings:
    """A POP3 account on a loopback port without TLS; `after` is after_download in the file's words."""
    return replace(_POP3, name=name, port=port, user=user, after_download=AfterDownload.parse(after))


def imap_account(port: int, *, name: str = "box", user: str = "anna") -> AccountSettings:
    """An IMAP account on a loopback port without TLS."""
    return replace(
        _POP3, name=name, protocol=Protocol.IMAP, port=port, user=user, after_download=AfterDownload.parse("keep")
    )
