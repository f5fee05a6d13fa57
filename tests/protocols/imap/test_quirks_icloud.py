"""iCloud: a proxy that promises more than the server keeps, and answers that break the grammar."""

from pathlib import Path

import pytest

from protocols.errors import Misbehaved
from protocols.imap.fetch import read_fetch
from protocols.imap.framing import Response
from tests.servers.fake_imap import FULL, FakeImap, serving
from tests.servers.imap_account import connected, letter

ICLOUD = f"{FULL} XAPPLEPUSHSERVICE CONDSTORE QRESYNC ENABLE ESEARCH"


async def test_its_modseqs_are_not_believed(tmp_path: Path):
    """I21."""
    fake = FakeImap(ICLOUD)
    fake.inbox.add(letter(1))
    fake.inbox.highestmodseq = 50
    fake.on("ENABLE", "$ OK done")
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        fake.inbox.mails[0].flags.add("\\Seen")  # and HIGHESTMODSEQ stands still
        await account.sync(full=True)
        assert (await account.row(1)).flags
        assert not [command for command in fake.log if "CHANGEDSINCE" in command or "(QRESYNC" in command]


@pytest.mark.parametrize("nonsense", ["* VANISHED", "* VANISHED (EARLIER)", "* VANISHED (EARLIER) 1:*", "* VANISHED x"])
async def test_a_vanished_that_cannot_be_read_removes_nothing(tmp_path: Path, nonsense: str):
    fake = FakeImap(ICLOUD)
    fake.inbox.add(letter(1))
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        fake.inbox.add(letter(2))
        fake.does("UID FETCH", lambda command: [nonsense, *ordinary(fake, command)])
        await account.sync(full=True)
        assert await account.numbers() == [1, 2]


def ordinary(fake: FakeImap, command: str) -> list[str | bytes]:
    return [*fake._uid_fetch(command.removeprefix("UID FETCH "), [fake.inbox]), "$ OK done"]


async def test_capabilities_are_those_after_the_sign_in(tmp_path: Path):
    fake = FakeImap("IMAP4rev1 QRESYNC MOVE LIST-STATUS NOTIFY")
    fake.inbox.add(letter(1))

    def behind_the_proxy(command: str) -> list[str | bytes]:
        fake.capability = "IMAP4rev1 UIDPLUS"
        return ["$ OK [CAPABILITY IMAP4rev1 MOVE] hello"]

    fake.does("LOGIN", behind_the_proxy)
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        assert await account.numbers() == [1]
        assert not [command for command in fake.log if "QRESYNC" in command or "RETURN" in command]


def test_an_envelope_with_quotes_in_quotes_is_one_message_that_cannot_be_read():
    broken = b'* 1 FETCH (UID 5 ENVELOPE ("d" "s" NIL NIL NIL NIL NIL NIL NIL "<"a b"@x>"))'
    with pytest.raises(Misbehaved):
        read_fetch(Response((broken.replace(b'"<"a b"@x>"', b'"<"a (b"@x>"'),)))


async def test_one_broken_answer_does_not_spoil_the_others(tmp_path: Path):
    fake = FakeImap(ICLOUD)
    for number in (1, 2, 3):
        fake.inbox.add(letter(number))

    def breaking(command: str) -> list[str | bytes] | None:
        if "HEADER" not in command:
            return None
        whole = [line for line in ordinary(fake, command) if not (isinstance(line, bytes) and b"UID 2 " in line)]
        return [b'* 2 FETCH (UID 2 ENVELOPE ("x "y" (("))', *whole]

    fake.does("UID FETCH", breaking, times=1)
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        rows = await account.rows()
        assert sorted(row.uid or 0 for row in rows) == [1, 2, 3]
        assert {row.subject for row in rows} >= {"letter 1", "letter 3"}
