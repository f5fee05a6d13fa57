"""What the folder pane remembers over a restart: what was folded by hand, and which folders were opened last."""

import sqlite3
from collections.abc import Mapping, Sequence

from store import preferences
from store.database import Transaction
from store.model import FolderId
from tui.folder_rows import Folds

FOLDS, LATELY = "folders.folds", "folders.lately"
REMEMBERED = 20
"""Folders that were opened last."""


def folded(connection: sqlite3.Connection) -> Folds:
    """What was folded (True) or unfolded (False) by hand; what is not of the right shape is left out."""
    found = preferences.get(connection, FOLDS, [])
    if not isinstance(found, Sequence) or isinstance(found, str):
        return {}
    rows = [one for one in found if isinstance(one, Sequence) and not isinstance(one, str) and len(one) == 3]
    return {(str(account), str(path)): bool(fold) for account, path, fold in rows}


def remember_folds(tx: Transaction, folds: Mapping[tuple[str, str], bool]) -> None:
    """Remember what is folded and unfolded, in place of what was."""
    preferences.set(tx, FOLDS, [[account, path, fold] for (account, path), fold in folds.items()])


def lately(connection: sqlite3.Connection) -> tuple[FolderId, ...]:
    """The folders that were opened last, the last one first; some of them may be gone."""
    found = preferences.get(connection, LATELY, [])
    if not isinstance(found, Sequence) or isinstance(found, str):
        return ()
    return tuple(FolderId(one) for one in found if isinstance(one, int))


def remember_opened(tx: Transaction, opened: Sequence[FolderId]) -> None:
    """Remember which folders were opened last, the last one first."""
    preferences.set(tx, LATELY, [int(one) for one in opened[:REMEMBERED]])
