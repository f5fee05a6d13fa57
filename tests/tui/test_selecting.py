"""Picking messages on the mail screen, and acts that are for all of them at once."""

from textual.pilot import Pilot

from store import listing
from store.mailstore import MailStore
from store.model import Flag, MessageId, Role
from store.operations import Delete
from tests.tui.conftest import Run, arrival, deliver, folder_of
from tests.tui.mail_facts import flags, mail, role_of, subject
from tests.tui.screen_text import screen_text, until
from tests.tui.test_unified import both
from tests.tui.thread_mail import garden


async def everything(store: MailStore) -> list[MessageId]:
    """The messages of all inboxes, the newest first."""
    folders = [(await folder_of(store, "work", "INBOX")).id, (await folder_of(store, "home", "Inbox")).id]
    return [MessageId(one) for one in await store.read(lambda c: listing.vector(c, folders))]


def rows(pilot: Pilot[None]) -> list[str]:
    """The list as it is seen, without its scroll bar."""
    return [line[:70] for line in screen_text(pilot.app).splitlines()[1:-1]]


async def test_x_picks_a_message_and_x_again_lets_it_go(run: Run):
    async with run() as pilot:
        await pilot.press("x")
        await until(pilot, lambda: "1 selected" in screen_text(pilot.app))
        assert "✓" in screen_text(pilot.app)
        assert subject(pilot) == "Rent for November"
        await pilot.press("x")
        await until(pilot, lambda: "selected" not in screen_text(pilot.app))
        assert "✓" not in screen_text(pilot.app)


async def test_space_picks_and_goes_on_and_a_count_picks_so_many(run: Run):
    async with run() as pilot:
        await pilot.press("space", "space")
        await until(pilot, lambda: "2 selected" in screen_text(pilot.app))
        assert mail(pilot).messages.cursor == 2
        await pilot.press("3", "t")
        await until(pilot, lambda: "5 selected" in screen_text(pilot.app))


async def test_a_range_follows_the_cursor_both_ways_and_keeps_what_was_picked_before(run: Run, store: MailStore):
    ids = await everything(store)
    async with run() as pilot:
        screen = mail(pilot)
        await pilot.press("x", "j", "j", "V", "j", "j")
        await until(pilot, lambda: "4 selected, range" in screen_text(pilot.app))
        assert set(screen.messages.selection.messages) == {ids[0], ids[2], ids[3], ids[4]}
        await pilot.press("k", "k", "k", "k")
        await until(pilot, lambda: "3 selected" in screen_text(pilot.app))
        assert set(screen.messages.selection.messages) == {ids[0], ids[1], ids[2]}
        await pilot.press("V", "G")
        await until(pilot, lambda: screen.messages.cursor == 6)
        assert len(screen.messages.selection) == 3
        assert "range" not in screen_text(pilot.app)


async def test_escape_ends_the_range_first_and_clears_the_selection_then(run: Run):
    async with run() as pilot:
        await pilot.press("V", "j", "escape")
        await until(pilot, lambda: "2 selected" in screen_text(pilot.app))
        assert "range" not in screen_text(pilot.app)
        await pilot.press("escape")
        await until(pilot, lambda: "selected" not in screen_text(pilot.app))


async def test_all_none_unread_read_and_starred_messages_are_picked_by_the_store(run: Run, store: MailStore):
    ids = await everything(store)
    seen = {one for one in ids if Flag.SEEN in await flags(store, one)}
    starred = {one for one in ids if Flag.FLAGGED in await flags(store, one)}
    async with run() as pilot:
        selection = mail(pilot).messages.selection
        for key, wanted in (("a", set(ids)), ("u", set(ids) - seen), ("r", seen), ("s", starred)):
            await pilot.press("*", key)
            await until(pilot, lambda wanted=wanted: set(selection.messages) == wanted)
        await pilot.press("*", "n")
        await until(pilot, lambda: not selection)


async def test_an_act_is_for_the_selection_as_one_step_and_clears_it(run: Run, store: MailStore):
    ids = await everything(store)
    async with run() as pilot:
        await pilot.press("x", "j", "x", "e")
        await until(pilot, lambda: mail(pilot).messages.count == 5)
        assert "Archived 2 · z undo" in screen_text(pilot.app)
        assert not mail(pilot).messages.selection
        assert mail(pilot).messages.message == ids[2]
        assert [await role_of(store, one) for one in ids[:3]] == [Role.ARCHIVE, Role.ARCHIVE, Role.INBOX]
        await pilot.press("z")
        await until(pilot, lambda: mail(pilot).messages.count == 7)
        assert mail(pilot).messages.message == ids[0]
        assert {await role_of(store, one) for one in ids} == {Role.INBOX}


