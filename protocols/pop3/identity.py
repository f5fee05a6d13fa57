"""By what a message is recognised that a POP3 server calls by another name: Message-ID, size and header block."""

import re
from collections.abc import Iterator, Mapping
from hashlib import blake2b

from protocols.mime.digest import digest_headers
from store.maildrop import Drop, Dropped, Identity
from store.references import reference_key

_END = re.compile(rb"\n\r?\n")
_LONGEST = 1 << 20
"""Octets of a header block that are looked at."""

_Key = tuple[str, int | None, int | None]


def of_message(raw: bytes, size: int | None, message_id: str) -> Identity:
    """The identity of a message that is here whole, whose Message-ID is known; `size` is what LIST told."""
    return Identity(size, reference_key(message_id) if message_id else None, _header_key(raw))


def of_headers(block: bytes, size: int | None) -> Identity:
    """The identity of a message of which only the answer to `TOP n 0` is here."""
    return of_message(block, size, digest_headers(block).message_id)


def same(known: Identity, found: Identity) -> bool:
    """Whether a message that has the name of a known one is that one; sizes do not tell, servers change their minds."""
    if known.message_key is not None and known.message_key == found.message_key:
        return True
    if known.header_key is not None:
        return known.header_key == found.header_key
    return known.message_key is None


def still(row: Dropped, found: Identity) -> bool:
    """Whether what the server has under the name of a known message is that one still.

    Of one that was deleted, as the server said itself, nothing would be left if it were another one by now: two of
    size, Message-ID and header block have to be equal.  A mailing list's copy has the Message-ID of the direct one.
    """
    if row.state is Drop.DELETED:
        return not {*_keys(row.identity)}.isdisjoint(_keys(found))
    return same(row.identity, found)


class Lost:
    """Messages that are here, and whose names the server no longer lists: each is found at most once."""

    def __init__(self, identities: Mapping[str, Identity]) -> None:
        self._names: dict[_Key, list[str]] = {}
        self._found: set[str] = set()
        self.sizes = {identity.size for identity in identities.values()} - {None}
        """What LIST told of them."""
        for name, identity in identities.items():
            for key in _keys(identity):
                self._names.setdefault(key, []).append(name)

    def take(self, identity: Identity) -> str | None:
        """The old name of a message, None when it is none of these.

        Two of size, Message-ID and header block have to be equal: a mailing list's copy has the Message-ID of the one
        that came directly, and after a move of the mailbox either of the others may have changed.
        """
        for key in _keys(identity):
            for name in self._names.get(key, ()):
                if name not in self._found:
                    self._found.add(name)
                    return name
        return None


def _keys(identity: Identity) -> Iterator[_Key]:
    size, message, header = identity.size, identity.message_key, identity.header_key
    if size is not None and header is not None:
        yield "size and header", size, header
    if size is not None and message is not None:
        yield "size and Message-ID", size, message
    if message is not None and header is not None:
        yield "Message-ID and header", message, header


def _header_key(raw: bytes) -> int:
    end = _END.search(raw, 0, _LONGEST)
    block = raw[: end.start() + 1] if end else raw[:_LONGEST]
    # line ends as well as the blank line belong to the server, which may answer TOP otherwise than RETR
    told = blake2b(block.replace(b"\r\n", b"\n").strip(), digest_size=8).digest()
    return int.from_bytes(told, "big", signed=True)
