"""POP3 servers that lie, forget, mix up and hang: every message exists exactly once, here or there."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from protocols.backend import Round
from protocols.endpoint import Endpoint
from protocols.errors import Misbehaved, ProtocolError
from protocols.pop3 import wire
from store import accounts
from store.mailstore import MailStore
from store.model import Protocol
from tests.servers.accounts import pop3_account
from tests.servers.maildrop_reader import DAY, Reader, letter, letters
from tests.servers.pop3 import CAPABILITIES, Faults, PopServer

Letters = Sequence[tuple[str, bytes]]


@pytest.fixture
async def reader(tmp_path: Path) -> AsyncIterator[Reader]:
    async with await MailStore.open(tmp_path / "data") as store:
        ids = await store.write(lambda tx: accounts.reconcile(tx, [("drop", Protocol.POP3, True)]))
        yield Reader(store, ids["drop"])


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections wait three seconds for a silent server, not thirty."""
    of = Endpoint.of
    monkeypatch.setattr(Endpoint, "of", lambda account: replace(of(account), timeout=3.0))


async def assert_once(reader: Reader, server: PopServer, wanted: Letters) -> None:
    """Each of `wanted` is here once, or there; what is here was wanted."""
    here = Counter(await reader.every_raw())
    there = {raw for _, raw in server.maildrop}
    missing = [uidl for uidl, raw in wanted if not here[raw] and raw not in there]
    assert missing == []
    assert here - Counter(raw for _, raw in wanted) == Counter()


async def assert_here(reader: Reader, wanted: Letters) -> None:
    """All of `wanted` are here, each once, and nothing else is."""
    assert Counter(await reader.every_raw()) == Counter(raw for _, raw in wanted)


async def rounds(reader: Reader, server: PopServer, count: int, after: str = "delete") -> None:
    """Some rounds, however they end."""
    for _ in range(count):
        with suppress(ProtocolError):
            await reader.round(server, after)


@pytest.mark.parametrize("size", [0, 7, 10**7, 10**15])
async def test_a_wrong_size_costs_nothing(reader: Reader, size: int):
    """O03."""
    wanted = letters(40)
    async with PopServer(wanted, Faults(sizes={3: size, 20: size})) as server:
        await rounds(reader, server, 2, "keep")
        await assert_once(reader, server, wanted)
        server.faults.sizes.clear()
        await reader.round(server)
        assert server.maildrop == []
    await assert_here(reader, wanted)


