"""Where the server keeps a MODSEQ (RFC 7162) only what changed is asked for, and nothing that changed is missed."""

import asyncio
from pathlib import Path

import pytest

from protocols.imap import differences, retrieval, summaries, survey
from protocols.imap.connection import Connection
from protocols.imap.survey import Marks
from store.folders import Cursor
from store.model import Flag
from store.operations import SetFlags
from tests.servers.dovecot import Dovecot
from tests.servers.fake_imap import FULL, FakeImap, serving
from tests.servers.imap_account import Account, assert_same, connected, deliver


@pytest.fixture
def listings(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """The UID ranges whose flags were listed in full; the window of newest messages is small."""
    monkeypatch.setattr(differences, "RECENT", 3)
    asked: list[tuple[int, int]] = []
    flags = survey.flags

    async def listed(
        connection: Connection, low: int, high: int, known: list[int] | tuple[()] = ()
    ) -> dict[int, Marks]:
        asked.append((low, high))
        return await flags(connection, low, high, known)

    monkeypatch.setattr(survey, "flags", listed)
    return asked


async def elsewhere(dovecot: Dovecot, user: str, *words: str) -> None:
    """What another client does."""
    await asyncio.to_thread(dovecot.doveadm, words[0], *words[1:-1], "-u", user, "mailbox", "INBOX", "uid", words[-1])


async def test_a_flag_of_old_mail_comes_over_without_listing_the_folder(
    dovecot: Dovecot, tmp_path: Path, listings: list[tuple[int, int]]
):
    user = dovecot.user()
    await deliver(dovecot, user, range(1, 31))
    async with connected(dovecot.imap, user, tmp_path) as account:
        await account.sync()
        listings.clear()
        await asyncio.to_thread(
            dovecot.doveadm, "flags", "add", "-u", user, "\\Flagged Old", "mailbox", "INBOX", "uid", "2"
        )
        await account.sync()
        await assert_same(account, dovecot, user)
        row = await account.row(2)
        assert (row.flags, row.labels) == (Flag.FLAGGED, ("old",))
        assert listings == []


async def test_mail_that_was_removed_elsewhere_is_found_by_the_counts(
    dovecot: Dovecot, tmp_path: Path, listings: list[tuple[int, int]]
):
    user = dovecot.user()
    await deliver(dovecot, user, range(1, 31))
    async with connected(dovecot.imap, user, tmp_path) as account:
        await account.sync()
        listings.clear()
        await elsewhere(dovecot, user, "expunge", "4:9")
        await deliver(dovecot, user, [31, 32])
        await account.sync()
        await assert_same(account, dovecot, user)
        assert all(low > 30 for low, _ in listings)


async def test_a_removal_hidden_by_as_many_arrivals_is_found(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    await deliver(dovecot, user, range(1, 11))
    async with connected(dovecot.imap, user, tmp_path) as account:
        await account.sync()
        await elsewhere(dovecot, user, "expunge", "1:2")
        await deliver(dovecot, user, [11, 12])
        await account.sync()
        await assert_same(account, dovecot, user)


async def test_what_changes_during_an_interrupted_first_sync_comes_over_when_it_is_complete(
    dovecot: Dovecot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(summaries, "FIRST_PAGE", 5)
    monkeypatch.setattr(summaries, "BATCH", 5)
    user = dovecot.user()
    await deliver(dovecot, user, range(1, 21))
    async with connected(dovecot.imap, user, tmp_path) as account:
        await interrupted(account, monkeypatch)
        cursor = await account.cursor()
        assert cursor is not None and 1 < cursor.backfilled < 20
        await asyncio.to_thread(
            dovecot.doveadm, "flags", "add", "-u", user, "\\Flagged", "mailbox", "INBOX", "uid", "19:20"
        )
        await account.sync()
        await assert_same(account, dovecot, user)


async def interrupted(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """A first sync that ends after two batches."""
    summaries, batches = retrieval.summaries, 0

    async def two(connection: Connection, uids: list[int]) -> object:
        nonlocal batches
        batches += 1
        if batches > 2:
            raise asyncio.CancelledError
        return await summaries(connection, uids)

    with monkeypatch.context() as patch:
        patch.setattr(retrieval, "summaries", two)
        with pytest.raises(asyncio.CancelledError):
            await account.sync()
    await account.reconnect()


async def test_a_change_beside_our_own_is_not_lost_with_the_stale_listing(
    dovecot: Dovecot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    user = dovecot.user()
    await deliver(dovecot, user, range(1, 6))
    async with connected(dovecot.imap, user, tmp_path) as account:
        await account.sync()
        (message,) = await account.ids(3)
        bring = summaries.bring

        async def replay_meanwhile(*arguments: object) -> Cursor:
            """Between the SELECT, which tells what changed, and the moment when that is written."""
            await account.store.do(SetFlags((message,), Flag.SEEN))
            await account.backend.send_journal()
            return await bring(*arguments)  # type: ignore[arg-type]

        await asyncio.to_thread(
            dovecot.doveadm, "flags", "add", "-u", user, "\\Flagged", "mailbox", "INBOX", "uid", "3"
        )
        with monkeypatch.context() as patch:
            patch.setattr(summaries, "bring", replay_meanwhile)
            await account.sync()
        await account.sync()
        await assert_same(account, dovecot, user)
        assert (await account.row(3)).flags == Flag.SEEN | Flag.FLAGGED


async def test_without_condstore_nothing_is_remembered_and_nothing_asked(dovecot_plain: Dovecot, tmp_path: Path):
    user = dovecot_plain.user()
    await deliver(dovecot_plain, user, [1, 2])
    async with connected(dovecot_plain.imap, user, tmp_path) as account:
        await account.sync()
        assert (await account.cursor() or Cursor(0, 0, 0)).highestmodseq is None
        await account.sync(full=True)
        await assert_same(account, dovecot_plain, user)


@pytest.mark.parametrize("answer", ["NO", "BAD"])
async def test_a_server_that_refuses_changedsince_is_compared_in_full(tmp_path: Path, answer: str):
    fake = FakeImap(FULL + " CONDSTORE")
    box = fake.boxes["INBOX"]
    mails = [box.add(f"Subject: letter {n}\r\nMessage-ID: <{n}@x>\r\n\r\n".encode()) for n in range(1, 4)]
    box.highestmodseq = 9
    fake.on("UID FETCH .*CHANGEDSINCE", f"$ {answer} unknown")
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        mails[0].flags.add("\\Flagged")
        await account.sync(full=True)
        assert (await account.row(1)).flags == Flag.FLAGGED
