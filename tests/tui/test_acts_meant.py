"""An act does what was meant and no more, whatever came between the look, the key and the disk."""

from functools import partial

from textual import events
from textual.pilot import Pilot

from store import acts, folders, messages
from store.changes import ChangeSet
from store.database import Transaction
from store.mailstore import MailStore
from store.model import Flag, FolderId, MessageId, Role
from store.operations import Delete, Junk, SetFlags
from tests.tui.conftest import Run, arrival, deliver, folder_of
from tests.tui.mail_facts import mail, role_of
from tests.tui.screen_text import screen_text, until


async def at_rest(pilot: Pilot[None]) -> None:
    await mail(pilot).acting.rest()
    await pilot.pause()


def be_read(tx: Transaction, message: MessageId) -> None:
    """Another program reads it."""
    acts.perform(tx, SetFlags((message,), Flag.SEEN))


def is_unread(pilot: Pilot[None]) -> bool:
    """Whether the message under the cursor is."""
    window = mail(pilot).messages.window
    found = window.summary(mail(pilot).messages.message) if window is not None else None
    return found is not None and not found.flags & Flag.SEEN


def shown(pilot: Pilot[None]) -> list[MessageId]:
    window = mail(pilot).messages.window
    assert window is not None
    return [MessageId(one) for one in window.ids()]


def command(pilot: Pilot[None], id: str, count: int = 0) -> None:
    """A command whose key comes before anything else can happen."""
    mail(pilot).count = count
    try:
        mail(pilot).command(id)
    finally:
        mail(pilot).count = 0


async def test_a_count_never_reaches_rows_that_are_on_their_way_out(run: Run, store: MailStore):
    async with run() as pilot:
        ids = shown(pilot)
        await pilot.press("j", "j", "j")
        command(pilot, "delete", 9)
        command(pilot, "delete", 9)
        await at_rest(pilot)
        assert [await role_of(store, one) for one in ids[2:]] == [Role.TRASH] * 5


async def test_what_was_picked_and_sent_away_is_not_acted_on_again(run: Run, store: MailStore):
    async with run() as pilot:
        first, second, *_ = shown(pilot)
        command(pilot, "delete")
        mail(pilot).messages.selection.add([first, second])
        command(pilot, "delete")
        await at_rest(pilot)
        assert [await role_of(store, one) for one in (first, second)] == [Role.TRASH] * 2


async def test_a_key_is_for_the_message_that_was_drawn_also_when_the_list_is_about_to_change(
    run: Run, store: MailStore
):
    async with run() as pilot:
        drawn, below, *_ = shown(pilot)
        mail(pilot).workers.cancel_group(mail(pilot), "feed")
        inbox = await folder_of(store, "work", "INBOX")
        [news] = await deliver(store, inbox, arrival("Bob", "News", "text", 0, uid=99))
        window = mail(pilot).messages.window
        assert window is not None
        await window.apply(ChangeSet(messages=frozenset({news})))
        assert window.id_at(mail(pilot).messages.cursor) == news != mail(pilot).messages.message
        command(pilot, "down")
        command(pilot, "archive")
        await at_rest(pilot)
        roles = [await role_of(store, one) for one in (news, drawn, below)]
        assert roles == [Role.INBOX, Role.INBOX, Role.ARCHIVE]


async def test_what_is_drawn_before_the_cursor_has_found_its_message_is_not_acted_on(run: Run, store: MailStore):
    async with run() as pilot:
        drawn = mail(pilot).messages.message
        assert drawn is not None
        mail(pilot).workers.cancel_group(mail(pilot), "feed")
        inbox = await folder_of(store, "work", "INBOX")
        [news] = await deliver(store, inbox, arrival("Bob", "News", "text", 0, uid=99))
        window = mail(pilot).messages.window
        assert window is not None
        await window.apply(ChangeSet(messages=frozenset({news})))
        mail(pilot).messages.refresh()
        await until(pilot, lambda: "News" in screen_text(pilot.app))
        command(pilot, "archive")  # one of the two was seen last, and nobody knows which
        await at_rest(pilot)
        assert [await role_of(store, one) for one in (news, drawn)] == [Role.INBOX] * 2
        assert mail(pilot).messages.target == drawn  # drawn again
        command(pilot, "archive")
        await at_rest(pilot)
        assert [await role_of(store, one) for one in (news, drawn)] == [Role.INBOX, Role.ARCHIVE]


async def test_a_list_that_nobody_has_seen_yet_is_not_acted_on(run: Run, store: MailStore):
    async with run() as pilot:
        await mail(pilot).go(mail(pilot).catalog.start())
        command(pilot, "archive", 3)
        assert mail(pilot).messages.count == 7
        await until(pilot, lambda: mail(pilot).messages.target)
        assert await store.read(lambda c: c.execute("SELECT count(*) FROM acts").fetchone()) == (0,)


async def test_what_another_program_has_deleted_already_is_not_removed_for_good(run: Run, store: MailStore):
    async with run() as pilot:
        first, second, *_ = shown(pilot)
        await store.do(Delete((first,)))
        mail(pilot).acting.delete((first, second))  # as of a list that was drawn before
        await at_rest(pilot)
        assert [await role_of(store, one) for one in (first, second)] == [Role.TRASH] * 2


async def test_a_dot_in_the_trash_removes_nothing_for_good_without_a_question(run: Run, store: MailStore):
    async with run() as pilot:
        message = shown(pilot)[0]
        await pilot.press("d")
        await at_rest(pilot)
        mail(pilot).do_go_trash()
        await until(pilot, lambda: shown(pilot) == [message])
        await pilot.press(".")
        await at_rest(pilot)
        assert await role_of(store, message) is Role.TRASH
        await until(pilot, lambda: "in the trash already" in screen_text(pilot.app))
        assert mail(pilot).messages.target == message


