"""The window on a long list: what it reads, and what changes do to it."""

import asyncio

from store import folders, messages
from store.changes import ChangeSet
from store.mailstore import MailStore
from store.model import Flag, MessageId, Role
from store.operations import Archive, SetFlags
from tests.tui.conftest import DAY, arrival, deliver, folder_of
from tui.window import FIRST_PAGE, MessageWindow


async def many(store: MailStore, number: int) -> MessageWindow:
    """A window on `number` more messages in the inboxes."""
    inbox = await folder_of(store, "work", "INBOX")
    letters = [arrival("A", f"Letter {n}", "", 500 * DAY + n, Flag.SEEN, uid=1000 + n) for n in range(number)]
    await deliver(store, inbox, *letters)
    window = MessageWindow(store, await store.read(folders.unified))
    await window.open()
    return window


def subjects(window: MessageWindow, last: int) -> list[str]:
    return [summary.subject if (summary := window.at(row)) else "?" for row in range(last)]


async def test_the_first_page_is_there_before_all_ids(store: MailStore):
    window = await many(store, 500)
    assert len(window) == FIRST_PAGE
    assert not window.complete
    assert subjects(window, 2) == ["Rent for November", "Hóa đơn tháng mười"]
    await window.load()
    assert len(window) == 507
    assert subjects(window, 2) == ["Rent for November", "Hóa đơn tháng mười"]


async def test_rows_far_away_are_read_with_a_page_around_them(store: MailStore):
    window = await many(store, 500)
    await window.load()
    assert window.at(400) is None
    assert await window.ensure(400, 420)
    assert window.at(400) is not None
    assert window.at(381) is not None
    assert window.at(439) is not None
    assert not await window.ensure(400, 420)


async def test_a_new_message_takes_its_row(store: MailStore):
    window = await many(store, 500)
    await window.load()
    inbox = await folder_of(store, "work", "INBOX")
    new = await deliver(
        store, inbox, arrival("B", "Newest", "", 1, uid=9005), arrival("B", "Older", "", DAY + 5, uid=9006)
    )
    assert not await window.apply(ChangeSet(folders=frozenset({inbox.id})))
    assert await window.apply(ChangeSet(messages=frozenset(new)))
    assert len(window) == 509
    assert window.row_of(new[0]) == 0


async def test_old_mail_that_a_first_sync_brings_is_placed_too(store: MailStore):
    window = await many(store, 500)
    await window.load()
    inbox = await folder_of(store, "work", "INBOX")
    new = await deliver(store, inbox, arrival("B", "Very old", "", 900 * DAY, uid=9007))
    assert await window.apply(ChangeSet(messages=frozenset(new)))
    assert window.row_of(new[0]) == 507


async def test_what_leaves_the_folder_leaves_the_window(store: MailStore):
    window = await many(store, 5)
    first = window.id_at(0)
    assert first is not None
    act = await store.do(Archive((first,)))
    assert await window.apply(ChangeSet(messages=frozenset(act.messages)))
    assert window.row_of(first) is None
    assert len(window) == 11
    await store.undo(act.id)
    assert await window.apply(ChangeSet(messages=frozenset(act.messages)))
    assert window.row_of(first) == 0


async def test_changed_flags_change_the_row_in_place(store: MailStore):
    window = await many(store, 5)
    first = window.id_at(0)
    assert first is not None
    await store.do(SetFlags((first,), Flag.FLAGGED))
    assert await window.apply(ChangeSet(messages=frozenset({first})))
    summary = window.at(0)
    assert summary is not None
    assert Flag.FLAGGED in summary.flags


async def test_when_too_much_changed_everything_is_read_again(store: MailStore):
    window = await many(store, 100)
    inbox = await folder_of(store, "work", "INBOX")
    await store.write(lambda tx: messages.remove_uids(tx, inbox.id, range(1000, 1050)))
    assert await window.apply(ChangeSet(everything=True))
    assert len(window) == 57


