"""Search over 100,000 messages: queries from the text to a first page of results; the index beside notmuch's."""

import asyncio
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from bench import long_store, mailbox
from bench.dovecot import Dovecot, why_not
from bench.repeat import beside, timed
from bench.table import Row
from protocols.mender import Mender
from store.database import Transaction
from store.integrity import Verdict
from store.mailstore import MailStore
from store.search import query, rebuild, sources
from tui.search_window import SearchWindow

QUERIES = (
    "budget", "meeting minutes", "hoa don", "hóa đơn", "da nang", "from:linh", "from:fumiko subject:kernel", "deploy*",
    '"release candidate"', "is:unread", "is:starred budget", "has:attachment", "larger:2k", "before:2024-06", "7d",
    "password -review", "roadmap or latency", "to:me", "subject:invoice", "zyzzyva", "report status payment",
)  # fmt: skip
ROUNDS = 3
SHARE_OF_PEER = 0.15


def measure() -> Iterator[Row]:
    """Make the index of a filled store anew, from the mail in it, and let notmuch index the same mail."""
    if reason := why_not():
        print(f"search_index is left out: {reason}", file=sys.stderr)
        return
    with mailbox.server() as dovecot:
        user = mailbox.user_with(dovecot, mailbox.LONG, mailbox.LETTER)
        store = long_store.filled(dovecot, user, mailbox.LONG)
        ours = timed(lambda: _index(store.data))
        peer = timed(lambda: _notmuch(dovecot, user)) if shutil.which("notmuch") else None
    bar = None if peer is None else SHARE_OF_PEER * peer.seconds
    yield Row(f"search index of {mailbox.LONG:,} messages{ours.note}", ours.seconds, "s", bar, beside(notmuch=peer))


def query_milliseconds(data: Path) -> list[float]:
    """What each query takes from its text to the summaries of the first page; each is asked some times."""
    return asyncio.run(_ask(data))


async def _ask(data: Path) -> list[float]:
    async with await MailStore.open(data) as store:
        return [await _asked(store, text) for _ in range(ROUNDS) for text in QUERIES]


async def _asked(store: MailStore, text: str) -> float:
    begun = time.perf_counter()
    await SearchWindow(store, query.parse(text, date.today())).open()
    return (time.perf_counter() - begun) * 1000


def _index(data: Path) -> float:
    """Seconds from a store without search index to a whole one; a copy is measured."""
    with tempfile.TemporaryDirectory(prefix="bocau-index-", dir=mailbox.kept("stores")) as folder:
        copy = Path(shutil.copytree(data, Path(folder) / "data"))
        return asyncio.run(_indexed(copy))


async def _indexed(data: Path) -> float:
    async with await MailStore.open(data) as store:
        await store.write(_forget_index)
        begun = time.perf_counter()
        await Mender(store).mend(Verdict())
        seconds = time.perf_counter() - begun
        missing = await store.read(rebuild.gaps)
        if any(missing):
            raise RuntimeError(f"the index is not whole: {missing}")
        return seconds


def _forget_index(tx: Transaction) -> None:
    rebuild.renew(tx, frozenset())
    tx.execute(f"DELETE FROM {sources.RESCUED}")  # the texts are to be read from the mail again


def _notmuch(server: Dovecot, user: str) -> float:
    """Seconds of `notmuch new` over the user's Maildir, into a new database."""
    with tempfile.TemporaryDirectory(prefix="bocau-notmuch-", dir=mailbox.kept("stores")) as folder:
        config = Path(folder) / "config"
        mail = (server.directory / "mail" / user).resolve()
        config.write_text(
            f"[database]\npath={folder}\nmail_root={mail}\n[user]\nname=Me\nprimary_email=me@example.com\n"
            "[new]\ntags=\nignore=/dovecot.*/;maildirfolder;subscriptions\n[maildir]\nsynchronize_flags=false\n"
        )
        begun = time.perf_counter()
        subprocess.run(["notmuch", f"--config={config}", "new", "--quiet"], check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - begun
