"""The first run: a form that makes an account, or says what is wrong."""

from collections.abc import Mapping, Sequence

import pytest
from textual.pilot import Pilot
from textual.widgets import RadioSet

from protocols.errors import SignInRefused
from protocols.mime.safe import SafeText
from store.settings import AccountSettings
from tests.tui.conftest import Run
from tests.tui.screen_text import screen_text, until
from tui.app import BocauApp
from tui.screens import mail_parts


class Accounts:
    """Keeps what it is given; refuses every password but `right`."""

    keyring = True

    def __init__(self) -> None:
        self.added: list[tuple[AccountSettings, Mapping[str, object], str | None]] = []

    async def check(self, account: AccountSettings, password: str) -> Sequence[str]:
        if password != "right":
            raise SignInRefused("The server refused the password.", "Check it, \x1b[31mplease.")
        return ["Connected.", "Signed in."]

    async def add(self, account: AccountSettings, values: Mapping[str, object], password: str | None) -> None:
        self.added.append((account, values, password))


async def fill_in(pilot: Pilot[None], password: str) -> None:
    await until(pilot, lambda: "A new mail account" in screen_text(pilot.app))
    await pilot.press(*"me@example.com", "tab", *password, "tab")
    await until(pilot, lambda: "imap.example.com" in screen_text(pilot.app))
    await pilot.click("#setup-add")


async def test_the_first_run_explains_both_kinds_and_makes_an_account(run: Run):
    accounts = Accounts()
    async with run((80, 30), setup=accounts) as pilot:
        await until(pilot, lambda: "POP3: mail is fetched like letters" in screen_text(pilot.app))
        await fill_in(pilot, "right")
        await until(pilot, lambda: accounts.added)
        account, values, password = accounts.added[0]
        assert (account.name, account.host, account.port, account.user) == (
            "example", "imap.example.com", 993, "me@example.com",
        )  # fmt: skip
        assert values["host"] == "imap.example.com"
        assert password == "right"
        await until(pilot, lambda: "Signed in. Fetching mail" in screen_text(pilot.app))
        assert isinstance(pilot.app, BocauApp)
        assert [one.name for one in pilot.app.settings.accounts] == ["example"]


async def test_a_refused_password_is_told_on_the_form_and_nothing_is_written(run: Run):
    accounts = Accounts()
    async with run((80, 30), setup=accounts) as pilot:
        await fill_in(pilot, "wrong")
        await until(pilot, lambda: "The server refused the password." in screen_text(pilot.app))
        assert "\x1b" not in screen_text(pilot.app)
        assert not accounts.added


async def test_what_is_missing_is_said_under_its_field(run: Run):
    accounts = Accounts()
    async with run((80, 30), setup=accounts) as pilot:
        await until(pilot, lambda: "A new mail account" in screen_text(pilot.app))
        await pilot.click("#setup-add")
        await until(pilot, lambda: "Your mail address is missing." in screen_text(pilot.app))
        assert "The password is missing." in screen_text(pilot.app)


async def test_pop3_asks_what_becomes_of_the_servers_copy(run: Run):
    accounts = Accounts()
    async with run((80, 40), setup=accounts) as pilot:
        await until(pilot, lambda: "A new mail account" in screen_text(pilot.app))
        assert "Server's copy" not in screen_text(pilot.app)
        await pilot.press("shift+tab", "right", "enter")
        await until(pilot, lambda: "Server's copy" in screen_text(pilot.app))
        await pilot.click("#setup-add")
        await until(pilot, lambda: "Choose what becomes of the server's copy" in screen_text(pilot.app))


async def test_arrows_choose_and_leave_a_row_and_never_choose_what_becomes_of_mail_on_the_server(run: Run):
    async with run((80, 40), setup=Accounts()) as pilot:
        await until(pilot, lambda: "A new mail account" in screen_text(pilot.app))
        await pilot.press("shift+tab", "right", "down")
        await until(pilot, lambda: "Server's copy" in screen_text(pilot.app))
        assert pilot.app.focused is not None
        assert pilot.app.focused.id == "address"
        pilot.app.screen.query_one("#after_download").focus()
        await pilot.press("down", "down", "tab")
        assert pilot.app.screen.query_one("#after_download", RadioSet).pressed_button is None


async def test_the_form_can_be_left(run: Run):
    async with run(setup=Accounts()) as pilot:
        await until(pilot, lambda: "A new mail account" in screen_text(pilot.app))
        await pilot.press("escape")
        await until(pilot, lambda: "All inboxes" in screen_text(pilot.app))


async def test_words_whose_end_nobody_tells_go_by_themselves(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(mail_parts, "FOR_NOW", 0.01)
    async with run() as pilot:
        assert isinstance(pilot.app, BocauApp)
        assert pilot.app.mail is not None
        pilot.app.mail.say_for_now(SafeText("Asking …"))
        await until(pilot, lambda: "Asking" not in screen_text(pilot.app))
        assert not pilot.app.mail.act