async def test_the_selection_survives_new_mail_and_loses_what_went_away(run: Run, store: MailStore):
    inbox = await folder_of(store, "work", "INBOX")
    ids = await everything(store)
    async with run() as pilot:
        selection = mail(pilot).messages.selection
        await pilot.press("x", "j", "x")
        await deliver(store, inbox, arrival("Bank", "Just now", "text", 5, uid=900))
        await until(pilot, lambda: mail(pilot).messages.count == 8)
        assert set(selection.messages) == {ids[0], ids[1]}
        await store.do(Delete((ids[0],)))
        await until(pilot, lambda: set(selection.messages) == {ids[1]})
        assert "1 selected" in screen_text(pilot.app)


async def test_another_place_has_no_selection(run: Run):
    async with run() as pilot:
        await pilot.press("x", "g", "t")
        await until(pilot, lambda: mail(pilot).place.role is Role.TRASH)
        assert not mail(pilot).messages.selection


async def test_a_count_is_for_so_many_rows_from_the_cursor_on(run: Run, store: MailStore):
    ids = await everything(store)
    async with run() as pilot:
        await pilot.press("j", "3", "e")
        await until(pilot, lambda: mail(pilot).messages.count == 4)
        assert mail(pilot).messages.message == ids[4]
        assert [await role_of(store, one) for one in ids[:5]] == [Role.INBOX, *[Role.ARCHIVE] * 3, Role.INBOX]


async def test_what_was_removed_meanwhile_does_not_keep_the_rest_of_a_selection(run: Run, store: MailStore):
    ids = await everything(store)
    async with run() as pilot:
        await pilot.press("x", "j", "x")
        await until(pilot, lambda: "2 selected" in screen_text(pilot.app))
        mail(pilot).acting.move((MessageId(99_999), *ids[:2]), (await folder_of(store, "work", "Archive")).id)
        await until(pilot, lambda: "Moved 2 to Archive" in screen_text(pilot.app))


async def test_removing_a_selection_for_good_asks_once(run: Run):
    async with run() as pilot:
        await pilot.press("*", "a")
        await until(pilot, lambda: "7 selected" in screen_text(pilot.app))
        await pilot.press("d")
        await until(pilot, lambda: mail(pilot).messages.count == 0)
        await pilot.press("g", "t")
        await until(pilot, lambda: mail(pilot).place.role is Role.TRASH and mail(pilot).messages.count == 7)
        await pilot.press("2", "d")
        await until(pilot, lambda: "Remove 2 messages for good?" in screen_text(pilot.app))
        await pilot.press("n")
        await until(pilot, lambda: "for good" not in screen_text(pilot.app))
        assert mail(pilot).messages.count == 7


async def test_new_mail_above_what_is_seen_is_counted_until_the_top_is_reached(run: Run, store: MailStore):
    inbox = await folder_of(store, "work", "INBOX")
    await deliver(store, inbox, *(arrival("List", f"Old {n}", "", 500 * 86_400 + n, uid=1_000 + n) for n in range(60)))
    async with run() as pilot:
        await pilot.press("5", "j")
        before = rows(pilot)
        await deliver(store, inbox, *(arrival("Bank", f"News {n}", "", 5 - n, uid=2_000 + n) for n in range(3)))
        await until(pilot, lambda: "3 new ↑" in screen_text(pilot.app))
        assert rows(pilot) == before
        assert "News" not in screen_text(pilot.app)
        await pilot.press("g", "g")
        await until(pilot, lambda: "News 2" in screen_text(pilot.app))
        assert "new ↑" not in screen_text(pilot.app)


async def test_at_the_top_nothing_is_above_however_much_came(run: Run, store: MailStore):
    inbox = await folder_of(store, "work", "INBOX")
    async with run() as pilot:
        await pilot.press("j")
        await deliver(store, inbox, *(arrival("Bank", f"News {n}", "", 60 - n, uid=2_000 + n) for n in range(60)))
        await until(pilot, lambda: " new ↑" in screen_text(pilot.app))
        await pilot.press("g", "g")
        await until(pilot, lambda: "News 59" in screen_text(pilot.app))
        assert "new ↑" not in screen_text(pilot.app)


