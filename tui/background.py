"""What the store knows about a message that is opened: who its sender is, and what its invitation said before."""

import asyncio
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from protocols.mime.safe import SafeText, line
from store import acquaintance, invitations
from store.errors import StoreError
from store.mailstore import MailStore
from store.model import Summary
from tui.on_disk import message_on_disk

if TYPE_CHECKING:
    from protocols.mime.calendar import Calendar
    from protocols.mime.parse import Message
    from protocols.mime.versions import Versions

_POST = re.compile(r"<mailto:([^<>?\s]{3,300})", re.IGNORECASE)
STRANGER = SafeText("The first message from this address; nothing was sent to it either.")


@dataclass(frozen=True, slots=True)
class Background:
    """What is added to what a message says itself."""

    stranger: SafeText | None = None
    """That nothing is known of the sender; None when he is known, or it cannot be told."""
    warning: SafeText | None = None
    """That somebody known has the sender's name, and another address."""
    versions: "Versions | None" = None
    """What other messages say of the event that this one invites to."""


NOTHING = Background()


async def background(store: MailStore, summary: Summary, message: "Message", own: Collection[str]) -> Background:
    """Look it up, off the loop; `own` are the addresses of the accounts.

    With a search index that is damaged, which the store tells itself, nothing is known.
    """
    try:
        return await _looked_up(store, summary, message, own)
    except StoreError:
        return NOTHING


async def _looked_up(store: MailStore, summary: Summary, message: "Message", own: Collection[str]) -> Background:
    found = _POST.search(message.header("list-post")[:2000])
    post = found[1] if found else ""
    known = await store.read(lambda c: acquaintance.stranger(c, summary, own, post))
    calendar = any(part.type == "text/calendar" for part in message.leaves)
    versions = await _versions(store, summary, message) if calendar else None
    if known is None:
        return Background(versions=versions)
    if not known.namesake:
        return Background(STRANGER, versions=versions)
    sender = summary.sender
    told = f"Until now {line(sender.name, 80)} wrote from {line(known.namesake, 100)}; this address is another one: "
    return Background(STRANGER, line(f"{told}{line(sender.address, 100)}."), versions)


async def _versions(store: MailStore, summary: Summary, message: "Message") -> "Versions | None":
    # imported here: most messages are no invitations
    from protocols.mime.versions import calendars, versions

    now = next(iter(await asyncio.to_thread(calendars, message)), None)
    event = now.events[0] if now is not None else None
    if now is None or event is None or event.organiser is None:
        return None
    organiser, title = event.organiser.address, event.title
    senders = (organiser, summary.sender.address)
    ids = await store.read(lambda c: invitations.candidates(c, organiser, title, senders, summary.ids))
    others = list["Calendar"]()
    for id in ids:
        other = await message_on_disk(store, id)
        if other is not None:
            others += await asyncio.to_thread(calendars, other)
    return versions(now, others)
