"""Results come as one types, and are a place like any other until Escape goes back exactly where one was."""

import time

from textual import events
from textual.pilot import Pilot

from store.mailstore import MailStore
from store.model import Flag, MessageId
from store.operations import SetFlags
from store.search import history, saved
from tests.tui.conftest import DAY, Run, arrival, deliver, folder_of
from tests.tui.mail_facts import mail, visit_folder
from tests.tui.screen_text import screen_text, until
from tui.search_window import SearchWindow


def typed(text: str) -> list[str]:
    """The keys of a text."""
    return list(text)


async def results(pilot: Pilot[None], query: str, count: int) -> None:
    """Type a query into the bar, and wait for its results."""
    await pilot.press(*typed(query))
    await until(pilot, lambda: mail(pilot).place.query == query and mail(pilot).messages.count == count)


async def kept(pilot: Pilot[None]) -> None:
    """Keep what is shown, and be where keys change mail."""
    await pilot.press("enter")
    await until(pilot, lambda: not mail(pilot).bar.is_open)
    mail(pilot).held_until = 0.0


def shown(pilot: Pilot[None]) -> list[str]:
    window = mail(pilot).messages.window
    assert window is not None
    return [summary.subject if (summary := window.at(row)) else "?" for row in range(len(window))]


async def test_results_come_as_one_types_and_follow_every_key(run: Run):
    async with run() as pilot:
        await pilot.press("slash")
        await results(pilot, "sunday", 2)
        assert mail(pilot).bar.is_open
        assert mail(pilot).bar.has_focus_within
        await pilot.press("space", *typed("lunch"))
        await until(pilot, lambda: mail(pilot).messages.count == 1)
        assert shown(pilot) == ["Sunday"]
        await pilot.press(*["backspace"] * 6)
        await until(pilot, lambda: mail(pilot).messages.count == 2)


async def test_escape_while_typing_goes_back_exactly_where_one_was(run: Run, store: MailStore):
    inbox = await folder_of(store, "work", "INBOX")
    await deliver(store, inbox, *(arrival("A", f"Letter {n}", "", DAY + n, uid=100 + n) for n in range(200)))
    async with run() as pilot:
        await until(pilot, lambda: mail(pilot).messages.count == 207)
        await pilot.press(*["pagedown"] * 3, "j", "j")
        await until(pilot, lambda: mail(pilot).messages.missing() is None)
        list_ = mail(pilot).messages
        before = (list_.cursor, list_.message, list_.scroll_offset.y, mail(pilot).place)
        await pilot.press("slash")
        await results(pilot, "rent", 1)
        await pilot.press("escape")
        await until(pilot, lambda: mail(pilot).messages.count == 207)
        await until(pilot, lambda: list_.scroll_offset.y == before[2])
        assert (list_.cursor, list_.message, list_.scroll_offset.y, mail(pilot).place) == before
        assert list_.has_focus


async def test_escape_in_the_results_goes_back_and_finds_what_changed_meanwhile(run: Run, store: MailStore):
    inbox = await folder_of(store, "work", "INBOX")
    async with run() as pilot:
        await pilot.press("j", "slash")
        await results(pilot, "sunday", 2)
        await kept(pilot)
        await deliver(store, inbox, arrival("A", "Newest of all", "", 1, uid=300))
        await pilot.press("escape")
        await until(pilot, lambda: mail(pilot).messages.count == 8)
        assert shown(pilot)[0] == "Newest of all"
        assert mail(pilot).messages.cursor == 2  # on its message
        assert mail(pilot).place.title == "All inboxes"


async def test_one_search_after_another_leads_back_to_the_place_before_both(run: Run):
    async with run() as pilot:
        await pilot.press("slash")
        await results(pilot, "sunday", 2)
        await kept(pilot)
        await pilot.press("slash", *["backspace"] * 6)
        await results(pilot, "rent", 1)
        await kept(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: mail(pilot).place.title == "All inboxes")
        await until(pilot, lambda: mail(pilot).messages.count == 7)


