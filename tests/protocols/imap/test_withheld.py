"""Messages that a server does not give out are found, parked and named; all others come."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from protocols.errors import ProtocolError, Refused
from store import parked, parts
from store.model import Cached, MessageId
from store.parked import Parked
from store.parts import READABLE
from tests.servers.fake_imap import FakeImap, serving
from tests.servers.imap_account import Account, connected, letter
from tests.servers.parcels import parcel

BODIES = re.compile(r"UID FETCH (\S+) \(UID BODY\.PEEK\[\](?:<\d+\.\d+>)?\)")


def names(command: str, uid: int) -> bool:
    """Whether a FETCH of bodies asks for this UID."""
    match = BODIES.match(command)
    spans = [one.split(":") for one in match[1].split(",")] if match else []
    return any(int(span[0]) <= uid <= int(span[-1]) for span in spans)


def poison(fake: FakeImap, uid: int, *lines: str) -> None:
    """Answer what asks for the body of `uid` with `lines`."""
    fake.does("UID FETCH", lambda command: list(lines) if names(command, uid) else None)


async def trouble(account: Account) -> dict[MessageId, Parked]:
    return await account.store.read(parked.every)


async def cached(account: Account) -> dict[str, Cached]:
    return {row.subject: row.cached for row in await account.rows()}


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Put the clock forward by so many seconds."""
    real, moved = time.time, 0.0

    def forward(seconds: float) -> None:
        nonlocal moved
        moved += seconds

    monkeypatch.setattr(time, "time", lambda: real() + moved)
    return forward


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (
            ("$ NO [UNAVAILABLE] UID FETCH Server error while fetching messages",),
            "Server error while fetching messages",
        ),
        (("$ BAD [CLIENTBUG] Command error",), "Command error"),
        (("$ OK done",), "without the message"),
    ],
)
async def test_one_message_that_is_not_given_out_is_parked_and_named_and_the_rest_comes(
    tmp_path: Path, lines: tuple[str, ...], reason: str
):
    fake = FakeImap()
    for number in range(1, 21):
        fake.inbox.add(letter(number))
    poison(fake, 7, *lines)
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        assert [subject for subject, state in (await cached(account)).items() if state is not Cached.FULL] == [
            "letter 7"
        ]
        ((message, found),) = (await trouble(account)).items()
        assert (await account.ids(7))[0] == message
        assert (found.attempts, reason in found.reason) == (1, True)


async def test_it_is_tried_three_times_ever_later_then_only_when_it_is_opened(
    tmp_path: Path, later: Callable[[float], None]
):
    fake = FakeImap()
    fake.inbox.add(letter(1))
    fake.inbox.add(letter(2))
    poison(fake, 1, "$ NO [UNAVAILABLE] later perhaps")
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:

        async def tries() -> int:
            before = sum(names(command, 1) for command in fake.log)
            await account.reconnect()  # what is remembered outlives the connection
            await account.sync(full=True)
            return sum(names(command, 1) for command in fake.log) - before

        assert await tries() > 0
        asked = []
        for wait in (0, 601, 0, 7201, 0, 10**6):
            later(wait)
            asked.append(await tries())
        assert asked == [0, 1, 0, 1, 0, 0]
        (one,) = await account.ids(1)
        with pytest.raises(Refused, match="does not give this message out: later perhaps"):
            await account.backend.fetch(one)
        fake.forget_quirks()
        assert await tries() == 0
        await account.backend.fetch(one)
        assert await account.raw(one) == letter(1)
        assert await trouble(account) == {}


async def test_a_message_that_is_gone_is_not_parked(tmp_path: Path):
    fake = FakeImap()
    fake.inbox.add(letter(1))
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync(summaries=True)
        fake.inbox.mails.clear()
        fake.on("UID FETCH", "$ OK done")
        await account.sync(folders=("INBOX",))
        assert await trouble(account) == {}


async def test_a_message_over_which_the_connection_ends_is_closed_in_on_and_parked(tmp_path: Path):
    fake = FakeImap()
    for number in range(1, 61):
        fake.inbox.add(letter(number))
    poison(fake, 33, "* BYE internal error")
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        for _ in range(8):
            await account.reconnect()
            try:
                await account.sync()
                break
            except ProtocolError:
                continue
        states = await cached(account)
        assert [subject for subject, state in states.items() if state is not Cached.FULL] == ["letter 33"]
        ((message, found),) = (await trouble(account)).items()
        assert (await account.ids(33))[0] == message
        assert "connection ends" in found.reason
        assert await account.store.read(lambda c: c.execute("SELECT count(*) FROM parked").fetchone()) == (1,)


