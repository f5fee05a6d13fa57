"""Archiving, deleting, moving, marking and undo on the mail screen, and what must never happen."""

from collections.abc import Sequence

from textual import events

from store import journal, listing, messages
from store.folder_changes import FolderChange
from store.mailstore import MailStore
from store.model import Flag, FolderId, MessageId, Role
from store.operations import Delete
from store.status import Activity
from tests.tui.conftest import Run, arrival, deliver, folder_of
from tests.tui.mail_facts import flags, mail, role_of, subject, visit_folder
from tests.tui.screen_text import screen_text, until


async def test_archiving_moves_on_to_the_next_message_and_undo_brings_it_back(run: Run, store: MailStore):
    async with run() as pilot:
        message = mail(pilot).messages.message
        assert message is not None
        await pilot.press("e")
        assert subject(pilot) == "Hóa đơn tháng mười"
        await until(pilot, lambda: mail(pilot).messages.count == 6)
        assert "Archived 1 · z undo" in screen_text(pilot.app)
        assert await role_of(store, message) is Role.ARCHIVE
        await pilot.press("z")
        await until(pilot, lambda: mail(pilot).messages.count == 7)
        assert await role_of(store, message) is Role.INBOX
        assert subject(pilot) == "Rent for November"


async def test_three_quick_e_archive_three_different_messages(run: Run):
    async with run() as pilot:
        await pilot.press("e", "e", "e")
        await until(pilot, lambda: mail(pilot).messages.count == 4)
        assert subject(pilot) == "Re: Garden" or subject(pilot) == "Sunday"


async def test_deleting_needs_no_question_outside_the_trash_and_one_inside(run: Run, store: MailStore):
    async with run() as pilot:
        message = mail(pilot).messages.message
        assert message is not None
        await pilot.press("d")
        await until(pilot, lambda: mail(pilot).messages.count == 6)
        assert await role_of(store, message) is Role.TRASH
        await pilot.press("g", "t")
        await until(pilot, lambda: mail(pilot).place.role is Role.TRASH)
        await pilot.press("d")
        await until(pilot, lambda: "Remove this message for good?" in screen_text(pilot.app))
        await pilot.press("n")
        await pilot.press("d", "y")
        await until(pilot, lambda: mail(pilot).messages.count == 0)
        assert "Nothing here. What you delete comes here first." in screen_text(pilot.app)


async def test_a_star_goes_on_and_off(run: Run, store: MailStore):
    async with run() as pilot:
        message = mail(pilot).messages.message
        assert message is not None
        await pilot.press("s")
        await until(pilot, lambda: screen_text(pilot.app).count("★") == 2)
        assert Flag.FLAGGED in await flags(store, message)
        await pilot.press("s")
        await until(pilot, lambda: screen_text(pilot.app).count("★") == 1)


async def test_read_and_unread_are_marked_by_hand(run: Run, store: MailStore):
    async with run() as pilot:
        message = mail(pilot).messages.message
        assert message is not None
        await pilot.press("I")
        await until(pilot, lambda: "Marked 1 as read" in screen_text(pilot.app))
        assert Flag.SEEN in await flags(store, message)
        await pilot.press("U")
        await until(pilot, lambda: "Marked 1 as unread" in screen_text(pilot.app))
        assert Flag.SEEN not in await flags(store, message)


async def test_new_mail_shows_at_once_and_the_cursor_stays_on_its_message(run: Run, store: MailStore):
    inbox = await folder_of(store, "work", "INBOX")
    async with run() as pilot:
        before = mail(pilot).messages.message
        await deliver(store, inbox, arrival("Bank", "Just now", "text", 5, uid=900))
        await until(pilot, lambda: "Just now" in screen_text(pilot.app))
        assert mail(pilot).messages.message == before
        assert mail(pilot).messages.cursor == 1
        await pilot.press("e")
        await until(pilot, lambda: "Archived 1" in screen_text(pilot.app))
        assert before is not None
        assert await role_of(store, before) is Role.ARCHIVE


