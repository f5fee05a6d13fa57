"""POP3 over lines that break and in processes that die: nothing is lost, nothing is doubled."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from protocols.backend import Round
from protocols.errors import ConnectionLost
from store import accounts
from store.maildrop import Drop
from store.mailstore import MailStore
from store.model import Protocol
from tests.servers.accounts import pop3_account
from tests.servers.dovecot import Dovecot
from tests.servers.maildrop_reader import Reader, letter, letters
from tests.servers.pop3 import Faults, PopServer
from tests.servers.proxy import PASS, Fault, Proxy
from tests.servers.scripted import Heard


@pytest.fixture
async def reader(tmp_path: Path) -> AsyncIterator[Reader]:
    async with await MailStore.open(tmp_path / "data") as store:
        ids = await store.write(lambda tx: accounts.reconcile(tx, [("drop", Protocol.POP3, True)]))
        yield Reader(store, ids["drop"])


async def test_a_line_that_breaks_while_fetching_keeps_what_came_whole_and_the_rest_comes_next_time(reader: Reader):
    """O03."""
    faults = Faults(drop_after=70_000)
    async with PopServer([letter(number, 900) for number in range(1, 101)], faults) as server:
        assert isinstance(await reader.broken_round(server), ConnectionLost)
        some = await reader.uidls()
        assert 60 < len(some) < 100  # of 70,000 octets nearly all are whole messages
        assert len(server.maildrop) == 100
        faults.drop_after = None
        server.commands.clear()
        await reader.round(server)
        assert server.words.count("RETR") == 100 - len(some)
        assert server.maildrop == []
    assert await reader.raws() == dict(letter(number, 900) for number in range(1, 101))


async def test_a_crash_between_dele_and_quit_loses_nothing_and_doubles_nothing(reader: Reader):
    """O04."""
    async with PopServer(letters(3), Faults(answers={"QUIT": b"-ERR [SYS/TEMP] not removed\r\n"})) as server:
        await reader.round(server)
        assert set((await reader.states()).values()) == {Drop.UNCONFIRMED}
        assert len(server.maildrop) == 3
        server.faults.answers.clear()
        server.commands.clear()
        await reader.round(server)
        assert "RETR" not in server.words
        assert server.maildrop == []
    assert await reader.uidls() == ["uid1", "uid2", "uid3"]
    assert set((await reader.states()).values()) == {Drop.DELETED}


@pytest.mark.parametrize(
    "fault",
    [
        Fault(cut_on=b"DELE"),
        Fault(cut_on=b"DELE 7", deliver=True),
        Fault(cut_on=b"QUIT"),
        Fault(cut_on=b"QUIT\r\n", deliver=True),
        Fault(cut_on=b"RETR 5\r\n"),
        Fault(cut_on=b"RETR 60\r\n", deliver=True, reset=True),
    ],
)
async def test_a_line_cut_at_any_command_loses_and_doubles_nothing(reader: Reader, dovecot: Dovecot, fault: Fault):
    user = dovecot.user()
    for _, raw in letters(80):
        dovecot.deliver(user, raw)
    async with Proxy(dovecot.pop3) as proxy:
        backend = reader.backend(pop3_account(proxy.port, user=user), dovecot.password)
        proxy.to_server = fault
        with suppress(ConnectionLost):
            await backend.sync(Round())
        assert proxy.was_cut.is_set()
        proxy.to_server = PASS
        await backend.sync(Round())
    assert dovecot.messages(user) == []
    subjects = [row.subject for row in await reader.summaries()]
    assert sorted(subjects) == sorted(f"letter {number}" for number in range(1, 81))


RETRIEVER = """
import asyncio, sys
from pathlib import Path
from protocols.engine import Engine
from store.mailstore import MailStore
from store.settings import Settings
from tests.servers.accounts import pop3_account
from tests.servers.scripted import secret

async def main():
    settings = Settings(accounts=(pop3_account(int(sys.argv[2])),))
    async with await MailStore.open(Path(sys.argv[1])) as store:
        async with Engine(store, settings, supervise=False, passwords=secret) as engine:
            await engine.sync()

asyncio.run(main())
"""


@pytest.mark.parametrize("word", [b"RETR 90", b"DELE", b"QUIT"])
async def test_a_process_killed_at_any_point_loses_and_doubles_nothing(tmp_path: Path, word: bytes):
    async with PopServer([letter(number, 2000) for number in range(1, 101)]) as server:
        server.commands = heard = Heard(word)
        server.faults.silent = frozenset({word.split()[0].decode()} - {"RETR"})
        root = Path(__file__).parents[3]
        arguments = (sys.executable, "-c", RETRIEVER, str(tmp_path / "data"), str(server.port))
        process = await asyncio.create_subprocess_exec(*arguments, cwd=root)
        await heard.event.wait()
        process.kill()
        await process.wait()
        await server.sessions[0].over.wait()
        server.faults.silent = frozenset()
        async with await MailStore.open(tmp_path / "data") as store:
            (account,) = await store.read(accounts.every)
            again = Reader(store, account.id)
            await again.round(server)
            assert server.maildrop == []
            assert await again.raws() == dict(letter(number, 2000) for number in range(1, 101))
