"""What the status line, the journal and the history say of an act: own words, in the past tense."""

import json
from collections.abc import Sequence

from store import folders
from store.database import Transaction
from store.filing import Step
from store.model import Flag, FolderId
from store.operations import (
    Archive,
    Copy,
    Delete,
    Junk,
    Keep,
    Kind,
    Move,
    Mute,
    Operation,
    SetFlags,
    SetLabels,
)

_LONGEST_NAME = 40
"""Characters of a folder's or an account's name in a title."""
_MARKS = {
    (Flag.SEEN, Flag.NONE): "as read",
    (Flag.NONE, Flag.SEEN): "as unread",
    (Flag.FLAGGED, Flag.NONE): "with a star",
    (Flag.NONE, Flag.FLAGGED): "without star",
}


def title(tx: Transaction, operation: Operation, written: Sequence[Step]) -> str:
    """What is said of an act that wrote these steps."""
    count = _number(tx, written)
    match operation:
        case SetFlags(add=add, remove=remove):
            return f"Marked {count} {_MARKS.get((add, remove), 'anew')}"
        case SetLabels(add=wanted, remove=unwanted):
            return _labelled(count, wanted, unwanted)
        case Move(folder=folder):
            return f"Moved {count}{_where(tx, folder, written)}"
        case Copy(folder=folder):
            return f"Copied {count}{_where(tx, folder, written)}"
        case Archive():
            return f"Archived {count}"
        case Delete():
            removed = sum(step.kind is Kind.EXPUNGE for step in written)
            return f"Removed {count} for good" if removed and removed == len(written) else f"Deleted {count}"
        case Junk(junk=junk):
            return f"Marked {count} as junk" if junk else f"Marked {count} as not junk"
        case Mute(muted=muted):
            marks = sum(step.kind is Kind.MUTE for step in written)
            threads = "a thread" if marks == 1 else f"{marks:,} threads"
            return f"Muted {threads}" if muted else f"Unmuted {threads}"
        case Keep(kept=kept):
            return f"Kept {count} on this disk" if kept else f"Kept {count} no longer"


def _labelled(count: str, wanted: Sequence[str], unwanted: Sequence[str]) -> str:
    if wanted and unwanted:
        return f"Changed the labels of {count}"
    names = ", ".join(sorted({word.lower() for word in (*wanted, *unwanted)}))
    return f"Labelled {count} with {names}" if wanted else f"Took {names} off {count}"


def _number(tx: Transaction, written: Sequence[Step]) -> str:
    """How many messages: one that several accounts received was drawn as one, and is told as one."""
    found = {step.target.id: step.target.account for step in written}
    owners = set(found.values())
    if len(owners) == len(found) > 1:
        likes = tx.execute(
            "SELECT count(DISTINCT likeness), count(likeness) FROM messages"
            " WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(found)),),
        ).fetchone()
        if tuple(likes) == (1, len(found)):
            return f"1 (in {len(owners)} accounts)"
    return f"{len(found):,}"


def _where(tx: Transaction, folder: FolderId, written: Sequence[Step]) -> str:
    """` to Plans`, and whose folder that is when it is another account's; names as the server has them, cut."""
    place = folders.get(tx.connection, folder)
    name = folders.DEFAULT_PATHS[place.role] if place.role in folders.DEFAULT_PATHS else place.path.rsplit("/", 1)[-1]
    where = f" to {name[:_LONGEST_NAME]}"
    if any(step.target.account != place.account for step in written):
        (owner,) = tx.execute("SELECT name FROM accounts WHERE id = ?", (place.account,)).fetchone()
        where += f" of {owner[:_LONGEST_NAME]}"
    return where
