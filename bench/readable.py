"""Whether every message can be read, how long that takes, and whether anything unsafe comes out."""

import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bench import large_messages, oddities
from bench.table import Row, median
from protocols.layout import Layout
from protocols.mime.blocks import Document
from protocols.mime.parse import Message, parse_message
from protocols.mime.part import Part
from protocols.mime.read import document, message_document
from protocols.mime.safe import block
from protocols.mime.unfold import unfolded
from protocols.mime.visible import visible_text

NUMBER = 10_000
UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")
"""What may never reach a terminal of a stranger's text."""
_WORD = re.compile(r"[^\W_]{4,20}")
_BINARY = frozenset((".bmp", ".exr", ".jpg", ".png", ".tnef", ".gz", ".zip"))
_LOOKED_AT = 200


@dataclass(slots=True)
class Finding:
    """What came of reading many messages."""

    seconds: list[float] = field(default_factory=list)
    exceptions: list[str] = field(default_factory=list)
    unsafe: int = 0
    silent: list[str] = field(default_factory=list)
    """Text parts that are neither shown nor named."""


def corpora() -> Path | None:
    """Where real oddities are: `$BOCAU_CORPORA`, or a folder beside the project; None when there are none."""
    place = Path(os.environ.get("BOCAU_CORPORA", Path(__file__).parents[2] / "shared" / "corpora"))
    return place if place.is_dir() else None


def real() -> Iterator[bytes]:
    """Every message of the corpora."""
    place = corpora()
    if place is not None:
        for path in sorted(place.rglob("*")):
            if path.is_file() and path.suffix.lower() not in _BINARY:
                yield path.read_bytes()


def read(messages: Iterator[bytes]) -> Finding:
    """Read messages as the reader does, and look at what it would show."""
    found = Finding()
    for raw in messages:
        begun = time.perf_counter()
        try:
            shown = document(raw)
        except Exception as error:
            # counted here is what must never happen
            found.exceptions.append(repr(error)[:200])
            continue
        found.seconds.append(time.perf_counter() - begun)
        found.unsafe += sum(bool(UNSAFE.search(span.text)) for one in shown.blocks for span in one.spans)
        found.unsafe += sum(bool(UNSAFE.search(text)) for text in shown.warnings)
        found.unsafe += sum(not link.url.isascii() for link in shown.links)
        found.silent += unshown(unfolded(parse_message(raw)), shown) if raw else []
    return found


def unshown(message: Message, shown: Document) -> list[str]:
    """The text parts of a message that are neither in what is shown nor named there, by index and type."""
    text = "".join(one.text + "\n" for one in shown.blocks)
    words = set(_WORD.findall(text.lower()))
    chosen = {part.index for part in message.alternatives}
    attached = {inside.index for part in message.attachments for inside in part.walk()}
    return [
        f"{part.index} {part.type}"
        for part in message.leaves
        if part.type.startswith("text/") and part.index not in chosen | attached and not _is_told(part, words, text)
    ]


def _is_told(part: Part, words: set[str], shown: str) -> bool:
    if f"part {part.index}," in shown or part.size > 1_000_000:
        return True
    text = part.text()
    said = visible_text(text) if part.type == "text/html" else text
    own = {word.lower() for word in _WORD.findall(block(said))[:_LOOKED_AT]}
    # a word may be broken by marks that are cleaned away; most of them have to be there
    return len(own & words) * 2 >= len(own)


def measure() -> Iterator[Row]:
    """Oddities made here, then those of the corpora, then the large ones, laid out and in the program."""
    for name, messages in (("10,000 oddities", oddities.messages(NUMBER)), ("corpora", real())):
        found = read(messages)
        if not found.seconds:
            continue
        yield Row(f"{name} ({len(found.seconds)} read): exceptions", len(found.exceptions), "", 0)
        yield Row(f"{name}: pieces with unsafe characters", found.unsafe, "", 0)
        yield Row(f"{name}: text parts neither shown nor named", len(found.silent), "", 0)
        yield Row(f"{name}: a message, median", median(found.seconds) * 1000, "ms", 3)
        yield Row(f"{name}: the worst", max(found.seconds), "s", 1)
    yield from _large()
    yield from large_messages.measure()


def _large() -> Iterator[Row]:
    layout = Layout()
    raw = oddities.newsletter()
    try:
        seconds = []
        for _ in range(5):
            begun = time.perf_counter()
            message_document(unfolded(parse_message(raw)), lay_out=layout.blocks)
            seconds.append(time.perf_counter() - begun)
    finally:
        layout.end()
    yield Row("newsletter of 1 MB, laid out", median(seconds), "s", 0.3)
    yield Row("the same, the first one of all", seconds[0], "s")
