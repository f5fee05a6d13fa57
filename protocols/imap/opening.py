"""The first steps of an IMAP connection: TCP, greeting, and TLS, never less of it than was asked for."""

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import Awaitable, Callable

from protocols import tls
from protocols.endpoint import Endpoint, Security
from protocols.errors import ConnectionLost, Misbehaved, ProtocolError, Refused, TLSFailed, Unreachable
from protocols.imap.answers import Tagged, throttled
from protocols.imap.framing import Framer
from protocols.imap.wire import Wire, goodbye

_KEEPALIVE = (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 3))
"""Seconds of silence, seconds between probes, probes: a dead peer is noticed within two minutes."""


async def connect(wire: Wire, endpoint: Endpoint) -> Tagged:
    """Connect (IPv6 and IPv4 in a race, RFC 8305), inside TLS when the endpoint says so, and read the greeting.

    The greeting's status is OK or PREAUTH.  Raises Unreachable, TLSFailed, Misbehaved or Throttled.
    """
    context = None
    if endpoint.security is Security.TLS:
        context = await asyncio.to_thread(tls.client_context, endpoint.ca_file)
    try:
        async with asyncio.timeout(endpoint.timeout):
            await wire.loop.create_connection(
                lambda: wire,
                endpoint.host,
                endpoint.port,
                ssl=context,
                server_hostname=endpoint.host if context else None,
                # an address has nothing to race with, and a race that is cancelled loses its winner (asyncio.staggered)
                happy_eyeballs_delay=None if _is_address(endpoint.host) else 0.25,
            )
    except OSError as error:
        raise tls.explain(error, endpoint.host) from error
    _keep_alive(wire)
    greeting = await wire.wait(wire.greeting, endpoint.timeout)
    if greeting.status == "BYE":
        raise _turned_away(endpoint.host, greeting)
    return greeting


def _is_address(host: str) -> bool:
    with contextlib.suppress(ValueError):
        return bool(ipaddress.ip_address(host))
    return False


def _keep_alive(wire: Wire) -> None:
    peer = wire.transport.get_extra_info("socket")
    # Not every system has every option, and a proxy's socket may refuse them.
    with contextlib.suppress(OSError):
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _KEEPALIVE:
            if hasattr(socket, name):
                peer.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _turned_away(host: str, greeting: Tagged) -> ProtocolError:
    if patience := throttled(greeting.text, greeting.code.name):
        patience.step = "greeting"
        return patience
    said = goodbye(host, greeting.text, "greeting")
    return Unreachable(said.title, "Try again later; if it lasts, ask its operator.", step="greeting")


async def start_tls(wire: Wire, endpoint: Endpoint, starttls: Callable[[], Awaitable[object]]) -> None:
    """Upgrade to TLS (RFC 9051 section 6.2.1); `starttls` runs the command itself.

    Raises TLSFailed when the server refuses or when bytes arrived that belong to neither world.
    """
    host = endpoint.host
    context = await asyncio.to_thread(tls.client_context, endpoint.ca_file)
    wire.unasked = False
    try:
        await starttls()
    except (Refused, Misbehaved) as error:
        raise TLSFailed(f"{host} refused to start TLS.", 'Try security "tls".', step="tls") from error
    if wire.unasked or wire.framer.pending:
        # Sent in the clear, it would be read as if it had come inside TLS (CVE-2021-33515 and its many sisters).
        raise TLSFailed(f"{host} said more than it may before TLS began; somebody may be interfering.", step="tls")
    try:
        async with asyncio.timeout(endpoint.timeout):
            secured = await wire.loop.start_tls(wire.transport, wire, context, server_hostname=host)
    except OSError as error:
        raise tls.explain(error, host) from error
    if secured is None:
        raise ConnectionLost(f"{host} closed the connection during the TLS handshake.", step="tls")
    wire.transport, wire.framer, wire.in_the_clear = secured, Framer(), False
