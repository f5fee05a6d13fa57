"""Text of a message is selected by keys and copied, as the mouse would do it."""

import pytest
from textual.pilot import Pilot

from store.mailstore import MailStore
from store.settings import General, Settings
from tests.tui.conftest import Run, arrival, deliver, folder_of
from tests.tui.mail_facts import mail
from tests.tui.screen_text import screen_text, until
from tests.tui.test_copying import Written, terminal
from tui import themes
from tui.cursor import place_on
from tui.terminal_sequences import copied

__all__ = ["terminal"]
TEXT = "First line of words.\nSecond \x1b[31mline.\n\nThird line, 写真 too.\n> quoted words\n" + "more\n" * 60


async def put(store: MailStore, text: str = TEXT) -> None:
    await deliver(store, await folder_of(store, "work", "INBOX"), arrival("Anna", "Words", text, 1, uid=900))


async def opened(pilot: Pilot[None]) -> None:
    await pilot.press("enter")
    await until(pilot, lambda: "Third line" in screen_text(pilot.app))


async def at_first_line(pilot: Pilot[None]) -> None:
    """Put the cursor on the first line of the text that is read."""
    await pilot.press("V")
    await until(pilot, lambda: "v selects from here" in screen_text(pilot.app))
    view = mail(pilot).view
    while "First line" not in view._text(view.caret[0] if view.caret else 0):
        await pilot.press("j")


def selected(pilot: Pilot[None]) -> str | None:
    return pilot.app.screen.get_selected_text()


CASES: tuple[tuple[str, str | None], ...] = (
    ("v e", "First"),
    ("v w e", "First line"),
    ("v 2 e b", "First l"),
    ("w v $", "line of words."),
    ("$ v b", "words."),
    ("l l v l", "rs"),
    ("v j j", "First line of words.\nSecond \N{REPLACEMENT CHARACTER}[31mline."),
    ("j V o k", "First line of words.\nSecond \N{REPLACEMENT CHARACTER}[31mline."),
    ("3 j w w v l l", "写真"),
    ("3 j $ v w w e", ".\n▎ quoted"),
    ("v end h home", "F"),
    ("V V", None),
    ("v v", None),
    ("w w v o e o", "of"),
)


async def test_keys_select(run: Run, store: MailStore):
    await put(store)
    async with run() as pilot:
        await opened(pilot)
        for keys, wanted in CASES:
            await at_first_line(pilot)
            await pilot.press(*keys.replace("$", "dollar_sign").split())
            assert (selected(pilot) or None) == wanted, keys
            await pilot.press("escape")


async def test_what_is_selected_is_copied_as_every_copy_says(run: Run, store: MailStore, terminal: Written):
    await put(store)
    async with run() as pilot:
        await opened(pilot)
        await at_first_line(pilot)
        await pilot.press("v", "e", "y")
        await until(pilot, lambda: terminal.said)
        assert terminal.said == [copied("First")]  # type: ignore[arg-type]
        assert "Sent to the terminal's clipboard, if it allows that: First" in screen_text(pilot.app)
        assert mail(pilot).view.caret is None
        assert not selected(pilot)
        assert mail(pilot).situation == "reader"


async def test_enter_copies_the_line_of_the_cursor(run: Run, store: MailStore, terminal: Written):
    await put(store)
    async with run() as pilot:
        await opened(pilot)
        await at_first_line(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: terminal.said)
        assert terminal.said == [copied("First line of words.")]  # type: ignore[arg-type]


async def test_escape_goes_back_to_reading_and_copies_nothing(run: Run, store: MailStore, terminal: Written):
    await put(store)
    async with run() as pilot:
        await opened(pilot)
        await at_first_line(pilot)
        await pilot.press("v", "w", "escape")
        assert not selected(pilot)
        assert mail(pilot).view.caret is None
        assert mail(pilot).pane == "reader"
        assert terminal.said == []


