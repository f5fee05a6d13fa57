"""Counts the durable steps of a replay, writes of the store and commands on the wire, and interrupts it at one."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from store.database import Transaction
from store.mailstore import MailStore

T = TypeVar("T")

HOST = "127.0.0.1"
_COMMAND = re.compile(rb"(\S+) ((?:UID )?[A-Z]+)", re.IGNORECASE)
_UNCOUNTED = frozenset({"CAPABILITY", "LOGIN", "AUTHENTICATE", "ID", "ENABLE", "LOGOUT", "NOOP"})
"""What every connection begins and ends with, and asks no folder."""
_LITERAL = re.compile(rb"\{(\d+)\+?\}\r\n\Z")
CHANGING = frozenset({"UID STORE", "UID MOVE", "UID COPY", "UID EXPUNGE", "EXPUNGE", "CREATE", "APPEND"})
WRITE = "write"


class How(StrEnum):
    """What happens at the chosen step."""

    KILLED = "killed"
    """The process is gone before the step: nothing is written and nothing said any more."""
    CUT = "cut"
    """The connection breaks before the command has reached the server."""
    DEAF = "deaf"
    """The server has done the command, and the connection breaks before its answer comes."""


class KilledError(Exception):
    """The process that would do this is dead."""


@dataclass
class Steps:
    """The steps of one run; `interrupt` is the number of the one, from 0, at which it happens."""

    interrupt: int | None = None
    how: How = How.KILLED
    seen: list[str] = field(default_factory=list)
    """`write`, or a command."""
    dead: bool = False

    def next(self, what: str) -> How | None:
        """Count one step; answers what happens to it."""
        if self.dead:
            return How.KILLED
        self.seen.append(what)
        if len(self.seen) - 1 != self.interrupt:
            return None
        self.dead = self.how is How.KILLED
        return self.how


class SteppedStore(MailStore):
    """A store whose transactions are steps; once its process is dead it writes nothing."""

    steps = Steps()

    async def write(self, function: Callable[[Transaction], T], *, durable: bool = False) -> T:
        """As MailStore.write.  Raises KilledError."""
        if self.steps.next(WRITE) is How.KILLED:
            raise KilledError
        return await super().write(function, durable=durable)


@asynccontextmanager
async def stepped_wire(port: int, steps: Steps) -> AsyncIterator[int]:
    """A port that leads to the server at `port`, on which every command is a step."""
    tasks: set[asyncio.Task[None]] = set()

    async def serve(near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        far, forth = await asyncio.open_connection(HOST, port)
        deaf: list[bytes] = []
        try:
            with suppress(ConnectionError):
                async with asyncio.TaskGroup() as pumps:
                    answers = pumps.create_task(_answers(far, back, deaf))
                    await _commands(near, forth, steps, deaf)
                    answers.cancel()
        finally:
            for writer in (forth, back):
                writer.close()

    server = await asyncio.start_server(serve, HOST, 0)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _commands(near: asyncio.StreamReader, forth: asyncio.StreamWriter, steps: Steps, deaf: list[bytes]) -> None:
    """Pass lines to the server until one that is not to reach it, or the client's end."""
    while line := await near.readline():
        found = _COMMAND.match(line)
        name = found[2].decode().upper() if found else ""
        if found and name not in _UNCOUNTED:
            how = steps.next(name)
            if how in (How.KILLED, How.CUT):
                return
            if how is How.DEAF:
                deaf.append(found[1] + b" ")
        await _pass(line, near, forth)


async def _pass(line: bytes, near: asyncio.StreamReader, forth: asyncio.StreamWriter) -> None:
    """Pass a command line, and the literals in it with what follows them."""
    forth.write(line)
    await forth.drain()
    while literal := _LITERAL.search(line):
        forth.write(await near.readexactly(int(literal[1])))
        line = await near.readline()
        forth.write(line)
        await forth.drain()


async def _answers(far: asyncio.StreamReader, back: asyncio.StreamWriter, deaf: list[bytes]) -> None:
    """Pass lines to the client; of the command that it shall not hear of nothing, and then no more."""
    while line := await far.readline():
        if deaf:
            if line.startswith(deaf[0]):
                back.close()
                return
            if not line.startswith(b"+"):
                continue
        back.write(line)
        await back.drain()
    back.close()
