"""Large messages in the program itself: from the key to the first text, and scrolling in 300,000 lines."""

import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench import oddities
from bench.startup import INSTALLED, PROGRAM
from bench.table import Row, median, percentile
from bench.terminal import Terminal

TIMES = 5
PAGES = 60
BAR_SECONDS = 0.3
BAR_SCROLL_MS = 25.0
_ACCOUNT = """\
[accounts.bench]
protocol = "pop3"
address = "bench@example.com"
host = "127.0.0.1"
port = {port}
security = "none"
user = "bench"
password_command = "echo none"
after_download = "keep"
"""
"""Its server never answers: what the status line tells of failed connections is no answer to a key."""


def measure() -> Iterator[Row]:
    """Both messages in one store; nothing is fetched from anywhere."""
    with tempfile.TemporaryDirectory() as name, socket.create_server(("127.0.0.1", 0)) as silent:
        folder = Path(name)
        command = [str(PROGRAM), "--config", str(folder / "config.toml"), "--data", str(folder / "data")]
        (folder / "config.toml").write_text(_ACCOUNT.format(port=silent.getsockname()[1]))
        (folder / "config.toml").chmod(0o600)
        mail = folder / "mail"
        mail.mkdir()
        dated = b"Date: Mon, 23 Nov 2026 %d:00:00 +0000\r\nMessage-ID: <%d@bench.example>\r\n"
        (mail / "1.eml").write_bytes(dated % (10, 10) + oddities.newsletter())
        (mail / "2.eml").write_bytes(dated % (11, 11) + oddities.long_text())
        subprocess.run(
            [*command, "import", "--account", "bench", "--folder", "Inbox", str(mail)],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        yield from _opened(command)


def _opened(command: list[str]) -> Iterator[Row]:
    letters, logs, pages = list[float](), list[float](), list[float]()
    memory = 0.0
    for _ in range(TIMES):
        with Terminal(command, environment=INSTALLED) as terminal:
            terminal.wait_for("(?s)Log.*News")
            terminal.settle()
            logs.append(terminal.press_for("enter", "^ ?.*3 a line of a log"))
            terminal.settle(0.3)
            pages += [terminal.press("pagedown").milliseconds for _ in range(PAGES // TIMES)]
            end = terminal.press_for("G", "299999 ")
            pages += [terminal.press("pageup").milliseconds for _ in range(PAGES // TIMES)]
            terminal.send("q")
            terminal.settle()
            terminal.send("j")
            terminal.settle()
            letters.append(terminal.press_for("enter", "Product number 1"))
            memory = max(memory, terminal.resident_mib())
    yield Row("300,000 lines: key to the first of them", median(logs) / 1000, "s", BAR_SECONDS)
    yield Row("  a page down or up, p95", percentile(pages, 0.95), "ms", BAR_SCROLL_MS)
    yield Row("  to the last line", end / 1000, "s")
    yield Row("newsletter of 1 MB: key to its beginning", median(letters) / 1000, "s", BAR_SECONDS)
    yield Row("  most resident memory, both opened, all processes", memory, "MiB")
