"""An open IMAP connection to a scripted server that has greeted already."""

import contextlib
from collections.abc import AsyncIterator

from protocols.endpoint import Endpoint, Security
from protocols.imap.connection import Connection
from protocols.imap.wire import Sink
from tests.servers.script import Peer, Script, scripted


@contextlib.asynccontextmanager
async def greeted(
    script: Script, *, capabilities: str = "IDLE", on_untagged: Sink | None = None
) -> AsyncIterator[Connection]:
    """Greet with `capabilities`, follow the script, then let the client leave politely."""

    async def greet_first(peer: Peer) -> None:
        await peer.say(f"* OK [CAPABILITY IMAP4rev1 {capabilities}] hello")
        await script(peer)
        await peer.finished()

    async with (
        scripted(greet_first) as server,
        await Connection.open(plain_endpoint(server.port), on_untagged=on_untagged) as connection,
    ):
        yield connection


def plain_endpoint(port: int, timeout: float = 5.0) -> Endpoint:
    """A server on loopback without TLS."""
    return Endpoint("localhost", port, Security.NONE, timeout=timeout)
