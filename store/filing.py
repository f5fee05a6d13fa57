"""One step of an act on one message, and those that put messages into folders, be it of another account."""

from collections.abc import Sequence
from dataclasses import dataclass

from store import folders, transfers
from store.database import Transaction
from store.errors import NotFound, NotPossible, NotYet
from store.model import AccountId, Folder, FolderId, MessageId, Role
from store.operations import FlagChange, Kind
from store.targets import Target

_NO_CHANGE = FlagChange()
CROSSING = (Kind.APPEND, Kind.TRANSFER)
"""The kinds of steps that make a copy in another account."""


@dataclass(frozen=True, slots=True)
class Step:
    """One journal row to be, or two: of a crossing kind it stands for the copy and what becomes of the source."""

    target: Target
    kind: Kind
    change: FlagChange = _NO_CHANGE
    folder: FolderId | None = None
    on: bool = True
    """Of a keep or a mute: whether it is so from now on."""


def place(tx: Transaction, folder: FolderId) -> Folder:
    """A folder that takes messages.  Raises NotFound, NotPossible."""
    found = folders.get(tx.connection, folder)
    if not found.selectable:
        raise NotPossible("That folder holds other folders only, no messages.")
    return found


def into(tx: Transaction, target: Target, where: Folder, kind: Kind) -> Step:
    """A move or a copy; between accounts it takes a copy of its own, unless all is on this disk alone.

    So it does within a local account, of a message that is here by its headers only.
    """
    if target.account == where.account:
        if kind is Kind.COPY and target.local and not target.whole:  # a copy has no name at the server to come by
            kind = Kind.APPEND
        return Step(target, kind, folder=where.id)
    if not target.placed:
        raise NotYet(
            "The message is still on its way into its account, so it cannot go on to another one.",
            "Undo what sent it there, or wait until it has arrived.",
        )
    if not (target.local and target.whole and transfers.is_local(tx.connection, where.account)):
        kind = Kind.TRANSFER if kind is Kind.MOVE else Kind.APPEND
    return Step(target, kind, folder=where.id)


def into_role(tx: Transaction, on: Sequence[Target], role: Role) -> list[Step]:
    """Into each account's folder of a role; what is in the trash already is removed for good.

    Raises NotPossible for what is on this disk alone while another account waits for it; a server's is removed later.
    """
    places: dict[AccountId, FolderId] = {}
    written = []
    for target in on:
        if target.account not in places:
            places[target.account] = folders.ensure_role(tx, target.account, role).id
        folder = places[target.account]
        if target.folder != folder:
            written.append(Step(target, Kind.MOVE, folder=folder))
        elif role is Role.TRASH:
            if target.local and not target.whole and transfers.is_lent(tx.connection, target.id):
                raise NotPossible(
                    "A copy for another account is still to be made of the message, which is not whole here yet.",
                    "Synchronise first, or undo the copying.",
                )
            written.append(Step(target, Kind.EXPUNGE))
    return written


def taken_back(tx: Transaction, target: Target, folder: FolderId | None) -> Step:
    """The move that puts a message back where it was, be it in another account.  Raises NotPossible."""
    try:
        if folder is not None:
            return into(tx, target, place(tx, folder), Kind.MOVE)
    except NotFound:
        pass
    raise NotPossible("The folder it was in is gone.")


def uncopied(tx: Transaction, copy: MessageId | None, target: Target | None) -> list[Step]:
    """A copy that was made goes to the trash: should the original be gone by now, nothing is lost.

    `target` is the copy, None when it is gone.  Raises NotPossible when nobody knows what the server made of it.
    """
    if copy is None:
        raise NotPossible("The copy is on the server already.", "Delete it in the folder that it was copied to.")
    return [] if target is None else [step for step in into_role(tx, [target], Role.TRASH) if step.kind is Kind.MOVE]
