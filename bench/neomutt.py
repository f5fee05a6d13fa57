"""NeoMutt as the peer: the same mailbox on the same server, opened with a warm header cache."""

import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.dovecot import Dovecot
from bench.repeat import Timing
from bench.table import median, percentile
from bench.terminal import Answer, Terminal


@dataclass(frozen=True, slots=True)
class ListFigures:
    """What any reader shows of itself over a long list."""

    start_seconds: float
    """From the program's start to the painted list."""
    resident_mib: float
    step_p95_ms: float
    """From a cursor key to the last byte of its answer."""
    step_median_bytes: float

    @classmethod
    def of(cls, start_seconds: float, resident_mib: float, answers: Sequence[Answer]) -> "ListFigures":
        """Put single measurements together."""
        return cls(
            start_seconds=start_seconds,
            resident_mib=resident_mib,
            step_p95_ms=percentile((one.milliseconds for one in answers), 0.95),
            step_median_bytes=median(one.written for one in answers),
        )


def is_installed() -> bool:
    """Whether there is a peer to measure (Debian: apt install neomutt)."""
    return shutil.which("neomutt") is not None


def measure(server: Dovecot, user: str, count: int, folder: Path, *, starts: int = 3, steps: int = 100) -> ListFigures:
    """Open an INBOX of `count` messages cold once, then `starts` times warm; the median start counts.

    `folder` keeps the configuration and the header cache.
    """
    program, listed = command(server, user, folder), painted(count)
    seconds = []
    with Terminal(program, environment={"HOME": str(folder)}) as cold:
        cold.wait_for(listed, 600)
        cold.settle(0.5)
        _leave(cold)
    for _ in range(starts):
        with Terminal(program, environment={"HOME": str(folder)}) as warm:
            seconds.append(warm.wait_for(listed, 600))
            warm.settle(0.5)
            resident = warm.resident_mib()
            answers = [warm.press("j") for _ in range(steps)]
            _leave(warm)
    return ListFigures.of(median(seconds), resident, answers)


_cold: dict[str, Timing] = {}


def cold_start(server: Dovecot, user: str, count: int) -> Timing | None:
    """One start with an empty header cache until all `count` are listed; None when it is not installed.

    It takes long, so whoever asks again for the same mailbox gets the same figure.
    """
    if not is_installed():
        return None
    if user not in _cold:
        with (
            tempfile.TemporaryDirectory(prefix="bocau-neomutt-") as home,
            Terminal(command(server, user, Path(home)), environment={"HOME": home}) as cold,
        ):
            _cold[user] = Timing(cold.wait_for(painted(count), 600), 1)
    return _cold[user]


def command(server: Dovecot, user: str, folder: Path, program: str = "neomutt") -> list[str]:
    """Write settings and an empty cache, unless there is one, into the folder; returns the program's command.

    `program` may be mutt: it understands the same settings.
    """
    settings = folder / f"{program}rc"
    # In a file, so that the password is nobody's command line.
    settings.write_text(
        f"set imap_user={user} imap_pass={server.password} folder=imap://{server.host}:{server.imap}/\n"
        f"set spoolfile=+INBOX header_cache={folder}/headers ssl_force_tls=no ssl_starttls=no sort=threads\n"
    )
    (folder / "headers").mkdir(exist_ok=True)
    return [program, "-n", "-F", str(settings)]


def painted(count: int) -> str:
    """What the status line says when the list is there, as a regular expression."""
    return re.escape(f"Msgs:{count}") + r"\b"


def _leave(terminal: Terminal) -> None:
    """Quit as a person does: only then is the header cache written whole."""
    terminal.send("x")
    terminal.settle(0.5)
