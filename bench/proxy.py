"""A loopback proxy that does to a connection what networks do: delays it, drips it, stalls it, cuts it."""

import asyncio
import socket
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to the bytes of one direction; the default passes everything on."""

    delay: float = 0.0
    """Seconds that every chunk waits."""
    drip: int | None = None
    """Bytes that are passed on at a time, each piece in a write of its own."""
    cut_after: int | None = None
    """Bytes that pass; then both sides are cut."""
    cut_on: bytes | None = None
    """When these bytes come both sides are cut, however the network split them."""
    deliver: bool = False
    """Whether the bytes of `cut_on` still pass, to their end, before the cut."""
    stall_after: int | None = None
    """Bytes that pass; then nothing more does, and nobody is told."""
    reset: bool = False
    """Whether a cut is a reset (RST) instead of an end of file (FIN)."""
    connections: int | None = None
    """How many connections suffer, counted from the moment the fault is set; None: all."""
    shared: bool = False
    """Whether `cut_after` counts the bytes of every connection since the fault was set, and cuts all of them, once."""


PASS = Fault()


class Proxy:
    """An asyncio server between a client and `host:port`; use it as an async context manager.

    `to_server` and `to_client` may be set at any time; connections made from then on take the new fault.
    """

    def __init__(self, port: int, *, host: str = HOST, to_server: Fault = PASS, to_client: Fault = PASS) -> None:
        """Connects to `host:port` for every client; nothing is opened yet."""
        self._target = (host, port)
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._links: set[_Link] = set()
        self._suffered = {"to_server": 0, "to_client": 0}
        self._budgets: dict[str, _Budget | None] = {"to_server": _budget(to_server), "to_client": _budget(to_client)}
        self._to_server, self._to_client = to_server, to_client
        self.host = HOST
        self.port = 0
        self.accepted = 0
        """Connections that clients have made so far."""
        self.passed = {"to_server": 0, "to_client": 0}
        """Bytes that were passed on in each direction so far, of all connections."""
        self.refusing = False
        """Whether new connections are reset at once."""
        self.silent = False
        """Whether everything that comes is swallowed from now on, and nobody is told."""
        self.was_cut = asyncio.Event()
        """Set when a fault has cut a connection; clear it to wait for the next."""
        self.stalled = asyncio.Event()
        """Set when a fault holds bytes back for good; clear it to wait for the next."""
        self.on_cut: Callable[[], None] | None = None
        """Called when a fault is about to cut, before either side can know of it."""

    @property
    def to_server(self) -> Fault:
        """What happens to the client's bytes."""
        return self._to_server

    @to_server.setter
    def to_server(self, fault: Fault) -> None:
        self._to_server = fault
        self._suffered["to_server"] = 0
        self._budgets["to_server"] = _budget(fault)

    @property
    def to_client(self) -> Fault:
        """What happens to the server's bytes."""
        return self._to_client

    @to_client.setter
    def to_client(self, fault: Fault) -> None:
        self._to_client = fault
        self._suffered["to_client"] = 0
        self._budgets["to_client"] = _budget(fault)

    @property
    def open(self) -> int:
        """Connections that are open now."""
        return len(self._links)

    async def __aenter__(self) -> Self:
        """Listen on a free loopback port."""
        self._server = await asyncio.start_server(self._connected, HOST, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        """Stop listening and end every connection."""
        assert self._server is not None
        self._server.close()
        self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    def about_to_cut(self) -> None:
        """A fault cuts now."""
        self.was_cut.set()
        if self.on_cut is not None:
            self.on_cut()

    def cut(self, *, reset: bool = False) -> None:
        """End every open connection now, on both sides."""
        for link in list(self._links):
            link.cut(reset=reset)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # a task of our own: one that asyncio.streams makes is logged as a fault when it is cancelled
        self.accepted += 1
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refusing:
            writer.transport.abort()
            return
        up, down = self._gate("to_server"), self._gate("to_client")
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._target)
        except OSError:
            writer.transport.abort()
            return
        link = _Link(self, writer, far_writer)
        self._links.add(link)
        self._cut_when_refusing()
        try:
            async with asyncio.TaskGroup() as pumps:
                pumps.create_task(link.pump(reader, far_writer, "to_server", up))
                pumps.create_task(link.pump(far_reader, writer, "to_client", down))
        finally:
            link.cut()
            await link.closed()
            self._links.discard(link)

    def _cut_when_refusing(self) -> None:
        """What began to connect before `refusing` was set gets no further either."""
        if self.refusing:
            self.cut(reset=True)

    def _gate(self, direction: str) -> "_Gate":
        fault = self._to_server if direction == "to_server" else self._to_client
        if fault.connections is not None and self._suffered[direction] >= fault.connections:
            return _Gate(PASS)
        self._suffered[direction] += 1
        return _Gate(fault, self._budgets[direction])


