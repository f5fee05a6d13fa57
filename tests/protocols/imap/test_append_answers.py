"""What servers answer to APPEND: refusals with their words, patience, and answers that never come."""

from pathlib import Path

import pytest

from protocols.errors import ConnectionLost, Throttled
from protocols.imap.appending import date_time, on_the_wire
from store import bodies, journal
from store.model import Flag
from store.operations import Move, State
from tests.servers.crossing import RECEIVED, letters, local, parcel, staged
from tests.servers.fake_imap import BARE, FULL
from tests.servers.imap_account import Account, letter
from tests.servers.replaying import at_fake, states


async def stage(account: Account, *raws: bytes, path: str = "Archive", flags: Flag = Flag.NONE) -> list[int]:
    folder = await account.folder(path)
    return list(await staged(account, folder.id, *(parcel(raw, flags) for raw in raws)))


async def test_flags_time_and_bytes_are_on_the_wire(tmp_path: Path):
    async with at_fake(tmp_path, 0) as (fake, account):
        folder = await account.folder("Archive")
        await staged(account, folder.id, parcel(letter(1), Flag.SEEN | Flag.DRAFT, ("todo",)))
        await account.backend.send_journal()
        [command] = fake.said("APPEND")
        assert command == (f'APPEND Archive (\\Seen \\Draft todo) "14-Nov-2023 22:13:20 +0000" {{{len(letter(1))}}}~')
        assert fake.literal == letter(1)
        assert (await account.row(1, "Archive")).uid == 1


@pytest.mark.parametrize("plus", ["", "LITERAL+", "LITERAL-"])
async def test_a_literal_is_sent_without_asking_only_where_that_is_announced(tmp_path: Path, plus: str):
    """I15."""
    async with at_fake(tmp_path, 0, f"{FULL} {plus}".strip()) as (fake, account):
        await stage(account, letter(1), letter(2, text="x" * 5000))
        await account.backend.send_journal()
        signs = [command.endswith("+}~") for command in fake.said("APPEND")]
        assert signs == {"": [False, False], "LITERAL+": [True, True], "LITERAL-": [True, False]}[plus]
        assert await account.numbers("Archive") == [1, 2]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("$ NO [OVERQUOTA] Quota exceeded", "The mailbox is full. Quota exceeded"),
        ("$ NO [TOOBIG] no more than 10 MB", "The message is larger than the server takes. no more than 10 MB"),
        ("$ NO go away", "go away"),
        ("$ BAD what is that", "The server does not understand APPEND: what is that"),
    ],
)
async def test_a_refusal_brings_the_source_back_with_the_servers_words(tmp_path: Path, answer: str, why: str):
    """I15."""
    async with at_fake(tmp_path, 0) as (fake, account):
        old = await local(account)
        [message] = await letters(account, old, 1)
        await account.store.do(Move((message,), (await account.folder("Archive")).id))
        fake.on("APPEND", answer)
        await account.backend.send_journal()
        assert await account.rows("Archive") == []
        assert await account.store.read(lambda c: bodies.raw(c, message)) == letter(1)
        [entry] = await account.waiting()
        assert (entry.state, entry.error) == (State.REFUSED, why)
        assert len(fake.said("APPEND")) == 1
        fake.forget_quirks()
        await account.store.write(lambda tx: journal.retry(tx, entry.id))
        await account.backend.send_journal()
        assert await account.numbers("Archive") == [1] and await account.waiting() == []


async def test_a_folder_that_says_no_to_everything_is_not_asked_for_ever(tmp_path: Path):
    async with at_fake(tmp_path, 0) as (fake, account):
        await stage(account, *(letter(number) for number in range(30)))
        fake.on("APPEND", "$ NO [OVERQUOTA] full")
        await account.backend.send_journal()
        assert len(fake.said("APPEND")) == 20
        assert await states(account) == ["refused"] * 30


async def test_one_that_is_refused_does_not_keep_the_others(tmp_path: Path):
    async with at_fake(tmp_path, 0) as (_, account):
        await stage(account, letter(1), b"Subject: letter 2\r\n\r\nNUL \0 here\r\n", letter(3))
        await account.backend.send_journal()
        assert await account.numbers("Archive") == [1, 3]
        [entry] = await account.waiting()
        assert "NUL" in entry.error


async def test_labels_that_the_server_does_not_take_stay_behind(tmp_path: Path):
    async with at_fake(tmp_path, 0) as (fake, account):
        folder = await account.folder("Archive")
        await staged(account, folder.id, parcel(letter(1), Flag.SEEN, ("odd",)))
        fake.on(r"APPEND Archive \(\\Seen odd\)", "$ NO no such flag")
        await account.backend.send_journal()
        row = await account.row(1, "Archive")
        assert (row.flags, row.labels, row.uid) == (Flag.SEEN, (), 1)
        assert await account.waiting() == []


