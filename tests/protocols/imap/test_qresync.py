"""QRESYNC (RFC 7162): one SELECT tells what changed, VANISHED is heard everywhere, liars lose our trust."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from protocols.imap import summaries, survey
from protocols.imap.session import Session
from store.folders import Cursor
from store.model import Flag
from store.operations import Archive, Delete
from tests.servers.dovecot import Dovecot
from tests.servers.fake_imap import FULL, FakeImap, serving
from tests.servers.imap_account import Account, assert_same, connected, deliver, letter
from tests.servers.resync_imap import ResyncImap


@pytest.fixture
async def fake() -> AsyncIterator[ResyncImap]:
    server = ResyncImap()
    for number in range(1, 11):
        server.inbox.add(letter(number))
    async with serving(server):
        yield server


def work(account: Account) -> Session:
    """The session of the rounds."""
    return account.backend._pool.worker


async def doveadm(dovecot: Dovecot, user: str, *words: str) -> None:
    """What another client does."""
    await asyncio.to_thread(dovecot.doveadm, words[0], *words[1:-1], "-u", user, "mailbox", "INBOX", "uid", words[-1])


async def test_one_select_tells_flags_removals_and_new_mail(fake: ResyncImap, tmp_path: Path):
    async with connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        assert fake.said("ENABLE") == ["ENABLE QRESYNC"]
        del fake.inbox.mails[2:4]
        fake.inbox.mails[0].flags.add("\\Flagged")
        fake.inbox.add(letter(11))
        fake.log.clear()
        await account.sync(summaries=True)
        assert await account.numbers() == [1, 2, 5, 6, 7, 8, 9, 10, 11]
        assert (await account.row(1)).flags == Flag.FLAGGED
        asked = [command for command in fake.log if command.startswith(("SELECT", "UID"))]
        assert [command.split(" (")[0] for command in asked] == ["SELECT INBOX", "UID FETCH 8:10", "UID FETCH 11"]
        cursor = await account.cursor()
        assert cursor is not None and cursor.highestmodseq == fake.highest(fake.inbox)


async def test_what_vanishes_on_dovecot_is_gone_without_a_listing(
    dovecot: Dovecot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def unasked(*arguments: object) -> None:
        raise AssertionError("everything was listed")

    user = dovecot.user()
    await deliver(dovecot, user, range(1, 31))
    async with connected(dovecot.imap, user, tmp_path) as account:
        await account.sync()
        await doveadm(dovecot, user, "expunge", "4:9")
        await doveadm(dovecot, user, "flags", "add", "\\Flagged", "2")
        await deliver(dovecot, user, range(31, 41))
        with monkeypatch.context() as patch:
            patch.setattr(survey, "all_uids", unasked)
            patch.setattr(survey, "flags", unasked)
            patch.setattr(survey, "changed", unasked)
            await account.sync()
        await assert_same(account, dovecot, user)
        assert account.backend._pool.worker.connection.capabilities.trusted_qresync


@pytest.mark.parametrize("qresync", [True, False])
async def test_what_changes_while_the_first_sync_goes_on_comes_with_its_end(
    fake: ResyncImap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qresync: bool
):
    monkeypatch.setattr(summaries, "FIRST_PAGE", 3)
    monkeypatch.setattr(summaries, "BATCH", 3)
    if not qresync:
        fake.capability = fake.capability.replace(" QRESYNC", "")

    done = False

    def meanwhile(command: str) -> None:
        nonlocal done
        if not done:
            done = True
            fake.inbox.mails[8].flags.add("\\Seen")
            del fake.inbox.mails[9]

    fake.does("UID FETCH 5:7 .*HEADER", meanwhile)  # the second batch
    async with connected(fake.port, "anna", tmp_path) as account:
        await account.sync(summaries=True)
        await account.sync(summaries=True)
        assert await account.numbers() == list(range(1, 10))
        assert (await account.row(9)).flags == Flag.SEEN
        assert done


async def test_vanished_in_any_command_keeps_the_count_and_is_applied(fake: ResyncImap, tmp_path: Path):
    async with connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        fake.inbox.add(letter(11))

        def vanishing(command: str) -> list[str | bytes]:
            lines = fake._uid_fetch(command.removeprefix("UID FETCH "), [fake.inbox])
            del fake.inbox.mails[:2]
            return ["* VANISHED 1:2", *lines, "$ OK done"]

        fake.does("UID FETCH 11 .*HEADER", vanishing, times=1)
        fake.log.clear()
        await account.sync(summaries=True)
        assert await account.numbers() == list(range(3, 12))
        assert fake.said("UID SEARCH") == []
        async with work(account).folder(b"INBOX") as state:
            assert state.exists == 9
        await account.sync()
        assert await account.numbers() == list(range(3, 12))


async def test_our_own_moves_and_removals_are_settled_where_the_server_says_vanished(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.user()
    await deliver(dovecot, user, range(1, 7))
    async with connected(dovecot.imap, user, tmp_path) as account:
        await account.sync()
        await account.store.do(Archive(await account.ids(1, 2)))
        await account.store.do(Delete(await account.ids(3)))
        await account.sync()
        await account.store.do(Delete(await account.ids(3, path="Trash")))
        await account.sync()
        await account.sync()
        await assert_same(account, dovecot, user, "INBOX", "Archive", "Trash")
        assert await account.waiting() == []
        assert await account.rows("Trash") == []


@pytest.mark.parametrize("answer", ["NO", "BAD"])
async def test_a_server_that_refuses_the_select_is_asked_in_simpler_words_at_once(
    fake: ResyncImap, tmp_path: Path, answer: str
):
    """I18."""
    async with connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        fake.on("SELECT .*QRESYNC", f"$ {answer} unknown parameter")
        fake.inbox.mails[4].flags.add("\\Flagged")
        del fake.inbox.mails[0]
        await account.sync(summaries=True)
        assert await account.numbers() == list(range(2, 11))
        assert (await account.row(5)).flags == Flag.FLAGGED
        assert not work(account).connection.capabilities.qresync
        fake.log.clear()
        fake.inbox.mails[4].flags.add("\\Seen")
        await account.sync(summaries=True)
        assert not [command for command in fake.log if "QRESYNC" in command]
        assert [command for command in fake.log if "CHANGEDSINCE" in command]


async def test_without_any_parameter_the_folder_is_compared_like_any_other(fake: ResyncImap, tmp_path: Path):
    fake.on("SELECT .*\\(", "$ BAD no parameters please")
    async with connected(fake.port, "anna", tmp_path) as account:
        for _ in range(3):
            await account.sync(full=True)
        assert await account.numbers() == list(range(1, 11))
        assert not work(account).connection.capabilities.condstore
        fake.inbox.mails[4].flags.add("\\Flagged")
        await account.sync(full=True)
        assert (await account.row(5)).flags == Flag.FLAGGED


async def test_a_folder_that_cannot_be_opened_takes_nothing_from_our_trust(fake: ResyncImap, tmp_path: Path):
    async with connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        fake.on("SELECT", "$ NO [NOPERM] not yours", times=4)
        fake.inbox.add(letter(11))
        await account.sync(summaries=True)
        assert "not yours" in (await account.folder()).notice
        assert work(account).connection.capabilities.trusted_qresync
        fake.on("SELECT nothing", "$ BAD never")
        for _ in range(2):
            await account.sync(summaries=True)
        assert await account.numbers() == list(range(1, 12))
        assert (await account.folder()).notice == ""


async def test_enable_that_is_refused_leaves_condstore(tmp_path: Path):
    """I18, I19."""
    fake = ResyncImap()
    fake.inbox.add(letter(1))
    fake.on("ENABLE", "$ BAD what?")
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        fake.inbox.mails[0].flags.add("\\Flagged")
        await account.sync()
        assert (await account.row(1)).flags == Flag.FLAGGED
        assert not [command for command in fake.log if "(QRESYNC" in command]


async def test_a_server_that_accepts_qresync_and_does_nothing_is_asked_in_other_words(fake: ResyncImap, tmp_path: Path):
    async with connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        fake.inbox.mails[4].flags.add("\\Flagged")
        del fake.inbox.mails[0]

        plain = fake._select

        def ignoring(arguments: str, selected: list[object]) -> list[str | bytes]:
            return plain(arguments.split(" (")[0], selected)  # type: ignore[arg-type]

        fake._select = ignoring  # type: ignore[assignment,method-assign]
        await account.sync(summaries=True)
        assert await account.numbers() == list(range(2, 11))
        assert (await account.row(5)).flags == Flag.FLAGGED


@pytest.mark.parametrize(
    "nonsense", ["* VANISHED", "* VANISHED (EARLIER) 1:*", "* VANISHED (EARLIER) x", "* VANISHED 1:500"]
)
async def test_a_vanished_that_makes_no_sense_removes_nothing_and_is_the_last(
    fake: ResyncImap, tmp_path: Path, nonsense: str
):
    async with connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        fake.inbox.add(letter(11))

        def mumbling(command: str) -> list[str | bytes]:
            return [nonsense, *fake._uid_fetch(command.removeprefix("UID FETCH "), [fake.inbox]), "$ OK done"]

        fake.does("UID FETCH 11 .*HEADER", mumbling, times=1)
        await account.sync(summaries=True)
        assert await account.numbers() == list(range(1, 12))
        assert not work(account).connection.capabilities.qresync
        assert work(account).connection.capabilities.condstore


@pytest.mark.parametrize("count", [1, 8])
async def test_what_is_said_to_have_vanished_and_has_not_stays_and_is_never_believed_again(
    fake: ResyncImap, tmp_path: Path, count: int
):
    """I07."""
    async with connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        before = {row.subject: row.id for row in await account.rows()}
        fake.inbox.mails[9].flags.add("\\Seen")
        plain = fake._select

        def lying(arguments: str, selected: list[object]) -> list[str | bytes]:
            lines = plain(arguments, selected)  # type: ignore[arg-type]
            return [f"* VANISHED (EARLIER) 1:{count}", *lines] if "QRESYNC" in arguments else lines

        fake._select = lying  # type: ignore[assignment,method-assign]
        await account.sync(summaries=True)
        assert {row.subject: row.id for row in await account.rows()} == before
        assert (await account.row(10)).flags == Flag.SEEN
        assert not work(account).connection.capabilities.qresync


async def test_most_of_a_folder_that_vanished_is_asked_for_before_it_is_removed(tmp_path: Path):
    """I07."""
    fake = ResyncImap()
    for number in range(1, 201):
        fake.inbox.add(letter(number))
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync(summaries=True)
        hidden = fake.inbox.mails[100:160]
        del fake.inbox.mails[100:160]

        def found_again(command: str) -> None:
            fake.inbox.mails[100:100] = hidden
            hidden.clear()

        fake.does("UID SEARCH UID", found_again)
        await account.sync(summaries=True)
        assert await account.numbers() == list(range(1, 201))
        assert not work(account).connection.capabilities.qresync
        fake.log.clear()
        del fake.inbox.mails[100:160]
        await account.sync(summaries=True)
        assert len(await account.rows()) == 140
        assert [command for command in fake.said("UID SEARCH UID") if "101" in command]


async def test_a_folder_that_is_suddenly_empty_has_to_say_so_twice(tmp_path: Path):
    """I08."""
    fake = ResyncImap()
    for number in range(1, 101):
        fake.inbox.add(letter(number))
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync(summaries=True)
        fake.inbox.mails = []
        await account.sync()
        assert len(await account.rows()) == 100
        await account.sync()
        assert await account.rows() == []


async def test_a_highestmodseq_of_zero_or_beyond_all_numbers_is_none(tmp_path: Path):
    for told in (0, 1 << 63, 10**25):
        fake = FakeImap(f"{FULL} CONDSTORE QRESYNC ENABLE")
        fake.on("ENABLE", "* ENABLED QRESYNC", "$ OK done")
        fake.inbox.add(letter(1))
        fake.inbox.highestmodseq = told
        place = tmp_path / str(told)
        async with serving(fake), connected(fake.port, "anna", place) as account:
            await account.sync()
            await account.sync(full=True)
            assert (await account.cursor() or Cursor(0, 0, 0, 1)).highestmodseq is None
            assert await account.numbers() == [1]


async def test_the_modseq_stays_behind_a_change_that_cannot_be_read(fake: ResyncImap, tmp_path: Path):
    async with connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        before = await account.cursor()
        fake.inbox.mails[4].flags.add("\\Flagged")
        fake.inbox.mails[5].flags.add("\\Flagged")
        changes = fake.changes

        def broken(box: object, since: int, *, vanished: bool) -> list[str | bytes]:
            lines = changes(box, since, vanished=vanished)  # type: ignore[arg-type]
            return [str(line).replace("UID 5 ", 'UID 5 ENVELOPE ("x "y" (( ') for line in lines]

        fake.changes = broken  # type: ignore[assignment,method-assign]
        await account.sync(summaries=True)
        assert (await account.row(6)).flags == Flag.FLAGGED
        assert await account.cursor() == before
        fake.changes = changes  # type: ignore[method-assign]
        await account.sync(summaries=True)
        assert (await account.row(5)).flags == Flag.FLAGGED


async def test_flags_pushed_by_others_do_not_make_us_list_the_folder(fake: ResyncImap, tmp_path: Path):
    async with connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        folder = await account.folder()
        account.backend._agenda.push(folder.id, flags=True)
        fake.inbox.mails[2].flags.add("\\Seen")
        fake.log.clear()
        await account.sync(summaries=True)
        assert (await account.row(3)).flags == Flag.SEEN
        assert fake.said("UID") == []
