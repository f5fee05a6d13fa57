"""`kill -9` at the worst moments: what was done or fetched is still here, nothing is doubled."""

import asyncio
import os
import signal
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bench.terminal import Terminal
from store import accounts, folders, history, listing, mending
from store.mailstore import MailStore
from tests.journeys.home import BOCAU, Home
from tests.journeys.letters import numbered, seen_elsewhere, send
from tests.servers.dovecot import Dovecot
from tests.servers.proxy import Fault, Proxy

REPOSITORY = Path(__file__).parents[2]


async def at_a_terminal(home: Home, work: Callable[[Terminal], None]) -> None:
    """Do something at a terminal where bocau runs, then kill it."""

    def sit() -> None:
        environment = {**home.environment, "PYTHONPATH": str(REPOSITORY)}
        with Terminal(BOCAU, environment=environment) as terminal:
            work(terminal)
            os.kill(terminal.pid, signal.SIGKILL)
            assert terminal.wait_for_end(10)

    await asyncio.to_thread(sit)


async def subjects(store: MailStore) -> list[str]:
    """What stands in the inboxes."""
    inboxes = await store.read(folders.unified)
    return [row.subject for row in await store.read(lambda c: listing.page(c, inboxes, None, 10_000))]


async def test_what_was_done_before_the_kill_is_shown_and_sent_by_the_next_start(home: Home, dovecot: Dovecot):
    user = dovecot.user()
    send(dovecot, user, "Rent", "Garden", "Ticket")
    async with Proxy(dovecot.imap) as line:
        home.account("work", "imap", line.port, user)
        assert (await home.run("sync")).code == 0
        line.refusing = True

        def archive_one(terminal: Terminal) -> None:
            terminal.wait_for("Ticket")
            terminal.settle(0.6)  # for a moment after the start no key changes mail
            terminal.send("e")
            terminal.wait_for("1 change to send")

        await at_a_terminal(home, archive_one)
        line.refusing = False
        async with home.reading() as anna:
            await anna.lists("Garden", "Ticket")
            await anna.is_answered()
    assert sorted(await seen_elsewhere(dovecot, user)) == ["Garden", "Ticket"]
    assert list(await seen_elsewhere(dovecot, user, "Archive")) == ["Rent"]


async def test_what_a_screen_said_was_done_is_done_however_soon_the_kill_came(home: Home, dovecot: Dovecot):
    user = dovecot.user()
    send(dovecot, user, "Rent", "Garden", "Ticket")
    said: list[bool] = []

    def archive(terminal: Terminal, *, wait: bool) -> None:
        terminal.wait_for("Ticket")
        terminal.settle(0.6)  # for a moment after the start no key changes mail
        terminal.send("e")
        if wait:
            terminal.wait_for("Archived 1")
        said.append("Archived 1" in terminal.text())

    async with Proxy(dovecot.imap) as line:
        home.account("work", "imap", line.port, user)
        assert (await home.run("sync")).code == 0
        line.refusing = True
        for wait in (False, True):
            await at_a_terminal(home, partial(archive, wait=wait))
            async with home.look() as store:
                left, acts = await subjects(store), await store.read(history.steps)
                assert 3 - len(acts) == len(left) <= 3 - sum(said)
                assert not await store.read(mending.disagreements)


async def test_a_kill_while_the_server_carries_it_out_does_it_once(home: Home, dovecot: Dovecot):
    user = dovecot.user()
    send(dovecot, user, "Rent", "Garden", "Ticket")
    async with Proxy(dovecot.imap) as line:
        home.account("work", "imap", line.port, user)
        assert (await home.run("sync")).code == 0
        line.to_client = Fault(cut_on=b"COPYUID")
        carried_out = threading.Event()

        def archive_one(terminal: Terminal) -> None:
            terminal.wait_for("work online")
            terminal.settle(0.6)
            terminal.send("e")
            assert carried_out.wait(30)

        async with asyncio.TaskGroup() as both:
            both.create_task(at_a_terminal(home, archive_one))
            await line.was_cut.wait()  # the server has moved it, and its answer was lost
            line.refusing = True
            carried_out.set()
        line.to_client, line.refusing = Fault(), False
        assert (await home.run("sync")).code == 0
    assert sorted(await seen_elsewhere(dovecot, user)) == ["Garden", "Ticket"]
    assert list(await seen_elsewhere(dovecot, user, "Archive")) == ["Rent"]
    async with home.look() as store:
        assert await subjects(store) == ["Garden", "Ticket"]


async def killed_in_the_middle(home: Home, line: Proxy) -> None:
    """A sync that stalls in the middle of the mail, and is killed there."""
    process = await asyncio.create_subprocess_exec(
        *BOCAU, "sync", env=home.environment, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    await line.stalled.wait()
    process.kill()
    assert await process.wait() == -signal.SIGKILL


async def test_a_first_imap_sync_goes_on_where_it_was_killed(home: Home, dovecot: Dovecot):
    user = dovecot.user()
    send(dovecot, user, *numbered(60)[:59])
    async with Proxy(dovecot.imap, to_client=Fault(stall_after=16_000)) as line:
        home.account("work", "imap", line.port, user)
        await killed_in_the_middle(home, line)
        line.to_client = Fault()
        async with home.reading() as anna:
            await anna.is_online("work")
            await anna.sees("59 unread of 59")
            assert sorted(await subjects(anna.store)) == sorted(numbered(59))


async def test_a_pop3_session_that_was_killed_loses_and_doubles_nothing(home: Home, dovecot: Dovecot):
    user = dovecot.user()
    send(dovecot, user, *numbered(40))
    async with Proxy(dovecot.pop3, to_client=Fault(stall_after=9_000)) as line:
        home.account("old", "pop3", line.port, user, after_download="delete")
        await killed_in_the_middle(home, line)
        async with home.look() as store:
            assert [one.name for one in await store.read(accounts.every)] == ["old"]
        line.to_client = Fault()
        async with home.reading() as anna:
            await anna.is_online("old")
            assert sorted(await subjects(anna.store)) == sorted(numbered(40))
    assert await seen_elsewhere(dovecot, user) == {}