async def test_mail_of_other_folders_changes_nothing(store: MailStore):
    window = await many(store, 5)
    archive = await folder_of(store, "work", "Archive")
    new = await deliver(store, archive, arrival("B", "Elsewhere", "", 1, uid=9005))
    assert not await window.apply(ChangeSet(messages=frozenset(new)))
    assert len(window) == 12


async def test_search_results_keep_their_order_and_lose_what_is_gone(store: MailStore):
    inbox = await folder_of(store, "work", "INBOX")
    ids = await deliver(store, inbox, *(arrival("B", f"{n}", "", n, uid=50 + n) for n in range(3)))
    window = MessageWindow(store, ids=reversed(ids))
    await window.open()
    assert subjects(window, 3) == ["2", "1", "0"]
    await store.write(lambda tx: messages.remove_uids(tx, inbox.id, [51]))
    assert await window.apply(ChangeSet(messages=frozenset({ids[1]})))
    assert [window.id_at(row) for row in range(3)] == [ids[2], ids[0], None]


async def test_the_next_unread_message_is_found_far_beyond_memory(store: MailStore):
    window = await many(store, 500)
    inbox = await folder_of(store, "work", "INBOX")
    far = await deliver(store, inbox, arrival("B", "Far", "", 800 * DAY, uid=9005))
    await window.load()
    row = await window.next_unread(3, 1)
    assert row is not None
    assert window.id_at(row) == far[0]
    assert await window.next_unread(row, 1) == 0


async def test_a_place_without_folders_is_empty(store: MailStore):
    window = MessageWindow(store)
    await window.open()
    assert len(window) == 0
    assert window.at(0) is None
    assert window.row_of(MessageId(1)) is None


async def test_a_folder_of_a_role_is_found_for_all_accounts(store: MailStore):
    window = MessageWindow(store, await store.read(lambda c: folders.unified(c, Role.TRASH)))
    await window.open()
    assert len(window) == 0


async def test_many_that_leave_at_once_are_taken_out_without_reading_all_ids_again(store: MailStore):
    window = await many(store, 500)
    await window.load()
    window.reload_seconds = 0.0
    going = [message for row in range(5, 105, 2) if (message := window.id_at(row)) is not None]
    staying = [message for row in range(6, 106, 2) if (message := window.id_at(row)) is not None]
    act = await store.do(Archive(tuple(going)))
    assert await window.apply(ChangeSet(messages=frozenset((*act.messages, *staying))))
    assert len(window) == 507 - 50
    assert [window.id_at(row) for row in range(5, 55)] == staying
    assert window.reload_seconds == 0.0
    await store.undo(act.id)
    assert await window.apply(ChangeSet(messages=frozenset(act.messages)))
    assert [window.id_at(row) for row in range(5, 105, 2)] == going


async def test_marks_of_many_change_where_they_can_be_seen(store: MailStore):
    window = await many(store, 500)
    await window.load()
    marked = [message for row in range(100) if (message := window.id_at(row)) is not None]
    act = await store.do(SetFlags(tuple(marked), add=Flag.FLAGGED))
    assert await window.apply(ChangeSet(messages=frozenset(act.messages)))
    assert all(summary and Flag.FLAGGED in summary.flags for summary in map(window.at, range(100)))


async def test_what_changes_while_all_ids_are_read_is_not_forgotten(store: MailStore):
    window = await many(store, 500)
    first, later = window.id_at(0), window.id_at(100)
    assert first is not None
    assert later is not None
    loading = asyncio.create_task(window.load())
    await asyncio.sleep(0)
    act = await store.do(Archive((first, later)))
    await window.apply(ChangeSet(messages=frozenset(act.messages)))
    await loading
    assert window.row_of(first) is window.row_of(later) is None
    assert len(window) == 505


async def test_a_row_is_found_wherever_the_last_one_was(store: MailStore):
    window = await many(store, 500)
    await window.load()
    for row in (0, 506, 250, 1):
        message = window.id_at(row)
        assert message is not None
        assert window.row_of(message) == row
    assert window.row_of(MessageId(999_999)) is None
