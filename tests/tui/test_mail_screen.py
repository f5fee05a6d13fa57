"""Moving, opening and triage on the mail screen, as a person does it."""

import pytest
from textual import events
from textual.pilot import Pilot

from store import folders, journal, listing, messages
from store.mailstore import MailStore
from store.model import Flag, MessageId, Role
from store.operations import Delete
from tests.tui.conftest import Run, arrival, deliver, folder_of
from tests.tui.screen_text import screen_text, segments, styles, until
from tui.app import BocauApp
from tui.screens.mail import MailScreen


def mail(pilot: Pilot[None]) -> MailScreen:
    assert isinstance(pilot.app, BocauApp)
    assert pilot.app.mail is not None
    return pilot.app.mail


def subject(pilot: Pilot[None]) -> str:
    """The subject under the cursor."""
    screen = mail(pilot)
    assert screen.messages.window is not None
    summary = screen.messages.window.summary(screen.messages.message)
    return "" if summary is None else summary.subject


async def flags(store: MailStore, message: MessageId) -> Flag:
    return (await store.read(lambda c: listing.summaries(c, [message])))[message].flags


async def role_of(store: MailStore, message: MessageId) -> Role | None:
    summary = (await store.read(lambda c: listing.summaries(c, [message])))[message]
    return (await store.read(lambda c: folders.get(c, summary.folder))).role


async def test_the_newest_message_of_all_inboxes_stands_under_the_cursor(run: Run):
    async with run() as pilot:
        assert subject(pilot) == "Rent for November"
        assert mail(pilot).messages.count == 7


async def test_j_and_k_and_the_arrows_move(run: Run):
    async with run() as pilot:
        await pilot.press("j", "down", "k", "j")
        assert subject(pilot) == "写真を送ります"
        await pilot.press("G")
        assert subject(pilot) == ""
        await pilot.press("g", "g")
        assert subject(pilot) == "Rent for November"


async def test_opening_draws_the_message_and_marks_it_read(run: Run, store: MailStore):
    async with run() as pilot:
        message = mail(pilot).messages.message
        assert message is not None
        await pilot.press("enter")
        await until(pilot, lambda: "the rent is due on Monday" in screen_text(pilot.app))
        await until(pilot, lambda: mail(pilot).catalog.counts(mail(pilot).place)[1] == 2)
        assert Flag.SEEN in await flags(store, message)


async def test_a_preview_marks_nothing_read(run: Run, store: MailStore):
    async with run((120, 40)) as pilot:
        message = mail(pilot).messages.message
        assert message is not None
        await until(pilot, lambda: "the rent is due on Monday" in screen_text(pilot.app))
        assert Flag.SEEN not in await flags(store, message)
        await pilot.press("enter")
        await until(pilot, lambda: mail(pilot).catalog.counts(mail(pilot).place)[1] == 2)
        assert Flag.SEEN in await flags(store, message)


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
        assert subject(pilot) == "Hóa đơn tháng mười"


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
        mail(pilot).acting.move(MessageId(99_999), (await folder_of(store, "work", "Archive")).id)
        await until(pilot, lambda: "That message is gone" in screen_text(pilot.app))


async def test_tab_goes_to_the_next_unread_message(run: Run):
    async with run() as pilot:
        await pilot.press("tab")
        await until(pilot, lambda: subject(pilot) == "Hóa đơn tháng mười")
        await pilot.press("tab")
        await until(pilot, lambda: subject(pilot) == "Sunday")
        await pilot.press("shift+tab")
        await until(pilot, lambda: subject(pilot) == "Hóa đơn tháng mười")


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
        await until(pilot, lambda: "Moved 1" in screen_text(pilot.app))
        summary = (await store.read(lambda c: listing.summaries(c, [message])))[message]
        assert summary.folder == (await folder_of(store, "work", "Projects/[bold]Kiến trúc")).id


