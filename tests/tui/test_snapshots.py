"""The screens as text at three sizes; `pytest --snapshot-update` accepts a change that was looked at."""

import pytest
from syrupy.assertion import SnapshotAssertion

from store.mailstore import MailStore
from store.status import AccountStatus, Activity
from tests.tui.conftest import Run
from tests.tui.screen_text import screen_text, until
from tui.app import BocauApp

SIZES = [(80, 24), (120, 40), (200, 60)]


@pytest.mark.parametrize("size", SIZES)
async def test_the_list(run: Run, size: tuple[int, int], snapshot: SnapshotAssertion):
    async with run(size) as pilot:
        if size[0] >= 100:
            await until(pilot, lambda: "the rent is due on Monday" in screen_text(pilot.app))
        assert screen_text(pilot.app) == snapshot


@pytest.mark.parametrize("size", SIZES)
async def test_an_open_message(run: Run, size: tuple[int, int], snapshot: SnapshotAssertion):
    async with run(size) as pilot:
        assert isinstance(pilot.app, BocauApp)
        mail = pilot.app.mail
        assert mail is not None
        await pilot.press("j", "enter")
        await until(pilot, lambda: "đây là hóa đơn" in screen_text(pilot.app))
        # the catalog is told last: what it says of the inbox is on the screen
        await until(pilot, lambda: "2 unread of 7" in mail.heading.text)
        assert screen_text(pilot.app) == snapshot


async def test_the_folders_of_a_narrow_screen(run: Run, snapshot: SnapshotAssertion):
    async with run() as pilot:
        await pilot.press("h")
        # what each account uses is measured when somebody comes here
        await until(pilot, lambda: "Projects" in screen_text(pilot.app) and "99 B" in screen_text(pilot.app))
        assert screen_text(pilot.app) == snapshot


async def test_the_status_line_tells_what_each_account_does(run: Run, store: MailStore, snapshot: SnapshotAssertion):
    store.status.set(
        "work", AccountStatus(Activity.SYNCING, done=312, total=9000, done_bytes=12_400_000, total_bytes=147_000_000)
    )
    store.status.set("home", AccountStatus(Activity.REFUSED, error="The server refused the \x1bpassword."))
    async with run((120, 30)) as pilot:
        await until(pilot, lambda: "312 of 9,000 · 12 of 147 MB" in screen_text(pilot.app))
        assert screen_text(pilot.app).splitlines()[-1] == snapshot


async def test_help(run: Run, snapshot: SnapshotAssertion):
    async with run() as pilot:
        await pilot.press("question_mark")
        await until(pilot, lambda: "Keys in the list" in screen_text(pilot.app))
        assert screen_text(pilot.app) == snapshot
