"""A private Dovecot on free loopback ports, for the tests and for the bench."""

import imaplib
import itertools
import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path
from types import TracebackType
from typing import Self

from imapclient import imap_utf7

from bench.dovecot_settings import Settings, render

HOST = "127.0.0.1"
PASSWORD = "secret"
FALLBACK_CAPABILITY = "IMAP4rev1 SASL-IR LITERAL+ ID ENABLE IDLE NAMESPACE UNSELECT CHILDREN SPECIAL-USE LIST-EXTENDED"
"""What a server without MOVE, UIDPLUS, CONDSTORE, QRESYNC and LIST-STATUS announces."""


class DovecotFailedError(RuntimeError):
    """Dovecot did not start, or one of its tools failed; the text is what it said."""


@dataclass(frozen=True, slots=True)
class ServerMessage:
    """One message as a second, independent client sees it on the server."""

    uid: int
    flags: frozenset[str]
    """As the server names them, `\\Recent` left out."""
    subject: str
    message_id: str


def why_not() -> str | None:
    """Why no private Dovecot can be started on this machine, in a sentence; None when it can."""
    program = _program("dovecot")
    folders = (Path("/usr/lib/dovecot"), Path("/usr/libexec/dovecot"))
    if program is None or not all(any((one / name).exists() for one in folders) for name in ("imap", "pop3")):
        return "Dovecot is not installed (Debian: apt install dovecot-imapd dovecot-pop3d)"
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    if not version.startswith("2.3."):
        # 2.4 renamed most settings and refuses the old names.
        return f"Dovecot {version} is installed; the private configuration is written for 2.3"
    return None


