"""SASL mechanisms as small state machines: bytes of a challenge in, bytes of an answer out (no base64, no sockets)."""

import base64
import binascii
import hmac
import json
from dataclasses import dataclass, field
from typing import Protocol

from protocols.errors import SignInRefused


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who signs in, and with what: a password, or an OAuth2 access token for the OAUTH mechanisms."""

    user: str
    secret: str = field(repr=False)


class Mechanism(Protocol):
    """One exchange (RFC 4422 section 3): used once, then thrown away."""

    name: str
    client_first: bool
    """Whether the client speaks first, so that an initial response may be sent with the command."""

    def initial(self) -> bytes:
        """Return the first bytes when the client speaks first, else empty."""

    def answer(self, challenge: bytes) -> bytes:
        """Answer one decoded challenge; SignInRefused when the server asks for something senseless."""


class Plain:
    """PLAIN (RFC 4616): authorization id empty, then user and password between NULs, all UTF-8."""

    name = "PLAIN"
    client_first = True

    def __init__(self, credentials: Credentials) -> None:
        if "\0" in credentials.user + credentials.secret:
            raise SignInRefused("User name and password cannot hold a NUL character.")
        self._message = f"\0{credentials.user}\0{credentials.secret}".encode()

    def initial(self) -> bytes:
        """Return the initial response, empty when the server speaks first."""
        return self._message

    def answer(self, challenge: bytes) -> bytes:
        """Answer one challenge."""
        # Without an initial response the server's first challenge is empty; some send text, which means nothing.
        message, self._message = self._message, b""
        return message


class Login:
    """LOGIN (draft-murchison-sasl-login): user name, then password, whatever the prompts say."""

    name = "LOGIN"
    client_first = False

    def __init__(self, credentials: Credentials) -> None:
        self._answers = [credentials.user.encode(), credentials.secret.encode()]

    def initial(self) -> bytes:
        """Return the initial response, empty when the server speaks first."""
        return b""

    def answer(self, challenge: bytes) -> bytes:
        """Answer one challenge."""
        if not self._answers:
            raise SignInRefused("The server keeps asking after user name and password were given.")
        return self._answers.pop(0)


class CramMD5:
    """CRAM-MD5 (RFC 2195): the password stays here, but a listener may guess it: only worth having inside TLS."""

    name = "CRAM-MD5"
    client_first = False

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def initial(self) -> bytes:
        """Return the initial response, empty when the server speaks first."""
        return b""

    def answer(self, challenge: bytes) -> bytes:
        """Answer one challenge."""
        if not challenge:
            raise SignInRefused("The server sent an empty CRAM-MD5 challenge.")
        digest = hmac.new(self._credentials.secret.encode(), challenge, "md5").hexdigest()
        return f"{self._credentials.user} {digest}".encode()


class _Bearer:
    """What both OAuth2 mechanisms share: one message, then an error document that must be acknowledged."""

    client_first = True
    acknowledgement = b""

    def __init__(self, message: bytes) -> None:
        self._message = message
        self._sent = False
        self.status = ""
        """What the server's error document says (`status`: "401", "invalid_token", ...), empty when there was none."""

    def initial(self) -> bytes:
        """Return the initial response, empty when the server speaks first."""
        self._sent = True
        return self._message

    def answer(self, challenge: bytes) -> bytes:
        """Answer one challenge."""
        if not self._sent:
            return self.initial()
        # The error arrives as a challenge; until it is answered the server does not say NO (RFC 7628 section 3.2.3).
        try:
            document = json.loads(challenge)
        except ValueError:
            document = None
        if isinstance(document, dict):
            self.status = str(document.get("status", ""))[:80]
        return self.acknowledgement


class XOAuth2(_Bearer):
    """XOAUTH2 (Google's and Microsoft's own)."""

    name = "XOAUTH2"

    def __init__(self, credentials: Credentials) -> None:
        super().__init__(f"user={credentials.user}\1auth=Bearer {credentials.secret}\1\1".encode())


class OAuthBearer(_Bearer):
    """OAUTHBEARER (RFC 7628 section 3.1)."""

    name = "OAUTHBEARER"
    acknowledgement = b"\1"

    def __init__(self, credentials: Credentials, host: str = "", port: int = 0) -> None:
        user = credentials.user.replace("=", "=3D").replace(",", "=2C")
        where = f"host={host}\1port={port}\1" if host else ""
        super().__init__(f"n,a={user},\1{where}auth=Bearer {credentials.secret}\1\1".encode())


PASSWORD_MECHANISMS: tuple[type[Plain] | type[CramMD5] | type[Login], ...] = (Plain, Login, CramMD5)
"""For passwords, best first: inside TLS the password is safe with PLAIN, and PLAIN is the one that works everywhere."""
TOKEN_MECHANISMS: tuple[type[OAuthBearer] | type[XOAuth2], ...] = (XOAuth2, OAuthBearer)
"""For access tokens, best first: where both are offered, XOAUTH2 is the one that providers test."""


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
