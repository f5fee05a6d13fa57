"""Moving, opening, searching and looking on the mail screen, as a person does it."""

import pytest
from textual.pilot import Pilot

from store.mailstore import MailStore
from store.model import Flag, Role
from store.status import AccountStatus, Activity
from tests.tui.conftest import Run, arrival, deliver, folder_of
from tests.tui.mail_facts import flags, mail, subject
from tests.tui.screen_text import screen_text, segments, styles, until
from tui.app import BocauApp


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


async def test_tab_goes_to_the_next_unread_message(run: Run):
    async with run() as pilot:
        await pilot.press("tab")
        await until(pilot, lambda: subject(pilot) == "Hóa đơn tháng mười")
        await pilot.press("tab")
        await until(pilot, lambda: subject(pilot) == "Sunday")
        await pilot.press("shift+tab")
        await until(pilot, lambda: subject(pilot) == "Hóa đơn tháng mười")


async def test_folders_are_shown_and_opened_one_pane_at_a_time(run: Run):
    async with run() as pilot:
        await pilot.press("h")
        await until(pilot, lambda: "[bold]Kiến trúc" in screen_text(pilot.app))
        await pilot.press("j", "j", "j", "j", "j", "enter")  # past what joins the accounts
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
        await until(pilot, lambda: "▴" in screen_text(pilot.app))
        assert "is: does not know" in screen_text(pilot.app)
        await pilot.press("escape")
        assert mail(pilot).messages.count == 7


@pytest.mark.parametrize("pane", ["list", "reader", "folders"])
async def test_help_is_made_from_the_command_table(run: Run, pane: str):
    async with run((120, 60)) as pilot:
        await pilot.press(*{"list": [], "reader": ["enter"], "folders": ["h"]}[pane])
        await pilot.press("question_mark")
        await until(pilot, lambda: "Keys in" in screen_text(pilot.app))
        word, said = ("messages", "Show the folder's") if pane == "folders" else ("archive", "Move to the archive")
        await pilot.press(*word)
        await until(pilot, lambda: said in screen_text(pilot.app))
        await pilot.press("escape")
        await until(pilot, lambda: "Keys in" not in screen_text(pilot.app))


async def test_the_palette_runs_commands_and_goes_to_folders_named_like_markup(run: Run):
    async with run() as pilot:
        await pilot.press("ctrl+p", *"go [bold]")
        await until(pilot, lambda: "work: Projects / [bold]Kiến trúc" in screen_text(pilot.app))
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
        inner = screen.messages.row_lines

        def counted(row: int, width: int, *, at_cursor: bool):
            drawn.append(row)
            return inner(row, width, at_cursor=at_cursor)

        monkeypatch.setattr(screen.messages, "row_lines", counted)
        await pilot.press("j")
        await pilot.pause()
        assert sorted(drawn) == [0, 1]


async def test_no_color_leaves_the_terminals_colours_alone(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NO_COLOR", "1")
    async with run() as pilot:
        assert not [style for style in styles(pilot.app) if style.color and style.color.triplet]
        assert any(style.reverse for style in styles(pilot.app))


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
        assert "ValueError" in told
        assert "]52;c;7" not in told  # what an error says may quote a mail
        assert "hunter2" not in told
        assert "\x1b" not in told


async def test_what_the_user_has_to_mend_is_told_in_full_once_and_marked_in_the_folder_pane(run: Run, store: MailStore):
    said = "The server refused to sign in:\x1b[31m authentication failed."
    async with run((120, 40)) as pilot:
        store.status.set("work", AccountStatus(Activity.REFUSED, error=said, hint="Check user name and password."))
        await until(pilot, lambda: "Check user name and password." in screen_text(pilot.app))
        assert "work" in screen_text(pilot.app) and "✗" in screen_text(pilot.app)
        assert len(pilot.app._notifications) == 1
        store.status.set("home", AccountStatus(Activity.CONNECTING))
        await until(pilot, lambda: "home connecting" in screen_text(pilot.app))
        assert len(pilot.app._notifications) == 1


async def test_a_sentence_that_stands_in_a_box_gets_no_second_one(run: Run):
    async with run((80, 24)) as pilot:
        for _ in range(3):
            pilot.app.notify("No room to write.", severity="error", markup=False)
        pilot.app.notify("No room to write.", title="work", severity="error", markup=False)
        await until(pilot, lambda: any(one.title == "work" for one in pilot.app._notifications))
        assert len(pilot.app._notifications) == 2


async def test_every_account_keeps_a_part_of_a_narrow_status_line(run: Run, store: MailStore):
    async with run((80, 24)) as pilot:
        for name in ("work", "home"):
            store.status.set(name, AccountStatus(Activity.REFUSED, error=f"Something long about {name}. " * 5))
        await until(pilot, lambda: "✗ work" in status(pilot) and "✗ home" in status(pilot))


def status(pilot: Pilot[None]) -> str:
    return screen_text(pilot.app).splitlines()[-1]


async def test_the_next_pages_are_read_before_they_are_looked_at(run: Run, store: MailStore):
    inbox = await folder_of(store, "work", "INBOX")
    await deliver(store, inbox, *(arrival("A", f"Letter {n}", "", 900_000 + n, uid=100 + n) for n in range(600)))
    async with run((80, 24)) as pilot:
        messages = mail(pilot).messages
        assert messages.window is not None
        await until(pilot, lambda: messages.window.complete and messages.ahead() is None)
        while messages.cursor < messages.count - 1:
            await pilot.press("pagedown")
            assert messages.missing() is None
            await until(pilot, lambda: messages.ahead() is None)
        await pilot.press("g", "g", "G")
        await until(pilot, lambda: messages.missing() is None and messages.ahead() is None)
