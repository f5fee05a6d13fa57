"""The palette, the help and the screen that explains keys: everything by its name, and every key by its meaning."""

from collections.abc import Sequence

import pytest

from protocols.mime.safe import SafeText
from store.mailstore import MailStore
from store.model import Flag
from store.operations import SetLabels
from store.settings import General, Settings
from tests.tui.conftest import Run, arrival, deliver, folder_of
from tests.tui.mail_facts import mail, subject
from tests.tui.screen_text import screen_text, until
from tui.bindings import Origin
from tui.fuzzy import Choice, Finder
from tui.keymap import Keymap
from tui.palette import Offer, Palette
from tui.screens.help import Help, help_groups
from tui.screens.what_key import WhatKey


def palette(did: list[str], *, keymap: Keymap | None = None, used: Sequence[str] = ()) -> Palette:
    offer = Offer(
        "list",
        keymap or Keymap(),
        did.append,
        lambda place: did.append(place.title),
        Finder([]),
        used=used,
        searches=("from:anna",),
        search=lambda text: did.append(f"search {text}"),
        values={"theme": ("Colours", ("bocau-dark", "bocau-light"), did.append)},
        line=lambda number: did.append(f"line {number}"),
    )
    return Palette(offer)


def test_a_command_is_found_by_its_name_with_its_keys():
    did: list[str] = []
    first = palette(did)("arch")[0]
    assert (first.name, first.detail) == ("Archive", "e")
    first.value()
    assert did == ["archive"]


def test_what_was_chosen_last_stands_first_and_steps_stand_last():
    found = palette([], used=["theme"])("")
    assert found[0].name == "Change the colours"
    assert {"Next line", "Previous line"}.isdisjoint(one.name for one in found[:20])


def test_only_what_can_be_done_here_is_offered():
    names = [one.name for one in palette([])("")]
    assert "Open message" in names
    assert "Open folder" not in names
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("typed", "did"),
    [
        ("12", "line 12"),
        (":12", "line 12"),
        ("theme light", "bocau-light"),
        ("search rent anna", "search rent anna"),
        ("from:anna", "search from:anna"),
    ],
)
def test_a_word_and_what_it_is_about_are_typed_in_one_line(typed: str, did: str):
    done: list[str] = []
    palette(done)(typed)[0].value()
    assert done == [did]


def test_names_are_found_by_parts_of_their_words_the_best_first():
    names = ("work: Archive / 2020", "work: Archive", "work: Arbeit / Rechnungen 2020", "home: March", "work: Projects")
    find = Finder([Choice(SafeText(name), name) for name in names])
    assert [one.value for one in find("archive")] == [names[0], names[1]]
    assert [one.value for one in find("arch")][:2] == [names[1], names[0]]
    assert [one.value for one in find("ar/20")] == [names[0], names[2]]
    assert [one.value for one in find("arch")][2] == "home: March"
    assert [one.value for one in find("pjts")] == ["work: Projects"]
    assert find("zzz") == []
    assert len(find(" ")) == 5


def test_names_are_found_without_their_marks():
    find = Finder([Choice(SafeText("Kiến trúc"), 1), Choice(SafeText("Đà Nẵng"), 2)])
    assert [one.value for one in find("kien")] == [1]
    assert [one.value for one in find("da nang")] == [2]


def test_help_is_in_groups_and_narrowed_down_by_typing():
    groups = dict(help_groups("reader", Keymap()))
    assert next(iter(groups)) == "Only in a message"
    assert any("page down" in help for _, help in groups["Only in a message"])
    found = help_groups("list", Keymap(), "trash")
    assert {help for _, rows in found for _, help in rows} >= {"The trash."}
    assert not any("inbox" in help for _, rows in found for _, help in rows)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_help_scrolls_and_is_searched_at_any_size(run: Run, size: tuple[int, int]):
    async with run(size) as pilot:
        await pilot.press("question_mark")
        await until(pilot, lambda: "Keys in the list" in screen_text(pilot.app))
        await pilot.press("pagedown", "pagedown", "up", *"drafts")
        said = ("The drafts.", "The trash.")
        await until(pilot, lambda: [one in screen_text(pilot.app) for one in said] == [True, False])
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, Help))


