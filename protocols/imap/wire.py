"""The door to aioimaplib: bytes in and out of one IMAP connection, one command at a time, every failure at once.

What is kept of aioimaplib is the protocol object and its tags.  Its framing (recursive, quadratic, loses untagged
responses), its scheduling (poisoned by time-outs) and its silence when a connection dies are replaced here.
"""

import asyncio
import contextlib
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import aioimaplib

from protocols.errors import ConnectionLost, Misbehaved, ProtocolError
from protocols.imap.answers import Tagged, quotable, response_code, spoken, step_of, throttled, titled
from protocols.imap.framing import Framer, Response

Sink = Callable[[Response], None]
"""Gets each untagged response as it arrives, on the event loop; what it raises ends the command and the connection."""

_ANSWERS = frozenset({b"OK", b"NO", b"BAD"})
_GREETINGS = frozenset({b"OK", b"PREAUTH", b"BYE"})

_RESULT_OF = re.compile(rb'\* ESEARCH \(TAG "?([^") ]+)"?\)', re.IGNORECASE)
_GOES_ON = "Nothing is lost: the next round goes on where this one stopped."
_PROGRESS = 1024
"""Octets of an unfinished response that count as progress: one now and then would hold a command for ever."""


@dataclass(slots=True)
class Exchange:
    """The command on the wire; the greeting counts as the first one, without a tag."""

    name: str
    tag: bytes
    done: asyncio.Future[Tagged]
    sink: Sink | None = None
    answer: Callable[[bytes], bytes | None] | None = None
    """Gets the text of a `+` line; the line it returns is sent."""
    pieces: deque[bytes] = field(default_factory=deque)
    """What waits for the server's `+`."""


