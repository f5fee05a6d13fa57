"""Writes the differences of a folder into the store, with what a replay did meanwhile kept as it is."""

from collections.abc import Sequence
from itertools import islice

from protocols.imap.differences import Differences
from protocols.imap.doubts import Doubts, Touched
from protocols.imap.survey import SLICE
from store import locations, messages, rebuilds
from store.database import Transaction
from store.model import FolderId, MessageId


class Reconciling:
    """What may be written of one folder in one round."""

    def __init__(self, folder: FolderId, touched: Touched, doubts: Doubts, *, trust: bool) -> None:
        """`trust` believes at once that most of a folder is gone."""
        self._folder = folder
        self._touched = touched
        self._doubts = doubts
        self._trust = trust

    def write(self, tx: Transaction, found: Differences) -> bool:
        """Write flags and removals; answers whether all of it was written, so that HIGHESTMODSEQ may move on."""
        # what a replay touched while the server listed is newer here than in the listing
        newer = locations.uids_of(tx.connection, self._touched.messages)
        told = ((uid, *marks) for uid, marks in found.marks.items() if uid not in newer)
        while some := list(islice(told, SLICE)):  # in slices: a large folder must not fill the memory
            messages.set_server_flags(tx, self._folder, some)
        removed = self._remove(tx, found)
        # nor is the change of another flag of what was touched taken over: ask for it again
        return found.complete and removed and newer.isdisjoint(found.marks)

    def _remove(self, tx: Transaction, found: Differences) -> bool:
        # a connection that selected the folder earlier may not see yet what a replay has just brought there (Dovecot)
        missing = locations.uid_map(tx.connection, self._folder, found.missing)
        gone = {uid: message for uid, message in missing.items() if message not in self._touched.messages}
        lost = [message for message in found.orphaned if message not in self._touched.messages]
        suspects = [*gone.values(), *lost]
        sure = self._sure(suspects, found.known)
        messages.remove_uids(tx, self._folder, [uid for uid, message in gone.items() if message in sure])
        rebuilds.remove_lost(tx, self._folder, [message for message in lost if message in sure])
        return len(sure) == len(suspects) and len(gone) == len(missing)

    def _sure(self, suspects: Sequence[MessageId], known: int) -> frozenset[MessageId]:
        if self._trust:
            self._doubts.messages.pop(self._folder, None)
            return frozenset(suspects)
        return self._doubts.confirmed(self._folder, suspects, known)
