"""Without a network: what is here can be read and sorted; what was done is carried out once the server is back."""

from collections.abc import AsyncIterator

import pytest

from store.status import Activity
from tests.journeys.home import Home
from tests.journeys.letters import seen_elsewhere, send
from tests.servers.dovecot import Dovecot
from tests.servers.proxy import Fault, Proxy

GONE = (Activity.WAITING, Activity.CONNECTING)


@pytest.fixture
async def line(dovecot: Dovecot) -> AsyncIterator[Proxy]:
    """The line to the server, which can be cut."""
    async with Proxy(dovecot.imap) as proxy:
        yield proxy


@pytest.fixture
def user(home: Home, dovecot: Dovecot, line: Proxy) -> str:
    """An IMAP account with four letters, behind that line."""
    user = dovecot.user()
    home.account("work", "imap", line.port, user)
    send(dovecot, user, "Rent", "Garden", "Ticket", "Lunch")
    return user


async def test_mail_is_read_and_sorted_without_a_server_and_sent_when_it_is_back(
    home: Home, dovecot: Dovecot, line: Proxy, user: str
):
    async with home.reading() as anna:
        await anna.lists("Rent", "Garden", "Ticket", "Lunch")
        await anna.is_online("work")
        line.refusing = True
        line.cut()
        await anna.is_in("work", *GONE)
        await anna.press("enter")
        await anna.sees("This is about: Rent.", "1 change to send")
        await anna.press("escape", "j", "e")
        await anna.lists("Rent", "Ticket", "Lunch")
        await anna.press("d", "s")
        await anna.lists("Rent", "Lunch")
        await anna.sees("4 changes to send")
        assert not any((await seen_elsewhere(dovecot, user)).values())
        line.refusing = False
        await anna.press("dollar_sign")
        await anna.is_answered()
        await anna.until(lambda: "to send" not in anna.screen)
    assert await seen_elsewhere(dovecot, user) == {"Rent": frozenset({"\\Seen"}), "Lunch": frozenset({"\\Flagged"})}
    assert list(await seen_elsewhere(dovecot, user, "Archive")) == ["Garden"]
    assert list(await seen_elsewhere(dovecot, user, "Trash")) == ["Ticket"]


async def test_a_start_without_a_server_shows_everything_and_keeps_what_is_done(
    home: Home, dovecot: Dovecot, line: Proxy, user: str
):
    async with home.reading() as anna:
        await anna.lists("Rent", "Garden", "Ticket", "Lunch")
        await anna.is_online("work")
    line.refusing = True
    async with home.reading() as anna:
        await anna.lists("Rent", "Garden", "Ticket", "Lunch")
        await anna.press("e")
        await anna.lists("Garden", "Ticket", "Lunch")
        await anna.sees("1 change to send")
        await anna.press("enter")
        await anna.sees("This is about: Garden.")
    async with home.reading() as anna:
        await anna.lists("Garden", "Ticket", "Lunch")
        line.refusing = False
        await anna.press("dollar_sign")
        await anna.is_answered()
    assert list(await seen_elsewhere(dovecot, user, "Archive")) == ["Rent"]


async def test_undo_without_a_server_leaves_nothing_to_send(home: Home, line: Proxy, user: str):
    async with home.reading() as anna:
        await anna.lists("Rent", "Garden", "Ticket", "Lunch")
        await anna.is_online("work")
        line.refusing = True
        line.cut()
        await anna.press("e")
        await anna.lists("Garden", "Ticket", "Lunch")
        await anna.press("z")
        await anna.lists("Rent", "Garden", "Ticket", "Lunch")
        await anna.until(lambda: "to send" not in anna.screen)


@pytest.mark.parametrize("deliver", [True, False], ids=["after the server took it", "before the server took it"])
async def test_a_line_cut_in_the_middle_of_a_move_moves_exactly_once(
    home: Home, dovecot: Dovecot, line: Proxy, user: str, deliver: bool
):
    line.to_server = Fault(cut_on=b" MOVE ", connections=3)
    if deliver:
        line.to_server, line.to_client = Fault(), Fault(cut_on=b"COPYUID", connections=3)
    async with home.reading() as anna:
        await anna.lists("Rent", "Garden", "Ticket", "Lunch")
        await anna.is_online("work")
        await anna.press("e")
        await line.was_cut.wait()
        line.to_server = line.to_client = Fault()
        await anna.press("dollar_sign")
        await anna.is_answered()
        await anna.lists("Garden", "Ticket", "Lunch")
    assert sorted(await seen_elsewhere(dovecot, user)) == ["Garden", "Lunch", "Ticket"]
    assert list(await seen_elsewhere(dovecot, user, "Archive")) == ["Rent"]
