"""The demo's SMTP server: aiosmtpd in this process, on a free port of loopback; it hands on what is sent."""

import asyncio
from collections.abc import Callable
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

HOST = "127.0.0.1"


class DemoSmtpServer:
    """Accepts mail from the demo's two users and gives each message to `deliver(recipients, raw)`."""

    def __init__(self, passwords: dict[str, str], deliver: Callable[[tuple[str, ...], bytes], None]) -> None:
        """`passwords` by user name; `raw` has CRLF lines."""
        self._passwords = passwords
        self._deliver = deliver
        self._server: asyncio.Server | None = None
        self._transports: set[asyncio.BaseTransport] = set()

    @property
    def port(self) -> int:
        """Where it listens, after `start`."""
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def start(self) -> None:
        """Listen."""
        loop = asyncio.get_running_loop()
        transports = self._transports

        class Connection(SMTP):
            """aiosmtpd's protocol, whose transport is remembered so that `close` can end it."""

            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                transports.add(transport)
                super().connection_made(transport)

            def connection_lost(self, error: Exception | None) -> None:
                transports.difference_update({self.transport})
                super().connection_lost(error)

        self._server = await loop.create_server(
            lambda: Connection(
                self,
                hostname="localhost",
                ident="bocau demo",
                enable_SMTPUTF8=True,
                auth_require_tls=False,  # loopback, and the passwords are made up
                authenticator=self._authenticate,
                loop=loop,
            ),
            HOST,
            0,
        )

    async def close(self) -> None:
        """Stop listening and end every connection."""
        if self._server is None:
            return
        self._server.close()
        for transport in list(self._transports):
            if isinstance(transport, asyncio.WriteTransport):
                transport.abort()
        await self._server.wait_closed()
        self._server = None

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """What aiosmtpd calls for each message."""
        content = envelope.original_content or b""
        self._deliver(tuple(envelope.rcpt_tos), content)
        return "250 2.0.0 Accepted by the demo"

    def _authenticate(self, _server: SMTP, _session: Session, _envelope: Envelope, mechanism: str, data: Any) -> Any:
        if not isinstance(data, LoginPassword):
            return AuthResult(success=False, handled=False)
        known = self._passwords.get(data.login.decode("utf-8", "replace"))
        accepted = known is not None and known == data.password.decode("utf-8", "replace")
        return AuthResult(success=accepted, handled=False)
