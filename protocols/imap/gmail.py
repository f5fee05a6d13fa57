"""What names a message whatever folder it is in (Gmail's X-GM-MSGID, EMAILID of RFC 8474), and Gmail's labels.

A Gmail label is also a folder; in the store a message carries the names of its labels in every row, but in that of a
label's own folder Gmail leaves that label out.  Those of Gmail itself, which begin with a backslash (Inbox, Important,
Starred), are left out here: the folder or a flag says the same.
"""

from collections.abc import Iterable
from functools import lru_cache

from protocols.imap import names
from protocols.imap.capabilities import Capabilities
from protocols.imap.fetch import Fetched
from store.twins import ONE_STATE

_MAX_LABELS = 256
_MAX_LABEL = 255


def identity(capabilities: Capabilities) -> bytes:
    """The FETCH item that names a message on this server, with a blank before it; empty where there is none."""
    if capabilities.gmail:
        return b" X-GM-MSGID"
    return b" EMAILID" if capabilities.has("OBJECTID") else b""


def marks(capabilities: Capabilities) -> bytes:
    """The FETCH items that tell flags and labels."""
    return b"FLAGS X-GM-LABELS" if capabilities.gmail else b"FLAGS"


def server_id(one: Fetched) -> str | None:
    """The name of a message for `Arrival.server_id`, None when this FETCH has none."""
    if (gmail := one.extra.get("X-GM-MSGID")) is not None:
        return f"{ONE_STATE}{int(gmail)}"
    email = one.extra.get("EMAILID")
    if isinstance(email, tuple):  # as imapclient reads what stands in parentheses
        email = email[0] if email else None
    if isinstance(email, int):
        email = b"%d" % email
    return email.decode("ascii", "replace") if isinstance(email, bytes) and email.upper() != b"NIL" else None


def labels(one: Fetched, capabilities: Capabilities) -> tuple[str, ...] | None:
    """The keywords, and on Gmail the labels; None when Gmail says nothing of them (a FETCH that nobody asked for)."""
    if not capabilities.gmail:
        return one.labels
    told = one.extra.get("X-GM-LABELS")
    return None if told is None else (*one.labels, *_names(tuple(told)))


@lru_cache(maxsize=4096)  # a mailbox has few sets of labels
def _names(told: Iterable[bytes | int | None]) -> tuple[str, ...]:
    found: list[str] = []
    for label in told:
        raw = b"%d" % label if isinstance(label, int) else label or b""
        if raw and not raw.startswith(b"\\") and len(raw) <= _MAX_LABEL and len(found) < _MAX_LABELS:
            found.append(names.decode(raw, "/"))  # modified UTF-7, like the folder of the same name
    return tuple(found)
