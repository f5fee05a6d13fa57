"""`doctor`: looks at terminal, configuration, store, accounts and queue, and says what to do."""

import os
import shutil
import sqlite3
import sys
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import asdict, dataclass

import click

from protocols.mime.safe import line
from store import accounts, credentials, folders, parked
from store import journal as entries
from store.errors import StoreError
from store.mailstore import FILE_NAME, MailStore
from store.model import AccountId
from store.operations import State
from store.settings import AccountSettings, Settings
from tui import format
from tui.commandline import output, usage
from tui.commandline.session import Session, run, session

NAMED = 10
"""Messages that are named one by one."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: `exit_code` 0 when it is well, else `advice` says what to do."""

    check: str
    detail: str
    advice: str = ""
    exit_code: int = 0


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def doctor(as_json: bool) -> None:
    """Look at the terminal, the configuration, the store, the accounts and the queue; say what to do."""
    here = session()

    async def work() -> int:
        code = 0
        async with aclosing(_findings(here)) as findings:  # `doctor | head` leaves in the middle
            async for finding in findings:
                code = code or finding.exit_code
                if as_json:
                    output.json_line({"check": finding.check, "ok": not finding.exit_code, **_rest(finding)})
                else:
                    _write(finding)
        return code

    if code := run(work()):
        raise click.exceptions.Exit(code)


def _rest(finding: Finding) -> dict[str, object]:
    fields = asdict(finding)
    return {"detail": fields["detail"], "advice": fields["advice"] or None}


def _write(finding: Finding) -> None:
    mark = "problem" if finding.exit_code else "ok"
    output.text(
        f"{mark:8} {line(finding.check) + ':':16} {line(finding.detail)}", output.BOLD if finding.exit_code else ""
    )
    if finding.advice:
        output.text(f"{'':8} {'':16} {line(finding.advice)}")


async def _findings(here: Session) -> AsyncGenerator[Finding, None]:
    for found in _terminal():
        yield found
    settings = Settings()
    try:
        settings = here.settings()
        count = format.count(len(settings.accounts), "account")
        yield Finding(
            "configuration", f"{here.paths.config}: {count}", "" if settings.accounts else "`bocau account add`."
        )
    except StoreError as error:
        yield _failed("configuration", error)
    try:
        async with here.store(settings) as store:
            async with aclosing(_store(store)) as checks:
                async for found in checks:
                    yield found
            for account in settings.accounts:
                yield await _account(store, account)
            for check, detail in await usage.told(store, settings):
                yield Finding(check, detail)
            yield await _queue(store)
            for found in await store.read(_withheld):
                yield found
    except StoreError as error:
        yield _failed("store", error)


def _failed(check: str, error: StoreError) -> Finding:
    return Finding(check, error.title, error.hint, error.exit_code)


def _terminal() -> Iterator[Finding]:
    size = shutil.get_terminal_size()
    encoding = (sys.stdout.encoding or "ascii").lower()
    term = os.environ.get("TERM", "") or "unset"
    colours = "24-bit" if os.environ.get("COLORTERM") in ("truecolor", "24bit") else "256" if "256" in term else "16"
    if os.environ.get("NO_COLOR"):
        colours = "none (NO_COLOR)"
    detail = f"TERM {term}, colours: {colours}, {size.columns}x{size.lines}, {encoding}"
    advice = []
    if not encoding.startswith("utf"):
        advice.append("Set a UTF-8 locale, such as LANG=C.UTF-8, to see more than ASCII.")
    if size.columns < 80 or size.lines < 24:
        advice.append("The reader needs 80 columns and 24 lines.")
    if term in ("unset", "dumb") and sys.stdout.isatty():
        advice.append("This terminal cannot show the reader; the commands work.")
    yield Finding("terminal", detail, " ".join(advice))


async def _store(store: MailStore) -> AsyncGenerator[Finding, None]:
    yield await store.read(_integrity)
    yield await store.read(_counters)
    yield await store.read(_search_index)
    size = sum(file.stat().st_size for file in store.data.glob(f"{FILE_NAME}*"))
    yield Finding("disk", f"{store.data}: {format.size(size)}, {format.size(shutil.disk_usage(store.data).free)} free")


