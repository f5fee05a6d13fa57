"""What is exported and imported again is the same mail, byte for byte, in all three forms."""

import hashlib
import mailbox
import os
import stat
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protocols.backup.export import Exported, export
from protocols.backup.importing import Imported, import_mail
from protocols.backup.saved import Broken, Saved
from protocols.backup.sources import Source
from protocols.backup.writing import Form, writer
from store import keeping
from store.errors import NotPossible, StoreError
from store.mailstore import MailStore
from store.model import Account, Flag, MessageId
from tests.protocols.backup.letters import HEAD, ODD, account, held, letter, put

FORMS = list(Form)
PATHS = ("INBOX", "Archive", "Projects/2026.Q1/Đà Nẵng", "a\\b.c & d", "100%41")
NOON = 1_794_571_200


def nothing(_done: int, _total: int) -> None:
    """Nobody looks."""


async def every(store: MailStore) -> list[MessageId]:
    return [MessageId(row[0]) for row in await store.read(lambda c: c.execute("SELECT id FROM messages").fetchall())]


async def export_all(store: MailStore, form: Form, place: Path) -> Exported:
    return await export(store, await every(store), form, place, None, nothing)


async def import_from(store: MailStore, owner: Account, place: Path, folder: str | None = None) -> Imported:
    return await import_mail(store, owner, Source(place), folder, nothing)


@pytest.mark.parametrize("form", FORMS)
async def test_every_odd_message_of_every_folder_comes_back(form: Form, tmp_path: Path):
    async with await MailStore.open(tmp_path / "old") as store:
        owner = await account(store)
        for number, path in enumerate(PATHS):
            await put(store, owner, path, *ODD.values(), letter(str(number)), letter(str(number)))
        before = await held(store, owner)
        done = await export_all(store, form, tmp_path / "out")
        assert (done.written, done.missing) == (sum(map(len, before.values())), [])
    async with await MailStore.open(tmp_path / "new") as store:
        owner = await account(store)
        for _ in range(2):  # and a second time nothing is doubled
            result = await import_from(store, owner, tmp_path / "out")
            assert result.broken == []
            assert await held(store, owner) == before
        assert result.stored == 0


@pytest.mark.parametrize("form", [Form.MBOX, Form.MAILDIR])
async def test_flags_come_back(form: Form, tmp_path: Path):
    async with await MailStore.open(tmp_path / "old") as store:
        owner = await account(store)
        for number, flags in enumerate((Flag.NONE, Flag.SEEN, Flag.ANSWERED | Flag.SEEN, Flag.FLAGGED, Flag.DRAFT)):
            await put(store, owner, "Work", letter(str(number)), flags=flags)
        before = await held(store, owner)
        await export_all(store, form, tmp_path / "out")
    async with await MailStore.open(tmp_path / "new") as store:
        owner = await account(store)
        await import_from(store, owner, tmp_path / "out")
        assert await held(store, owner) == before


@pytest.mark.parametrize("form", FORMS)
async def test_the_time_of_arrival_comes_back(form: Form, tmp_path: Path):
    times = "SELECT received FROM messages ORDER BY received"
    async with await MailStore.open(tmp_path / "old") as store:
        owner = await account(store)
        await put(store, owner, "Work", *(letter(str(number)) for number in range(5)))
        before = await store.read(lambda c: c.execute(times).fetchall())
        await export_all(store, form, tmp_path / "out")
    async with await MailStore.open(tmp_path / "new") as store:
        await import_from(store, await account(store), tmp_path / "out")
        assert await store.read(lambda c: c.execute(times).fetchall()) == before


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raws=st.lists(st.binary(min_size=1, max_size=80) | st.sampled_from(list(ODD.values())), min_size=1, max_size=8))
def test_any_bytes_come_back(form: Form, raws: list[bytes], tmp_path_factory: pytest.TempPathFactory):
    place = tmp_path_factory.mktemp("any") / "out"
    target = writer(form, place)
    target.add([Saved(raw, 1_700_000_000, folder="INBOX", subject="x") for raw in raws])
    target.finish()
    found = list(Source(place).messages())
    assert not [one for one in found if isinstance(one, Broken)]
    assert Counter(one.raw for one in found if isinstance(one, Saved)) == Counter(raws)


