"""Keys: the table, presets, the user's own, and sequences."""

import pytest

from store.errors import ConfigurationError
from tui.commands import COMMANDS, PRESETS, for_context
from tui.keymap import Keymap, parse_stroke, pressed
from tui.screens.mail import MailScreen


def test_every_command_has_an_id_of_its_own_a_handler_and_a_sentence():
    assert len({one.id for one in COMMANDS}) == len(COMMANDS)
    for one in COMMANDS:
        assert callable(getattr(MailScreen, f"do_{one.id.replace('-', '_')}")), one.id
        assert one.help.endswith(".")


@pytest.mark.parametrize("preset", PRESETS)
def test_no_preset_gives_one_key_to_two_commands(preset: str):
    Keymap(preset)


def test_the_keys_that_people_know_are_there():
    keymap = Keymap()
    for key, id in (
        ("j", "down"), ("k", "up"), ("G", "bottom"), ("Enter", "open"), ("q", "quit-or-back"), ("Tab", "next-unread"),
        ("/", "search"), ("?", "help"), ("e", "archive"), ("d", "delete"), ("s", "star"), ("I", "mark-read"),
        ("U", "mark-unread"), ("v", "move"), ("z", "undo"), ("$", "sync"),
    ):  # fmt: skip
        found = keymap.feed(key, "list")
        assert found is not None
        assert found.id == id


def test_two_keys_in_a_row_are_one_command():
    keymap = Keymap()
    assert keymap.feed("g", "list") is None
    assert keymap.waiting == ("g",)
    found = keymap.feed("g", "list")
    assert found is not None
    assert found.id == "top"
    assert keymap.waiting == ()


def test_an_unknown_second_key_ends_the_sequence_and_runs_nothing():
    keymap = Keymap()
    keymap.feed("g", "list")
    assert keymap.feed("e", "list") is None
    assert keymap.waiting == ()


def test_the_same_key_means_what_its_pane_says():
    keymap = Keymap()
    assert [getattr(keymap.feed("Escape", pane), "id", "") for pane in ("list", "reader", "folders")] == [
        "close-search", "back", "leave-folders",
    ]  # fmt: skip


def test_the_users_key_replaces_the_tables():
    keymap = Keymap("default", {"archive": "y", "go-inbox": "gx"})
    assert keymap.feed("e", "list") is None
    found = keymap.feed("y", "list")
    assert found is not None
    assert found.id == "archive"
    assert keymap.keys("go-inbox") == ("g x",)


@pytest.mark.parametrize(
    ("keys", "title", "hint"),
    [
        ({"archve": "y"}, "keys.archve", "archive"),
        ({"archive": "d"}, "the key d belongs to delete", "delete"),
        ({"archive": "y", "star": "y"}, "the key y belongs to", "another"),
        ({"archive": "g"}, "keys.archive: the key g overlaps with g g, the key of top", "another"),
        ({"archive": "Hyper+X"}, '"Hyper+X" is not a key', "Ctrl+D"),
        ({"archive": "Backspace"}, "cannot be used", "Backspace"),
        ({"archive": ""}, "is not a key", "Ctrl+D"),
    ],
)
def test_a_wrong_key_is_named_with_what_to_do(keys: dict[str, str], title: str, hint: str):
    with pytest.raises(ConfigurationError) as raised:
        Keymap("default", keys)
    assert title in raised.value.title
    assert hint in raised.value.hint


def test_keys_are_spelled_in_one_way():
    assert parse_stroke("ctrl+d") == ("Ctrl+D",)
    assert parse_stroke("pageup") == ("PgUp",)
    assert parse_stroke("gi") == ("g", "i")
    assert parse_stroke("F5") == ("F5",)
    assert pressed("upper_g", "G") == "G"
    assert pressed("dollar_sign", "$") == "$"
    assert pressed("space", " ") == "Space"
    assert pressed("shift+tab", None) == "Shift+Tab"
    assert pressed("ctrl+d", "\x04") == "Ctrl+D"


def test_a_pane_lists_its_own_commands_first():
    own = [one.context for one in for_context("reader")]
    assert own[0] == "reader"
    assert own == sorted(own, key=lambda context: context != "reader")
