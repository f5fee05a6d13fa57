"""What later acts decided about messages: taking an earlier one back leaves that as it is."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from store import entries
from store.entries import Entry
from store.model import ActId, FolderId, MessageId
from store.operations import FlagChange, Kind
from store.targets import chains

NOBODY = ActId(0)
"""What was decided by the way: a message was opened, and so is read."""
_PLACING = (Kind.MOVE, Kind.EXPUNGE, Kind.TRANSFER)


@dataclass(slots=True)
class Decided:
    """What of one message was decided by acts that came later and are in force."""

    flags: int = 0
    labels: set[str] = field(default_factory=set)
    placed: bool = False
    kept: bool = False
    muted: bool = False
    by: ActId = NOBODY
    """The last one of them that somebody did on purpose."""

    def without(self, change: FlagChange) -> FlagChange:
        """A change, but for what was decided."""
        return FlagChange(
            change.add & ~self.flags,
            change.remove & ~self.flags,
            tuple(word for word in change.add_labels if word not in self.labels),
            tuple(word for word in change.remove_labels if word not in self.labels),
        )

    def learn(self, entry: Entry, *, aside: bool) -> None:
        """A later row of the journal; `aside`: of an act that was done by the way."""
        self.by = self.by if aside else entry.act
        if entry.kind == Kind.FLAGS:
            self.flags |= entry.add | entry.remove
            self.labels.update(entry.add_labels.split(), entry.remove_labels.split())
        self.placed |= entry.kind in _PLACING
        self.kept |= entry.kind == Kind.KEEP
        self.muted |= entry.kind == Kind.MUTE


NOTHING = Decided()


class Later:
    """What came after the rows of an act, and before them."""

    def __init__(self, connection: sqlite3.Connection, acts: Sequence[ActId], rows: Iterable[Entry]) -> None:
        self._connection = connection
        self._first = acts[0]
        self.chain = chains(connection, {one for row in rows for one in row.messages})
        self._decided: dict[MessageId, Decided] = {}
        self._moves: dict[MessageId, list[tuple[FolderId | None, FolderId | None, bool]]] = {}
        """(to, from, whether it was undone) of earlier acts."""
        # what an undoing moved goes back to where that found it, and what was redone since came before it
        self._of_undoing = connection.execute(
            "SELECT undoes IS NOT NULL FROM acts WHERE id = ?", (self._first,)
        ).fetchone()[0]
        if self._any():
            self._read()
        if not self._of_undoing:
            self._read_moves()

    def of(self, message: MessageId) -> Decided:
        """What was decided about a message, under whatever id it went on."""
        return self._decided.get(message, NOTHING)

    def read_aright(self, rows: Iterable[Entry]) -> list[Entry]:
        """Rows of messages that went to another account before their server was told, as if it had been."""
        return [
            row._replace(state="done") if row.state == "dropped" and len(self.chain[row.message]) > 1 else row
            for row in rows
        ]

    def heir(self, message: MessageId) -> MessageId:
        """The id that a message has by now."""
        return self.chain.get(message, (message,))[-1]

    def origin(self, row: Entry) -> FolderId | None:
        """Where a message was before a row moved it, had what was undone since not been done at all."""
        prior = row.prior
        for folder, before, undone in reversed(self._moves.get(row.message, ())):
            if folder != prior:
                continue
            if not undone:
                break
            prior = before
        return prior

    def _any(self) -> bool:
        row = self._connection.execute(f"SELECT 1 FROM acts a WHERE {self._which} LIMIT 1").fetchone()
        return row is not None

    @property
    def _which(self) -> str:
        """SQL, of an act `a`: whether it came later and is in force."""
        redone = " AND a.redoes IS NULL" if self._of_undoing else ""
        return (
            f"a.id > {self._first:d} AND NOT a.undone AND a.undoes IS NULL"
            f" AND coalesce(a.part_of, 0) <> {self._first:d}{redone}"
        )

    def _read_moves(self) -> None:
        """Earlier moves of the messages that were moved by something that was taken back."""
        given = json.dumps(list(self.chain))
        rows = self._connection.execute(
            "SELECT j.message_id, j.folder_id, j.prior_folder_id, a.undone AND a.undoes IS NULL"
            " FROM journal j JOIN acts a ON a.id = j.act_id WHERE j.message_id IN"
            " (SELECT m.message_id FROM journal m JOIN acts u ON u.id = m.act_id"
            " WHERE m.message_id IN (SELECT value FROM json_each(?1)) AND m.kind = 'move' AND u.undone"
            " AND u.undoes IS NULL) AND j.kind = 'move' AND j.act_id < ?2"
            " ORDER BY j.id",
            (given, self._first),
        )
        for message, folder, prior, undone in rows:
            self._moves.setdefault(MessageId(message), []).append((folder, prior, bool(undone)))

    def _read(self) -> None:
        whose: dict[MessageId, list[MessageId]] = {}
        for message, members in self.chain.items():
            for member in members:
                whose.setdefault(member, []).append(message)
        rows = self._connection.execute("SELECT id FROM acts WHERE aside AND id > ?", (self._first,))
        aside = {row[0] for row in rows}
        for entry in entries.about(self._connection, whose, f"j.{entries.DECIDING} AND {self._which}"):
            for message in whose[entry.message]:
                self._decided.setdefault(message, Decided()).learn(entry, aside=entry.act in aside)
