"""Lays out HTML in a process that can be ended: a text that stops a parser costs seconds, never the reader."""

import hashlib
import re
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress

from protocols.bulk_process import Lost, ReadingProcess
from protocols.mime.blocks import Block, Kind, LinkList, plain
from protocols.mime.frames import pack, unpacked
from protocols.mime.html import html_blocks, without_layout
from protocols.mime.html_worker import restored
from protocols.mime.safe import SafeText

SMALL = 64 * 1024
"""Characters up to which HTML is laid out in a thread: what is that short cannot take long, and nothing is started."""
DEADLINE = 5.0
"""Seconds after which the process is ended; it gives up by itself after the time that it is told."""
REMEMBERED = 200
"""Texts that ended a process, and are not tried again."""

BEGINNING = 40_000
"""Characters of a large HTML text, from its body on, that are laid out at once for a first look."""
_BODY = re.compile(r"<body[\s>]", re.IGNORECASE)

COMMAND = (sys.executable, "-P", "-m", "protocols.mime.html_worker")
"""-P: the current folder may be anybody's, nothing is imported from there."""


class Layout:
    """May be used by any number of threads; the process starts with the first large text and ends when it is idle."""

    def __init__(self, command: Sequence[str] = COMMAND, deadline: float = DEADLINE) -> None:
        """`deadline` in seconds for one text."""
        self._process = ReadingProcess(command, deadline)
        self._deadline = deadline
        self._refused: OrderedDict[bytes, None] = OrderedDict()
        self._guard = threading.Lock()

    def blocks(self, html: str, links: LinkList, seconds: float) -> list[Block]:
        """The blocks of an HTML text as `html_blocks` makes them; blocks the thread.  Never raises.

        A text over which the process ended is shown without layout, now and whenever it comes again.
        """
        if len(html) <= SMALL:
            return html_blocks(html, links, seconds=seconds)
        mark = hashlib.blake2b(html.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        with self._guard:
            refused = mark in self._refused
        answer = None if refused else self._asked(html, seconds)
        if answer is not None:
            return restored(unpacked(answer), links)
        with self._guard:
            self._refused[mark] = None
            while len(self._refused) > REMEMBERED:
                self._refused.popitem(last=False)
        return without_layout(html, links, "This HTML could not be laid out; its text is shown without layout.")

    def start(self) -> None:
        """Let the process get ready for a large text that is about to come; returns at once."""
        with suppress(OSError):
            self._process.start()

    def end(self) -> None:
        """Let the process go."""
        self._process.end()

    def _asked(self, html: str, seconds: float) -> bytes | None:
        question = pack((html, seconds))
        for _ in range(2):
            began = time.monotonic()
            with suppress(OSError):
                try:
                    return self._process.ask(question, alone=True)
                except Lost:
                    # one that had gone because nobody asked it is lost at once; one that hung takes its time
                    if time.monotonic() - began > self._deadline / 4:
                        break
        return None


class Beginning:
    """Lays out only the beginning of large HTML, quickly: to be looked at while the whole is being laid out."""

    def __init__(self, more: Callable[[], None] = lambda: None) -> None:
        """`more` is called as soon as it is known that the whole will be wanted too."""
        self._more = more
        self.was_cut = False
        """Whether there is more than was laid out."""

    def blocks(self, html: str, links: LinkList, seconds: float) -> list[Block]:
        """The blocks of the beginning, and a notice that more comes.  Never raises."""
        if len(html) <= SMALL:
            return html_blocks(html, links, seconds=seconds)
        self.was_cut = True
        self._more()
        body = _BODY.search(html)
        # what stands in front says what is hidden
        cut = html[: min(body.start() if body else 0, 8 * SMALL) + BEGINNING]
        blocks = html_blocks(cut, links, seconds=min(seconds, 0.5))
        return [*blocks, plain(SafeText("The rest is being laid out …"), Kind.NOTICE)]
