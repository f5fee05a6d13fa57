"""A sync as the bench times it: the ordinary engine over one store, until everything is committed."""

import gc
import sqlite3
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from bench.dovecot import PASSWORD, Dovecot
from bench.loop_lag import LoopLag
from bench.processes import ended_cpu_seconds
from protocols.backend import Round
from protocols.connector import Connector
from protocols.engine import Engine, open_imap
from store import accounts
from store.mailstore import MailStore
from store.model import Protocol
from store.settings import AccountSettings, AfterDownload, AfterKind, Keep, KeepKind, Settings
from tui.commandline.reader import tune_interpreter

Count = Callable[[sqlite3.Connection], int]


@dataclass(frozen=True, slots=True)
class SyncFigures:
    """What one sync took."""

    seconds: float
    """From before the connection to the commit of the last change, text in the index."""
    worst_block_ms: float
    """The longest time that the event loop stood still; 0 when nobody watched it."""
    processor_seconds: float
    """Of this process and of those that it started and ended meanwhile: it depends less on what else is running."""
    messages: int
    """What `count` found in the store afterwards."""


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


def write_config(path: Path, settings: AccountSettings) -> Path:
    """Write the same account as a configuration file for the program; returns the path."""
    path.write_text(
        f'[accounts.{settings.name}]\nprotocol = "{settings.protocol.value}"\naddress = "{settings.address}"\n'
        f'host = "{settings.host}"\nport = {settings.port}\nsecurity = "none"\nuser = "{settings.user}"\n'
        f'keep = "{settings.keep}"\npassword_command = "{settings.password_command}"\n'
    )
    return path


def searchable(connection: sqlite3.Connection) -> int:
    """How many messages are here whole and in the search index."""
    return _number(
        connection,
        "SELECT count(*) FROM bodies JOIN search_bodies_docsize AS indexed ON indexed.id = bodies.message_id",
    )


def threaded(connection: sqlite3.Connection) -> int:
    """How many summaries are here, in a thread, and found by their headers."""
    return _number(
        connection,
        "SELECT count(*) FROM messages JOIN search_headers_docsize AS indexed USING (id) WHERE thread_id IS NOT NULL",
    )


async def sync(data: Path, settings: AccountSettings, *, count: Count = searchable, watch: bool = False) -> SyncFigures:
    """One full round over the store in folder `data` (made when missing), in a process as the reader sets it up.

    `watch` looks at the event loop every millisecond, which costs a little.  Raises what stops the engine:
    ProtocolError, StoreError.
    """
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(await MailStore.open(data))
        engine = Engine(store, Settings(accounts=(settings,)), supervise=False, passwords=_password)
        await stack.enter_async_context(engine)
        gc.collect()  # what an earlier measurement left is not part of this one
        tune_interpreter()
        lag = LoopLag()
        begun, spent = time.perf_counter(), _processor()
        if watch:
            async with lag:
                outcome = await engine.sync()
        else:
            outcome = await engine.sync()
        seconds, spent = time.perf_counter() - begun, _processor() - spent
        if error := outcome[settings.name]:
            raise error
        return SyncFigures(seconds, lag.worst, spent, await store.read(count))


async def light_round_seconds(data: Path, settings: AccountSettings) -> float:
    """Connect and do what a running app does every few minutes: unlike `sync`, old mail is not compared as a whole.

    The store in folder `data` is filled.  Raises ProtocolError, StoreError.
    """
    async with await MailStore.open(data) as store:
        rows = [(settings.name, settings.protocol, settings.unified)]
        ids = await store.write(lambda tx: accounts.reconcile(tx, rows))
        connector = Connector(settings, ids[settings.name], store, _password, open_imap)
        begun = time.perf_counter()
        async with connector.connected() as backend:
            await connector.round(backend, Round())
        return time.perf_counter() - begun


async def _password(settings: AccountSettings) -> str:
    return PASSWORD


def _processor() -> float:
    return time.process_time() + ended_cpu_seconds()


def _number(connection: sqlite3.Connection, query: str) -> int:
    return int(connection.execute(query).fetchone()[0])
