"""Every act at the keys, taken back and done again, repeated, and after a restart."""

from collections.abc import Awaitable, Callable

import pytest
from textual.pilot import Pilot

from store import journal, listing
from store.mailstore import MailStore
from store.model import Flag, MessageId, Role, Summary
from tests.tui.conftest import Run, arrival, deliver, folder_of
from tests.tui.mail_facts import flags, mail, role_of, subject
from tests.tui.screen_text import screen_text, until


async def summary(store: MailStore, message: MessageId) -> Summary:
    return (await store.read(lambda c: listing.summaries(c, [message])))[message]


async def is_archived(store: MailStore, message: MessageId) -> bool:
    return await role_of(store, message) is Role.ARCHIVE


async def is_deleted(store: MailStore, message: MessageId) -> bool:
    return await role_of(store, message) is Role.TRASH


async def is_junk(store: MailStore, message: MessageId) -> bool:
    return await role_of(store, message) is Role.JUNK


async def is_starred(store: MailStore, message: MessageId) -> bool:
    return Flag.FLAGGED in await flags(store, message)


async def is_read(store: MailStore, message: MessageId) -> bool:
    return Flag.SEEN in await flags(store, message)


async def is_labelled(store: MailStore, message: MessageId) -> bool:
    return (await summary(store, message)).labels == ("later",)


async def is_moved(store: MailStore, message: MessageId) -> bool:
    return (await summary(store, message)).folder == (await folder_of(store, "work", "Projects/[bold]Kiến trúc")).id


ACTS: dict[str, tuple[tuple[str, ...], Callable[[MailStore, MessageId], Awaitable[bool]]]] = {
    "archive": (("e",), is_archived),
    "delete": (("d",), is_deleted),
    "junk": (("!",), is_junk),
    "star": (("s",), is_starred),
    "read": (("I",), is_read),
    "toggle": (("M",), is_read),
    "label": (("l", *"later", "enter"), is_labelled),
    "mute": (("g", "m"), is_archived),
    "move": (("v", *"kien", "enter"), is_moved),
}


async def settled(pilot: Pilot[None], ask: Callable[[], Awaitable[bool]], wanted: bool = True) -> None:
    """Wait until something is so, or so no longer."""
    for _ in range(400):
        if await ask() is wanted:
            return
        await pilot.pause()
    raise AssertionError(screen_text(pilot.app))


async def press(pilot: Pilot[None], keys: tuple[str, ...]) -> None:
    """Press keys; before what is typed into a dialog, it stands."""
    await pilot.press(keys[0])
    if len(keys) > 2:
        await until(pilot, lambda: pilot.app.screen is not mail(pilot))
        await pilot.press(*keys[1:-1])
        await pilot.pause()
    if len(keys) > 1:
        await pilot.press(keys[-1])
    await until(pilot, lambda: pilot.app.screen is mail(pilot))


@pytest.mark.parametrize("act", ACTS)
async def test_an_act_is_done_taken_back_and_done_again(run: Run, store: MailStore, act: str):
    keys, holds = ACTS[act]
    async with run() as pilot:
        message = mail(pilot).messages.message
        assert message is not None
        assert not await holds(store, message)
        await press(pilot, keys)
        await settled(pilot, lambda: holds(store, message))
        await until(pilot, lambda: "z undo" in screen_text(pilot.app))
        await pilot.press("z")
        await settled(pilot, lambda: holds(store, message), False)
        await until(pilot, lambda: "Undid: " in screen_text(pilot.app) and mail(pilot).messages.message == message)
        await pilot.press("ctrl+r")
        await settled(pilot, lambda: holds(store, message))
        await until(pilot, lambda: "Redid: " in screen_text(pilot.app))


@pytest.mark.parametrize("act", ACTS)
async def test_an_act_on_a_selection_is_one_step_also_after_a_restart(run: Run, store: MailStore, act: str):
    keys, holds = ACTS[act]
    async with run() as pilot:
        window = mail(pilot).messages.window
        assert window is not None
        messages = [one for one in map(window.id_at, range(2)) if one is not None]
        await pilot.press("2", "x")
        await press(pilot, keys)
        for message in messages:
            await settled(pilot, lambda message=message: holds(store, message))
        await until(pilot, lambda: not mail(pilot).messages.selection)
    async with run() as pilot:
        await pilot.press("g", "d", "z")  # from another folder
        for message in messages:
            await settled(pilot, lambda message=message: holds(store, message), False)
    async with run() as pilot:
        await pilot.press("ctrl+r")
        for message in messages:
            await settled(pilot, lambda message=message: holds(store, message))


async def test_a_dot_does_the_last_thing_again_on_the_message_in_front(run: Run, store: MailStore):
    async with run() as pilot:
        await press(pilot, ("v", *"kien", "enter"))
        await until(pilot, lambda: mail(pilot).messages.count == 6)
        message = mail(pilot).messages.message
        assert message is not None
        await pilot.press(".")
        await settled(pilot, lambda: is_moved(store, message))
        await until(pilot, lambda: mail(pilot).messages.count == 5)
        await pilot.press("2", ".")
        await until(pilot, lambda: mail(pilot).messages.count == 3)


async def test_a_dot_after_nothing_says_so(run: Run):
    async with run() as pilot:
        await pilot.press(".")
        await until(pilot, lambda: "There is nothing to repeat yet." in screen_text(pilot.app))


async def test_where_there_is_nothing_to_choose_the_picker_says_so(run: Run):
    async with run((100, 30)) as pilot:
        await pilot.press("l")
        await until(pilot, lambda: "Type the name of a label; a new one is made." in screen_text(pilot.app))
        await pilot.press("escape", "v", *"zzzz")
        await until(pilot, lambda: "Nothing fits." in screen_text(pilot.app))


