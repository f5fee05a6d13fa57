"""The Dovecot that the tests talk to: the bench's launcher with a test certificate."""

from pathlib import Path

from bench.dovecot import FALLBACK_CAPABILITY, Dovecot, ServerMessage, why_not
from tests.servers.certificates import make_certificate

__all__ = ["Dovecot", "ServerMessage", "dovecot_for_tests", "why_not"]


def dovecot_for_tests(directory: Path, *, fallbacks: bool = False) -> Dovecot:
    """A server that is not started yet (enter it), with TLS under the name localhost.

    `fallbacks` hides MOVE, UIDPLUS, CONDSTORE and QRESYNC, so that clients take their second ways.
    """
    certificate = make_certificate(directory)
    return Dovecot(certificate=certificate, capability=FALLBACK_CAPABILITY if fallbacks else None)
