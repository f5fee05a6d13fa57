"""IMAP read raw from a socket, nothing parsed and nothing kept: the time that no client can beat."""

import re
import socket
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from bench.dovecot import Dovecot

WHOLE = "UID FETCH 1:* (UID BODY.PEEK[])"
SUMMARIES = (
    "UID FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS "
    "(DATE FROM SENDER TO CC SUBJECT MESSAGE-ID IN-REPLY-TO REFERENCES CONTENT-TYPE)])"
)
"""What a list of threads needs to know."""
TIMEOUT = 120.0
_KEPT = 1 << 12
_TAG = "limit"
_TAGGED = re.compile(rb"(?:^|\r\n)limit (OK|NO|BAD)[^\r\n]*\r\n\Z")


@dataclass(frozen=True, slots=True)
class Read:
    """One command's answer."""

    seconds: float
    """From before the command is sent to its tagged line."""
    octets: int
    end: bytes
    """The last lines of the answer, 4 KiB at most."""


class BareSocket:
    """A signed-in connection, as a context manager; the timing of its opening is the caller's."""

    def __init__(self, server: Dovecot, user: str) -> None:
        self._place = (server.host, server.imap)
        self._login = f'LOGIN "{user}" "{server.password}"'
        self._wire: socket.socket

    def __enter__(self) -> Self:
        self._wire = socket.create_connection(self._place, timeout=TIMEOUT)
        self._wire.recv(4096)
        self.run(self._login)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._wire.close()

    def run(self, command: str) -> Read:
        """Send a command and read to its end; raises ConnectionError when the server refuses it or goes away."""
        begun, octets, end = time.perf_counter(), 0, b""
        self._wire.sendall(f"{_TAG} {command}\r\n".encode())
        while not (tagged := _TAGGED.search(end)):
            data = self._wire.recv(1 << 20)
            if not data:
                raise ConnectionError("Dovecot closed the connection")
            octets += len(data)
            end = (end + data)[-_KEPT:]
        if tagged[1] != b"OK":
            raise ConnectionError(f"Dovecot refused: {end[tagged.start() :].decode(errors='replace').strip()}")
        return Read(time.perf_counter() - begun, octets, end)


def fetch(server: Dovecot, user: str, command: str) -> Read:
    """Run one command in the INBOX; signing in and opening the folder are not counted."""
    with BareSocket(server, user) as wire:
        wire.run("EXAMINE INBOX")
        return wire.run(command)


def look_seconds(server: Dovecot, user: str, command: str = "NOOP") -> float:
    """Seconds to connect, sign in, open the INBOX, run one command and leave: the shortest round there is."""
    begun = time.perf_counter()
    with BareSocket(server, user) as wire:
        wire.run("EXAMINE INBOX (CONDSTORE)")
        wire.run(command)
        wire.run("LOGOUT")
    return time.perf_counter() - begun


def highest_modseq(server: Dovecot, user: str) -> int:
    """The HIGHESTMODSEQ of the INBOX (RFC 7162)."""
    with BareSocket(server, user) as wire:
        found = re.search(rb"HIGHESTMODSEQ (\d+)", wire.run("STATUS INBOX (HIGHESTMODSEQ)").end)
    if found is None:
        raise ConnectionError("Dovecot named no HIGHESTMODSEQ")
    return int(found[1])
