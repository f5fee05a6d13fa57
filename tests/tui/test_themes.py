"""Every text can be read in every theme."""

import pytest
from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

from store.errors import ConfigurationError
from tests.tui.conftest import Run
from tests.tui.mail_facts import mail
from tests.tui.screen_text import rows, until
from tui import themes

TEXTS = ("read", "unread", "faint", "star", "label", "quote1", "quote2", "quote3", "added", "removed", "hunk")
BASES = ("foreground", "accent", "primary", "secondary", "warning", "error", "success")
OWN = [theme for theme in themes.OWN if not theme.ansi]
OTHERS = [theme for theme in BUILTIN_THEMES.values() if not theme.ansi]


def test_our_own_themes_name_every_colour_of_ours():
    wanted = themes.defaults(BUILTIN_THEMES["nord"]).keys()
    assert all(wanted <= theme.variables.keys() and not themes.defaults(theme) for theme in themes.OWN)


def palette(theme: Theme) -> dict[str, str]:
    return {**theme.to_color_system().generate(), **themes.defaults(theme), **theme.variables}


def least(theme: Theme) -> float:
    return themes.PLAIN_TO_SEE if theme.name.startswith("high") else themes.READABLE


@pytest.mark.parametrize("theme", OWN, ids=lambda theme: theme.name)
@pytest.mark.parametrize("name", [*TEXTS, *BASES])
def test_text_stands_out_from_the_screen_and_from_dialogs(theme: Theme, name: str):
    colours = palette(theme)
    for back in ("background", "surface"):
        ratio = themes.contrast(Color.parse(colours[name]), Color.parse(colours[back]))
        assert ratio >= least(theme), (back, round(ratio, 2))


@pytest.mark.parametrize("theme", [*OWN, *OTHERS], ids=lambda theme: theme.name)
@pytest.mark.parametrize("back", ["cursor", "cursor-away"])
def test_the_row_under_the_cursor_can_be_read(theme: Theme, back: str):
    colours = palette(theme)
    assert themes.contrast(Color.parse(colours["cursor-text"]), Color.parse(colours[back])) >= least(theme)


@pytest.mark.parametrize("theme", OWN, ids=lambda theme: theme.name)
def test_what_is_typed_and_what_is_selected_can_be_read(theme: Theme):
    colours = palette(theme)
    front, back = Color.parse(colours["foreground"]), Color.parse(colours["background"])
    assert themes.contrast(front, Color.parse(colours["panel"])) >= least(theme)
    selected = back.blend(Color.parse(colours["accent"]), 0.22)
    assert themes.contrast(Color.parse(colours["unread"]), selected) >= least(theme)


@pytest.mark.parametrize("theme", OTHERS, ids=lambda theme: theme.name)
@pytest.mark.parametrize("name", TEXTS)
def test_our_colours_can_be_read_in_any_theme_of_textual(theme: Theme, name: str):
    colours = palette(theme)
    assert themes.contrast(Color.parse(themes.defaults(theme)[name]), Color.parse(colours["background"])) >= 4.4


def test_the_cursor_is_seen_on_the_screen():
    for theme in OWN:
        colours = palette(theme)
        cursor, away, back = (Color.parse(colours[name]) for name in ("cursor", "cursor-away", "background"))
        assert themes.contrast(cursor, back) >= 1.25, theme.name
        assert themes.contrast(away, back) >= 1.1, theme.name


@pytest.mark.parametrize("theme", [theme for theme in themes.OWN if theme.ansi], ids=lambda theme: theme.name)
def test_sixteen_colours_are_the_terminals_own(theme: Theme):
    colours = {**theme.variables, "accent": theme.accent, "error": theme.error, "back": theme.background}
    for name, value in colours.items():
        if name not in ("block-cursor-text-style", "input-cursor-text-style"):
            assert value is not None and value.startswith("ansi_"), name
    assert theme.background == theme.foreground == "ansi_default"


def test_a_theme_is_found_by_its_name_or_a_short_word():
    there = {theme.name for theme in themes.OWN} | {"nord"}
    assert themes.named("nord", there) == "nord"
    assert themes.named("light", there) == "bocau-light"
    assert themes.named("ansi", there) == "ansi-dark"
    assert themes.named("high-contrast", there) == "high-contrast-dark"
    assert themes.named("no such theme", there) == "bocau-dark"


def test_a_theme_that_is_not_there_is_told_with_those_that_are():
    there = {theme.name for theme in themes.OWN} | {"nord"}
    for name in ("nord", "light", "ansi", "ansi-light", "high-contrast", "bocau-dark"):
        themes.check(name, there)
    with pytest.raises(ConfigurationError) as told:
        themes.check("blue", there)
    assert told.value.title == 'general.theme: there is no theme "blue".'
    assert told.value.hint == "Allowed: dark, light, high-contrast, high-contrast-light, ansi, ansi-light, nord."


def test_one_theme_follows_another_in_a_circle():
    name, seen = themes.DARK.name, []
    for _ in themes.OWN:
        seen.append(name)
        name = themes.after(name)
    assert name == seen[0] and len(set(seen)) == len(themes.OWN)
    assert themes.after("nord") == themes.DARK.name


async def test_without_colours_attributes_tell_cursor_selection_and_unread_apart(
    run: Run, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("NO_COLOR", "1")
    async with run() as pilot:
        await pilot.press("x", "j", "j", "j")
        await until(pilot, lambda: mail(pilot).messages.cursor == 3)
        shown = rows(pilot.app)
        looks = [next(one.style for one in row if len(one.text.strip()) > 3 and one.style) for row in shown[1:5]]
        selected, unread, read, cursor = looks
        assert selected.underline and selected.bold and not selected.reverse
        assert unread.bold and not unread.underline and not unread.reverse
        assert not read.bold and not read.underline and not read.reverse
        assert cursor.reverse
        assert not any(one.style and one.style.color and one.style.color.triplet for row in shown for one in row)
