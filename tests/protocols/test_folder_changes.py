"""A change of a folder reaches its server from any process, once, or tells why it did not."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from protocols.control.message import Garbled, decode, encode, folder_change_in, folder_change_out
from protocols.engine import BACKENDS, Engine
from protocols.errors import ConnectionLost, Refused, SignInRefused, Unreachable
from protocols.station import Station
from store import accounts, folders
from store.errors import NotFound, NotPossible
from store.folder_changes import CreateFolder, DeleteFolder, FolderChange, RenameFolder, SubscribeFolder
from store.mailstore import MailStore
from store.model import Protocol
from store.settings import Settings
from store.status import Activity
from tests.servers.accounts import imap_account, pop3_account
from tests.servers.scripted import Line, Time, secret

SETTINGS = Settings(accounts=(imap_account(1), pop3_account(1)))
CHANGES: list[FolderChange] = [
    CreateFolder("Đà Nẵng/a"),
    RenameFolder("a", "b"),
    DeleteFolder("a", 3),
    SubscribeFolder("a", False),
]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[MailStore]:
    async with await MailStore.open(tmp_path / "data") as opened:
        yield opened


def engine(store: MailStore, line: Line, *, supervise: bool = True, time: Time | None = None) -> Engine:
    backends = {Protocol.IMAP: line.backend, Protocol.POP3: BACKENDS[Protocol.POP3]}
    clock = (time or Time()).clock
    return Engine(store, SETTINGS, supervise=supervise, passwords=secret, backends=backends, clock=clock)


@pytest.mark.parametrize("supervise", [True, False])
async def test_a_change_goes_to_the_server_of_its_account(store: MailStore, supervise: bool):
    line = Line()
    async with engine(store, line, supervise=supervise) as running:
        await running.change_folder("box", CreateFolder("A"))
    assert line.changes == [CreateFolder("A")]
    assert line.asked.count("close") == line.asked.count("open") == 1


@pytest.mark.parametrize("supervise", [True, False])
async def test_without_a_connection_nothing_is_changed_and_the_error_says_so(store: MailStore, supervise: bool):
    line = Line()
    line.opens.extend(Unreachable("no way", "Check the cable.") for _ in range(5))
    async with engine(store, line, supervise=supervise) as running:
        with pytest.raises(Unreachable) as caught:
            await running.change_folder("box", CreateFolder("A"))
    assert "nothing was changed. Check the cable." in caught.value.hint
    assert caught.value.account == "box"
    assert line.changes == []


async def test_a_sign_in_that_was_refused_is_tried_again_for_it_and_told(store: MailStore):
    line = Line()
    line.opens.extend(SignInRefused("no", code="AUTHENTICATIONFAILED") for _ in range(2))
    async with engine(store, line) as running:
        with store.changes.subscribe() as feed:
            while store.status["box"].activity is not Activity.REFUSED:
                await feed.next()
        with pytest.raises(SignInRefused):
            await running.change_folder("box", CreateFolder("A"))
        await running.change_folder("box", CreateFolder("A"))
    assert line.changes == [CreateFolder("A")]


async def test_a_connection_that_breaks_over_a_change_is_followed_by_one_more_try(store: MailStore):
    line = Line()
    line.fetches.extend(ConnectionLost("gone") for _ in range(3))
    async with engine(store, line) as running:
        with pytest.raises(ConnectionLost):
            await running.change_folder("box", CreateFolder("A"))
    assert len(line.changes) == 2


async def test_a_refusal_leaves_the_connection_alone(store: MailStore):
    line = Line()
    line.fetches.append(Refused("not for you"))
    async with engine(store, line) as running:
        with pytest.raises(Refused):
            await running.change_folder("box", CreateFolder("A"))
        await running.change_folder("box", CreateFolder("B"))
    assert line.asked.count("open") == 1


async def test_what_cannot_be_is_refused_before_anybody_is_asked(store: MailStore):
    line = Line()
    async with engine(store, line) as running:
        with pytest.raises(NotFound):
            await running.change_folder("nobody", CreateFolder("A"))
        with pytest.raises(NotFound):
            await running.change_folder("box", DeleteFolder("A"))
        with pytest.raises(NotPossible):
            await running.change_folder("box", CreateFolder("inbox"))
    assert line.changes == []


async def test_folders_of_a_pop3_account_are_changed_here(store: MailStore):
    async with engine(store, Line(), supervise=False) as running:
        await running.change_folder("drop", CreateFolder("A/B"))
        await running.change_folder("drop", RenameFolder("A/B", "C"))
        drop = await store.read(lambda c: accounts.by_name(c, "drop"))
        assert "C" in [folder.path for folder in await store.read(lambda c: folders.every(c, drop.id))]
        with pytest.raises(NotPossible, match="on this disk alone"):
            await running.change_folder("drop", SubscribeFolder("C"))
        await running.change_folder("drop", DeleteFolder("C"))
        assert "C" not in [folder.path for folder in await store.read(lambda c: folders.every(c, drop.id))]


async def test_another_process_has_its_changes_done_by_the_one_that_runs_the_engine(tmp_path: Path):
    line = Line()
    data = tmp_path / "data"
    backends = {Protocol.IMAP: line.backend, Protocol.POP3: BACKENDS[Protocol.POP3]}
    async with (
        await MailStore.open(data) as first,
        await MailStore.open(data) as second,
        Station(first, SETTINGS, passwords=secret, backends=backends, supervise=False) as one,
        Station(second, SETTINGS, passwords=secret, backends=backends, supervise=False) as two,
    ):
        await two.settled()
        assert (one.runs_engine, two.is_linked) == (True, True)
        await two.change_folder("box", CreateFolder("A"))
        line.fetches.append(Refused("not for you", code="NOPERM"))
        with pytest.raises(Refused, match="not for you"):
            await two.change_folder("box", CreateFolder("B"))
        with pytest.raises(NotPossible):
            await two.change_folder("box", CreateFolder("inbox"))
    assert line.changes == [CreateFolder("A"), CreateFolder("B")]


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_survives_the_way(change: FolderChange):
    assert folder_change_in(decode(encode(folder_change_out(change)))) == change


@pytest.mark.parametrize(
    "value",
    [
        None,
        {},
        {"kind": "CreateFolder"},
        {"kind": "CreateFolder", "path": 1},
        {"kind": "CreateFolder", "path": "a", "new": "b"},
        {"kind": "DeleteFolder", "path": "a", "messages": True},
        {"kind": "SubscribeFolder", "path": "a", "subscribed": 1},
        {"kind": "Path", "path": "a"},
    ],
)
def test_what_is_no_change_is_garbled(value: object):
    with pytest.raises(Garbled):
        folder_change_in(value)
