"""Several bocau on one store: one talks to the servers, all of them read, sort, and show the same."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from store.status import Activity
from tests.journeys.home import Home
from tests.journeys.letters import arrive, seen_elsewhere, send
from tests.servers.dovecot import Dovecot


@pytest.fixture
def user(home: Home, dovecot: Dovecot) -> str:
    """An IMAP account with three letters."""
    user = dovecot.user()
    home.account("work", "imap", dovecot.imap, user)
    send(dovecot, user, "Rent", "Garden", "Ticket")
    return user


async def test_a_second_screen_reads_and_sorts_and_the_first_one_shows_it(home: Home, dovecot: Dovecot, user: str):
    """D04."""
    async with home.reading() as first, home.reading((80, 24)) as second:
        await first.is_online("work")
        await second.lists("Rent", "Garden", "Ticket")
        await second.is_online("work")
        await second.press("enter")
        await second.sees("This is about: Rent.")
        await first.sees("2 unread of 3")
        await second.press("e")
        await first.lists("Garden", "Ticket")
        await second.is_answered()
        await first.press("s")
        await second.until(lambda: "★" in second.screen or second.mail.pane == "reader")
        arrive(dovecot, user, "News")
        await second.lists("News", "Garden", "Ticket")
        await first.lists("News", "Garden", "Ticket")
        await first.is_answered()
    assert await seen_elsewhere(dovecot, user, "Archive") == {"Rent": frozenset({"\\Seen"})}


async def test_when_the_first_one_closes_the_second_takes_over(home: Home, dovecot: Dovecot, user: str):
    async with AsyncExitStack() as stack:
        first = AsyncExitStack()
        await (await first.enter_async_context(home.reading())).is_online("work")
        second = await stack.enter_async_context(home.reading())
        await second.is_online("work")
        await first.aclose()
        await second.press("e")
        await second.is_answered()
        await second.is_in("work", Activity.ONLINE)
        arrive(dovecot, user, "News")
        await second.lists("News", "Garden", "Ticket")
    assert list(await seen_elsewhere(dovecot, user, "Archive")) == ["Rent"]


async def test_commands_beside_the_app_show_in_it_and_use_its_connection(home: Home, dovecot: Dovecot, user: str):
    async with home.reading() as anna:
        await anna.is_online("work")
        await anna.lists("Rent", "Garden", "Ticket")
        listed = await home.run("list", "--json")
        numbers = {row["subject"]: str(row["id"]) for row in listed.rows}
        assert list(numbers) == ["Rent", "Garden", "Ticket"]
        assert (await home.run("mark", numbers["Garden"], "--star")).code == 0
        await anna.sees("★")
        archived, synced = await asyncio.gather(home.run("archive", numbers["Rent"]), home.run("sync"))
        assert (archived.code, synced.code) == (0, 0), (archived, synced)
        await anna.lists("Garden", "Ticket")
        await anna.is_answered()
        assert list(await seen_elsewhere(dovecot, user, "Archive")) == ["Rent"]
        assert (await home.run("undo")).code == 0
        await anna.lists("Rent", "Garden", "Ticket")
        await anna.is_answered()
    assert (await seen_elsewhere(dovecot, user))["Garden"] == {"\\Flagged"}


async def test_an_account_added_beside_the_app_can_be_synchronised_through_it(home: Home, dovecot: Dovecot, user: str):
    other = dovecot.user()
    send(dovecot, other, "Lunch")
    async with home.reading() as anna:
        await anna.is_online("work")
        added = await home.run(
            "account", "add", "--name", "old", "--protocol", "pop3", "--address", "old@example.com",
            "--host", "127.0.0.1", "--port", str(dovecot.pop3), "--security", "none", "--user", other,
            "--after-download", "keep", "--password-command", f"echo {Dovecot.password}",
        )  # fmt: skip
        assert added.code == 0, added
        synced = await home.run("sync", "--account", "old")
        assert synced.code == 0, synced
        await anna.sees("All inboxes", "old online")
        await anna.press("g", "0")
        await anna.until(lambda: "Lunch" in anna.subjects)
