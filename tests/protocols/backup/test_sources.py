"""Mail is recognised in whatever other programs keep it, and what is no mail is told."""

import mailbox
import os
from pathlib import Path

import pytest

from protocols.backup.saved import Broken, Saved
from protocols.backup.sources import Source
from store.errors import NotFound, NotPossible, StoreError
from store.model import Flag
from tests.protocols.backup.letters import letter

SEPARATOR = b"From a@b Mon Nov 23 14:41:47 2026\n"


def read(place: Path) -> list[Saved]:
    found = list(Source(place).messages())
    assert not [one for one in found if isinstance(one, Broken)]
    return [one for one in found if isinstance(one, Saved)]


def folders(place: Path) -> dict[str, list[bytes]]:
    found: dict[str, list[bytes]] = {}
    for one in read(place):
        found.setdefault(one.folder, []).append(one.raw)
    return {folder: sorted(raws) for folder, raws in found.items()}


def test_a_maildir_of_python_comes_with_folders_flags_and_times(tmp_path: Path):
    box = mailbox.Maildir(tmp_path / "box")
    message = mailbox.MaildirMessage(letter("1"))
    message.set_subdir("cur")
    message.set_flags("FRSP")
    message.set_date(1_600_000_000)
    box.add(message)
    box.add(letter("2"))  # into new/
    box.add_folder("Work.2026").add(letter("3"))
    box.add_folder("H&APM-a &AREBoQ-n").add(letter("4"))
    found = {one.folder: one for one in read(tmp_path / "box") if one.folder != "INBOX"}
    assert set(found) == {"Work/2026", "Hóa đơn"}
    first, second = (one for one in read(tmp_path / "box") if one.folder == "INBOX")
    assert (first.flags, first.received) == (Flag.FLAGGED | Flag.ANSWERED | Flag.SEEN, 1_600_000_000)
    assert second.flags == Flag.NONE
    assert Source(tmp_path / "box").octets() == sum(len(one.raw) for one in read(tmp_path / "box"))


def test_maildirs_that_stand_one_in_the_other_are_folders(tmp_path: Path):
    for path in ("", "Work", "Work/2026"):
        box = mailbox.Maildir(tmp_path / "box" / path)
        box.add(letter(path))
    assert set(folders(tmp_path / "box")) == {"INBOX", "Work", "Work/2026"}


def test_what_servers_keep_in_a_maildir_is_passed_over(tmp_path: Path):
    box = mailbox.Maildir(tmp_path / "box")
    box.add(letter("1"))
    for name in ("dovecot-uidlist", "subscriptions", "maildirfolder", "cur/.hidden", "dovecot.index.cache"):
        (tmp_path / "box" / name).write_text("x")
    (tmp_path / "box" / "tmp" / "half").write_bytes(letter("2"))
    assert folders(tmp_path / "box") == {"INBOX": [letter("1")]}


def test_thunderbirds_folders_are_mbox_files_in_a_tree(tmp_path: Path):
    top = tmp_path / "Local Folders"
    (top / "Work.sbd").mkdir(parents=True)
    (top / "Inbox").write_bytes(SEPARATOR + letter("1") + b"\n" + SEPARATOR + letter("2"))
    (top / "Inbox.msf").write_text("// <!-- <mdb:mork:z v=1.4/> -->")
    (top / "Work").write_bytes(b"")
    (top / "Work.sbd" / "2026.mbox").write_bytes(SEPARATOR + letter("3"))
    assert folders(top) == {"Inbox": sorted([letter("1"), letter("2")]), "Work/2026": [letter("3")]}


def test_mh_folders_and_trees_of_eml_files_are_letters_in_folders(tmp_path: Path):
    box = mailbox.MH(tmp_path / "mh")
    box.add(letter("1"))
    box.add_folder("work").add(letter("2"))
    assert folders(tmp_path / "mh") == {"": [letter("1")], "work": [letter("2")]}
    (tmp_path / "eml" / "100%2F").mkdir(parents=True)
    (tmp_path / "eml" / "A.EML").write_bytes(letter("1"))
    (tmp_path / "eml" / "100%2F" / "b.eml").write_bytes(SEPARATOR + letter("2"))
    assert folders(tmp_path / "eml") == {"": [letter("1")], "100/": [SEPARATOR + letter("2")]}


def test_a_file_that_is_named_may_be_called_what_it_likes(tmp_path: Path):
    (tmp_path / "letter").write_bytes(letter("1"))
    (tmp_path / "box").write_bytes(b"\n" + SEPARATOR + letter("1"))
    assert [one.raw for name in ("letter", "box") for one in read(tmp_path / name)] == [letter("1")] * 2


def test_what_is_no_mail_or_cannot_be_read_is_told_and_the_rest_is_read(tmp_path: Path):
    place = tmp_path / "letters"
    place.mkdir()
    (place / "1.eml").write_bytes(letter("1"))
    (place / "2.eml").write_bytes(b"")
    (place / "3.eml").write_bytes(b"\x89PNG\r\n\x1a\n")
    (place / "4.txt").write_text("notes\n")
    (place / "5.eml").symlink_to(place / "nowhere")
    os.mkfifo(place / "6.eml")
    (place / "round").symlink_to(place)
    found = list(Source(place).messages())
    assert [one.raw for one in found if isinstance(one, Saved)] == [letter("1")]
    told = {Path(one.place).name: one.reason for one in found if isinstance(one, Broken)}
    assert told == {
        "2.eml": "is empty",
        "3.eml": "is no mail",
        "4.txt": "is no mail",
        "5.eml": "cannot be read: no such file or directory",
        "6.eml": "is no mail",
        "round": "is no mail",
    }


def test_a_path_that_is_wrong_is_told_at_once(tmp_path: Path):
    (tmp_path / "picture").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(NotFound, match="There is nothing at"):
        list(Source(tmp_path / "none").files())
    with pytest.raises(NotPossible, match="no mail that bocau knows"):
        list(Source(tmp_path / "picture").files())
    with pytest.raises(NotPossible):
        list(Source(Path("/dev/null")).files())


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_folder_that_may_not_be_read_is_told(tmp_path: Path):
    (tmp_path / "closed").mkdir(mode=0)
    with pytest.raises(StoreError, match="permission denied"):
        list(Source(tmp_path / "closed").files())
