"""The tests cannot leave this machine, even by mistake."""

import asyncio
import socket

import pytest

from tests.servers.network_guard import OutsideNetworkError


def test_a_connection_to_another_machine_is_refused():
    with socket.socket() as outside, pytest.raises(OutsideNetworkError, match=r"192\.0\.2\.1"):
        outside.connect(("192.0.2.1", 993))


async def test_a_name_is_not_looked_up_outside():
    with pytest.raises(OutsideNetworkError, match=r"imap\.example\.com"):
        await asyncio.open_connection("imap.example.com", 993)


async def test_an_invalid_name_is_unknown_as_everywhere():
    with pytest.raises(socket.gaierror):
        await asyncio.open_connection("nowhere.invalid", 993)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_this_machine_is_reached(host: str):
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        reader, writer = await asyncio.open_connection(host, server.sockets[0].getsockname()[1])
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()
