"""Leaves a mailing list with one HTTPS request (RFC 8058): no cookies, no redirects, no private networks."""

import asyncio
import ipaddress
import re
import socket
import ssl
from collections.abc import Callable
from urllib.parse import urlsplit

from protocols import tls
from protocols.errors import Misbehaved, Refused, Unreachable

DEADLINE = 20.0
"""Seconds for everything."""
_BODY = b"List-Unsubscribe=One-Click"
_ANSWER = 16_384
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})[ \r]")

Permitted = Callable[[str], bool]


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet: a mail must not reach what only this machine can."""
    found = ipaddress.ip_address(address.partition("%")[0])
    return found.is_global and not found.is_multicast


async def post(target: str, *, permitted: Permitted = is_public, context: ssl.SSLContext | None = None) -> None:
    """Send the one-click request to an https address that a person has agreed to.

    Done when the answer is 2xx.  Raises Refused (any other answer; a redirect names where to), Unreachable, TLSFailed,
    Misbehaved.  The name is looked up once, and that address is connected to: what was judged is what is reached.
    """
    parts = urlsplit(target)
    host = parts.hostname or ""
    if parts.scheme != "https" or not host:
        raise Refused("Only https addresses can be used to unsubscribe.", "Open the page instead.")
    try:
        async with asyncio.timeout(DEADLINE):
            address = await _address(host, parts.port or 443, permitted)
            context = context or tls.client_context()
            answer = await _exchange(address, parts.port or 443, host, _request(target), context)
    except TimeoutError as error:
        raise Unreachable(f"{host} did not answer in time.", "Try again later, or open the page.") from error
    _judge(answer, host)


async def _address(host: str, port: int, permitted: Permitted) -> str:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise tls.explain(error, host) from error
    addresses = [str(one[4][0]) for one in found]
    if not addresses or not all(permitted(one) for one in addresses):
        raise Refused(f"{host} is in a private network, where no mailing list is.", "Nothing was sent.")
    return addresses[0]


def _request(target: str) -> bytes:
    parts = urlsplit(target)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    host = parts.netloc.rpartition("@")[2]  # a name and a password in an address are nobody's to send
    if re.search(r"[\s\x00-\x1f\x7f]", path + host) or not (path + host).isascii():
        raise Refused("The address to unsubscribe is damaged.", "Open the page instead.")
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: bocau\r\nAccept: */*\r\nConnection: close\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(_BODY)}\r\n\r\n"
    )
    return head.encode("ascii") + _BODY


async def _exchange(address: str, port: int, host: str, request: bytes, context: ssl.SSLContext) -> bytes:
    """The head of the answer to one request."""
    try:
        reader, writer = await asyncio.open_connection(
            address, port, ssl=context, server_hostname=host, limit=_ANSWER, ssl_handshake_timeout=DEADLINE
        )
    except (OSError, ssl.SSLError) as error:
        raise tls.explain(error, host) from error
    try:
        writer.write(request)
        await writer.drain()
        return await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        return error.partial
    except asyncio.LimitOverrunError as error:
        raise Misbehaved(f"The answer of {host} is too long.", "Whether you are off the list is not known.") from error
    except OSError as error:
        raise tls.explain(error, host) from error
    finally:
        writer.close()


def _judge(answer: bytes, host: str) -> None:
    status = _STATUS.match(answer)
    if status is None:
        raise Misbehaved(f"{host} gave no answer that makes sense.", "Whether you are off the list is not known.")
    code = int(status[1])
    if 200 <= code < 300:
        return
    if 300 <= code < 400:
        raise Refused(f"{host} wants this to be done elsewhere ({code}).", "Open the page instead.")
    raise Refused(f"{host} did not do it ({code}).", "Open the page instead, or try again later.")
