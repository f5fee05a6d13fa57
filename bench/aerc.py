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
    with (
        tempfile.TemporaryDirectory(prefix="bocau-aerc-") as home,
        Terminal(["aerc"], environment=configure(server, user, Path(home))) as terminal,
    ):
        return terminal.wait_for(re.escape(newest), 60)


def configure(server: Dovecot, user: str, home: Path) -> dict[str, str]:
    """Write its settings below `home`; returns the environment it is to be started with."""
    settings = home / "aerc"
    settings.mkdir(exist_ok=True)
    accounts = settings / "accounts.conf"
    accounts.touch(0o600)  # aerc refuses a configuration that others could read
    source = f"imap+insecure://{quote(user)}:{quote(server.password)}@{server.host}:{server.imap}"
    accounts.write_text(
        f"[bench]\nsource = {source}\ndefault = INBOX\nfrom = Me <me@example.com>\ncache-headers = true\n"
    )
    # It writes the files that are missing, its tutorial too; one that is empty is not missing.
    (settings / "aerc.conf").touch()
    (settings / "binds.conf").write_text("[messages]\nj = :next<Enter>\n<PgDn> = :next 100%<Enter>\nq = :quit<Enter>\n")
    places = {f"XDG_{kind}_HOME": str(home) for kind in ("CONFIG", "CACHE", "DATA", "STATE")}
    return {"HOME": str(home), **places}
