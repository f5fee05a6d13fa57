"""A process that reads what the search index is made of, by itself from the file of the store."""

import gc
import os
import signal
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import IO

from protocols.mime.digest import words
from protocols.mime.frames import framed, pack, unpacked
from store.model import MessageId
from store.search import sources
from store.search.prepared import folded
from store.search.sources import Found, Indexed, Source

CHARACTERS = 1 << 20
"""Of text in one answer, but for the last one: long texts come in more answers."""
OCTETS = 32 << 20
"""Of mail that is read for one answer."""
_PATIENCE = 20.0
_GIVING_WAY = 5
"""How much the process is nicer than the one that somebody looks at."""


def read(connection: sqlite3.Connection, source: Source, ids: Sequence[int]) -> Found:
    """What the index is to hold of the first of these messages, given by rising id.  Raises sqlite3.Error."""
    if source is Source.HEADERS:
        return sources.headers(connection, ids), len(ids)
    rows: list[Indexed] = []
    characters, octets, done = CHARACTERS, OCTETS, 0
    for id, body in zip(ids, sources.bodies(connection, ids), strict=True):
        done += 1
        if isinstance(body, bytes):
            text, names = words(body)
            octets -= len(body)
            body = MessageId(id), folded(text), folded("\n".join(names))
        if body is not None:
            rows.append(body)
            characters -= len(body[1])
        if characters <= 0 or octets <= 0:
            break
    return rows, done


def serve(path: Path, requests: IO[bytes], answers: IO[bytes]) -> None:
    """Answer until the other side is gone; with None what SQLite cannot read, which is for the other side to tell."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=_PATIENCE)) as connection:
        while (request := framed(requests)) is not None:
            source, ids = unpacked(request)
            try:
                answer = pack(read(connection, Source(source), ids))
            except sqlite3.Error:
                answer = pack(None)
            answers.write(answer)
            answers.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C at the terminal is for the reader, which ends this one
    os.nice(_GIVING_WAY)
    gc.freeze()  # nothing that is read here is a circle
    gc.set_threshold(50_000)
    serve(Path(sys.argv[1]), sys.stdin.buffer, sys.stdout.buffer)
