"""A message of a thread is read among the others, from whatever folder; acts are for the current one."""

from dataclasses import replace

from textual.pilot import Pilot

from store import listing, messages
from store.mailstore import MailStore
from store.model import Flag, MessageId
from tests.tui.conftest import Run, deliver, folder_of
from tests.tui.screen_text import screen_text, until
from tests.tui.test_threads import screen, subjects, threaded
from tests.tui.thread_mail import garden, letter
from tui.conversation import Entry


async def reading(pilot: Pilot[None], message: MessageId) -> None:
    """Open a message of the inboxes, and wait for its text."""
    mail = screen(pilot)
    window = mail.messages.window
    assert window is not None
    row = window.row_of(message)
    assert row is not None
    mail.messages.move_to(row)
    await pilot.press("enter")
    await until(pilot, lambda: mail.view.origin == message and mail.view.reading and mail.view.reading.document)


def entries(pilot: Pilot[None]) -> list[MessageId]:
    conversation = screen(pilot).view.conversation
    return [] if conversation is None else [entry.summary.id for entry in conversation.entries]


def shown(pilot: Pilot[None]) -> tuple[Entry, ...]:
    conversation = screen(pilot).view.conversation
    return () if conversation is None else conversation.entries


async def flags(store: MailStore, message: MessageId) -> Flag:
    return (await store.read(lambda c: listing.summaries(c, [message])))[message].flags


async def test_the_whole_thread_is_shown_the_oldest_first_with_own_replies_in_place(store: MailStore, run: Run):
    ids = await garden(store)
    async with run((100, 60)) as pilot:
        await reading(pilot, ids["yes"])
        assert entries(pilot) == [ids[name] for name in ("plan", "mine", "yes", "old", "late", "new")]
        mail = screen(pilot)
        await until(pilot, lambda: "This is new." in screen_text(pilot.app))
        text = screen_text(pilot.app)
        assert "Good, bring a spade." in text
        assert "Sent" in text
        assert "Archive" in text
        assert mail.situation == "conversation"
        assert mail.view.reading is not None
        assert mail.view.reading.summary.id == ids["yes"]


async def test_what_was_read_is_one_line_and_what_is_unread_is_open_and_read_then(store: MailStore, run: Run):
    ids = await garden(store)
    async with run((100, 60)) as pilot:
        await reading(pilot, ids["plan"])
        await until(pilot, lambda: "This is new." in screen_text(pilot.app))
        rows = screen_text(pilot.app).splitlines()
        assert sum("bring a spade" in row for row in rows) == 1  # its preview, in its one line
        assert any("Anna Keller" in row and "bring a spade" in row for row in rows)
        while not (await flags(store, ids["new"])) & Flag.SEEN:
            await pilot.pause()
        while not (await flags(store, ids["late"])) & Flag.SEEN:
            await pilot.pause()


async def test_the_preview_marks_nothing_read(store: MailStore, run: Run):
    ids = await garden(store)
    async with run((170, 60)) as pilot:
        mail = screen(pilot)
        await pilot.press("j", "j")
        assert mail.messages.message == ids["new"]
        await until(pilot, lambda: "This is late." in screen_text(pilot.app))
        await pilot.pause()
        assert not (await flags(store, ids["new"])) & Flag.SEEN
        await pilot.press("enter")
        while not (await flags(store, ids["late"])) & Flag.SEEN:
            await pilot.pause()


async def test_n_and_p_go_through_it_and_then_on_in_the_list(store: MailStore, run: Run):
    ids = await garden(store)
    async with run((100, 40)) as pilot:
        mail = screen(pilot)
        await reading(pilot, ids["late"])
        await pilot.press("p", "p")
        await until(pilot, lambda: mail.view.reading and mail.view.reading.summary.id == ids["yes"])
        await until(pilot, lambda: "Good, bring a spade." in screen_text(pilot.app))
        await pilot.press("3", "n")
        assert mail.view.reading is not None
        assert mail.view.reading.summary.id == ids["new"]
        await pilot.press("n")
        await until(pilot, lambda: mail.view.origin not in (None, *ids.values()))
        assert mail.view.conversation is None
        assert mail.messages.message == mail.view.origin


async def test_a_brace_leaves_the_thread_from_anywhere_in_it(store: MailStore, run: Run):
    ids = await garden(store)
    async with run((100, 40)) as pilot:
        mail = screen(pilot)
        await reading(pilot, ids["yes"])
        await pilot.press("}")
        await until(pilot, lambda: mail.view.origin not in (None, *ids.values()))


async def test_enter_folds_the_current_message_and_opens_it_again(store: MailStore, run: Run):
    ids = await garden(store)
    async with run((100, 40)) as pilot:
        await reading(pilot, ids["yes"])
        await until(pilot, lambda: "To       me@example.com" in screen_text(pilot.app))
        before = screen_text(pilot.app).count("me@example.com")
        await pilot.press("enter")
        await until(pilot, lambda: screen_text(pilot.app).count("me@example.com") == before - 1)
        await pilot.press("o")
        await until(pilot, lambda: screen_text(pilot.app).count("me@example.com") == before)


async def test_acts_are_for_the_current_message(store: MailStore, run: Run):
    ids = await garden(store)
    async with run((100, 40)) as pilot:
        mail = screen(pilot)
        await reading(pilot, ids["yes"])
        await pilot.press("p", "s")
        while not (await flags(store, ids["mine"])) & Flag.FLAGGED:
            await pilot.pause()
        assert not (await flags(store, ids["yes"])) & Flag.FLAGGED
        assert mail.acting.targets() == (ids["mine"],)