class _Link:
    """One client's connection and the one to the server that belongs to it."""

    def __init__(self, proxy: Proxy, near: asyncio.StreamWriter, far: asyncio.StreamWriter) -> None:
        self._proxy = proxy
        self._writers = (near, far)

    async def pump(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, direction: str, gate: "_Gate"
    ) -> None:
        """Pass one direction on until its end, its cut, or for ever when it stalls."""
        fault = gate.fault
        try:
            while data := await source.read(65_536):
                if fault.delay:
                    await asyncio.sleep(fault.delay)
                for piece in () if self._proxy.silent else gate.admit(data):
                    target.write(piece)
                    self._proxy.passed[direction] += len(piece)
                    await target.drain()
                    if fault.drip:
                        await asyncio.sleep(0)
                if gate.cuts:
                    self._proxy.about_to_cut()
                    (self._proxy if fault.shared else self).cut(reset=fault.reset)
                    return
                if gate.withholds:
                    self._proxy.stalled.set()
            if not gate.stalls:
                for piece in gate.finish():
                    target.write(piece)
                target.write_eof()
        except (OSError, RuntimeError):  # the other direction was cut first; write_eof says RuntimeError then
            self.cut()

    def cut(self, *, reset: bool = False) -> None:
        """End both sides; without `reset` what was written is still sent."""
        for writer in self._writers:
            if reset:
                sock = writer.get_extra_info("socket")
                if sock.fileno() >= 0:
                    # Without a time to linger the system sends RST instead of FIN.
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()
            else:
                writer.close()

    async def closed(self) -> None:
        """Return when both sockets are gone."""
        await asyncio.gather(*(writer.wait_closed() for writer in self._writers), return_exceptions=True)


@dataclass(slots=True)
class _Budget:
    """Bytes that may pass in one direction, of all connections together, before all are cut."""

    left: int
    spent: bool = False


def _budget(fault: Fault) -> _Budget | None:
    return _Budget(fault.cut_after) if fault.shared and fault.cut_after is not None else None


class _Gate:
    """Decides which bytes of one direction pass: pure, so that every split can be tested."""

    def __init__(self, fault: Fault, budget: _Budget | None = None) -> None:
        self.fault = fault
        self._budget = budget
        self._passed = 0
        self._held = b""
        self.cuts = False
        self.stalls = False
        self.withholds = False
        """Whether something has come that does not pass: nobody knows of a stall where data ends."""

    def admit(self, data: bytes) -> Iterator[bytes]:
        """The pieces to pass on; a beginning of `cut_on` is held until it is known what it is."""
        if self.cuts or self.stalls:
            self.withholds = True
            return
        data = self._held + data
        self._held = b""
        data = self._within(self._before_pattern(data))
        alone = None if self.fault.shared else self.fault.cut_after
        for limit, name in ((alone, "cuts"), (self.fault.stall_after, "stalls")):
            if limit is not None and self._passed + len(data) >= limit:
                self.withholds = self._passed + len(data) > limit
                data = data[: limit - self._passed]
                setattr(self, name, True)
        self._passed += len(data)
        step = self.fault.drip or max(1, len(data))
        yield from (data[start : start + step] for start in range(0, len(data), step))

    def _within(self, data: bytes) -> bytes:
        """What of it the connections may still pass together; the one that spends the last byte cuts them all."""
        if self._budget is None or self._budget.spent:
            return data
        if len(data) >= self._budget.left:
            data = data[: self._budget.left]
            self._budget.spent = self.cuts = True
        self._budget.left -= len(data)
        return data

    def finish(self) -> Iterator[bytes]:
        """What was held when the source ended."""
        if self._held:
            yield self._held
            self._held = b""

    def _before_pattern(self, data: bytes) -> bytes:
        pattern = self.fault.cut_on
        if not pattern:
            return data
        at = data.find(pattern)
        if at >= 0:
            self.cuts = True
            return data[: at + len(pattern)] if self.fault.deliver else data[:at]
        for size in range(min(len(pattern) - 1, len(data)), 0, -1):
            if pattern.startswith(data[-size:]):
                self._held = data[-size:]
                return data[:-size]
        return data
