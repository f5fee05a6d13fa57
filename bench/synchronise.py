"""A first sync as the bench times it: an empty store, the ordinary engine, until everything can be searched."""

import gc
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path

from bench.dovecot import PASSWORD, Dovecot
from bench.loop_lag import LoopLag
from protocols.engine import Engine
from store.mailstore import MailStore
from store.model import Protocol
from store.settings import AccountSettings, AfterDownload, AfterKind, Keep, KeepKind, Settings
from tui.commandline.reader import tune_interpreter


@dataclass(frozen=True, slots=True)
class SyncFigures:
    """What one first sync took."""

    seconds: float
    """From before the connection to the commit of the last message, its text in the index."""
    worst_block_ms: float
    """The longest time that the event loop stood still."""
    messages: int
    """How many messages the store holds whole, each with an entry in the search index."""


def account(server: Dovecot, user: str, protocol: Protocol, keep: KeepKind = KeepKind.FULL) -> AccountSettings:
    """The settings of an account on the bench's own server; POP3 leaves the mail there."""
    return AccountSettings(
        name="bench",
        protocol=protocol,
        address=f"{user}@example.com",
        full_name="",
        host=server.host,
        port=server.imap if protocol is Protocol.IMAP else server.pop3,
        security="none",
        allow_insecure=True,
        ca_file=None,
        user=user,
        auth="password",
        password_command=f"echo {server.password}",
        keep=Keep(keep),
        folders=(),
        after_download=AfterDownload(AfterKind.KEEP),
        unified=True,
        smtp=None,
    )


async def first_sync(data: Path, settings: AccountSettings) -> SyncFigures:
    """Fill the store in the empty folder `data` from the account's server, in a process as the reader sets it up.

    Raises what stops the engine: ProtocolError, StoreError.
    """
    async with (
        await MailStore.open(data) as store,
        Engine(store, Settings(accounts=(settings,)), supervise=False, passwords=_password) as engine,
    ):
        gc.collect()  # what an earlier measurement left is not part of this one
        tune_interpreter()
        begun = time.perf_counter()
        async with LoopLag() as lag:
            outcome = await engine.sync()
        seconds = time.perf_counter() - begun
        if error := outcome[settings.name]:
            raise error
        return SyncFigures(seconds, lag.worst, await store.read(searchable))


async def _password(settings: AccountSettings) -> str:
    return PASSWORD


def searchable(connection: sqlite3.Connection) -> int:
    """How many messages are here whole and in the search index."""
    row = connection.execute(
        "SELECT count(*) FROM bodies JOIN search_bodies_docsize AS indexed ON indexed.id = bodies.message_id"
    ).fetchone()
    return int(row[0])
