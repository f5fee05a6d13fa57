"""Large messages: their text comes first, attachments when somebody wants them, in slices that a cut spares."""

import asyncio
import hashlib
import random
from datetime import date
from pathlib import Path

import pytest

from protocols.auth.sasl import Credentials
from protocols.endpoint import Endpoint, Security
from protocols.errors import ProtocolError
from protocols.imap import contents, download
from protocols.imap.opened import bring
from protocols.imap.session import Session
from protocols.mime.partial import partial_message
from protocols.mime.read import message_document
from protocols.mime.transfer import decode_transfer
from store import parts
from store.mailstore import MailStore
from store.model import Cached, MessageId
from store.parts import READABLE, WHOLE
from store.search import sql
from store.search.query import parse
from tests.servers.dovecot import Dovecot
from tests.servers.imap_account import Account, connected, letter
from tests.servers.parcels import content, parcel
from tests.servers.proxy import PASS, Fault, Proxy

MB = 1_000_000
TODAY = date(2026, 11, 23)


async def shown(store: MailStore, message: MessageId) -> str:
    """What the reader shows of a message that is not here whole."""
    held = await store.read(lambda c: parts.readable(c, message))
    assert held is not None
    document = message_document(partial_message(held.structure, held.texts, held.complete))
    return "\n".join(block.text for block in document.blocks)


async def part_of(account: Account, message: MessageId, section: str) -> bytes:
    octets = await account.store.read(lambda c: parts.content(c, message, section))
    assert octets is not None
    return octets


async def here(account: Account, message: MessageId, section: str) -> int:
    return await account.store.read(lambda c: parts.arrived(c, message, section))


def same(one: bytes | None, other: bytes) -> bool:
    return one is not None and hashlib.sha256(one).digest() == hashlib.sha256(other).digest()


async def test_of_a_large_message_text_and_names_are_here_and_an_attachment_comes_alone(
    dovecot: Dovecot, tmp_path: Path
):
    user = dovecot.user()
    dovecot.deliver(user, letter(1))
    dovecot.deliver(user, parcel(2))
    async with connected(dovecot.imap, user, tmp_path, keep="text") as account:
        await account.sync()
        row = await account.row(2)
        assert (row.cached, row.attachments) == (Cached.TEXT, 2)
        assert row.preview == "Here it is. Hóa đơn 2."
        text = await shown(account.store, row.id)
        assert "Here it is. Hóa đơn 2." in text
        assert "hóa đơn.pdf (part 2, application/pdf, " in text and text.count("not here yet") == 2
        assert await account.raw(row.id) is None
        for query in ("hoa don 2", "filename:hoa", "filename:sum"):
            assert await account.store.read(lambda c, q=query: sql.find(c, parse(q, TODAY), 10)) == [row.id]

        await account.backend.fetch(row.id, "2")
        assert same(decode_transfer(await part_of(account, row.id, "2"), "base64"), content(2, 2 * MB))
        assert (await shown(account.store, row.id)).count("not here yet") == 1
        assert await account.raw(row.id) is None

        await account.backend.fetch(row.id)
        assert same(await account.raw(row.id), parcel(2))
        assert (await account.row(2)).cached is Cached.FULL
        assert await account.store.read(lambda c: parts.stored(c, row.id)) is None


