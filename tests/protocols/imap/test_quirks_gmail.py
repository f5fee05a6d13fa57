"""Gmail: labels that look like folders, everything twice in All Mail, its own idea of moving and removing."""

from datetime import date
from pathlib import Path

import pytest

from protocols.demo.imap_server import DemoImapServer
from protocols.imap.capabilities import Capabilities
from protocols.imap.fetch import read_fetch
from protocols.imap.framing import Response
from protocols.imap.gmail import labels, server_id
from store import folders, listing
from store.model import Cached, Flag, MessageId, Role
from store.operations import Archive, Copy, Delete, Move, SetFlags, SetLabels
from store.search.query import parse
from store.search.sql import find
from tests.servers.dovecot import Dovecot
from tests.servers.fake_imap import FULL, FakeImap, serving
from tests.servers.gmail import ALL_MAIL, SPAM, TRASH, FakeGmail
from tests.servers.imap_account import Account, connected, letter


async def search(account: Account, words: str) -> list[str]:
    """Where the messages stand that a search finds."""
    tree = parse(words, date(2026, 11, 23))
    ids = await account.store.read(lambda c: find(c, tree, 100))
    rows = await account.store.read(lambda c: listing.summaries(c, map(MessageId, ids)))
    paths = {one.id: one.path for one in await account.store.read(folders.every)}
    return [paths[row.folder] for row in rows.values()]


def fetched_whole(gmail: FakeGmail) -> int:
    return sum(command.count("BODY.PEEK[]") for command in gmail.said("UID FETCH"))


async def test_a_message_in_the_inbox_and_in_all_mail_is_fetched_once(tmp_path: Path):
    """I21."""
    gmail = FakeGmail()
    gmail.deliver(1, letter(1, text="pigeon"))
    gmail.deliver(2, letter(2), "Work/Projects", "INBOX")
    async with serving(gmail), connected(gmail.port, "anna", tmp_path) as account:
        await account.sync()
        assert await account.numbers() == await account.numbers(ALL_MAIL) == [1, 2]
        assert await account.numbers("Work/Projects") == [2]
        assert fetched_whole(gmail) == 1
        for path in ("INBOX", ALL_MAIL, "Work/Projects"):
            for row in await account.rows(path):
                assert row.cached is Cached.FULL
                assert await account.raw(row.id) == gmail.letter(int(row.subject.split()[1])).raw
        assert await search(account, "pigeon") == ["INBOX"]
        assert sorted(await search(account, "letter")) == ["INBOX", "INBOX"]
        assert await search(account, 'pigeon folder:"all mail"') == [ALL_MAIL]


async def test_the_other_row_keeps_the_body_when_one_goes(tmp_path: Path):
    gmail = FakeGmail()
    gmail.deliver(1, letter(1, text="pigeon"))
    async with serving(gmail), connected(gmail.port, "anna", tmp_path) as account:
        await account.sync()
        gmail.unlabel(1, "INBOX")  # archived in the browser
        await account.sync()
        assert await account.numbers() == []
        assert await account.raw((await account.row(1, ALL_MAIL)).id) == letter(1, text="pigeon")
        assert await search(account, "pigeon") == [ALL_MAIL]
        assert fetched_whole(gmail) == 1


async def test_labels_come_without_gmails_own_and_follow_the_server(tmp_path: Path):
    gmail = FakeGmail()
    gmail.deliver(1, letter(1), "INBOX", "[Gmail]/Important", "Muy Importante", "B&APw-ro", "Work/(Old) New")
    async with serving(gmail), connected(gmail.port, "anna", tmp_path) as account:
        await account.sync()
        for path in ("INBOX", ALL_MAIL):
            assert set((await account.row(1, path)).labels) == {"muy-importante", "büro", "work/(old)-new"}
        gmail.label(1, "Urgent")
        gmail.letter(1).flags.add("$Forwarded")
        await account.sync()
        assert {"urgent", "$forwarded", "büro"} < set((await account.row(1)).labels)
        gmail.unlabel(1, "Urgent")
        await account.sync()
        assert "urgent" not in (await account.row(1)).labels


