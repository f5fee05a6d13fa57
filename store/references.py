"""The key under which a Message-ID stands in the table of references."""

from _blake2 import blake2b  # hashlib would bring OpenSSL with it, 4 MiB of the reading process


def reference_key(message_id: str) -> int:
    """A Message-ID as a signed 64-bit number."""
    return int.from_bytes(blake2b(message_id.encode("utf-8", "replace"), digest_size=8).digest(), "big", signed=True)
