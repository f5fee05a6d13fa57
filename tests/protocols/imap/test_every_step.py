"""A replay interrupted at any step, and resumed, ends like one that was not: nothing doubled, nothing lost.

The method is isync's: the steps of one run are counted, then there is a run for each of them that is interrupted there.
"""

import asyncio
import os
import shutil
import sqlite3
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bench import comparison
from bench.second_client import SecondClient
from protocols.backend import Mailbox, Round
from protocols.errors import ProtocolError
from protocols.imap.backend import ImapBackend
from store import folders, journal, listing
from store.mailstore import MailStore
from store.model import AccountId, Flag
from store.operations import Archive, Copy, Delete, Move, SetFlags, SetLabels
from store.settings import AccountSettings
from tests.servers.crossing import letters, local, parcel, staged
from tests.servers.dovecot import Dovecot
from tests.servers.imap_account import Account, connected, deliver, letter
from tests.servers.replaying import replay
from tests.servers.steps import CHANGING, WRITE, How, KilledError, SteppedStore, Steps, stepped_wire

AT_ONCE = 4

Places = dict[str, list[tuple[str, tuple[str, ...]]]]
"""Folder -> (subject, flags and labels) of its messages."""


@dataclass(frozen=True)
class Start:
    """A mailbox and a store with a journal full of acts, to be copied for each run."""

    dovecot: Dovecot
    user: str
    data: Path
    account: AccountId
    settings: AccountSettings
    announces_uids: bool
    ids: dict[int, str]
    """Every message of the store -> its subject."""
    leaving: list[tuple[int, str]]
    """Those whose row goes."""


@dataclass(frozen=True)
class End:
    """What one run came to."""

    places: Places
    ids: dict[int, str]
    steps: list[str]


async def act(account: Account) -> None:
    """Flags, labels, moves, chains, copies, and removals, on messages of their own and on the same one."""
    store = account.store
    one, two, three, four, five, six, seven, eight = await account.ids(*range(1, 9))
    (nine,) = await account.ids(9, path="Trash")
    junk, archive = (await account.folder("Junk")).id, (await account.folder("Archive")).id
    await store.do(SetFlags((one, two), add=Flag.SEEN | Flag.FLAGGED))
    await store.do(SetLabels((two,), add=("urgent",)))
    await store.do(SetFlags((one,), remove=Flag.SEEN))
    await store.do(Move((three,), junk))
    await store.do(SetFlags((three,), add=Flag.FLAGGED))
    await store.do(Copy((four, five), archive))
    await store.do(SetLabels((four,), add=("later",)))
    await store.do(Archive((five, six)))
    await store.do(Delete((seven,)))
    await store.do(Move((eight,), junk))
    await store.do(Archive((eight,)))
    await store.do(Delete((nine,)))


EXPECTED: Places = {
    "INBOX": [
        ("letter 1", ("\\flagged",)),
        ("letter 2", ("\\flagged", "\\seen", "urgent")),
        ("letter 4", ("later",)),
    ],
    "Junk": [("letter 3", ("\\flagged",))],
    "Archive": [("letter 4", ()), ("letter 5", ()), ("letter 5", ()), ("letter 6", ()), ("letter 8", ())],
    "Trash": [("letter 7", ())],
}


async def send(account: Account) -> None:
    """Messages from elsewhere: of this disk, twice the same one, without Message-ID, and one that is moved on."""
    archive, junk = (await account.folder("Archive")).id, (await account.folder("Junk")).id
    local_account = await local(account)
    await account.store.do(Move(tuple(await letters(account, local_account, 21, flags=Flag.FLAGGED)), archive))
    same, nameless = parcel(letter(22)), parcel(letter(23, message_id=None), Flag.SEEN)
    await staged(account, archive, same, same, nameless, nameless)
    [moved] = await staged(account, archive, parcel(letter(24)))
    await account.store.do(Move((moved,), junk))


SENT: Places = {
    "INBOX": [(f"letter {number}", ()) for number in range(1, 9)],
    "Archive": [
        ("letter 21", ("\\flagged",)),
        ("letter 22", ()),
        ("letter 22", ()),
        ("letter 23", ("\\seen",)),
        ("letter 23", ("\\seen",)),
    ],
    "Junk": [("letter 24", ())],
    "Trash": [("letter 9", ())],
}

SCENARIOS = {"acts": (act, EXPECTED), "appends": (send, SENT)}
"""What is done, and what it comes to."""


async def start(dovecot: Dovecot, place: Path, scenario: str, *, announces_uids: bool) -> Start:
    """Make the mailbox and the store."""
    user = dovecot.user()
    await deliver(dovecot, user, range(1, 9))
    await deliver(dovecot, user, [9], folder="Trash")
    async with connected(dovecot.imap, user, place) as account:
        await account.sync()
        await SCENARIOS[scenario][0](account)
        ids = await account.store.read(lambda c: dict(c.execute("SELECT id, subject FROM messages").fetchall()))
        settings = replace(account.settings, folders=("INBOX", "Archive", "Junk", "Trash"))
        gone = await account.store.read(_leaving)
        return Start(dovecot, user, place / "data", account.id, settings, announces_uids, ids, gone)