async def test_a_fetch_that_nobody_asked_for_takes_no_labels_away(tmp_path: Path):
    gmail = FakeGmail()
    gmail.deliver(1, letter(1), "INBOX", "Work")
    async with serving(gmail), connected(gmail.port, "anna", tmp_path) as account:
        await account.sync()
        gmail.on("UID FETCH .*CHANGEDSINCE", "* 1 FETCH (UID 1 FLAGS (\\Flagged))", "$ OK Success")
        gmail.letter(1).flags.add("\\Flagged")
        await account.sync(full=True)
        row = await account.row(1)
        assert (row.flags, row.labels) == (Flag.FLAGGED, ("work",))


async def test_what_is_read_in_one_place_is_read_in_all(tmp_path: Path):
    gmail = FakeGmail()
    gmail.deliver(1, letter(1))
    async with serving(gmail), connected(gmail.port, "anna", tmp_path) as account:
        await account.sync()
        await account.store.do(SetFlags(await account.ids(1), add=Flag.SEEN | Flag.FLAGGED))
        await account.backend.send_journal()
        assert (await account.row(1, ALL_MAIL)).flags == Flag.SEEN | Flag.FLAGGED
        assert gmail.letter(1).flags == {"\\Seen", "\\Flagged"}
        await account.store.do(SetFlags(await account.ids(1, path=ALL_MAIL), remove=Flag.SEEN))
        await account.backend.send_journal()
        await account.sync(full=True)
        assert (await account.row(1)).flags == (await account.row(1, ALL_MAIL)).flags == Flag.FLAGGED


async def test_archiving_takes_the_inbox_label_off_and_nothing_is_there_twice(tmp_path: Path):
    gmail = FakeGmail()
    gmail.deliver(1, letter(1), "INBOX", "Work")
    gmail.deliver(2, letter(2))
    async with serving(gmail), connected(gmail.port, "anna", tmp_path) as account:
        await account.sync()
        await account.store.do(Archive(await account.ids(1)))
        assert await account.numbers() == [2]
        await account.backend.send_journal()
        assert gmail.where(1) == {ALL_MAIL, "Work"}
        assert await account.numbers(ALL_MAIL) == [1, 2]
        await account.sync(full=True)
        assert await account.numbers() == [2]
        assert await account.numbers(ALL_MAIL) == [1, 2]
        assert await account.raw((await account.row(1, ALL_MAIL)).id) == letter(1)
        assert "Archive" not in gmail.boxes
        assert fetched_whole(gmail) == 1


async def test_without_a_copyuid_the_archived_message_is_the_one_in_all_mail(tmp_path: Path):
    gmail = FakeGmail()
    gmail.deliver(1, letter(1))
    gmail.does("UID MOVE", lambda command: _silently(gmail, command))
    async with serving(gmail), connected(gmail.port, "anna", tmp_path) as account:
        await account.sync()
        (message,) = await account.ids(1)
        await account.store.do(Archive((message,)))
        await account.backend.send_journal()
        assert await account.ids(1, path=ALL_MAIL) == (message,)
        await account.sync(full=True)
        assert await account.ids(1, path=ALL_MAIL) == (message,)


def _silently(gmail: FakeGmail, command: str) -> list[str | bytes]:
    lines = gmail._uid_move(command.removeprefix("UID MOVE "), [gmail.inbox])
    return [*lines[:-1], "$ OK (Success)"]


async def test_delete_means_trash_and_all_mail_lets_go(tmp_path: Path):
    gmail = FakeGmail()
    gmail.deliver(1, letter(1), "INBOX", "Work")
    gmail.deliver(2, letter(2))
    async with serving(gmail), connected(gmail.port, "anna", tmp_path) as account:
        await account.sync()
        await account.store.do(Delete(await account.ids(1)))
        for _ in range(2):
            await account.sync(full=True)
        assert gmail.where(1) == {TRASH}
        assert gmail.said("UID STORE") == gmail.said("UID EXPUNGE") == []
        assert await account.numbers(TRASH) == [1]
        assert await account.numbers() == await account.numbers(ALL_MAIL) == [2]
        assert await account.numbers("Work") == []
        assert await account.raw((await account.row(1, TRASH)).id) == letter(1)
        await account.store.do(Delete(await account.ids(1, path=TRASH)))
        await account.sync(full=True)
        assert gmail.where(1) == set()
        assert await account.numbers(TRASH) == []
        assert await account.waiting() == []


