"""The log: no text of a server forges a record or moves the cursor of who reads it, and the file stays small."""

import logging
from collections.abc import Iterator
from logging.handlers import RotatingFileHandler
from pathlib import Path

import pytest

from tui.commandline import log


def _close() -> None:
    for room in log.ROOMS:
        logger = logging.getLogger(room)
        for handler in [one for one in logger.handlers if isinstance(one, RotatingFileHandler)]:
            logger.removeHandler(handler)
            handler.close()
        logger.propagate = True


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    """A log of our own, closed in the end; one that another test has left is closed first."""
    _close()
    log.start_log(tmp_path / "bocau.log")
    yield tmp_path / "bocau.log"
    _close()


def test_what_a_server_says_neither_forges_a_record_nor_reaches_the_terminal(file: Path):
    """K06: line breaks and control characters in logged text."""
    said = "no\r\n2026-01-01 00:00:00,000 ERROR tui: all is lost\x1b]52;c;eA==\x07\x9b31m\u2028\u202eend"
    logging.getLogger("protocols.imap").warning("it said: %s", said)
    written = file.read_text()
    assert [line[:4].isdigit() for line in written.splitlines()].count(True) == 1
    assert not any(sign in written for sign in "\x1b\x07\x9b\r\u2028\u202e")
    assert "all is lost" in written


def test_of_an_error_the_places_are_written_and_not_its_words(file: Path):
    """K05, T23: neither the text of an exception nor a local variable."""
    try:
        password = "pigeon-local"
        raise RuntimeError(f"pigeon-text {len(password)}")
    except RuntimeError:
        logging.getLogger("tui").exception("a fault")
    written = file.read_text()
    assert "pigeon" not in written.replace('password = "pigeon-local"', "").replace('f"pigeon-text', "")
    assert "RuntimeError" in written and "test_log.py" in written


def test_the_log_is_private_and_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: Path):
    """K06, D01: rotated by size, each file 0600."""
    (handler,) = (one for one in logging.getLogger("store").handlers if isinstance(one, RotatingFileHandler))
    monkeypatch.setattr(handler, "maxBytes", 2000)
    for number in range(300):
        logging.getLogger("store").warning("record %d %s", number, "x" * 50)
    kept = sorted(one for one in tmp_path.iterdir() if one.name.startswith("bocau.log"))
    assert len(kept) == log.KEPT + 1
    assert all(one.stat().st_mode & 0o777 == 0o600 and one.stat().st_size <= 2000 for one in kept)