async def test_what_is_wrong_is_said_under_its_column_and_the_last_results_stay(run: Run):
    async with run() as pilot:
        await pilot.press("slash")
        await results(pilot, "sunday", 2)
        await pilot.press("space", *typed("is:purple"))
        await until(pilot, lambda: "▴" in screen_text(pilot.app))
        lines = screen_text(pilot.app).splitlines()
        number = next(n for n, text in enumerate(lines) if "▴" in text)
        assert lines[number].index("▴") == lines[number - 1].index("purple")
        assert mail(pilot).place.query == "sunday is"
        await pilot.press("enter")
        assert mail(pilot).bar.is_open


async def test_an_operator_that_is_begun_is_offered_and_completed_by_tab(run: Run):
    async with run() as pilot:
        await pilot.press("slash", *typed("is:u"))
        await until(pilot, lambda: "is:unread" in screen_text(pilot.app))
        await pilot.press("tab")
        await until(pilot, lambda: mail(pilot).place.query == "is:unread")
        assert mail(pilot).bar.text == "is:unread"
        await pilot.press(*["backspace"] * 9, *typed("folder:pro"))
        await until(pilot, lambda: "Projects/" in screen_text(pilot.app))
        await pilot.press("tab")
        assert mail(pilot).bar.text == "folder:Projects"
        await pilot.press("tab")
        assert mail(pilot).bar.text == 'folder:"Projects/[bold]Kiến trúc"'
        await pilot.press("shift+tab")
        assert mail(pilot).bar.text == "folder:Projects"


async def test_what_was_searched_for_comes_back_with_the_up_key_also_after_a_restart(run: Run, store: MailStore):
    async with run() as pilot:
        await pilot.press("slash")
        await results(pilot, "sunday", 2)
        await kept(pilot)
    assert await store.read(history.read) == ["sunday"]
    async with run() as pilot:
        await pilot.press("slash", *typed("re"))
        await until(pilot, lambda: mail(pilot).bar.earlier == ("sunday",))
        await pilot.press("up")
        assert mail(pilot).bar.text == "sunday"
        await pilot.press("down")
        assert mail(pilot).bar.text == "re"


async def test_an_act_on_a_result_keeps_it_in_the_results(run: Run):
    async with run() as pilot:
        await pilot.press("slash")
        await results(pilot, "sunday", 2)
        await kept(pilot)
        await pilot.press("e")
        await until(pilot, lambda: "Archived 1" in screen_text(pilot.app))
        assert mail(pilot).messages.count == 2


async def test_new_mail_that_matches_joins_the_results(run: Run, store: MailStore):
    inbox = await folder_of(store, "work", "INBOX")
    async with run() as pilot:
        await pilot.press("slash")
        await results(pilot, "sunday", 2)
        await kept(pilot)
        await deliver(
            store, inbox, arrival("A", "On Sunday again", "", 1, uid=300), arrival("A", "Monday", "", 1, uid=301)
        )
        await until(pilot, lambda: mail(pilot).messages.count == 3)
        assert shown(pilot)[0] == "On Sunday again"


async def test_nothing_typed_is_nothing_searched(run: Run):
    async with run() as pilot:
        await pilot.press("slash", "enter")
        await until(pilot, lambda: not mail(pilot).bar.is_open)
        assert mail(pilot).place.title == "All inboxes"
        assert mail(pilot).messages.count == 7


async def test_text_of_a_query_is_never_markup_nor_control_characters(run: Run):
    """M01."""
    async with run() as pilot:
        await pilot.press("slash", *typed("[red]x[/]"))
        await until(pilot, lambda: mail(pilot).place.query)
        assert "[red]x[/]" in screen_text(pilot.app)


# the filter of a list


async def test_a_list_is_filtered_at_once_and_says_so_and_escape_shows_all_of_it_again(run: Run):
    async with run() as pilot:
        await pilot.press("j", "backslash", *typed("is:unread"))
        await until(pilot, lambda: mail(pilot).messages.count == 3)
        assert "All inboxes \\ is:unread" in screen_text(pilot.app)
        await kept(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: mail(pilot).messages.count == 7)
        assert mail(pilot).messages.cursor == 1
        assert "\\" not in screen_text(pilot.app)


