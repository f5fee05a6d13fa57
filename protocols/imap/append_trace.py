"""Looks whether a message of ours, whose APPEND was never answered, has arrived in its folder all the same."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from protocols.imap.connection import Connection
from protocols.imap.fetch import Fetched
from protocols.imap.framing import Response
from protocols.imap.selected import Selected
from protocols.imap.sequence import MAX_UID
from protocols.imap.survey import collector, read_all
from protocols.mime.digest import digest_headers
from protocols.mime.headers import split_headers
from store.model import Address

_ITEMS = b"(UID RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID FROM SUBJECT DATE)])"


@dataclass(frozen=True, slots=True)
class Sent:
    """What a message that was sent shows of itself."""

    message_id: str
    """Empty when it has none."""
    sender: Address
    subject: str
    date: int | None
    size: int
    received: int | None
    """What it was sent with as INTERNALDATE, in Unix seconds."""

    @classmethod
    def of(cls, raw: bytes, received: int | None) -> "Sent":
        """The message of these bytes."""
        found = digest_headers(raw[: split_headers(raw)[1]])
        return cls(found.message_id, found.sender, found.subject, found.date, len(raw), received)

    def proves(self, other: "Sent", *, anywhere: bool) -> bool:
        """Whether a message of the folder is the one that was sent.

        Behind the UIDNEXT of before it was sent its Message-ID tells, or, of one that has none, all that its header
        says, with size or INTERNALDATE (some servers count sizes in their own way, some set dates of their own).
        `anywhere` in the folder only a message that is the same in everything does.
        """
        if anywhere:
            return self == other
        if self.message_id or other.message_id:
            return self.message_id == other.message_id
        same = (self.sender, self.subject, self.date) == (other.sender, other.subject, other.date)
        return same and (self.size == other.size or self.received == other.received)


async def find(connection: Connection, state: Selected, sent: Sent, lowest: int | None) -> int | None:
    """The UID of a message in the selected folder; None when it is not there.

    `lowest` is the folder's UIDNEXT before it was sent, None when that means nothing (any more).
    """
    if not state.exists:  # some servers refuse to fetch in an empty folder
        return None
    heard: list[Response] = []
    await connection.run("UID FETCH", b"%d:%d" % (lowest or 1, MAX_UID), _ITEMS, sink=collector(heard))
    return await asyncio.to_thread(_first, heard, sent, lowest)


def _first(heard: Sequence[Response], sent: Sent, lowest: int | None) -> int | None:
    found = [
        (one.size != sent.size, one.uid)
        for one in read_all(heard)
        if one.uid >= (lowest or 1) and sent.proves(_shown(one), anywhere=lowest is None)
    ]
    return min(found)[1] if found else None


def _shown(one: Fetched) -> Sent:
    header = next((data for name, data in one.sections.items() if name.startswith("BODY[HEADER")), b"")
    found = digest_headers(header)
    return Sent(found.message_id, found.sender, found.subject, found.date, one.size or 0, one.internaldate)
