"""The status screen says how every account is, and does something about it."""

from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Input

from store import journal
from store.mailstore import MailStore
from store.model import Flag
from store.operations import SetFlags, State
from store.settings import Settings
from store.status import AccountStatus, Activity
from tests.servers.accounts import imap_account, pop3_account
from tests.tui.conftest import Run
from tests.tui.screen_text import screen_text, until
from tui import marks
from tui.progress import bar, percent
from tui.screens.log_lines import last_lines

SETTINGS = Settings(accounts=(imap_account(993, name="work"), pop3_account(995, name="home")))


class Engine:
    """Does what an engine would be asked for."""

    def __init__(self, store: MailStore) -> None:
        self.asked: list[tuple[object, ...]] = []
        self._store = store

    async def pause(self, account: str, on: bool) -> None:
        self.asked.append(("pause", account, on))
        self._store.status.update(account, paused=on)

    def refresh(self, account: str | None) -> None:
        self.asked.append(("refresh", account))

    def focus(self, folders: object) -> None: ...


class SetUp:
    keyring = True

    def __init__(self) -> None:
        self.passwords: list[tuple[str, str]] = []

    async def renew_password(self, account: object, password: str) -> None:
        self.passwords.append((account.name, password))  # type: ignore[attr-defined]


async def test_it_tells_everything_of_every_account(run: Run, store: MailStore):
    store.status.set(
        "work", AccountStatus(Activity.SYNCING, folder="INBOX", done=312, total=9000, total_bytes=9_000_000)
    )
    store.status.set("home", AccountStatus(Activity.REFUSED, error="The server said \x1b[31mno.", hint="Ask it why."))
    async with run((100, 40), settings=SETTINGS) as pilot:
        await pilot.press("g", "!")
        await until(pilot, lambda: "last sync" in screen_text(pilot.app))
        seen = screen_text(pilot.app)
        for words in (
            "> work", "IMAP, 127.0.0.1, port 993", "fetching INBOX", "312 of 9,000 messages", "3 %",
            "POP3, 127.0.0.1, port 995", "waits for you", "The server said", "Ask it why.", "6 messages whole",
        ):  # fmt: skip
            assert words in seen, words
        assert "\x1b" not in seen
        store.status.set("work", AccountStatus(Activity.ONLINE))
        await until(pilot, lambda: "312 of" not in screen_text(pilot.app))
        assert "online" in screen_text(pilot.app)


async def test_what_was_refused_is_told_with_its_reason_and_tried_again(run: Run, store: MailStore):
    engine = Engine(store)
    message = await store.read(
        lambda c: c.execute("SELECT id FROM messages WHERE account_id = 1 LIMIT 1").fetchone()[0]
    )
    await store.do(SetFlags((message,), add=Flag.FLAGGED))
    (entry,) = await store.read(journal.unfinished)
    await store.write(lambda tx: journal.start(tx, [entry.id]))
    await store.write(lambda tx: journal.refuse(tx, [entry.id], "No stars here."))
    async with run((100, 40), settings=SETTINGS, engine=engine) as pilot:
        await pilot.press("g", "!")
        await until(pilot, lambda: "No stars here." in screen_text(pilot.app))
        assert "+flagged" in screen_text(pilot.app)
        await pilot.press("r")
        await until(pilot, lambda: ("refresh", "work") in engine.asked)
        (entry,) = await store.read(journal.unfinished)
        assert entry.state is not State.REFUSED
        await until(pilot, lambda: "1 change" in screen_text(pilot.app))


async def test_an_account_goes_offline_and_online_again(run: Run, store: MailStore):
    engine = Engine(store)
    async with run((100, 40), settings=SETTINGS, engine=engine) as pilot:
        await pilot.press("g", "!")
        await until(pilot, lambda: "> work" in screen_text(pilot.app))
        await pilot.press("j")
        await until(pilot, lambda: "> home" in screen_text(pilot.app))
        await pilot.press("o")
        await until(pilot, lambda: "offline, until you say" in screen_text(pilot.app))
        await pilot.press("o")
        await until(pilot, lambda: "offline, until you say" not in screen_text(pilot.app))
        assert engine.asked == [("pause", "home", True), ("pause", "home", False)]
        await pilot.press("escape")
        await until(pilot, lambda: "> home" not in screen_text(pilot.app))


async def test_signing_in_again_asks_for_the_password_that_the_keyring_keeps(run: Run, store: MailStore):
    settings = replace(SETTINGS, accounts=(replace(SETTINGS.accounts[0], password_command=None), SETTINGS.accounts[1]))
    setup = SetUp()
    async with run((100, 40), settings=settings, engine=Engine(store), setup=setup) as pilot:
        await pilot.press("g", "!")
        await until(pilot, lambda: "> work" in screen_text(pilot.app))
        await pilot.press("s")
        await until(pilot, lambda: pilot.app.screen.query(Input))
        await pilot.press(*"secret")
        assert "secret" not in screen_text(pilot.app)
        await pilot.press("enter")
        await until(pilot, lambda: setup.passwords == [("work", "secret")])


async def test_signing_in_again_runs_the_password_command_anew(run: Run, store: MailStore):
    settings = replace(SETTINGS, accounts=(replace(SETTINGS.accounts[0], password_command="echo x"),))
    engine = Engine(store)
    async with run((100, 40), settings=settings, engine=engine, setup=SetUp()) as pilot:
        await pilot.press("g", "!")
        await until(pilot, lambda: "> work" in screen_text(pilot.app))
        await pilot.press("s")
        await until(pilot, lambda: ("refresh", "work") in engine.asked)
        assert "its password command is asked again" in screen_text(pilot.app)


async def test_the_log_can_be_looked_at(run: Run, store: MailStore):
    (store.data / "bocau.log").write_text("2026-11-23 INFO \x1b]52;c;x\x07 all is well\n")
    async with run((100, 40), settings=SETTINGS) as pilot:
        await pilot.press("g", "!")
        await until(pilot, lambda: "> work" in screen_text(pilot.app))
        await pilot.press("l")
        await until(pilot, lambda: "all is well" in screen_text(pilot.app))
        await pilot.press("escape")
        await until(pilot, lambda: "> work" in screen_text(pilot.app))


def test_of_a_long_log_the_end_is_shown(tmp_path: Path):
    file = tmp_path / "log"
    assert last_lines(file) == "Nothing was written down yet."
    file.write_text("".join(f"line {number}\n" for number in range(20_000)))
    rows = last_lines(file).splitlines()
    assert len(rows) == 300 and rows[-1] == "line 19999" and rows[0] == "line 19700"
    file.write_bytes(b"\xff\x1b[2J one line without an end")
    assert last_lines(file) == "��[2J one line without an end"


@pytest.mark.parametrize(("done", "filled"), [(0, 0), (1, 0), (50, 5), (99, 9), (100, 10), (200, 10)])
def test_a_bar_is_full_only_when_all_is_done(done: int, filled: int):
    signs = marks.now()
    assert bar(done, 100, 10) == signs.done * filled + signs.to_do * (10 - filled)


def test_nothing_is_drawn_of_what_is_not_counted():
    assert bar(1, 0, 10) == percent(1, 0) == ""
    assert (percent(999, 1000), percent(1000, 1000), percent(0, 7)) == ("99 %", "100 %", "0 %")
