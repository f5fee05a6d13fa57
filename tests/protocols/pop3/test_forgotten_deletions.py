"""Servers that confirm a deletion and list the message again, and names that are given away after one."""

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from store import accounts
from store.maildrop import Drop
from store.mailstore import MailStore
from store.model import Protocol
from tests.servers.maildrop_reader import DAY, Reader, letter, letters
from tests.servers.pop3 import Faults, PopServer

TOP_REFUSED = {"TOP": b"-ERR unknown command\r\n"}


@pytest.fixture
async def reader(tmp_path: Path) -> AsyncIterator[Reader]:
    async with await MailStore.open(tmp_path / "data") as store:
        ids = await store.write(lambda tx: accounts.reconcile(tx, [("drop", Protocol.POP3, True)]))
        yield Reader(store, ids["drop"])


async def assert_here(reader: Reader, *wanted: tuple[str, bytes]) -> None:
    """These are here, each once, and nothing else is."""
    assert Counter(await reader.every_raw()) == Counter(raw for _, raw in wanted)


async def test_what_is_listed_after_its_deletion_was_confirmed_is_only_deleted_again(reader: Reader):
    wanted = letters(3)
    async with PopServer(wanted, Faults(forgetful=True)) as server:
        await reader.round(server)
        assert set((await reader.states()).values()) == {Drop.DELETED}
        for _ in range(3):
            reader.time += 20 * DAY  # longer than deletions are remembered, if they were not listed meanwhile
            server.commands.clear()
            await reader.round(server)
            assert "RETR" not in server.words and server.words.count("DELE") == 3
        server.faults.forgetful = False
        await reader.round(server)
        assert server.maildrop == []
    await assert_here(reader, *wanted)


async def test_what_comes_back_after_a_while_is_known_also_when_it_was_removed_here(reader: Reader):
    wanted = letters(2)
    async with PopServer(wanted) as server:
        await reader.round(server)
        await reader.store.write(lambda tx: tx.execute("DELETE FROM messages WHERE uidl = 'uid2'"))
        reader.time += 20 * DAY
        server.maildrop[:] = wanted  # a backup was put back
        await reader.round(server)
        assert server.maildrop == [] and server.words.count("RETR") == 2
    await assert_here(reader, wanted[0])


async def test_with_keep_it_is_let_be_and_not_fetched(reader: Reader):
    async with PopServer([letter(1)], Faults(forgetful=True)) as server:
        await reader.round(server)
        server.commands.clear()
        await reader.round(server, "keep")
        assert not {"RETR", "DELE"} & set(server.words)
        assert await reader.states() == {"uid1": Drop.STORED}
    await assert_here(reader, letter(1))


@pytest.mark.parametrize("faults", [Faults(), Faults(answers=TOP_REFUSED)])
@pytest.mark.parametrize("padding", [0, 50])
async def test_a_name_that_is_given_away_after_a_deletion_is_new_mail(reader: Reader, faults: Faults, padding: int):
    async with PopServer([("1", letter(1)[1])], faults) as server:
        await reader.round(server)
        server.maildrop[:] = [("1", letter(2, padding)[1])]
        await reader.round(server)
        await reader.round(server)
        assert server.maildrop == []
    await assert_here(reader, letter(1), letter(2, padding))


@pytest.mark.parametrize("faults", [Faults(), Faults(answers=TOP_REFUSED)])
async def test_a_lists_copy_under_the_name_of_the_deleted_direct_one_is_new_mail(reader: Reader, faults: Faults):
    direct = letter(1)[1]
    by_list = b"List-Id: <list.example.com>\r\n" + direct + b"-- \r\nfooter\r\n"
    async with PopServer([("1", direct)], faults) as server:
        await reader.round(server)
        server.maildrop[:] = [("1", by_list)]
        await reader.round(server)
        await reader.round(server)
        assert server.maildrop == []
    await assert_here(reader, ("1", direct), ("1", by_list))


async def test_without_message_id_another_size_means_another_message(reader: Reader):
    first, second = (b"Subject: alarm\r\n\r\nroom %d\r\n" % room for room in (1, 22))
    async with PopServer([("1", first)]) as server:
        await reader.round(server)
        server.maildrop[:] = [("1", second)]
        await reader.round(server)
        assert server.maildrop == []
    await assert_here(reader, ("1", first), ("1", second))


async def test_where_headers_cannot_be_had_the_whole_message_proves_that_it_is_the_same(reader: Reader):
    wanted = letters(3)
    async with PopServer(wanted, Faults(forgetful=True, answers=TOP_REFUSED)) as server:
        await reader.round(server)
        server.faults.refused = {2: b"-ERR locked"}
        server.commands.clear()
        await reader.broken_round(server)
        assert sorted(command for command in server.commands if command.startswith(b"DELE")) == [b"DELE 1", b"DELE 3"]
        server.faults.refused.clear()
        server.faults.forgetful = False
        await reader.round(server)
        assert server.maildrop == []
    await assert_here(reader, *wanted)


async def test_a_server_that_counts_octets_otherwise_and_gives_no_headers_is_seen_through(reader: Reader):
    wanted = letters(3)
    async with PopServer(wanted, Faults(answers=TOP_REFUSED)) as server:
        await reader.round(server, "keep")
        server.faults.sizes.update({1: 1001, 2: 1002})
        await reader.round(server, "keep")
        await assert_here(reader, *wanted)
        await reader.round(server)
        assert server.maildrop == []
    await assert_here(reader, *wanted)


async def test_two_equal_messages_in_a_row_of_a_server_without_names_are_two(reader: Reader):
    async with PopServer([letter(1)], Faults(uidl=False, capabilities=("TOP", "PIPELINING"))) as server:
        await reader.round(server)
        server.maildrop[:] = [letter(1)]
        await reader.round(server)
        assert server.maildrop == []
    await assert_here(reader, letter(1), letter(1))
