"""Signing in to POP3: SASL (RFC 5034) where the server lists a mechanism we know, else USER and PASS."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import md5

from protocols.auth.sasl import (
    TOKEN_MECHANISMS,
    Credentials,
    Mechanism,
    Plain,
    decode,
    encode,
    encode_initial,
    order,
)
from protocols.endpoint import Endpoint, Security
from protocols.errors import SignInRefused
from protocols.pop3.capabilities import Capabilities
from protocols.pop3.channel import Channel
from protocols.pop3.wire import Challenge, Reply, Response
from store.settings import AuthMethod

_LONGEST = 255
"""Octets of an AUTH command with its CRLF (RFC 5034 section 4); a longer initial response waits for a challenge."""
_STAMP = re.compile(r"<[!-;=?A-~]+@[!-;=?A-~]+>")
"""A message-id as RFC 822 has it: others helped to guess passwords (CVE-2007-1558)."""
_ROUNDS = 8
"""Challenges that we answer; no mechanism of ours has more than two."""


@dataclass(frozen=True, slots=True)
class Greeted:
    """A server, and what it has said of itself."""

    endpoint: Endpoint
    capabilities: Capabilities
    greeting: str


async def sign_in(
    channel: Channel, server: Greeted, credentials: Credentials, auth: AuthMethod
) -> tuple[Response, Mechanism | None]:
    """Send the credentials in the best way the server lists; its last answer, which may be an -ERR, and the mechanism.

    Raises SignInRefused before anything is written when the connection is not encrypted although it should be, when
    the credentials hold control characters, or when the server offers nothing that takes what `auth` asks for.
    """
    endpoint = server.endpoint
    if not channel.secure and endpoint.security is not Security.NONE:
        raise SignInRefused("The connection is not encrypted, so nothing secret was sent.", 'Use security "tls".')
    if _unspeakable(credentials.user + credentials.secret):
        raise SignInRefused("User name and password cannot hold line breaks or NUL characters.", "Correct them.")
    if auth == "apop":
        return await _apop(channel, server.greeting, credentials), None
    make = _mechanism(server.capabilities, order(channel.secure, endpoint.host), token=auth == "oauth2")
    if make is not None:
        return await _sasl(channel, make, credentials)
    return await _user_and_pass(channel, credentials), None


def _unspeakable(text: str) -> bool:
    """Whether text would end a command early, or is no Unicode (its UnicodeEncodeError would show the secret)."""
    return any(letter in "\r\n\0" or "\ud800" <= letter <= "\udfff" for letter in text)


def _mechanism(
    capabilities: Capabilities, ordered: Sequence[type[Mechanism]], *, token: bool
) -> Callable[[Credentials], Mechanism] | None:
    """Choose a mechanism, None for USER and PASS (also when the server does not say what it can do)."""
    listed = capabilities.mechanisms
    if token:
        for bearer in TOKEN_MECHANISMS:
            if bearer.name in listed:
                return bearer
        raise SignInRefused("The server does not take access tokens.", "Use a password, or an app password.")
    if ordered[0].name in listed:
        return ordered[0]
    if Plain.name in listed:
        return Plain
    if "USER" not in capabilities:
        return next((kind for kind in ordered if kind.name in listed), None)
    return None


async def _sasl(
    channel: Channel, make: Callable[[Credentials], Mechanism], credentials: Credentials
) -> tuple[Response, Mechanism]:
    mechanism = make(credentials)
    line = b"AUTH " + mechanism.name.encode()
    if mechanism.client_first:
        whole = line + b" " + encode_initial(mechanism.initial())
        if len(whole) + 2 <= _LONGEST:
            line = whole
    answer = await channel.wait(channel.send(line, Reply.SASL))
    if mechanism.client_first and answer == Challenge(b""):
        mechanism = make(credentials)  # nobody heard the first: it was too long, or the server knows RFC 1734 only
    for _ in range(_ROUNDS):
        if isinstance(answer, Response):
            return answer, mechanism
        answer = await channel.wait(channel.respond(await _answer(channel, mechanism, answer)))
    raise await channel.broken("the sign-in never ends")


async def _answer(channel: Channel, mechanism: Mechanism, challenge: Challenge) -> bytes:
    try:
        return encode(mechanism.answer(decode(challenge.data)))
    except SignInRefused:
        await channel.close()
        raise


async def _user_and_pass(channel: Channel, credentials: Credentials) -> Response:
    """USER, then PASS (RFC 1939 section 7); never pipelined, because a server may refuse the name at once."""
    answer = await _line(channel, b"USER " + credentials.user.encode())
    return await _line(channel, b"PASS " + credentials.secret.encode()) if answer.ok else answer


async def _apop(channel: Channel, greeting: str, credentials: Credentials) -> Response:
    """APOP (RFC 1939 section 7), only where it is asked for: MD5 over the greeting's stamp and the password."""
    stamp = _STAMP.search(greeting)
    if stamp is None:
        raise SignInRefused(
            "The server does not offer APOP: its greeting has no time stamp.", 'Set auth = "password" for this account.'
        )
    digest = md5(f"{stamp[0]}{credentials.secret}".encode(), usedforsecurity=False).hexdigest()
    return await _line(channel, f"APOP {credentials.user} {digest}".encode())


async def _line(channel: Channel, line: bytes) -> Response:
    answer = await channel.wait(channel.send(line))
    if not isinstance(answer, Response):
        raise await channel.broken("a challenge came outside of AUTH")
    return answer
