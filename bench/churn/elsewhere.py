"""Another mail program at random: it delivers, marks, moves, copies and expunges mail, and changes folders."""

import hashlib
import random
from collections import Counter
from collections.abc import Callable

from bench.churn.ledger import Ledger
from bench.dovecot import Dovecot
from bench.second_client import SecondClient

ROLES = ("INBOX", "Archive", "Drafts", "Junk", "Sent", "Trash")
FLAGS = ("\\Seen", "\\Flagged", "\\Answered", "\\Draft")
KEYWORDS = ("$Forwarded", "Work", "later", "NonJunk")
ENOUGH = 400
"""Messages in the inbox above which less is delivered."""
RENUMBERED = 2
"""UIDVALIDITY changes a folder: after a third within a day the engine leaves it alone, as it should."""


class Elsewhere:
    """Blocks: call it in a thread.  What it does is drawn from `rng`; `done` counts it by name."""

    def __init__(self, dovecot: Dovecot, user: str, rng: random.Random, ledger: Ledger) -> None:
        self._dovecot, self._user, self._rng, self._ledger = dovecot, user, rng, ledger
        self.client = SecondClient(dovecot.imap, user, unannounced=True)
        self._number = 0
        self._renumbered: Counter[str] = Counter()
        self.torn: frozenset[str] = frozenset()
        """Message-IDs of which a move may be half done: when they are moved on from where they were, nobody can keep
        the copy from staying (Dovecot's MOVE is a copy and a removal too)."""
        self.done: Counter[str] = Counter()
        self._verbs: dict[Callable[[], None], int] = {
            self._deliver: 30, self._append: 8, self._mark: 25, self._label: 10, self._move: 12, self._copy: 4,
            self._expunge: 9, self._mark_deleted: 2, self._create: 3, self._rename: 2, self._remove: 2,
            self._renumber: 1,
        }  # fmt: skip

    def act(self) -> None:
        """Do one thing.  Raises RefusedError when the server says no, OSError when it is gone."""
        (verb,) = self._rng.choices(list(self._verbs), list(self._verbs.values()))
        verb()
        self.done[verb.__name__.strip("_")] += 1

    def close(self) -> None:
        """Sign out."""
        self.client.close()

    def _deliver(self) -> None:
        """New mail, as a delivery agent brings it."""
        folder = "INBOX" if self._rng.random() < 0.8 else self._folder()
        for _ in range(self._rng.randint(1, 3)):
            flags = self._rng.choice(("", "", "", "S", "F", "RS"))
            self._dovecot.deliver(self._user, self._letter(), folder, flags)

    def _append(self) -> None:
        flags = self._rng.sample(FLAGS, self._rng.randint(0, 2))
        self.client.deliver(self._letter(), self._folder(), flags)

    def _letter(self) -> bytes:
        self._number += 1
        message_id = f"<{self._number}.{self._user}@churn.example>"
        text = "đường dây nóng\r\n" * self._rng.choice((1, 3, 40, 400))
        raw = (
            f"From: Anna <anna@example.com>\r\nTo: me@example.com\r\nSubject: letter {self._number}\r\n"
            f"Message-ID: {message_id}\r\nDate: Tue, 16 Jul 2024 10:00:00 +0000\r\n"
            f"Content-Type: text/plain; charset=utf-8\r\n\r\n{text}"
        ).encode()
        self._ledger.delivered(message_id, hashlib.sha256(raw).hexdigest())
        return raw

    def _mark(self) -> None:
        folder, some = self._some()
        changed = self._rng.sample(FLAGS, self._rng.randint(1, 2))
        if some and self._rng.random() < 0.2:
            words = ("add" if self._rng.random() < 0.5 else "remove", "-u", self._user, " ".join(changed))
            self._doveadm("flags", *words, "mailbox", folder, "uid", ",".join(map(str, some)))
        elif some:
            add = self._rng.random() < 0.6
            self.client.mark(folder, some, add=changed if add else (), remove=() if add else changed)

    def _label(self) -> None:
        folder, some = self._some()
        if some:
            first, second = self._rng.sample(KEYWORDS, 2)
            self.client.mark(folder, some, add=[first], remove=[second])

    def _move(self) -> None:
        folder, some = self._some()
        target = self._folder()
        if some and target != folder:
            self._ledger.copied(self.torn.intersection(some.values()))
            self._ledger.note(some.values(), f"moved elsewhere from {folder} to {target}")
            if self._rng.random() < 0.2:
                uids = ",".join(map(str, some))
                self._doveadm("move", "-u", self._user, target, "mailbox", folder, "uid", uids)
            else:
                self.client.move(folder, some, target)

    def _copy(self) -> None:
        folder, some = self._some()
        target = self._folder()
        if some and target != folder:
            self._ledger.copied(some.values())
            self._ledger.note(some.values(), f"copied elsewhere from {folder} to {target}")
            self.client.copy(folder, some, target)

    def _expunge(self) -> None:
        folder, some = self._some(at_most=6)
        if some:
            self._ledger.doom(some.values())
            self.client.expunge(folder, some)

    def _mark_deleted(self) -> None:
        folder, some = self._some(at_most=1)
        if some:
            self._ledger.doom(some.values())
            self.client.mark(folder, some, add=["\\Deleted"])

    def _create(self) -> None:
        self._number += 1
        name = self._rng.choice(("Work {}", "Đà Nẵng {}", "a&b {}", "Deep {}/er", "under_%s {}".replace("%s", "score")))
        self.client.create(name.format(self._number))

    def _rename(self) -> None:
        if own := self._own_folders():
            self._number += 1
            folder, name = self._rng.choice(own), f"Renamed {self._number}"
            self._ledger.renamed(folder, name)
            self.client.rename(folder, name)

    def _remove(self) -> None:
        own = self._own_folders()
        if len(own) > 2:
            folder = self._rng.choice(own)
            self._ledger.folder_removed(folder, self.client.message_ids(folder).values())
            self.client.remove(folder)

    def _renumber(self) -> None:
        folder = self._folder()
        if self._renumbered[folder] < RENUMBERED:
            self._renumbered[folder] += 1
            self._ledger.note(self.client.message_ids(folder).values(), f"{folder} renumbered")
            self.client.close()
            validity = str(2_000_000_000 + self._rng.randrange(1_000_000))
            self._doveadm("mailbox", "update", "--uid-validity", validity, "-u", self._user, folder)

    def _some(self, at_most: int = 4) -> tuple[str, dict[int, str]]:
        """A folder, and UID -> Message-ID of a few messages in it: none when it is empty."""
        folder = "INBOX" if self._rng.random() < 0.5 else self._folder()
        uids = self.client.message_ids(folder)
        if folder == "INBOX":
            self._verbs[self._deliver] = 30 if len(uids) < ENOUGH else 5
        chosen = self._rng.sample(sorted(uids), min(len(uids), self._rng.randint(1, at_most)))
        return folder, {uid: uids[uid] for uid in chosen}

    def _folder(self) -> str:
        return self._rng.choice(self.client.folders())

    def _own_folders(self) -> list[str]:
        """Folders that may go: without a role, and with nothing inside."""
        every = self.client.folders()
        return [
            path for path in every if path not in ROLES and not any(other.startswith(f"{path}/") for other in every)
        ]

    def _doveadm(self, *words: str) -> None:
        self._dovecot.doveadm(*words)
