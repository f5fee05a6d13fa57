"""The window on a list of threads: what it shows, and that changes bring it where a fresh one would be."""

import asyncio
import random
from functools import partial

from store import folders, messages
from store.changes import ChangeSet
from store.mailstore import MailStore
from store.model import Flag, MessageId
from store.operations import Archive, SetFlags
from tests.tui.conftest import deliver, folder_of
from tests.tui.thread_mail import garden, letter
from tui.thread_window import ThreadWindow


async def opened(store: MailStore, *, folded: bool = False, starred: bool = False) -> ThreadWindow:
    window = ThreadWindow(store, await store.read(folders.unified), folded=folded, starred=starred)
    await window.open()
    await window.load()
    await window.ensure(0, len(window))
    return window


def shown(window: ThreadWindow, last: int | None = None) -> list[str]:
    found = []
    for row in range(len(window) if last is None else last):
        summary = window.at(row)
        found.append("?" if summary is None else f"{window.lead(row).text}{summary.subject}")
    return found


async def test_threads_stand_by_their_newest_message_and_answers_below_what_they_answer(store: MailStore):
    ids = await garden(store)
    window = await opened(store)
    assert shown(window, 6) == [
        "Rent for November",
        "Hóa đơn tháng mười",
        "▾ The garden",
        "├─Re: The garden",
        "│ └─Re: The garden",
        "└─Re: The garden",
    ]
    assert [window.id_at(row) for row in range(2, 6)] == [ids["plan"], ids["yes"], ids["new"], ids["late"]]


async def test_the_first_page_is_right_before_all_rows_are_there(store: MailStore):
    await garden(store)
    window = ThreadWindow(store, await store.read(folders.unified))
    await window.open()
    before = shown(window, 6)
    await window.load()
    assert shown(window, 6) == before


async def test_a_folded_thread_is_one_row_that_stands_for_all(store: MailStore):
    ids = await garden(store)
    window = await opened(store, folded=True)
    assert shown(window, 4) == ["Rent for November", "Hóa đơn tháng mười", "▸ 4 (2 new) The garden", "写真を送ります"]
    summary = window.at(2)
    assert summary is not None
    assert set(summary.ids) == {ids[name] for name in ("plan", "yes", "new", "late")}
    assert summary.id == ids["plan"]
    assert not summary.flags & Flag.SEEN
    assert window.row_standing_for(ids["new"]) == 2
    assert await window.find(ids["new"]) == 2


async def test_folding_and_unfolding_one_thread_and_all(store: MailStore):
    await garden(store)
    window = await opened(store)
    flat = shown(window)
    await window.fold(4)
    assert len(window) == len(flat) - 3
    assert shown(window, 3)[2] == "▸ 4 (2 new) The garden"
    await window.fold(2)
    assert shown(window) == flat
    await window.fold_all(folded=True, message=window.id_at(4))
    assert len(window) == len(flat) - 3
    assert window.at(2) is not None
    await window.fold(2)
    assert shown(window) == flat
    await window.fold_all(folded=False, message=None)
    assert shown(window) == flat


async def test_what_is_folded_while_all_rows_are_read_stays_folded(store: MailStore):
    await garden(store)
    window = await opened(store)
    number = len(window)
    await asyncio.gather(window.load(), window.fold(2))
    assert window.complete
    assert len(window) == number - 3
    assert shown(window, 3)[2] == "▸ 4 (2 new) The garden"


async def test_from_thread_to_thread(store: MailStore):
    await garden(store)
    window = await opened(store)
    assert window.next_thread(1, 1) == 2
    assert window.next_thread(3, 1) == 6
    assert window.next_thread(4, -1) == 1
    assert window.next_thread(6, -1) == 2
    assert window.next_thread(0, -1) is None
    assert window.next_thread(len(window) - 1, 1) is None