@pytest.mark.parametrize("form", FORMS)
async def test_a_message_of_thirty_megabytes_comes_back(form: Form, tmp_path: Path):
    raw = HEAD + b"\r\n" + (b"\nFrom me\r\n" + b"QUJD" * 7_500 + b"\r\n") * 1_000
    target = writer(form, tmp_path / "out")
    target.add([Saved(raw, 0, folder="INBOX")])
    target.finish()
    (found,) = Source(tmp_path / "out").messages()
    assert isinstance(found, Saved)
    assert hashlib.sha256(found.raw).digest() == hashlib.sha256(raw).digest()


@pytest.mark.parametrize("form", [Form.MAILDIR, Form.EML])
async def test_exporting_again_adds_only_what_is_new(form: Form, tmp_path: Path):
    async with await MailStore.open(tmp_path / "old") as store:
        owner = await account(store)
        await put(store, owner, "INBOX", *ODD.values(), letter("1"), letter("1"))
        await export_all(store, form, tmp_path / "out")
        files = sorted(path for path in (tmp_path / "out").rglob("*") if path.is_file())
        await put(store, owner, "INBOX", letter("2"))
        again = await export_all(store, form, tmp_path / "out")
        assert (again.written, again.there) == (1, len(ODD) + 2)
        assert len(set((tmp_path / "out").rglob("*")) - set(files)) >= 1
        assert all(path.exists() for path in files)


async def test_an_mbox_is_never_written_over(tmp_path: Path):
    (tmp_path / "out").write_text("precious")
    async with await MailStore.open(tmp_path / "old") as store:
        await put(store, await account(store), "INBOX", letter("1"))
        with pytest.raises(NotPossible, match="is there already"):
            await export_all(store, Form.MBOX, tmp_path / "out")
    assert (tmp_path / "out").read_text() == "precious"
    assert not (tmp_path / ".out.part").exists()


