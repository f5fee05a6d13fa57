"""mbsync and mpop as the peers: programs that copy a whole mailbox into a Maildir and know nothing else."""

import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from bench.dovecot import Dovecot

TIMEOUT = 600.0


def mbsync_seconds(server: Dovecot, user: str, folder: Path) -> float | None:
    """Time mbsync's first pull of the INBOX into the empty folder `folder`; None when it is not installed.

    Debian: apt install isync.  fsync stays on, as a person has it.
    """
    if shutil.which("mbsync") is None:
        return None
    settings = folder / "mbsyncrc"
    settings.write_text(
        f"IMAPStore far\nHost {server.host}\nPort {server.imap}\nUser {user}\nPass {server.password}\n"
        "SSLType None\nAuthMechs LOGIN\n\n"
        f"MaildirStore near\nPath {folder}/mail/\nInbox {folder}/mail/INBOX\n\n"
        "Channel pull\nFar :far:\nNear :near:\nPatterns INBOX\nCreate Near\nSyncState *\n"
    )
    (folder / "mail").mkdir()
    return _seconds(["mbsync", "-c", str(settings), "-q", "pull"])


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
    subprocess.run(command, check=True, timeout=TIMEOUT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun
