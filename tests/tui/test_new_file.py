"""Files that come out of mail: new ones only, the owner's alone, under names that lead nowhere."""

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from store.errors import StoreError
from tui.new_file import downloads, shown, suggested, target, write_new


def test_a_file_is_new_and_its_owners_alone(tmp_path: Path):
    before = os.umask(0)
    try:
        file = write_new(tmp_path / "bill.pdf", b"one")
    finally:
        os.umask(before)
    assert file.read_bytes() == b"one"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_nothing_is_overwritten_and_no_link_is_followed(tmp_path: Path):
    (tmp_path / "bill.pdf").write_bytes(b"mine")
    (tmp_path / "bill (2).pdf").symlink_to(tmp_path / "elsewhere")
    assert write_new(tmp_path / "bill.pdf", b"other") == tmp_path / "bill (3).pdf"
    assert (tmp_path / "bill.pdf").read_bytes() == b"mine"
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    "put",
    [
        pytest.param(lambda path: os.mkfifo(path), id="A03-pipe"),
        pytest.param(lambda path: path.mkdir(), id="A03-folder"),
        pytest.param(lambda path: path.symlink_to(path.parent / "nowhere"), id="A03-link-to-nothing"),
        pytest.param(lambda path: path.symlink_to("/dev/null"), id="A03-link-to-a-device"),
        pytest.param(lambda path: os.link(path.parent / "mine", path), id="A03-hard-link"),
    ],
)
def test_whatever_has_the_name_stays_as_it_is(tmp_path: Path, put: Callable[[Path], object]):
    (tmp_path / "mine").write_bytes(b"mine")
    put(tmp_path / "bill.pdf")
    before = (tmp_path / "bill.pdf").lstat()
    assert write_new(tmp_path / "bill.pdf", b"other") == tmp_path / "bill (2).pdf"
    assert (tmp_path / "bill.pdf").lstat() == before
    assert (tmp_path / "mine").read_bytes() == b"mine"


def test_a03_a_folder_that_is_changed_for_another_gets_nothing(tmp_path: Path):
    (tmp_path / "gone").mkdir()
    (tmp_path / "gone").rmdir()
    with pytest.raises(StoreError):
        write_new(tmp_path / "gone" / "bill.pdf", b"x")


_SMALL_DISK = """
import resource, signal, sys
from pathlib import Path
from store.errors import StoreError
from tui.new_file import write_new
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    write_new(Path(sys.argv[1]), b"x" * 1_000_000)
except StoreError as error:
    print(error)
"""


def test_a09_of_a_file_that_finds_no_room_nothing_stays(tmp_path: Path):
    place = tmp_path / "small"
    place.mkdir()
    command = [sys.executable, "-c", _SMALL_DISK, str(place / "bill.pdf")]
    ended = subprocess.run(command, cwd=Path(__file__).parents[2], check=True, capture_output=True, text=True)
    assert str(place / "bill.pdf") in ended.stdout
    assert list(place.iterdir()) == []


def test_a_long_name_keeps_its_number_and_its_ending(tmp_path: Path):
    name = suggested("đ" * 200 + ".pdf", "application/pdf", "2")
    assert len(name.encode()) <= 255
    first, second = write_new(tmp_path / name, b"1"), write_new(tmp_path / name, b"2")
    assert first != second
    assert second.name.endswith(" (2).pdf") and second.read_bytes() == b"2"


@pytest.mark.parametrize(
    ("name", "type", "expected"),
    [
        ("../../.ssh/authorized_keys", "text/plain", "authorized_keys"),
        ("/etc/passwd", "text/plain", "passwd"),
        (".bashrc", "text/plain", "bashrc"),
        ("a\x1b[2J\u202egnp.exe", "image/png", "a_[2Jgnp.exe"),
        ("C:\\x\\hóa đơn.pdf", "application/pdf", "hóa đơn.pdf"),
        ("..", "application/octet-stream", "unnamed"),
        ("", "message/rfc822", "part-2.1.eml"),
        ("  ", "application/x-unheard-of", "part-2.1"),
    ],
)
def test_a_name_from_a_mail_is_one_harmless_component(name: str, type: str, expected: str):
    assert suggested(name, type, "2.1") == expected


def test_what_is_typed_is_a_file_or_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Papers").mkdir()
    assert target("~/Papers", "a.pdf") == tmp_path / "Papers" / "a.pdf"
    assert target("Papers/b.pdf", "a.pdf") == tmp_path / "Papers" / "b.pdf"
    assert target("Nowhere/", "a.pdf") == tmp_path / "Nowhere" / "a.pdf"
    assert shown(tmp_path / "Papers" / "x\x1b.pdf") == "~/Papers/x\N{REPLACEMENT CHARACTER}.pdf"
    with pytest.raises(StoreError, match="no such user"):
        target("~nobody-of-that-name/x", "a.pdf")


def test_without_a_folder_for_downloads_files_go_into_the_users_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("XDG_DOWNLOAD_DIR", raising=False)
    assert downloads() == tmp_path
    (tmp_path / "Downloads").mkdir()
    assert downloads() == tmp_path / "Downloads"


@pytest.mark.parametrize("name", ["missing/a.pdf", "a\0b.pdf"])
def test_what_cannot_be_written_is_said_with_its_path(tmp_path: Path, name: str):
    before = set(tmp_path.rglob("*"))
    with pytest.raises(StoreError, match="Cannot write"):
        write_new(tmp_path / name, b"x")
    assert set(tmp_path.rglob("*")) == before
