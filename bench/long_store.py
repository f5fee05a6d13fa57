"""The stores of the long mailboxes: filled once by the ordinary engine, kept in .bench."""

import asyncio
import hashlib
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from bench import mailbox
from bench.dovecot import Dovecot
from bench.synchronise import account, searchable, sync, threaded, write_config
from store.migrations import available
from store.model import Protocol
from store.settings import AccountSettings, KeepKind


@dataclass(frozen=True, slots=True)
class LongStore:
    """What `bocau` is started with, and what it will show."""

    config: Path
    data: Path
    settings: AccountSettings
    """The same as `config`, for an engine of one's own."""
    newest: str
    """Subject of the newest message: it stands in the first row of the list."""


def filled(server: Dovecot, user: str, count: int, keep: KeepKind = KeepKind.FULL) -> LongStore:
    """A store that holds the mailbox of `user`, filled once: 100,000 whole messages take some minutes."""
    fingerprint = hashlib.sha256("".join(text for _, text in available()).encode()).hexdigest()[:12]
    folder = mailbox.HERE / "stores" / (user if keep is KeepKind.FULL else f"{user}-{keep.value}")
    data = folder / fingerprint
    settings = account(server, user, Protocol.IMAP, keep)
    complete = folder / f"{fingerprint}.filled"
    if not complete.exists():
        print(f"making a store of {count:,} messages (once) ...", file=sys.stderr, flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        figures = asyncio.run(sync(data, settings, count=searchable if keep is KeepKind.FULL else threaded))
        if figures.messages != count:
            raise RuntimeError(f"{figures.messages} of {count} messages reached the store")
        complete.touch()
    # The port is another one in every run.
    config = write_config(folder / "config.toml", settings)
    return LongStore(config, data, settings, mailbox.newest_subject(server, user))