class Wire(aioimaplib.IMAP4ClientProtocol):  # type: ignore[misc]  # the library ships no types
    """aioimaplib's protocol with our framing, our scheduling and our way to fail; it logs nothing."""

    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport

    def __init__(self, host: str) -> None:
        loop = asyncio.get_running_loop()
        super().__init__(loop)
        self.host = host
        self.framer = Framer()
        self.heard: Sink | None = None
        self.greeting = Exchange("greeting", b"", loop.create_future())
        self.running: Exchange | None = self.greeting
        self.unasked = False
        """Whether anything arrived while no command was running."""
        self.in_the_clear = False
        """Whether TLS is still to begin: until then the server's words are nobody's, and are not repeated."""
        self.error: BaseException | None = None
        self.last_heard = loop.time()
        """When there was progress last: a response or much of one came, or bytes went (by the loop's clock)."""
        self._dripped = 0
        self._unsent = 0
        self.gone = asyncio.Event()

    @property
    def closed(self) -> bool:
        """Whether the connection is over."""
        return self.error is not None or self.transport.is_closing()

    def next_tag(self) -> bytes:
        """Make the tag of the next command."""
        tag: str = self.new_tag()
        return tag.encode("ascii")

    def data_received(self, data: bytes) -> None:
        """Frame a chunk and hand its responses on; every fault ends the connection and is the running command's."""
        self._dripped += len(data)
        if self._dripped >= _PROGRESS:
            self._heard()
        try:
            for response in self.framer.feed(data):
                self._heard()
                self._dispatch(response)
                if self.error is not None:
                    return
        except Exception as error:
            self.fail(error)

    def _heard(self) -> None:
        self.last_heard, self._dripped = self.loop.time(), 0

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail the running command at once."""
        self.gone.set()
        name = self.running.name if self.running else ""
        during = f" during {name}" if name else ""
        error = ConnectionLost(f"{self.host} closed the connection{during}.", _GOES_ON, step=step_of(name))
        error.__cause__ = exc
        self._end(error)

    def fail(self, error: BaseException) -> None:
        """End the connection for good: the running command gets `error`, later ones a ConnectionLost."""
        self._end(error)
        if self.transport is not None:
            self.transport.abort()

    def _end(self, error: BaseException) -> None:
        if self.error is None:
            self.error = error
        running, self.running = self.running, None
        if running is not None and not running.done.done():
            running.done.set_exception(error)

    def start(self, running: Exchange) -> None:
        """Make a command the running one and send its first piece."""
        self.running = running
        self._send(running.pieces.popleft())

    def send_line(self, line: bytes) -> None:
        """Send a line that belongs to the running command."""
        self._send(line + b"\r\n")

    def _send(self, data: bytes) -> None:
        self.transport.write(data)
        self.last_heard = self.loop.time()
        self._unsent = self.transport.get_write_buffer_size()

    def _dispatch(self, response: Response) -> None:
        line, running = response.line, self.running
        if running is None:
            self.unasked = True
        if line[:2] == b"* ":
            self._untagged(response, running)
        elif running is None or not running.tag:
            if line:
                hint = "" if running is None else "Check host and port."
                raise Misbehaved(f"{self.host} does not talk like an IMAP server.", hint, step="greeting")
        elif line[:1] == b"+":
            self._continue(running, line[1:].lstrip(b" "))
        elif line.partition(b" ")[0] == running.tag:
            self._answered(running, line)
        elif line:
            raise Misbehaved(f"{self.host} sent something that belongs to no command.", step=step_of(running.name))

    def _untagged(self, response: Response, running: Exchange | None) -> None:
        if running is not None and not running.tag:
            self._greeted(running, response.line[2:])
            return
        if running is not None and running.sink is not None and _is_for(response, running.tag):
            running.sink(response)
        if self.heard is not None:
            self.heard(response)
        if response.name == "BYE" and (running is None or running.name != "LOGOUT"):
            raise goodbye(self.host, self._told(response.text), step_of(running.name if running else ""))

    def _greeted(self, running: Exchange, line: bytes) -> None:
        status, _, rest = line.partition(b" ")
        if status.upper() not in _GREETINGS:
            raise Misbehaved(
                f"{self.host} does not greet like an IMAP server.", "Check host and port.", step="greeting"
            )
        self.running = None
        if not running.done.done():
            running.done.set_result(Tagged.read(status, self._told(rest)))

    def _told(self, text: bytes) -> bytes:
        return quotable(text) if self.in_the_clear else text

    def _answered(self, running: Exchange, line: bytes) -> None:
        status, _, rest = line.partition(b" ")[2].partition(b" ")
        if status.upper() not in _ANSWERS or (running.pieces and status.upper() == b"OK"):
            raise Misbehaved(f"{self.host} answered {running.name} in a way that no server should.", step="command")
        self.running = None
        if not running.done.done():
            running.done.set_result(Tagged.read(status, self._told(rest)))

    def _continue(self, running: Exchange, text: bytes) -> None:
        if running.pieces:
            self._send(running.pieces.popleft())
        elif running.answer is None:
            raise Misbehaved(f"{self.host} asks for more in the middle of {running.name}.", step=step_of(running.name))
        elif (line := running.answer(text)) is not None:
            self.send_line(line)

    async def wait(self, running: Exchange, deadline: float) -> Tagged:
        """Wait for the answer; after `deadline` seconds without progress, or when cancelled, the connection ends."""
        try:
            while not running.done.done():
                remaining = self.last_heard + deadline - self.loop.time()
                if remaining > 0:
                    await asyncio.wait({running.done}, timeout=remaining)
                    continue
                # A long upload is silent from the server's side: bytes that left are progress too.
                left = self.transport.get_write_buffer_size()
                if left >= self._unsent:
                    raise timed_out(self.host, running.name, deadline)
                self._unsent, self.last_heard = left, self.loop.time()
        except BaseException as error:
            self.abandon(running, error)
            raise
        return running.done.result()

    def abandon(self, running: Exchange, error: BaseException) -> None:
        """Give a command up: its late answer could be taken for another's, so the connection goes with it."""
        running.done.cancel()
        self.fail(error)

    async def close(self) -> None:
        """Cut the connection, and wait until the socket is gone."""
        self.fail(ConnectionLost(f"The connection to {self.host} was closed here."))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                await self.gone.wait()


def _is_for(response: Response, tag: bytes) -> bool:
    """Whether it is not the result of another search: an ESEARCH names its command (RFC 4731 section 3.1)."""
    found = _RESULT_OF.match(response.line) if response.name == "ESEARCH" else None
    return found is None or found[1] == tag


def goodbye(host: str, rest: bytes, step: str) -> ProtocolError:
    """Make the error of a BYE: what the server said, and whether it asks for patience."""
    code = response_code(rest)
    if patience := throttled(code.text, code.name):
        patience.step = step
        return patience
    return ConnectionLost(titled(f"{host} ended the connection", spoken(code.text)), step=step)


def timed_out(host: str, name: str, deadline: float) -> ConnectionLost:
    """Make the error of a command that got no answer."""
    if name == "greeting":
        hint = 'Check port and security: it may be a "tls" port.'
        return ConnectionLost(f"{host} did not greet within {deadline:g} seconds.", hint, step="greeting")
    return ConnectionLost(f"{host} said nothing for {deadline:g} seconds during {name}.", _GOES_ON, step=step_of(name))