class Dovecot:
    """One running server: any user name signs in with `password` and has a mailbox of its own.

    As root the mail belongs to the system user `mail` (Dovecot refuses uid 0); otherwise everything runs as
    the person who starts it.  Without a certificate only the plain ports answer.
    """

    host = HOST
    password = PASSWORD

    def __init__(
        self,
        *,
        certificate: tuple[Path, Path] | None = None,
        capability: str | None = None,
        directory: Path | None = None,
        prefix: str = "",
        connections: int = 100,
    ) -> None:
        """Nothing is started yet.

        Args:
            certificate: (certificate, key) in PEM; None: no TLS.
            capability: what IMAP announces instead of everything.
            directory: where mail and indexes stay after the end; None: a temporary folder that goes with the server.
            prefix: the personal namespace's (`INBOX.` as Courier has it, which makes `.` the delimiter).
            connections: how many a user may have at once, for each protocol.

        """
        self._keep = directory is not None
        self.directory = (directory or Path(tempfile.mkdtemp(prefix="bocau-dovecot-"))).resolve()
        self.directory.mkdir(parents=True, exist_ok=True)
        # Dovecot's workers run as other users: every folder above the mail must be searchable.
        self.directory.chmod(0o755)
        self.ca_file = certificate[0] if certificate else None
        self._certificate = certificate
        self._capability = capability
        self._prefix = prefix
        self._connections = connections
        self._process: subprocess.Popen[bytes] | None = None
        self._names = (f"user{n}" for n in itertools.count(1))
        self._serial = itertools.count(1)
        self._started_at = int(time.time())
        entry = pwd.getpwnam("mail") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        self._uid, self._gid = entry.pw_uid, entry.pw_gid
        self.imap = self.imaps = self.pop3 = self.pop3s = 0

    def __enter__(self) -> Self:
        """Start; returns when the IMAP and POP3 ports answer."""
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop the server."""
        self.stop()

    @property
    def _config(self) -> Path:
        return self.directory / "dovecot.conf"

    def start(self) -> None:
        """Start the master in the foreground as a child of this process.

        Raises DovecotFailedError with Dovecot's own log when the ports do not answer within 10 seconds.
        """
        closed = [one for one in self.directory.parents if os.geteuid() == 0 and not one.stat().st_mode & 0o001]
        if closed:
            raise DovecotFailedError(f"{closed[0]} is closed to the user 'mail', whom Dovecot serves mail as")
        self.imap, self.imaps, self.pop3, self.pop3s = _free_ports(4)
        for name in ("run", "state", "mail", "home", "index"):
            self._make_folder(self.directory / name)
        settings = Settings(
            directory=self.directory,
            imap=self.imap,
            imaps=self.imaps,
            pop3=self.pop3,
            pop3s=self.pop3s,
            password=PASSWORD,
            mail_uid=self._uid,
            mail_gid=self._gid,
            certificate=self._certificate,
            capability=self._capability,
            prefix=self._prefix,
            connections=self._connections,
        )
        self._config.write_text(render(settings))
        program = _program("dovecot")
        if program is None:
            raise DovecotFailedError("dovecot is not installed")
        with (self.directory / "output").open("wb") as output:
            command = [*_bound_to_us(), program, "-F", "-c", str(self._config)]
            self._process = subprocess.Popen(command, stdout=output, stderr=output)
        for port in (self.imap, self.pop3):
            self._wait_for(port)

    def stop(self) -> None:
        """End the process that `start` started, and remove a temporary folder; safe to call twice."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        if not self._keep:
            shutil.rmtree(self.directory, ignore_errors=True)

    def user(self) -> str:
        """A user name that nobody has used before; its mailbox is empty."""
        return next(self._names)

    def deliver(self, user: str, raw: bytes, folder: str = "INBOX", flags: str = "", when: int | None = None) -> None:
        """Put one message into a folder, as a delivery agent does; UIDs follow the order of the calls.

        Args:
            user: whose mailbox.
            raw: the message, exactly as the server shall give it out.
            folder: decoded path with `/`; made when missing.
            flags: Maildir letters, sorted or not: D draft, F flagged, R answered, S seen, T deleted.
            when: INTERNALDATE in Unix seconds; None is now.

        """
        place = self._maildir(user, folder)
        # S and W spare Dovecot reading the file: size on disk, and size with CRLF line ends.
        crlf_size = len(raw) + raw.count(b"\n") - raw.count(b"\r\n")
        name = f"{self._started_at}.M{next(self._serial):06d}P{os.getpid()}.localhost,S={len(raw)},W={crlf_size}"
        draft = place / "tmp" / name
        draft.write_bytes(raw)
        self._own(draft)
        if when is not None:
            os.utime(draft, (when, when))
        draft.rename(place / "cur" / f"{name}:2,{''.join(sorted(flags))}" if flags else place / "new" / name)

    def deliver_all(self, user: str, raws: Iterable[bytes], folder: str = "INBOX") -> int:
        """Deliver many messages; returns how many."""
        count = 0
        for raw in raws:
            self.deliver(user, raw, folder)
            count += 1
        return count

    def forget(self, user: str) -> None:
        """Remove a user's mail and indexes from the disk; nobody may be signed in as that user."""
        for name in ("mail", "index", "home"):
            shutil.rmtree(self.directory / name / user, ignore_errors=True)

    def copy(self, user: str, other: str) -> None:
        """Give a user, new or forgotten, the mail of another, indexes and all; the messages are hard links."""

        def copied(source: str, target: str) -> str:
            if Path(source).parent.name in ("cur", "new"):
                os.link(source, target)  # no mail server changes a message in place
            else:
                shutil.copy2(source, target)
                self._own(Path(target))
            return target

        self.forget(other)
        for name in ("mail", "index"):
            shutil.copytree(self.directory / name / user, self.directory / name / other, copy_function=copied)
            for folder, _, _ in os.walk(self.directory / name / other):
                self._own(Path(folder))

    def doveadm(self, *args: str) -> str:
        """Run `doveadm` against this server and return what it printed.

        Raises DovecotFailedError with its standard error when it fails.
        """
        command = [_program("doveadm") or "doveadm", "-c", str(self._config), *args]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise DovecotFailedError(f"doveadm {' '.join(args)}: {done.stderr.strip()}")
        return done.stdout

    def messages(self, user: str, folder: str = "INBOX") -> list[ServerMessage]:
        """Everything in a folder in UID order, read by the standard library's client over its own connection.

        An unknown folder raises imaplib.IMAP4.error.
        """
        with imaplib.IMAP4(HOST, self.imap, timeout=20) as client:
            client.login(user, PASSWORD)
            name = imap_utf7.encode(folder).decode("ascii").replace("\\", "\\\\").replace('"', '\\"')
            answer, data = client.select(f'"{name}"', readonly=True)
            if answer != "OK":
                raise imaplib.IMAP4.error(f"cannot open {folder!r}: {data!r}")
            _, rows = client.uid("FETCH", "1:*", "(UID FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT MESSAGE-ID)])")
        return [_server_message(*row) for row in rows if isinstance(row, tuple)]

    def log(self) -> str:
        """What Dovecot wrote to its log so far."""
        parts = (self.directory / name for name in ("output", "dovecot.log"))
        return "".join(part.read_text(errors="replace") for part in parts if part.exists())

    def _maildir(self, user: str, folder: str) -> Path:
        home = self.directory / "mail" / user
        place = home
        if folder.upper() != "INBOX":
            encoded = ".".join(imap_utf7.encode(part).decode("ascii") for part in folder.split("/"))
            place = home / f".{encoded}"
        if not (place / "cur").is_dir():
            for one in (home, place, place / "cur", place / "new", place / "tmp"):
                self._make_folder(one)
            if place != home:
                (place / "maildirfolder").touch()
                self._own(place / "maildirfolder")
        return place

    def _make_folder(self, path: Path) -> None:
        if not path.is_dir():
            path.mkdir(parents=True)
            if path.name not in ("run", "state"):
                self._own(path)

    def _own(self, path: Path) -> None:
        if os.geteuid() == 0:
            os.chown(path, self._uid, self._gid)

    def _wait_for(self, port: int) -> None:
        end = time.monotonic() + 10
        while time.monotonic() < end:
            if self._process is None or self._process.poll() is not None:
                break
            with socket.socket() as probe:
                if probe.connect_ex((HOST, port)) == 0:
                    return
            time.sleep(0.02)
        raise DovecotFailedError(f"Dovecot does not answer on port {port}; its log ends:\n{self.log()[-2000:]}")


