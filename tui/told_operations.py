"""What an operation of the journal does, in a few words."""

from collections.abc import Mapping

from store.model import FolderId
from store.operations import JournalEntry, Kind

_INTO = {Kind.MOVE: "move to", Kind.COPY: "copy to", Kind.APPEND: "put into"}


def told(entry: JournalEntry, folders: Mapping[FolderId, str]) -> str:
    """`move to Archive`, `+seen`; `folders` are names, which may hold anything: clean the result before showing it."""
    if entry.kind in _INTO:
        target = folders.get(entry.folder, "?") if entry.folder is not None else "?"
        return f"{_INTO[entry.kind]} {target}"
    if entry.kind is Kind.EXPUNGE:
        return "remove for good" if entry.copy is None else f"remove here: it is message {entry.copy} now"
    change = entry.change
    added, removed = (*change.add.words, *change.add_labels), (*change.remove.words, *change.remove_labels)
    return " ".join([*(f"+{word}" for word in added), *(f"-{word}" for word in removed)])