async def test_archiving_an_older_message_goes_on_in_the_conversation(store: MailStore, run: Run):
    ids = await garden(store)
    async with run((120, 40)) as pilot:
        mail = screen(pilot)
        await reading(pilot, ids["new"])
        await pilot.press("p", "p", "p")
        assert mail.acting.targets() == (ids["yes"],)
        await pilot.press("e")
        assert mail.acting.targets() == (ids["old"],)
        archive = await folder_of(store, "work", "Archive")

        async def folder() -> int:
            return (await store.read(lambda c: listing.summaries(c, [ids["yes"]])))[ids["yes"]].folder

        while await folder() != archive.id:
            await pilot.pause()
        assert mail.view.origin == ids["new"]
        await until(pilot, lambda: screen_text(pilot.app).count("Archive") >= 2)


async def test_t_in_the_reader_shows_one_message_alone_and_is_remembered(store: MailStore, run: Run):
    ids = await garden(store)
    async with run((100, 40)) as pilot:
        mail = screen(pilot)
        await reading(pilot, ids["yes"])
        await pilot.press("T")
        await until(pilot, lambda: mail.view.conversation is None)
        assert "Good, bring a spade." in screen_text(pilot.app)
        assert "From     Anna Keller" in screen_text(pilot.app)
        await pilot.press("T")
        await until(pilot, lambda: mail.view.conversation is not None)
        await pilot.press("T")
        await until(pilot, lambda: mail.view.conversation is None)
    async with run((100, 40)) as pilot:
        await reading(pilot, ids["yes"])
        assert screen(pilot).view.conversation is None


async def test_a_folded_thread_opens_at_its_first_unread_message(store: MailStore, run: Run):
    ids = await garden(store)
    async with run((100, 40)) as pilot:
        mail = screen(pilot)
        await threaded(pilot)
        await pilot.press(";")
        await until(pilot, lambda: subjects(pilot, 3)[2] == "▸ 4 (2 new) The garden")
        await pilot.press("j", "j", "enter")
        await until(pilot, lambda: mail.view.reading and mail.view.reading.document)
        assert mail.view.reading is not None
        assert mail.view.reading.summary.id == ids["late"]
        assert mail.acting.targets() == (ids["late"],)
        while not (await flags(store, ids["late"])) & Flag.SEEN:
            await pilot.pause()
        await until(pilot, lambda: not any(entry.is_unread for entry in shown(pilot)[4:5]))


async def test_what_comes_in_is_added_while_it_is_read(store: MailStore, run: Run):
    ids = await garden(store)
    async with run((100, 60)) as pilot:
        await reading(pilot, ids["new"])
        inbox = await folder_of(store, "work", "INBOX")
        [more] = await deliver(
            store, inbox, letter("more", 0.1, "new", subject="Re: The garden", text="One more thing.", flags=Flag.NONE)
        )
        await until(pilot, lambda: entries(pilot)[-1:] == [more])
        await until(pilot, lambda: "One more thing." in screen_text(pilot.app))


async def test_what_is_not_on_this_disk_says_so_and_is_shown_when_it_comes(store: MailStore, run: Run):
    ids = await garden(store)
    inbox = await folder_of(store, "work", "INBOX")
    whole = letter("far", 0.2, "plan", subject="Re: The garden", text="From far away.", flags=Flag.NONE)
    headers = replace(whole, raw=None, digest=replace(whole.digest, text=None, preview=""))
    [far] = await deliver(store, inbox, headers)
    async with run((100, 60)) as pilot:
        await reading(pilot, ids["new"])
        await until(pilot, lambda: "Not on this disk yet" in screen_text(pilot.app))
        raw = whole.raw or b""
        await store.write(lambda tx: messages.store_bodies(tx, [(far, raw, whole.digest)]))
        await until(pilot, lambda: "From far away." in screen_text(pilot.app))
        assert screen(pilot).view.origin == ids["new"]


async def test_copies_are_shown_once(store: MailStore, run: Run):
    ids = await garden(store)
    archive = await folder_of(store, "work", "Archive")
    await deliver(store, archive, letter("plan", 5, subject="The garden", text="Shall we dig on Sunday?"))
    async with run((100, 40)) as pilot:
        await reading(pilot, ids["yes"])
        assert len(entries(pilot)) == 6
        assert ids["plan"] in entries(pilot)


async def test_a_thread_of_hundreds_opens_at_once(store: MailStore, run: Run):
    inbox = await folder_of(store, "work", "INBOX")
    made = await deliver(
        store,
        inbox,
        *(letter(f"t{n}", 9 - n / 100, *(["t0"] if n else []), subject="Long", flags=Flag.NONE) for n in range(500)),
    )
    async with run((100, 40)) as pilot:
        mail = screen(pilot)
        window = mail.messages.window
        assert window is not None
        await until(pilot, lambda: window.complete)
        await reading(pilot, made[400])
        assert len(entries(pilot)) == 500
        assert len(mail.view.drawn) < 20  # only what was looked at was brought


async def test_it_is_right_after_the_terminal_changed_its_size(store: MailStore, run: Run):
    ids = await garden(store)
    async with run((100, 40)) as pilot:
        mail = screen(pilot)
        await reading(pilot, ids["yes"])
        await pilot.resize_terminal(60, 20)
        await until(pilot, lambda: "Good, bring a spade." in screen_text(pilot.app))
        assert mail.view.reading is not None
        assert mail.view.reading.summary.id == ids["yes"]


async def test_a_message_that_comes_when_its_conversation_is_not_shown_any_more_is_no_fault(store: MailStore, run: Run):
    ids = await garden(store)
    async with run((170, 60)) as pilot:
        await reading(pilot, ids["yes"])
        view = screen(pilot).view
        late = view.reading
        assert late is not None
        view.show(None)
        view.put(late)
        assert view.reading is None
