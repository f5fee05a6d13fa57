"""aerc as the peer: its start on a mailbox that it has never seen, until the newest subject is on the screen."""

import re
import shutil
import tempfile
from pathlib import Path
from urllib.parse import quote

from bench.dovecot import Dovecot
from bench.terminal import Terminal


def is_installed() -> bool:
    """Whether there is a peer to measure (Debian: apt install aerc)."""
    return shutil.which("aerc") is not None


def first_page_seconds(server: Dovecot, user: str, newest: str) -> float:
    """Seconds from the program's start to the subject `newest`; home, settings and header cache are new each time."""
    with tempfile.TemporaryDirectory(prefix="bocau-aerc-") as home:
        settings = Path(home) / "aerc"
        settings.mkdir()
        accounts = settings / "accounts.conf"
        accounts.touch(0o600)  # aerc refuses a configuration that others could read
        source = f"imap+insecure://{quote(user)}:{quote(server.password)}@{server.host}:{server.imap}"
        accounts.write_text(
            f"[bench]\nsource = {source}\ndefault = INBOX\nfrom = Me <me@example.com>\ncache-headers = true\n"
        )
        # It writes the files that are missing, its tutorial too; an empty one is not missing.
        for name in ("aerc.conf", "binds.conf"):
            (settings / name).touch()
        places = {f"XDG_{kind}_HOME": home for kind in ("CONFIG", "CACHE", "DATA", "STATE")}
        with Terminal(["aerc"], environment={"HOME": home, **places}) as terminal:
            return terminal.wait_for(re.escape(newest), 60)
