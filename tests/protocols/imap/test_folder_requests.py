"""Folders are created, renamed, deleted and subscribed at the server first; then here, with all that is in them."""

import imaplib
from pathlib import Path

import pytest
from imapclient import imap_utf7

from protocols.errors import Refused
from protocols.imap.folder_list import Counts
from store import folders, journal
from store.errors import NotFound, NotPossible
from store.folder_changes import CreateFolder, DeleteFolder, RenameFolder, SubscribeFolder
from store.model import Role
from store.operations import Archive, Move
from tests.servers.dovecot import Dovecot
from tests.servers.fake_imap import BARE, FULL, FakeImap, serving
from tests.servers.imap_folders import Folders, folders_of

LETTER = b"Subject: x\r\n\r\nHello.\r\n"


def on_server(dovecot: Dovecot, user: str, *, subscribed: bool = False) -> set[str]:
    """The names as another client sees them."""
    with imaplib.IMAP4(dovecot.host, dovecot.imap, timeout=20) as client:
        client.login(user, dovecot.password)
        _, rows = client.lsub() if subscribed else client.list()
        names = [row.partition(b') "')[2][3:].strip(b'"') for row in rows if isinstance(row, bytes)]
        return {imap_utf7.decode(name) for name in names}


async def counted(here: Folders, path: str) -> Counts:
    """The counts of a folder that the last list has brought."""
    await here.bring()
    return await here.counts(path)


