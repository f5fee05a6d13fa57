"""`export` and `import` from the command line: exit codes, what is told, and the same mail afterwards."""

import mailbox
from pathlib import Path

import pytest

from protocols.backup.saved import Saved
from protocols.backup.sources import Source
from tests.tui.commandline.conftest import Site

FORMS = ("--mbox", "--maildir", "--eml")


def raws(place: Path) -> list[bytes]:
    return sorted(one.raw for one in Source(place).messages() if isinstance(one, Saved))


def raw(site: Site, message: int, file: Path) -> bytes:
    assert site("show", message, "--raw", "-o", file).code == 0
    return file.read_bytes()


@pytest.mark.parametrize("form", FORMS)
def test_what_a_query_finds_is_exported_whole(site: Site, tmp_path: Path, form: str):
    ids = [int(str(one["id"])) for one in site("search", "account:old folder:inbox", "--json").objects]
    result = site("export", "account:old", "folder:inbox", form, tmp_path / "out")
    assert (result.code, result.out) == (0, "")
    assert f"{len(ids)} messages written into {tmp_path / 'out'}." in result.err
    assert raws(tmp_path / "out") == sorted(raw(site, one, tmp_path / "one.eml") for one in ids)


@pytest.mark.parametrize("form", FORMS)
def test_a_backup_goes_into_another_account_once(site: Site, tmp_path: Path, form: str):
    site("export", "account:work folder:inbox", form, tmp_path / "out")
    wanted = raws(tmp_path / "out")
    first = site("import", tmp_path / "out", "--account", "old", "--folder", "Old")
    assert (first.code, first.err) == (0, f"{len(wanted)} messages imported into Old.\n")
    again = site("import", tmp_path / "out", "--account", "old", "--folder", "Old")
    assert (again.code, again.err) == (0, f"0 messages imported; {len(wanted)} were there already.\n")
    ids = site.ids("--account", "old", "--folder", "Old", "--limit", "1000")
    assert sorted(raw(site, one, tmp_path / "one.eml") for one in ids) == wanted


def test_an_empty_query_is_all_mail(site: Site, tmp_path: Path):
    count = int(site("search", "", "--count").out)
    assert site("export", "--mbox", tmp_path / "all").code == 0
    assert len(raws(tmp_path / "all")) == count


def test_what_is_missing_is_fetched_and_offline_it_is_named(site: Site, tmp_path: Path):
    import sqlite3

    (gone, *_) = site.ids("--account", "work")
    with sqlite3.connect(site.data / "mail.sqlite3") as connection:
        connection.execute("DELETE FROM bodies WHERE message_id = ?", (gone,))
        connection.execute("UPDATE messages SET cached = 0 WHERE id = ?", (gone,))
    connection.close()
    online = site.config.read_text()
    site.unplug()
    result = site("export", "account:work folder:inbox", "--mbox", tmp_path / "part")
    assert result.code == 6
    assert f"work: not on this disk, and left out: {gone}\n" in result.err
    assert len(raws(tmp_path / "part")) == len(site.ids("--account", "work", "--limit", "1000")) - 1
    site.config.write_text(online)
    assert site("export", "account:work folder:inbox", "--mbox", tmp_path / "whole").code == 0
    assert set(raws(tmp_path / "whole")) > set(raws(tmp_path / "part"))


def test_where_nothing_can_be_had_the_code_says_why(site: Site, tmp_path: Path):
    import sqlite3

    (gone, *_) = site.ids("--account", "work")
    with sqlite3.connect(site.data / "mail.sqlite3") as connection:
        (name,) = connection.execute("SELECT message_id FROM messages WHERE id = ?", (gone,)).fetchone()
        connection.execute("DELETE FROM bodies WHERE message_id = ?", (gone,))
        connection.execute("UPDATE messages SET cached = 0 WHERE id = ?", (gone,))
    connection.close()
    site.unplug()
    result = site("export", f"id:{name}", "--mbox", tmp_path / "out")
    assert result.code == 4
    assert not (tmp_path / "out").exists()


