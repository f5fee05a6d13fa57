"""A fresh mailbox on the server of a cell, and an account with an empty store that is connected to it."""

import contextlib
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from protocols.demo.imap_server import DemoImapServer
from tests.protocols.imap.matrix.cells import CONDSTORE, COURIER, CYRUS, DOVECOT, FAKE, PLAIN, Cell
from tests.servers import fake_imap
from tests.servers.dovecot import CONDSTORE_CAPABILITY, Dovecot, dovecot_for_tests
from tests.servers.fake_imap import FakeImap, serving
from tests.servers.far_end import FOLDERS, DovecotServer, FakeServer, FarEnd, PymapServer, RealServer
from tests.servers.imap_account import connected

WHERE = {CYRUS: "BOCAU_TEST_CYRUS", COURIER: "BOCAU_TEST_COURIER"}


@pytest.fixture(scope="session")
def dovecot_condstore(dovecot: Dovecot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dovecot]:
    """A Dovecot that announces everything but QRESYNC; asked for after the ordinary one, which says when it may run."""
    with dovecot_for_tests(tmp_path_factory.mktemp("certificate"), capability=CONDSTORE_CAPABILITY) as server:
        yield server


@pytest.fixture
async def cell(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Cell]:
    """Both ends, connected."""
    async with contextlib.AsyncExitStack() as stack:
        far = await stack.enter_async_context(far_end(request, request.param))
        account = await stack.enter_async_context(connected(far.port, far.user, tmp_path, password=far.password))
        yield Cell(far, account, tmp_path)


@contextlib.asynccontextmanager
async def far_end(request: pytest.FixtureRequest, server: str) -> AsyncIterator[FarEnd]:
    """An empty mailbox on that server."""
    match server:
        case "pymap":
            opened = pymap()
        case "fake" | "fake-bare":
            opened = fake(fake_imap.FULL if server == FAKE else fake_imap.BARE)
        case "cyrus" | "courier":
            opened = foreign(server)
        case _:
            fixture = {DOVECOT: "dovecot", CONDSTORE: "dovecot_condstore", PLAIN: "dovecot_plain"}[server]
            opened = left(DovecotServer(request.getfixturevalue(fixture), hides_deleted=server == PLAIN))
    async with opened as far:
        yield far


@contextlib.asynccontextmanager
async def left(far: FarEnd) -> AsyncIterator[FarEnd]:
    """Leave the server in the end."""
    try:
        yield far
    finally:
        await far.close()


@contextlib.asynccontextmanager
async def pymap() -> AsyncIterator[FarEnd]:
    """A pymap in this process."""
    server = DemoImapServer("anna", Dovecot.password, FOLDERS)
    await server.start()
    try:
        async with left(PymapServer(server)) as far:
            yield far
    finally:
        await server.close()


@contextlib.asynccontextmanager
async def fake(capability: str) -> AsyncIterator[FarEnd]:
    """The scripted fake; one without SPECIAL-USE tells no roles."""
    server = FakeImap(capability)
    for folder in FOLDERS:
        server.folder(folder, f"\\{folder}" if capability != fake_imap.BARE else "")
    async with serving(server):
        yield FakeServer(server)


@contextlib.asynccontextmanager
async def foreign(server: str) -> AsyncIterator[FarEnd]:
    """A server that tests/servers/foreign.sh, or somebody else, has started: its one mailbox is emptied first."""
    told = os.environ.get(WHERE[server])
    if told is None:
        pytest.skip(f"{WHERE[server]} does not say where it is (host:port:user:password); see `make test-foreign`")
    host, port, user, password = told.split(":", 3)
    assert host == "127.0.0.1", "tests stay on this machine"
    far = RealServer(int(port), user, password)
    async with left(far):
        await far.empty()
        yield far
