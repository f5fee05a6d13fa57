"""What the store writes for a digest, worked out beforehand: columns, folded text, keys of references.

It is the processor's part of storing a message, so it can be done in another process than the one that writes.
"""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from store import storable
from store.model import Address, Digest
from store.references import reference_key, reference_keys
from store.search.fold import fold
from store.subjects import topic

_FEW = 4
"""Lists of so few people come again and again, and are remembered."""


class Prepared(NamedTuple):
    """Plain values only: it goes through a pipe."""

    message_id: str
    from_name: str
    from_address: str
    recipients: str
    """JSON: [[name, address], ...]."""
    copies: str
    subject: str
    date: int | None
    indexed: tuple[str, str, str, str]
    """Folded subject, sender, recipients and copies."""
    references: tuple[int, ...]
    """Keys of the Message-IDs that are mentioned, the one that is answered last; at most `references.MENTIONED`."""
    own: int | None
    """The key of its own Message-ID."""
    topic: int
    is_reply: bool
    """See store.subjects."""


def prepared(digest: Digest) -> Prepared:
    """What was worked out for a digest, or is now."""
    return prepare(digest) if digest.prepared is None else Prepared(*digest.prepared)


def prepare(digest: Digest) -> Prepared:
    """Work it out: some 15 microseconds."""
    clean = storable.text
    subject = folded(digest.subject)
    about = topic(subject)
    return Prepared(
        clean(digest.message_id),
        clean(digest.sender.name),
        clean(digest.sender.address),
        people(digest.to),
        people(digest.cc),
        clean(digest.subject),
        storable.date(digest.date),
        (subject, _indexed((digest.sender,)), _indexed(digest.to), _indexed(digest.cc)),
        reference_keys(digest.references),
        reference_key(digest.message_id) if digest.message_id else None,
        *about,
    )


def folded(text: str) -> str:
    """The form of a text that the index gets."""
    # NUL ends a C string inside SQLite; lone surrogates are gone once folded
    return fold(text).replace("\0", " ")


def people(addresses: tuple[Address, ...]) -> str:
    """Addresses as they stand in a column."""
    return _few_people(addresses) if len(addresses) <= _FEW else _json(addresses)


def _indexed(addresses: tuple[Address, ...]) -> str:
    return _few_indexed(addresses) if len(addresses) <= _FEW else _names(addresses)


def _json(addresses: Sequence[Address]) -> str:
    pairs = [[storable.text(a.name), storable.text(a.address)] for a in addresses]
    return json.dumps(pairs, ensure_ascii=False) if pairs else "[]"


def _names(addresses: Sequence[Address]) -> str:
    return folded("\n".join(f"{a.name} {a.address}" for a in addresses))


_few_people = lru_cache(maxsize=4096)(_json)
_few_indexed = lru_cache(maxsize=4096)(_names)
