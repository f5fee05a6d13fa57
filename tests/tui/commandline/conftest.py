"""A demo without a screen, and a way to call `bocau` in this process."""

import asyncio
import json
import logging
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from protocols.demo.scenario import Demo, demo
from tui.cli import bocau
from tui.commandline.failures import guarded
from tui.commandline.log import ROOMS

NEVER = 1e9
MESSAGES = 60


@dataclass(frozen=True, slots=True)
class Result:
    """What one command answered."""

    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, object]]:
        """The JSON Lines on standard output."""
        return [json.loads(line) for line in self.out.splitlines()]


class ServedDemo:
    """The demo's servers on a loop of their own thread, as another process would run them."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._stop = asyncio.Event()
        self._demo: Demo | None = None
        self._thread = threading.Thread(target=self.loop.run_until_complete, args=(self._serve(),))

    async def _serve(self) -> None:
        async with demo(MESSAGES, first=NEVER) as running:
            self._demo = running
            self._started.set()
            await self._stop.wait()

    def __enter__(self) -> "ServedDemo":
        self._thread.start()
        assert self._started.wait(30)
        return self

    def __exit__(self, *_: object) -> None:
        self.loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self.loop.close()

    @property
    def running(self) -> Demo:
        assert self._demo is not None
        return self._demo


Call = Callable[..., Result]


def _call(capsys: pytest.CaptureFixture[str], arguments: tuple[str | int, ...]) -> Result:
    capsys.readouterr()
    code = guarded(lambda: bocau.main([str(one) for one in arguments], prog_name="bocau", standalone_mode=False))
    captured = capsys.readouterr()
    return Result(code, captured.out, captured.err)


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Iterator[Call]:
    """Call `bocau` with arguments, on an empty configuration and an empty store unless they say otherwise."""

    def run(*arguments: str | int) -> Result:
        places = ("--config", str(tmp_path / "config.toml"), "--data", str(tmp_path / "data"))
        return _call(capsys, (*places, *arguments))

    yield run
    _close_log()


@pytest.fixture(scope="module")
def served() -> Iterator[ServedDemo]:
    """The demo's servers, for the tests of one file: what those change there others would find."""
    with ServedDemo() as running:
        yield running


@pytest.fixture(scope="module")
def synced(served: ServedDemo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with all the mail of the demo; copy it."""
    data = tmp_path_factory.mktemp("synced") / "data"
    places = ["--config", str(served.running.config), "--data", str(data)]
    assert guarded(lambda: bocau.main([*places, "sync"], prog_name="bocau", standalone_mode=False)) == 0
    _close_log()
    return data


@dataclass(frozen=True, slots=True)
class Site:
    """A configuration that leads to the demo's servers, a store with their mail, and `bocau` on both."""

    config: Path
    data: Path
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str | int) -> Result:
        return _call(self.capsys, ("--config", str(self.config), "--data", str(self.data), *arguments))

    def ids(self, *options: str) -> list[int]:
        """Ids of a list, newest first."""
        return [int(str(one["id"])) for one in self("list", "--json", *options).objects]

    def unplug(self) -> None:
        """Let the configuration lead to a port where nobody listens."""
        lines = self.config.read_text().splitlines()
        self.config.write_text("\n".join("port = 1" if line.startswith("port") else line for line in lines))


@pytest.fixture
def site(served: ServedDemo, synced: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Site]:
    """Mail of the demo, already synchronised."""
    shutil.copytree(synced, tmp_path / "data")
    shutil.copy(served.running.config, tmp_path / "config.toml")
    yield Site(tmp_path / "config.toml", tmp_path / "data", capsys)
    _close_log()


def _close_log() -> None:
    for room in ROOMS:
        logger = logging.getLogger(room)
        for handler in list(logger.handlers):
            logger.removeHandler(handler)
            handler.close()
        logger.propagate = True
