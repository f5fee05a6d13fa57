"""The panes that fit, and how the screen looks by choice."""

import asyncio
from dataclasses import replace

import pytest

from store import preferences
from store.mailstore import MailStore
from store.settings import General, Settings
from tests.tui.conftest import Run
from tests.tui.mail_facts import mail
from tests.tui.screen_text import screen_text, until
from tui.commands import Pane
from tui.layout import Choices, Panes, panes

USUAL = Choices()


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        ((60, 20), Panes("one", False, True, False)),
        ((80, 24), Panes("one", False, True, False)),
        ((110, 20), Panes("one", True, True, False)),
        ((120, 40), Panes("stacked", True, True, True)),
        ((200, 60), Panes("wide", True, True, True)),
    ],
)
def test_the_terminals_size_decides_where_nobody_does(size: tuple[int, int], shown: Panes):
    assert panes(*size, USUAL, "list") == shown


@pytest.mark.parametrize(
    ("size", "layout", "form"),
    [
        ((80, 24), "stacked", "stacked"),
        ((80, 24), "wide", "stacked"),
        ((80, 12), "stacked", "one"),
        ((100, 30), "wide", "wide"),
        ((200, 60), "list", "one"),
        ((200, 60), "stacked", "stacked"),
    ],
)
def test_what_was_asked_for_is_shown_as_far_as_it_fits(size: tuple[int, int], layout: str, form: str):
    assert panes(*size, replace(USUAL, layout=layout), "list").form == form  # type: ignore[arg-type]


@pytest.mark.parametrize("layout", ["auto", "wide", "stacked", "list"])
@pytest.mark.parametrize("folders", [None, True, False])
@pytest.mark.parametrize("pane", ["folders", "list", "reader"])
@pytest.mark.parametrize("one", [True, False])
def test_the_pane_in_front_is_always_shown(layout: str, folders: bool | None, pane: Pane, one: bool):
    choices = Choices(layout, folders)  # type: ignore[arg-type]
    for width in range(20, 240, 7):
        for height in (5, 12, 24, 60):
            shown = panes(width, height, choices, pane, one=one)
            there = {"folders": shown.folders, "list": shown.listing, "reader": shown.reader}
            assert there[pane]
            if one:
                assert sum(there.values()) == 1


async def remembered(store: MailStore, name: str, choice: str) -> None:
    """Wait until the store has it."""
    async with asyncio.timeout(10):
        found: object = None
        while not isinstance(found, list) or found[1] != choice:
            found = await store.read(lambda c: preferences.get(c, name))


async def test_w_changes_the_layout_and_a_restart_remembers_it(run: Run, store: MailStore):
    async with run() as pilot:
        await pilot.press("w", "w")
        await until(pilot, lambda: mail(pilot).view.display)
        assert "Layout: the message below the list" in screen_text(pilot.app)
        await until(pilot, lambda: "the rent is due" in screen_text(pilot.app))
        await remembered(store, "screen.layout", "stacked")
    async with run() as pilot:
        assert mail(pilot).view.display and mail(pilot).messages.display


async def test_the_folder_pane_can_be_hidden_and_shown(run: Run):
    async with run((120, 40)) as pilot:
        screen = mail(pilot)
        assert screen.folders.display
        await pilot.press("W")
        await until(pilot, lambda: not screen.folders.display)
        await pilot.press("h")
        await until(pilot, lambda: screen.pane == "folders" and screen.folders.display)
        await pilot.press("escape")
        await until(pilot, lambda: screen.pane == "list" and not screen.folders.display)
        await pilot.press("W")
        await until(pilot, lambda: screen.folders.display)


async def test_a_message_may_take_two_lines(run: Run):
    async with run(settings=Settings(General(density="comfortable"))) as pilot:
        lines = screen_text(pilot.app).splitlines()
        assert "Anna Keller" in lines[1] and "13:55" in lines[1] and "Rent" not in lines[1]
        assert lines[2].startswith("    Rent for November  Hello")
        await pilot.press("j")
        assert mail(pilot).messages.cursor == 1
        await pilot.click("#list", offset=(20, 5))
        assert mail(pilot).messages.cursor == 2
        mail(pilot).command("density")
        await until(pilot, lambda: "Rent" in screen_text(pilot.app).splitlines()[1])


async def test_columns_come_from_the_configuration(run: Run):
    general = General(columns=("date", "subject", "size", "folder"))
    async with run((100, 24), settings=Settings(general)) as pilot:
        await until(pilot, lambda: "13:55 Rent for November" in screen_text(pilot.app))
        row = next(row for row in screen_text(pilot.app).splitlines() if "Rent" in row)
        assert "Anna" not in row and " B " in row and "Inbox" in row


async def test_a_theme_that_was_chosen_by_key_outlasts_a_restart(run: Run, store: MailStore):
    async with run() as pilot:
        mail(pilot).command("theme")
        await until(pilot, lambda: pilot.app.theme == "bocau-light")
        await remembered(store, "screen.theme", "bocau-light")
    async with run() as pilot:
        assert pilot.app.theme == "bocau-light"
    async with run(settings=Settings(General(theme="nord"))) as pilot:
        assert pilot.app.theme == "nord"


async def test_a_choice_ends_when_the_configuration_says_something_else(store: MailStore):
    await store.write(lambda tx: preferences.set(tx, "screen.layout", ["auto", "wide"]))
    await store.write(lambda tx: preferences.set(tx, "screen.density", "nonsense"))
    await store.write(lambda tx: preferences.set(tx, "screen.folders", [None, "nonsense"]))
    assert await store.read(lambda c: Choices.read(c, General())) == Choices(layout="wide")
    assert (await store.read(lambda c: Choices.read(c, General(layout="list")))).layout == "list"
