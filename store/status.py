"""What the engine is doing right now: facts in memory only, on the same feed as the durable changes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from store.changes import ChangeFeed, ChangeSet


class Activity(StrEnum):
    """What an account's connection is doing."""

    OFFLINE = "offline"
    CONNECTING = "connecting"
    SYNCING = "syncing"
    ONLINE = "online"
    """Connected (IMAP), or the last round went well (POP3)."""
    WAITING = "waiting"
    """The last try failed; another follows at `retry_at`."""
    REFUSED = "refused"
    """Sign-in, certificate or configuration: the user has to act before another try makes sense."""


@dataclass(frozen=True, slots=True)
class AccountStatus:
    """One account's state.  `error` and `hint` may hold a server's words: clean them before showing."""

    activity: Activity = Activity.OFFLINE
    folder: str = ""
    """The folder being synchronised, decoded path."""
    done: int = 0
    total: int = 0
    """Messages fetched of those wanted in this round; 0 of 0 when nothing is counted."""
    done_bytes: int = 0
    total_bytes: int = 0
    """The same in octets, by the sizes that the server tells; of a part that the user opened while ONLINE."""
    error: str = ""
    hint: str = ""
    retry_at: float | None = None
    """Unix seconds of the next try while WAITING."""
    exit_code: int = 0
    """The contract's exit code of `error`, 0 when there is none."""
    paused: bool = False
    """Whether somebody said that it stays offline for now."""


@dataclass(frozen=True, slots=True)
class StoreStatus:
    """The state of the store itself: all empty when there is nothing to tell."""

    error: str = ""
    """What keeps it from being written: the disk is full, the database is damaged."""
    hint: str = ""
    work: str = ""
    """What is being mended in the background, and how far that is: `done` of `total`."""
    done: int = 0
    total: int = 0
    doubted: bool = False
    """Whether it is to be looked at: an unclean end, a damaged page."""


class StatusBoard:
    """The status of every account by name, and of the store; each change is announced on the feed."""

    def __init__(self, feed: ChangeFeed) -> None:
        self._feed = feed
        self._accounts: dict[str, AccountStatus] = {}
        self._store = StoreStatus()

    @property
    def store(self) -> StoreStatus:
        """How the store itself is."""
        return self._store

    def update_store(self, **fields: object) -> None:
        """Change some fields of the store's status; announce it only when something is different."""
        status = replace(self._store, **fields)  # type: ignore[arg-type]
        if status != self._store:
            self._store = status
            self._feed.publish(ChangeSet(status=True))

    @property
    def accounts(self) -> Mapping[str, AccountStatus]:
        """Account name -> status, as of now."""
        return self._accounts

    def __getitem__(self, account: str) -> AccountStatus:
        return self._accounts.get(account, AccountStatus())

    def update(self, account: str, **fields: object) -> None:
        """Change some fields of an account's status; announce it only when something is different."""
        self.set(account, replace(self[account], **fields))  # type: ignore[arg-type]

    def set(self, account: str, status: AccountStatus) -> None:
        """Replace an account's status."""
        if self._accounts.get(account) != status:
            self._accounts[account] = status
            self._feed.publish(ChangeSet(status=True))

    def forget(self, account: str) -> None:
        """Drop an account that was removed."""
        if self._accounts.pop(account, None) is not None:
            self._feed.publish(ChangeSet(status=True))
