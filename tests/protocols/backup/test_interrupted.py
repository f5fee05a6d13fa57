"""Killed and done again, exports and imports neither lose nor double mail; a full disk leaves no halves."""

import asyncio
import os
import resource
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from protocols.backup import disk, mbox, writing
from protocols.backup.export import export
from protocols.backup.importing import import_mail
from protocols.backup.saved import Saved
from protocols.backup.sources import Source
from protocols.backup.writing import Form, Writer, writer
from store.errors import NotPossible, StoreError
from store.mailstore import MailStore
from tests.protocols.backup.letters import account, held, letter, put

ROOT = Path(__file__).parents[3]
COUNT = 60
LETTERS = [letter(str(number // 2)) for number in range(COUNT)]
"""Every one twice: equal messages are messages too."""

KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from protocols.backup import export as exporting, importing, writing
from protocols.backup.sources import Source
from protocols.backup.writing import Form
from store import accounts
from store.mailstore import MailStore

what, form, data, place, moment = sys.argv[1:]
exporting.SLICE, exporting._AT_ONCE, writing.AT_ONCE, importing._MESSAGES = 1000, 7, 5, 7
calls = 0

def tell(done, total):
    global calls
    calls += 1
    if calls == int(moment):
        os.kill(os.getpid(), signal.SIGKILL)

async def main():
    async with await MailStore.open(Path(data)) as store:
        if what == "export":
            ids = await store.read(lambda c: [row[0] for row in c.execute("SELECT id FROM messages ORDER BY id")])
            await exporting.export(store, ids, Form(form), Path(place), None, tell)
        else:
            owner = await store.read(lambda c: accounts.by_name(c, "home"))
            await importing.import_mail(store, owner, Source(Path(place)), None, tell)

asyncio.run(main())
"""


def killed(what: str, form: Form, data: Path, place: Path, moment: int) -> bool:
    """Run it in a process that is killed at its `moment`-th word about how far it is; False: it ended before that."""
    command = [sys.executable, "-c", KILLED, what, form.value, str(data), str(place), str(moment)]
    return subprocess.run(command, cwd=ROOT, check=False, capture_output=True).returncode != 0


def raws(place: Path) -> Counter[bytes]:
    return Counter(one.raw for one in Source(place).messages() if isinstance(one, Saved))


def leftovers(place: Path) -> list[Path]:
    """Files that somebody may take for mail, or wonder about."""
    hidden = [path for path in place.rglob("*") if path.name.endswith(".part") or "unfinished" in path.name]
    return [*hidden, *place.rglob("tmp/*")]


def nothing(_done: int, _total: int) -> None:
    """Nobody looks."""


@pytest.mark.parametrize("form", list(Form))
async def test_a_killed_export_is_gone_on_with(form: Form, tmp_path: Path):
    place = tmp_path / "out"
    async with await MailStore.open(tmp_path / "data") as store:
        ids = await put(store, await account(store), "INBOX", *LETTERS)
        for moment in (1, 4, 8):
            assert await asyncio.to_thread(killed, "export", form, tmp_path / "data", place, moment)
            assert form is not Form.MBOX or not place.exists()
        await export(store, ids, form, place, None, nothing)
    assert raws(place) == Counter(LETTERS)
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("form", list(Form))
async def test_a_killed_import_is_gone_on_with(form: Form, tmp_path: Path):
    target = writer(form, tmp_path / "source")
    target.add([Saved(raw, 1_700_000_000 + number, folder="Old") for number, raw in enumerate(LETTERS)])
    target.finish()
    async with await MailStore.open(tmp_path / "data") as store:
        owner = await account(store)
        for moment in (1, 3, 6):
            assert await asyncio.to_thread(killed, "import", form, tmp_path / "data", tmp_path / "source", moment)
        await import_mail(store, owner, Source(tmp_path / "source"), None, nothing)
        assert Counter(raw for raw, _ in (await held(store, owner))["Old"]) == Counter(LETTERS)


@pytest.mark.parametrize("form", list(Form))
async def test_a_cancelled_export_leaves_nothing_that_looks_whole(form: Form, tmp_path: Path):
    place = tmp_path / "out"
    async with await MailStore.open(tmp_path / "data") as store:
        ids = await put(store, await account(store), "INBOX", *LETTERS)

        def stop(_done: int, _total: int) -> None:
            running.cancel()

        running = asyncio.create_task(export(store, ids, form, place, None, stop))
        with pytest.raises(asyncio.CancelledError):
            await running
        assert not [path for path in (place, *place.rglob("*")) if path.is_file() and path.name != "maildirfolder"]
        assert not (tmp_path / ".out.part").exists()
        await export(store, ids, form, place, None, nothing)
    assert raws(place) == Counter(LETTERS)


@pytest.fixture
def small_disk() -> Iterator[None]:
    """No file of this process may become larger than a megabyte."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("form", list(Form))
@pytest.mark.usefixtures("small_disk")
def test_where_there_is_no_room_nothing_half_written_stays(form: Form, tmp_path: Path):
    place = tmp_path / "out"
    target = writer(form, place)
    with pytest.raises(StoreError, match=r"Cannot write .*too large"):
        target.add([Saved(letter("1"), 0, folder="INBOX"), Saved(b"x" * (2 << 20), 0, folder="INBOX")])
    target.abandon()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


FULL = """
import sys
from pathlib import Path
from protocols.backup.saved import Saved
from protocols.backup.writing import Form, writer
from store.errors import DiskFull
place = Path(sys.argv[1]) / "out"
target = writer(Form(sys.argv[2]), place)
try:
    for number in range(1000):
        target.add([Saved(b"%d\\n" % number + b"x" * 5000 + b"\\n", 0, folder="INBOX")])
    target.finish()
except DiskFull as error:
    target.abandon()
    left = [path for path in Path(sys.argv[1]).rglob("*") if path.is_file()]
    print("full", len(left), "in" if "Free some space" in error.hint else "")
"""


@pytest.mark.parametrize("form", list(Form))
def test_a_full_disk_is_told_and_left_clean(form: Form, tmp_path: Path):
    """On a file system of two megabytes, where this machine lets us mount one."""
    script = 'mount -t tmpfs -o size=2m none "$1" && exec "$2" -c "$3" "$1" "$4"'
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"]
    try:
        done = subprocess.run(
            [*command, str(tmp_path), sys.executable, FULL, form.value],
            cwd=ROOT, check=False, capture_output=True, text=True,
        )  # fmt: skip
    except FileNotFoundError:
        pytest.skip("there is no unshare")
    if done.returncode and ("unshare" in done.stderr or "mount" in done.stderr):
        pytest.skip("nothing can be mounted here")
    assert done.stdout == "full 0 in\n", done.stderr


def test_two_exports_do_not_write_into_one_place(tmp_path: Path):
    for form in Form:
        first = writer(form, tmp_path / form.value)
        with pytest.raises(NotPossible, match="Another export"):
            writer(form, tmp_path / form.value)
        first.abandon()
        writer(form, tmp_path / form.value).abandon()


def test_a_leftover_that_is_linked_to_a_backup_does_not_take_it_along(tmp_path: Path):
    """As after a kill between the last two steps: the file has its name, and still its other one."""
    (tmp_path / "backup").write_bytes(b"".join(mbox.entry(Saved(letter("1"), 0))))
    os.link(tmp_path / "backup", tmp_path / ".out.part")
    target = writer(Form.MBOX, tmp_path / "out")
    target.add([Saved(letter("2"), 0)])
    target.finish()
    assert raws(tmp_path / "backup") == Counter([letter("1")])
    assert raws(tmp_path / "out") == Counter([letter("2")])


def test_a_file_that_came_meanwhile_is_not_written_over(tmp_path: Path):
    target = writer(Form.MBOX, tmp_path / "out")
    target.add([Saved(letter("2"), 0)])
    (tmp_path / "out").write_text("precious")
    with pytest.raises(NotPossible, match="is there already"):
        target.finish()
    assert (tmp_path / "out").read_text() == "precious"
    assert list(tmp_path.glob(".*")) == []


def test_where_files_cannot_be_linked_they_are_renamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def no_links(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(disk.os, "link", no_links)
    target = writer(Form.MBOX, tmp_path / "out")
    target.add([Saved(letter("2"), 0)])
    target.finish()
    assert raws(tmp_path / "out") == Counter([letter("2")])


def test_files_get_their_names_in_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(writing, "AT_ONCE", 10)
    target: Writer = writer(Form.EML, tmp_path / "out")
    target.add([Saved(raw, 0, folder="INBOX") for raw in LETTERS[:25]])
    assert len(list((tmp_path / "out" / "INBOX").iterdir())) == 20
    target.abandon()
    assert len(list((tmp_path / "out" / "INBOX").iterdir())) == 20
    assert not (tmp_path / "out" / ".bocau-unfinished").exists()


def test_a_folder_with_other_things_becomes_no_maildir(tmp_path: Path):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "cat.jpg").write_bytes(b"cat")
    with pytest.raises(NotPossible, match="is no Maildir, and not empty"):
        writer(Form.MAILDIR, tmp_path / "pictures")
    assert [path.name for path in (tmp_path / "pictures").iterdir()] == ["cat.jpg"]
