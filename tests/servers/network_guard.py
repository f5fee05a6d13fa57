"""The guard that lets the tests reach this machine and nothing else."""

import ipaddress
import socket
import sys
from typing import Any

_NOBODY = ("192.0.2.1", "2001:db8::1")
"""Addresses of documentation (RFC 5737, RFC 3849)."""


class OutsideNetworkError(RuntimeError):
    """A test tried to leave this machine.

    Not an OSError on purpose: code under test that handles lost connections must not hide it.
    """


def install() -> None:
    """Watch every connect and every name look-up of this process, for good (audit hooks cannot be removed)."""
    sys.addaudithook(_watch)


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.getaddrinfo":
        _check_name(arguments[0])
    elif event == "socket.connect":
        connected, address = arguments
        if connected.type == socket.SOCK_DGRAM and address[0] in _NOBODY:
            return  # nothing is sent: it only asks the system for the way
        if connected.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(address[0]):
            raise OutsideNetworkError(f"a test tried to connect to {address[0]}")


def _check_name(host: str | bytes | None) -> None:
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if name and name.rstrip(".").endswith(".invalid"):
        # What the real resolver answers for RFC 2606's reserved name, without asking it.
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    if name and not _is_loopback(name):
        raise OutsideNetworkError(f"a test tried to look up {name}")


def _is_loopback(host: str) -> bool:
    if host in ("localhost", "", "0.0.0.0", "::"):
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False
