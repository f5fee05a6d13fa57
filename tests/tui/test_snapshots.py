"""The screens as text and colours at four sizes; `pytest --snapshot-update` accepts a change that was looked at."""

from collections import Counter
from functools import partial

import pytest
from rich.cells import cell_len
from syrupy.assertion import SnapshotAssertion
from textual.app import App
from textual.pilot import Pilot

from store.mailstore import MailStore
from store.settings import General, Settings
from store.status import AccountStatus, Activity
from tests.tui.conftest import Run
from tests.tui.mail_facts import mail
from tests.tui.screen_text import rows, screen_text, until

SIZES = [(60, 20), (80, 24), (120, 40), (200, 60)]
THEMES = {
    "bocau-dark": ("#d9dee5", "#8a94a1"),
    "bocau-light": ("#23272c", "#636a72"),
    "high-contrast-dark": ("#ffffff", "#c6c6c6"),
    "ansi-dark": ("color(14)",),
    "ansi-light": (),
}
"""Theme -> colours that the next one does not have: when they are gone it is drawn everywhere."""


def looks(app: App[None]) -> str:
    """What the screen is drawn with: how many cells in each look, most first, and what is drawn so there first."""
    cells: Counter[str] = Counter()
    sample: dict[str, str] = {}
    for strip in rows(app):
        for text, style, _ in strip:
            look = str(style.without_color + style.from_color(style.color, style.bgcolor)) if style else "plain"
            cells[look] += cell_len(text)
            if text.strip():
                sample.setdefault(look, text.strip()[:24])
    return "\n".join(f"{number:6} {look:44} {sample.get(look, '')}".rstrip() for look, number in cells.most_common())


def are_gone(app: App[None], colours: tuple[str, ...]) -> bool:
    """Whether nothing is drawn in these colours."""
    drawn = looks(app)
    return not any(colour in drawn for colour in colours)


async def at_rest(pilot: Pilot[None]) -> None:
    """Wait until the reader follows the cursor, where there is one."""
    if mail(pilot).view.display:
        await until(pilot, lambda: "the rent is due on Monday" in screen_text(pilot.app))


@pytest.mark.parametrize("size", SIZES)
async def test_the_list(run: Run, size: tuple[int, int], snapshot: SnapshotAssertion):
    async with run(size) as pilot:
        await at_rest(pilot)
        assert screen_text(pilot.app) == snapshot


@pytest.mark.parametrize("size", SIZES)
async def test_an_open_message(run: Run, size: tuple[int, int], snapshot: SnapshotAssertion):
    async with run(size) as pilot:
        await pilot.press("j", "enter")
        await until(pilot, lambda: "đây là hóa đơn" in screen_text(pilot.app))
        # the catalog is told last: what it says of the inbox is on the screen
        await until(pilot, lambda: "2 unread of 7" in mail(pilot).heading.text)
        assert screen_text(pilot.app) == snapshot


@pytest.mark.parametrize("size", SIZES)
async def test_the_colours_of_each_theme(run: Run, size: tuple[int, int], snapshot: SnapshotAssertion):
    async with run(size) as pilot:
        await at_rest(pilot)
        before: tuple[str, ...] = ()
        for theme, colours in THEMES.items():
            pilot.app.theme = theme
            await until(pilot, partial(are_gone, pilot.app, before))
            await at_rest(pilot)
            assert looks(pilot.app) == snapshot(name=theme)
            before = colours


@pytest.mark.parametrize("size", SIZES)
async def test_a_terminal_without_unicode(
    run: Run, size: tuple[int, int], snapshot: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("LC_ALL", "C")
    async with run(size) as pilot:
        await at_rest(pilot)
        assert screen_text(pilot.app).isascii()
        assert screen_text(pilot.app) == snapshot


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_two_lines_a_message(run: Run, size: tuple[int, int], snapshot: SnapshotAssertion):
    async with run(size, settings=Settings(General(density="comfortable"))) as pilot:
        await at_rest(pilot)
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
