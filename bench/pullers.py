"""mbsync and mpop as the peers: programs that copy a whole mailbox into a Maildir and know nothing else."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.dovecot import Dovecot

TIMEOUT = 600.0


class Mbsync:
    """A channel from one user's INBOX to a Maildir; what is there from an earlier run is brought up to date.

    fsync stays on, as a person has it.
    """

    def __init__(self, server: Dovecot, user: str, folder: Path) -> None:
        """Write the settings into `folder`, which is made when it is missing."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "mail").mkdir(exist_ok=True)
        self._settings = folder / "mbsyncrc"
        self._settings.write_text(
            f"IMAPStore far\nHost {server.host}\nPort {server.imap}\nUser {user}\nPass {server.password}\n"
            "SSLType None\nAuthMechs LOGIN\n\n"
            f"MaildirStore near\nPath {folder}/mail/\nInbox {folder}/mail/INBOX\n\n"
            "Channel pull\nFar :far:\nNear :near:\nPatterns INBOX\nCreate Near\nSyncState *\n"
        )

    @staticmethod
    def is_installed() -> bool:
        """Whether there is a peer to measure (Debian: apt install isync)."""
        return shutil.which("mbsync") is not None

    def pull(self) -> float:
        """Seconds of one run, the start of the program included; raises RuntimeError with what it said."""
        return _seconds(["mbsync", "-c", str(self._settings), "-q", "pull"])


def mbsync_seconds(server: Dovecot, user: str) -> float | None:
    """Time mbsync's first pull of the INBOX into an empty folder; None when it is not installed."""
    if not Mbsync.is_installed():
        return None
    with tempfile.TemporaryDirectory(prefix="bocau-mbsync-") as folder:
        return Mbsync(server, user, Path(folder)).pull()


def mpop_seconds(server: Dovecot, user: str, folder: Path) -> float | None:
    """Time mpop's retrieval of everything into the empty folder `folder`; None when it is not installed.

    Debian: apt install mpop.
    """
    if shutil.which("mpop") is None:
        return None
    for name in ("cur", "new", "tmp"):
        (folder / "mail" / name).mkdir(parents=True)
    settings = folder / "mpoprc"
    settings.touch(0o600)  # mpop refuses a configuration that others could read
    settings.write_text(
        f"account default\nhost {server.host}\nport {server.pop3}\nuser {user}\npassword {server.password}\n"
        f"tls off\nauth user\ndelivery maildir {folder}/mail\npipelining auto\nkeep on\nuidls_file {folder}/uidls\n"
    )
    return _seconds(["mpop", "-C", str(settings), "-q"])


def _seconds(command: Sequence[str]) -> float:
    begun = time.perf_counter()
    done = subprocess.run(
        command,
        check=False,
        timeout=TIMEOUT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stderr.decode(errors='replace').strip()}")
    return time.perf_counter() - begun