def _leaving(connection: sqlite3.Connection) -> list[tuple[int, str]]:
    rows = connection.execute(
        "SELECT id, subject FROM messages WHERE id IN (SELECT message_id FROM journal"
        " WHERE kind IN ('expunge', 'transfer')) ORDER BY id"
    )
    return [(row[0], row[1]) for row in rows]


def copied(begin: Start, place: Path) -> str:
    """A copy of mailbox and store for one run; answers its user."""
    user = begin.dovecot.user()
    for name in ("mail", "index", "home"):
        source = begin.dovecot.directory / name / begin.user
        if source.is_dir():
            target = begin.dovecot.directory / name / user
            shutil.copytree(source, target)
            for path in (target, *target.rglob("*")):
                owner = (source / path.relative_to(target)).stat()
                os.chown(path, owner.st_uid, owner.st_gid)
    shutil.copytree(begin.data, place)
    return user


async def one_run(begin: Start, place: Path, interrupt: int | None, how: How) -> End:
    """Send the journal with one interrupt, then again without, and look at both ends."""
    user = await asyncio.to_thread(copied, begin, place)
    steps = Steps(interrupt, how)
    settings = replace(begin.settings, user=user)
    store = await SteppedStore.open(place)
    store.steps = steps
    try:
        async with stepped_wire(begin.dovecot.imap, steps) as port:
            try:
                await replay(store, begin.account, replace(settings, port=port), begin.dovecot.password)
            except (ProtocolError, KilledError):
                assert interrupt is not None
        seen = list(steps.seen)
        if not steps.dead:  # the same process goes on, over a new connection
            return await resumed(begin, store, settings, seen)
    finally:
        steps.dead = False
        await store.close()
    async with await MailStore.open(place) as new:
        return await resumed(begin, new, settings, seen)


async def resumed(begin: Start, store: MailStore, settings: AccountSettings, seen: list[str]) -> End:
    """The rounds after the interrupt, as the supervisor runs them."""
    password = begin.dovecot.password
    backend = ImapBackend(Mailbox(settings, begin.account, store, password))
    try:
        await backend.open()
        await backend.send_journal()
        assert await store.read(journal.unfinished) == []
        await backend.sync(Round(full=True))
    finally:
        await backend.close()
    here = await store.read(lambda c: comparison.in_store(c, begin.account))
    with SecondClient(settings.port, settings.user, password) as client:
        there = await asyncio.to_thread(comparison.on_server, client)
    assert comparison.differences(here, there, hides_deleted=not begin.announces_uids) == []
    assert await store.read(lambda c: comparison.counters(c, begin.account)) == []
    await asyncio.to_thread(begin.dovecot.forget, settings.user)
    places = {path: [(one.subject, one.flags) for one in rows] for path, rows in here.items()}
    return End(
        {path: sorted(rows) for path, rows in places.items() if rows},
        await store.read(lambda c: _originals(c, begin)),
        seen,
    )


def _originals(connection: sqlite3.Connection, begin: Start) -> dict[int, str]:
    every = [folder.id for folder in folders.every(connection)]
    shown = listing.page(connection, every, None, 100)
    return {row.id: row.subject for row in shown if row.id in begin.ids}


def matters(how: How, what: str, before: str) -> bool:
    """Whether an interrupt at a step leaves another state than those at the steps around it."""
    match how:
        case How.KILLED:
            return before == WRITE or before in CHANGING
        case How.CUT:
            return what != WRITE
        case How.DEAF:
            return what in CHANGING


@pytest.mark.parametrize("how", list(How))
@pytest.mark.parametrize("scenario", list(SCENARIOS))
@pytest.mark.parametrize("server", ["dovecot", "dovecot_plain"])
async def test_a_replay_that_is_interrupted_at_any_step_ends_like_one_that_was_not(
    request: pytest.FixtureRequest, tmp_path: Path, server: str, scenario: str, how: How
):
    dovecot: Dovecot = request.getfixturevalue(server)
    begin = await start(dovecot, tmp_path / "start", scenario, announces_uids=server == "dovecot")
    whole = await one_run(begin, tmp_path / "whole", None, how)
    assert whole.places == SCENARIOS[scenario][1]
    assert sorted(begin.ids.items() - whole.ids.items()) == begin.leaving
    room = asyncio.Semaphore(AT_ONCE)

    async def check(number: int) -> None:
        async with room:
            end = await one_run(begin, tmp_path / str(number), number, how)
            await asyncio.to_thread(shutil.rmtree, tmp_path / str(number))
        at = f"{how} at step {number}, {whole.steps[number]}"
        assert len(end.steps) > number, at
        assert end.places == whole.places, at
        assert end.ids == whole.ids, at

    async with asyncio.TaskGroup() as group:
        for number, what in enumerate(whole.steps):
            if matters(how, what, whole.steps[number - 1]):
                group.create_task(check(number))
