"""Whoever fetches much signs in once, and not again over a connection that failed."""

from pathlib import Path

import pytest

from protocols.errors import ConnectionLost, Refused
from store.mailstore import MailStore
from tests.protocols.test_engine import one_message, scripted
from tests.servers.scripted import Line


def asked(line: Line) -> list[str]:
    return [word for word in line.asked if word != "fetched"]


async def test_connections_stay_while_much_is_fetched(tmp_path: Path):
    line = Line()
    async with await MailStore.open(tmp_path / "data") as store, scripted(store, line, supervise=False) as engine:
        message = await one_message(store)
        async with engine.connections.staying():
            await engine.fetch(message)
            line.fetches.append(Refused("No."))
            with pytest.raises(Refused):
                await engine.fetch(message)
            await engine.fetch(message)
            assert asked(line) == ["open", "fetch", "fetch", "fetch"]
            line.fetches.append(ConnectionLost("Gone."))
            with pytest.raises(ConnectionLost):
                await engine.fetch(message)
            await engine.fetch(message)
        assert asked(line)[4:] == ["fetch", "open", "fetch", "close", "close"]
        await engine.fetch(message)
        assert asked(line)[-3:] == ["open", "fetch", "close"]
