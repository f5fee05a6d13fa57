"""Tries an account's settings step by step and names the first step that fails."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from protocols.auth.sasl import TOKEN_MECHANISMS, Credentials
from protocols.endpoint import Endpoint, Security
from protocols.errors import ProtocolError
from protocols.tls import explain
from store.model import Protocol
from store.settings import AccountSettings, AuthMethod

_TRANSPORT = {
    Security.TLS: ("connect", "tls", "greeting"),
    Security.STARTTLS: ("connect", "greeting", "tls"),
    Security.NONE: ("connect", "greeting"),
}
"""What opening a connection goes through, in its order."""
_WORDS = {
    "tls": "the certificate is valid for this host",
    "greeting": "the server speaks the right protocol",
    "login": "the server accepts user and password",
}


@dataclass(frozen=True, slots=True)
class CheckStep:
    """One step: dns, connect, tls, greeting, login or capability."""

    name: str
    ok: bool
    detail: str
    """What was found, or what went wrong; may hold a server's words: clean it before it is shown."""
    error: ProtocolError | None = None


async def check(settings: AccountSettings, password: str) -> AsyncGenerator[CheckStep]:
    """Connect, sign in and leave, telling each step as it is done; the first that fails is the last.

    Nothing is stored and nothing on the server is changed.  Errors are in the steps, none is raised.
    """
    endpoint = Endpoint.of(settings)
    steps = ("dns", *_TRANSPORT[endpoint.security], "login", "capability")
    passed: list[str] = []
    try:
        async with aclosing(_attempt(settings, endpoint, password)) as attempt:
            async for step in attempt:
                passed.append(step.name)
                yield step
    except ProtocolError as error:
        error.account = error.account or settings.name
        for name in _between(steps, passed, error.step):
            yield CheckStep(name, True, _WORDS.get(name, str(endpoint)))
        name = error.step if error.step in steps else steps[min(len(passed), len(steps) - 1)]
        yield CheckStep(name, False, error.title, error)


def _between(steps: tuple[str, ...], passed: list[str], failed: str) -> list[str]:
    """The steps that went well before the one that failed, and were not told yet."""
    end = steps.index(failed) if failed in steps else 0
    return [name for name in steps[:end] if name not in passed]


async def _attempt(settings: AccountSettings, endpoint: Endpoint, password: str) -> AsyncGenerator[CheckStep]:
    yield CheckStep("dns", True, await _look_up(endpoint))
    credentials = Credentials(settings.user, password)
    opened = _imap if settings.protocol is Protocol.IMAP else _pop3
    async with aclosing(opened(endpoint, credentials, settings.auth)) as session:
        async for step in session:
            yield step


async def _look_up(endpoint: Endpoint) -> str:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(endpoint.timeout):
            found = await loop.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise explain(error, endpoint.host) from error
    return ", ".join(dict.fromkeys(str(address[4][0]) for address in found))


def _opened(endpoint: Endpoint) -> list[CheckStep]:
    return [CheckStep(name, True, _WORDS.get(name, str(endpoint))) for name in _TRANSPORT[endpoint.security]]


async def _pop3(endpoint: Endpoint, credentials: Credentials, auth: AuthMethod) -> AsyncGenerator[CheckStep]:
    from protocols.pop3.connection import Connection

    async with await Connection.open(endpoint) as connection:
        for step in _opened(endpoint):
            yield step
        await connection.sign_in(credentials, auth)
        yield CheckStep("login", True, _WORDS["login"])
        count, size = await connection.stat()
        named = await connection.uidl() is not None if count else "UIDL" in connection.capabilities
        names = "" if named else "; its messages have no lasting names (UIDL), so none can be left there"
        yield CheckStep("capability", True, f"{count} messages, {size} bytes{names}")
        await connection.quit()


async def _imap(endpoint: Endpoint, credentials: Credentials, auth: AuthMethod) -> AsyncGenerator[CheckStep]:
    from protocols.imap.connection import Connection

    connection = await Connection.open(endpoint)
    try:
        for step in _opened(endpoint):
            yield step
        await connection.sign_in(credentials, TOKEN_MECHANISMS if auth == "oauth2" else None)
        yield CheckStep("login", True, _WORDS["login"])
        yield CheckStep("capability", True, " ".join(sorted(connection.capabilities)))
    finally:
        await connection.close()