async def test_a_filter_looks_only_at_its_list(run: Run, store: MailStore):
    archive = await folder_of(store, "work", "Archive")
    await deliver(store, archive, arrival("A", "Rent of long ago", "", DAY, uid=1))
    async with run() as pilot:
        await pilot.press("backslash", *typed("rent"))
        await until(pilot, lambda: mail(pilot).messages.count == 1)
        assert shown(pilot) == ["Rent for November"]


async def test_what_no_longer_matches_a_filter_leaves_but_never_under_the_cursor(run: Run, store: MailStore):
    async with run() as pilot:
        await pilot.press("backslash", *typed("is:unread"))
        await until(pilot, lambda: mail(pilot).messages.count == 3)
        await kept(pilot)
        window = mail(pilot).messages.window
        assert isinstance(window, SearchWindow)
        first, second, third = (window.id_at(row) for row in range(3))
        assert first and second and third
        await store.do(SetFlags((first, third), Flag.SEEN))
        await until(pilot, lambda: mail(pilot).messages.count == 2)
        assert mail(pilot).messages.message == first
        await pilot.press("j")
        await until(pilot, lambda: mail(pilot).messages.count == 1)
        assert mail(pilot).messages.message == second


async def test_what_is_archived_from_a_filtered_list_leaves_it(run: Run):
    async with run() as pilot:
        await pilot.press("backslash", *typed("is:unread"))
        await until(pilot, lambda: mail(pilot).messages.count == 3)
        await kept(pilot)
        await pilot.press("e")
        await until(pilot, lambda: mail(pilot).messages.count == 2)
        await pilot.press("z")
        await until(pilot, lambda: mail(pilot).messages.count == 3)


async def test_results_can_be_filtered_too(run: Run):
    async with run() as pilot:
        await pilot.press("slash")
        await results(pilot, "sunday", 2)
        await kept(pilot)
        await pilot.press("backslash", *typed("lunch"))
        await until(pilot, lambda: mail(pilot).messages.count == 1)
        await kept(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: mail(pilot).messages.count == 2)
        await pilot.press("escape")
        await until(pilot, lambda: mail(pilot).messages.count == 7)


async def test_an_empty_filter_is_none(run: Run):
    async with run() as pilot:
        await pilot.press("backslash", *typed("rent"))
        await until(pilot, lambda: mail(pilot).messages.count == 1)
        await kept(pilot)
        await pilot.press("backslash", *["backspace"] * 4, "enter")
        await until(pilot, lambda: mail(pilot).messages.count == 7)
        assert not mail(pilot).place.filter


# saved searches


async def save(pilot: Pilot[None], name: str) -> None:
    await pilot.press("g", "S")
    await until(pilot, lambda: "Save the search" in screen_text(pilot.app))
    await pilot.press(*typed(name), "enter")
    await until(pilot, lambda: mail(pilot).place.saved == name)


async def test_a_search_is_saved_as_a_folder_with_its_counts(run: Run, store: MailStore):
    async with run((120, 30)) as pilot:
        await pilot.press("slash")
        await results(pilot, "sunday", 2)
        await kept(pilot)
        await save(pilot, "Weekend")
        await until(pilot, lambda: "Searches" in screen_text(pilot.app))
        assert [(one.name, one.query) for one in await store.read(saved.every)] == [("Weekend", "sunday")]
        await until(pilot, lambda: mail(pilot).saved_totals() and "1 unread of 2" in screen_text(pilot.app))
        await pilot.press("escape")
        assert mail(pilot).place.saved == "Weekend"


async def test_a_filter_is_saved_with_its_place(run: Run, store: MailStore):
    inbox = await folder_of(store, "work", "INBOX")
    async with run() as pilot:
        visit_folder(pilot, inbox)
        await until(pilot, lambda: mail(pilot).place.folders == (inbox.id,))
        await pilot.press("backslash", *typed("rent or garden"))
        await until(pilot, lambda: mail(pilot).messages.count == 2)
        await kept(pilot)
        await save(pilot, "Two")
        assert mail(pilot).place.query == 'account:"work" folder:"INBOX" (rent or garden)'
        await until(pilot, lambda: mail(pilot).messages.count == 2)