async def test_however_many_come_in_at_once_they_are_counted(run: Run, store: MailStore):
    inbox = await folder_of(store, "work", "INBOX")
    async with run() as pilot:
        await pilot.press("j")
        await deliver(store, inbox, *(arrival("Bank", f"News {n}", "", 60, uid=2_000 + n) for n in range(612)))
        await until(pilot, lambda: mail(pilot).messages.arrivals)
        new = mail(pilot).messages.top_row  # the others are on the screen
        assert 550 < new < 612
        await until(pilot, lambda: f"{new} new ↑" in screen_text(pilot.app))
        await deliver(store, inbox, arrival("Bank", "One more", "", 1, uid=3_000))
        await until(pilot, lambda: f"{new + 1} new ↑" in screen_text(pilot.app))
        mail(pilot).messages.move_to(300)
        await until(pilot, lambda: len(mail(pilot).messages.arrivals) == mail(pilot).messages.top_row)
        await pilot.press("g", "g")
        await until(pilot, lambda: "new ↑" not in screen_text(pilot.app))


async def test_what_comes_back_by_undo_is_not_new(run: Run, store: MailStore):
    async with run() as pilot:
        await pilot.press("e")
        await until(pilot, lambda: mail(pilot).messages.count == 6)
        await pilot.press("z")
        await until(pilot, lambda: mail(pilot).messages.count == 7)
        assert not mail(pilot).messages.arrivals


async def test_the_selection_survives_the_change_to_threads_and_a_folded_one_is_picked_whole(
    run: Run, store: MailStore
):
    ids = await garden(store)
    here = {ids[name] for name in ("plan", "yes", "late", "new")}
    async with run((120, 30)) as pilot:
        selection = mail(pilot).messages.selection
        await pilot.press("G", "x", "g", "g")
        last = set(selection.messages)
        assert len(last) == 1
        await pilot.press("T")
        await until(pilot, lambda: mail(pilot).situation == "tree")
        assert set(selection.messages) == last
        await pilot.press(";")
        await until(pilot, lambda: "▸ 4 (2 new) The garden" in screen_text(pilot.app))
        window = mail(pilot).messages.window
        assert window is not None
        mail(pilot).messages.move_to(window.row_of(ids["plan"]) or 0)
        await pilot.press("x")
        await until(pilot, lambda: "5 selected" in screen_text(pilot.app))
        assert set(selection.messages) == last | here
        await pilot.press("*", "a")
        await until(pilot, lambda: "11 selected" in screen_text(pilot.app))
        await pilot.press("*", "n", ".")
        await pilot.press("e")
        await until(pilot, lambda: "Archived 4 (a thread) · z undo" in screen_text(pilot.app))
        await pilot.press("z")
        await until(pilot, lambda: mail(pilot).messages.message == ids["plan"])


async def test_of_a_message_in_two_accounts_the_row_is_picked_and_counted_once(run: Run, store: MailStore):
    work, home = await both(store)
    async with run() as pilot:
        selection = mail(pilot).messages.selection
        await pilot.press("2", "x")
        await until(pilot, lambda: "2 selected" in screen_text(pilot.app))
        assert {work, home} < set(selection.messages)
        await pilot.press("*", "n", "x", "v")
        await until(pilot, lambda: "Move" in screen_text(pilot.app) and pilot.app.screen is not mail(pilot))
        await pilot.press(*"kien", "enter")
        await until(pilot, lambda: "Moved 1 to [bold]Kiến trúc" in screen_text(pilot.app))
        assert await role_of(store, work) is None
        assert await role_of(store, home) is Role.INBOX


async def kept(pilot: Pilot[None]) -> None:
    """Keep what a search shows."""
    await pilot.press("enter")
    await until(pilot, lambda: not mail(pilot).bar.is_open)
    mail(pilot).held_until = 0.0


async def test_escape_brings_back_what_was_selected_before_and_the_cursor(run: Run, store: MailStore):
    async with run() as pilot:
        await pilot.press("x", "j", "x", "j", "j")
        picked, under = mail(pilot).messages.selection.messages, mail(pilot).messages.message
        assert len(picked) == 2
        for key in ("slash", "backslash"):
            await pilot.press(key, *"garden")
            await until(pilot, lambda: mail(pilot).messages.count == 1)
            await kept(pilot)
            assert not mail(pilot).messages.selection
            await pilot.press("escape")
            await until(pilot, lambda: mail(pilot).messages.count == 7)
            assert mail(pilot).messages.selection.messages == picked
            assert mail(pilot).messages.message == under
            assert "2 selected" in screen_text(pilot.app)
        await pilot.press("slash", *"rent")
        await until(pilot, lambda: mail(pilot).messages.count == 1)
        await kept(pilot)
        await pilot.press("e")  # one of the two
        await mail(pilot).acting.rest()
        await pilot.press("escape")
        await until(pilot, lambda: mail(pilot).messages.count == 6)
        await until(pilot, lambda: len(mail(pilot).messages.selection) == 1)
