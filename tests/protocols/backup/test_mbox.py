"""What is written as mbox comes back byte for byte, and the files of others are understood."""

import io
import mailbox
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.backup import mbox, mbox_reader
from protocols.backup.mbox import separator, separator_line
from protocols.backup.mbox_reader import looks_like_mbox, read_mbox
from protocols.backup.saved import Broken, Saved
from store.model import Flag
from tests.protocols.backup.letters import ODD

PIECES = st.sampled_from(
    [b"From ", b">", b"\n", b"\r\n", b"\r", b"\0", b"a", b" ", b"From a@b Mon Nov 23 14:41:47 2026", b"\xff", b"A: x"]
)
RAW = st.one_of(st.binary(max_size=60), st.lists(PIECES, max_size=30).map(b"".join))
SAVED = st.builds(
    Saved,
    RAW,
    st.integers(0, 4_000_000_000),
    st.sets(st.sampled_from([Flag.SEEN, Flag.ANSWERED, Flag.FLAGGED, Flag.DRAFT])).map(lambda s: Flag(sum(s))),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
)


def entry(saved: Saved) -> bytes:
    """A message as it stands in the file."""
    return b"".join(mbox.entry(saved))


def read(data: bytes, **how: bool) -> list[Saved | Broken]:
    return list(read_mbox(io.BytesIO(data), "x.mbox", **how))


def raws(data: bytes, **how: bool) -> list[bytes]:
    return [one.raw for one in read(data, **how) if isinstance(one, Saved)]


@pytest.mark.parametrize("raw", ODD.values(), ids=ODD)
def test_every_odd_message_comes_back_as_it_was(raw: bytes):
    data = b"".join(entry(Saved(one, 1_700_000_000)) for one in (b"a\n", raw, raw, b"b"))
    assert raws(data) == [b"a\n", raw, raw, b"b"]


@given(st.lists(SAVED, max_size=5), st.integers(1, 40))
def test_what_is_written_is_read_whatever_the_chunks(letters: list[Saved], chunk: int):
    data = b"".join(map(entry, letters))
    before, mbox_reader.CHUNK = mbox_reader.CHUNK, chunk
    try:
        found = read(data)
    finally:
        mbox_reader.CHUNK = before
    assert found == letters


def test_a_file_with_a_message_beyond_all_measure_is_read_on(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(mbox_reader, "LARGEST", 100_000)
    monkeypatch.setattr(mbox_reader, "CHUNK", 10_000)
    data = b"".join(entry(Saved(raw, 0)) for raw in (b"a\n", b"x" * 500_000 + b"\n", b"b\n"))
    first, second, third = read(data)
    assert isinstance(second, Broken) and "message 2 of x.mbox" in second.place
    assert [one.raw for one in (first, third) if isinstance(one, Saved)] == [b"a\n", b"b\n"]


def test_the_separator_is_what_every_reader_knows():
    line = separator_line(Saved(b"x\n", 1_795_444_907, Flag.SEEN | Flag.FLAGGED, "Work/Đà Nẵng 10:30", "a@b.example"))
    assert line == (
        b"From a@b.example Mon Nov 23 14:41:47 2026 bocau flags=FS folder=Work/%C4%90%C3%A0%20N%E1%BA%B5ng%2010%3A30\n"
    )
    said = separator(line)
    assert (said.received, said.flags, said.folder) == (1_795_444_907, Flag.SEEN | Flag.FLAGGED, "Work/Đà Nẵng 10:30")


def test_a_sender_that_would_break_the_line_is_left_out():
    for sender in ("a b@c", "a\nFrom x", "", "å@b", "x" * 300):
        assert separator_line(Saved(b"", 0, sender=sender)).startswith(b"From MAILER-DAEMON Thu Jan  1 00:00:00 1970 ")


def test_pythons_mailbox_reads_what_we_write_without_a_byte_more(tmp_path: Path):
    letters = [ODD["crlf"], ODD["bare lf"], ODD["8-bit"], ODD["blank lines at the end"]]
    file = tmp_path / "x.mbox"
    file.write_bytes(b"".join(entry(Saved(raw, 1_700_000_000, sender="a@b")) for raw in letters))
    box = mailbox.mbox(file)
    assert [box.get_bytes(key) for key in box.iterkeys()] == letters
    box.close()


def test_what_pythons_mailbox_writes_is_read(tmp_path: Path):
    box = mailbox.mbox(tmp_path / "x.mbox")
    message = mailbox.mboxMessage(ODD["bare lf"] + b"\nFrom here on\n")
    message.set_flags("ROAF")
    box.add(message)
    box.add(ODD["bare lf"])
    box.close()
    first, second = read((tmp_path / "x.mbox").read_bytes())
    assert isinstance(first, Saved) and isinstance(second, Saved)
    assert first.raw.endswith(b"Text.\n\nFrom here on\n")
    assert first.flags == Flag.SEEN | Flag.ANSWERED | Flag.FLAGGED
    assert second.raw == ODD["bare lf"]
    assert second.flags == Flag.NONE


def test_mboxo_leaves_alone_what_it_did_not_quote():
    data = b"From a@b Mon Nov 23 14:41:47 2026\nSubject: x\n\n>From a\n>>From b\n\n"
    assert raws(data) == [b"Subject: x\n\nFrom a\n>From b\n"]
    assert raws(data, doubled=False) == [b"Subject: x\n\nFrom a\n>>From b\n"]


def test_text_that_begins_with_from_begins_no_message():
    data = (
        b"From a@b Mon Nov 23 14:41:47 2026\nSubject: x\n\nOn Sunday.\nFrom a@b Mon Nov 23 14:41:47 2026\n\n"
        b"From what I hear, it rains.\n\nFrom c@d Mon Nov 23 14:41:47 +0000 2026\nSubject: y\n\ntext"
    )
    assert [raw[:10] for raw in raws(data)] == [b"Subject: x", b"Subject: y"]


def test_line_ends_of_other_systems_separate_too():
    one = b"From - Mon Nov 23 14:41:47 2026\r\nX-Mozilla-Status: 0005\r\nSubject: x\r\n\r\ntext\r\n\r\n"
    found = read(b"\r\n" + one + one.replace(b"0005", b"0009") + one)
    assert [each.flags for each in found if isinstance(each, Saved)] == [Flag.SEEN | Flag.FLAGGED] * 2
    assert raws(one) == [one.partition(b"\n")[2].removesuffix(b"\r\n")]


def test_a_time_is_read_where_there_is_one():
    assert separator(b"From a@b Mon Nov 23 14:41:47 2026\n").received == 1_795_444_907
    assert separator(b"From 17@xxx Mon Nov 23 14:41:47 +0000 2026\r\n").received == 1_795_444_907
    assert separator(b"From a@b Mon Nov 23 15:41:47 +0100 2026\n").received == 1_795_444_907
    assert separator(b"From nobody\n").received is None


def test_a_file_of_ours_that_was_cut_off_says_so():
    data = entry(Saved(b"one\n", 0)) + entry(Saved(b"two\nthree\n", 0))
    first, second = read(data[:-3])
    assert isinstance(first, Saved)
    assert second == Broken("message 2 of x.mbox", "has no end: the file was cut off there")


@pytest.mark.parametrize(
    ("beginning", "is_one"), [(b"From a", True), (b"\r\n\nFrom a", True), (b"From: a", False), (b"", False)]
)
def test_an_mbox_is_known_by_its_first_line(beginning: bytes, is_one: bool):
    assert looks_like_mbox(beginning) is is_one
