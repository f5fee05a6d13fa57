"""Recognises folders that another client has renamed, so that their mail need not be fetched again."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from protocols.imap.folder_list import Counts
from store.folder_list import Known, Listed

Key = tuple[int, int, int]
"""(UIDVALIDITY, UIDNEXT, messages): what a folder keeps when only its name changes."""
T = TypeVar("T")


def by_mailbox_id(
    known: Sequence[Known], listed: Sequence[Listed], counts: Mapping[bytes, Counts]
) -> dict[bytes, bytes]:
    """New name -> old name of the folders whose MAILBOXID (RFC 8474) stands at another name now.

    One that has another UIDVALIDITY there is not the same: some server is wrong about its ids.
    """
    old = _unique(known, lambda one: one.mailbox_id)
    new = _unique(listed, lambda one: one.mailbox_id)
    same = [id for id in new.keys() & old.keys() if _may_be(old[id], counts.get(new[id].wire_name))]
    pairs = {new[id].wire_name: old[id].wire_name for id in same}
    return {name: before for name, before in pairs.items() if name != before and _is_plain(name, before)}


def _may_be(known: Known, told: Counts | None) -> bool:
    return told is None or None in (known.uidvalidity, told.uidvalidity) or known.uidvalidity == told.uidvalidity


def by_counts(known: Sequence[Known], new: Mapping[bytes, Counts], vanished: Mapping[bytes, int]) -> dict[bytes, bytes]:
    """New name -> old name where the counts leave no doubt: one folder went, one came, and all three numbers agree.

    `new` are the folders that the store does not know, `vanished` how many messages the store knows of those that the
    server does not list any more.  A UIDVALIDITY that several folders share (some servers give
    all of them the same) proves nothing.
    """
    common = Counter(one.uidvalidity for one in known)
    gone = [one for one in known if one.wire_name in vanished and common[one.uidvalidity] == 1]
    old = _unique(gone, lambda one: _key(one.uidvalidity, one.uidnext, vanished[one.wire_name]))
    came = _unique(list(new.items()), lambda pair: _key(pair[1].uidvalidity, pair[1].uidnext, pair[1].messages))
    pairs = {came[key][0]: old[key].wire_name for key in came.keys() & old.keys()}
    return {name: before for name, before in pairs.items() if _is_plain(name, before)}


def _key(uidvalidity: int | None, uidnext: int | None, messages: int | None) -> Key | None:
    if uidvalidity is None or uidnext is None or messages is None:
        return None
    return uidvalidity, uidnext, messages


def _is_plain(*names: bytes) -> bool:
    """Renaming INBOX moves its mail elsewhere and leaves it where it is (RFC 9051 section 6.3.6)."""
    return all(name.upper() != b"INBOX" for name in names)


K = TypeVar("K", str, Key)


def _unique(values: Sequence[T], key: Callable[[T], K | None]) -> dict[K, T]:
    """Key -> value for the keys that exactly one value has."""
    found: dict[K, list[T]] = {}
    for value in values:
        if (one := key(value)) is not None:
            found.setdefault(one, []).append(value)
    return {one: same[0] for one, same in found.items() if len(same) == 1}
