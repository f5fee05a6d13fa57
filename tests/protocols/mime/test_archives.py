"""What an archive holds is listed, and nothing of it is unpacked."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given, strategies

from protocols.mime import archives
from protocols.mime.archives import Entry, listing


def tar(*files: tuple[str, bytes]) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for name, data in files:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return target.getvalue()


def zipped(*files: tuple[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return target.getvalue()


FILES = (("a/b.txt", b"hello"), ("../../etc/passwd", b"x" * 2000))
ENTRIES = tuple(Entry(name, len(data)) for name, data in FILES)


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_a_tar_is_listed_compressed_or_not(pack: Callable[[bytes], bytes]):
    found = listing(pack(tar(*FILES)))
    assert found is not None
    assert found.entries == ENTRIES


def test_a_zip_is_listed_by_its_directory():
    """A08"""
    found = listing(zipped(*FILES, ("bomb", b"\0" * 5_000_000)))
    assert found is not None
    assert found.entries == (*ENTRIES, Entry("bomb", 5_000_000))


def test_what_grows_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch):
    """A08"""
    monkeypatch.setattr(archives, "UNPACKED", 100_000)
    found = listing(gzip.compress(tar(("first", b"1"), ("bomb", b"\0" * 3_000_000), ("last", b"2"))))
    assert found is not None
    assert found.cut
    assert [entry.name for entry in found.entries] == ["first", "bomb"]


def test_of_many_entries_the_first_are_listed():
    found = listing(zipped(*((f"{number}", b"") for number in range(1200))))
    assert found is not None
    assert (len(found.entries), found.more) == (1000, 200)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 broken", b"\x1f\x8b broken", b"words", b"BZh9 broken", tar()[:600]])
def test_what_is_no_archive_has_no_listing(data: bytes):
    assert listing(data) is None


@given(
    strategies.binary(max_size=200), strategies.sampled_from([zipped(*FILES), tar(*FILES), gzip.compress(tar(*FILES))])
)
def test_any_archive_is_survived(data: bytes, archive: bytes):
    listing(archive[:40] + data)
    listing(archive[: len(archive) // 2] + data + archive[len(archive) // 2 :])