async def test_what_no_longer_matches_a_saved_search_leaves_it(run: Run, store: MailStore):
    await store.write(lambda tx: saved.save(tx, "Unread", "is:unread"))
    async with run((120, 30)) as pilot:
        mail(pilot).visit(mail(pilot).catalog.searches[0][0])
        await until(pilot, lambda: mail(pilot).messages.count == 3)
        window = mail(pilot).messages.window
        assert window is not None
        last = window.id_at(2)
        assert last is not None
        await store.do(SetFlags((MessageId(last),), Flag.SEEN))
        await until(pilot, lambda: mail(pilot).messages.count == 2)


async def test_a_saved_search_is_renamed_and_removed(run: Run, store: MailStore):
    await store.write(lambda tx: saved.save(tx, "Weekend", "sunday"))
    async with run((120, 30)) as pilot:
        mail(pilot).visit(mail(pilot).catalog.searches[0][0])
        await until(pilot, lambda: mail(pilot).messages.count == 2)
        mail(pilot).command("rename-search")
        await until(pilot, lambda: "Another name" in screen_text(pilot.app))
        await pilot.press(*["backspace"] * 7, *typed("Sunday"), "enter")
        await until(pilot, lambda: mail(pilot).place.saved == "Sunday")
        mail(pilot).command("remove-search")
        await until(pilot, lambda: "Remove the search Sunday" in screen_text(pilot.app))
        await pilot.press("y")
        await until(pilot, lambda: mail(pilot).place.title == "All inboxes")
        assert await store.read(saved.every) == []
        assert "Searches" not in screen_text(pilot.app)


async def test_nothing_is_saved_where_nothing_is_searched_for(run: Run):
    async with run() as pilot:
        await pilot.press("g", "S")
        await until(pilot, lambda: "Search or filter first" in screen_text(pilot.app))


async def test_what_is_pasted_into_the_line_is_one_line_and_runs_nothing(run: Run):
    async with run() as pilot:
        await pilot.press("slash")
        await until(pilot, lambda: mail(pilot).bar.has_focus_within)
        mail(pilot).bar.line.post_message(events.Paste("sun\x1b[31mday\nd"))
        await until(pilot, lambda: mail(pilot).bar.text)
        assert mail(pilot).bar.is_open
        assert "\n" not in mail(pilot).bar.text
        assert "\x1b" not in mail(pilot).bar.text
        await pilot.press("escape")
        await until(pilot, lambda: not mail(pilot).bar.is_open)
        assert mail(pilot).messages.count == 7


async def test_a_search_begins_in_the_folder_pane_too_and_shows_its_results(run: Run):
    async with run() as pilot:
        await pilot.press("h")
        assert mail(pilot).pane == "folders"
        await pilot.press("slash")
        await results(pilot, "rent", 1)
        await kept(pilot)
        assert mail(pilot).pane == "list"


async def test_a_search_from_threads_goes_back_to_the_same_thread(run: Run):
    async with run() as pilot:
        before = mail(pilot).messages.window
        await pilot.press("j", "slash")
        await results(pilot, "rent", 1)
        await kept(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: mail(pilot).messages.window is before)
        assert mail(pilot).messages.cursor == 1


async def test_after_a_search_keys_change_mail_again(run: Run):
    async with run() as pilot:
        await pilot.press("slash", *"rent")
        await until(pilot, lambda: "Search: rent" in screen_text(pilot.app))
        await pilot.press("escape")
        await until(pilot, lambda: not mail(pilot).place.query and not mail(pilot).bar.is_open)
        await until(pilot, lambda: mail(pilot).held_until < time.monotonic())
        await pilot.press("s")
        await until(pilot, lambda: "with a star" in screen_text(pilot.app))
