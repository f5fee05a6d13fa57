"""What can go wrong on this disk, and what the user can do about it.

StoreError
├── ConfigurationError   the configuration file is wrong (exit 3)
├── CredentialsError     no password could be had (exit 5)
├── NotFound             no such message, folder, account, act or operation (exit 7)
├── NotPossible          the operation cannot be done to this message (exit 2)
│   └── NotYet           not while its server is being told of it; soon it can (exit 2)
├── StoreBusy            another process holds the store too long (exit 1)
│   └── EngineBusy       another process runs the engine of this store (exit 1)
├── StoreDamaged         the database is damaged: what can be read has to be saved first (exit 1)
├── StoreNewer           the database was written by a newer bocau (exit 1)
├── SearchDamaged        the search index alone is damaged, and is made anew (exit 1)
├── DiskFull             no room to write (exit 1)
└── QueryError           the search query is wrong (exit 2); see store/search/errors
"""


class StoreError(Exception):
    """An error a user can read: `title` says what happened and where, `hint` what to do."""

    exit_code = 1

    def __init__(self, title: str, hint: str = "") -> None:
        super().__init__(title)
        self.title = title
        self.hint = hint


class ConfigurationError(StoreError):
    """The configuration file is wrong; the title names file, line and key, the hint what is allowed."""

    exit_code = 3


class CredentialsError(StoreError):
    """No password could be had for an account."""

    exit_code = 5


class NotFound(StoreError):
    """What was asked for is not in the store."""

    exit_code = 7


class NotPossible(StoreError):
    """The operation does not fit the message, folder or account."""

    exit_code = 2


class NotYet(NotPossible):
    """What is asked for has to wait until something has ended that goes on just now."""


class StoreBusy(StoreError):
    """Another process held the database locked for longer than we wait."""


class EngineBusy(StoreBusy):
    """Another process synchronises this store; it can be asked to do what is wanted."""


class StoreDamaged(StoreError):
    """The database cannot be read, or not be trusted; `bocau doctor --salvage` saves what is left."""


class StoreNewer(StoreError):
    """The database was written by a newer bocau; there is nothing wrong with it."""


class SearchDamaged(StoreError):
    """The search index is damaged; all it holds can be worked out anew from the mail."""


class DiskFull(StoreError):
    """The disk had no room; nothing of the transaction was kept."""