async def test_a_new_message_takes_its_thread_to_the_top(store: MailStore):
    await garden(store)
    window = await opened(store)
    inbox = await folder_of(store, "work", "INBOX")
    [new] = await deliver(store, inbox, letter("newest", 0, "plan", "mine", "yes", "new", subject="Re: The garden"))
    assert await window.apply(ChangeSet(messages=frozenset({new})))
    assert shown(window, 5) == [
        "▾ The garden", "├─Re: The garden", "│ └─Re: The garden", "│   └─Re: The garden", "└─Re: The garden",
    ]  # fmt: skip
    assert window.row_of(new) == 3


async def test_what_goes_away_leaves_its_answers_in_place(store: MailStore):
    ids = await garden(store)
    window = await opened(store)
    act = await store.do(Archive((ids["yes"],)))
    assert await window.apply(ChangeSet(messages=frozenset(act.messages)))
    assert shown(window, 5)[2:] == ["▾ The garden", "├─Re: The garden", "└─Re: The garden"]
    await store.undo(act.id)
    assert await window.apply(ChangeSet(messages=frozenset(act.messages)))
    assert shown(window, 5)[2:] == ["▾ The garden", "├─Re: The garden", "│ └─Re: The garden"]


async def test_a_read_message_changes_its_folded_row(store: MailStore):
    ids = await garden(store)
    window = await opened(store, folded=True)
    await store.do(SetFlags((ids["late"],), Flag.SEEN))
    assert await window.apply(ChangeSet(messages=frozenset({ids["late"]})))
    assert shown(window, 3)[2] == "▸ 4 (1 new) The garden"
    await store.write(lambda tx: messages.remove(tx, [ids["new"]], reason=""))
    assert await window.apply(ChangeSet(messages=frozenset({ids["new"]})))
    assert shown(window)[4] == "▸ 3 The garden"


async def test_the_next_unread_may_be_inside_a_folded_thread(store: MailStore):
    ids = await garden(store)
    rent = (await opened(store)).id_at(0)
    assert rent is not None
    await store.do(SetFlags((rent,), Flag.SEEN))
    window = await opened(store, folded=True)
    assert await window.next_unread(4, 1) == 1
    assert await window.next_unread(1, 1) == 2
    await window.fold(2)
    assert window.row_of(ids["new"]) == await window.next_unread(2, 1)


async def test_what_has_a_star_is_shown_as_threads_too(store: MailStore):
    ids = await garden(store)
    await store.do(SetFlags((ids["plan"], ids["new"]), Flag.FLAGGED))
    window = await opened(store, starred=True)
    assert [window.id_at(row) for row in range(3)] == [ids["plan"], ids["new"], window.id_at(2)]
    assert shown(window, 2) == ["▾ The garden", "└─Re: The garden"]


async def test_changes_bring_it_where_a_fresh_window_would_be(store: MailStore):
    chance = random.Random(5)
    await garden(store)
    places = [await folder_of(store, *where) for where in (("work", "INBOX"), ("home", "Inbox"), ("work", "Sent"))]
    windows = [await opened(store, folded=folded) for folded in (False, True)]
    names = ["plan", "mine"]
    here: list[MessageId] = []
    with store.changes.subscribe() as came:
        for step in range(60):
            kind = chance.choice(["new", "new", "read", "remove"])
            if kind == "new" or not here:
                references = chance.sample(names, chance.randint(0, 2))
                names.append(f"s{step}")
                one = letter(f"s{step}", chance.uniform(0, 6), *references, flags=Flag.NONE)
                here += await deliver(store, chance.choice(places), one)
            elif kind == "read":
                if not (await store.do(SetFlags((chance.choice(here),), Flag.SEEN))).messages:
                    continue  # it was read before
            else:
                gone = here.pop(chance.randrange(len(here)))
                await store.write(partial(messages.remove, messages=[gone], reason=""))
            changes = await came.next()
            for window in windows:
                await window.apply(changes)
                await window.ensure(0, len(window))
                fresh = await opened(store, folded=window.folded)
                assert shown(window) == shown(fresh)
                assert [*map(window.id_at, range(len(window)))] == [*map(fresh.id_at, range(len(fresh)))]
