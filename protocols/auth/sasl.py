"""SASL mechanisms as small state machines: challenge in, answer out, without base64 and sockets."""

import base64
import binascii
import hmac
import json
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import ClassVar, TypeVar

from protocols.errors import ProtocolError, SignInRefused

E = TypeVar("E", bound=ProtocolError)


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who signs in, and with what: a password, or an OAuth2 access token for the OAuth mechanisms."""

    user: str
    secret: str = field(repr=False)


class Mechanism(ABC):
    """One exchange (RFC 4422 section 3): made for one attempt, then thrown away."""

    name: ClassVar[str]
    client_first: ClassVar[bool]
    """Whether the client speaks first, so that an initial response may be sent with the command."""

    def __init__(self, credentials: Credentials) -> None:
        whole = credentials.user + credentials.secret
        # A lone surrogate has no octets; the UnicodeEncodeError it would cause later shows the secret.
        if any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in whole):
            raise SignInRefused("User name and password cannot hold a NUL character or broken Unicode.")
        self.credentials = credentials

    def initial(self) -> bytes:
        """Return the first bytes when the client speaks first, else empty."""
        return b""

    @abstractmethod
    def answer(self, challenge: bytes) -> bytes:
        """Answer one decoded challenge; SignInRefused when the server asks for something senseless."""


class Plain(Mechanism):
    """PLAIN (RFC 4616): authorization id empty, then user and password between NULs, all UTF-8."""

    name = "PLAIN"
    client_first = True
    _sent = False

    def initial(self) -> bytes:
        """Return the whole message."""
        self._sent = True
        return f"\0{self.credentials.user}\0{self.credentials.secret}".encode()

    def answer(self, challenge: bytes) -> bytes:
        """Send the message, once: without an initial response the first challenge is empty."""
        if self._sent:
            raise SignInRefused("The server keeps asking after user name and password were given.")
        return self.initial()


class Login(Mechanism):
    """LOGIN (draft-murchison-sasl-login): user name, then password, whatever the prompts say."""

    name = "LOGIN"
    client_first = False

    def __init__(self, credentials: Credentials) -> None:
        super().__init__(credentials)
        self._answers = [credentials.user.encode(), credentials.secret.encode()]

    def answer(self, challenge: bytes) -> bytes:
        """Give the user name to the first prompt, the password to the second."""
        if not self._answers:
            raise SignInRefused("The server keeps asking after user name and password were given.")
        return self._answers.pop(0)


class CramMD5(Mechanism):
    """CRAM-MD5 (RFC 2195): the password stays here, but a listener may guess it: only worth having inside TLS."""

    name = "CRAM-MD5"
    client_first = False

    def answer(self, challenge: bytes) -> bytes:
        """Sign the challenge with the password."""
        if not challenge:
            raise SignInRefused("The server sent an empty CRAM-MD5 challenge.")
        digest = hmac.new(self.credentials.secret.encode(), challenge, "md5").hexdigest()
        return f"{self.credentials.user} {digest}".encode()


class _Bearer(Mechanism):
    """What both OAuth2 mechanisms share: one message, then perhaps an error document that must be acknowledged."""

    client_first = True
    _acknowledgement: ClassVar[bytes] = b""
    _sent = False
    status = ""
    """What the server's error document says (`status`: "401", "invalid_token", ...), empty when there was none."""
    scope = ""
    """What the token should have been good for, where the document names it."""

    @abstractmethod
    def _message(self) -> bytes: ...

    def initial(self) -> bytes:
        """Return the whole message."""
        self._sent = True
        return self._message()

    def answer(self, challenge: bytes) -> bytes:
        """Acknowledge the error document: until then the server does not say NO (RFC 7628 section 3.2.3)."""
        if not self._sent:
            return self.initial()
        try:
            document = json.loads(challenge)
        except ValueError:
            document = None
        if isinstance(document, dict):
            self.status = str(document.get("status", ""))[:80]
            self.scope = str(document.get("scope", ""))[:200]
        return self._acknowledgement


class XOAuth2(_Bearer):
    """XOAUTH2 (Google's and Microsoft's own)."""

    name = "XOAUTH2"

    def _message(self) -> bytes:
        return f"user={self.credentials.user}\1auth=Bearer {self.credentials.secret}\1\1".encode()


class OAuthBearer(_Bearer):
    """OAUTHBEARER (RFC 7628 section 3.1)."""

    name = "OAUTHBEARER"
    _acknowledgement = b"\1"

    def _message(self) -> bytes:
        user = self.credentials.user.replace("=", "=3D").replace(",", "=2C")
        return f"n,a={user},\1auth=Bearer {self.credentials.secret}\1\1".encode()


PASSWORD_MECHANISMS: tuple[type[Mechanism], ...] = (Plain, Login, CramMD5)
"""For passwords, best first: inside TLS the password is safe with PLAIN, and PLAIN is the one that works everywhere."""
TOKEN_MECHANISMS: tuple[type[Mechanism], ...] = (XOAuth2, OAuthBearer)
"""For access tokens, best first: where both are offered, XOAUTH2 is the one that providers test."""


def order(secure: bool, host: str) -> tuple[type[Mechanism], ...]:
    """The mechanisms for a password, best first: over a network without TLS the one that does not show it."""
    if secure or host in ("localhost", "::1") or host.startswith("127."):
        return PASSWORD_MECHANISMS
    return (CramMD5, Plain, Login)


_TOKEN_HINTS = {
    "insufficient_scope": "The token is good for something else{scope}; have one made for mail.",
    "400": "The server cannot read the token{scope}; password_command has to print an access token and nothing else.",
}


def explained(error: E, mechanism: Mechanism | None) -> E:
    """Say of a refused sign-in by token what the server's error document says; every other error is as it was."""
    if isinstance(error, SignInRefused) and isinstance(mechanism, _Bearer):
        said = error.title.rstrip(".")
        error.title = f"{said}: the access token is not accepted{f' ({mechanism.status})' if mechanism.status else ''}."
        error.args = (error.title,)
        scope = f" (it wants {mechanism.scope})" if mechanism.scope else ""
        expired = "The token may have expired or been revoked{scope}; see that password_command prints a fresh one."
        error.hint = _TOKEN_HINTS.get(mechanism.status, expired).format(scope=scope)
    return error


def encode(message: bytes) -> bytes:
    """Write a message as base64 for the wire, without line ends."""
    return base64.b64encode(message)


def encode_initial(message: bytes) -> bytes:
    """Write an initial response as base64; an empty one is `=` (RFC 4959 section 3)."""
    return encode(message) or b"="


def decode(challenge: bytes) -> bytes:
    """Read a challenge off the wire; what is not base64 counts as empty, since some servers send prose with `+`."""
    try:
        return base64.b64decode(challenge, validate=True)
    except (binascii.Error, ValueError):
        return b""
