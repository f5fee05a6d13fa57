"""A person's home: the configuration file, the mail folder, and bocau over them, as a screen or as a command."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from protocols.station import Station
from store.config import load
from store.mailstore import MailStore
from tests.journeys.person import Person
from tests.servers.dovecot import Dovecot
from tui.app import BocauApp
from tui.commandline.session import Session
from tui.first_account import FirstAccount
from tui.passwords import Passwords

BOCAU = (sys.executable, "-m", "tui.cli")


@dataclass(frozen=True, slots=True)
class Ended:
    """What a command left behind."""

    code: int
    output: str
    said: str
    """Standard error."""

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The lines of `--json`."""
        return [json.loads(line) for line in self.output.splitlines()]


class Home:
    """One configuration and one store; several bocau may run on them at once."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "config.toml"
        self.data = folder / "mail"

    def account(self, name: str, protocol: str, port: int, user: str, **more: str) -> None:
        """Write an account into the file; `more` are further keys, or others than the usual ones."""
        values = {
            "protocol": protocol, "address": f"{name}@example.com", "host": "127.0.0.1", "port": port,
            "security": "none", "user": user, "password_command": f"echo {Dovecot.password}", **more,
        }  # fmt: skip
        lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]
        with self.config.open("a") as file:
            print(f"[accounts.{name}]", *lines, "", sep="\n", file=file)

    @property
    def environment(self) -> dict[str, str]:
        """What a bocau of its own process needs to know."""
        return {**os.environ, "BOCAU_CONFIG": str(self.config), "BOCAU_DATA": str(self.data)}

    @asynccontextmanager
    async def reading(self, size: tuple[int, int] = (120, 40)) -> AsyncIterator[Person]:
        """The app with the ordinary engine, put together as `bocau` does it, but without a terminal."""
        settings = load(self.config)
        async with Session(str(self.config), str(self.data)).store(settings) as store:
            station = Station(store, settings, reload=lambda: load(self.config))
            app = BocauApp(store, settings, engine=station, setup=FirstAccount(self.config, station, Passwords()))
            async with station, app.run_test(size=size, notifications=True) as pilot:
                yield Person(pilot, app, store)

    @asynccontextmanager
    async def look(self) -> AsyncIterator[MailStore]:
        """The store alone, without a screen and without an engine."""
        async with await MailStore.open(self.data) as store:
            yield store

    async def run(self, *arguments: str) -> Ended:
        """`bocau ARGUMENTS` in a process of its own."""
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *BOCAU, *arguments, stdin=asyncio.subprocess.DEVNULL, stdout=pipe, stderr=pipe, env=self.environment
        )
        output, said = await process.communicate()
        assert process.returncode is not None
        return Ended(process.returncode, output.decode(), said.decode())
