"""The Dovecot that the tests talk to: the bench's launcher with a test certificate."""

from pathlib import Path

from bench.dovecot import FALLBACK_CAPABILITY, Dovecot, ServerMessage, why_not
from tests.servers.certificates import make_certificate

__all__ = ["Dovecot", "ServerMessage", "dovecot_for_tests", "why_not"]


CONDSTORE_CAPABILITY = f"{FALLBACK_CAPABILITY} UIDPLUS MOVE ESEARCH LIST-STATUS CONDSTORE"
"""What a server with everything but QRESYNC announces."""


def dovecot_for_tests(
    directory: Path, *, fallbacks: bool = False, capability: str | None = None, prefix: str = ""
) -> Dovecot:
    """A server that is not started yet (enter it), with TLS under the name localhost.

    `fallbacks` hides MOVE, UIDPLUS, CONDSTORE and QRESYNC, so that clients take their second ways; `capability` names
    exactly what is announced; `prefix` (`INBOX.`) is what all names but INBOX begin with.
    """
    certificate = make_certificate(directory)
    announced = FALLBACK_CAPABILITY if fallbacks else capability
    return Dovecot(certificate=certificate, capability=announced, prefix=prefix)