def test_export_refuses_what_it_cannot_mean(site: Site, tmp_path: Path):
    assert site("export", "x").code == 2
    assert site("export", "x", "--mbox", tmp_path / "a", "--eml", tmp_path / "b").code == 2
    assert site("export", "is:odd", "--mbox", tmp_path / "a").code == 2
    nothing = site("export", "nosuchword", "--mbox", tmp_path / "a")
    assert nothing.code == 7 and "No message is found" in nothing.err
    (tmp_path / "there").write_text("precious")
    there = site("export", "", "--mbox", tmp_path / "there")
    assert there.code == 2 and "is there already" in there.err
    assert (tmp_path / "there").read_text() == "precious"
    for form in FORMS:
        missing = site("export", "", form, tmp_path / "no" / "such" / "place")
        assert missing.code == 1 and str(tmp_path / "no" / "such") in missing.err


def test_import_names_what_is_broken_and_goes_on(site: Site, tmp_path: Path):
    place = tmp_path / "letters"
    place.mkdir()
    (place / "good.eml").write_bytes(b"Subject: good\n\ntext\n")
    (place / "empty.eml").write_bytes(b"")
    (place / "pic\x1b[31m.eml").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    result = site("import", place, "--account", "old")
    assert result.code == 6
    assert f"{place / 'empty.eml'} is empty; it was left out." in result.err
    assert "is no mail; it was left out." in result.err
    assert "1 message imported into Imported." in result.err
    assert "\x1b" not in result.err


def test_import_refuses_what_it_cannot_mean(site: Site, tmp_path: Path):
    (tmp_path / "x.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    (tmp_path / "x.eml").write_bytes(b"Subject: x\n\n")
    assert site("import", tmp_path / "x.eml").code == 2
    assert site("import", tmp_path / "x.eml", "--account", "nobody").code == 7
    missing = site("import", tmp_path / "none", "--account", "old")
    assert missing.code == 7 and "There is nothing at" in missing.err
    foreign = site("import", tmp_path / "x.png", "--account", "old")
    assert foreign.code == 2 and "no mail that bocau knows" in foreign.err
    assert site("import", tmp_path / "x.eml", "--account", "old", "--folder", "a//b").code == 2


def test_mail_goes_to_an_imap_server_with_the_next_sync(site: Site, tmp_path: Path):
    box = mailbox.mbox(tmp_path / "old.mbox")
    for number in range(3):
        message = mailbox.mboxMessage(f"Message-ID: <old-{number}@x>\nSubject: old {number}\n\nFrom me\n".encode())
        message.set_flags("RO")
        box.add(message)
    box.close()
    first = site("import", tmp_path / "old.mbox", "--account", "work", "--folder", "Archive")
    assert (first.code, first.err) == (0, "3 messages imported into Archive.\n")
    assert int(site("search", "subject:old", "folder:archive", "is:read", "--count").out) == 3
    assert site("sync", "--account", "work").code == 0
    assert site("journal", "--json").out.count('"queued"') == 0
    again = site("import", tmp_path / "old.mbox", "--account", "work", "--folder", "Archive")
    assert again.err == "0 messages imported; 3 were there already.\n"
    assert int(site("search", "subject:old", "folder:archive", "--count").out) == 3


def test_folders_that_a_server_lacks_are_made_there(site: Site, tmp_path: Path):
    (tmp_path / "tree" / "Old" / "Work").mkdir(parents=True)
    (tmp_path / "tree" / "Old" / "Work" / "1.eml").write_bytes(b"Message-ID: <tree@x>\nSubject: from a tree\n\ntext\n")
    assert site("import", tmp_path / "tree", "--account", "work").err == "1 message imported into Old/Work.\n"
    assert site("sync", "--account", "work").code == 0
    (message,) = site("list", "--account", "work", "--folder", "Old/Work", "--json").objects
    assert message["uid"] is not None
    assert message["pending"] == 0
    assert "Old/Work" in site("folders").out


def test_an_import_that_waits_is_taken_back_as_one_act(site: Site, tmp_path: Path):
    (tmp_path / "old.mbox").write_bytes(
        b"".join(b"From a@b Mon Nov 23 14:41:47 2026\nSubject: undone %d\n\ntext\n\n" % number for number in range(3))
    )
    assert site("import", tmp_path / "old.mbox", "--account", "work", "--folder", "Archive").code == 0
    assert site("undo").code == 0
    assert int(site("search", "subject:undone", "--count").out) == 0