async def test_labels_are_taken_off_where_all_have_them(run: Run, store: MailStore):
    async with run() as pilot:
        message = mail(pilot).messages.message
        assert message is not None
        await press(pilot, ("l", *"+one +two", "enter"))
        await until(pilot, lambda: "Labelled 1 with one, two" in screen_text(pilot.app))
        await pilot.press("l")
        await until(pilot, lambda: "✓ one" in screen_text(pilot.app))
        await pilot.press(*"one", "enter")
        await until(pilot, lambda: "Took one off 1" in screen_text(pilot.app))
        assert (await summary(store, message)).labels == ("two",)
        await pilot.press("l")
        await until(pilot, lambda: "Labels of 1 message" in screen_text(pilot.app))
        await pilot.press(*"no good", "enter")
        await until(pilot, lambda: pilot.app.screen is mail(pilot))
        assert (await summary(store, message)).labels == ("two",)


async def test_a_thread_is_deleted_with_all_its_messages_of_the_place(run: Run, store: MailStore):
    inbox = await folder_of(store, "work", "INBOX")
    letters = [arrival("Anna", subject, "", age, uid=900 + age) for subject, age in (("Plan", 90), ("Re: Plan", 60))]
    one, two = await deliver(store, inbox, *letters)
    await store.write(lambda tx: tx.execute("UPDATE messages SET thread_id = ? WHERE id IN (?, ?)", (one, one, two)))
    async with run() as pilot:
        await pilot.press("alt+d")
        await until(pilot, lambda: "Deleted 2 · z undo" in screen_text(pilot.app))
        assert await is_deleted(store, one)
        assert await is_deleted(store, two)


async def test_in_the_reader_an_act_is_for_the_message_shown_and_not_for_the_selection(run: Run, store: MailStore):
    async with run() as pilot:
        await pilot.press("x", "j", "enter")
        await until(pilot, lambda: "đây là hóa đơn" in screen_text(pilot.app))
        message = mail(pilot).messages.message
        assert message is not None
        await pilot.press("s")
        await settled(pilot, lambda: is_starred(store, message))
        assert len(mail(pilot).messages.selection) == 1


async def test_what_another_client_took_from_under_the_reader_is_not_exchanged_for_another(run: Run, store: MailStore):
    from store import messages

    inbox = await folder_of(store, "work", "INBOX")
    async with run() as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: "the rent is due on Monday" in screen_text(pilot.app))
        await store.write(lambda tx: messages.remove_uids(tx, inbox.id, [6]))
        await pilot.press("e")
        await until(pilot, lambda: mail(pilot).messages.count == 6)
        assert subject(pilot) == "Hóa đơn tháng mười"
        following = mail(pilot).messages.message
        assert following is not None
        assert await role_of(store, following) is Role.INBOX


async def test_the_history_lists_what_was_done_and_takes_back_any_of_it(run: Run, store: MailStore):
    async with run() as pilot:
        first = mail(pilot).messages.message
        assert first is not None
        await pilot.press("e")
        await until(pilot, lambda: mail(pilot).messages.count == 6)
        await pilot.press("s")
        await until(pilot, lambda: "Marked 1 with a star" in screen_text(pilot.app))
        await pilot.press("g", "z")
        await until(pilot, lambda: "What was done" in screen_text(pilot.app) and "waits (1)" in screen_text(pilot.app))
        await pilot.press("j", "z")
        await settled(pilot, lambda: is_archived(store, first), False)
        await until(pilot, lambda: "undone" in screen_text(pilot.app))
        await pilot.press("ctrl+r")
        await settled(pilot, lambda: is_archived(store, first))
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is mail(pilot))


async def test_what_a_server_refuses_is_told_and_tried_again_or_given_up_in_the_history(run: Run, store: MailStore):
    async with run() as pilot:
        message = mail(pilot).messages.message
        assert message is not None
        await pilot.press("e")
        await until(pilot, lambda: mail(pilot).messages.count == 6)
        [entry] = await store.read(journal.unfinished)
        await store.write(lambda tx: journal.refuse(tx, [entry.id], "No room in the archive."))
        await until(pilot, lambda: "Refused: Archived 1" in screen_text(pilot.app))
        assert "No room in the archive. gz shows it" in screen_text(pilot.app)
        await until(pilot, lambda: mail(pilot).messages.count == 7)
        await pilot.press("g", "z")
        await until(pilot, lambda: "refused (1)" in screen_text(pilot.app))
        await pilot.press("t")
        await until(pilot, lambda: "waits (1)" in screen_text(pilot.app))
        assert await is_archived(store, message)
        await store.write(lambda tx: journal.refuse(tx, [entry.id], "No room in the archive."))
        await until(pilot, lambda: "refused (1)" in screen_text(pilot.app))
        await pilot.press("x")
        await until(pilot, lambda: "refused (1)" not in screen_text(pilot.app))
        assert not await is_archived(store, message)


async def test_many_quick_keys_are_as_many_acts_and_none_is_lost_when_the_program_ends(run: Run, store: MailStore):
    inbox = await folder_of(store, "work", "INBOX")
    ids = await deliver(store, inbox, *(arrival("A", f"Letter {n}", "", n, uid=2_000 + n) for n in range(1, 41)))
    async with run() as pilot:
        await until(pilot, lambda: mail(pilot).messages.count == 47)
        for _ in ids:
            mail(pilot).command("archive")
    assert {await role_of(store, one) for one in ids} == {Role.ARCHIVE}
    for _ in range(3):
        await store.undo()
    assert sum([await role_of(store, one) is Role.INBOX for one in ids]) == 3
