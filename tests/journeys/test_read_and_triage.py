"""Reading and sorting mail at the screen; a second client sees all of it on the server."""

import pytest

from tests.journeys.home import Home
from tests.journeys.letters import seen_elsewhere, send
from tests.servers.dovecot import Dovecot


@pytest.fixture
def user(home: Home, dovecot: Dovecot) -> str:
    """An IMAP account with three letters."""
    user = dovecot.user()
    home.account("work", "imap", dovecot.imap, user)
    send(dovecot, user, "Rent", "Garden", "Ticket")
    return user


async def test_what_is_opened_is_read_on_the_server_and_what_is_looked_at_is_not(home: Home, dovecot: Dovecot, user):
    async with home.reading() as anna:
        await anna.lists("Rent", "Garden", "Ticket")
        await anna.sees("This is about: Rent.")
        await anna.is_online("work")
        assert not any((await seen_elsewhere(dovecot, user)).values())
        await anna.press("j", "enter")
        await anna.sees("This is about: Garden.", "2 unread of 3")
        await anna.is_answered()
        assert await seen_elsewhere(dovecot, user) == {
            "Rent": frozenset(), "Garden": frozenset({"\\Seen"}), "Ticket": frozenset(),
        }  # fmt: skip


async def test_a_star_goes_up_and_comes_down_again(home: Home, dovecot: Dovecot, user):
    async with home.reading() as anna:
        await anna.lists("Rent", "Garden", "Ticket")
        await anna.press("s")
        await anna.sees("Marked 1 with a star")
        await anna.is_answered()
        assert (await seen_elsewhere(dovecot, user))["Rent"] == {"\\Flagged"}
        await anna.press("s")
        await anna.until(lambda: "★" not in anna.screen)
        await anna.is_answered()
        assert (await seen_elsewhere(dovecot, user))["Rent"] == frozenset()


async def test_archived_deleted_and_moved_mail_stands_in_its_folder_on_the_server(home: Home, dovecot: Dovecot, user):
    send(dovecot, user, "Plan", folder="Projects")
    async with home.reading() as anna:
        await anna.lists("Rent", "Garden", "Ticket")
        await anna.sees("Projects")
        await anna.press("e")
        await anna.lists("Garden", "Ticket")
        await anna.press("d")
        await anna.lists("Ticket")
        await anna.press("v")
        await anna.sees("Move to")
        await anna.press(*"proj", "enter")
        await anna.lists()
        await anna.is_answered()
    assert await seen_elsewhere(dovecot, user) == {}
    assert list(await seen_elsewhere(dovecot, user, "Archive")) == ["Rent"]
    assert list(await seen_elsewhere(dovecot, user, "Trash")) == ["Garden"]
    assert sorted(await seen_elsewhere(dovecot, user, "Projects")) == ["Plan", "Ticket"]


async def test_undo_brings_back_what_the_server_has_moved_already(home: Home, dovecot: Dovecot, user):
    async with home.reading() as anna:
        await anna.lists("Rent", "Garden", "Ticket")
        await anna.press("e")
        await anna.is_answered()
        assert list(await seen_elsewhere(dovecot, user, "Archive")) == ["Rent"]
        await anna.press("z")
        await anna.lists("Rent", "Garden", "Ticket")
        await anna.is_answered()
        assert sorted(await seen_elsewhere(dovecot, user)) == ["Garden", "Rent", "Ticket"]
        assert await seen_elsewhere(dovecot, user, "Archive") == {}


async def test_triage_without_special_extensions_comes_to_the_same(home: Home, dovecot_plain: Dovecot):
    user = dovecot_plain.user()
    home.account("old", "imap", dovecot_plain.imap, user)
    send(dovecot_plain, user, "Rent", "Garden", "Ticket")
    async with home.reading((80, 24)) as anna:
        await anna.lists("Rent", "Garden", "Ticket")
        await anna.press("e")
        await anna.lists("Garden", "Ticket")
        await anna.press("d")
        await anna.lists("Ticket")
        await anna.press("U", "I", "s")
        await anna.is_answered()
    assert await seen_elsewhere(dovecot_plain, user) == {"Ticket": frozenset({"\\Seen", "\\Flagged"})}
    assert list(await seen_elsewhere(dovecot_plain, user, "Archive")) == ["Rent"]
    assert list(await seen_elsewhere(dovecot_plain, user, "Trash")) == ["Garden"]


async def test_what_another_client_reads_stars_and_moves_changes_here(home: Home, dovecot: Dovecot, user):
    async with home.reading() as anna:
        await anna.lists("Rent", "Garden", "Ticket")
        await anna.is_online("work")
        dovecot.doveadm("flags", "add", "-u", user, "\\Seen", "mailbox", "INBOX", "subject", "Rent")
        await anna.sees("2 unread of 3")
        dovecot.doveadm("move", "-u", user, "Archive", "mailbox", "INBOX", "subject", "Garden")
        await anna.lists("Rent", "Ticket")
