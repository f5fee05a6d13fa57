"""Labels (IMAP keywords) as the store writes them: lower case, in order, each between blanks."""

import re
from collections.abc import Iterable
from functools import lru_cache

from store import storable

_KEYWORD = re.compile(r"[!#$&'+,\-./0-9:;<=>?@A-Z\[^_`a-z|}~]{1,255}")
"""An atom (RFC 9051 section 9) that no server takes for something else."""


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
