"""Signing in to an IMAP server: the choice of the mechanism and its dialogue, over any channel."""

from collections.abc import Callable, Sequence
from typing import Protocol

from protocols.auth import sasl
from protocols.errors import Misbehaved, ProtocolError, SignInRefused
from protocols.imap.answers import Tagged
from protocols.imap.arguments import Argument, astring
from protocols.imap.capabilities import Capabilities

_MAX_CHALLENGES = 8
_MAX_CHALLENGE = 12_288
"""Octets of one (RFC 4954 section 4, for SMTP); none that we answer has as many."""
"""No mechanism here needs more than two; a server that keeps asking is after something else."""
_MAX_INITIAL = 4096
"""A longer initial response (tokens) is sent after `+`, since some servers cap the length of a command line."""


class Channel(Protocol):
    """What signing in needs of a connection."""

    @property
    def closed(self) -> bool:
        """Whether the connection is over."""

    @property
    def capabilities(self) -> Capabilities:
        """What the server says it can do before the sign-in."""

    async def converse(self, answer: Callable[[bytes], bytes], name: str, *args: Argument) -> Tagged:
        """Run one command whose continuations are answered by `answer`."""


async def authenticate(
    channel: Channel, credentials: sasl.Credentials, mechanisms: Sequence[type[sasl.Mechanism]]
) -> Tagged:
    """Sign in with the first of `mechanisms` that is on offer, or with LOGIN when they are for passwords.

    Answers what the server said in the end, which may hold its capabilities.

    SignInRefused when the server says no, or offers no way that fits; a second mechanism is only tried when the server
    did not understand the first, never after a no: repeated wrong passwords lock accounts.
    """
    try:
        credentials.user.encode(), credentials.secret.encode()
    except UnicodeEncodeError:
        # Its text would show the password.
        raise SignInRefused("User name and password hold characters that are no Unicode.") from None
    try:
        return await _authenticate(channel, credentials, mechanisms)
    except ProtocolError as error:
        raise _without_secret(error, credentials) from None


async def _authenticate(
    channel: Channel, credentials: sasl.Credentials, mechanisms: Sequence[type[sasl.Mechanism]]
) -> Tagged:
    offered = channel.capabilities.mechanisms
    for mechanism in mechanisms:
        if mechanism.name not in offered:
            continue
        try:
            return await _dialogue(channel, mechanism(credentials))
        except Misbehaved:
            # Announced, but answered with BAD (seen with proxies): the next one may do.
            if channel.closed:
                raise
    if sasl.Plain not in mechanisms:
        hint = 'Use a password for this account: auth = "password"; some providers want an app password.'
        raise SignInRefused("The server does not offer OAuth2 sign-in.", hint)
    if channel.capabilities.has("LOGINDISABLED"):
        raise SignInRefused(
            "The server does not accept passwords on this connection.",
            'It may do so inside TLS: set security to "tls" or "starttls".',
            code="LOGINDISABLED",
        )
    # Not SASL: LOGIN (RFC 9051 section 6.2.3), for servers that announce no mechanism.
    return await channel.converse(_no_answer, "LOGIN", astring(credentials.user), astring(credentials.secret))


def _without_secret(error: ProtocolError, credentials: sasl.Credentials) -> ProtocolError:
    """Blot out what the server said when it repeats the password (`BAD unknown command LOGIN joe secret`)."""
    secret = credentials.secret.encode()
    plain = b"\0" + credentials.user.encode() + b"\0" + secret
    forms = [credentials.secret, *(sasl.encode(form).decode("ascii") for form in (secret, plain))]
    if credentials.secret and any(form in error.title for form in forms):
        error.title = error.title.partition(": ")[0] + "."
        error.args = (error.title,)
    return error


async def _dialogue(channel: Channel, mechanism: sasl.Mechanism) -> Tagged:
    challenges = 0

    def answer(challenge: bytes) -> bytes:
        nonlocal challenges
        challenges += 1
        if challenges > _MAX_CHALLENGES or len(challenge) > _MAX_CHALLENGE:
            raise Misbehaved("The server asks without end while signing in.", step="login")
        return sasl.encode(mechanism.answer(sasl.decode(challenge)))

    args = [mechanism.name]
    if mechanism.client_first and channel.capabilities.sasl_ir:
        initial = sasl.encode_initial(mechanism.initial()).decode("ascii")
        if len(initial) <= _MAX_INITIAL:
            args.append(initial)
        else:
            mechanism = type(mechanism)(mechanism.credentials)
    try:
        return await channel.converse(answer, "AUTHENTICATE", *args)
    except SignInRefused as error:
        raise sasl.explained(error, mechanism) from None


def _no_answer(challenge: bytes) -> bytes:
    raise Misbehaved("The server asks for more after user name and password.", step="login")
