"""What can go wrong between this machine and a mail server, and what to do about it.

ProtocolError
├── Unreachable          no connection: DNS, TCP, a time-out          retried     exit 4
│   └── ConnectionLost   there was one, and it broke                  retried     exit 4
├── TLSFailed            the certificate or the handshake             the user's  exit 4
├── SignInRefused        the server does not accept the credentials   the user's  exit 5
├── Refused              the server said no to one command            not retried exit 6
├── Misbehaved           the server broke the protocol                retried     exit 4
└── Throttled            the server asks for patience                 retried     exit 4

Text that a server wrote stands in these errors as it came, never cleaned: display does that (`protocols.mime.safe`).
"""

from typing import ClassVar


class ProtocolError(Exception):
    """The root: `title` says what happened in one sentence, `hint` what to do, `step` and `account` where."""

    retryable: ClassVar[bool] = False
    """Whether the same attempt may succeed later without anybody doing anything."""
    exit_code: ClassVar[int] = 4
    """The exit code of a command that fails with this."""

    def __init__(self, title: str, hint: str = "", *, step: str = "", account: str = "") -> None:
        """`step` is dns, connect, tls, greeting, login, capability, command, or empty when it does not matter."""
        super().__init__(title)
        self.title = title
        self.hint = hint
        self.step = step
        self.account = account

    def __str__(self) -> str:
        where = f"{self.account}: " if self.account else ""
        return f"{where}{self.title}{' ' + self.hint if self.hint else ''}"


class Unreachable(ProtocolError):
    """The server cannot be reached now: no address, no answer, a time-out."""

    retryable = True


class ConnectionLost(Unreachable):
    """A connection that worked is gone; what the running command did on the server is unknown."""


class TLSFailed(ProtocolError):
    """No trustworthy encrypted connection: certificate, handshake, or a server that does not offer TLS."""


class SignInRefused(ProtocolError):
    """The server refused the credentials, or offers no way to sign in that is safe here."""

    exit_code = 5

    def __init__(self, title: str, hint: str = "", *, code: str = "", step: str = "login", account: str = "") -> None:
        """`code` is the response code in upper case (RFC 5530: AUTHENTICATIONFAILED, EXPIRED, ...), may be empty."""
        super().__init__(title, hint, step=step, account=account)
        self.code = code


class Refused(ProtocolError):
    """The server understood one command and said no to it; the connection is still good."""

    exit_code = 6

    def __init__(
        self,
        title: str,
        hint: str = "",
        *,
        code: str = "",
        text: str = "",
        step: str = "command",
        account: str = "",
    ) -> None:
        """`code` is the response code in upper case (NONEXISTENT, TRYCREATE, ...), `text` the server's own words."""
        super().__init__(title, hint, step=step, account=account)
        self.code = code
        self.text = text


class Misbehaved(ProtocolError):
    """The server broke the protocol: BAD, unexpected bytes, or more of something than we accept."""

    retryable = True


class Throttled(ProtocolError):
    """The server asks to come back later (limits on connections, commands or bandwidth)."""

    retryable = True

    def __init__(
        self,
        title: str,
        hint: str = "",
        *,
        delay: float,
        code: str = "",
        step: str = "command",
        account: str = "",
    ) -> None:
        """`delay` is how long to leave the server alone, in seconds."""
        super().__init__(title, hint, step=step, account=account)
        self.delay = delay
        self.code = code