def _integrity(connection: sqlite3.Connection) -> Finding:
    said = [row[0] for row in connection.execute("PRAGMA quick_check(5)")]
    if said == ["ok"]:
        messages = connection.execute("SELECT count(*) FROM messages").fetchone()[0]
        return Finding("store", f"sound, {format.count(messages, 'message')}")
    advice = "Keep a copy of the data folder; mail on IMAP servers is not affected and comes again into a new folder."
    return Finding("store", f"damaged: {'; '.join(map(str, said))}", advice, 1)


def _counters(connection: sqlite3.Connection) -> Finding:
    wrong = [
        row[0]
        for row in connection.execute(
            "SELECT f.path FROM folders f LEFT JOIN (SELECT folder_id, count(*) AS total, sum(flags & 1 = 0) AS unread"
            " FROM messages WHERE folder_id IS NOT NULL GROUP BY folder_id) m ON m.folder_id = f.id"
            " WHERE f.total <> coalesce(m.total, 0) OR f.unread <> coalesce(m.unread, 0)"
        )
    ]
    if wrong:
        return Finding("counters", f"wrong in {', '.join(wrong[:5])}", "Please report this.", 1)
    return Finding("counters", "agree with the messages")


def _search_index(connection: sqlite3.Connection) -> Finding:
    headers: int = connection.execute(
        "SELECT (SELECT count(*) FROM messages WHERE id NOT IN (SELECT id FROM search_headers_docsize))"
        " + (SELECT count(*) FROM search_headers_docsize WHERE id NOT IN (SELECT id FROM messages))"
    ).fetchone()[0]
    bodies: int = connection.execute(
        "SELECT (SELECT count(*) FROM bodies WHERE message_id NOT IN (SELECT id FROM search_bodies_docsize))"
        " + (SELECT count(*) FROM search_bodies_docsize WHERE id NOT IN (SELECT id FROM messages))"
    ).fetchone()[0]
    if headers or bodies:
        return Finding("search", f"{headers + bodies} entries do not fit the messages", "Please report this.", 1)
    return Finding("search", "every message can be found")


async def _account(store: MailStore, account: AccountSettings) -> Finding:
    check = f"account {account.name}"
    synced = await store.read(lambda c: _last_sync(c, account.name))
    last = f"last sync {format.short_date(synced, time.time())}" if synced else "never synchronised"
    try:
        await credentials.password(account)
    except StoreError as error:
        return _failed(check, error)
    where = f"{account.protocol.value} at {account.host}:{account.port}, password there, {last}"
    return Finding(check, where, "" if synced else f"`bocau sync --account {account.name}` fetches its mail.")


def _last_sync(connection: sqlite3.Connection, name: str) -> int | None:
    known = {account.name: account.id for account in accounts.every(connection)}
    times = [
        folder.synced_at for folder in folders.every(connection, known.get(name, AccountId(0))) if folder.synced_at
    ]
    return max(times, default=None)


async def _queue(store: MailStore) -> Finding:
    unfinished = await store.read(entries.unfinished)
    refused = sum(entry.state is State.REFUSED for entry in unfinished)
    waiting = len(unfinished) - refused
    if refused:
        advice = "`bocau journal` says why; retry or drop them there."
        return Finding("queue", f"{waiting} waiting, {refused} refused", advice, 6)
    return Finding("queue", f"{waiting} waiting" if waiting else "empty", "`bocau sync` sends them." if waiting else "")


def _withheld(connection: sqlite3.Connection) -> list[Finding]:
    """Messages that their server does not give out: no fault of this store, but the user should know of them."""
    every = parked.every(connection)
    if not every:
        return []
    shown = list(every.items())[:NAMED]
    reasons = "; ".join(f"{message}: {line(trouble.reason, 100)}" for message, trouble in shown)
    more = f"; and {len(every) - len(shown)} more" if len(every) > len(shown) else ""
    detail = f"{format.count(len(every), 'message')} that the server does not give out: {reasons}{more}"
    return [Finding("withheld", detail, "`bocau show ID` asks for one again.")]
