"""Slices from servers that do not do as they are asked."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from protocols.errors import Refused
from protocols.imap import download
from store import parked, parts
from store.errors import NotFound
from store.model import MessageId
from store.parts import READABLE
from tests.servers.fake_imap import FakeImap, serving
from tests.servers.imap_account import Account, connected
from tests.servers.imap_parts import section, structure
from tests.servers.parcels import parcel
from tui.on_disk import message_on_disk, shortfall, with_body

RAW = parcel(1, 800_000)
PART = section(RAW, "2")
ASKED = re.compile(r"UID FETCH (\d+) \(UID BODY\.PEEK\[([\d.]*)\](?:<(\d+)\.(\d+)>)?\)")
Answer = Callable[[str, int, int], list[str | bytes] | None]


@pytest.fixture(autouse=True)
def slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "SLICE", 200_000)


def answered(name: str, data: bytes, origin: int | None) -> list[str | bytes]:
    told = "" if origin is None else f"<{origin}>"
    return [b"* 1 FETCH (UID 1 BODY[%s]%s {%d}\r\n%s)" % (name.encode(), told.encode(), len(data), data), "$ OK done"]


def quirk(fake: FakeImap, answer: Answer) -> None:
    """Let `answer(section, start, size)` answer what is asked in slices."""

    def asked(command: str) -> list[str | bytes] | None:
        match = ASKED.fullmatch(command)
        return answer(match[2], int(match[3]), int(match[4])) if match and match[3] is not None else None

    fake.does(r"UID FETCH", asked)


@asynccontextmanager
async def opened(tmp_path: Path, fake: FakeImap, raw: bytes = RAW) -> AsyncIterator[tuple[Account, MessageId]]:
    """An account with one large message, of which only the summary is here."""
    fake.inbox.add(raw)
    async with serving(fake), connected(fake.port, "anna", tmp_path, keep="summaries") as account:
        await account.sync()
        (message,) = await account.ids(1)
        yield account, message


async def part_of(account: Account, message: MessageId, name: str = "2") -> bytes | None:
    await account.backend.fetch(message, name)
    return await account.store.read(lambda c: parts.content(c, message, name))


def spans(fake: FakeImap, name: str) -> list[tuple[str, str]]:
    """What was asked for of a section: (start, size)."""
    found = [match for command in fake.log if (match := ASKED.fullmatch(command)) and match[2] == name]
    return [(match[3], match[4]) for match in found]


async def test_slices_are_asked_for_one_after_the_other_up_to_a_short_one(tmp_path: Path):
    fake = FakeImap()
    async with opened(tmp_path, fake) as (account, message):
        assert await part_of(account, message) == PART
        starts = range(0, len(PART), 200_000)
        assert spans(fake, "2") == [(str(start), "200000") for start in starts]


@pytest.mark.parametrize("limit", [len(PART), len(PART) // 2, 200_000])
async def test_a_part_of_just_so_many_slices_ends_with_an_empty_one(
    tmp_path: Path, limit: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(download, "SLICE", limit)
    fake = FakeImap()
    async with opened(tmp_path, fake) as (account, message):
        assert await part_of(account, message) == PART


async def test_a_server_that_gives_less_than_was_asked_for_is_asked_on(tmp_path: Path):
    fake = FakeImap()
    quirk(fake, lambda name, start, size: answered(name, section(RAW, name)[start:][: min(size, 65_536)], start))
    async with opened(tmp_path, fake) as (account, message):
        assert await part_of(account, message) == PART


async def test_a_size_that_is_too_small_does_not_cut_the_part(tmp_path: Path):
    fake = FakeImap()
    told = structure(RAW).replace(f" {len(PART)} ", " 17 ")
    fake.on("UID FETCH 1 \\(UID BODYSTRUCTURE\\)", f"* 1 FETCH (UID 1 BODYSTRUCTURE {told})", "$ OK done")
    async with opened(tmp_path, fake) as (account, message):
        assert await part_of(account, message) == PART


async def test_a_server_that_ignores_slices_gives_all_at_once(tmp_path: Path):
    fake = FakeImap()
    quirk(fake, lambda name, start, size: answered(name, section(RAW, name), None))
    async with opened(tmp_path, fake) as (account, message):
        assert await part_of(account, message) == PART
        await account.backend.fetch(message)
        assert await account.raw(message) == RAW


async def test_all_at_once_that_has_just_the_size_of_a_slice_is_not_taken_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(download, "SLICE", len(PART))
    fake = FakeImap()
    quirk(fake, lambda name, start, size: answered(name, section(RAW, name), None))
    async with opened(tmp_path, fake) as (account, message):
        assert await part_of(account, message) == PART


async def test_slices_that_do_not_say_where_they_begin_are_taken_in_order(tmp_path: Path):
    fake = FakeImap()
    quirk(fake, lambda name, start, size: answered(name, section(RAW, name)[start:][:size], None))
    async with opened(tmp_path, fake) as (account, message):
        assert await part_of(account, message) == PART


@pytest.mark.parametrize("right", [0, 2])
async def test_a_server_that_gives_other_slices_than_it_was_asked_for_is_asked_for_all(tmp_path: Path, right: int):
    fake = FakeImap()

    def answer(name: str, start: int, size: int) -> list[str | bytes] | None:
        return None if start < right * 200_000 else answered(name, b"x" * size, start + 7)

    quirk(fake, answer)
    async with opened(tmp_path, fake) as (account, message):
        assert await part_of(account, message) == PART
        assert "UID FETCH 1 (UID BODY.PEEK[2])" in fake.log


@pytest.mark.parametrize("refusal", ["$ NO cannot", "$ BAD what?"])
async def test_a_server_that_refuses_slices_is_asked_for_all(tmp_path: Path, refusal: str):
    fake = FakeImap()
    quirk(fake, lambda name, start, size: [refusal] if name == "2" else None)
    async with opened(tmp_path, fake) as (account, message):
        assert await part_of(account, message) == PART


async def test_a_server_that_never_ends_is_stopped_and_the_message_is_parked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(download, "LARGEST", 2_000_000)
    fake = FakeImap()
    quirk(fake, lambda name, start, size: answered(name, b"x" * size, start) if name == "2" else None)
    async with opened(tmp_path, fake) as (account, message):
        with pytest.raises(Refused, match="larger than"):
            await account.backend.fetch(message, "2")


async def test_no_data_in_the_middle_is_no_end(tmp_path: Path):
    fake = FakeImap()
    quirk(fake, lambda name, start, size: ["$ OK done"] if start and name == "2" else None)
    async with opened(tmp_path, fake) as (account, message):
        with pytest.raises(Refused, match="does not give this message out"):
            await account.backend.fetch(message, "2")
        trouble = await account.store.read(lambda c: parked.of_message(c, message))
        assert trouble is not None and trouble.attempts == 1
        assert await account.store.read(lambda c: parts.arrived(c, message, "2")) == 200_000
        fake.forget_quirks()
        assert await part_of(account, message) == PART
        assert spans(fake, "2")[-1][0] != "0"
        assert await account.store.read(lambda c: parked.of_message(c, message)) is None


async def test_an_empty_part_is_complete(tmp_path: Path):
    empty = RAW.replace(b"\r\n\r\n1,2,3\r\n", b"\r\n\r\n\r\n")
    async with opened(tmp_path, FakeImap(), empty) as (account, message):
        assert await part_of(account, message, "3") == b""


async def test_a_part_that_the_message_has_not_is_said_to_be_missing(tmp_path: Path):
    fake = FakeImap()
    async with opened(tmp_path, fake) as (account, message):
        for name in ("77", "1", "TEXT", "2.1"):
            with pytest.raises(NotFound, match="no part"):
                await account.backend.fetch(message, name)


@pytest.mark.parametrize(
    "told",
    [
        "* 1 FETCH (UID 1 BODYSTRUCTURE NIL)",
        '* 1 FETCH (UID 1 BODYSTRUCTURE ("text" "plain"))',
        "* 1 FETCH (UID 1)",
        "$ NO [UNAVAILABLE] Server error",
        "$ BAD Command argument error",
    ],
)
async def test_without_a_usable_structure_a_message_comes_whole(tmp_path: Path, told: str):
    """I11."""
    fake = FakeImap()
    fake.on("UID FETCH 1 \\(UID BODYSTRUCTURE\\)", told, *([] if told.startswith("$") else ["$ OK done"]))
    async with opened(tmp_path, fake) as (account, message):
        await account.backend.fetch(message, READABLE)
        assert await account.raw(message) == RAW


async def test_a_download_that_is_stopped_keeps_its_connection_and_goes_on_later(tmp_path: Path):
    fake = FakeImap()
    going: list[asyncio.Task[None]] = []

    def answer(name: str, start: int, size: int) -> list[str | bytes] | None:
        if start == 400_000:
            going.pop().cancel()
        return None

    quirk(fake, answer)
    async with opened(tmp_path, fake) as (account, message):
        await account.backend.fetch(message, "3")
        before = fake.sign_ins
        stopped = asyncio.create_task(account.backend.fetch(message, "2"))
        going.append(stopped)
        await asyncio.wait([stopped])
        assert stopped.cancelled()
        assert await account.store.read(lambda c: parts.arrived(c, message, "2")) == 400_000
        fake.forget_quirks()
        fake.log.clear()
        assert await part_of(account, message) == PART
        assert spans(fake, "2")[0][0] == "400000"
        assert fake.sign_ins == before


async def test_a_message_that_is_removed_meanwhile_is_not_found(tmp_path: Path):
    fake = FakeImap()

    def answer(name: str, start: int, size: int) -> list[str | bytes] | None:
        if start:
            fake.inbox.mails.clear()
        return None

    quirk(fake, answer)
    async with opened(tmp_path, fake) as (account, message):
        with pytest.raises(NotFound):
            await account.backend.fetch(message, "2")
        assert await account.store.read(lambda c: parked.every(c)) == {}


async def test_another_uidvalidity_in_the_middle_joins_nothing(tmp_path: Path):
    fake = FakeImap()

    def answer(name: str, start: int, size: int) -> list[str | bytes] | None:
        if start:
            return ["* BYE shutting down", "$ OK bye"]
        return None

    quirk(fake, answer)
    async with opened(tmp_path, fake) as (account, message):
        with pytest.raises(Exception, match="shutting down"):
            await account.backend.fetch(message, "2")
        fake.inbox.uidvalidity = 8
        fake.inbox.mails[0].raw = parcel(2, 800_000)
        fake.forget_quirks()
        await account.reconnect()
        with pytest.raises(NotFound):
            await account.backend.fetch(message, "2")
        assert await account.store.read(lambda c: parts.content(c, message, "2")) is None


async def test_another_message_under_the_same_uid_is_never_joined_with_what_came_before(tmp_path: Path):
    """A server that was restored from a backup gives UIDs again, with the UIDVALIDITY of before."""
    fake = FakeImap()
    quirk(fake, lambda name, start, size: ["* BYE shutting down", "$ OK bye"] if start else None)
    async with opened(tmp_path, fake) as (account, message):
        with pytest.raises(Exception, match="shutting down"):
            await account.backend.fetch(message, "2")
        assert await account.store.read(lambda c: parts.arrived(c, message, "2")) == 200_000
        fake.inbox.mails[0].raw = parcel(2, 800_000)
        fake.forget_quirks()
        await account.reconnect()
        with pytest.raises(NotFound):
            await account.backend.fetch(message, "2")
        assert await account.store.read(lambda c: parts.arrived(c, message, "2")) == 0
        assert await account.store.read(lambda c: parts.content(c, message, "2")) is None
        fake.inbox.mails[0].raw = RAW
        assert await part_of(account, message) == PART


@pytest.mark.parametrize("message_id", [b"Message-ID: <1@example.com>\r\n", b""])
async def test_what_cannot_be_asked_for_its_name_is_brought_all_the_same(tmp_path: Path, message_id: bytes):
    raw = RAW.replace(b"Message-ID: <1@example.com>\r\n", message_id)
    fake = FakeImap()
    async with opened(tmp_path, fake, raw) as (account, message):
        fake.on(r"UID FETCH 1 \(UID FLAGS ", "$ NO [UNAVAILABLE] Server error")
        assert await part_of(account, message) == PART


async def test_a_part_that_is_shorter_than_was_announced_is_kept_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    fake = FakeImap()
    quirk(fake, lambda name, start, size: answered(name, section(RAW, name)[:100_000], None))
    async with opened(tmp_path, fake) as (account, message):
        with caplog.at_level("INFO", "protocols.imap.download"):
            assert await part_of(account, message) == PART[:100_000]
        assert f"has 100000 octets, the server had spoken of {len(PART)}" in caplog.text
        found = await message_on_disk(account.store, message)
        assert found is not None
        part = next(one for one in found.attachments if one.index == "2")
        assert shortfall(await with_body(account.store, message, part)) == len(PART) - 100_000
