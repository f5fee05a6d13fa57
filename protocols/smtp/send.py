"""Sending one message (RFC 5321 section 3.3), with the truth about every recipient afterwards."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from aiosmtplib import SMTPResponse

from protocols.auth.sasl import Credentials
from protocols.endpoint import Endpoint
from protocols.errors import Refused
from protocols.smtp.session import Session
from protocols.smtp.wire import header_size, public, stuffed

PATIENCE = 600.0
"""Seconds that a server may think about a message (RFC 5321 section 4.5.3.2.6): giving up early leaves it unknown."""
_SLOWEST = 10_000
"""Octets a second: the slowest line that still gets its message out."""
_UNSPEAKABLE = re.compile(r"[\x00-\x20\x7f<>\ud800-\udfff]")


class Refusal(NamedTuple):
    """Why one recipient does not get the message."""

    code: int
    text: str
    """The server's words, not cleaned for display."""
    permanent: bool
    """Whether trying again is useless (5xx)."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one message: every recipient is accepted, refused, or in doubt."""

    accepted: frozenset[str]
    refused: Mapping[str, Refusal]
    unknown: bool
    """The connection broke after the message was written and before the reply: those who are neither accepted nor
    refused may have it or not.  Never send again without looking first."""
    reply: str = ""
    """The server's words about the message, often with its queue id."""


async def send(
    endpoint: Endpoint,
    credentials: Credentials | None,
    sender: str,
    recipients: Sequence[str],
    raw: bytes,
    *,
    token: bool = False,
    patience: float = PATIENCE,
) -> Outcome:
    """Send `raw` (RFC 5322 bytes, Bcc may still be in it) over a connection of its own.

    Addresses are bare (`a@b`).  Raises as `Session.open` and `send_over` do; an error always means that nothing was
    sent.  When cancelled, the message may have been sent: treat that as unknown.
    """
    check_addresses(sender, recipients)
    async with await Session.open(endpoint, credentials, token=token) as session:
        return await send_over(session, sender, recipients, raw, patience=patience)


async def send_over(
    session: Session, sender: str, recipients: Sequence[str], raw: bytes, *, patience: float = PATIENCE
) -> Outcome:
    """Send one message of a batch over an open session.

    Raises Refused or Throttled when the sender is not accepted, and ConnectionLost or Misbehaved when the connection
    breaks early; nothing was sent then.  Refused recipients, even all of them, and a refused message are no error but
    an Outcome.
    """
    check_addresses(sender, recipients)
    message = await asyncio.to_thread(public, raw)
    if session.dirty:
        await session.command(b"RSET")
    options, encoding = _options(session, [sender, *recipients], message)
    wanted = {recipient: _path(recipient, encoding) for recipient in recipients}
    reply = await session.command(b"MAIL", b"FROM:" + _path(sender, encoding), *options)
    if not _positive(reply):
        raise session.refusal(reply, f"The sender {sender}")
    session.dirty = True
    refused: dict[str, Refusal] = {}
    for recipient, path in wanted.items():
        reply = await session.command(b"RCPT", b"TO:" + path)
        if not _positive(reply):
            refused[recipient] = _refusal(reply)
    agreed = frozenset(wanted) - refused.keys()
    if not agreed:
        return Outcome(frozenset(), MappingProxyType(refused), False)
    return await _data(session, agreed, refused, message, patience)


async def _data(
    session: Session, agreed: frozenset[str], refused: dict[str, Refusal], message: bytes, patience: float
) -> Outcome:
    """Hand the message over; its one reply counts for all recipients who were agreed to."""
    reply: SMTPResponse | None = await session.command(b"DATA")
    if reply is not None and reply.code == 354:
        data = await asyncio.to_thread(stuffed, message)
        reply = await session.transfer(data, patience + len(data) / _SLOWEST)
    elif reply is not None and _positive(reply):
        raise session.refusal(reply, "The message")
    if reply is None or not (_positive(reply) or 400 <= reply.code < 600):
        session.close()
        return Outcome(frozenset(), MappingProxyType(refused), True)
    if not _positive(reply):
        refused |= dict.fromkeys(agreed, _refusal(reply))
        return Outcome(frozenset(), MappingProxyType(refused), False, reply.message)
    session.dirty = False
    return Outcome(agreed, MappingProxyType(refused), False, reply.message)


def check_addresses(sender: str, recipients: Sequence[str]) -> None:
    """Raise Refused for the first address that cannot stand in an envelope; only the sender may be empty."""
    if not recipients:
        raise Refused("The message has no recipients.", "Add one.")
    for address in (sender, *recipients) if sender else recipients:
        local, at, domain = address.rpartition("@")
        if not (local and at and domain) or _UNSPEAKABLE.search(address) or len(address) > 320:
            raise Refused(f"{address!r} is not an address that mail can be sent to.", "Correct it.")


def _options(session: Session, addresses: Sequence[str], message: bytes) -> tuple[list[bytes], str]:
    """Choose the options of MAIL and the encoding of paths; SMTPUTF8 (RFC 6531) only for what needs it.

    Raises Refused when an address needs it and the server cannot do it.
    """
    options = [b"SIZE=%d" % len(message)] if session.supports("size") else []
    ascii_only = message.isascii()
    if not ascii_only and session.supports("8bitmime"):
        options.append(b"BODY=8BITMIME")
    needy = next((address for address in addresses if not address.rpartition("@")[0].isascii()), None)
    if needy is not None and not session.supports("smtputf8"):
        hint = "Use an address in plain letters, or another server."
        raise Refused(f"{session.endpoint} cannot send to or from {needy}.", hint)
    if needy is None and (ascii_only or message[: header_size(message)].isascii() or not session.supports("smtputf8")):
        return options, "ascii"
    return [*options, b"SMTPUTF8"], "utf-8"


def _path(address: str, encoding: str) -> bytes:
    """Write an envelope path; without SMTPUTF8 a domain in other letters goes as its A-label."""
    if encoding == "utf-8" or address.isascii():
        return b"<" + address.encode() + b">"
    local, _, domain = address.rpartition("@")
    try:
        return b"<" + local.encode("ascii") + b"@" + domain.encode("idna") + b">"
    except UnicodeError as error:
        raise Refused(f"{address!r} is not an address that mail can be sent to.", "Correct its domain.") from error


def _positive(reply: SMTPResponse) -> bool:
    return 200 <= reply.code < 300


def _refusal(reply: SMTPResponse) -> Refusal:
    return Refusal(reply.code, reply.message, reply.code >= 500)