async def test_an_act_never_hits_a_message_that_slid_under_the_cursor_unseen(run: Run, store: MailStore):
    async with run() as pilot:
        screen = mail(pilot)
        gone = screen.messages.message
        assert gone is not None
        inbox = await folder_of(store, "work", "INBOX")
        with pilot.app.batch_update():  # nothing is drawn in here
            await store.write(lambda tx: messages.remove_uids(tx, inbox.id, [6]))
            await until(pilot, lambda: screen.messages.message != gone)
            assert screen.messages.target is None
        await until(pilot, lambda: screen.messages.target is not None)


async def test_a_message_removed_meanwhile_is_told_and_nothing_else_happens(run: Run, store: MailStore):
    async with run() as pilot:
        message = mail(pilot).messages.message
        assert message is not None
        await store.do(Delete((message,)))
        mail(pilot).acting.move((MessageId(99_999),), (await folder_of(store, "work", "Archive")).id)
        await until(pilot, lambda: "That message is gone" in screen_text(pilot.app))


async def test_moving_asks_for_a_folder_and_filters_while_typing(run: Run, store: MailStore):
    async with run() as pilot:
        message = mail(pilot).messages.message
        assert message is not None
        await pilot.press("v")
        await until(pilot, lambda: "Move to" in screen_text(pilot.app))
        assert "Projects / [bold]Kiến trúc" in screen_text(pilot.app)
        await pilot.press("k", "i", "e", "n")
        await until(pilot, lambda: "Archive" not in screen_text(pilot.app))
        await pilot.press("enter")
        await until(pilot, lambda: "Moved 1 to [bold]Kiến trúc · z undo" in screen_text(pilot.app))
        summary = (await store.read(lambda c: listing.summaries(c, [message])))[message]
        assert summary.folder == (await folder_of(store, "work", "Projects/[bold]Kiến trúc")).id


async def test_the_folder_of_the_last_move_is_offered_first(run: Run, store: MailStore):
    async with run() as pilot:
        await pilot.press("v")
        await until(pilot, lambda: "Move to" in screen_text(pilot.app))
        await pilot.press("k", "i", "e", "n")
        await until(pilot, lambda: "Archive" not in screen_text(pilot.app))
        await pilot.press("enter")
        await until(pilot, lambda: "Moved 1 to" in screen_text(pilot.app) and mail(pilot).messages.count == 6)
        await pilot.press("v")
        await until(pilot, lambda: "Move to" in screen_text(pilot.app) and "Archive" in screen_text(pilot.app))
        shown = screen_text(pilot.app)
        assert shown.index("[bold]Kiến trúc") < shown.index("Archive")


async def test_a_paste_runs_no_command(run: Run):
    async with run() as pilot:
        pilot.app.post_message(events.Paste("eeeddd"))
        await pilot.pause()
        assert mail(pilot).messages.count == 7
        assert not await mail(pilot).bocau.store.read(journal.unfinished)


async def test_keys_in_the_first_moment_change_no_mail(run: Run):
    async with run() as pilot:
        mail(pilot).hold()
        mail(pilot).held_until += 1000
        await pilot.press("e", "d", "j")
        assert subject(pilot) == "Hóa đơn tháng mười"
        assert mail(pilot).messages.count == 7


async def test_after_a_dialog_and_after_a_paste_keys_change_no_mail_for_a_moment(run: Run):
    """T25."""
    async with run() as pilot:
        screen = mail(pilot)
        screen.hold_seconds = 1_000
        await pilot.press("question_mark")
        await until(pilot, lambda: pilot.app.screen is not screen)
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is screen)
        await pilot.press("e", "j")
        assert screen.messages.count == 7
        assert subject(pilot) == "Hóa đơn tháng mười"
        screen.held_until = 0.0
        pilot.app.post_message(events.Paste("gg"))
        await until(pilot, lambda: screen.held_until)
        await pilot.press("e", "j")
        assert screen.messages.count == 7
        assert not await screen.bocau.store.read(journal.unfinished)


async def test_backspace_does_nothing(run: Run):
    async with run() as pilot:
        await pilot.press("backspace", "ctrl+h")
        assert mail(pilot).messages.count == 7
        assert subject(pilot) == "Rent for November"


