"""TLS that is always verified, and the exact reason, in words, when it cannot be had."""

import asyncio
import errno
import socket
import ssl
from pathlib import Path

from protocols.errors import ConnectionLost, TLSFailed, Unreachable

_SELF_SIGNED = (18, 19)
"""X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN."""
_UNKNOWN_ROOT = (2, 20, 21, 27)
"""X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT (also locally), ..._UNABLE_TO_VERIFY_LEAF_SIGNATURE, ..._CERT_UNTRUSTED."""
_NOT_YET_VALID = 9
_EXPIRED = 10
_REVOKED = 23
_WRONG_NAME = (62, 64)
"""X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH."""

_PLAIN_SPEECH = {"WRONG_VERSION_NUMBER", "PACKET_LENGTH_TOO_LONG", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"}
"""OpenSSL reasons for a peer that speaks something other than TLS."""
_TOO_OLD = {"UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION", "NO_PROTOCOLS_AVAILABLE", "DH_KEY_TOO_SMALL"}


def client_context(ca_file: Path | None = None) -> ssl.SSLContext:
    """Make a context that verifies certificate and host name and speaks TLS 1.2 or later.

    `ca_file` is a PEM file of a private authority, trusted besides the system's.  Raises TLSFailed when it cannot be
    read.  There is deliberately no way to switch verification off.
    """
    context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.hostname_checks_common_name = False  # RFC 9525 section 2: the subject's words name no host
    if ca_file is not None:
        try:
            context.load_verify_locations(cafile=ca_file)
        except (OSError, ssl.SSLError) as error:
            raise TLSFailed(
                f"The certificate authority file {ca_file} cannot be used: {error}.",
                "ca_file must name a readable PEM file.",
                step="tls",
            ) from error
    return context


def explain(error: ssl.SSLError | OSError, host: str) -> TLSFailed | Unreachable:
    """Turn the error of a connection attempt to `host` into words, as an error for the caller to raise."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _explain_certificate(error, host)
    if isinstance(error, ssl.SSLError):
        return _explain_handshake(error, host)
    return _explain_network(error, host)


def _explain_certificate(error: ssl.SSLCertVerificationError, host: str) -> TLSFailed:
    code = error.verify_code
    if code in _SELF_SIGNED:
        title = f"The certificate of {host} is self-signed, so nobody vouches for it."
        hint = "If this server is yours, set ca_file to its certificate."
    elif code in _UNKNOWN_ROOT:
        title = f"The certificate of {host} comes from an authority that this system does not know."
        hint = "If your organisation runs its own authority, set ca_file to its certificate."
    elif code in _WRONG_NAME:
        title = f"The certificate shown is not for {host}."
        hint = "Check the host name; it must be one that the certificate lists."
    elif code == _EXPIRED:
        title = f"The certificate of {host} has expired."
        hint = "Its operator must renew it; check this machine's clock as well."
    elif code == _NOT_YET_VALID:
        title = f"The certificate of {host} is not valid yet."
        hint = "Check this machine's clock."
    elif code == _REVOKED:
        title = f"The certificate of {host} has been revoked."
        hint = "Do not sign in; ask its operator."
    else:
        title = f"The certificate of {host} cannot be trusted: {error.verify_message}."
        hint = "Ask its operator."
    return TLSFailed(title, hint, step="tls")


def _explain_handshake(error: ssl.SSLError, host: str) -> TLSFailed | Unreachable:
    # An SSLError that asyncio makes itself has no reason at all, not even None.
    reason = getattr(error, "reason", None) or ""
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError) or reason == "UNEXPECTED_EOF_WHILE_READING":
        return ConnectionLost(
            f"{host} closed the connection during the TLS handshake.",
            "Check port and security: it may not speak TLS there.",
            step="tls",
        )
    if reason in _PLAIN_SPEECH:
        title = f"{host} does not speak TLS on this port."
        return TLSFailed(title, 'Check port and security: this may be a "starttls" port.', step="tls")
    if reason in _TOO_OLD:
        title = f"{host} only offers TLS that is too old to be safe."
        return TLSFailed(title, "TLS 1.2 or later is required; ask its operator.", step="tls")
    return TLSFailed(
        f"The TLS handshake with {host} failed: {reason.replace('_', ' ').lower() or error}.",
        "Check port and security.",
        step="tls",
    )


def _explain_network(error: OSError, host: str) -> TLSFailed | Unreachable:
    if isinstance(error, socket.gaierror):
        if error.errno in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)):
            return Unreachable(f"There is no host called {host}.", "Check its spelling.", step="dns")
        return Unreachable(f"The name {host} could not be looked up.", "Check the network connection.", step="dns")
    if isinstance(error, TimeoutError | asyncio.TimeoutError):
        hint = "Check the network, host and port; a firewall may drop the connection."
        return Unreachable(f"{host} did not answer in time.", hint, step="connect")
    if isinstance(error, ConnectionRefusedError):
        hint = "Check the port; the server may be down."
        return Unreachable(f"{host} refused the connection.", hint, step="connect")
    if isinstance(error, ConnectionError):
        return ConnectionLost(f"{host} broke the connection.", "It may work again in a moment.", step="connect")
    if error.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN):
        return Unreachable(f"There is no way to {host} from here.", "Check the network connection.", step="connect")
    # asyncio folds several attempts (IPv6 and IPv4) into one OSError whose text lists them.
    words = str(error)
    if f"[Errno {errno.ECONNREFUSED}]" in words:
        return Unreachable(f"{host} refused the connection.", "Check host and port.", step="connect")
    return Unreachable(f"{host} cannot be reached: {error.strerror or words}.", "Check host and port.", step="connect")
