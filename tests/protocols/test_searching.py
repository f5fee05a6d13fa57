"""The engine asks every server that may know more than this disk, and tells which of them did not answer."""

from pathlib import Path

import pytest

from protocols.control.link import link
from protocols.control.server import serve
from protocols.engine import BACKENDS, Engine
from protocols.errors import ConnectionLost, Refused, Unreachable
from store import accounts, folders, messages
from store.folders import Cursor
from store.mailstore import MailStore
from store.messages import Arrival
from store.model import Address, Digest, MessageId, Protocol, Role
from store.search.errors import QueryError
from store.settings import Settings
from tests.servers.accounts import imap_account
from tests.servers.scripted import Line, Time, secret

DIGEST = Digest("<1@x>", (), Address("", "a@x"), (), (), "one", None, 0, (), "", None)


async def absent(store: MailStore) -> MessageId:
    """A message of the account `box` of which only the summary is here."""
    box = await store.read(lambda c: accounts.by_name(c, "box"))

    def write(tx) -> MessageId:
        folder = folders.add_local(tx, box.id, "INBOX", Role.INBOX)
        folders.set_wire_name(tx, folder, b"INBOX")
        folders.set_cursor(tx, folder, Cursor(7, 8, 1, None))
        return messages.add(tx, box.id, folder, [Arrival(DIGEST, 1, 10, uid=7)])[0]

    return await store.write(write)


def engine(store: MailStore, line: Line, *, supervise: bool = True) -> Engine:
    return Engine(
        store,
        Settings(accounts=(imap_account(1),)),
        supervise=supervise,
        passwords=secret,
        backends={Protocol.IMAP: line.backend, Protocol.POP3: BACKENDS[Protocol.POP3]},
        clock=Time().clock,
    )


@pytest.mark.parametrize("supervise", [True, False])
async def test_a_server_is_asked_for_what_is_not_here(tmp_path: Path, supervise: bool):
    async with await MailStore.open(tmp_path) as store:
        line = Line()
        async with engine(store, line, supervise=supervise) as running:
            line.hits = [await absent(store)]
            answer = await running.search("pigeon")
            assert (answer.messages, answer.asked, dict(answer.errors)) == (tuple(line.hits), ("box",), {})


async def test_nobody_is_asked_where_everything_is_here(tmp_path: Path):
    async with await MailStore.open(tmp_path) as store:
        line = Line()
        async with engine(store, line, supervise=False) as running:
            assert (await running.search("pigeon")).asked == ()
            await absent(store)
            assert (await running.search("subject:pigeon")).asked == ()
            assert "open" not in line.asked


async def test_a_server_that_cannot_be_asked_is_named(tmp_path: Path):
    async with await MailStore.open(tmp_path) as store:
        line = Line()
        async with engine(store, line, supervise=False) as running:
            await absent(store)
            line.opens.append(Unreachable("The server does not answer.", ""))
            answer = await running.search("pigeon")
            assert answer.asked == ("box",)
            assert isinstance(answer.errors["box"], Unreachable)


async def test_a_search_outlives_a_connection_that_had_died(tmp_path: Path):
    async with await MailStore.open(tmp_path) as store:
        line = Line()
        async with engine(store, line) as running:
            line.hits = [await absent(store)]
            await line.until("watch")
            line.fetches.append(ConnectionLost("It went away.", ""))
            assert (await running.search("pigeon")).messages == tuple(line.hits)
            assert line.connections == 2
            line.fetches.append(Refused("It does not search.", ""))
            assert (await running.search("pigeon")).errors["box"].title == "It does not search."
            assert line.connections == 2


async def test_another_process_has_its_search_done_too(tmp_path: Path):
    async with await MailStore.open(tmp_path) as store, await MailStore.open(tmp_path) as other:
        line = Line()
        async with engine(store, line, supervise=False) as running, serve(store, running), link(other) as asking:
            assert asking is not None
            line.hits = [await absent(store)]
            answer = await asking.search("pigeon")
            assert (answer.messages, answer.asked, dict(answer.errors)) == (tuple(line.hits), ("box",), {})
            line.fetches.append(Refused("It does not search.", "", account="box"))
            answer = await asking.search("pigeon")
            assert isinstance(answer.errors["box"], Refused)
            with pytest.raises(QueryError):
                await asking.search("is:purple")
