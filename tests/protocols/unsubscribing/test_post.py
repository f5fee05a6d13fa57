"""The one request with which a list is left: what is sent, and what is never done."""

from pathlib import Path

import pytest

from protocols.errors import Misbehaved, Refused, TLSFailed, Unreachable
from protocols.tls import client_context
from protocols.unsubscribing.post import is_public, post
from tests.servers.certificates import make_certificate
from tests.servers.script import Peer, scripted, server_context


def anywhere(address: str) -> bool:
    """The tests' server stands on this machine."""
    return True


class Site:
    """Answers one request with given bytes, and remembers what was asked."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.asked = b""

    async def __call__(self, peer: Peer) -> None:
        while await peer.line():
            pass
        self.asked = b"\r\n".join([*peer.heard, await peer.exactly(26)])
        if self.answer:
            await peer.send(self.answer)


async def asked(tmp_path: Path, answer: bytes, path: str = "/leave?id=1") -> bytes:
    certificate = make_certificate(tmp_path)
    site = Site(answer)
    async with scripted(site, context=server_context(certificate)) as server:
        target = f"https://user:secret@localhost:{server.port}{path}"
        await post(target, permitted=anywhere, context=client_context(certificate[0]))
    return site.asked


async def test_one_request_is_sent_without_cookies_names_or_passwords(tmp_path: Path):
    """L01"""
    sent = await asked(tmp_path, b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\n\r\n")
    head, _, body = sent.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /leave?id=1 HTTP/1.1\r\nHost: localhost:")
    assert b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 26" in head
    assert body == b"List-Unsubscribe=One-Click"
    for word in (b"cookie", b"authorization", b"secret", b"referer"):
        assert word not in sent.lower()


@pytest.mark.parametrize(
    ("answer", "error", "told"),
    [
        (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\n\r\n", Refused, "elsewhere"),
        (b"HTTP/1.1 404 Not Found\r\n\r\n", Refused, "did not do it"),
        (b"HTTP/1.1 500 Oh\r\n\r\n", Refused, "did not do it"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", Misbehaved, "makes sense"),
        (b"", Misbehaved, "makes sense"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 40_000, Misbehaved, "too long"),
    ],
)
async def test_anything_but_yes_is_told_and_no_redirect_is_followed(
    tmp_path: Path, answer: bytes, error: type[Exception], told: str
):
    """L01"""
    with pytest.raises(error, match=told):
        await asked(tmp_path, answer)


async def test_a_certificate_is_verified(tmp_path: Path):
    async with scripted(Site(b""), context=server_context(make_certificate(tmp_path))) as server:
        with pytest.raises(TLSFailed, match="self-signed"):
            await post(f"https://localhost:{server.port}/", permitted=anywhere)


@pytest.mark.parametrize("target", ["http://x.example/u", "mailto:a@x.example", "file:///etc/passwd", "https:///u"])
async def test_only_https_is_asked(target: str):
    """L01"""
    with pytest.raises(Refused, match="https"):
        await post(target)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
async def test_private_networks_are_never_asked(host: str):
    """L01"""
    with pytest.raises(Refused, match="private network"):
        await post(f"https://{host}:631/")


async def test_a_server_that_is_not_there_is_told(tmp_path: Path):
    async with scripted(Site(b"")) as server:
        port = server.port
    with pytest.raises(Unreachable, match="refused"):
        await post(f"https://127.0.0.1:{port}/", permitted=anywhere)


def test_public_addresses_are_public():
    assert is_public("93.184.216.34")
    assert is_public("2606:4700:4700::1111")
    for private in (
        "127.0.0.1",
        "fe80::1%eth0",
        "::1",
        "0.0.0.0",
        "100.64.0.1",
        "224.0.0.1",
        "::ffff:10.0.0.1",
        "169.254.169.254",
    ):
        assert not is_public(private)
