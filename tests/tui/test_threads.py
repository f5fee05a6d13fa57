"""Threads in the list: on and off by a key, folded and unfolded, and acts on what a row stands for."""

from textual.pilot import Pilot

from store import listing
from store.mailstore import MailStore
from store.model import Flag, MessageId
from store.settings import General, Settings
from tests.tui.conftest import Run, deliver, folder_of
from tests.tui.screen_text import screen_text, until
from tests.tui.thread_mail import garden, letter
from tui.screens.mail import MailScreen


def screen(pilot: Pilot[None]) -> MailScreen:
    mail = pilot.app.screen
    assert isinstance(mail, MailScreen)
    return mail


def subjects(pilot: Pilot[None], number: int) -> list[str]:
    window = screen(pilot).messages.window
    assert window is not None
    rows = [(window.lead(row).text, window.at(row)) for row in range(min(number, len(window)))]
    return [lead + (summary.subject if summary is not None else "?") for lead, summary in rows]


TREE = ["Rent for November", "Hóa đơn tháng mười", "▾ The garden", "├─Re: The garden", "│ └─Re: The garden"]


async def threaded(pilot: Pilot[None]) -> None:
    await pilot.press("T")
    await until(pilot, lambda: screen(pilot).situation == "tree" and "?" not in subjects(pilot, 6))


async def test_t_shows_threads_and_single_messages_again(store: MailStore, run: Run):
    await garden(store)
    async with run((100, 30)) as pilot:
        mail = screen(pilot)
        before = subjects(pilot, 8)
        await pilot.press("j", "j", "j")
        message = mail.messages.message
        await threaded(pilot)
        assert subjects(pilot, 5) == TREE
        assert mail.messages.message == message
        assert "├─Good, bring a spade." in screen_text(pilot.app)  # not the same subject once more
        await pilot.press("T")
        await until(pilot, lambda: mail.situation == "list")
        assert subjects(pilot, 8) == before
        assert mail.messages.message == message


async def test_the_choice_is_remembered_over_a_restart(store: MailStore, run: Run):
    await garden(store)
    async with run() as pilot:
        await threaded(pilot)
        await pilot.press(";")
        await until(pilot, lambda: subjects(pilot, 3)[2] == "▸ 4 (2 new) The garden")
    async with run() as pilot:
        await until(pilot, lambda: subjects(pilot, 3)[2] == "▸ 4 (2 new) The garden")


async def test_the_configuration_says_how_it_begins(store: MailStore, run: Run):
    await garden(store)
    async with run(settings=Settings(General(threads=True))) as pilot:
        assert subjects(pilot, 5) == TREE


async def test_o_folds_a_thread_with_the_cursor_on_it(store: MailStore, run: Run):
    ids = await garden(store)
    async with run() as pilot:
        mail = screen(pilot)
        await threaded(pilot)
        await pilot.press("j", "j", "j", "j", "o")
        await until(pilot, lambda: subjects(pilot, 3)[2] == "▸ 4 (2 new) The garden")
        assert (mail.messages.cursor, mail.messages.message) == (2, ids["plan"])
        await pilot.press("o")
        await until(pilot, lambda: subjects(pilot, 5) == TREE)
        assert mail.messages.message == ids["plan"]


async def test_braces_go_from_thread_to_thread(store: MailStore, run: Run):
    await garden(store)
    async with run() as pilot:
        mail = screen(pilot)
        await threaded(pilot)
        await pilot.press("2", "}")
        assert mail.messages.cursor == 2
        await pilot.press("}")
        assert mail.messages.cursor == 6
        await pilot.press("{", "{")
        assert mail.messages.cursor == 1


async def test_an_act_on_a_folded_thread_is_for_all_its_messages_here(store: MailStore, run: Run):
    ids = await garden(store)

    async def folders_of(*names: str) -> list[str]:
        wanted = [ids[name] for name in names]
        found = await store.read(lambda c: listing.summaries(c, wanted))
        paths = dict(await store.read(lambda c: c.execute("SELECT id, path FROM folders").fetchall()))
        return [paths[found[message].folder] for message in wanted]

    async with run((120, 30)) as pilot:
        mail = screen(pilot)
        await threaded(pilot)
        await pilot.press(";")
        await until(pilot, lambda: subjects(pilot, 3)[2] == "▸ 4 (2 new) The garden")
        await pilot.press("j", "j", "e")
        await until(pilot, lambda: "▸ 4 (2 new) The garden" not in subjects(pilot, 9))
        assert await folders_of("plan", "mine", "yes", "old", "late", "new") == [
            "Archive", "Sent", "Archive", "Archive", "Archive", "Archive",
        ]  # fmt: skip
        await until(pilot, lambda: "Archived 4" in mail.act)
        await pilot.press("z")
        await until(pilot, lambda: subjects(pilot, 3)[2] == "▸ 4 (2 new) The garden")
        assert await folders_of("plan", "yes") == ["INBOX", "INBOX"]


async def test_an_act_is_for_what_was_drawn_of_a_folded_thread(store: MailStore, run: Run):
    ids = await garden(store)
    async with run((120, 30)) as pilot:
        mail = screen(pilot)
        await threaded(pilot)
        await pilot.press(";")
        await until(pilot, lambda: subjects(pilot, 3)[2] == "▸ 4 (2 new) The garden")
        await pilot.press("j", "j")
        await pilot.pause()
        assert mail.messages.target == ids["plan"]
        assert set(mail.acting.targets()) == {ids[name] for name in ("plan", "yes", "late", "new")}
        inbox = await folder_of(store, "work", "INBOX")
        [newest] = await deliver(store, inbox, letter("newest", 0, "plan", flags=Flag.NONE, subject="Re: The garden"))
        await until(pilot, lambda: subjects(pilot, 1)[0] == "▸ 5 (3 new) The garden")
        assert mail.messages.message == ids["plan"]
        await until(pilot, lambda: newest in mail.acting.targets())


async def test_what_comes_in_takes_its_place_in_the_tree(store: MailStore, run: Run):
    ids = await garden(store)
    async with run((100, 30)) as pilot:
        mail = screen(pilot)
        await threaded(pilot)
        await pilot.press("j", "j", "j")
        assert mail.messages.message == ids["yes"]
        inbox = await folder_of(store, "work", "INBOX")
        [new] = await deliver(store, inbox, letter("other", 0.1, "plan", subject="Re: The garden"))
        window = mail.messages.window
        assert window is not None
        await until(pilot, lambda: window.row_of(MessageId(new)) is not None)
        assert mail.messages.message == ids["yes"]
        assert subjects(pilot, 6)[2:] == [
            "▾ The garden", "├─Re: The garden", "│ └─Re: The garden", "├─Re: The garden",
        ]  # fmt: skip


async def test_what_a_search_finds_is_not_grouped(store: MailStore, run: Run):
    await garden(store)
    async with run((120, 30)) as pilot:
        mail = screen(pilot)
        await pilot.press("/", *"garden", "enter")
        await until(pilot, lambda: mail.place.query and mail.messages.count >= 6)
        await pilot.press("T")
        await until(pilot, lambda: "not grouped" in mail.act)
        assert mail.situation == "list"