def _program(name: str) -> str | None:
    """Debian keeps servers in /usr/sbin, which is not on an ordinary user's PATH."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin:/usr/bin")


def _bound_to_us() -> list[str]:
    """The beginning of a command that ends when this process does, even by SIGKILL; empty where that is unknown."""
    setpriv = shutil.which("setpriv")  # util-linux
    return [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []


def _free_ports(count: int) -> list[int]:
    """Ports that nobody listens on; all are held until all are known, so none comes twice."""
    held = [socket.socket() for _ in range(count)]
    try:
        for one in held:
            one.bind((HOST, 0))
        return [int(one.getsockname()[1]) for one in held]
    finally:
        for one in held:
            one.close()


def _server_message(head: bytes, header: bytes) -> ServerMessage:
    """Values from imaplib's pair: the line with UID and FLAGS, and the header block."""
    uid = re.search(rb"UID (\d+)", head)
    flags = re.search(rb"FLAGS \(([^)]*)\)", head)
    if uid is None or flags is None:
        raise ValueError(f"unexpected FETCH answer: {head!r}")
    parsed = message_from_bytes(header, policy=policy.default)
    return ServerMessage(
        uid=int(uid[1]),
        flags=frozenset(flags[1].decode("ascii").split()) - {"\\Recent"},
        subject=str(parsed.get("Subject", "")),
        message_id=str(parsed.get("Message-ID", "")),
    )
