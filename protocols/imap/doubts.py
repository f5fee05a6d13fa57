"""What a sync has to know beside rows and cursors: what a replay touched, and what is not believed yet."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from store.model import FolderId, MessageId

MASS = 50
"""More removals than this, or a fifth of the folder, are asked for twice before they are believed."""


def suspicious(missing: int, known: int) -> bool:
    """Whether so many removals of so many messages may be the fault of the server (iCloud, James)."""
    return missing > max(MASS, known // 5)


@dataclass(slots=True)
class Touched:
    """Messages whose flags or place a replay changed lately: a listing asked for before that is stale for them."""

    messages: set[MessageId] = field(default_factory=set)


@dataclass(slots=True)
class Doubts:
    """Where a folder here and on the server differ on purpose: what is not believed yet, and what is not shown."""

    messages: dict[FolderId, frozenset[MessageId]] = field(default_factory=dict)
    """What the server suddenly no longer lists: believed when a later round says the same."""
    hidden: dict[FolderId, tuple[int, int]] = field(default_factory=dict)
    """(messages, unseen) that moves had to leave behind, marked as deleted, on a server without UIDPLUS."""

    def hidden_in(self, folder: FolderId) -> int:
        """How many messages the server counts in a folder that are not shown."""
        return self.hidden.get(folder, (0, 0))[0]

    def confirmed(self, folder: FolderId, missing: Sequence[MessageId], known: int) -> frozenset[MessageId]:
        """Those of `missing` that may be removed now; a folder that lost most of its mail has to say so twice."""
        before = self.messages.pop(folder, frozenset())
        if len(missing) <= MASS or len(missing) * 2 <= known:
            return frozenset(missing)
        self.messages[folder] = frozenset(missing)
        return before.intersection(missing)
