"""Keys: the table, presets, the user's own, and sequences."""

import pytest

from store.errors import ConfigurationError
from tui.bindings import Origin
from tui.commands import COMMANDS, LAYERS, Situation
from tui.keymap import Keymap
from tui.presets import PRESETS
from tui.screens.mail import MailScreen
from tui.strokes import is_bare, parse_stroke, pressed


def test_every_command_has_an_id_of_its_own_a_handler_and_a_sentence():
    assert len({one.id for one in COMMANDS}) == len(COMMANDS)
    for one in COMMANDS:
        assert callable(getattr(MailScreen, f"do_{one.id.replace('-', '_')}")), one.id
        assert one.help.endswith(".")


@pytest.mark.parametrize("preset", PRESETS)
def test_no_preset_gives_one_key_to_two_commands(preset: str):
    clashes = Keymap(preset).bindings.clashes
    assert [(one.command.id, other.command.id, other.stroke) for one, other in clashes] == []


@pytest.mark.parametrize("preset", PRESETS)
def test_every_command_that_has_a_key_has_one_in_every_preset(preset: str):
    keymap = Keymap(preset)
    assert set(PRESETS[preset]) <= {one.id for one in COMMANDS}
    assert [one.id for one in COMMANDS if one.keys and not keymap.keys(one.id)] == []


@pytest.mark.parametrize("preset", PRESETS)
def test_every_key_in_force_runs_its_command_when_it_is_typed(preset: str):
    keymap = Keymap(preset)
    for situation in LAYERS:
        for stroke, one in keymap.bindings.tables[situation].items():
            *before, last = stroke
            assert [keymap.feed(key, situation) for key in before] == [None] * len(before), stroke
            assert keymap.feed(last, situation) == one.command


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
    keymap = Keymap("default", {"archive": "F9", "go-inbox": "gq"})
    assert keymap.feed("e", "list") is None
    found = keymap.feed("F9", "list")
    assert found is not None
    assert found.id == "archive"
    assert keymap.keys("go-inbox") == ("g q",)


@pytest.mark.parametrize(
    ("keys", "title", "hint"),
    [
        ({"archve": "F9"}, "keys.archve", "archive"),
        ({"archive": "d"}, "the key d belongs to delete", "delete"),
        ({"archive": "F9", "star": "F9"}, "the key F9 belongs to", "another"),
        ({"archive": "g"}, "keys.archive: the key g overlaps with g ", "another"),
        ({"archive": ["F9", "d"]}, "the key d belongs to delete", "delete"),
        ({"archive": "Hyper+X"}, '"Hyper+X" is not a key', "Ctrl+D"),
        ({"archive": "Backspace"}, "cannot be used", "Backspace"),
        ({"archive": ""}, "is not a key", "Ctrl+D"),
    ],
)
def test_a_wrong_key_is_named_with_what_to_do(keys: dict[str, str | list[str]], title: str, hint: str):
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


def test_a_count_is_typed_before_a_command_and_is_told_to_it():
    keymap = Keymap()
    assert [keymap.feed(key, "list") for key in "12"] == [None, None]
    assert keymap.typed == "12"
    found = keymap.feed("G", "list")
    assert found is not None
    assert (found.id, keymap.count, keymap.typed) == ("bottom", 12, "")
    keymap.feed("j", "list")
    assert keymap.count == 0


def test_a_count_goes_through_a_sequence_and_a_zero_alone_is_none():
    keymap = Keymap()
    keymap.feed("0", "list")
    assert (keymap.typed, keymap.used) == ("", False)
    for key in "10":
        keymap.feed(key, "list")
    keymap.feed("g", "list")
    assert keymap.typed == "10 g …"
    keymap.feed("g", "list")
    assert (keymap.count, keymap.stroke) == (10, ("g", "g"))


def test_a_digit_that_is_a_key_counts_nothing():
    keymap = Keymap("default", {"archive": "5"})
    found = keymap.feed("5", "list")
    assert found is not None
    assert found.id == "archive"


