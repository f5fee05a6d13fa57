"""What is secret stays where it belongs: not in logs, errors, arguments or environment, not for others."""

import asyncio
import os
import re
import stat
from base64 import b64encode
from pathlib import Path

import pytest

from tests.journeys.home import BOCAU, Home
from tests.servers.fake_imap import FULL, FakeImap, serving
from tests.servers.imap_account import letter

PASSWORD = "pigeon-password"
CANARIES = tuple(
    canary.encode()
    for canary in (
        PASSWORD, b64encode(f"\0anna\0{PASSWORD}".encode()).decode(), "pigeon-body", "pigeon-subject", "pigeon@sender",
    )
)  # fmt: skip
LETTER = letter(1, text="pigeon-body").replace(b"letter 1", b"pigeon-subject").replace(b"anna@", b"pigeon@sender.")


@pytest.fixture
def umask() -> object:
    """Everything that is made is open to all, unless somebody closes it."""
    before = os.umask(0)
    yield
    os.umask(before)


def told(*places: bytes) -> list[bytes]:
    return [canary for canary in CANARIES if any(canary in place for place in places)]


def processes(parent: int) -> list[Path]:
    """A process and all that it has started."""
    found, every = [Path(f"/proc/{parent}")], [path for path in Path("/proc").iterdir() if path.name.isdigit()]
    for path in every:
        try:
            ancestor = int((path / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError):
            continue
        if ancestor == parent:
            found += processes(int(path.name))
    return found


def writes_no_core(process: int) -> bool:
    return re.search(r"Max core file size +0 +0 ", Path(f"/proc/{process}/limits").read_text()) is not None


def readable_by_others(folder: Path) -> list[str]:
    return [str(path) for path in (folder, *folder.rglob("*")) if stat.S_IMODE(path.lstat().st_mode) & 0o077]


@pytest.mark.parametrize("outcome", ["mail", "refused", "nonsense"])
async def test_no_secret_leaves_its_place(tmp_path: Path, umask: None, outcome: str):
    """K05, D01, D08: no core file; canaries in password, subject, sender and body; a server that repeats."""
    (tmp_path / "word").write_text(f"{PASSWORD}\n")
    fake, home = FakeImap(f"{FULL} AUTH=PLAIN SASL-IR"), Home(tmp_path / "home")
    home.config.parent.mkdir(mode=0o700, exist_ok=True)
    fake.inbox.add(LETTER)
    asked = asyncio.Event()

    def sign_in(command: str) -> list[str | bytes]:
        asked.set()
        return ["$ OK in"] if outcome != "refused" else [f"$ NO [AUTHENTICATIONFAILED] wrong: {command} {PASSWORD}"]

    fake.does("AUTHENTICATE", sign_in)
    if outcome == "nonsense":
        fake.on("UID FETCH", b"* 1 FETCH (UID 1 BODY[] {9999}\r\n" + LETTER)
    async with serving(fake):
        home.account("a", "imap", fake.port, "anna", password_command=f"cat {tmp_path / 'word'}")
        started = await asyncio.create_subprocess_exec(
            *BOCAU, "sync", stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE, env=home.environment,
        )  # fmt: skip
        await asyncio.wait_for(asked.wait(), 30)
        assert writes_no_core(started.pid)
        seen = []
        for process in processes(started.pid):
            for name in ("cmdline", "environ"):
                try:
                    seen.append((process / name).read_bytes())
                except OSError:  # it has ended meanwhile
                    continue
        if outcome == "nonsense":
            started.terminate()
        output, said = await asyncio.wait_for(started.communicate(), 30)
    log = home.data / "bocau.log"
    assert told(output, said, *seen, log.read_bytes() if log.exists() else b"") == []
    assert readable_by_others(home.data) == []
    if outcome == "mail":
        assert started.returncode == 0 and len((await home.run("list", "--json")).rows) == 1
    elif outcome == "refused":
        assert started.returncode == 5 and b"a" in said