async def test_an_attachment_goes_on_after_a_cut_where_it_was_even_in_another_process(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    dovecot.deliver(user, parcel(1, 6 * MB))
    async with Proxy(dovecot.imap) as proxy:
        async with connected(proxy.port, user, tmp_path, keep="text") as account:
            await account.sync()
            (one,) = await account.ids(1)
            last = 0
            for _ in range(2):
                proxy.to_client = Fault(cut_after=2 * MB)
                await account.reconnect()
                with pytest.raises(ProtocolError):
                    await account.backend.fetch(one, "2")
                assert await here(account, one, "2") > last
                last = await here(account, one, "2")
        proxy.to_client = PASS
        async with connected(proxy.port, user, tmp_path, keep="text") as account:
            progress: list[tuple[int, int]] = []
            board = account.store.status
            publish = board.update

            def update(name: str, **fields: int) -> None:
                progress.append((fields.get("done_bytes", 0), fields.get("total_bytes", 0)))
                publish(name, **fields)

            board.update = update  # type: ignore[method-assign]
            await account.backend.fetch(one, "2")
            assert progress[0] == (last, progress[0][1])  # nothing was brought twice
            whole = len(await part_of(account, one, "2"))
            assert progress[-2:] == [(whole, whole), (0, 0)]
            assert same(decode_transfer(await part_of(account, one, "2"), "base64"), content(1, 6 * MB))
            assert await here(account, one, "2") == 0


async def test_a_large_message_is_kept_whole_in_slices_and_goes_on_after_a_cut(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    for number in range(1, 4):
        dovecot.deliver(user, letter(number))
    dovecot.deliver(user, parcel(4, 8 * MB))
    dovecot.deliver(user, parcel(5, 3 * MB))
    async with Proxy(dovecot.imap) as proxy, connected(proxy.port, user, tmp_path, keep="full") as account:
        await account.sync(summaries=True)
        proxy.to_client = Fault(cut_after=3 * MB)
        cut = 0
        for _ in range(10):
            await account.reconnect()
            try:
                await account.sync()
                break
            except ProtocolError:
                cut += 1
            rows = {row.subject: row.cached for row in await account.rows()}
            # the letters and all texts are here before the rest of the parcels, of which the smaller comes first
            assert rows["letter 1"] is Cached.FULL and rows["letter 4"] is not Cached.NONE
            if await here(account, (await account.row(4)).id, WHOLE):
                assert rows["letter 5"] is Cached.FULL
        assert cut > 2
        raws = {hashlib.sha256(raw).hexdigest() for raw in (parcel(4, 8 * MB), parcel(5, 3 * MB))}
        assert raws < await account.hashes()
        assert {row.cached for row in await account.rows()} == {Cached.FULL}
        assert await account.store.read(lambda c: c.execute("SELECT count(*) FROM slices").fetchone()) == (0,)


async def test_what_came_under_another_uidvalidity_is_never_joined(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    dovecot.deliver(user, parcel(1, 3 * MB))
    async with Proxy(dovecot.imap) as proxy, connected(proxy.port, user, tmp_path, keep="text") as account:
        await account.sync()
        (one,) = await account.ids(1)
        proxy.to_client = Fault(cut_after=2 * MB)
        await account.reconnect()
        with pytest.raises(ProtocolError):
            await account.backend.fetch(one, "2")
        proxy.to_client = PASS
        assert await here(account, one, "2")
        # a slice of this generation that would spoil the part if it were joined with slices of the next one
        await account.store.write(lambda tx: tx.execute("UPDATE slices SET content = zeroblob(length(content))"))
        dovecot.doveadm("mailbox", "update", "--uid-validity", "777", "-u", user, "INBOX")
        await account.reconnect()
        await account.sync()
        (one,) = await account.ids(1)
        await account.backend.fetch(one, "2")
        assert same(decode_transfer(await part_of(account, one, "2"), "base64"), content(1, 3 * MB))


async def test_a_message_that_is_only_read_comes_with_its_text_alone(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    dovecot.deliver(user, parcel(1))
    dovecot.deliver(user, letter(2))
    async with connected(dovecot.imap, user, tmp_path, keep="summaries") as account:
        await account.sync()
        large, small = await account.ids(1, 2)
        await account.backend.fetch(large, READABLE)
        await account.backend.fetch(small, READABLE)
        assert "Hóa đơn 1." in await shown(account.store, large)
        assert (await account.raw(large), await account.raw(small)) == (None, letter(2))


async def test_a_text_beyond_measure_is_read_from_its_beginning_and_whole_when_asked_for(
    dovecot: Dovecot, tmp_path: Path
):
    user = dovecot.user()
    long = letter(1, text="Needle in the beginning\r\n" + "hay and straw\r\n" * 150_000)
    dovecot.deliver(user, long)
    async with connected(dovecot.imap, user, tmp_path, keep="text") as account:
        await account.sync()
        (one,) = await account.ids(1)
        assert "only its beginning is shown" in await shown(account.store, one)
        await account.backend.fetch(one, "1")
        assert same(await part_of(account, one, "1"), long.partition(b"\r\n\r\n")[2])


async def test_others_get_their_turn_between_two_slices(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    dovecot.deliver(user, parcel(1, 4 * MB))
    async with connected(dovecot.imap, user, tmp_path, keep="summaries") as account:
        await account.sync()
        (one,) = await account.ids(1)
        endpoint = Endpoint("127.0.0.1", dovecot.imap, Security.NONE)
        session = await Session.open(endpoint, Credentials(user, dovecot.password), lambda response: None)
        seen: list[int] = []
        others: list[asyncio.Task[None]] = []

        async def look() -> None:
            async with session.turn() as connection:
                await connection.run("NOOP")
                seen.append(await here(account, one, WHOLE))

        def progress(done: int, total: int) -> None:
            if not others and total > MB and done:
                others.append(asyncio.create_task(look()))

        assert await bring(account.store, session, one, None, progress)
        await asyncio.gather(*others)
        assert 0 < seen[0] < 5 * MB
        assert same(await account.raw(one), parcel(1, 4 * MB))
        await session.close()


async def test_two_who_want_the_same_get_it_once_and_right(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    dovecot.deliver(user, parcel(1, 4 * MB))
    async with connected(dovecot.imap, user, tmp_path, keep="text") as account:
        await account.sync()
        (one,) = await account.ids(1)
        await asyncio.gather(
            *(account.backend.fetch(one, "2") for _ in range(3)), account.backend.fetch(one), account.sync(full=True)
        )
        assert same(await account.raw(one), parcel(1, 4 * MB))
        assert await account.store.read(lambda c: c.execute("SELECT count(*) FROM slices").fetchone()) == (0,)


async def test_who_keeps_more_from_now_on_gets_the_rest_of_what_was_text(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    dovecot.deliver(user, parcel(1, 400_000))
    dovecot.deliver(user, letter(2))
    async with connected(dovecot.imap, user, tmp_path, keep="text") as account:
        await account.sync()
        assert {row.cached for row in await account.rows()} == {Cached.TEXT, Cached.FULL}
    async with connected(dovecot.imap, user, tmp_path, keep="full") as account:
        await account.sync()
        assert {row.cached for row in await account.rows()} == {Cached.FULL}
        assert same(await account.raw((await account.ids(1))[0]), parcel(1, 400_000))


async def test_a_round_tells_messages_and_octets(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    sizes = [len(letter(1)), len(letter(2)), len(parcel(3, 2 * MB))]
    for raw in (letter(1), letter(2), parcel(3, 2 * MB)):
        dovecot.deliver(user, raw)
    async with connected(dovecot.imap, user, tmp_path, keep="full") as account:
        await account.sync(summaries=True)
        told: list[tuple[object, ...]] = []
        board = account.store.status
        publish = board.update

        def update(name: str, **fields: object) -> None:
            if fields.get("total_bytes"):
                told.append(tuple(fields[key] for key in ("done", "total", "done_bytes", "total_bytes")))
            publish(name, **fields)

        board.update = update  # type: ignore[method-assign]
        await account.sync()
        assert told[0][1::2] == (3, sum(sizes))
        assert told[-1] == (3, 3, sum(sizes), sum(sizes))
        assert [one[2] for one in told] == sorted(one[2] for one in told)  # type: ignore[type-var]
        assert (board["box"].done_bytes, board["box"].total_bytes) == (0, 0)


@pytest.mark.parametrize("seed", range(3))
async def test_wherever_it_is_cut_every_byte_comes_in_the_end(
    dovecot: Dovecot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
):
    monkeypatch.setattr(download, "SLICE", 24_000)
    monkeypatch.setattr(contents, "LARGE", 50_000)
    chance = random.Random(seed)
    user = dovecot.user()
    raws = [parcel(1, 150_000), letter(2), parcel(3, 90_000), letter(4)]
    for raw in raws:
        dovecot.deliver(user, raw)
    async with Proxy(dovecot.imap) as proxy, connected(proxy.port, user, tmp_path, keep="full") as account:
        await account.sync(summaries=True)
        for number in range(60):
            cut = PASS if number == 59 else Fault(cut_after=chance.randrange(30_000, 120_000), reset=number % 2 == 0)
            proxy.to_client = cut
            try:
                await account.reconnect()
                await account.sync()
                break
            except ProtocolError:
                continue
        assert await account.hashes() == {hashlib.sha256(raw).hexdigest() for raw in raws}
        tables = ("structures", "sections", "slices")
        for table in tables:
            sql_text = f"SELECT count(*) FROM {table}"
            assert await account.store.read(lambda c, q=sql_text: c.execute(q).fetchone()) == (0,)
