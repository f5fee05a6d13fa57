"""The POP3 connection against a server whose faults are set, and against Dovecot."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import pytest

from protocols.auth.sasl import Credentials
from protocols.endpoint import Endpoint, Security
from protocols.errors import (
    ConnectionLost,
    Misbehaved,
    ProtocolError,
    Refused,
    Throttled,
    Unreachable,
)
from protocols.pop3 import channel, wire
from protocols.pop3.connection import Connection
from tests.servers.dovecot import Dovecot
from tests.servers.pop3 import ANNA, CAPABILITIES, Faults, PopServer, letters

LETTER = b"Subject: one\r\n\r\n.dot\r\n..\r\nend\r\n"


@asynccontextmanager
async def session(server: PopServer, patience: float = 30.0) -> AsyncIterator[Connection]:
    async with await Connection.open(server.endpoint(timeout=patience)) as connection:
        await connection.sign_in(ANNA)
        yield connection


async def fetched(connection: Connection, numbers: list[int]) -> dict[int, bytes | ProtocolError]:
    sizes = await connection.list_sizes()
    return {number: result async for number, result in connection.retrieve_many(numbers, sizes)}


async def test_a_maildrop_is_counted_listed_and_fetched_octet_by_octet():
    async with PopServer([("a", LETTER), ("b", b"x\r\n")]) as server, session(server) as connection:
        assert await connection.stat() == (2, len(LETTER) + 3)
        assert await connection.list_sizes() == {1: len(LETTER), 2: 3}
        assert await connection.uidl() == {1: "a", 2: "b"}
        assert await connection.retrieve(1) == LETTER
        assert await connection.top(1, 1) == b"Subject: one\r\n\r\n.dot\r\n"
        await connection.noop()
        assert await connection.quit()


async def test_many_messages_are_pipelined_up_to_the_window():
    async with PopServer(letters(50), Faults(gather=32)) as server, session(server) as connection:
        results = await fetched(connection, list(range(1, 51)))
        assert results == {n: raw for n, (_, raw) in enumerate(server.maildrop, 1)}
        assert server.ahead == 32


async def test_the_window_is_also_bound_by_octets():
    sizes = dict.fromkeys(range(1, 11), 3 * 1024 * 1024)
    async with PopServer(letters(10), Faults(gather=2, sizes=sizes)) as server, session(server) as connection:
        assert len(await fetched(connection, list(range(1, 11)))) == 10
        assert server.ahead == 2


async def test_without_pipelining_one_command_waits_for_the_other():
    faults = Faults(capabilities=("TOP", "UIDL", "USER"))
    async with PopServer(letters(10), faults) as server, session(server) as connection:
        assert len(await fetched(connection, list(range(1, 11)))) == 10
        assert await connection.delete_many([1, 2, 3]) == {}
        assert server.ahead == 1


@pytest.mark.parametrize("capabilities", [CAPABILITIES, ("USER",)])
async def test_one_refused_message_does_not_stop_the_others(capabilities: tuple[str, ...]):
    faults = Faults(refused={2: b"-ERR [SYS/PERM] unreadable", 3: b"-ERR broken"}, capabilities=capabilities)
    async with PopServer(letters(4), faults) as server, session(server) as connection:
        results = await fetched(connection, [1, 2, 3, 4])
        assert [isinstance(result, bytes) for result in results.values()] == [True, False, False, True]
        assert isinstance(results[2], Refused)
        assert results[2].code == "SYS/PERM"
        assert list(await connection.delete_many([1, 2])) == [2]


async def test_many_headers_are_fetched_like_many_messages():
    async with PopServer(letters(3)) as server, session(server) as connection:
        headers = {n: header async for n, header in connection.top_many([1, 2, 3], 0)}
    assert headers == {n: b"Subject: %d\r\n\r\n" % n for n in (1, 2, 3)}


async def test_a_wrong_size_in_the_list_does_not_matter():
    async with PopServer([("a", LETTER)], Faults(sizes={1: 7})) as server, session(server) as connection:
        assert await fetched(connection, [1]) == {1: LETTER}


async def test_deletions_count_only_after_quit():
    async with PopServer(letters(3)) as server:
        async with session(server) as connection:
            assert await connection.delete_many([1, 3]) == {}
            assert len(server.maildrop) == 3
            assert await connection.quit()
        assert [uidl for uidl, _ in server.maildrop] == ["uid2"]


async def test_deletions_are_taken_back_by_reset_and_by_leaving_without_quit():
    async with PopServer(letters(3)) as server:
        async with session(server) as connection:
            await connection.delete_many([1])
            await connection.reset()
            assert await connection.quit()
        async with session(server) as connection:
            await connection.delete_many([1, 2])
        await server.sessions[-1].over.wait()
        assert len(server.maildrop) == 3


@pytest.mark.parametrize("answer", [b"-ERR some deleted messages not removed\r\n", b"nonsense\r\n"])
async def test_a_quit_without_ok_is_no_success(answer: bytes):
    async with PopServer(faults=Faults(answers={"QUIT": answer})) as server, session(server) as connection:
        assert not await connection.quit()


async def test_a_quit_that_is_never_answered_is_no_success():
    async with PopServer(faults=Faults(silent=frozenset({"QUIT"}))) as server, session(server, 0.05) as connection:
        assert not await connection.quit()


async def test_a_server_without_unique_ids_has_none():
    """O01."""
    async with PopServer(letters(1), Faults(uidl=False, capabilities=None)) as server, session(server) as connection:
        assert await connection.uidl() is None


async def test_unique_ids_that_fail_although_they_are_announced_are_an_error():
    async with PopServer(letters(1), Faults(uidl=False)) as server, session(server) as connection:
        with pytest.raises(Refused):
            await connection.uidl()


async def test_odd_unique_id_listings_are_read():
    """O01."""
    listing = b"+OK\r\n1  a  \r\n+OK 2 b\r\n3 a\r\n4 " + b"x" * 90 + b"\r\nx y\r\n0 z\r\n5\r\n6 a b\xff/../\r\n.\r\n"
    async with PopServer(faults=Faults(answers={"UIDL": listing})) as server, session(server) as connection:
        assert await connection.uidl() == {1: "a", 2: "b", 3: "a", 4: "x" * 90, 6: "a b\\xff/../"}


async def test_sizes_that_make_no_sense_are_passed_over():
    """O02."""
    listing = b"+OK\r\n1 10\r\n2 -5\r\n3 99999999999999999999\r\n4 4 extra\r\nfour 4\r\n.\r\n"
    async with PopServer(faults=Faults(answers={"LIST": listing})) as server, session(server) as connection:
        assert await connection.list_sizes() == {1: 10, 4: 4}


async def test_numbers_with_gaps_and_in_any_order_are_the_numbers():
    """O02."""
    answers = {"LIST": b"+OK\r\n9 90\r\n2 20\r\n.\r\n", "UIDL": b"+OK\r\n2 b\r\n9 i\r\n5 e\r\n.\r\n"}
    async with PopServer(faults=Faults(answers=answers)) as server, session(server) as connection:
        survey = await connection.survey()
    assert (survey.sizes, survey.names) == ({2: 20, 9: 90}, {2: "b", 5: "e", 9: "i"})


@pytest.mark.parametrize("answer", [b"+OK\r\n", b"+OK -1 5\r\n", b"+OK many messages\r\n"])
async def test_a_count_that_makes_no_sense_leaves_the_session_usable(answer: bytes):
    """O02."""
    async with PopServer(faults=Faults(answers={"STAT": answer})) as server, session(server) as connection:
        with pytest.raises(Misbehaved):
            await connection.stat()
        await connection.noop()


async def test_a_message_cut_off_at_any_octet_is_never_given_as_complete():
    """O03."""
    whole = b"+OK ready\r\n-ERR unknown command\r\n+OK\r\n+OK in\r\n-ERR unknown command\r\n+OK\r\na\r\n..\r\n.\r\n"
    begin = whole.index(b"a\r\n..")
    for cut in range(begin, len(whole)):
        faults = Faults(capabilities=None, drop_after=cut)
        async with PopServer([("a", b"a\r\n.\r\n")], faults) as server, session(server) as connection:
            with pytest.raises(ConnectionLost):
                await connection.retrieve(1)


async def test_a_lost_connection_in_a_pipeline_gives_what_was_complete_and_raises():
    drop = 400
    async with PopServer(letters(40), Faults(drop_after=drop)) as server, session(server) as connection:
        done: list[int] = []
        with pytest.raises(ConnectionLost):
            async for number, _ in connection.retrieve_many(range(1, 41), {}):
                done.append(number)
        assert done == list(range(1, len(done) + 1))
        assert 0 < len(done) < 40
        with pytest.raises(ConnectionLost):
            await connection.noop()


async def test_silence_ends_the_connection_for_good():
    async with PopServer(faults=Faults(silent=frozenset({"NOOP"}))) as server, session(server, 0.05) as connection:
        with pytest.raises(ConnectionLost, match="sent nothing"):
            await connection.noop()
        with pytest.raises(ConnectionLost, match="sent nothing"):
            await connection.stat()
        assert "STAT" not in server.words


async def test_a_cancelled_command_ends_the_connection_for_good():
    async with PopServer(faults=Faults(silent=frozenset({"NOOP"}))) as server, session(server) as connection:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await connection.noop()
        with pytest.raises(ConnectionLost):
            await connection.stat()


async def test_leaving_a_pipeline_early_ends_the_connection():
    async with PopServer(letters(5)) as server, session(server) as connection:
        async with aclosing(connection.retrieve_many(range(1, 6), {})) as results:
            async for _ in results:
                break
        with pytest.raises(ConnectionLost):
            await connection.noop()


async def test_an_endless_answer_ends_the_connection():
    faults = Faults(answers={"NOOP": b"+OK " + b"x" * 100_000})
    async with PopServer(faults=faults) as server, session(server) as connection:
        with pytest.raises(Misbehaved, match="too long"):
            await connection.noop()


async def test_an_unasked_error_is_the_reason_of_the_lost_connection():
    faults = Faults(answers={"NOOP": b"+OK\r\n-ERR Disconnected for inactivity.\r\n"})
    async with PopServer(faults=faults) as server, session(server) as connection:
        await connection.noop()
        with pytest.raises(ConnectionLost) as caught:
            await connection.stat()
        assert "inactivity" in caught.value.hint


@pytest.mark.parametrize(
    ("greeting", "error"),
    [
        (b"HTTP/1.1 400 Bad Request", Misbehaved),
        (b"+ challenge", Misbehaved),
        (b"-ERR [SYS/TEMP] overloaded", Throttled),
        (b"-ERR go away", Refused),
        (b"+OK ready\r\n1 120\r\n2 200\r\n.", Misbehaved),
    ],
)
async def test_an_odd_greeting_is_a_clean_failure(greeting: bytes, error: type[ProtocolError]):
    """S08, O02."""
    async with PopServer(faults=Faults(greeting=greeting)) as server:
        with pytest.raises(error):
            async with await Connection.open(server.endpoint()) as connection:
                await connection.noop()


async def test_a_server_that_never_greets_is_unreachable():
    """S08."""
    async with PopServer(faults=Faults(greeting=None)) as server:
        with pytest.raises(Unreachable) as caught:
            await Connection.open(server.endpoint(timeout=0.05))
    assert caught.value.step == "greeting"


@pytest.mark.parametrize(
    ("greeting", "error"), [(None, Unreachable), (b"+OK ready", ConnectionLost)], ids=["I01-greeting", "I01-command"]
)
async def test_a_drip_is_no_progress(greeting: bytes | None, error: type[ProtocolError]):
    """I01: an octet now and then, and never a whole response, holds no session for ever."""
    async with PopServer(faults=Faults(greeting=greeting, drips=True)) as server, asyncio.timeout(30):
        with pytest.raises(error, match="hardly anything"):
            await Connection.open(server.endpoint(timeout=0.6))


async def test_a_closed_port_is_unreachable(unused_tcp_port: int):
    with pytest.raises(Unreachable):
        await Connection.open(Endpoint("127.0.0.1", unused_tcp_port, Security.NONE))


async def test_a_real_server_is_spoken_to_from_sign_in_to_deletion(dovecot: Dovecot):
    user = dovecot.user()
    raws = [b"Subject: %d\r\n\r\n.\r\n..x\r\n%s\r\n" % (n, b"y" * 5000) for n in range(40)]
    for raw in raws:
        dovecot.deliver(user, raw)
    endpoint = Endpoint("localhost", dovecot.pop3, Security.STARTTLS, dovecot.ca_file)
    async with await Connection.open(endpoint) as connection:
        await connection.sign_in(Credentials(user, dovecot.password))
        assert {"PIPELINING", "UIDL", "TOP"} <= connection.capabilities.names
        sizes = await connection.list_sizes()
        assert (await connection.stat())[0] == len(sizes) == len(set((await connection.uidl() or {}).values())) == 40
        results = [result async for _, result in connection.retrieve_many(list(sizes), sizes)]
        assert results == raws
        assert await connection.top(1, 0) == b"Subject: 0\r\n\r\n"
        assert list(await connection.delete_many([1, 2, 99])) == [99]
        assert await connection.quit()
    assert len(dovecot.messages(user)) == 38


async def test_a_slow_reader_pauses_the_socket_and_loses_nothing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(channel, "_HELD", 10)
    async with PopServer(letters(60)) as server, session(server) as connection:
        assert await fetched(connection, list(range(1, 61))) == {
            n: raw for n, (_, raw) in enumerate(server.maildrop, 1)
        }
        await connection.noop()


async def test_a_response_that_never_ends_is_given_up_at_the_limit(monkeypatch: pytest.MonkeyPatch):
    """O03."""
    monkeypatch.setattr(wire.Wire.__init__, "__kwdefaults__", {"status_limit": 1000, "body_limit": 100_000})
    faults = Faults(answers={"RETR": b"+OK\r\n" + b"x" * 200_000})
    async with PopServer(letters(1), faults) as server, session(server) as connection:
        with pytest.raises(Misbehaved, match="too long"):
            await connection.retrieve(1)
