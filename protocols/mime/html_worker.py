"""A process that lays out HTML for another one: texts come in by its standard input, blocks and links go out."""

import gc
import resource
import signal
import sys
from typing import IO, Any

from protocols.mime.blocks import Block, Kind, Link, LinkList, Mark, Span
from protocols.mime.frames import framed, pack, unpacked
from protocols.mime.html import html_blocks
from protocols.mime.marks import looks
from protocols.mime.safe import SafeText

MEMORY = 512 * 1024 * 1024
"""Octets that the process may take: more, and it ends, and the text is shown without layout."""
IDLE = 60
"""Seconds without a question after which it goes and gives its memory back."""

Flat = tuple[list[Any], list[Any]]
"""Blocks and links without our types, which is all that marshal can carry."""


def flattened(blocks: list[Block], links: list[Link]) -> Flat:
    """Blocks and links as marshal can carry them."""
    return (
        [(one.kind.value, list(map(_flat, one.spans)), one.quote, one.indent, one.level) for one in blocks],
        [(link.text, link.url, link.host, link.suspicious) for link in links],
    )


def restored(flat: Flat, links: LinkList) -> list[Block]:
    """The blocks that `flattened` made flat, their links added to `links`."""
    numbers = [links.add(Link(SafeText(text), SafeText(url), SafeText(host), bad)) for text, url, host, bad in flat[1]]
    return [
        Block(_KINDS[kind], tuple([_span(span, numbers) for span in spans]), quote, indent, level)
        for kind, spans, quote, indent, level in flat[0]
    ]


def _flat(span: Span) -> tuple[str, int, int | None]:
    return span.text, int(span.marks), span.link


def _span(flat: tuple[str, int, int | None], numbers: list[int | None]) -> Span:
    text, marks, link = flat
    if link is None:
        return Span(SafeText(text), looks(marks))
    number = numbers[link]
    if number is None:  # the list of links is full
        return Span(SafeText(text), Mark(marks) & ~Mark.LINK)
    return Span(SafeText(text), looks(marks), number)


_KINDS = {kind.value: kind for kind in Kind}


def serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Answer until the other side is gone, or nobody asks any more."""
    while True:
        signal.alarm(IDLE)
        request = framed(requests)
        signal.alarm(0)
        if request is None:
            return
        text, seconds = unpacked(request)
        links = LinkList()
        blocks = html_blocks(text, links, seconds=seconds)
        answers.write(pack(flattened(blocks, links.links)))
        answers.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C at the terminal is for the reader
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # what a mail says does not lie about on the disk
    gc.disable()  # blocks are no circles: looking for some among them takes a tenth of the time
    serve(sys.stdin.buffer, sys.stdout.buffer)
