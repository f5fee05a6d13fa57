"""What was delivered and what may be gone: proof that no message was lost and none was doubled."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from bench.comparison import Contents, everything


class Ledger:
    """Messages by Message-ID; every one that is delivered has its own."""

    def __init__(self) -> None:
        self._digests: dict[str, str] = {}
        self._allowed: Counter[str] = Counter()
        self._doomed: set[str] = set()
        self._sent_to: defaultdict[str, set[str]] = defaultdict(set)
        self._notes: defaultdict[str, list[str]] = defaultdict(list)

    def note(self, message_ids: Iterable[str], what: str) -> None:
        """Remember what happened to messages, for the day on which one is lost or doubled."""
        for message_id in message_ids:
            self._notes[message_id].append(what)

    def delivered(self, message_id: str, digest: str) -> None:
        """A message came to the server; `digest` is the SHA-256 of its bytes."""
        self._digests[message_id] = digest
        self._allowed[message_id] += 1

    def copied(self, message_ids: Iterable[str]) -> None:
        """Each of these may be there once more than before."""
        self._allowed.update(message_ids)

    def doom(self, message_ids: Iterable[str]) -> None:
        """Somebody removed these for good, or tried to: they may be gone."""
        self._doomed.update(message_ids)

    def sent(self, message_ids: Iterable[str], folder: str) -> None:
        """The person put these into a folder: when it is removed they may go with it."""
        self._sent_to[folder].update(message_ids)

    def folder_removed(self, folder: str, message_ids: Iterable[str]) -> None:
        """A folder went with these, and with whatever was on its way into it."""
        self.doom(message_ids)
        self.doom(self._sent_to[folder])

    def renamed(self, folder: str, name: str) -> None:
        """What was sent to a folder is under another name now."""
        self._sent_to[name] |= self._sent_to[folder]

    def faults(self, server: Contents) -> list[str]:
        """Messages that were lost, doubled or changed, a line each."""
        alive = Counter(one.message_id for one in everything(server) if not one.deleted)
        marked = {one.message_id for one in everything(server) if one.deleted}
        lost = self._digests.keys() - alive.keys() - marked - self._doomed
        lines = [f"{message_id} is lost{self._told(message_id)}" for message_id in sorted(lost)]
        lines += [
            f"{message_id} is there {count} times, {self._allowed[message_id]} would be right{self._told(message_id)}"
            for message_id, count in sorted(alive.items())
            if count > self._allowed[message_id]
        ]
        lines += [
            f"{one.message_id} has other bytes than were delivered"
            for one in everything(server)
            if one.digest != self._digests.get(one.message_id)
        ]
        return lines

    def _told(self, message_id: str) -> str:
        return f" ({', '.join(self._notes[message_id])})" if self._notes[message_id] else ""

    def __len__(self) -> int:
        return len(self._digests)
