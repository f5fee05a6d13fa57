"""The small IMAP server with CONDSTORE and QRESYNC: it notices what a test does, and numbers it."""

import re
from dataclasses import dataclass, field

from tests.servers.fake_imap import FULL, Box, FakeImap, Lines

RESYNC = f"{FULL} ENABLE CONDSTORE QRESYNC"


@dataclass
class Past:
    """What a folder looked like, and when each message changed last."""

    flags: dict[int, frozenset[str]] = field(default_factory=dict)
    modseqs: dict[int, int] = field(default_factory=dict)
    vanished: dict[int, int] = field(default_factory=dict)
    highest: int = 1


class ResyncImap(FakeImap):
    """Says VANISHED instead of EXPUNGE once QRESYNC is enabled, and then tells what changed since a MODSEQ."""

    def __init__(self, capability: str = RESYNC) -> None:
        super().__init__(capability)
        self.enabled = False
        self.past: dict[str, Past] = {}

    def highest(self, box: Box) -> int:
        """HIGHESTMODSEQ of a folder now."""
        past = self.past.setdefault(box.name, Past())
        now = {mail.uid: frozenset(mail.flags) for mail in box.mails}
        for uid in now.keys() | past.flags.keys():
            if now.get(uid) != past.flags.get(uid):
                past.highest += 1
                (past.modseqs if uid in now else past.vanished)[uid] = past.highest
        past.flags = now
        return past.highest

    def changes(self, box: Box, since: int, *, vanished: bool) -> Lines:
        """What happened after a MODSEQ, as FETCH and VANISHED responses."""
        self.highest(box)
        past = self.past[box.name]
        gone = sorted(uid for uid, modseq in past.vanished.items() if modseq > since and uid not in past.flags)
        lines: Lines = [f"* VANISHED (EARLIER) {','.join(map(str, gone))}"] if gone and vanished else []
        for number, mail in enumerate(box.mails, 1):
            if (modseq := past.modseqs[mail.uid]) > since:
                flags = " ".join(sorted(mail.flags))
                lines.append(f"* {number} FETCH (UID {mail.uid} MODSEQ ({modseq}) FLAGS ({flags}))")
        return lines

    def _enable(self, arguments: str, selected: list[Box]) -> Lines:
        self.enabled = True
        return ["* ENABLED"]  # Courier's, which names nothing

    def _select(self, arguments: str, selected: list[Box]) -> Lines:
        asked = re.search(r" \(QRESYNC \((\d+) (\d+)\)\)$", arguments)
        bare = arguments[: asked.start()] if asked else arguments
        lines = super()._select(bare, selected)
        if not selected:
            return lines
        box = selected[0]
        modseq = f"* OK [HIGHESTMODSEQ {self.highest(box)}] highest"
        matches = asked is not None and self.enabled and int(asked[1]) == box.uidvalidity
        told = self.changes(box, int(asked[2]), vanished=True) if matches and asked is not None else []
        return [*lines[:-1], modseq, *told, lines[-1]]

    def _uid_fetch(self, arguments: str, selected: list[Box]) -> Lines:
        asked = re.search(r" \(CHANGEDSINCE (\d+)( VANISHED)?\)$", arguments)
        if asked is None:
            return super()._uid_fetch(arguments, selected)
        return self.changes(selected[0], int(asked[1]), vanished=asked[2] is not None)

    def _status(self, arguments: str, selected: list[Box]) -> Lines:
        lines = super()._status(arguments, selected)
        box = self.boxes.get(arguments.split(" ")[0].strip('"'))
        if box is None or "HIGHESTMODSEQ" not in arguments:
            return lines
        return [f"{str(lines[0]).removesuffix(')')} HIGHESTMODSEQ {self.highest(box)})"]

    def _take(self, box: Box, uids: set[int]) -> Lines:
        gone = sorted(uids & {mail.uid for mail in box.mails})
        lines = super()._take(box, uids)
        return [f"* VANISHED {','.join(map(str, gone))}"] if self.enabled and gone else lines
