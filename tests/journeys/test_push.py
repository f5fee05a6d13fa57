"""Mail that arrives while somebody reads: seen at once, and nothing moves under the cursor."""

import pytest

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


async def test_new_mail_shows_at_once_and_the_cursor_stays_on_its_message(home: Home, dovecot: Dovecot, user: str):
    async with home.reading() as anna:
        await anna.lists("Rent", "Garden", "Ticket")
        await anna.is_online("work")
        await anna.goes_to("Garden")
        arrive(dovecot, user, "News")
        await anna.lists("News", "Rent", "Garden", "Ticket")
        assert anna.subject == "Garden"
        await anna.sees("News", "4 unread")
        await anna.press("e")
        await anna.lists("News", "Rent", "Ticket")
        await anna.is_answered()
    assert list(await seen_elsewhere(dovecot, user, "Archive")) == ["Garden"]


async def test_what_is_read_stays_on_the_screen_while_mail_comes_and_goes(home: Home, dovecot: Dovecot, user: str):
    async with home.reading((80, 24)) as anna:
        await anna.lists("Rent", "Garden", "Ticket")
        await anna.is_online("work")
        await anna.goes_to("Garden")
        await anna.press("enter")
        await anna.sees("This is about: Garden.")
        arrive(dovecot, user, "News")
        await anna.lists("News", "Rent", "Garden", "Ticket")
        dovecot.doveadm("expunge", "-u", user, "mailbox", "INBOX", "subject", "Rent")
        await anna.lists("News", "Garden", "Ticket")
        assert "This is about: Garden." in anna.screen
        assert anna.subject == "Garden"


async def test_the_message_under_the_cursor_may_be_removed_elsewhere(home: Home, dovecot: Dovecot, user: str):
    async with home.reading() as anna:
        await anna.lists("Rent", "Garden", "Ticket")
        await anna.is_online("work")
        await anna.goes_to("Garden")
        dovecot.doveadm("expunge", "-u", user, "mailbox", "INBOX", "subject", "Garden")
        await anna.lists("Rent", "Ticket")
        await anna.press("d")
        await anna.lists("Rent")
        await anna.is_answered()
    assert list(await seen_elsewhere(dovecot, user, "Trash")) == ["Ticket"]
