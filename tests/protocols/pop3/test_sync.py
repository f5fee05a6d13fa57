"""The full cycle of POP3: nothing is fetched twice, nothing is lost, nothing is deleted too early."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from protocols.backend import Mailbox, Round
from protocols.clock import Clock
from protocols.errors import Misbehaved, Refused, SignInRefused, Throttled
from protocols.pop3.backend import Pop3Backend
from store import accounts
from store.database import Transaction
from store.errors import NotFound
from store.maildrop import Drop
from store.mailstore import MailStore
from store.model import MessageId, Protocol
from tests.servers.accounts import pop3_account
from tests.servers.dovecot import Dovecot
from tests.servers.maildrop_reader import DAY, Reader, letter, letters
from tests.servers.pop3 import CAPABILITIES, Faults, PopServer
from tests.servers.scripted import Heard

T = TypeVar("T")


@pytest.fixture
async def reader(tmp_path: Path) -> AsyncIterator[Reader]:
    async with await MailStore.open(tmp_path / "data") as store:
        ids = await store.write(lambda tx: accounts.reconcile(tx, [("drop", Protocol.POP3, True)]))
        yield Reader(store, ids["drop"])


async def test_delete_fetches_everything_octet_by_octet_and_empties_the_maildrop(reader: Reader):
    async with PopServer(letters(120)) as server:
        await reader.round(server)
        assert server.maildrop == []
    assert await reader.raws() == dict(letters(120))
    assert set((await reader.states()).values()) == {Drop.DELETED}


async def test_keep_leaves_everything_and_a_second_session_fetches_only_what_is_new(reader: Reader):
    async with PopServer(letters(3)) as server:
        await reader.round(server, "keep")
        server.maildrop.append(letter(4))
        server.commands.clear()
        await reader.round(server, "keep")
        assert server.words.count("RETR") == 1
        assert "DELE" not in server.words
        assert len(server.maildrop) == 4
    assert await reader.uidls() == ["uid1", "uid2", "uid3", "uid4"]


async def test_days_delete_what_was_first_seen_longer_ago(reader: Reader):
    async with PopServer(letters(2)) as server:
        await reader.round(server, "14 days")
        reader.time += 10 * DAY
        server.maildrop.append(letter(3))
        await reader.round(server, "14 days")
        reader.time += 5 * DAY
        await reader.round(server, "14 days")
        assert [uidl for uidl, _ in server.maildrop] == ["uid3"]
    assert await reader.uidls() == ["uid1", "uid2", "uid3"]


async def test_what_another_machine_took_stays_here(reader: Reader):
    """O05: two machines on one maildrop, each with its own days."""
    async with PopServer(letters(4)) as server:
        await reader.round(server, "14 days")
        del server.maildrop[1:3]
        server.maildrop.append(letter(5))
        reader.time += 15 * DAY
        await reader.round(server, "14 days")
        assert [uidl for uidl, _ in server.maildrop] == ["uid5"]
        server.maildrop.clear()
        await reader.round(server, "14 days")
    assert len(await reader.every_raw()) == 5


async def test_a_clock_that_jumped_deletes_nothing_in_that_session(reader: Reader):
    """O05."""
    async with PopServer(letters(2)) as server:
        await reader.round(server, "14 days")
        reader.time += 400 * DAY
        await reader.round(server, "14 days")
        reader.time -= 300 * DAY
        await reader.round(server, "14 days")
        assert len(server.maildrop) == 2


async def test_nothing_is_deleted_before_everything_is_committed(reader: Reader):
    async with PopServer(letters(3)) as server:
        server.faults.silent = frozenset({"DELE"})
        server.commands = heard = Heard(b"DELE")
        round_ = asyncio.create_task(reader.round(server))
        await heard.event.wait()
        stored_at_first_dele = await reader.uidls()
        states = await reader.states()
        round_.cancel()
        await asyncio.gather(round_, return_exceptions=True)
    assert stored_at_first_dele == ["uid1", "uid2", "uid3"]
    assert set(states.values()) == {Drop.DELETE_PENDING}


class Synced(MailStore):
    """A store that knows whether the last thing written waited for the disk, and everything before it with it."""

    synced = False

    async def write(self, function: Callable[[Transaction], T], *, durable: bool = False) -> T:
        result = await super().write(function, durable=durable)
        self.synced = durable
        return result


@pytest.mark.parametrize(("after", "word"), [("delete", b"DELE"), ("keep", b"QUIT")])
async def test_what_came_is_on_the_disk_before_the_server_may_let_go_of_it(tmp_path: Path, after: str, word: bytes):
    async with await Synced.open(tmp_path / "data") as store:
        ids = await store.write(lambda tx: accounts.reconcile(tx, [("drop", Protocol.POP3, True)]))
        async with PopServer(letters(60)) as server:
            server.faults.silent = frozenset({word.decode()})
            server.commands = heard = Heard(word)
            round_ = asyncio.create_task(Reader(store, ids["drop"]).round(server, after))
            await heard.event.wait()
            assert store.synced
            assert await store.read(lambda c: c.execute("SELECT count(*) FROM bodies").fetchone()) == (60,)
            round_.cancel()
            await asyncio.gather(round_, return_exceptions=True)


async def test_a_deletion_that_happened_though_nobody_said_so_is_forgotten_a_month_after_the_last_listing(
    reader: Reader,
):
    async with PopServer(letters(2), Faults(answers={"QUIT": b"-ERR unsure\r\n"})) as server:
        await reader.round(server)
        server.maildrop.clear()
        await reader.round(server)
        assert set((await reader.states()).values()) == {Drop.UNCONFIRMED}
        reader.time += 31 * DAY
        await reader.round(server)
    assert await reader.states() == {}
    assert await reader.uidls() == ["uid1", "uid2"]


async def test_counts_that_disagree_fetch_but_delete_nothing(reader: Reader):
    async with PopServer(letters(3), Faults(answers={"STAT": b"+OK 7 4711\r\n"})) as server:
        await reader.round(server)
        assert "DELE" not in server.words
        assert len(server.maildrop) == 3
    assert await reader.uidls() == ["uid1", "uid2", "uid3"]


async def test_one_message_that_the_server_refuses_is_named_and_the_others_come(reader: Reader):
    async with PopServer(letters(3), Faults(refused={2: b"-ERR it is broken"})) as server:
        error = await reader.broken_round(server)
        assert isinstance(error, Refused)
        assert "1 of 3" in str(error) and "it is broken" in str(error)
        assert [uidl for uidl, _ in server.maildrop] == ["uid2"]
        server.faults.refused.clear()
        await reader.round(server)
        assert server.maildrop == []
    assert await reader.uidls() == ["uid1", "uid2", "uid3"]


async def test_ids_that_come_twice_are_two_messages(reader: Reader):
    """O01."""
    twins = [("same", letter(1)[1]), ("same", letter(2)[1])]
    async with PopServer(twins) as server:
        await reader.round(server, "keep")
        await reader.round(server, "keep")
    assert await reader.raws() == {"same": twins[0][1], "same#2": twins[1][1]}


async def test_messages_under_new_names_are_recognised_and_not_fetched_again(reader: Reader):
    """O01: a server that numbers anew with each session."""
    async with PopServer(letters(20)) as server:
        await reader.round(server, "14 days")
        server.maildrop[:] = [(f"renamed-{uidl}", raw) for uidl, raw in server.maildrop]
        server.maildrop.append(letter(21))
        server.commands.clear()
        await reader.round(server, "14 days")
        assert server.words.count("RETR") == 1
        reader.time += 15 * DAY
        await reader.round(server, "14 days")
        assert server.maildrop == []
    assert len(await reader.uidls()) == 21


async def test_a_server_full_of_new_mail_is_not_taken_for_a_renamed_one(reader: Reader):
    async with PopServer(letters(20)) as server:
        await reader.round(server, "keep")
        server.maildrop[:] = [letter(number) for number in range(101, 121)]
        await reader.round(server, "keep")
    assert len(await reader.uidls()) == 40


async def test_without_uidl_messages_are_told_by_their_headers(reader: Reader):
    faults = Faults(uidl=False, capabilities=("TOP",), answers={"QUIT": b"-ERR unsure\r\n"})
    async with PopServer([letter(1), letter(2), letter(2)], faults) as server:
        await reader.round(server)
        server.commands.clear()
        faults.answers.clear()
        await reader.round(server)
        assert "RETR" not in server.words
        assert server.maildrop == []
    assert len(await reader.uidls()) == 3


async def test_without_uidl_and_top_a_message_is_fetched_again_but_stored_once(reader: Reader):
    faults = Faults(uidl=False, capabilities=(), answers={"TOP": b"-ERR unknown\r\n", "QUIT": b"-ERR unsure\r\n"})
    async with PopServer(letters(2), faults) as server:
        await reader.round(server)
        del faults.answers["QUIT"]
        await reader.round(server)
        assert server.maildrop == []
    assert len(await reader.uidls()) == 2


async def test_without_uidl_nothing_can_be_left_on_the_server(reader: Reader):
    async with PopServer(letters(1), Faults(uidl=False, capabilities=("TOP",))) as server:
        error = await reader.broken_round(server, "keep")
    assert isinstance(error, Refused)
    assert "after_download" in str(error)
    assert await reader.uidls() == []


async def test_a_message_that_was_removed_here_for_good_does_not_come_again(reader: Reader):
    async with PopServer(letters(1)) as server:
        await reader.round(server, "keep")
        (row,) = await reader.summaries()
        await reader.store.write(lambda tx: tx.execute("DELETE FROM messages WHERE id = ?", (row.id,)))
        await reader.round(server, "keep")
    assert await reader.uidls() == []


async def test_progress_is_told_in_the_status(reader: Reader):
    async with PopServer(letters(60)) as server:
        with reader.store.changes.subscribe() as feed:
            await reader.round(server)
            assert (await feed.next()).status
    status = reader.store.status["drop"]
    assert (status.done, status.total) == (60, 60)


async def test_a_wrong_password_is_refused_in_words(reader: Reader):
    async with PopServer(letters(1)) as server:
        with pytest.raises(SignInRefused):
            await reader.backend(pop3_account(server.port), "wrong").sync(Round())


async def test_the_delay_that_a_server_wants_between_sessions_is_kept(reader: Reader):
    async with PopServer(letters(1), Faults(capabilities=(*CAPABILITIES, "LOGIN-DELAY 900"))) as server:
        backend = reader.backend(pop3_account(server.port, after="keep"))
        await backend.sync(Round())
        reader.time += 100
        with pytest.raises(Throttled) as caught:
            await backend.sync(Round())
        assert caught.value.delay == 800
        reader.time += 800
        await backend.sync(Round())


async def test_a_server_that_breaks_the_protocol_costs_nothing(reader: Reader):
    async with PopServer(letters(2), Faults(answers={"UIDL": b"what?\r\n"})) as server:
        assert isinstance(await reader.broken_round(server), Misbehaved)
        assert len(server.maildrop) == 2


async def test_fetching_a_message_finds_it_here_or_says_that_it_is_unknown(reader: Reader):
    async with PopServer(letters(1)) as server:
        backend = reader.backend(pop3_account(server.port))
        await backend.sync(Round())
        (row,) = await reader.summaries()
        await backend.fetch(row.id)
        with pytest.raises(NotFound):
            await backend.fetch(MessageId(999))


async def test_local_folders_need_no_session(reader: Reader):
    async with PopServer(letters(1)) as server:
        await reader.backend(pop3_account(server.port)).sync(Round(folders=("Archive",)))
        assert server.commands == []
        await reader.backend(pop3_account(server.port)).sync(Round(folders=("inbox",)))
    assert await reader.uidls() == ["uid1"]


async def test_watching_polls_every_five_minutes_or_as_seldom_as_the_server_wants(reader: Reader):
    slept: list[float] = []
    noticed = asyncio.Event()

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) > 1:
            await asyncio.Event().wait()

    mailbox = Mailbox(pop3_account(1), reader.account, reader.store, "right")
    watching = asyncio.create_task(Pop3Backend(mailbox, clock=Clock(sleep=sleep)).watch(noticed.set))
    await noticed.wait()
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    assert slept[0] == 300


async def test_a_real_server_is_emptied_into_the_store(reader: Reader, dovecot: Dovecot):
    user = dovecot.user()
    for _, raw in letters(20):
        dovecot.deliver(user, raw)
    settings = pop3_account(dovecot.pop3, user=user, after="keep")
    await reader.backend(settings, dovecot.password).sync(Round())
    await reader.backend(settings, dovecot.password).sync(Round())
    # Dovecot gives every message CRLF at its end
    assert {raw.removesuffix(b"\r\n") for raw in (await reader.raws()).values() if raw} == {
        raw.removesuffix(b"\r\n") for _, raw in letters(20)
    }
    assert len(await reader.uidls()) == 20
    settings = pop3_account(dovecot.pop3, user=user)
    await reader.backend(settings, dovecot.password).sync(Round())
    assert dovecot.messages(user) == []
    assert len(await reader.uidls()) == 20