async def test_a_folder_that_is_not_there_is_made_once(tmp_path: Path):
    """I15."""
    async with at_fake(tmp_path, 0) as (fake, account):
        await stage(account, letter(1))
        fake.on("APPEND", "$ NO [TRYCREATE] make it", times=1)
        await account.backend.send_journal()
        assert await account.numbers("Archive") == [1]
        assert len(fake.said("APPEND")) == 2
        await stage(account, letter(2))
        fake.on("APPEND", "$ NO [TRYCREATE] make it")
        await account.backend.send_journal()
        assert len(fake.said("APPEND")) == 4
        assert [entry.state for entry in await account.waiting()] == [State.REFUSED]


async def test_who_asks_for_patience_gets_it_and_nothing_is_refused(tmp_path: Path):
    async with at_fake(tmp_path, 0) as (fake, account):
        await stage(account, letter(1), letter(2))
        fake.on("APPEND", "$ NO [UNAVAILABLE] not now", times=1)
        with pytest.raises(Throttled):
            await account.backend.send_journal()
        assert await account.numbers("Archive") == [1, 2]
        assert await states(account) == ["queued", "done"]
        await account.backend.send_journal()
        assert await states(account) == ["done", "done"]


async def test_a_good_bye_in_the_middle_is_looked_into(tmp_path: Path):
    """I15."""
    async with at_fake(tmp_path, 0) as (fake, account):
        await stage(account, letter(1))
        archive = fake.boxes["Archive"]

        def stored_but_gone(command: str) -> list[str | bytes]:
            archive.add(fake.literal)
            return ["* BYE [UNAVAILABLE] too busy, try again later"]

        fake.does("APPEND", stored_but_gone, times=1)
        with pytest.raises((Throttled, ConnectionLost)):
            await account.backend.send_journal()
        assert await states(account) == ["unknown"]
        await account.reconnect()
        await account.backend.send_journal()
        assert (await states(account), len(archive.mails), len(fake.said("APPEND"))) == (["done"], 1, 1)


@pytest.mark.parametrize("capability", [FULL, BARE])
async def test_an_older_equal_message_is_no_proof(tmp_path: Path, capability: str):
    async with at_fake(tmp_path, 0, capability) as (fake, account):
        archive = fake.boxes["Archive"]
        archive.add(letter(1))
        await account.sync()
        [message] = await stage(account, letter(1))
        entry = (await account.waiting())[0]
        await account.store.write(lambda tx: journal.start(tx, [entry.id], probe_uidnext=archive.uidnext))
        await account.backend.send_journal()
        assert len(archive.mails) == 2
        await account.sync(full=True)
        assert await account.numbers("Archive") == [1, 1]
        assert message in [row.id for row in await account.rows("Archive")]


async def test_nameless_messages_of_one_size_are_told_apart(tmp_path: Path):
    async with at_fake(tmp_path, 0) as (fake, account):
        archive = fake.boxes["Archive"]
        await stage(account, letter(1, message_id=None))
        entry = (await account.waiting())[0]
        await account.store.write(lambda tx: journal.start(tx, [entry.id], probe_uidnext=1))
        archive.add(letter(2, message_id=None))  # of the same size, by another program
        await account.backend.send_journal()
        assert [b"letter 1" in mail.raw for mail in archive.mails] == [False, True]
        await account.sync()
        assert await account.numbers("Archive") == [1, 2]


async def test_after_a_rebuild_only_the_same_in_everything_is_proof(tmp_path: Path):
    async with at_fake(tmp_path, 0) as (fake, account):
        archive = fake.boxes["Archive"]
        await stage(account, letter(1), letter(2))
        one, two = await account.waiting()
        await account.store.write(lambda tx: journal.start(tx, [one.id, two.id], probe_uidnext=50))
        archive.uidvalidity += 1
        archive.add(letter(1), date="14-Nov-2023 22:13:20 +0000")
        archive.add(letter(2), date="01-Jan-2020 00:00:00 +0000")
        await account.backend.send_journal()
        assert len(fake.said("APPEND")) == 1 and len(archive.mails) == 3
        await account.sync()
        assert await account.numbers("Archive") == [1, 2, 2]


async def test_a_place_in_another_generation_of_the_folder_is_not_believed(tmp_path: Path):
    async with at_fake(tmp_path, 0) as (fake, account):
        archive = fake.boxes["Archive"]
        [message] = await stage(account, letter(1))

        def elsewhere(command: str) -> list[str | bytes]:
            archive.add(fake.literal)
            return ["$ OK [APPENDUID 4711 99] done"]

        fake.does("APPEND", elsewhere)
        await account.backend.send_journal()
        [row] = await account.rows("Archive")
        assert (row.id, row.uid) == (message, None)
        await account.sync()
        assert [(row.id, row.uid) for row in await account.rows("Archive")] == [(message, 1)]


def test_line_ends_and_times_are_as_imap_wants_them():
    assert on_the_wire(b"a\nb\r\nc\r\n\n") == b"a\r\nb\r\nc\r\n\r\n"
    assert date_time(RECEIVED) == b'"14-Nov-2023 22:13:20 +0000"'
    assert date_time(0) == b'" 1-Jan-1970 00:00:00 +0000"'
    assert date_time(1 << 62) is None