async def test_any_key_is_explained_and_does_nothing(run: Run):
    async with run(settings=Settings(keys={"star": "F9"})) as pilot:
        before = mail(pilot).messages.count
        await pilot.press("g", "question_mark")
        await until(pilot, lambda: isinstance(pilot.app.screen, WhatKey))
        await pilot.press("e")
        await until(pilot, lambda: "Archive (archive)" in screen_text(pilot.app))
        assert "in the list" in screen_text(pilot.app)
        await pilot.press("f9")
        await until(pilot, lambda: "Your own key" in screen_text(pilot.app))
        await pilot.press("g")
        await until(pilot, lambda: "gi" in screen_text(pilot.app))
        await pilot.press("i")
        await until(pilot, lambda: "Inbox (go-inbox), everywhere" in screen_text(pilot.app))
        await pilot.press("escape", "escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, WhatKey))
        assert mail(pilot).messages.count == before


async def test_other_keys_hold_at_once_when_they_are_chosen(run: Run):
    async with run() as pilot:
        await pilot.press("ctrl+p", *"keys gmail", "enter")
        await until(pilot, lambda: mail(pilot).bocau.keymap.preset == "gmail")
        assert mail(pilot).bocau.keymap.origin("back") is Origin.PRESET
        await pilot.press("enter")
        await until(pilot, lambda: mail(pilot).pane == "reader")
        await pilot.press("u")
        await until(pilot, lambda: mail(pilot).pane == "list")


async def test_other_keys_are_there_after_a_restart_until_the_configuration_says_something_else(run: Run):
    async with run() as pilot:
        await pilot.press("ctrl+p", *"keys gmail", "enter")
        await until(pilot, lambda: mail(pilot).bocau.keymap.preset == "gmail")
        await until(pilot, lambda: all(one.is_finished for one in pilot.app.workers if one.group == "choices"))
    async with run() as pilot:
        assert mail(pilot).bocau.keymap.preset == "gmail"
    mutt = Settings(General(keys="mutt"))
    async with run(settings=mutt) as pilot:
        assert mail(pilot).bocau.keymap.preset == "mutt"


async def test_a_count_is_shown_while_it_is_typed_and_goes_to_the_command(run: Run):
    async with run() as pilot:
        await pilot.press("3")
        await until(pilot, lambda: screen_text(pilot.app).rstrip().endswith(" 3"))
        await pilot.press("j")
        assert mail(pilot).messages.cursor == 3
        assert not screen_text(pilot.app).rstrip().endswith(" 3")
        await pilot.press("2", "G")
        assert mail(pilot).messages.cursor == 1
        await pilot.press("5", "escape", "j")
        assert mail(pilot).messages.cursor == 2


async def test_the_beginning_of_a_sequence_shows_at_once_and_what_may_follow_after_a_moment(run: Run):
    async with run() as pilot:
        await pilot.press("g")
        await until(pilot, lambda: "g …" in screen_text(pilot.app))
        await until(pilot, lambda: "gi Inbox" in screen_text(pilot.app))
        await pilot.press("g")
        await until(pilot, lambda: "gi Inbox" not in screen_text(pilot.app))
        assert "g …" not in screen_text(pilot.app)


async def test_a_folder_is_gone_to_by_parts_of_its_path(run: Run):
    async with run() as pilot:
        await pilot.press("g", "f", *"kien", "enter")
        await until(pilot, lambda: mail(pilot).place.title == "[bold]Kiến trúc")
        await pilot.press("g", "f", *"arch", "enter")
        await until(pilot, lambda: mail(pilot).place.account == "work" and mail(pilot).place.title == "Archive")


async def test_the_inbox_of_an_account_is_gone_to_by_its_number(run: Run):
    async with run() as pilot:
        await pilot.press("g", "2")
        await until(pilot, lambda: mail(pilot).place.account == "home")
        await pilot.press("g", "1")
        await until(pilot, lambda: mail(pilot).place.account == "work")
        await pilot.press("g", "9")
        await until(pilot, lambda: "There is no account 9." in screen_text(pilot.app))


async def test_the_next_folder_with_unread_mail_is_offered_and_then_opened(run: Run, store: MailStore):
    archive = await folder_of(store, "work", "Archive")
    await deliver(store, archive, *(arrival("Old", f"Old {n}", "x", 90 + n, n * Flag.SEEN, uid=90 + n) for n in (1, 0)))
    async with run() as pilot:
        await pilot.press("g", "s")
        await until(pilot, lambda: mail(pilot).place.title == "Sent" or "All sent" in mail(pilot).place.title)
        await pilot.press("tab")
        await until(pilot, lambda: "Everything here is read" in screen_text(pilot.app))
        await pilot.press("tab")
        await until(pilot, lambda: mail(pilot).place.role is not None and bool(subject(pilot)))
        await pilot.press("g", "u")
        await until(pilot, lambda: mail(pilot).place.title in ("Archive", "Inbox"))


async def test_a_message_is_moved_by_a_command_with_a_folder(run: Run, store: MailStore):
    async with run() as pilot:
        message = mail(pilot).messages.message
        await pilot.press("colon", *"move archive")
        await until(pilot, lambda: "Move to work: Archive" in screen_text(pilot.app))
        await pilot.press("enter")
        await until(pilot, lambda: mail(pilot).messages.message != message)
        await until(pilot, lambda: mail(pilot).messages.count == 6)


async def test_what_has_a_label_is_gone_to_by_its_name(run: Run, store: MailStore):
    async with run() as pilot:
        await pilot.press("g", "l")
        await until(pilot, lambda: "No message has a label." in screen_text(pilot.app))
        message = mail(pilot).messages.message
        assert message is not None
        await store.do(SetLabels((message,), add=("todo",)))
        await pilot.press("g", "l", *"tod", "enter")
        await until(pilot, lambda: mail(pilot).place.query == 'label:"todo"')
        await until(pilot, lambda: mail(pilot).messages.count == 1)
