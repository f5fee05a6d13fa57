"""A process that reads mail for another one: batches of raw bytes come in by its standard input, digests go out."""

import gc
import signal
import sys
from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache
from typing import IO, Any

from protocols.mime.digest import digest, digest_contents, digest_headers
from protocols.mime.frames import framed, pack, unpacked
from store.model import Address, Digest
from store.search.fold import fold
from store.search.prepared import prepare

Flat = tuple[object, ...]
"""A digest without our types, which is all that marshal can carry."""


class Reading(StrEnum):
    """What is read of each message of a batch."""

    HEADERS = "headers"
    """The bytes are header blocks."""
    CONTENTS = "contents"
    """Text, preview and attachments of whole messages whose headers are known already."""
    WHOLE = "whole"


def read(reading: Reading, raws: Sequence[bytes]) -> list[Digest]:
    """Read a batch here and now: a tenth of a millisecond a message.  Texts are folded for the index already."""
    if reading is Reading.HEADERS:
        return [_ready(digest_headers(raw), headers=True) for raw in raws]
    if reading is Reading.CONTENTS:
        return [_ready(digest_contents(raw), headers=False) for raw in raws]
    return [_ready(digest(raw), headers=True) for raw in raws]


def _ready(one: Digest, *, headers: bool) -> Digest:
    """With everything worked out that the store needs."""
    return one.ready(None if one.text is None else fold(one.text), prepare(one) if headers else None)


def flattened(one: Digest) -> Flat:
    """A digest as marshal can carry it."""
    return (
        one.message_id, one.references, _pair(one.sender), tuple(map(_pair, one.to)), tuple(map(_pair, one.cc)),
        one.subject, one.date, one.attachments, one.filenames, one.preview, one.text,
        None if one.prepared is None else tuple(one.prepared),
    )  # fmt: skip


def restored(one: Sequence[Any]) -> Digest:
    """The digest that `flattened` made flat."""
    id, references, sender, to, cc, *rest = one
    return Digest(id, references, _address(sender), _people(to), _people(cc), *rest)


def _pair(address: Address) -> tuple[str, str]:
    return address.name, address.address


def _people(pairs: Sequence[tuple[str, str]]) -> tuple[Address, ...]:
    return tuple(map(_address, pairs)) if pairs else ()


@lru_cache(maxsize=4096)
def _address(pair: tuple[str, str]) -> Address:
    """The same few people come again and again."""
    return Address(*pair)


def serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Answer batches until the other side is gone."""
    while (request := framed(requests)) is not None:
        reading, raws = unpacked(request)
        del request  # some megabytes
        answers.write(pack([flattened(one) for one in read(Reading(reading), raws)]))
        answers.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C at the terminal is for the reader, which ends this one
    gc.freeze()  # digests are no circles: looking for some among them took a tenth of the time
    gc.set_threshold(50_000)
    serve(sys.stdin.buffer, sys.stdout.buffer)