async def test_folders_are_shown_and_opened_one_pane_at_a_time(run: Run):
    async with run() as pilot:
        await pilot.press("h")
        await until(pilot, lambda: "[bold]Kiến trúc" in screen_text(pilot.app))
        await pilot.press("j", "enter")
        await until(pilot, lambda: mail(pilot).pane == "list")
        assert mail(pilot).place.account == "work"
        await pilot.press("J")
        await until(pilot, lambda: mail(pilot).place.role is not Role.INBOX)
        assert "Nothing here" in screen_text(pilot.app)
        await pilot.press("g", "0")
        await until(pilot, lambda: mail(pilot).place.title == "All inboxes")


async def test_q_goes_back_before_it_quits(run: Run):
    async with run() as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: mail(pilot).pane == "reader")
        await pilot.press("q")
        assert mail(pilot).pane == "list"
        assert pilot.app.is_running
        await pilot.press("q")
        await until(pilot, lambda: not pilot.app.is_running)


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


async def test_backspace_does_nothing(run: Run):
    async with run() as pilot:
        await pilot.press("backspace", "ctrl+h")
        assert mail(pilot).messages.count == 7
        assert subject(pilot) == "Rent for November"


async def test_search_finds_without_marks_and_escape_returns(run: Run):
    async with run() as pilot:
        await pilot.press("slash", *"hoa don", "enter")
        await until(pilot, lambda: mail(pilot).place.query == "hoa don")
        assert mail(pilot).messages.count == 1
        assert "Search: hoa don" in screen_text(pilot.app)
        await pilot.press("escape")
        await until(pilot, lambda: mail(pilot).place.title == "All inboxes")
        assert mail(pilot).messages.count == 7


async def test_a_wrong_query_is_explained_under_its_column(run: Run):
    async with run() as pilot:
        await pilot.press("slash", *"is:purple", "enter")
        await until(pilot, lambda: "▾" in screen_text(pilot.app))
        assert "column" in screen_text(pilot.app)
        await pilot.press("escape")
        assert mail(pilot).messages.count == 7


@pytest.mark.parametrize("pane", ["list", "reader", "folders"])
async def test_help_is_made_from_the_command_table(run: Run, pane: str):
    async with run((120, 60)) as pilot:
        await pilot.press(*{"list": [], "reader": ["enter"], "folders": ["h"]}[pane])
        await pilot.press("question_mark")
        await until(pilot, lambda: "Keys in" in screen_text(pilot.app))
        assert "Move to the archive; z takes it back." in screen_text(pilot.app)
        await pilot.press("escape")
        await until(pilot, lambda: "Keys in" not in screen_text(pilot.app))


async def test_the_palette_runs_commands_and_goes_to_folders_named_like_markup(run: Run):
    async with run() as pilot:
        await pilot.press("ctrl+p", *"go to [bold]")
        await until(pilot, lambda: "Go to [bold]Kiến trúc" in screen_text(pilot.app))
        await pilot.press("enter")
        await until(pilot, lambda: mail(pilot).place.title == "[bold]Kiến trúc")


async def test_resizing_keeps_the_message_and_changes_the_panes(run: Run):
    async with run() as pilot:
        await pilot.press("j", "enter")
        await until(pilot, lambda: "đây là hóa đơn" in screen_text(pilot.app))
        for width, height in ((120, 40), (200, 60), (60, 20), (80, 24)):
            await pilot.resize_terminal(width, height)
            await pilot.pause()
            assert "đây là hóa đơn" in screen_text(pilot.app)
            assert subject(pilot) == "Hóa đơn tháng mười"


HOSTILE = "Re: [/b] \x1b]52;c;QUJD\x1b\\ \x9b31m [@click=app.quit]x[/] \u202egnp.exe \x00\x07"


