"""Acts on mail that is on this disk alone (POP3): the store is the truth, so the truth itself changes."""

from collections import defaultdict
from collections.abc import Sequence

from store import copies, labels, maildrop, messages
from store.database import Transaction
from store.filing import Step
from store.fold import refold
from store.model import ActId
from store.operations import Kind


def apply(tx: Transaction, act: ActId, written: Sequence[Step]) -> None:
    """Do these steps of an act; moves and copies may go to another account whose mail is on this disk alone."""
    kinds = defaultdict(list)
    for step in written:
        kinds[step.kind].append(step)
    for step in kinds[Kind.FLAGS]:
        change = step.change
        tx.execute(
            "UPDATE messages SET server_flags = (server_flags | ?) & ~?, server_labels = ? WHERE id = ?",
            (int(change.add), int(change.remove), _relabelled(step), step.target.id),
        )
    for step in kinds[Kind.MOVE]:
        _move(tx, step)
    refold(tx, [step.target.id for step in (*kinds[Kind.FLAGS], *kinds[Kind.MOVE])])
    for step in kinds[Kind.COPY]:
        assert step.folder is not None
        made = copies.for_account(tx, step.target.id, step.folder, placed=True)
        tx.execute(
            "UPDATE journal SET copy_id = ? WHERE act_id = ? AND message_id = ? AND kind = 'copy'",
            (made, act, step.target.id),
        )
    expunged = [step.target.id for step in kinds[Kind.EXPUNGE]]
    maildrop.remove(tx, expunged)
    messages.remove(tx, expunged, reason="Removed for good.")


def _move(tx: Transaction, step: Step) -> None:
    (account,) = tx.execute("SELECT account_id FROM folders WHERE id = ?", (step.folder,)).fetchone()
    if account == step.target.account:
        tx.execute("UPDATE messages SET server_folder_id = ? WHERE id = ?", (step.folder, step.target.id))
        return
    tx.execute(
        # its name in the other account's maildrop means nothing here; `message_id` is named for the triggers that
        # compare it with its likes in other accounts
        "UPDATE messages SET account_id = ?, server_folder_id = ?, uidl = NULL, message_id = message_id WHERE id = ?",
        (account, step.folder, step.target.id),
    )


def _relabelled(step: Step) -> str:
    """The labels of a local message, whose effective ones are its truth."""
    change = step.change
    before = labels.written(sorted(step.target.labels))
    return labels.changed(before, labels.written(change.add_labels), labels.written(change.remove_labels))
