"""What goes over the control socket: one JSON object a line, read without trust."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from dataclasses import fields as dataclass_fields
from typing import Any, get_args

from protocols import errors
from protocols.errors import ProtocolError, Refused, SignInRefused, Throttled
from protocols.searching import ServerHits
from store import errors as store_errors
from store.changes import ChangeSet
from store.errors import StoreError
from store.folder_changes import FolderChange
from store.model import AccountId, FolderId, MessageId
from store.status import AccountStatus, Activity

LONGEST = 1024 * 1024
"""Octets of a line; a change set has at most 5000 message ids."""

Message = dict[str, Any]


class Garbled(Exception):
    """The peer sent something that is no message."""


def encode(message: Message) -> bytes:
    """Write a message as one line."""
    return json.dumps(message, separators=(",", ":")).encode("ascii") + b"\n"


def decode(line: bytes) -> Message:
    """Read one line.  Raises Garbled."""
    try:
        message = json.loads(line)
    except ValueError as error:
        raise Garbled("not JSON") from error
    if not isinstance(message, dict):
        raise Garbled("not an object")
    return message


def changes_out(changes: ChangeSet) -> Message:
    """What became different on the disk; the status goes its own way."""
    return {
        "messages": sorted(changes.messages),
        "folders": sorted(changes.folders),
        "accounts": sorted(changes.accounts),
        "journal": sorted(changes.journal),
        "everything": changes.everything,
    }


def changes_in(value: object) -> ChangeSet:
    """Read a change set.  Raises Garbled."""
    if not isinstance(value, dict):
        raise Garbled("no change set")
    return ChangeSet(
        frozenset(map(MessageId, _ids(value, "messages"))),
        frozenset(map(FolderId, _ids(value, "folders"))),
        frozenset(map(AccountId, _ids(value, "accounts"))),
        frozenset(map(AccountId, _ids(value, "journal"))),
        everything=value.get("everything") is True,
    )


def _ids(value: Mapping[str, Any], key: str) -> list[int]:
    found = value.get(key, [])
    if not isinstance(found, list) or not all(type(each) is int for each in found):
        raise Garbled(f"no ids in {key}")
    return found


def folders_in(value: object) -> tuple[FolderId, ...]:
    """Read a list of folders.  Raises Garbled."""
    return tuple(map(FolderId, _ids({"folders": value}, "folders")))


def words_in(value: object) -> list[str]:
    """Read a list of words.  Raises Garbled."""
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise Garbled("no list of words")
    return value


def folder_change_out(change: FolderChange) -> Message:
    """A change of a folder."""
    return {"kind": type(change).__name__, **asdict(change)}


def folder_change_in(value: object) -> FolderChange:
    """Read a change of a folder.  Raises Garbled."""
    fields = dict(value) if isinstance(value, dict) else {}
    kind = _CHANGES.get(str(fields.pop("kind", "")))
    wanted = {} if kind is None else {field.name: type(field.default) for field in dataclass_fields(kind)}
    if kind is None or fields.keys() != wanted.keys():
        raise Garbled("no change of a folder")
    if any(type(fields[name]) is not (default if default in (int, bool) else str) for name, default in wanted.items()):
        raise Garbled("no change of a folder")
    return kind(**fields)


_CHANGES: dict[str, type[FolderChange]] = {kind.__name__: kind for kind in get_args(FolderChange)}


def server_hits_out(hits: ServerHits) -> Message:
    """What servers found."""
    errors = {name: error_out(error) for name, error in hits.errors.items()}
    return {"messages": list(hits.messages), "asked": list(hits.asked), "errors": errors}


def server_hits_in(value: Message) -> ServerHits:
    """Read what servers found.  Raises Garbled."""
    errors = value.get("errors")
    if not isinstance(errors, dict):
        raise Garbled("no hits")
    read = {str(name): known for name, error in errors.items() if (known := error_in(error)) is not None}
    return ServerHits(tuple(map(MessageId, _ids(value, "messages"))), tuple(words_in(value.get("asked"))), read)


def status_out(accounts: Mapping[str, AccountStatus]) -> Message:
    """The status of every account."""
    return {name: asdict(status) for name, status in accounts.items()}


def status_in(value: object) -> dict[str, AccountStatus]:
    """Read the status of every account.  Raises Garbled."""
    if not isinstance(value, dict):
        raise Garbled("no status")
    try:
        return {
            str(name): AccountStatus(**{**fields, "activity": Activity(fields["activity"])})
            for name, fields in value.items()
        }
    except (TypeError, KeyError, ValueError) as error:
        raise Garbled("no status") from error


def error_out(error: ProtocolError | StoreError | None) -> Message | None:
    """An error in words and with what decides about the exit code."""
    if error is None:
        return None
    fields = {"title": error.title, "hint": error.hint}
    for name in ("step", "account", "code", "text", "delay"):
        if hasattr(error, name):
            fields[name] = getattr(error, name)
    return {"kind": type(error).__name__, **fields}


def error_in(value: object) -> ProtocolError | StoreError | None:
    """Read an error; one of a kind that we do not know becomes a StoreError.  Raises Garbled."""
    if value is None:
        return None
    if not isinstance(value, dict):
        raise Garbled("no error")
    title, hint, kind = (str(value.get(key, "")) for key in ("title", "hint", "kind"))
    found = getattr(errors, kind, None) or getattr(store_errors, kind, None) or StoreError
    if isinstance(found, type) and issubclass(found, ProtocolError):
        where = {"step": str(value.get("step", "")), "account": str(value.get("account", ""))}
        return _PROTOCOL.get(found, _plain)(found, title, hint, value, where)
    if isinstance(found, type) and issubclass(found, StoreError):
        return found(title, hint)
    return StoreError(title, hint)


def _plain(kind: type[ProtocolError], title: str, hint: str, value: Message, where: dict[str, str]) -> ProtocolError:
    return kind(title, hint, **where)


def _coded(kind: type[ProtocolError], title: str, hint: str, value: Message, where: dict[str, str]) -> ProtocolError:
    if kind is Throttled:
        delay = value.get("delay")
        seconds = float(delay) if isinstance(delay, int | float) else 0.0
        return Throttled(title, hint, delay=seconds, code=str(value.get("code", "")), **where)
    if kind is Refused:
        return Refused(title, hint, code=str(value.get("code", "")), text=str(value.get("text", "")), **where)
    return SignInRefused(title, hint, code=str(value.get("code", "")), **where)


_PROTOCOL: dict[type[ProtocolError], Callable[..., ProtocolError]] = dict.fromkeys(
    (Throttled, Refused, SignInRefused), _coded
)
