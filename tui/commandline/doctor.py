"""`doctor`: looks at terminal, configuration, store, accounts and queue, and says what to do."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing

import click

from protocols.mime.safe import line
from store import accounts, credentials, folders, parked
from store import journal as entries
from store.errors import StoreError
from store.mailstore import MailStore
from store.model import AccountId
from store.operations import State
from store.settings import AccountSettings, Settings
from tui import format
from tui.commandline import output, terminal_checks, usage
from tui.commandline.findings import Finding, write, write_json
from tui.commandline.session import Session, run, session
from tui.commandline.store_checks import checked

NAMED = 10
"""Messages that are named one by one."""


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--repair", is_flag=True, help="Mend what can be mended: counters, contents, the search index.")
@click.option("--salvage", is_flag=True, help="Save what can be read of a damaged store; the damaged file is kept.")
def doctor(as_json: bool, repair: bool, salvage: bool) -> None:
    """Look at the terminal, the configuration, the store, the accounts and the queue; say what to do."""
    here = session()

    async def work() -> int:
        if salvage:
            await _salvage(here)
        code = 0
        async with aclosing(_findings(here, repair=repair or salvage)) as found:  # `doctor | head` leaves in the middle
            async for finding in found:
                code = code or finding.exit_code
                (write_json if as_json else write)(finding)
        return code

    if code := run(work()):
        raise click.exceptions.Exit(code)


async def _salvage(here: Session) -> None:
    from tui.commandline import salvaging

    if await salvaging.is_needed(here):
        await salvaging.run(here, here.settings())
    else:
        output.note("The store is not damaged: there is nothing to salvage.")


async def _findings(here: Session, *, repair: bool) -> AsyncGenerator[Finding, None]:
    for found in await asyncio.to_thread(lambda: list(terminal_checks.looked_at())):
        yield found
    settings = Settings()
    try:
        settings = here.settings()
        count = format.count(len(settings.accounts), "account")
        yield Finding(
            "configuration", f"{here.paths.config}: {count}", "" if settings.accounts else "`bocau account add`."
        )
    except StoreError as error:
        yield Finding.failed("configuration", error)
    try:
        async with here.store(settings) as store:
            async with aclosing(checked(store, repair=repair)) as checks:
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
        yield Finding.failed("store", error)


async def _account(store: MailStore, account: AccountSettings) -> Finding:
    check = f"account {account.name}"
    synced = await store.read(lambda c: _last_sync(c, account.name))
    last = f"last sync {format.short_date(synced, time.time())}" if synced else "never synchronised"
    try:
        await credentials.password(account)
    except StoreError as error:
        return Finding.failed(check, error)
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