async def test_a_folder_is_created_with_what_is_above_it_and_subscribed(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    async with folders_of(dovecot.imap, user, tmp_path) as here:
        await here.bring()
        await here.change(CreateFolder("Khách hàng/Đà Nẵng"))
        assert "Khách hàng/Đà Nẵng" in await here.paths()
        assert "Khách hàng/Đà Nẵng" in on_server(dovecot, user, subscribed=True)
        with pytest.raises(NotPossible, match="already"):
            await here.change(CreateFolder("Khách hàng/Đà Nẵng"))


async def test_below_a_prefix_folders_are_created_where_they_belong(dovecot_prefixed: Dovecot, tmp_path: Path):
    user = dovecot_prefixed.user()
    async with folders_of(dovecot_prefixed.imap, user, tmp_path) as here:
        await here.bring()
        for path in ("Work/2026", "INBOX/Private"):
            await here.change(CreateFolder(path))
        assert {"Work/2026", "Private"} <= await here.paths()
        assert {"INBOX.Work.2026", "INBOX.Private"} <= on_server(dovecot_prefixed, user)
        with pytest.raises(Refused, match="cannot hold"):
            await here.change(CreateFolder("v1.2"))
        await here.change(RenameFolder("Private", "Own/Private"))
        assert "INBOX.Own.Private" in on_server(dovecot_prefixed, user)
        assert "Own/Private" in await here.paths()


async def test_a_renamed_folder_keeps_its_rows_and_takes_along_what_is_inside(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    dovecot.deliver_all(user, [LETTER] * 2, "Old")
    dovecot.deliver_all(user, [LETTER], "Old/inside/deep")
    dovecot.deliver_all(user, [LETTER], "Older")
    async with folders_of(dovecot.imap, user, tmp_path) as here:
        await here.fill("Old", 2, await counted(here, "Old"))
        await here.fill("Old/inside/deep", 1, await counted(here, "Old/inside/deep"))
        ids = [(await here.folder(path)).id for path in ("Old", "Old/inside/deep")]
        await here.change(SubscribeFolder("Old"))
        await here.change(RenameFolder("Old", "Projects/New"))
        paths = ("Projects/New", "Projects/New/inside/deep")
        assert [(await here.folder(path)).id for path in paths] == ids
        assert [(await here.folder(path)).total for path in paths] == [2, 1]
        assert await here.paths() >= {"Older", *paths}
        assert not {"Old", "Old/inside/deep"} & await here.paths()
        assert "Projects/New" in on_server(dovecot, user, subscribed=True)
        assert "Old" not in on_server(dovecot, user, subscribed=True)
        cursor = await here.store.read(lambda c: folders.cursor(c, ids[0]))
        assert cursor is not None
        assert (await counted(here, "Projects/New")).uidvalidity == cursor.uidvalidity


async def test_what_waits_for_a_renamed_folder_goes_on_waiting_for_it(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    dovecot.deliver_all(user, [LETTER], "Old")
    async with folders_of(dovecot.imap, user, tmp_path) as here:
        [message] = await here.fill("Old", 1, await counted(here, "Old"))
        await here.store.do(Archive((message,)))
        await here.change(RenameFolder("Old", "New"))
        [waiting] = await here.store.read(journal.unfinished)
        assert waiting.message == message
        with pytest.raises(NotPossible, match="still wait"):
            await here.change(DeleteFolder("New", 1))
        assert "New" in on_server(dovecot, user)


async def test_the_inbox_stays_and_a_folder_cannot_go_into_itself(dovecot: Dovecot, tmp_path: Path):
    async with folders_of(dovecot.imap, dovecot.user(), tmp_path) as here:
        await here.bring()
        await here.change(CreateFolder("A"))
        for change in (
            RenameFolder("INBOX", "Old"),
            RenameFolder("A", "A"),
            RenameFolder("A", "A/B"),
            RenameFolder("A", "Trash"),
            RenameFolder("A", "x//y"),
            CreateFolder("inbox"),
            CreateFolder("a\nb"),
            CreateFolder(""),
            CreateFolder("x" * 2000),
            DeleteFolder("INBOX"),
        ):
            with pytest.raises(NotPossible):
                await here.change(change)
        with pytest.raises(NotFound):
            await here.change(DeleteFolder("B"))


async def test_a_deleted_folder_is_gone_there_and_here_even_when_it_is_selected(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    dovecot.deliver_all(user, [LETTER] * 2, "Old")
    async with folders_of(dovecot.imap, user, tmp_path) as here:
        await here.fill("Old", 2, await counted(here, "Old"))
        async with here.session.folder(b"Old"):
            pass
        with pytest.raises(NotPossible, match="2 messages"):
            await here.change(DeleteFolder("Old"))
        await here.change(DeleteFolder("Old", 2))
        assert "Old" not in on_server(dovecot, user) | await here.paths()
        await here.bring()
        assert not here.session.closed


async def test_mail_that_came_after_the_question_is_not_deleted_unseen(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    dovecot.deliver_all(user, [LETTER], "Old")
    async with folders_of(dovecot.imap, user, tmp_path) as here:
        await here.fill("Old", 1, await counted(here, "Old"))
        dovecot.deliver_all(user, [LETTER], "Old")
        with pytest.raises(NotPossible, match="2 messages on the server"):
            await here.change(DeleteFolder("Old", 1))
        assert "Old" in on_server(dovecot, user)


async def test_a_folder_with_a_role_is_deleted_only_when_it_is_empty(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    dovecot.deliver_all(user, [LETTER], "Archive")
    async with folders_of(dovecot.imap, user, tmp_path) as here:
        await here.bring()
        with pytest.raises(NotPossible, match="more than are known"):
            await here.change(DeleteFolder("Archive", 1))
        await here.fill("Archive", 1, await counted(here, "Archive"))
        with pytest.raises(NotPossible, match="archive folder and not empty"):
            await here.change(DeleteFolder("Archive", 1))


async def test_a_folder_with_others_inside_stays_as_a_place_where_the_server_keeps_it(tmp_path: Path):
    fake = FakeImap()
    fake.folder("A")
    fake.folder("A/B")
    fake.on("DELETE A$", "$ OK deleted, its children stay")
    async with serving(fake), folders_of(fake.port, "anna", tmp_path) as here:
        await here.bring()
        await here.fill("A", 2, Counts(2, 3, 9, 0))
        fake.on("STATUS A", "* STATUS A (MESSAGES 2 UIDNEXT 3 UIDVALIDITY 9)", "$ OK done")
        fake.boxes["A"].attributes = "\\Noselect"
        await here.change(DeleteFolder("A", 2))
        place = await here.folder("A")
        assert (place.selectable, place.total) == (False, 0)
        assert (await here.folder("A/B")).selectable


async def test_a_server_that_says_no_changes_nothing_and_gives_its_reason(tmp_path: Path):
    fake = FakeImap()
    fake.folder("A")
    fake.on("CREATE", "$ NO [NOPERM] not for you")
    fake.on("RENAME", "$ BAD what is that")
    fake.on("DELETE", "$ NO [HASCHILDREN] there are others inside")
    fake.on("SUBSCRIBE", "$ NO never")
    fake.on(r'LIST "" "?New', "$ OK done")
    fake.on("STATUS New", "$ NO no such folder")
    async with serving(fake), folders_of(fake.port, "anna", tmp_path) as here:
        await here.bring()
        before = await here.known()
        for change, reason in (
            (CreateFolder("New"), "not for you"),
            (RenameFolder("A", "New"), "what is that"),
            (DeleteFolder("A"), "others inside"),
            (SubscribeFolder("A"), "never"),
        ):
            with pytest.raises(Refused, match=reason):
                await here.change(change)
        assert await here.known() == before


async def test_what_was_done_before_the_connection_broke_counts_as_done(tmp_path: Path):
    fake = FakeImap()
    for name in ("Made", "New"):
        fake.folder(name)
    denied = r'LIST "" "?(Old|Gone)'
    fake.on("CREATE", "$ NO it is there")
    fake.on("(RENAME|DELETE)", "$ NO there is no such folder")
    fake.on(denied, "$ OK done")
    fake.on("STATUS (Old|Gone)", "$ NO there is no such folder")
    fake.on(r'LIST "" "\*"', *(f'* LIST () "/" {name}' for name in ("INBOX", "Old", "Gone")), "$ OK done")
    async with serving(fake), folders_of(fake.port, "anna", tmp_path) as here:
        await here.bring()
        old = (await here.folder("Old")).id
        for change in (RenameFolder("Old", "New"), DeleteFolder("Gone"), CreateFolder("Made")):
            await here.change(change)
        assert (await here.folder("New")).id == old
        assert "Made" in await here.paths()


async def test_a_server_without_levels_says_so(tmp_path: Path):
    fake = FakeImap(BARE)
    fake.on("LIST", "* LIST () NIL INBOX", '* LIST () NIL "a/b"', "$ OK done")
    async with serving(fake), folders_of(fake.port, "anna", tmp_path) as here:
        await here.bring()
        assert await here.paths() == {"INBOX", "a\u2215b"}
        with pytest.raises(Refused, match="no folders inside folders"):
            await here.change(CreateFolder("a/c"))


async def test_other_users_folders_keep_their_prefix_and_give_no_roles(tmp_path: Path):
    fake = FakeImap(f"{FULL} NAMESPACE")
    fake.on("NAMESPACE", '* NAMESPACE (("INBOX." ".")) (("user." ".")) (("#shared/" "/"))', "$ OK done")
    names = ("INBOX", "INBOX.Sent", "user.bob.Trash", "#shared/News", "INBOX.INBOX", "elsewhere")
    fake.on(r'LIST "" "\*"', *(f'* LIST () "{"/" if "/" in n else "."}" "{n}"' for n in names), "$ OK done")
    fake.on("CREATE", "$ OK done")
    async with serving(fake), folders_of(fake.port, "anna", tmp_path) as here:
        await here.bring()
        assert await here.paths() == {"INBOX", "INBOX (2)", "Sent", "user/bob/Trash", "#shared/News", "elsewhere"}
        assert await here.roles() == {"INBOX": Role.INBOX, "Sent": Role.SENT}
        for path in ("#shared/News/Local", "user/bob/Notes", "Own"):
            await here.change(CreateFolder(path))
        created = [command.split(" ", 1)[1].strip('"') for command in fake.said("CREATE")]
        assert created == ["#shared/News/Local", "user.bob.Notes", "INBOX.Own"]


async def test_a_folder_that_waits_to_be_created_can_be_created_by_hand(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    dovecot.deliver_all(user, [LETTER])
    async with folders_of(dovecot.imap, user, tmp_path) as here:
        [message] = await here.fill("INBOX", 1, await counted(here, "INBOX"))
        later = await here.store.write(lambda tx: folders.add_local(tx, here.account, "Later", None))
        await here.store.do(Move((message,), later))
        with pytest.raises(NotPossible, match="not on the server yet"):
            await here.change(DeleteFolder("Later", 1))
        await here.change(RenameFolder("Later", "Soon"))
        await here.change(CreateFolder("Soon"))
        assert await here.wire_name(later) == b"Soon"
        assert (await here.folder("Soon")).id == later
