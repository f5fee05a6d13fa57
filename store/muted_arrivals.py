"""Files away what comes into a muted thread: read and archived, by an act that is taken back with the mute."""

import time

from store import history, writing
from store.database import Transaction
from store.errors import NotPossible
from store.filing import into_role
from store.model import ActId, Flag, MessageId, Role
from store.operations import SetFlags
from store.steps import steps
from store.targets import present


def settle(tx: Transaction) -> None:
    """Look at what this transaction brought; a trigger notes what is of a muted thread, so that nothing forgets it."""
    rows = tx.execute(
        "SELECT DISTINCT m.id, t.act_id FROM muted_arrivals a JOIN messages m ON m.id = a.message_id"
        " JOIN muted_threads t ON t.thread_id = m.thread_id JOIN folders f ON f.id = m.folder_id AND f.role = ?",
        (Role.INBOX.value,),
    ).fetchall()
    if not rows and tx.execute("SELECT 1 FROM muted_arrivals LIMIT 1").fetchone() is None:
        return
    tx.execute("DELETE FROM muted_arrivals")
    by_act: dict[ActId, list[MessageId]] = {}
    for message, act in rows:
        by_act.setdefault(ActId(act), []).append(MessageId(message))
    for act, messages in by_act.items():
        _file_away(tx, act, messages)


def _file_away(tx: Transaction, mute: ActId, messages: list[MessageId]) -> None:
    on = list(present(tx.connection, messages).values())
    try:
        written = [*steps(tx, SetFlags(tuple(messages), Flag.SEEN), on), *into_role(tx, on, Role.ARCHIVE)]
    except NotPossible:  # it stays in the inbox, where somebody can see to it
        return
    known = tx.execute("SELECT 1 FROM acts WHERE id = ? AND NOT undone", (mute,)).fetchone() is not None
    what = f"Archived {len(on)} of a muted thread"
    act = history.record(tx, what, int(time.time()), part_of=mute if known else None, aside=True)
    writing.write(tx, act, what, written)