async def test_spam_that_is_deleted_goes_to_the_trash_first(tmp_path: Path):
    gmail = FakeGmail()
    gmail.deliver(1, letter(1), SPAM)
    gmail.boxes[ALL_MAIL].mails.clear()
    async with serving(gmail), connected(gmail.port, "anna", tmp_path) as account:
        await account.sync()
        await account.store.do(Delete(await account.ids(1, path=SPAM)))
        await account.sync(full=True)
        assert await account.numbers(TRASH) == [1]
        assert TRASH in gmail.where(1)


async def test_a_move_between_labels_changes_labels(tmp_path: Path):
    gmail = FakeGmail()
    gmail.deliver(1, letter(1), "INBOX", "Work")
    async with serving(gmail), connected(gmail.port, "anna", tmp_path) as account:
        await account.sync()
        work = await account.folder("Work")
        await account.store.do(Move(await account.ids(1), work.id))
        await account.sync(full=True)
        assert gmail.where(1) == {ALL_MAIL, "Work"}
        assert await account.numbers() == []
        assert await account.numbers("Work") == [1]
        assert await account.waiting() == []


async def test_the_roles_are_those_that_gmail_names(tmp_path: Path):
    gmail = FakeGmail()
    async with serving(gmail), connected(gmail.port, "anna", tmp_path) as account:
        await account.sync()
        roles = {one.role: one.path for one in await account.store.read(folders.every) if one.role}
        assert roles == {
            Role.INBOX: "INBOX",
            Role.ALL: ALL_MAIL,
            Role.DRAFTS: "[Gmail]/Drafts",
            Role.SENT: "[Gmail]/Sent Mail",
            Role.JUNK: SPAM,
            Role.TRASH: TRASH,
        }


async def test_a_round_without_news_asks_for_no_message(tmp_path: Path):
    gmail = FakeGmail()
    gmail.deliver(1, letter(1))
    async with serving(gmail), connected(gmail.port, "anna", tmp_path) as account:
        await account.sync()
        asked = len(gmail.said("UID FETCH"))
        await account.sync()
        assert len(gmail.said("UID FETCH")) == asked


async def test_a_server_that_announces_objectid_but_knows_no_emailid_is_read_all_the_same(tmp_path: Path):
    fake = FakeImap(FULL + " OBJECTID")
    fake.inbox.add(letter(1))
    fake.on("UID FETCH .*EMAILID", "$ BAD Unknown data item")
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        assert await account.numbers() == [1]


async def test_copies_with_one_emailid_share_their_bytes(tmp_path: Path):
    server = DemoImapServer("anna", Dovecot.password, ("Archive",))
    await server.start()
    try:
        for folder in ("INBOX", "Archive"):
            await server.append(folder, letter(1), 1_721_124_001)
        async with connected(server.port, "anna", tmp_path) as account:
            await account.sync()
            rows = [await account.row(1), await account.row(1, "Archive")]
            names = await account.store.read(lambda c: [one[0] for one in c.execute("SELECT server_id FROM messages")])
            assert None not in names
            for row in rows:
                assert await account.raw(row.id) == letter(1)
            held = await account.store.read(lambda c: c.execute("SELECT count(*) FROM bodies").fetchone()[0])
            assert held == len(set(names))
    finally:
        await server.close()


async def test_a_store_from_before_names_were_asked_for_learns_them_and_keeps_one_body(tmp_path: Path):
    gmail = FakeGmail()
    gmail.deliver(1, letter(1, text="pigeon"), "INBOX", "Work")
    gmail.deliver(2, letter(2))
    gmail.capability = gmail.capability.replace(" X-GM-EXT-1", "")
    async with serving(gmail), connected(gmail.port, "anna", tmp_path) as account:
        await account.sync()
        assert fetched_whole(gmail) > 1
        assert await account.store.read(lambda c: c.execute("SELECT count(*) FROM bodies").fetchone()[0]) == 5
        gmail.capability += " X-GM-EXT-1"
        await account.reconnect()
        await account.sync()
        assert await search(account, "pigeon") == ["INBOX"]
        assert (await account.row(1, ALL_MAIL)).labels == ("work",)
        assert await account.store.read(lambda c: c.execute("SELECT count(*) FROM bodies").fetchone()[0]) == 2
        for path in ("INBOX", ALL_MAIL, "Work"):
            assert await account.raw((await account.row(1, path)).id) == letter(1, text="pigeon")
        asked = len(gmail.said("UID FETCH"))
        await account.sync()
        assert len(gmail.said("UID FETCH")) == asked


