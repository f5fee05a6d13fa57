"""A message as it stands in a backup, in whatever form, and what of a backup cannot be read."""

from dataclasses import dataclass

from store.model import Flag

INBOX = "INBOX"
"""How the inbox of any account is called in a backup."""


@dataclass(frozen=True, slots=True)
class Saved:
    """One message with what is kept beside its bytes."""

    raw: bytes
    """Exactly as received."""
    received: int | None = None
    """Unix seconds; None when the backup does not tell."""
    flags: Flag = Flag.NONE
    folder: str = ""
    """Decoded path, `/` between levels, not cleaned for display; empty when the backup does not tell."""
    sender: str = ""
    subject: str = ""
    """Decoded, for a file's name; empty when read."""


@dataclass(frozen=True, slots=True)
class Broken:
    """What could not be read of a backup; the rest goes on."""

    place: str
    """A file, or a place in one; not cleaned for display."""
    reason: str
    """A clause that follows the place: `is empty`."""
