"""Turns retrieved messages into rows for the store: digest, identity, and the time by which lists sort them."""

import hashlib
from dataclasses import dataclass

from protocols.mime.dates import date
from protocols.mime.headers import split_headers
from protocols.pop3 import identity
from store.maildrop import Identity
from store.messages import Arrival
from store.model import Digest

_MADE = "header:"
_EARLIEST = 315_532_800
"""1980-01-01: no mail is older, but clocks that have lost their time say so."""


@dataclass(frozen=True, slots=True)
class Retrieved:
    """One whole message as RETR gave it, with its key in the maildrop table and the octets that LIST told."""

    key: str
    raw: bytes
    size: int | None = None
    anew: bool = False
    """Whether its key meant another message before, of which nothing is to be known any more."""

    def arrival(self, content: Digest, now: int) -> Arrival:
        """The row that stores it.  `now` in Unix seconds."""
        received = received_time(self.raw, content, now)
        return Arrival(content, received, len(self.raw), uidl=self.key, raw=self.raw)

    def identity(self, content: Digest) -> Identity:
        """By what it will be recognised."""
        return identity.of_message(self.raw, self.size, content.message_id)


def received_time(raw: bytes, content: Digest, now: int) -> int:
    """When a message came, in Unix seconds: POP3 has no INTERNALDATE, and the time of retrieval would make a whole
    old mailbox carry the same second.

    It is the Date header when that is neither in the future nor before 1980, else the date of the topmost Received
    header (written by the last server, after its last semicolon) on the same condition, else now.
    """
    if _plausible(content.date, now):
        return content.date or now
    for name, value in split_headers(raw)[0]:
        if name.lower() == "received":
            stamp = date(value.rpartition(b";")[2])
            return stamp if stamp is not None and _plausible(stamp, now) else now
    return now


def _plausible(stamp: int | None, now: int) -> bool:
    return stamp is not None and _EARLIEST <= stamp <= now


def header_key(raw: bytes, size: int) -> str:
    """A name for a message of a server without UIDL: the hash of its header block and of the size that LIST tells.

    `raw` is the answer of `TOP n 0` or the whole message: both give the same key.
    """
    _, offset = split_headers(raw)
    block = hashlib.sha256(b"\n".join(line.rstrip() for line in raw[:offset].strip().splitlines()))
    return f"{_MADE}{block.hexdigest()[:40]}:{size}"


def is_made(key: str) -> bool:
    """Whether a key is one of ours, of a server without UIDL: two messages in a row may have it."""
    return key.startswith(_MADE)