async def test_a_large_message_whose_rest_is_refused_can_be_read_and_the_others_come(tmp_path: Path):
    fake = FakeImap()
    fake.inbox.add(parcel(1, 2_000_000))
    fake.inbox.add(parcel(2, 1_800_000))
    poison(fake, 2, "$ NO Server error")
    async with serving(fake), connected(fake.port, "anna", tmp_path, keep="full") as account:
        await account.sync()
        assert await cached(account) == {"letter 1": Cached.FULL, "letter 2": Cached.TEXT}
        ((message, found),) = (await trouble(account)).items()
        assert (await account.ids(2))[0] == message and found.reason == "Server error"
        held = await account.store.read(lambda c: parts.readable(c, message))
        assert held is not None and "Hóa đơn 2." in held.texts["1.1"].decode()


@pytest.mark.parametrize("keep", ["text", "full"])
async def test_a_large_message_of_which_nothing_is_given_is_parked(tmp_path: Path, keep: str):
    fake = FakeImap()
    fake.inbox.add(parcel(1, 2_000_000))
    fake.inbox.add(letter(2))
    fake.on(r"UID FETCH 1 \(UID (BODYSTRUCTURE|BODY\.PEEK\[\])", "$ NO Server error")
    async with serving(fake), connected(fake.port, "anna", tmp_path, keep=keep) as account:
        await account.sync()
        assert await cached(account) == {"letter 1": Cached.NONE, "letter 2": Cached.FULL}
        ((_, found),) = (await trouble(account)).items()
        assert found.reason == "Server error"
        (one,) = await account.ids(1)
        with pytest.raises(Refused, match="Server error"):
            await account.backend.fetch(one, READABLE)


async def test_texts_of_many_large_messages_of_one_shape_come_with_two_commands(tmp_path: Path):
    fake = FakeImap()
    for number in range(1, 6):
        fake.inbox.add(parcel(number, 250_000))
    async with serving(fake), connected(fake.port, "anna", tmp_path, keep="text") as account:
        await account.sync()
        assert set((await cached(account)).values()) == {Cached.TEXT}
        asked = [command for command in fake.said("UID FETCH") if "BODYSTRUCTURE" in command or "HEADER]" in command]
        assert len(asked) == 2
        assert {row.preview for row in await account.rows()} == {f"Here it is. Hóa đơn {n}." for n in range(1, 6)}


async def test_where_the_structure_is_broken_the_beginning_is_read_for_the_text(tmp_path: Path):
    fake = FakeImap()
    fake.inbox.add(parcel(1, 400_000))
    fake.inbox.add(parcel(2, 400_000))
    fake.does(
        r"UID FETCH .*BODYSTRUCTURE",
        lambda command: ["* 1 FETCH (UID 1 BODYSTRUCTURE NIL)", "* 2 FETCH (UID 2)", "$ OK done"],
    )
    async with serving(fake), connected(fake.port, "anna", tmp_path, keep="text") as account:
        await account.sync()
        assert {row.cached for row in await account.rows()} == {Cached.TEXT}
        assert (await account.row(2)).preview == "Here it is. Hóa đơn 2."
        (one,) = await account.ids(1)
        await account.backend.fetch(one, READABLE)
        assert await account.raw(one) == parcel(1, 400_000)


@pytest.mark.parametrize("keep", ["text", "full"])
async def test_a_structure_over_which_the_connection_ends_holds_up_no_other_message(tmp_path: Path, keep: str):
    fake = FakeImap()
    for number in range(1, 10):
        fake.inbox.add(parcel(number, 1_600_000 if number == 4 else 220_000))
    fake.does(r"UID FETCH (1:9|[1-4]:[4-9]|4) .*(BODYSTRUCTURE|PEEK\[\])", lambda command: ["* BYE internal error"])
    async with serving(fake), connected(fake.port, "anna", tmp_path, keep=keep) as account:
        for _ in range(8):
            await account.reconnect()
            try:
                await account.sync()
                break
            except ProtocolError:
                continue
        states = await cached(account)
        assert [subject for subject, state in states.items() if state is Cached.NONE] == ["letter 4"]
        assert list(await trouble(account)) == list(await account.ids(4))


async def test_a_server_without_slices_gives_its_texts_all_the_same(tmp_path: Path):
    fake = FakeImap()
    fake.inbox.add(parcel(1, 400_000))
    fake.on(r"UID FETCH .*(BODYSTRUCTURE|<0\.)", "$ BAD what?")
    async with serving(fake), connected(fake.port, "anna", tmp_path, keep="text") as account:
        await account.sync()
        assert ((await account.row(1)).cached, (await account.row(1)).preview) == (
            Cached.TEXT,
            "Here it is. Hóa đơn 1.",
        )


async def test_a_server_that_knows_no_headers_of_parts_gives_texts_and_attachments_all_the_same(tmp_path: Path):
    fake = FakeImap()
    for number in range(1, 4):
        fake.inbox.add(parcel(number, 300_000))
    fake.on(r"UID FETCH .*MIME", "$ BAD what?")
    async with serving(fake), connected(fake.port, "anna", tmp_path, keep="text") as account:
        await account.sync()
        for row in await account.rows():
            assert (row.cached, row.attachments) == (Cached.TEXT, 2)
            held = await account.store.read(lambda c, m=row.id: parts.readable(c, m))  # type: ignore[misc]
            assert held is not None and "1.1" in held.texts