@pytest.mark.parametrize("form", FORMS)
async def test_whatever_is_made_is_readable_by_its_owner_alone(form: Form, tmp_path: Path):
    before = os.umask(0)
    try:
        async with await MailStore.open(tmp_path / "old") as store:
            await put(store, await account(store), "Work/x", letter("1"))
            await export_all(store, form, tmp_path / "out")
    finally:
        os.umask(before)
    for path in (tmp_path / "out", *(tmp_path / "out").rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


HOSTILE = (
    "../../etc/passwd",
    "/etc/passwd",
    "..",
    ".",
    "a\x1b[31mb\0c\nd",
    "\u202egnp.exe",
    "CON",
    "x" * 900,
    "~",
    "-rf",
)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", HOSTILE)
async def test_no_name_of_a_mail_or_a_folder_leads_out_of_the_place(form: Form, name: str, tmp_path: Path):
    (tmp_path / "inner").mkdir()
    place = tmp_path / "inner" / "out"
    async with await MailStore.open(tmp_path / "old") as store:
        owner = await account(store)
        await put(store, owner, name.replace("\0", ""), letter("1"), subject=name.replace("\0", ""))
        await export_all(store, form, place)
    assert [path.name for path in (tmp_path / "inner").iterdir()] == ["out"]
    files = [place] if form is Form.MBOX else [path for path in place.rglob("*") if path.is_file()]
    assert [path.read_bytes() for path in files if letter("1") in path.read_bytes()] != []
    for path in place.rglob("*"):
        assert path.name.isprintable() and len(os.fsencode(path.name)) <= 255
        assert path.resolve().is_relative_to(place)
    (found,) = Source(place).messages()
    assert isinstance(found, Saved) and found.raw == letter("1")


async def test_long_folders_that_begin_alike_stay_apart(tmp_path: Path):
    async with await MailStore.open(tmp_path / "old") as store:
        owner = await account(store)
        for end in "ab":
            await put(store, owner, "x" * 400 + end, letter("1"))
        for form in (Form.EML, Form.MAILDIR):
            assert (await export_all(store, form, tmp_path / form.value)).written == 2
            assert len({one.folder for one in Source(tmp_path / form.value).messages() if isinstance(one, Saved)}) == 2


def test_pythons_mailbox_reads_our_maildir(tmp_path: Path):
    target = writer(Form.MAILDIR, tmp_path / "out")
    raws = [letter("1"), ODD["bare lf"], ODD["8-bit"]]
    target.add([Saved(raw, 1_700_000_000, Flag.SEEN | Flag.FLAGGED, "INBOX") for raw in raws])
    target.add([Saved(letter("2"), 1_700_000_000, folder="Work/x")])
    target.finish()
    box = mailbox.Maildir(tmp_path / "out", create=False)
    assert sorted(box.get_bytes(key) for key in box.iterkeys()) == sorted(raws)
    assert {box.get_message(key).get_flags() for key in box.iterkeys()} == {"FS"}
    assert {box.get_message(key).get_date() for key in box.iterkeys()} == {1_700_000_000.0}
    assert box.list_folders() == ["Work.x"]
    assert [box.get_folder("Work.x").get_bytes(key) for key in box.get_folder("Work.x").iterkeys()] == [letter("2")]


class Fetching:
    """A server that has some of the missing messages."""

    def __init__(self, store: MailStore, raws: dict[MessageId, bytes], error: Exception | None = None) -> None:
        self.store, self.raws, self.error = store, raws, error
        self.asked: list[MessageId] = []

    async def __call__(self, message: MessageId) -> None:
        self.asked.append(message)
        if message not in self.raws:
            if self.error is not None:
                raise self.error
            return
        raw = self.raws[message]
        await self.store.write(lambda tx: tx.execute("INSERT INTO bodies VALUES (?, ?)", (message, raw)))
        await self.store.write(lambda tx: keeping.opened(tx, message, NOON))  # as every fetch does


async def without_bodies(store: MailStore, ids: Sequence[MessageId]) -> None:
    await store.write(lambda tx: tx.executemany("DELETE FROM bodies WHERE message_id = ?", [(one,) for one in ids]))


@pytest.mark.parametrize("form", FORMS)
async def test_what_is_missing_is_fetched_and_what_cannot_be_is_named(form: Form, tmp_path: Path):
    async with await MailStore.open(tmp_path / "old") as store:
        ids = await put(store, await account(store), "INBOX", *(letter(str(number)) for number in range(4)))
        await without_bodies(store, ids[:3])
        fetch = Fetching(store, {ids[0]: letter("0")}, StoreError("No connection."))
        done = await export(store, ids, form, tmp_path / "out", fetch, nothing)
        assert (done.written, [one.message for one in done.missing]) == (2, ids[1:3])
        assert fetch.asked == ids[:2], "a server that is out of reach is asked once"
    found = [one.raw for one in Source(tmp_path / "out").messages() if isinstance(one, Saved)]
    assert sorted(found) == [letter("0"), letter("3")]


async def test_what_was_fetched_for_a_backup_alone_goes_again_like_mail_that_nobody_opened(tmp_path: Path):
    async with await MailStore.open(tmp_path / "old") as store:
        ids = await put(store, await account(store), "INBOX", letter("0"), letter("1"))
        await store.write(lambda tx: keeping.opened(tx, ids[1], NOON - 100))
        await without_bodies(store, ids)
        fetch = Fetching(store, {ids[0]: letter("0"), ids[1]: letter("1")})
        await export(store, ids, Form.MBOX, tmp_path / "out", fetch, nothing)
        assert [await store.read(partial(keeping.used, message=one)) for one in ids] == [None, NOON - 100]


async def test_where_all_is_missing_no_empty_file_looks_like_a_backup(tmp_path: Path):
    async with await MailStore.open(tmp_path / "old") as store:
        ids = await put(store, await account(store), "INBOX", letter("1"))
        await without_bodies(store, ids)
        done = await export(store, ids, Form.MBOX, tmp_path / "out", None, nothing)
        assert [one.message for one in done.missing] == ids
    assert not (tmp_path / "out").exists()
