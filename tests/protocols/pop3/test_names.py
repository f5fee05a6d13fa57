"""UIDLs that change, come twice or change hands: nothing that is here is fetched again, nothing else is missed."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
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


async def assert_here(reader: Reader, wanted: Sequence[tuple[str, bytes]]) -> None:
    assert Counter(await reader.every_raw()) == Counter(raw for _, raw in wanted)


def renamed(maildrop: Sequence[tuple[str, bytes]], prefix: str = "other-") -> list[tuple[str, bytes]]:
    return [(prefix + uidl, raw) for uidl, raw in maildrop]


@pytest.mark.parametrize("count", [1, 3, 250])
async def test_messages_under_other_names_are_known_by_their_headers(reader: Reader, count: int):
    wanted = letters(count)
    async with PopServer(wanted) as server:
        await reader.round(server, "keep")
        server.maildrop[:] = renamed(wanted)
        server.commands.clear()
        await reader.round(server, "keep")
        assert "RETR" not in server.words
        server.commands.clear()
        await reader.round(server)
        assert not {"RETR", "TOP"} & set(server.words) and server.maildrop == []
    await assert_here(reader, wanted)


async def test_some_under_other_names_among_new_ones_are_known_by_size_and_header(reader: Reader):
    wanted = [letter(n, n) for n in range(1, 31)]
    async with PopServer(wanted) as server:
        await reader.round(server, "keep")
        new = [letter(n, n) for n in range(31, 34)]
        server.maildrop[:] = [*wanted[:20], *renamed(wanted[20:]), *new]
        server.commands.clear()
        await reader.round(server, "keep")
        assert server.words.count("RETR") == 3
    await assert_here(reader, [*wanted, *new])


async def test_where_headers_cannot_be_had_the_whole_message_tells(reader: Reader):
    wanted = letters(12)
    async with PopServer(wanted, Faults(answers=TOP_REFUSED)) as server:
        await reader.round(server, "keep")
        new = letter(13)
        server.maildrop[:] = [*renamed(wanted), new]
        await reader.round(server, "keep")
        await assert_here(reader, [*wanted, new])
        server.commands.clear()
        await reader.round(server)
        assert "RETR" not in server.words and server.maildrop == []
    await assert_here(reader, [*wanted, new])


async def test_a_server_that_counts_octets_otherwise_and_renames_is_seen_through(reader: Reader):
    wanted = letters(30)
    async with PopServer(wanted) as server:
        await reader.round(server, "keep")
        server.maildrop[:] = renamed(wanted)
        server.faults.sizes.update({n: 1000 + n for n in range(1, 31)})
        server.commands.clear()
        await reader.round(server, "keep")
        assert "RETR" not in server.words
    await assert_here(reader, wanted)


async def test_a_server_that_only_counts_octets_otherwise_is_asked_for_headers_once(reader: Reader):
    wanted = letters(10)
    async with PopServer(wanted) as server:
        await reader.round(server, "keep")
        server.faults.sizes.update({n: 1000 + n for n in range(1, 11)})
        await reader.round(server, "keep")
        server.commands.clear()
        await reader.round(server, "keep")
        assert not {"RETR", "TOP"} & set(server.words)
    await assert_here(reader, wanted)


@pytest.mark.parametrize("padding", [0, 50])
async def test_a_name_that_was_given_away_after_a_deletion_nobody_confirmed_is_a_new_message(
    reader: Reader, padding: int
):
    async with PopServer([("1", letter(1)[1])], Faults(answers={"QUIT": b"-ERR unsure\r\n"})) as server:
        await reader.round(server)
        server.maildrop[:] = [("1", letter(2, padding)[1])]  # it had been deleted
        server.faults.answers.clear()
        await reader.round(server)
        assert server.maildrop == []
    await assert_here(reader, [letter(1), letter(2, padding)])


async def test_a_name_that_means_another_message_by_now_is_fetched_again(reader: Reader):
    """O01: reused."""
    async with PopServer([("1", letter(1)[1])]) as server:
        await reader.round(server, "keep")
        server.maildrop[:] = [("1", letter(2, 7)[1])]
        await reader.round(server, "keep")
    await assert_here(reader, [letter(1), letter(2, 7)])


async def test_of_messages_with_one_name_the_others_stay_themselves_when_the_first_goes(reader: Reader):
    twins = [("same", letter(n)[1]) for n in (1, 2, 3)]
    async with PopServer(twins, Faults(refused={3: b"-ERR broken"})) as server:
        await reader.broken_round(server, "keep")
        server.faults.refused.clear()
        del server.maildrop[0]
        server.commands.clear()
        await reader.round(server, "keep")
        assert server.words.count("RETR") == 1
        await reader.round(server)
        assert server.maildrop == []
    await assert_here(reader, twins)


async def test_names_that_change_hands_mean_what_their_headers_say(reader: Reader):
    async with PopServer([("a", letter(1)[1]), ("b", letter(2, 9)[1])]) as server:
        await reader.round(server, "keep")
        server.maildrop[:] = [("b", letter(1)[1]), ("a", letter(2, 9)[1])]
        server.commands.clear()
        await reader.round(server, "keep")
        assert "RETR" not in server.words
        assert await reader.raws() == {"b": letter(1)[1], "a": letter(2, 9)[1]}


async def test_days_go_on_being_counted_under_another_name(reader: Reader):
    wanted = letters(15)
    async with PopServer(wanted) as server:
        await reader.round(server, "14 days")
        reader.time += 8 * DAY
        server.maildrop[:] = renamed(wanted)
        await reader.round(server, "14 days")
        reader.time += 7 * DAY
        await reader.round(server, "14 days")
        assert server.maildrop == []
    await assert_here(reader, wanted)


async def test_a_message_that_was_stored_by_an_earlier_version_is_known_by_message_id_and_size(reader: Reader):
    wanted = letters(12)
    async with PopServer(wanted) as server:
        await reader.round(server, "keep")
        nothing = "UPDATE pop3_messages SET size = NULL, message_key = NULL, header_key = NULL"
        await reader.store.write(lambda tx: tx.execute(nothing))
        server.maildrop[:] = renamed(wanted)
        server.commands.clear()
        await reader.round(server, "keep")
        assert "RETR" not in server.words
    await assert_here(reader, wanted)


async def test_days_count_from_the_first_listing_not_from_the_download(reader: Reader):
    async with PopServer([letter(1)], Faults(refused={1: b"-ERR [SYS/TEMP] busy"})) as server:
        await reader.broken_round(server, "14 days")
        assert await reader.states() == {"uid1": Drop.SEEN}
        reader.time += 15 * DAY
        await reader.broken_round(server, "14 days")
        assert len(server.maildrop) == 1  # what is not here is not deleted, however old
        server.faults.refused.clear()
        await reader.round(server, "14 days")
        assert server.maildrop == []
    await assert_here(reader, [letter(1)])


@pytest.mark.parametrize("jump", [400 * DAY, -300 * DAY])
async def test_after_a_clock_was_set_the_days_before_count_and_those_it_jumped_do_not(reader: Reader, jump: int):
    async with PopServer([letter(1)]) as server:
        await reader.round(server, "14 days")
        reader.time += 10 * DAY
        await reader.round(server, "14 days")
        reader.time += jump
        await reader.round(server, "14 days")
        reader.time += 3 * DAY
        await reader.round(server, "14 days")
        assert len(server.maildrop) == 1
        reader.time += 2 * DAY
        await reader.round(server, "14 days")
        assert server.maildrop == []
    await assert_here(reader, [letter(1)])