async def test_the_cursor_and_what_is_selected_can_be_seen_in_every_theme(run: Run, store: MailStore):
    await put(store)
    async with run() as pilot:
        await opened(pilot)
        for theme in (*(theme.name for theme in themes.OWN), "nord"):
            pilot.app.theme = theme
            await pilot.pause()
            await at_first_line(pilot)
            await pilot.press("v", "w")
            view = mail(pilot).view
            assert view.caret is not None
            looks = {text: style for text, style, _ in view.render_line(view.caret[0] - view.scroll_offset.y) if style}
            chosen, caret, rest = looks["First "], looks["l"], looks["ine of words."]
            assert (chosen.reverse, chosen.bgcolor) != (rest.reverse, rest.bgcolor)
            assert chosen.reverse or chosen.color != chosen.bgcolor
            assert bool(caret.reverse) != bool(chosen.reverse)
            await pilot.press("escape")


async def test_a_selection_goes_on_beyond_the_screen(run: Run, store: MailStore):
    await put(store)
    async with run() as pilot:
        await opened(pilot)
        await at_first_line(pilot)
        await pilot.press("V", "G")
        text = selected(pilot)
        assert text is not None
        assert text.startswith("First line")
        assert text.endswith("more\nmore")
        assert text.count("more") == 60
        await pilot.press("g", "g")
        assert (selected(pilot) or "").startswith("Subject  Words")


async def test_no_key_of_the_selection_changes_mail(run: Run, store: MailStore):
    await put(store)
    async with run() as pilot:
        await opened(pilot)
        await at_first_line(pilot)
        await pilot.press("v", "e", "d", "s", "x")
        assert selected(pilot) == "First"
        assert mail(pilot).messages.count == 7 + 1


async def test_what_has_nothing_to_do_with_it_ends_it(run: Run, store: MailStore):
    await put(store)
    async with run() as pilot:
        await opened(pilot)
        await at_first_line(pilot)
        await pilot.press("v", "e", "g", "i")
        await until(pilot, lambda: mail(pilot).pane == "list")
        assert mail(pilot).view.caret is None


async def test_accents_and_joined_signs_are_not_torn_apart(run: Run, store: MailStore):
    await put(store, "First line\nThird line e\u0301a \U0001f469\u200d\U0001f4bb b\n")
    async with run() as pilot:
        await opened(pilot)
        await at_first_line(pilot)
        await pilot.press("j", "w", "w", "v")
        assert selected(pilot) in ("e\u0301", "é")
        await pilot.press("v", "w", "v")
        assert selected(pilot) == "\U0001f469\u200d\U0001f4bb"


async def test_the_terminals_cursor_is_where_the_keys_act(run: Run, store: MailStore):
    await put(store)
    async with run((80, 24), settings=Settings(General(accessible=True))) as pilot:
        await opened(pilot)
        await at_first_line(pilot)
        await pilot.press("w")
        place = place_on(mail(pilot))
        assert place is not None
        row = screen_text(pilot.app).splitlines()[place.y]
        assert row[place.x :].startswith("line of words")


async def test_other_text_keeps_no_selection_of_before(run: Run, store: MailStore):
    await put(store)
    async with run() as pilot:
        await opened(pilot)
        await at_first_line(pilot)
        await pilot.press("v", "e")
        await pilot.resize_terminal(70, 20)
        await until(pilot, lambda: not selected(pilot))
        assert mail(pilot).view.caret is not None


async def test_a_large_count_ends_where_the_text_ends(run: Run, store: MailStore, monkeypatch: pytest.MonkeyPatch):
    await put(store)
    async with run((100, 24)) as pilot:
        await opened(pilot)
        await at_first_line(pilot)
        view, moved = mail(pilot).view, list[str]()
        for name in ("_step", "_to_word"):
            move = getattr(view, name)
            monkeypatch.setattr(view, name, lambda *a, _move=move, **k: moved.append("") or _move(*a, **k))
        for key in ("w", "b", "l"):
            await pilot.press(*"99999", key)
        assert view.caret is not None and not view._has(view.caret[0] + 1)
        assert len(moved) < 1500
