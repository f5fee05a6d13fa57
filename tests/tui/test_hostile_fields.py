"""For any text in any field: nothing that a terminal obeys is drawn on any screen, and no text runs an action."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App
from textual.pilot import Pilot

from store.mailstore import MailStore
from store.settings import Settings
from tests.servers.accounts import imap_account
from tests.tui.conftest import Run, arrival, deliver, folder_of
from tests.tui.hostile_mail import PAYLOADS, fill, unsafe
from tests.tui.screen_text import rows as grid
from tests.tui.screen_text import screen_text, until
from tui.app import BocauApp
from tui.terminal_filter import TerminalFilter

TEXT = st.lists(st.sampled_from(PAYLOADS) | st.text(min_size=1, max_size=8), min_size=1, max_size=4).map("".join)
WALK: tuple[tuple[str, ...], ...] = (
    ("j",), ("enter",), ("G",), ("A",), ("escape",), ("escape",), ("V", "j"), ("escape",), ("escape",), ("v",),
    ("escape",), ("l",), ("escape",), ("g", "f"), ("escape",), ("g", "l"), ("escape",), ("g", "z"), ("escape",),
    ("g", "exclamation_mark"), ("escape",), ("ctrl+p",), ("escape",), ("question_mark",), ("escape",), ("T",), ("T",),
    ("slash",), ("up",), ("escape",), ("backslash", "a"), ("escape",), ("escape",), ("h",), ("j",), ("j",), ("enter",),
)  # fmt: skip
"""Keys that lead through every screen, picker and pane."""
SHORT: tuple[tuple[str, ...], ...] = (
    ("enter",), ("A",), ("escape",), ("v",), ("escape",), ("g", "z"), ("escape",), ("g", "exclamation_mark"),
    ("escape",), ("ctrl+p",), ("escape",), ("slash",), ("up",), ("escape",), ("h",),
)  # fmt: skip
"""The screens that show most of a text."""


async def walked(
    store: MailStore, monkeypatch: pytest.MonkeyPatch, way: tuple[tuple[str, ...], ...]
) -> tuple[list[str], list[str]]:
    """What was unsafe at any step, and which actions ran that only a text could have named."""
    ran: list[str] = []
    monkeypatch.setattr(BocauApp, "action_pigeon", lambda *_: ran.append("pigeon"), raising=False)
    app = BocauApp(store, Settings(accounts=(imap_account(993, name="work"),)))
    app._walls = [wall for wall in app._walls if not isinstance(wall, TerminalFilter)]  # the first wall alone
    found: list[str] = []
    async with app.run_test(size=(100, 40), notifications=True) as pilot:
        await until(pilot, lambda: app.mail is not None and app.mail.messages.count)
        assert app.mail is not None
        app.mail.hold_seconds = app.mail.held_until = 0.0
        found += unsafe(app)
        for keys in way:
            await pilot.press(*keys)
            found += [f"after {keys}: {one}" for one in unsafe(app)]
        if way is WALK:
            await clicked(pilot, app)
        found += unsafe(app)
    return found, ran


async def clicked(pilot: Pilot[None], app: App[None]) -> None:
    """Click on what is shown, row by row."""
    for row in range(1, 38, 4):
        await pilot.click(offset=(row * 2, row))
        await pilot.press("escape")


@pytest.mark.timeout(180)
@settings(
    max_examples=2, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(TEXT, min_size=5, max_size=5))
async def test_any_text_in_any_field_is_only_text(monkeypatch: pytest.MonkeyPatch, texts: list[str]):
    """T01, T05, T10, T12, T22, M03, M07: list, panes, reader, pickers, palette, history, status, help."""
    with tempfile.TemporaryDirectory() as place:
        async with await MailStore.open(Path(place) / "data") as store:
            await fill(store, texts)
            assert await walked(store, monkeypatch, SHORT) == ([], [])


@pytest.mark.timeout(180)
async def test_every_payload_of_the_catalogue_is_only_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """T01, T02, T03, T04, T06, T07, T08, T09, T11, T13, T14, T15, T16, T17, T18, T19, M01, M02, M04."""
    async with await MailStore.open(tmp_path / "data") as store:
        await fill(store, list(PAYLOADS))
        assert await walked(store, monkeypatch, WALK) == ([], [])


TAGS = "[ANN] [v1.2] [PATCH 3/4] [#123] [20% off] [$primary] \\[bold] [/etc] [b"


async def test_tags_of_lists_are_shown_letter_by_letter(tmp_path: Path):
    """M05: in the row, in the reader's heading and in the folder pane."""
    async with await MailStore.open(tmp_path / "data") as store:
        await fill(store, [TAGS])
        app = BocauApp(store, Settings(accounts=(imap_account(993, name="work"),)))
        async with app.run_test(size=(160, 40), notifications=True) as pilot:
            await until(pilot, lambda: TAGS in screen_text(app))
            await pilot.press("enter")
            await until(pilot, lambda: screen_text(app).count(TAGS) >= 2)
            app.notify(TAGS, title=TAGS, markup=False)
            await until(pilot, lambda: "[20% off]" in screen_text(app))


async def test_a_subject_of_endless_tags_or_marks_is_a_row_like_any_other(run: Run, store: MailStore):
    """M06, T15, T16: no subject reaches into the column of the date or the rows beside it."""
    long = ("[a]" * 50_000, "e" + "\u0301" * 200_000, "👩\u200d🚀\u200d" * 50_000)
    inbox = await folder_of(store, "work", "INBOX")
    await deliver(store, inbox, *(arrival(one, one, one, 0, uid=900 + number) for number, one in enumerate(long)))
    async with run((120, 40)) as pilot:
        await until(pilot, lambda: "[a][a][a]" in screen_text(pilot.app))
        rows = [row.text for row in grid(pilot.app) if "14:05" in row.text]
        assert len(rows) == 3 and len({cell_len(row[: row.index("14:05")]) for row in rows}) == 1
        assert not any("\u0301" * 9 in row for row in rows)
        await pilot.press("enter")
        await until(pilot, lambda: "Subject" in screen_text(pilot.app))
        assert unsafe(pilot.app) == []
