"""The first start: a form, and from then on mail."""

from store.config import load
from store.model import Protocol
from tests.journeys.home import Home
from tests.journeys.letters import numbered, seen_elsewhere, send
from tests.journeys.person import Person
from tests.servers.dovecot import Dovecot


async def fill_in(anna: Person, port: int, user: str, command: str = f"echo {Dovecot.password}") -> None:
    """Answer the form's questions as for a server on this machine without TLS."""
    await anna.sees("A new mail account")
    for field, text in (
        ("address", "anna@example.com"),
        ("password_command", command),
        ("host", "127.0.0.1"),
        ("port", str(port)),
        ("user", user),
        ("name", "home"),
    ):
        await anna.write(field, text)
    await anna.pilot.click("#security RadioButton:last-of-type")


async def test_the_form_makes_an_imap_account_and_mail_appears(home: Home, dovecot: Dovecot):
    user = dovecot.user()
    send(dovecot, user, "Rent", "Garden")
    async with home.reading((120, 50)) as anna:
        await fill_in(anna, dovecot.imap, user)
        await anna.pilot.click("#setup-add")
        await anna.lists("Rent", "Garden")
        await anna.is_online("home")
        await anna.sees("● home online")
    (account,) = load(home.config).accounts
    assert (account.name, account.protocol, account.user) == ("home", Protocol.IMAP, user)
    async with home.reading() as anna:
        await anna.lists("Rent", "Garden")


async def test_the_form_makes_a_pop3_account_once_it_knows_what_becomes_of_the_copy(home: Home, dovecot: Dovecot):
    user = dovecot.user()
    send(dovecot, user, "Rent", "Garden")
    async with home.reading((120, 50)) as anna:
        await anna.sees("A new mail account")
        await anna.pilot.click("#protocol RadioButton:last-of-type")
        await anna.sees("Server's copy")
        await fill_in(anna, dovecot.pop3, user)
        await anna.pilot.click("#setup-add")
        await anna.sees("Choose what becomes of the server's copy")
        await anna.pilot.click("#after_download RadioButton:last-of-type")
        await anna.pilot.click("#setup-add")
        await anna.until(lambda: sorted(anna.subjects) == ["Garden", "Rent"])
        await anna.is_online("home")
        await anna.press("enter")
        await anna.sees("This is about:")
    (account,) = load(home.config).accounts
    assert str(account.after_download) == "14 days"
    assert sorted(await seen_elsewhere(dovecot, user)) == ["Garden", "Rent"]


async def test_a_wrong_password_is_told_on_the_form_and_the_right_one_helps(home: Home, dovecot: Dovecot):
    user = dovecot.user()
    send(dovecot, user, "Rent")
    async with home.reading((120, 50)) as anna:
        await fill_in(anna, dovecot.imap, user, command="echo wrong")
        await anna.pilot.click("#setup-add")
        await anna.until(lambda: anna.app.screen.query_one("#setup-result").has_class("error"))
        assert not load(home.config).accounts
        await anna.write("password_command", f"echo {Dovecot.password}")
        await anna.pilot.click("#setup-add")
        await anna.lists("Rent")


async def test_a_long_mailbox_arrives_whole_and_is_found_by_a_word(home: Home, dovecot: Dovecot):
    user = dovecot.user()
    send(dovecot, user, *numbered(55))
    home.account("work", "imap", dovecot.imap, user)
    async with home.reading() as anna:
        await anna.sees("55 unread of 55")
        await anna.is_online("work")
        await anna.press("G")
        await anna.until(lambda: anna.subject == "Letter 55")
        await anna.press("slash", *"letter 42", "enter")
        await anna.lists("Letter 42")
        await anna.press("enter")
        await anna.sees("This is about: Letter 42.")
