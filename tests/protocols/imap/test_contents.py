"""Whole messages come to this disk as far as the account wishes to keep them, and on demand."""

import hashlib
import time
from dataclasses import replace
from pathlib import Path

import pytest

from protocols.errors import ProtocolError
from protocols.imap import contents
from store import bodies
from store.errors import NotFound
from store.locations import Wanted
from store.model import Cached, MessageId
from tests.servers.dovecot import Dovecot
from tests.servers.fake_imap import FakeImap, serving
from tests.servers.imap_account import connected, deliver, letter
from tests.servers.proxy import Fault, Proxy


def wanted(*sizes: int) -> list[Wanted]:
    return [Wanted(MessageId(n), n, size, 0) for n, size in enumerate(sizes, 1)]


def test_a_batch_is_bounded_by_bytes_and_by_messages_and_a_large_message_goes_alone():
    big = contents.BATCH_BYTES
    assert [len(batch) for batch in contents.batches(wanted(*[1] * 450))] == [200, 200, 50]
    assert [len(batch) for batch in contents.batches(wanted(10, 5 * big, 10, 10))] == [1, 1, 2]
    assert list(contents.batches([])) == []


async def test_summaries_alone_fetch_no_body(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    await deliver(dovecot, user, range(1, 4))
    async with connected(dovecot.imap, user, tmp_path, keep="summaries") as account:
        await account.sync()
        assert {row.cached for row in await account.rows()} == {Cached.NONE}


async def test_of_a_large_message_only_the_text_is_read_when_text_is_kept(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    dovecot.deliver(user, letter(1))
    dovecot.deliver(user, letter(2, text="Needle in the beginning\r\n" + "hay and straw\r\n" * 30_000))
    async with connected(dovecot.imap, user, tmp_path, keep="text") as account:
        await account.sync()
        cached = {row.subject: row.cached for row in await account.rows()}
        assert cached == {"letter 1": Cached.FULL, "letter 2": Cached.TEXT}
        (big,) = await account.ids(2)
        assert await account.raw(big) is None
        assert (await account.row(2)).preview.startswith("Needle")
        await account.backend.fetch(big)
        raw = await account.raw(big)
        assert raw is not None
        assert (
            hashlib.sha256(raw).digest()
            == hashlib.sha256(letter(2, text="Needle in the beginning\r\n" + "hay and straw\r\n" * 30_000)).digest()
        )


async def test_days_keep_what_is_young_and_bytes_keep_the_newest(tmp_path: Path):
    fake = FakeImap()
    for number in range(1, 7):
        recent = time.strftime("%d-%b-%Y %H:%M:%S +0000", time.gmtime(time.time() - 3600 + number))
        fake.inbox.add(letter(number), date=recent if number > 3 else "17-Jul-2001 02:44:25 +0000")
    size = len(letter(6))
    async with serving(fake):
        async with connected(fake.port, "anna", tmp_path / "days", keep="30 days") as account:
            await account.sync()
            await account.sync()
            kept = [row.subject for row in await account.rows() if row.cached is Cached.FULL]
            assert sorted(kept) == ["letter 4", "letter 5", "letter 6"]
        async with connected(fake.port, "anna", tmp_path / "bytes") as account:
            keep = replace(account.settings.keep, kind=contents.KeepKind.BYTES, amount=2 * size)
            account.settings = replace(account.settings, keep=keep)
            await account.reconnect()
            await account.sync()
            await account.sync()
            kept = [row.subject for row in await account.rows() if row.cached is Cached.FULL]
            assert sorted(kept) == ["letter 5", "letter 6"]


async def test_bodies_that_were_fetched_before_a_cut_stay_and_the_rest_follows(
    dovecot: Dovecot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(contents, "BATCH_MESSAGES", 10)
    user = dovecot.user()
    raws = [letter(n, text="x" * 500) for n in range(1, 101)]
    for raw in raws:
        dovecot.deliver(user, raw)
    async with Proxy(dovecot.imap) as proxy, connected(proxy.port, user, tmp_path) as account:
        await account.sync(summaries=True)
        proxy.to_client = Fault(cut_after=40_000, connections=1)
        with pytest.raises(ProtocolError):
            await account.reconnect()
            await account.sync()
        some = len(await account.hashes())
        assert 0 < some < 100
        await account.reconnect()
        await account.sync()
        assert await account.hashes() == {hashlib.sha256(raw).hexdigest() for raw in raws}


async def test_a_message_is_brought_when_it_is_opened_and_one_that_is_gone_says_so(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    await deliver(dovecot, user, [1, 2])
    async with connected(dovecot.imap, user, tmp_path, keep="summaries") as account:
        await account.sync()
        one, two = await account.ids(1, 2)
        await account.backend.fetch(one)
        assert await account.store.read(lambda c: bodies.raw(c, one)) == letter(1)
        dovecot.doveadm("expunge", "-u", user, "mailbox", "INBOX", "uid", "2")
        with pytest.raises(NotFound):
            await account.backend.fetch(two)
        with pytest.raises(NotFound):
            await account.backend.fetch(MessageId(999))


async def test_mail_that_is_read_here_is_not_marked_as_read_on_the_server(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    await deliver(dovecot, user, [1])
    async with connected(dovecot.imap, user, tmp_path) as account:
        await account.sync()
        assert dovecot.messages(user)[0].flags == frozenset()


async def test_a_summary_that_the_server_refused_is_filled_in_from_the_whole_message(tmp_path: Path):
    fake = FakeImap()
    fake.inbox.add(letter(1))
    fake.inbox.add(letter(2))
    fake.on("UID FETCH (1:2|2) .*HEADER", "$ NO [UNAVAILABLE] not now")
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync(summaries=True)
        assert sorted(row.subject for row in await account.rows()) == ["", "letter 1"]
        before = {row.id for row in await account.rows()}
        await account.sync()
        assert await account.numbers() == [1, 2]
        row = await account.row(2)
        assert (row.message_id, row.size, row.sender.name) == ("<2@example.com>", len(letter(2)), "Anna")
        assert {row.id for row in await account.rows()} == before


async def test_what_is_opened_is_not_kept_when_its_uid_means_another_message_now(tmp_path: Path):
    fake = FakeImap()
    fake.inbox.add(letter(1))
    async with serving(fake), connected(fake.port, "anna", tmp_path, keep="summaries") as account:
        await account.sync()
        (message,) = await account.ids(1)
        fake.inbox.mails[0].raw = letter(2)  # the server came back from a backup, and no sync has noticed yet
        with pytest.raises(NotFound):
            await account.backend.fetch(message)
        assert await account.raw(message) is None
        assert (await account.row(1)).cached is Cached.NONE


async def test_a_server_that_writes_another_message_id_into_the_whole_is_believed_by_its_summary(tmp_path: Path):
    fake = FakeImap()
    fake.inbox.add(letter(1))
    async with serving(fake), connected(fake.port, "anna", tmp_path, keep="summaries") as account:
        await account.sync()
        (message,) = await account.ids(1)
        raw = letter(1, message_id="<bridge@example.com>")
        answer = [b"* 1 FETCH (UID 1 BODY[] {%d}\r\n%s)" % (len(raw), raw), "$ OK done"]
        fake.on(r"UID FETCH \S+ .*BODY\.PEEK\[\]", *answer)
        await account.backend.fetch(message)
        assert await account.raw(message) == raw
