"""One connection to a submission server: connected, protected, signed in, and good for a batch of messages."""

from collections.abc import Callable
from types import TracebackType
from typing import Self

import aiosmtplib
from aiosmtplib import SMTPResponse

from protocols.auth.sasl import (
    TOKEN_MECHANISMS,
    Credentials,
    Mechanism,
    decode,
    encode,
    encode_initial,
    explained,
    order,
)
from protocols.endpoint import Endpoint, Security
from protocols.errors import ConnectionLost, Misbehaved, ProtocolError, Refused, SignInRefused, Throttled, TLSFailed
from protocols.tls import client_context, explain

LOCAL_NAME = "[127.0.0.1]"
"""What EHLO calls this machine: its real name is nobody's business, and looking it up can take seconds."""
WAIT = 300.0
"""Seconds to leave a server alone that said "later"; SMTP has no word for how long (RFC 5321 section 4.5.4.1)."""
_LONGEST = 512
"""Octets of a command line (RFC 5321 section 4.5.3.1.4); a longer initial response waits for its challenge."""
_ROUNDS = 8
_GOODBYE = 5.0
"""Seconds that QUIT may take; nothing depends on its answer."""


class Session:
    """`async with await Session.open(...) as session`: commands for `send`, which owns the transaction.

    Every error ends in `protocols.errors`; ConnectionLost and Misbehaved mean that the session is over.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        context = None if endpoint.security is Security.NONE else client_context(endpoint.ca_file)
        self.endpoint = endpoint
        self.dirty = False
        """Whether a transaction was begun and not ended: the next one needs RSET first."""
        self._secure = False
        self._client = aiosmtplib.SMTP(
            hostname=endpoint.host,
            port=endpoint.port,
            use_tls=endpoint.security is Security.TLS,
            start_tls=False,  # done below, step by step; None would be opportunistic
            tls_context=context,
            local_hostname=LOCAL_NAME,
            timeout=endpoint.timeout,
        )

    @classmethod
    async def open(cls, endpoint: Endpoint, credentials: Credentials | None, *, token: bool = False) -> Self:
        """Connect, protect the connection as the endpoint says, and sign in when there are credentials.

        `token` says that the secret is an OAuth2 access token.  Raises Unreachable, ConnectionLost, TLSFailed (also
        when STARTTLS is missing or refused: nothing secret was sent), SignInRefused, Throttled, Refused, Misbehaved.
        """
        session = cls(endpoint)
        try:
            await session._connect()
            if endpoint.security is Security.STARTTLS:
                await session._start_tls()
            if credentials is not None:
                await session._sign_in(credentials, token=token)
        except BaseException:
            session.close()
            raise
        return session

    def supports(self, extension: str) -> bool:
        """Whether the server announced an extension, after TLS where there is TLS."""
        return self._client.supports_extension(extension)

    async def command(self, *words: bytes, step: str = "command") -> SMTPResponse:
        """Send one command and give its reply, whatever the code.

        Raises Throttled for 421 (the server hangs up), ConnectionLost, and Misbehaved for a reply that is none.
        """
        try:
            reply = await self._client.execute_command(*words)
        except (aiosmtplib.SMTPException, OSError) as error:
            raise self._explained(error, step) from error
        if reply.code == 421:
            raise self.refusal(reply, "The connection", step=step)
        return reply

    async def transfer(self, data: bytes, patience: float) -> SMTPResponse | None:
        """Write stuffed message bytes after 354 and wait up to `patience` seconds; None when no reply came.

        Raises ConnectionLost when nothing could be written.
        """
        protocol = self._client.protocol
        if protocol is None:
            raise self._lost("command")
        try:
            protocol.write(data)
        except aiosmtplib.SMTPServerDisconnected as error:
            raise self._explained(error, "command") from error
        try:
            return await protocol.read_response(timeout=patience)
        except (aiosmtplib.SMTPException, OSError):
            self.close()
            return None

    def refusal(self, reply: SMTPResponse, what: str, *, step: str = "command") -> ProtocolError:
        """Make the error of a reply: `what` was refused (it begins the sentence); Throttled for 4xx."""
        quotable = self._secure or self.endpoint.security is Security.NONE
        hint = f"The server says: {reply.message}" if reply.message and quotable else ""
        code = str(reply.code)
        if 400 <= reply.code < 500:
            return Throttled(f"{what} was put off by {self.endpoint}.", hint, delay=WAIT, code=code, step=step)
        if not 500 <= reply.code < 600:
            return Misbehaved(f"{self.endpoint} answered {code} where that makes no sense.", step=step)
        if step == "login":
            return SignInRefused(f"{self.endpoint} refused the sign-in.", hint or "Check user and password.", code=code)
        text = reply.message if quotable else ""
        return Refused(f"{what} was refused by {self.endpoint}.", hint, code=code, text=text, step=step)

    async def quit(self) -> None:
        """Say goodbye and close; whatever happens, all that was accepted stays accepted."""
        try:
            await self._client.execute_command(b"QUIT", timeout=_GOODBYE)
        except (aiosmtplib.SMTPException, OSError):
            return
        finally:
            self.close()

    def close(self) -> None:
        """Drop the connection without a word; may be called again."""
        if self._client.transport is not None:
            self._client.transport.abort()  # type: ignore[attr-defined]  # a BaseTransport in name only
        self._client.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is None:
            await self.quit()
        else:
            self.close()

    async def _connect(self) -> None:
        try:
            await self._client.connect()
        except aiosmtplib.SMTPConnectResponseError as error:
            raise self.refusal(SMTPResponse(error.code, error.message), "The connection", step="greeting") from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise self._explained(error, "connect") from error
        self._secure = self.endpoint.security is Security.TLS
        await self._greet()

    async def _greet(self) -> None:
        try:
            await self._client.ehlo()
        except aiosmtplib.SMTPHeloError as error:
            raise self.refusal(SMTPResponse(error.code, error.message), "EHLO", step="greeting") from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise self._explained(error, "greeting") from error

    async def _start_tls(self) -> None:
        """Go to TLS or fail (RFC 3207); what was announced before is forgotten."""
        hint = 'Nothing was sent. Try security "tls" and port 465, or ask its operator.'
        if not self.supports("starttls"):
            raise TLSFailed(f"{self.endpoint} does not offer encryption (STARTTLS).", hint, step="tls")
        try:
            await self._client.starttls()
        except aiosmtplib.SMTPResponseException as error:
            raise TLSFailed(f"{self.endpoint} refused encryption (STARTTLS).", hint, step="tls") from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise self._explained(error, "tls") from error
        self._secure = True
        await self._greet()

    async def _sign_in(self, credentials: Credentials, *, token: bool) -> None:
        """Sign in by one mechanism (RFC 4954), never by several: each failure counts towards a lock-out."""
        if not self._secure and self.endpoint.security is not Security.NONE:
            raise SignInRefused("The connection is not encrypted, so nothing secret was sent.", 'Use security "tls".')
        make = self._mechanism(token=token)
        mechanism = make(credentials)
        words = [b"AUTH", mechanism.name.encode()]
        if mechanism.client_first:
            initial = encode_initial(mechanism.initial())
            if len(b" ".join([*words, initial])) + 2 <= _LONGEST:
                words.append(initial)
            else:
                mechanism = make(credentials)  # one that has not spoken yet
        reply = await self.command(*words, step="login")
        for _ in range(_ROUNDS):
            if reply.code != 334:
                break
            challenge = decode(reply.message.encode("ascii", "replace"))
            reply = await self.command(encode(mechanism.answer(challenge)), step="login")
        if reply.code != 235:
            raise explained(self.refusal(reply, "The sign-in", step="login"), mechanism)

    def _mechanism(self, *, token: bool) -> Callable[[Credentials], Mechanism]:
        listed = {name.upper() for name in self._client.server_auth_methods}
        for kind in TOKEN_MECHANISMS if token else order(self._secure, self.endpoint.host):
            if kind.name in listed:
                return kind
        hint = "Use a password, or an app password." if token else "Check port and security."
        raise SignInRefused(f"{self.endpoint} offers no way to sign in that is known here.", hint)

    def _explained(self, error: Exception, step: str) -> ProtocolError:
        """Turn an error of aiosmtplib into ours; its cause knows more than its words."""
        cause = error.__cause__
        if isinstance(error, aiosmtplib.SMTPResponseException):
            return Misbehaved(f"{self.endpoint} does not speak SMTP as it should.", "Check host and port.", step=step)
        if isinstance(error, aiosmtplib.SMTPTimeoutError) and step not in ("connect", "tls"):
            words = f"{self.endpoint} sent nothing for {self.endpoint.timeout:g} seconds."
            return ConnectionLost(words, "Nothing was sent; it may work again in a moment.", step=step)
        if isinstance(cause, OSError) and not isinstance(cause, aiosmtplib.SMTPException):
            return explain(cause, self.endpoint.host)
        if isinstance(error, OSError) and not isinstance(error, aiosmtplib.SMTPServerDisconnected):
            return explain(error, self.endpoint.host)
        return self._lost(step)

    def _lost(self, step: str) -> ConnectionLost:
        return ConnectionLost(
            f"{self.endpoint} closed the connection.", "Nothing was sent; it may work again in a moment.", step=step
        )
