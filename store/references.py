"""The key under which a Message-ID stands in the table of references."""

from _blake2 import blake2b  # hashlib would bring OpenSSL with it, 4 MiB of the reading process
from collections.abc import Sequence

MENTIONED = 100
"""Of a longer list of references the first and the last count: nobody draws half a store into one thread."""


def reference_key(message_id: str) -> int:
    """A Message-ID as a signed 64-bit number."""
    return int.from_bytes(blake2b(message_id.encode("utf-8", "replace"), digest_size=8).digest(), "big", signed=True)


def reference_keys(message_ids: Sequence[str]) -> tuple[int, ...]:
    """The keys of the Message-IDs that a message mentions, in their order and each once."""
    if not message_ids:
        return ()
    if len(message_ids) > MENTIONED:
        message_ids = (message_ids[0], *message_ids[1 - MENTIONED :])
    return tuple(dict.fromkeys(reference_key(name) for name in message_ids if name))


def packed(keys: Sequence[int]) -> bytes:
    """Keys as they stand in one column, 8 octets each."""
    return b"".join(key.to_bytes(8, "big", signed=True) for key in keys)


def unpacked(column: bytes) -> list[int]:
    """The keys of such a column."""
    return [int.from_bytes(column[at : at + 8], "big", signed=True) for at in range(0, len(column) - 7, 8)]
