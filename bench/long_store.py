"""The store of the long mailbox: filled once by the ordinary engine, kept in .bench."""

import asyncio
import hashlib
import shutil
import sqlite3
import sys
from dataclasses import dataclass
from pathlib import Path

from bench.dovecot import Dovecot
from bench.mailbox import HERE
from bench.synchronise import account, first_sync
from store.mailstore import FILE_NAME
from store.migrations import available
from store.model import Protocol


@dataclass(frozen=True, slots=True)
class LongStore:
    """What `bocau` is started with, and what it will show."""

    config: Path
    data: Path
    newest: str
    """Subject of the newest message: it stands in the first row of the list."""


def filled(server: Dovecot, user: str, count: int) -> LongStore:
    """A store that holds the whole mailbox of `user`; filling it with 100,000 messages takes some minutes, once."""
    fingerprint = hashlib.sha256("".join(text for _, text in available()).encode()).hexdigest()[:12]
    folder = HERE / "stores" / user
    data = folder / fingerprint
    settings = account(server, user, Protocol.IMAP)
    complete = folder / f"{fingerprint}.filled"
    if not complete.exists():
        print(f"making a store of {count:,} messages (once) ...", file=sys.stderr, flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        figures = asyncio.run(first_sync(data, settings))
        if figures.messages != count:
            raise RuntimeError(f"{figures.messages} of {count} messages reached the store")
        complete.touch()
    config = folder / "config.toml"
    # The port is another one in every run.
    config.write_text(
        f'[accounts.{settings.name}]\nprotocol = "imap"\naddress = "{settings.address}"\nhost = "{settings.host}"\n'
        f'port = {settings.port}\nsecurity = "none"\nuser = "{settings.user}"\nkeep = "full"\n'
        f'password_command = "{settings.password_command}"\n'
    )
    return LongStore(config, data, _newest(data / FILE_NAME))


def _newest(file: Path) -> str:
    connection = sqlite3.connect(file)
    try:
        query = "SELECT subject FROM messages ORDER BY received DESC, id DESC LIMIT 1"
        return str(connection.execute(query).fetchone()[0])
    finally:
        connection.close()