async def test_nothing_foreign_reaches_the_terminal_raw_or_as_markup(run: Run, store: MailStore):
    inbox = await folder_of(store, "work", "INBOX")
    await deliver(store, inbox, arrival(HOSTILE, HOSTILE, HOSTILE, 1, attachments=1, uid=77))
    async with run((120, 40)) as pilot:
        await until(pilot, lambda: "[@click=app.quit]x[/]" in screen_text(pilot.app))
        await pilot.press("enter")
        await until(pilot, lambda: mail(pilot).view.reading and mail(pilot).view.reading.document)
        written = "".join(segments(pilot.app))
        assert not [char for char in written if ord(char) < 32 or 0x7F <= ord(char) < 0xA0 or char in "\u202e\u2066"]


async def test_the_second_wall_stops_what_a_widget_forgot(run: Run):
    async with run() as pilot:
        mail(pilot).heading.show("a\x1b]52;c;QUJD\x1b\\b\u202e", "")
        await pilot.pause()
        assert "a]52;c;QUJD\\b" in screen_text(pilot.app)
        assert "\x1b" not in "".join(segments(pilot.app))


async def test_a_cursor_step_repaints_two_rows_and_nothing_else(run: Run, monkeypatch: pytest.MonkeyPatch):
    async with run() as pilot:
        screen = mail(pilot)
        drawn: list[int] = []
        inner = screen.messages.row_segments

        def counted(row: int, width: int, *, at_cursor: bool):
            drawn.append(row)
            return inner(row, width, at_cursor=at_cursor)

        monkeypatch.setattr(screen.messages, "row_segments", counted)
        await pilot.press("j")
        await pilot.pause()
        assert sorted(drawn) == [0, 1]


async def test_keys_typed_ahead_of_a_dialog_are_the_dialogs_and_change_no_mail(run: Run):
    async with run() as pilot:
        for key in ("/", *"desde:"):  # faster than any dialog opens
            pilot.app.post_message(events.Key({"/": "slash", ":": "colon"}.get(key, key), key))
        await until(pilot, lambda: "desde:" in screen_text(pilot.app))
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


async def test_no_color_leaves_the_terminals_colours_alone(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NO_COLOR", "1")
    async with run() as pilot:
        assert not [style for style in styles(pilot.app) if style.color and style.color.triplet]
        assert any(style.reverse for style in styles(pilot.app))


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


async def test_n_and_p_go_through_the_messages_without_leaving_the_reader(run: Run):
    async with run() as pilot:
        await pilot.press("enter", "n")
        await until(pilot, lambda: "đây là hóa đơn" in screen_text(pilot.app))
        await pilot.press("p")
        await until(pilot, lambda: "the rent is due on Monday" in screen_text(pilot.app))


async def test_the_mouse_moves_and_opens(run: Run):
    async with run() as pilot:
        await pilot.click("#list", offset=(30, 3))
        assert subject(pilot) == "Sunday"
        await pilot.click("#list", offset=(30, 3))
        await until(pilot, lambda: "Come for lunch." in screen_text(pilot.app))
        assert mail(pilot).pane == "reader"


async def test_a_message_far_away_opens_although_its_row_was_never_read(run: Run, store: MailStore):
    inbox = await folder_of(store, "work", "INBOX")
    await deliver(store, inbox, *(arrival("A", f"L{n}", f"text {n}", 10**8 + n, uid=1000 + n) for n in range(600)))
    async with run() as pilot:
        await until(pilot, lambda: mail(pilot).messages.count == 607)
        await pilot.press("G", "enter")
        await until(pilot, lambda: "text 599" in screen_text(pilot.app))


async def test_an_unforeseen_error_ends_with_a_traceback_without_values(run: Run):
    async with run() as pilot:
        try:
            password = "hun" + "ter2"
            raise ValueError(f"odd \x1b]52;c;{len(password)}")
        except ValueError as error:
            pilot.app._exception = error
            BocauApp._fatal_error(pilot.app)  # type: ignore[arg-type]
        told = "".join(segment.text for part in pilot.app._exit_renderables for segment in part.segments)
        pilot.app._exit_renderables.clear()
        pilot.app._exception = None
        assert "ValueError: odd" in told
        assert "hunter2" not in told
        assert "\x1b" not in told