def test_escape_ends_what_was_begun_and_does_nothing_else():
    keymap = Keymap()
    keymap.feed("5", "list")
    assert keymap.feed("Escape", "list") is None
    assert (keymap.typed, keymap.used) == ("", True)
    found = keymap.feed("Escape", "list")
    assert found is not None
    assert found.id == "close-search"


def test_what_may_follow_an_unfinished_sequence_is_known():
    keymap = Keymap()
    keymap.feed("g", "list")
    following = {one.key: one.command.id for one in keymap.continuations("list")}
    assert following["i"] == "go-inbox"
    assert following["g"] == "top"


def test_a_command_may_have_several_keys_or_none():
    keymap = Keymap("default", {"archive": ["F9", "Ctrl+E"], "star": []})
    assert keymap.keys("archive") == ("F9", "Ctrl+E")
    assert keymap.keys("star") == ()
    assert (keymap.origin("archive"), keymap.origin("delete")) == (Origin.OWN, Origin.TABLE)


def test_a_preset_takes_a_key_from_the_command_that_has_it_otherwise():
    keymap = Keymap("gmail")
    found = keymap.feed("u", "reader")
    assert found is not None
    assert (found.id, keymap.origin("back")) == ("back", Origin.PRESET)


def test_where_bare_letters_are_switched_off_an_act_needs_two_keys():
    keymap = Keymap("default", {"star": "s"}, letters=False)
    assert keymap.feed("e", "list") is None
    assert keymap.feed(",", "list") is None
    found = keymap.feed("e", "list")
    assert found is not None
    assert found.id == "archive"
    assert "Del" in keymap.keys("delete")
    assert keymap.keys("star") == ("s",)


def test_acts_need_mail_in_front():
    keymap = Keymap()
    assert keymap.feed("e", "folders") is None
    assert getattr(keymap.feed("e", "reader"), "id", "") == "archive"


@pytest.mark.parametrize(
    ("preset", "situation", "key", "id"),
    [
        ("mutt", "list", "c", "go-folder"),
        ("mutt", "list", "s", "move"),
        ("mutt", "list", "t", "select-next"),
        ("mutt", "list", "N", "toggle-read"),
        ("mutt", "reader", "j", "next-message"),
        ("mutt", "reader", "i", "back"),
        ("mutt", "list", "l", "filter"),
        ("gmail", "list", "N", "sync"),
        ("gmail", "list", "#", "delete"),
        ("gmail", "tree", "o", "open"),
        ("gmail", "reader", "k", "previous-message"),
        ("gmail", "list", "m", "mute"),
        ("thunderbird", "list", "n", "next-unread"),
        ("thunderbird", "list", "f", "down"),
        ("thunderbird", "list", "a", "archive"),
        ("thunderbird", "list", "j", "junk"),
        ("thunderbird", "list", "Ctrl+K", "search"),
        ("thunderbird", "reader", "F6", "next-pane"),
    ],
)
def test_a_preset_has_the_keys_of_its_habit(preset: str, situation: Situation, key: str, id: str):
    found = Keymap(preset).feed(key, situation)
    assert found is not None
    assert found.id == id


def test_a_pane_keeps_its_own_key_when_a_preset_gives_it_to_a_command_that_works_anywhere():
    keymap = Keymap("mutt")
    assert getattr(keymap.feed("l", "folders"), "id", "") == "unfold-or-open"


@pytest.mark.parametrize("preset", PRESETS)
def test_no_key_of_a_preset_is_in_vain(preset: str):
    bindings = Keymap(preset).bindings
    wanted = {(id, parse_stroke(key)) for id, keys in PRESETS[preset].items() for key in keys}
    there = {(one.command.id, stroke) for table in bindings.tables.values() for stroke, one in table.items()}
    assert wanted - there == set()


def test_bare_letters_change_nothing_in_any_preset_where_they_are_switched_off():
    for preset in PRESETS:
        tables = Keymap(preset, letters=False).bindings.tables
        rash = [(s, k) for s, table in tables.items() for k, one in table.items() if one.command.destructive]
        assert [(situation, key) for situation, key in rash if is_bare(key)] == []
