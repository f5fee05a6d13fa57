"""A process that looks into one attachment: it makes a picture small, draws it, or lists an archive, then ends."""

import resource
import signal
import sys
from dataclasses import astuple

from protocols.mime.archives import Entry, Listing, listing
from protocols.mime.drawing import Drawing, Space, drawing
from protocols.mime.frames import framed, pack, unpacked
from protocols.mime.picture import Picture, small_picture

MEMORY = 768 * 1024 * 1024
"""Octets that the process may take, the attachment included."""
SECONDS = 8
"""Of computing that it may take."""

Question = tuple[str, bytes, str, int, int, tuple[int, int, int], tuple[int, int]]
"""("picture", "archive", "kitty" or "sixel", content, type, width, height, background, pixels of a cell): what
marshal can carry; width and height are in cells for the last two."""


def answered(question: Question) -> object:
    """The flat form of a Picture, a Drawing or a Listing, None when there is none."""
    what, data, kind, width, height, background, cell = question
    if what == "archive":
        found = listing(data)
        if found is None:
            return None
        return [(one.name, one.size, one.is_folder) for one in found.entries], found.more, found.cut
    if what != "picture":
        drawn = drawing(data, kind, "sixel" if what == "sixel" else "kitty", Space(width, height, cell, background))
        return None if drawn is None else astuple(drawn)
    made = small_picture(data, kind, width, height, background)
    return None if made is None else (made.width, made.height, made.pixels, made.was)


def restored_listing(answer: bytes) -> Listing | None:
    """The listing of an answer."""
    flat = unpacked(answer)
    return None if flat is None else Listing(tuple(Entry(*one) for one in flat[0]), flat[1], flat[2])


def restored_picture(answer: bytes) -> Picture | None:
    """The picture of an answer."""
    flat = unpacked(answer)
    return None if flat is None else Picture(*flat)


def restored_drawing(answer: bytes) -> Drawing | None:
    """The drawing of an answer.  Raises ValueError for letters that are none of ours."""
    flat = unpacked(answer)
    return None if flat is None else Drawing(*flat)


def confine() -> None:
    """Give up what an attachment could misuse, as far as limits go: memory, time, files."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C at the terminal is for the reader
    confine()
    asked = framed(sys.stdin.buffer)
    if asked is not None:
        sys.stdout.buffer.write(pack(answered(unpacked(asked))))