async def test_labels_that_are_set_here_are_labels_there(tmp_path: Path):
    gmail = FakeGmail()
    gmail.deliver(1, letter(1), "INBOX", "Muy Importante")
    gmail.folder("Work", "\\HasNoChildren")
    async with serving(gmail), connected(gmail.port, "anna", tmp_path) as account:
        await account.sync()
        change = SetLabels(await account.ids(1), add=("work",), remove=("muy-importante",))
        await account.store.do(change)
        await account.backend.send_journal()
        assert gmail.where(1) == {ALL_MAIL, "INBOX", "Work"}
        assert (await account.row(1, ALL_MAIL)).labels == ("work",)
        await account.sync(full=True)
        assert await account.numbers("Work") == [1]
        assert await account.numbers("Muy Importante") == []
        assert await account.waiting() == []
        assert fetched_whole(gmail) == 1


async def test_an_archived_message_comes_back_with_undo(tmp_path: Path):
    gmail = FakeGmail()
    gmail.deliver(1, letter(1))
    async with serving(gmail), connected(gmail.port, "anna", tmp_path) as account:
        await account.sync()
        await account.store.do(Archive(await account.ids(1)))
        await account.sync()
        assert gmail.where(1) == {ALL_MAIL}
        await account.store.undo()
        for _ in range(2):
            await account.sync(full=True)
        assert gmail.where(1) == {ALL_MAIL, "INBOX"}
        assert await account.numbers() == await account.numbers(ALL_MAIL) == [1]
        assert await account.waiting() == []
        assert fetched_whole(gmail) == 1


async def test_a_copy_is_one_more_label(tmp_path: Path):
    gmail = FakeGmail()
    gmail.deliver(1, letter(1))
    gmail.folder("Work", "\\HasNoChildren")
    async with serving(gmail), connected(gmail.port, "anna", tmp_path) as account:
        await account.sync()
        work = await account.folder("Work")
        await account.store.do(Copy(await account.ids(1), work.id))
        await account.sync(full=True)
        assert gmail.where(1) == {ALL_MAIL, "INBOX", "Work"}
        assert await account.numbers("Work") == [1]
        assert await account.raw((await account.row(1, "Work")).id) == letter(1)
        assert fetched_whole(gmail) == 1
        assert await search(account, "hello") == ["INBOX"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (b"", ()),
        (b"\\Inbox \\Sent", ()),
        (b'"\\\\Inbox" "\\\\Important" Work', ("Work",)),
        (b'"Muy Importante" Work/Projects', ("Muy Importante", "Work/Projects")),
        (b'"a (b" "c) d" "say \\"hi\\"" "back\\\\slash"', ("a (b", "c) d", 'say "hi"', "back\\slash")),
        (b"B&APw-ro 2024 &broken", ("Büro", "2024", "&broken")),
    ],
)
@pytest.mark.parametrize("besides", [b"", b" X-UNKNOWN NIL"])
def test_labels_are_read_however_they_are_written(words: bytes, expected: tuple[str, ...], besides: bytes):
    line = b"* 1 FETCH (X-GM-MSGID 1278455344230334865 X-GM-LABELS (%s) UID 5 FLAGS ($Junk)%s)" % (words, besides)
    one = read_fetch(Response((line,)))
    assert labels(one, Capabilities({"X-GM-EXT-1"})) == ("$Junk", *expected)
    assert labels(one, Capabilities()) == ("$Junk",)
    assert server_id(one) == "gmail:1278455344230334865"


def test_a_label_may_come_as_a_literal():
    parts = (b"* 1 FETCH (X-GM-LABELS (Work {9}", b'odd "name', b" \\Inbox) UID 5 FLAGS ())")
    assert labels(read_fetch(Response(parts)), Capabilities({"X-GM-EXT-1"})) == ("Work", 'odd "name')


@pytest.mark.parametrize("written", [b"EMAILID (M6d99ac3275bb4e)", b"X-NEW 1 EMAILID (M6d99ac3275bb4e)"])
def test_an_emailid_is_a_name_as_it_stands(written: bytes):
    assert server_id(read_fetch(Response((b"* 1 FETCH (UID 5 %s)" % written,)))) == "M6d99ac3275bb4e"


@pytest.mark.parametrize("written", [b"FLAGS ()", b"EMAILID NIL", b"X-NEW 1 EMAILID NIL"])
def test_what_has_no_name_has_none(written: bytes):
    assert server_id(read_fetch(Response((b"* 1 FETCH (UID 5 %s)" % written,)))) is None
