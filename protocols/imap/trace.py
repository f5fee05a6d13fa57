"""Finds messages of ours again that a server has moved or copied without saying under which UID."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from protocols.imap.connection import Connection
from protocols.imap.framing import Response
from protocols.imap.selected import Selected
from protocols.imap.sequence import MAX_UID
from protocols.imap.survey import collector, read_all
from protocols.mime.digest import digest_headers
from store.model import MessageId
from store.relocation import Identity

_ITEMS = b"(UID RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])"


@dataclass(frozen=True, slots=True)
class Missing:
    """A message to look for."""

    message: MessageId
    identity: Identity
    lowest: int
    """The folder's UIDNEXT before the message was sent there: an equal message below proves nothing."""


@dataclass(frozen=True, slots=True)
class Found:
    """Where one of them is."""

    uid: int | None
    """None where it means nothing: the folder's UIDVALIDITY is not the one that the store knows."""
    exact: bool
    """Whether its size is the same too; servers may count it in their own way."""


async def find(connection: Connection, state: Selected, wanted: Iterable[Missing]) -> dict[MessageId, Found]:
    """Look in the selected folder; each message that is there stands for one of `wanted` at most, the first ones first.

    They are known by Message-ID, and by their size when they have none.
    """
    looked_for = list(wanted)
    if not looked_for or not state.exists:  # some servers refuse to fetch in an empty folder
        return {}
    heard: list[Response] = []
    lowest = min(one.lowest for one in looked_for)
    await connection.run("UID FETCH", b"%d:%d" % (lowest, MAX_UID), _ITEMS, sink=collector(heard))
    there = await asyncio.to_thread(_identities, heard)
    found: dict[MessageId, Found] = {}
    for exact in (True, False):
        for one in looked_for:
            if one.message not in found and (uid := _first(one, there, exact=exact)) is not None:
                del there[uid]
                found[one.message] = Found(uid, exact)
    return found


def _first(one: Missing, there: Mapping[int, Identity], *, exact: bool) -> int | None:
    wanted = one.identity
    for uid, other in there.items():
        same = other == wanted if exact else wanted.message_id and other.message_id == wanted.message_id
        if same and uid >= one.lowest:
            return uid
    return None


def _identities(heard: Iterable[Response]) -> dict[int, Identity]:
    """UID -> identity, by ascending UID."""
    there = {}
    for one in read_all(heard):
        header = next((data for name, data in one.sections.items() if name.startswith("BODY[HEADER")), None)
        if header is not None:
            there[one.uid] = Identity(digest_headers(header).message_id, one.size or 0)
    return dict(sorted(there.items()))
