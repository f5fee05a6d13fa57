"""A process that runs one round after another in children that may be killed; it has imported all for them.

`python -m tests.servers.mortal DATA PORT USER PASSWORD`: for each line on its input it makes a child and writes the
child's number; the child begins its round with the next line, and how it ended is written when it has.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from protocols.engine import Engine
from protocols.pop3 import backend
from store.mailstore import MailStore
from store.settings import AccountSettings, Settings
from tests.servers.accounts import pop3_account

ROOT = Path(__file__).parents[2]


async def round_(data: Path, settings: AccountSettings, password: str) -> None:
    """One full round, as `bocau sync` does it."""

    async def secret(account: AccountSettings) -> str:
        return password

    async with (
        await MailStore.open(data) as store,
        Engine(store, Settings(accounts=(settings,)), supervise=False, passwords=secret) as engine,
    ):
        outcome = await engine.sync()
        if error := outcome[settings.name]:
            raise error


class Mortal:
    """The process, as an async context manager; `begin` a round, and `kill` it or wait for its `end`."""

    def __init__(self, data: Path, port: int, user: str, password: str) -> None:
        self._arguments = ("-m", "tests.servers.mortal", str(data), str(port), user, password)
        self._child = 0

    async def __aenter__(self) -> Self:
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, *self._arguments, stdin=pipe, stdout=pipe, cwd=ROOT
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process, and a child that is left."""
        self.kill()
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()

    async def begin(self) -> None:
        """Let a child begin its round."""
        await self._tell()
        self._child = int(await self._line())
        await self._tell()

    def kill(self) -> None:
        """`kill -9` the child."""
        if self._child:
            os.kill(self._child, signal.SIGKILL)

    async def end(self) -> int:
        """Wait for the child's end: 0 for a round that went well, -9 for one that was killed."""
        status = int(await self._line())
        self._child = 0
        return status

    async def _tell(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(b"\n")
        await self._process.stdin.drain()

    async def _line(self) -> bytes:
        assert self._process.stdout is not None
        return await self._process.stdout.readline()


def _serve(data: Path, settings: AccountSettings, password: str) -> None:
    assert backend  # which the engine imports when it is needed: that would be in each child
    while os.read(0, 1):
        child = os.fork()
        if child == 0:
            os.read(0, 1)
            asyncio.run(round_(data, settings, password))
            os._exit(0)
        os.write(1, b"%d\n" % child)
        _, status = os.waitpid(child, 0)
        os.write(1, b"%d\n" % os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), pop3_account(int(sys.argv[2]), user=sys.argv[3]), sys.argv[4])
