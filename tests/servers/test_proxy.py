"""The fault proxy does exactly the damage that it is asked for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.proxy import HOST, Fault, Proxy, _Gate


class Echo:
    """Sends back every line, and remembers what came."""

    def __init__(self) -> None:
        self.received = b""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(1000):
                self.received += data
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            self.received += b"<reset>"
        finally:
            writer.close()


@asynccontextmanager
async def proxied(to_server: Fault = Fault(), to_client: Fault = Fault()) -> AsyncIterator[tuple[Proxy, Echo]]:  # noqa: B008
    echo = Echo()
    server = await asyncio.start_server(echo.serve, HOST, 0)
    async with (
        server,
        Proxy(server.sockets[0].getsockname()[1], to_server=to_server, to_client=to_client) as proxy,
    ):
        yield proxy, echo


async def exchange(proxy: Proxy, data: bytes) -> bytes:
    """Everything that comes back for `data` until the other side ends."""
    reader, writer = await asyncio.open_connection(HOST, proxy.port)
    try:
        writer.write(data)
        writer.write_eof()
        return await reader.read()
    finally:
        writer.close()


async def test_without_a_fault_everything_passes():
    async with proxied() as (proxy, _):
        assert await exchange(proxy, b"x" * 300_000) == b"x" * 300_000
        assert proxy.accepted == 1


async def test_the_answer_is_cut_after_a_number_of_bytes():
    async with proxied(to_client=Fault(cut_after=3)) as (proxy, echo):
        assert await exchange(proxy, b"abcdef") == b"abc"
        assert proxy.was_cut.is_set()
        assert echo.received == b"abcdef"


async def test_the_request_is_cut_after_a_number_of_bytes():
    async with proxied(to_server=Fault(cut_after=3)) as (proxy, echo):
        reader, writer = await asyncio.open_connection(HOST, proxy.port)
        writer.write(b"abcdef")
        await reader.read()
        writer.close()
        await writer.wait_closed()
        assert proxy.was_cut.is_set()
    assert echo.received == b"abc"


@pytest.mark.parametrize(("deliver", "expected"), [(False, b"one "), (True, b"one two")])
async def test_the_connection_is_cut_when_a_word_comes(deliver: bool, expected: bytes):
    async with proxied(to_client=Fault(cut_on=b"two", deliver=deliver)) as (proxy, _):
        assert await exchange(proxy, b"one two three") == expected


async def test_a_reset_is_seen_as_one():
    async with proxied(to_client=Fault(cut_on=b"now", reset=True)) as (proxy, _):
        with pytest.raises(ConnectionResetError):
            await exchange(proxy, b"now")


async def test_only_the_first_connections_suffer_when_so_asked():
    async with proxied(to_client=Fault(cut_after=0, connections=1)) as (proxy, _):
        assert await exchange(proxy, b"abc") == b""
        assert await exchange(proxy, b"abc") == b"abc"


async def test_the_bytes_of_all_connections_are_counted_together_and_all_are_cut_once():
    async with proxied(to_client=Fault(cut_after=5, shared=True)) as (proxy, _):
        first, first_writer = await asyncio.open_connection(HOST, proxy.port)
        first_writer.write(b"abc")
        assert await first.readexactly(3) == b"abc"
        assert await exchange(proxy, b"defg") == b"de"
        assert await first.read() == b""
        assert proxy.passed["to_client"] == 5
        first_writer.close()
        assert await exchange(proxy, b"hijklmn") == b"hijklmn"


async def test_a_fault_can_be_set_and_taken_back_between_connections():
    async with proxied() as (proxy, _):
        proxy.to_client = Fault(cut_after=1)
        assert await exchange(proxy, b"abc") == b"a"
        proxy.to_client = Fault()
        assert await exchange(proxy, b"abc") == b"abc"


async def test_a_stall_holds_the_rest_back_and_keeps_the_connection():
    async with proxied(to_client=Fault(stall_after=2)) as (proxy, echo):
        reader, writer = await asyncio.open_connection(HOST, proxy.port)
        writer.write(b"abcdef")
        assert await reader.readexactly(2) == b"ab"
        await proxy.stalled.wait()
        assert not reader.at_eof() and proxy.open == 1
        writer.close()
    assert echo.received == b"abcdef"


async def test_a_stall_where_an_answer_ends_is_told_when_something_is_held_back():
    async with proxied(to_client=Fault(stall_after=2)) as (proxy, _):
        reader, writer = await asyncio.open_connection(HOST, proxy.port)
        writer.write(b"ab")
        assert await reader.readexactly(2) == b"ab"
        assert not proxy.stalled.is_set()
        writer.write(b"c")
        await proxy.stalled.wait()
        writer.close()


async def test_dripped_and_delayed_bytes_arrive_whole():
    async with proxied(to_client=Fault(drip=1, delay=0.001)) as (proxy, _):
        assert await exchange(proxy, b"abcdefgh" * 20) == b"abcdefgh" * 20


async def test_every_open_connection_can_be_cut_by_hand():
    async with proxied() as (proxy, _):
        reader, writer = await asyncio.open_connection(HOST, proxy.port)
        writer.write(b"a")
        assert await reader.read(1) == b"a"
        proxy.cut()
        assert await reader.read() == b""
        writer.close()


async def test_a_refusing_proxy_ends_new_connections_at_once():
    async with proxied() as (proxy, echo):
        proxy.refusing = True
        reader, writer = await asyncio.open_connection(HOST, proxy.port)
        assert await reader.read() == b""
        writer.close()
    assert echo.received == b""


@given(st.lists(st.binary(max_size=8).map(lambda data: data.replace(b"END", b"")), max_size=8), st.booleans())
def test_a_word_is_found_however_the_bytes_are_split(chunks: list[bytes], deliver: bool):
    whole = b"".join(chunks) + b"END" + b"tail"
    gate = _Gate(Fault(cut_on=b"END", deliver=deliver))
    pieces = [*chunks, b"E", b"N", b"Dta", b"il"]
    passed = b"".join(piece for chunk in pieces for piece in gate.admit(chunk))
    assert gate.cuts
    assert passed == whole[: whole.index(b"END") + (3 if deliver else 0)]


@given(st.lists(st.binary(max_size=8), max_size=8), st.integers(1, 4))
def test_without_the_word_nothing_is_lost(chunks: list[bytes], drip: int):
    gate = _Gate(Fault(cut_on=b"\x00never sent\x00", drip=drip))
    passed = b"".join(piece for chunk in chunks for piece in gate.admit(chunk)) + b"".join(gate.finish())
    assert passed == b"".join(chunks)