async def test_keys_typed_ahead_of_a_dialog_are_the_dialogs_and_change_no_mail(run: Run):
    async with run() as pilot:
        for key in ("/", *"is:desde"):  # faster than any dialog opens
            pilot.app.post_message(events.Key({"/": "slash", ":": "colon"}.get(key, key), key).set_sender(pilot.app))
        pilot.app.post_message(events.Key("enter", "\r").set_sender(pilot.app))
        await until(pilot, lambda: "▴" in screen_text(pilot.app))
        assert "is:desde" in screen_text(pilot.app)
        assert mail(pilot).messages.count == 7
        assert not await mail(pilot).bocau.store.read(journal.unfinished)


async def test_what_was_archived_from_search_results_can_still_be_starred_there(run: Run):
    async with run() as pilot:
        await pilot.press("slash", *"hoa don", "enter")
        await until(pilot, lambda: mail(pilot).place.query)
        await pilot.press("e")
        await until(pilot, lambda: "Archived 1" in screen_text(pilot.app))
        await pilot.press("s")
        await until(pilot, lambda: "Marked 1 with a star" in screen_text(pilot.app))


async def test_archiving_in_the_reader_opens_the_next_message_and_the_last_one_goes_back(run: Run):
    async with run() as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: "the rent is due on Monday" in screen_text(pilot.app))
        await pilot.press("e")
        await until(pilot, lambda: "đây là hóa đơn" in screen_text(pilot.app))
        for left in range(5, -1, -1):
            await pilot.press("e")
            await until(pilot, lambda left=left: mail(pilot).messages.count == left)
        await until(pilot, lambda: "Nothing here. Mail that arrives shows at once." in screen_text(pilot.app))


async def test_while_a_first_sync_fills_an_empty_list_the_cursor_stays_at_the_top_until_it_is_moved(
    run: Run, store: MailStore
):
    lists = await folder_of(store, "work", "Projects/[bold]Kiến trúc")
    async with run() as pilot:
        visit_folder(pilot, lists)
        await until(pilot, lambda: mail(pilot).place.folders == (lists.id,))
        for number in range(3):
            await deliver(store, lists, arrival("A", f"Newer {number}", "", 100 - number, uid=500 + number))
            await until(pilot, lambda number=number: mail(pilot).messages.count == number + 1)
        assert subject(pilot) == "Newer 2"
        await pilot.press("j", "k")
        await deliver(store, lists, arrival("A", "Newest", "", 1, uid=600))
        await until(pilot, lambda: mail(pilot).messages.count == 4)
        assert subject(pilot) == "Newer 2"


async def test_results_that_were_moved_stay_and_say_where_they_are_now(run: Run):
    async with run() as pilot:
        await pilot.press("slash", *"hoa don", "enter")
        await until(pilot, lambda: mail(pilot).place.query and mail(pilot).messages.count == 1)
        await pilot.press("e")
        await until(pilot, lambda: "in Archive: Hóa đơn" in screen_text(pilot.app))
        await pilot.press("z")
        await until(pilot, lambda: "in Archive" not in screen_text(pilot.app))
        assert subject(pilot) == "Hóa đơn tháng mười"


class Answering:
    """The engine as the screen sees it: it is asked, and answers in its own time."""

    async def fetch(self, message: MessageId, part: str | None = None) -> None:
        """Nobody asks for that here."""

    async def change_folder(self, account: str, change: FolderChange) -> None:
        """Nor for that."""

    def refresh(self, account: str | None) -> None:
        """The test answers."""

    def focus(self, folders: Sequence[FolderId]) -> None:
        """All the same to it."""


async def test_that_mail_is_asked_for_is_said_no_longer_when_the_answer_is_there(run: Run, store: MailStore):
    async with run(engine=Answering()) as pilot:
        await pilot.press("$")
        await until(pilot, lambda: "Asking for new mail" in screen_text(pilot.app))
        store.status.update("work", activity=Activity.SYNCING)
        await until(pilot, lambda: mail(pilot)._answered)
        store.status.update("work", activity=Activity.ONLINE)
        await until(pilot, lambda: "Asking" not in screen_text(pilot.app))
