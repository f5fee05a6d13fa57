"""TLS is always verified, and the reason why it cannot be had is said in words."""

import asyncio
import errno
import socket
import ssl
from datetime import UTC, datetime, timedelta

import pytest

from protocols.errors import ConnectionLost, ProtocolError, TLSFailed, Unreachable
from protocols.tls import client_context, explain
from tests.servers.certificates import make_certificate
from tests.servers.script import Peer, scripted, server_context

NOW = datetime.now(UTC)


async def failure(certificate, ca_file) -> ProtocolError:
    async with scripted(Peer.finished, context=server_context(certificate)) as server:
        with pytest.raises(ssl.SSLError) as failed:
            await asyncio.open_connection("localhost", server.port, ssl=client_context(ca_file))
    return explain(failed.value, "localhost")


def test_certificates_and_names_are_verified_and_old_tls_is_not_spoken():
    """S09."""
    context = client_context()
    assert context.check_hostname and context.verify_mode is ssl.CERT_REQUIRED
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2


async def test_a_self_signed_certificate_is_named_as_one(tmp_path):
    """S09."""
    error = await failure(make_certificate(tmp_path), None)
    assert isinstance(error, TLSFailed) and "self-signed" in error.title and "ca_file" in error.hint
    assert not error.retryable and error.exit_code == 4 and error.step == "tls"


async def test_an_expired_certificate_is_named_as_one(tmp_path):
    """S09."""
    old = make_certificate(tmp_path, starts=NOW - timedelta(days=9), ends=NOW - timedelta(days=1))
    assert "has expired" in (await failure(old, old[0])).title


async def test_a_certificate_of_tomorrow_is_named_as_one(tmp_path):
    """S09."""
    new = make_certificate(tmp_path, starts=NOW + timedelta(days=1))
    assert "not valid yet" in (await failure(new, new[0])).title


async def test_a_certificate_for_another_host_is_named_as_one(tmp_path):
    """S09."""
    other = make_certificate(tmp_path, names=("mail.example",))
    assert "not for localhost" in (await failure(other, other[0])).title


@pytest.mark.parametrize(
    ("names", "common_name"),
    [
        (("mail.example",), "localhost"),  # what stands in the subject counts for nothing
        (("*",), ""),
        (("*.localhost",), ""),
        (("localhost.evil.example",), "localhost\x1b]0;x\x07"),
        (("127.0.0.2",), "localhost"),
    ],
)
async def test_only_the_alternative_names_of_a_certificate_count(tmp_path, names, common_name):
    """S09: the name of the host is not taken from the subject, a star or an address; nothing odd is repeated."""
    other = make_certificate(tmp_path, names=names, common_name=common_name)
    error = await failure(other, other[0])
    assert isinstance(error, TLSFailed) and "not for localhost" in error.title
    assert "\x1b" not in f"{error.title}{error.hint}"


def test_an_authority_file_that_cannot_be_read_is_an_error_of_its_own(tmp_path):
    for path in (tmp_path / "missing.pem", tmp_path):
        with pytest.raises(TLSFailed, match="authority file"):
            client_context(path)
    (tmp_path / "empty.pem").write_text("nothing")
    with pytest.raises(TLSFailed, match="authority file"):
        client_context(tmp_path / "empty.pem")


@pytest.mark.parametrize(
    ("error", "kind", "step", "words"),
    [
        (socket.gaierror(socket.EAI_NONAME, "x"), Unreachable, "dns", "no host called"),
        (socket.gaierror(socket.EAI_AGAIN, "x"), Unreachable, "dns", "looked up"),
        (TimeoutError(), Unreachable, "connect", "in time"),
        (ConnectionRefusedError(errno.ECONNREFUSED, "x"), Unreachable, "connect", "refused"),
        (ConnectionResetError(errno.ECONNRESET, "x"), ConnectionLost, "connect", "broke"),
        (OSError(errno.ENETUNREACH, "x"), Unreachable, "connect", "no way"),
        (
            OSError(f"Multiple exceptions: [Errno {errno.ECONNREFUSED}] Connect call failed"),
            Unreachable,
            "connect",
            "refused",
        ),
        (OSError(errno.EMFILE, "Too many open files"), Unreachable, "connect", "Too many open files"),
        (ssl.SSLEOFError(8, "EOF"), ConnectionLost, "tls", "closed the connection"),
    ],
)
def test_network_errors_are_sentences(error, kind, step, words):
    """R05, R06."""
    explained = explain(error, "mail.example")
    assert type(explained) is kind and explained.step == step and explained.retryable
    assert words in explained.title and "mail.example" in explained.title
