"""Labels (IMAP keywords) as the store writes them: lower case, in order, each between blanks."""

import re
import sqlite3
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from store import storable

_KEYWORD = re.compile(r"[!#$&'+,\-./0-9:;<=>?@A-Z\[^_`a-z|}~]{1,255}")
"""An atom (RFC 9051 section 9) that no server takes for something else."""

JUNK = "$junk"
NOT_JUNK = "$notjunk"
HINTS = frozenset({JUNK, NOT_JUNK})
"""What a server and its filters may learn from (RFC 9051 section 2.3.2); one that keeps no such words does without."""
_OF_PROGRAMS = HINTS | {
    "$forwarded", "$mdnsent", "$phishing", "$submitpending", "$submitted", "$important", "$hasattachment",
    "$hasnoattachment", "junk", "nonjunk", "notjunk", "$ismailinglist", "$muted", "$followed", "$memo", "$recent",
}  # fmt: skip
"""Keywords that programs set (the IANA registry of IMAP keywords, Thunderbird): no labels that a person picks."""


def written(labels: Iterable[str]) -> str:
    """One text of many labels, so that equal sets are equal texts: ' urgent work ', empty for none."""
    words = tuple(labels)
    return _written(words) if words else ""


@lru_cache(maxsize=4096)  # a folder has many messages and few sets of labels
def _written(labels: tuple[str, ...]) -> str:
    words = sorted({storable.label(word) for word in labels} - {""})
    return f" {' '.join(words)} " if words else ""


def changed(text: str, add: str, remove: str) -> str:
    """A written text with the labels of another added and those of a third taken off."""
    if not add and not remove:
        return text
    return written({*text.split(), *add.split()}.difference(remove.split()))


def is_keyword(word: str) -> bool:
    """Whether a label can be a keyword on an IMAP server: an atom, so ASCII without blanks, quotes and brackets."""
    return _KEYWORD.fullmatch(word) is not None


def known(connection: sqlite3.Connection) -> list[tuple[str, int]]:
    """(label, how many messages have it) of every label that a person may pick, the most used first."""
    counts: Counter[str] = Counter()
    # few sets of labels, many messages
    rows = connection.execute(
        "SELECT labels, count(*) FROM messages WHERE labels <> '' AND folder_id IS NOT NULL GROUP BY labels"
    )
    for text, count in rows:
        for label in text.split():
            counts[label] += count
    return sorted(
        ((label, count) for label, count in counts.items() if label not in _OF_PROGRAMS),
        key=lambda one: (-one[1], one[0]),
    )
