"""Messages above a size: shown by their headers, fetched when they are opened, and not deleted anywhere before."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from protocols.backend import Round
from protocols.backup.export import export
from protocols.backup.writing import Form
from protocols.errors import Refused
from protocols.pop3.backend import Pop3Backend
from store import accounts, bodies, folders, listing
from store.mailstore import MailStore
from store.model import Protocol, Role, Summary
from store.operations import Delete, Move
from store.settings import AccountSettings
from tests.servers.accounts import pop3_account
from tests.servers.maildrop_reader import DAY, Reader, letter
from tests.servers.pop3 import Faults, PopServer

LIMIT = 10_000
SMALL, LARGE = letter(1), letter(2, 20_000)


@pytest.fixture
async def reader(tmp_path: Path) -> AsyncIterator[Reader]:
    async with await MailStore.open(tmp_path / "data") as store:
        ids = await store.write(lambda tx: accounts.reconcile(tx, [("drop", Protocol.POP3, True)]))
        yield Reader(store, ids["drop"])


def limited(server: PopServer, after: str = "delete") -> AccountSettings:
    return replace(pop3_account(server.port, after=after), size_limit=LIMIT)


async def large(reader: Reader) -> Summary:
    (row,) = [row for row in await reader.summaries() if row.uidl != SMALL[0]]
    return row


async def opened(reader: Reader, backend: Pop3Backend, row: Summary) -> None:
    await backend.fetch(row.id)
    found = await reader.store.read(lambda c: listing.summaries(c, [row.id]).get(row.id))
    assert found is not None and found.uidl == row.uidl
    assert Counter(await reader.every_raw()) == Counter((SMALL[1], LARGE[1]))


async def test_a_large_message_is_shown_stays_there_and_comes_when_it_is_opened(reader: Reader):
    async with PopServer([SMALL, LARGE]) as server:
        backend = reader.backend(limited(server))
        await backend.sync(Round())
        await backend.sync(Round())
        assert server.maildrop == [LARGE]
        assert server.words.count("TOP") == 1 and server.words.count("RETR") == 1
        row = await large(reader)
        assert (row.subject, row.size) == ("letter 2", len(LARGE[1]))
        await opened(reader, backend, row)
        assert server.maildrop == [LARGE]
        await backend.fetch(row.id)
        assert server.words.count("RETR") == 2
        await backend.sync(Round())
        assert server.maildrop == []


async def test_without_a_limit_it_comes_by_itself_into_the_row_that_is_here(reader: Reader):
    async with PopServer([SMALL, LARGE]) as server:
        await reader.backend(limited(server)).sync(Round())
        row = await large(reader)
        await reader.round(server)
        assert server.maildrop == []
        assert (await large(reader)).id == row.id
    assert Counter(await reader.every_raw()) == Counter((SMALL[1], LARGE[1]))


async def test_a_large_message_that_is_gone_from_the_server_is_refused_in_words(reader: Reader):
    async with PopServer([LARGE]) as server:
        backend = reader.backend(limited(server))
        await backend.sync(Round())
        row = await large(reader)
        server.maildrop.clear()
        with pytest.raises(Refused, match="no longer has"):
            await backend.fetch(row.id)


async def test_a_large_message_under_another_name_is_shown_once_and_found(reader: Reader):
    async with PopServer([SMALL, LARGE]) as server:
        backend = reader.backend(limited(server, "keep"))
        await backend.sync(Round())
        server.maildrop[:] = [("other", LARGE[1])]
        await backend.sync(Round())
        row = await large(reader)
        assert row.uidl == "other"
        await opened(reader, backend, row)


async def test_a_large_message_that_was_removed_here_does_not_come_again(reader: Reader):
    async with PopServer([LARGE]) as server:
        backend = reader.backend(limited(server))
        await backend.sync(Round())
        row = await large(reader)
        await reader.store.write(lambda tx: tx.execute("DELETE FROM messages WHERE id = ?", (row.id,)))
        await backend.sync(Round())
        await reader.round(server)
        assert await reader.summaries() == []
        assert server.maildrop == [LARGE]


async def test_where_headers_cannot_be_had_alone_a_large_message_comes_whole(reader: Reader):
    async with PopServer([SMALL, LARGE], Faults(answers={"TOP": b"-ERR unknown command\r\n"})) as server:
        await reader.backend(limited(server)).sync(Round())
        assert server.maildrop == []
    assert Counter(await reader.every_raw()) == Counter((SMALL[1], LARGE[1]))


@pytest.mark.parametrize(("after", "left"), [("delete", 0), ("keep", 1), ("14 days", 1)])
async def test_a_large_message_that_was_removed_for_good_goes_like_mail_that_is_here(
    reader: Reader, after: str, left: int
):
    async with PopServer([LARGE]) as server:
        backend = reader.backend(limited(server, after))
        await backend.sync(Round())
        row = await large(reader)
        await reader.store.do(Delete((row.id,)))
        await backend.sync(Round())
        assert server.maildrop == [LARGE]  # in the trash it can still be opened
        await reader.store.do(Delete((row.id,)))
        await backend.sync(Round())
        assert len(server.maildrop) == left and "RETR" not in server.words
        reader.time += 15 * DAY
        await backend.sync(Round())
        assert len(server.maildrop) == (after == "keep") and "RETR" not in server.words
    assert await reader.every_raw() == []


async def test_a_name_that_means_another_message_by_now_is_not_deleted_for_one_that_was_removed(reader: Reader):
    async with PopServer([LARGE]) as server:
        backend = reader.backend(limited(server))
        await backend.sync(Round())
        row = await large(reader)
        for _ in range(2):
            await reader.store.do(Delete((row.id,)))
        server.maildrop[:] = [(LARGE[0], SMALL[1])]
        await backend.sync(Round())
        assert server.maildrop == []
    assert await reader.every_raw() == [SMALL[1]]


async def moved(reader: Reader, backend: Pop3Backend) -> list[Summary]:
    """What is in the archive of another local account after the large message was sent there."""
    ids = await reader.store.write(
        lambda tx: accounts.reconcile(tx, [("drop", Protocol.POP3, True), ("other", Protocol.POP3, True)])
    )
    archive = await reader.store.write(lambda tx: folders.ensure_role(tx, ids["other"], Role.ARCHIVE))
    await reader.store.do(Move(((await large(reader)).id,), archive.id))
    await backend.send_journal()
    return await reader.store.read(lambda c: listing.page(c, [archive.id], None, 10))


async def test_a_large_message_that_is_moved_to_another_account_comes_first_and_goes_whole(reader: Reader):
    async with PopServer([SMALL, LARGE]) as server:
        backend = reader.backend(limited(server))
        await backend.sync(Round())
        (row,) = await moved(reader, backend)
        assert await reader.store.read(lambda c: bodies.raw(c, row.id)) == LARGE[1]
        assert await reader.uidls() == [SMALL[0]]
        assert server.maildrop == [LARGE]
        await backend.sync(Round())
        assert server.maildrop == [] and server.words.count("RETR") == 2


async def test_a_large_message_that_the_server_does_not_give_out_is_moved_nowhere(reader: Reader):
    async with PopServer([SMALL, LARGE]) as server:
        backend = reader.backend(limited(server))
        await backend.sync(Round())
        server.maildrop.clear()
        assert await moved(reader, backend) == []
        assert (await large(reader)).uidl == LARGE[0]


async def test_a_backup_brings_a_large_message_first(reader: Reader, tmp_path: Path):
    async with PopServer([SMALL, LARGE]) as server:
        backend = reader.backend(limited(server))
        await backend.sync(Round())
        ids = [row.id for row in await reader.summaries()]
        done = await export(reader.store, ids, Form.EML, tmp_path / "backup", backend.fetch, lambda *_: None)
        assert (done.written, done.missing) == (2, [])
    files = (path for path in (tmp_path / "backup").rglob("*.eml"))
    assert Counter(path.read_bytes() for path in files) == Counter((SMALL[1], LARGE[1]))
