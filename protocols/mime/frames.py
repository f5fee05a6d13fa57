"""What goes through the pipes between our own processes: plain values, each behind its length."""

import marshal
from typing import IO, Any

_LENGTH = 8
"""Bytes of the number, big-endian, that stands before each value."""


def pack(value: Any) -> bytes:
    """One question or answer as it goes through the pipe."""
    data = marshal.dumps(value)
    return len(data).to_bytes(_LENGTH, "big") + data


def framed(pipe: IO[bytes]) -> bytes | None:
    """The bytes of the next one; None when the other side is gone, also in the middle of one."""
    head = pipe.read(_LENGTH)
    if len(head) < _LENGTH:
        return None
    size = int.from_bytes(head, "big")
    data = pipe.read(size)
    return data if len(data) == size else None


def unpacked(data: bytes) -> Any:
    """What `pack` packed; only for what comes from our own process."""
    return marshal.loads(data)
