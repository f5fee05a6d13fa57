"""Which messages an act from the command line is for: what a list draws as one row, and whole threads."""

import sqlite3
from collections.abc import Sequence

from store import folders, listing, muting
from store.model import FolderId, MessageId, Role


def drawn_as_one(connection: sqlite3.Connection, messages: Sequence[MessageId]) -> list[MessageId]:
    """These messages, each followed by what it is one row with where the accounts' folders of its role are shown."""
    roles = folders.roles_of_unified(connection)
    together: dict[Role, list[FolderId]] = {}
    for folder, role in roles.items():
        together.setdefault(role, []).append(folder)
    of_role: dict[Role, list[MessageId]] = {}
    for message, summary in listing.summaries(connection, messages).items():
        if summary.folder in roles:
            of_role.setdefault(roles[summary.folder], []).append(message)
    found: dict[MessageId, list[MessageId]] = {}
    for role, ids in of_role.items():
        doubles = listing.doubled(connection, together[role], ids)
        found |= {message: [MessageId(one[0]) for one in several] for message, several in doubles.items()}
    return list(dict.fromkeys(one for message in messages for one in (message, *found.get(message, ()))))


def threads(connection: sqlite3.Connection, messages: Sequence[MessageId], *, sent: bool) -> list[MessageId]:
    """Every message of the threads that these are in, but for what was thrown away, is junk, or is still a draft.

    Those that were named are among them, wherever they are; what one has `sent` oneself when that is wanted.
    """
    aside = {Role.TRASH, Role.JUNK, Role.DRAFTS} if sent else {Role.TRASH, Role.JUNK, Role.DRAFTS, Role.SENT}
    hidden = {folder.id for folder in folders.every(connection) if folder.role in aside}
    everyone = listing.summaries(connection, muting.of_threads(connection, messages))
    return list(dict.fromkeys([*messages, *(one for one in everyone if everyone[one].folder not in hidden)]))
