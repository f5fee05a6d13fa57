"""Recognises messages that are here already when a server has given every message a new unique-id."""

from collections.abc import Collection, Mapping
from contextlib import aclosing

from protocols.mime.digest import digest_headers
from protocols.pop3.connection import Connection
from store import maildrop
from store.mailstore import MailStore
from store.model import AccountId

_LEAST = 10
"""With fewer messages it is cheaper to fetch them again than to be clever."""
_STRANGE = 0.9
"""The share of unknown ids above which a server is thought to have renamed what it holds (it was moved, or rebuilt)."""


def looks_renamed(known: int, listed: int, unknown: int) -> bool:
    """Whether so many unknown of so many listed mean new names, and not new mail: about as many were known before."""
    return known >= _LEAST and unknown > _STRANGE * listed and known / 2 <= listed <= known * 2


async def recognise(
    connection: Connection,
    store: MailStore,
    account: AccountId,
    unknown: Mapping[int, str],
    sizes: Mapping[int, int],
    present: Collection[str],
) -> dict[str, str]:
    """Old key -> new key of those `unknown` (number -> key) whose Message-ID and size are those of a message here.

    Only their headers are fetched.  Keys in `present` are still listed: they are not given away.
    """
    here = await store.read(lambda c: maildrop.by_content(c, account))
    renamed: dict[str, str] = {}
    async with aclosing(connection.top_many(sorted(unknown), 0)) as answers:
        async for number, answer in answers:
            if isinstance(answer, bytes):
                old = here.pop((digest_headers(answer).message_id, sizes.get(number, -1)), None)
                if old is not None and old not in present:
                    renamed[old] = unknown[number]
    return renamed
