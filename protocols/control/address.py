"""Where the socket of a store's engine is: in the data folder, or elsewhere when that path is too long."""

import hashlib
import os
from pathlib import Path

from store.errors import StoreError
from store.paths import make_private_folder

_LONGEST = 100
"""Octets of a path that every system takes for a socket (Linux has 107, others 103)."""
_SHORT_PLACE = Path("/tmp")
"""Not $TMPDIR: processes with different environments must find the same place."""


def socket_path(data: Path) -> Path:
    """The path of the socket of the store in folder `data`, the same for every process of this user."""
    path = data / "engine.sock"
    if len(os.fsencode(path)) <= _LONGEST:
        return path
    name = hashlib.sha256(os.fsencode(os.path.realpath(data))).hexdigest()[:16]
    return _SHORT_PLACE / f"bocau-{os.geteuid()}-{name}" / "engine.sock"


def private_socket_path(data: Path) -> Path:
    """The same, its folder made sure to be ours alone.

    Raises StoreError when somebody else has put something in its place.
    """
    path = socket_path(data)
    if path.parent.is_symlink() and path.parent != data:
        raise StoreError(f"{path.parent} is a symbolic link.", "Remove it: somebody may have put it there on purpose.")
    make_private_folder(path.parent)
    return path