async def test_a_message_over_which_the_connection_breaks_holds_up_no_other(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(wire.Wire.__init__, "__kwdefaults__", {"status_limit": 1000, "body_limit": 100_000})
    wanted = letters(60)
    faults = Faults(bodies={2: b"+OK\r\n" + b"x" * 300_000})
    async with PopServer(wanted, faults) as server:
        assert isinstance(await reader.broken_round(server), Misbehaved)
        await assert_once(reader, server, wanted)
        await rounds(reader, server, 3)
        assert [uidl for uidl, _ in server.maildrop] == ["uid2"]
        faults.bodies.clear()
        reader.time += DAY
        await reader.round(server)
        assert server.maildrop == []
    await assert_here(reader, wanted)


@pytest.mark.parametrize("number", [1, 20, 40])
async def test_a_dot_that_the_server_forgot_to_stuff_never_makes_half_a_message_of_one(reader: Reader, number: int):
    """O03."""
    uidl, raw = letter(number)
    wanted = [(u, r.replace(b".\r\n", b"_\r\n")) for u, r in letters(40)]
    wanted[number - 1] = uidl, raw + b"behind the dot\r\n" * 9
    async with PopServer(wanted, Faults(unstuffed=True)) as server:
        await rounds(reader, server, 6)
        assert server.maildrop == [wanted[number - 1]]
        await assert_once(reader, server, wanted)
        server.faults.unstuffed = False
        reader.time += DAY
        await reader.round(server)
        assert server.maildrop == []
    await assert_here(reader, wanted)


async def test_a_server_that_throws_away_commands_that_came_too_early_gets_one_at_a_time(
    reader: Reader, impatient: None
):
    wanted = letters(50)
    async with PopServer(wanted, Faults(discards=True)) as server:
        await reader.round(server)
        assert server.maildrop == []
        server.maildrop[:] = more = [letter(number) for number in range(51, 60)]
        sessions = len(server.sessions)
        await reader.round(server)
        assert server.maildrop == []
        assert len(server.sessions) - sessions == 2  # one that fetches, one that finds nothing more: none in vain
    await assert_here(reader, [*wanted, *more])


async def test_a_server_that_answers_early_commands_with_nonsense_gets_one_at_a_time(reader: Reader):
    wanted = letters(5)
    async with PopServer(wanted, Faults(answers={"LIST": b"what?\r\n"})) as server:
        await rounds(reader, server, 1)
        assert sum(word == "STAT" for word in server.words) == 2
        server.faults.answers.clear()
        await reader.round(server)
        assert server.maildrop == []
    await assert_here(reader, wanted)


async def test_a_quit_that_is_never_answered_loses_and_doubles_nothing(reader: Reader, impatient: None):
    """O04."""
    wanted = letters(30)
    async with PopServer(wanted, Faults(silent=frozenset({"QUIT"}))) as server:
        await reader.round(server)
        assert len(server.maildrop) == 30
        await assert_once(reader, server, wanted)
        server.faults.silent = frozenset()
        server.commands.clear()
        await reader.round(server)
        assert "RETR" not in server.words and server.maildrop == []
    await assert_here(reader, wanted)


@pytest.mark.parametrize("left", [0, 1, 11])
@pytest.mark.parametrize("after", ["keep", "14 days"])
async def test_a_listing_that_is_empty_or_short_makes_nothing_come_again(reader: Reader, left: int, after: str):
    """O02."""
    wanted = letters(20)
    async with PopServer(wanted) as server:
        await reader.round(server, after)
        server.maildrop[:] = wanted[:left]
        await rounds(reader, server, 2, after)
        reader.time += 13 * DAY
        await rounds(reader, server, 1, after)
        server.maildrop[:] = wanted
        server.commands.clear()
        await reader.round(server, after)
        assert "RETR" not in server.words and "DELE" not in server.words
    await assert_here(reader, wanted)


@pytest.mark.parametrize("stat", [b"+OK 0 0\r\n", b"+OK many\r\n", b"-ERR what\r\n", b"+OK 41 9\r\n"])
async def test_a_count_that_disagrees_fetches_all_and_deletes_nothing(reader: Reader, stat: bytes):
    """O02."""
    wanted = letters(40)
    async with PopServer(wanted, Faults(answers={"STAT": stat})) as server:
        await rounds(reader, server, 2)
        assert "DELE" not in server.words and len(server.maildrop) == 40
        await assert_here(reader, wanted)
        server.faults.answers.clear()
        await reader.round(server)
        assert server.maildrop == []
    await assert_here(reader, wanted)


async def test_a_message_without_unique_id_is_told_by_its_header(reader: Reader):
    """O01."""
    wanted = letters(3)
    listing = b"+OK\r\n1 uid1\r\n3 uid3\r\n.\r\n"
    async with PopServer(wanted, Faults(answers={"UIDL": listing})) as server:
        await reader.round(server, "keep")
        server.commands.clear()
        await reader.round(server)
        assert "RETR" not in server.words and "DELE" not in server.words
    await assert_here(reader, wanted)


@pytest.mark.parametrize("after", ["keep", "delete"])
async def test_sessions_follow_until_a_server_that_shows_a_few_at_a_time_has_no_more(reader: Reader, after: str):
    wanted = letters(100)
    async with PopServer(wanted, Faults(at_most=30)) as server:
        await reader.round(server, after)
        assert len(server.maildrop) == (100 if after == "keep" else 0)
    await assert_here(reader, wanted)


async def test_a_server_that_wants_a_pause_between_sessions_is_not_asked_again_at_once(reader: Reader):
    wanted = letters(100)
    async with PopServer(wanted, Faults(at_most=60, capabilities=(*CAPABILITIES, "LOGIN-DELAY 10"))) as server:
        await reader.round(server)
        assert len(server.sessions) == 1 and len(server.maildrop) == 40
        await reader.round(server)
        assert server.maildrop == []
    await assert_here(reader, wanted)


@pytest.mark.parametrize("answer", [b"-ERR [LOGIN-DELAY] too soon", b"-ERR [IN-USE] locked", b"-ERR login limit"])
async def test_a_second_session_that_is_refused_is_no_failure_and_not_tried_again(reader: Reader, answer: bytes):
    """O06."""
    async with PopServer(letters(3), Faults(later=answer)) as server:
        backend = reader.backend(pop3_account(server.port))
        await backend.sync(Round())
        assert server.maildrop == [] and len(server.sessions) == 2
        server.faults.later = None
        server.maildrop.append(letter(4))
        await backend.sync(Round())
        assert server.maildrop == [] and len(server.sessions) == 3
    await assert_here(reader, letters(4))