async def test_a_dot_for_a_folder_that_is_gone_says_so(run: Run, store: MailStore):
    projects = await folder_of(store, "work", "Projects/[bold]Kiến trúc")
    async with run((120, 40)) as pilot:
        first, second, *_ = shown(pilot)
        mail(pilot).acting.move((first,), projects.id)
        await at_rest(pilot)
        await store.write(lambda tx: folders.remove(tx, projects.id))
        await until(pilot, lambda: second in shown(pilot))
        await pilot.press("home")
        message = mail(pilot).messages.target
        assert message is not None
        await pilot.press(".")
        await until(pilot, lambda: "The folder it was to go to is gone" in screen_text(pilot.app))
        assert await role_of(store, message) is Role.INBOX


async def test_at_the_end_of_the_program_an_act_is_done_on_what_is_still_there(run: Run, store: MailStore):
    inbox = await folder_of(store, "work", "INBOX")
    ids = await deliver(store, inbox, *(arrival("A", f"Letter {n}", "", n, uid=2_000 + n) for n in range(1, 6)))
    async with run() as pilot:
        await until(pilot, lambda: mail(pilot).messages.count == 12)
        await store.write(lambda tx: messages.remove(tx, [ids[1]], reason=""))
        acting = mail(pilot).acting
        acting.delete((ids[0], ids[1]))
        for one in ids[1:]:
            acting.delete((one,))
    assert [await role_of(store, one) for one in ids if one != ids[1]] == [Role.TRASH] * 4


async def test_what_stays_in_the_list_can_be_acted_on_again(run: Run, store: MailStore):
    async with run() as pilot:
        message = shown(pilot)[0]
        mail(pilot).acting.move((message,), (await folder_of(store, "work", "INBOX")).id)
        mail(pilot).messages.leave([message])  # as what goes from one inbox of the list to another
        await at_rest(pilot)
        await store.write(partial(be_read, message=message))
        await until(pilot, lambda: not mail(pilot).messages.is_leaving(message))


async def test_keys_after_select_all_wait_until_all_is_selected(run: Run, store: MailStore):
    async with run() as pilot:
        ids = shown(pilot)
        assert len(ids) == 7
        for key, character in (("asterisk", "*"), ("a", "a"), ("e", "e")):
            pilot.app.post_message(events.Key(key, character).set_sender(pilot.app))
        await until(pilot, lambda: not mail(pilot).messages.count)
        assert [await role_of(store, one) for one in ids] == [Role.ARCHIVE] * 7


async def test_what_no_longer_matches_a_filter_is_not_picked_any_more(run: Run, store: MailStore):
    async with run() as pilot:
        await pilot.press("\\", *"is:unread", "enter")
        await until(pilot, lambda: mail(pilot).place.filter and mail(pilot).messages.count == 3)
        _, elsewhere, under_cursor = shown(pilot)
        for chosen, keys in ((elsewhere, "jxk"), (under_cursor, "jx")):
            await pilot.press(*keys)
            assert chosen in mail(pilot).messages.selection
            await store.write(partial(be_read, message=chosen))
            if chosen == under_cursor:
                await until(pilot, lambda: not is_unread(pilot))
                await pilot.press("k")
            await until(pilot, lambda chosen=chosen: chosen not in shown(pilot))
            assert chosen not in mail(pilot).messages.selection


async def test_what_a_server_has_called_junk_meanwhile_is_not_taken_out_by_the_key_for_junk(run: Run, store: MailStore):
    async with run() as pilot:
        first = shown(pilot)[0]
        await store.do(Junk((first,)))
        mail(pilot).acting.do(Junk((first,), junk=mail(pilot)._makes_junk((first,))))  # as it was drawn: in the inbox
        await at_rest(pilot)
        assert await role_of(store, first) is Role.JUNK
        mail(pilot).do_go_junk()
        await until(pilot, lambda: shown(pilot) == [first])
        await pilot.press("!")
        await at_rest(pilot)
        assert await role_of(store, first) is Role.INBOX


async def test_after_a_refused_act_the_cursor_is_back_on_its_row_unless_somebody_moved_it(run: Run, store: MailStore):
    gone = FolderId(9_999)
    async with run() as pilot:
        first, second, *_ = shown(pilot)
        mail(pilot).acting.move((first,), gone)
        assert mail(pilot).messages.message == second
        await at_rest(pilot)
        assert mail(pilot).messages.message == mail(pilot).messages.target == first
        mail(pilot).acting.move((first,), gone)
        mail(pilot).messages.move_by(2)
        under = mail(pilot).messages.message
        await at_rest(pilot)
        assert mail(pilot).messages.message == under


async def test_a_key_in_the_reader_is_for_the_message_that_the_reader_shows(run: Run, store: MailStore):
    async with run((120, 40)) as pilot:
        first, second, *_ = shown(pilot)

        def reads(message: MessageId) -> bool:
            reading = mail(pilot).view.reading
            return reading is not None and reading.summary.id == message and mail(pilot).reader.on_its_way is None

        await pilot.press("enter", "e")
        await until(pilot, lambda: reads(second))  # it was opened in place of the first one
        await pilot.press("z")
        await until(pilot, lambda: reads(first))  # which is back, and the reader follows
        assert mail(pilot).pane == "reader"
        await pilot.press("d")
        await at_rest(pilot)
        assert [await role_of(store, one) for one in (first, second)] == [Role.TRASH, Role.INBOX]
