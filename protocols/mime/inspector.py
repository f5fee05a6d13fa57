"""A process that looks into one attachment: it makes a picture small or lists an archive, then ends."""

import resource
import signal
import sys

from protocols.mime.archives import Entry, Listing, listing
from protocols.mime.bulk_worker import framed, pack, unpacked
from protocols.mime.picture import Picture, small_picture

MEMORY = 768 * 1024 * 1024
"""Octets that the process may take, the attachment included."""
SECONDS = 8
"""Of computing that it may take."""

Question = tuple[str, bytes, str, int, int, tuple[int, int, int]]
"""("picture" or "archive", content, type, width, height, background): what marshal can carry."""


def answered(question: Question) -> object:
    """The flat form of a Picture or a Listing, None when there is none."""
    what, data, kind, width, height, background = question
    if what == "archive":
        found = listing(data)
        if found is None:
            return None
        return [(one.name, one.size, one.is_folder) for one in found.entries], found.more, found.cut
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
