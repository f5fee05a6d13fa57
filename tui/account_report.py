"""What there is to say of each account, in full: how it is reached, what it does, what it keeps, what waits."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from protocols.mime.safe import SafeText, line
from store import accounts, folders, journal, usage
from store.model import AccountId, OperationId
from store.operations import State
from store.settings import AccountSettings
from store.status import AccountStatus, Activity
from store.usage import Usage
from tui import format, told_operations
from tui.progress import bar, percent

_SECURITY = {"tls": "TLS", "starttls": "STARTTLS", "none": "without encryption"}
_DOING = {
    Activity.OFFLINE: "offline",
    Activity.CONNECTING: "connecting",
    Activity.SYNCING: "fetching",
    Activity.ONLINE: "online",
    Activity.WAITING: "no connection",
    Activity.REFUSED: "waits for you",
}
_BAR = 30
"""Cells of a progress bar."""
_SHOWN = 5
"""Refused operations that are told one by one."""


@dataclass(frozen=True, slots=True)
class Held:
    """What the store knows of an account."""

    synced_at: int | None = None
    used: Usage = Usage()  # noqa: RUF009 (frozen)
    waiting: int = 0
    refused: tuple[tuple[OperationId, SafeText, SafeText], ...] = ()
    """(operation, what it does, why it was refused)."""


Row = tuple[str, str, str]
"""(label, text, look: plain, good, warning, error)."""


def read(connection: sqlite3.Connection) -> dict[str, Held]:
    """Account -> what the store knows of it."""
    used = usage.every(connection)
    every = folders.every(connection)
    names = {folder.id: folder.path for folder in every}
    synced: dict[AccountId, int] = {}
    for folder in every:
        if folder.synced_at is not None:
            synced[folder.account] = max(folder.synced_at, synced.get(folder.account, 0))
    waiting: dict[AccountId, int] = {}
    refused: dict[AccountId, list[tuple[OperationId, SafeText, SafeText]]] = {}
    for entry in journal.unfinished(connection):
        if entry.state is State.REFUSED:
            told = line(told_operations.told(entry, names), 100), line(entry.error, 200)
            refused.setdefault(entry.account, []).append((entry.id, *told))
        else:
            waiting[entry.account] = waiting.get(entry.account, 0) + 1
    return {
        one.name: Held(
            synced.get(one.id), used.get(one.id, Usage()), waiting.get(one.id, 0), tuple(refused.get(one.id, ()))
        )
        for one in accounts.every(connection)
    }


def rows(account: AccountSettings, status: AccountStatus, held: Held, now: float) -> Sequence[Row]:
    """The lines of one account, under its name; `now` in Unix seconds."""
    security = _SECURITY[account.security]
    return [
        ("server", line(f"{account.protocol.value.upper()}, {account.host}, port {account.port}, {security}", 200), ""),
        *_doing(status),
        ("last sync", format.long_date(held.synced_at) if held.synced_at else "never to its end", ""),
        ("mail", line(f'{format.usage(held.used)}; keep = "{account.keep}"', 200), ""),
        *_waiting(held),
    ]


def _doing(status: AccountStatus) -> list[Row]:
    look = {Activity.ONLINE: "good", Activity.SYNCING: "good", Activity.WAITING: "warning", Activity.REFUSED: "error"}
    words = "offline, until you say otherwise" if status.paused else _DOING[status.activity]
    if status.folder and status.activity is Activity.SYNCING:
        words += f" {line(status.folder, 60)}"
    if status.activity is Activity.WAITING and status.retry_at is not None:
        words += f", next try at {format.clock(status.retry_at)}"
    told: list[Row] = [("now", words, look.get(status.activity, ""))]
    if status.total:
        told.append(("", f"{bar(status.done, status.total, _BAR)} {percent(status.done, status.total)}", "good"))
        told.append(("", f"{status.done:,} of {format.count(status.total, 'message')}{_octets(status, ', ')}", ""))
    elif status.total_bytes:
        filled = bar(status.done_bytes, status.total_bytes, _BAR)
        told.append(("", f"{filled} {_octets(status)}", "good"))
    if status.error:
        told.append(("problem", line(status.error, 400), "error" if status.activity is Activity.REFUSED else "warning"))
    if status.hint:
        told.append(("what to do", line(status.hint, 400), ""))
    return told


def _octets(status: AccountStatus, before: str = "") -> str:
    return f"{before}{format.sizes(status.done_bytes, status.total_bytes)}" if status.total_bytes else ""


def _waiting(held: Held) -> list[Row]:
    told: list[Row] = []
    if held.waiting:
        told.append(("to send", format.count(held.waiting, "change"), "warning"))
    for number, (_, what, why) in enumerate(held.refused[:_SHOWN]):
        told.append(("" if number else "refused", line(f"{what}: {why or 'without a reason'}", 300), "error"))
    if len(held.refused) > _SHOWN:
        told.append(("", f"and {len(held.refused) - _SHOWN:,} more", "error"))
    return told


def reports(
    configured: Sequence[AccountSettings],
    statuses: Mapping[str, AccountStatus],
    held: Mapping[str, Held],
    now: float,
) -> list[tuple[str, Sequence[Row]]]:
    """(name, lines) of every account of the configuration."""
    return [
        (account.name, rows(account, statuses.get(account.name, AccountStatus()), held.get(account.name, Held()), now))
        for account in configured
    ]
