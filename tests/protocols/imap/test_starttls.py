"""TLS and STARTTLS against servers that cheat: no secret leaves, nothing said in the clear counts."""

import pytest

from protocols.auth.sasl import Credentials
from protocols.endpoint import Endpoint, Security
from protocols.errors import ProtocolError, TLSFailed
from protocols.imap.connection import Connection
from protocols.imap.framing import Response
from tests.servers.certificates import make_certificate
from tests.servers.script import Peer, Script, Scripted, scripted, server_context

PLAIN = "* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED X-FORGED"

CLEAR = (
    '* LIST () "/" Forged', '* LSUB () "/" Forged', "* STATUS INBOX (MESSAGES 99)", "* SEARCH 1 2 3",
    "* FLAGS (\\Forged)", "* 98 RECENT", "* 1 EXPUNGE", "* 1 FETCH (UID 1 BODY[] {6}\r\nForged)", "* ENABLED QRESYNC",
    "* OK [UIDVALIDITY 98] forged", "* OK [ALERT] forged", "* VANISHED 1:5", '* NAMESPACE (("Forged" "/")) NIL NIL',
)  # fmt: skip
"""What may be said before TLS, and counts for nothing."""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return make_certificate(tmp_path_factory.mktemp("certificate"))


def endpoint(
    server: Scripted, certificate, security: Security = Security.STARTTLS, host: str = "localhost"
) -> Endpoint:
    return Endpoint(host, server.port, security, ca_file=certificate[0], timeout=5)


async def refusal(script: Script, certificate) -> tuple[ProtocolError, bytes]:
    async with scripted(script) as server:
        with pytest.raises(ProtocolError) as failed:
            await Connection.open(endpoint(server, certificate))
    return failed.value, b"\n".join(server.peers[0].heard)


async def test_starttls_forgets_what_was_said_in_the_clear(certificate):
    """S06: whatever kind of response it was."""

    async def script(peer: Peer) -> None:
        await peer.say("* OK [CAPABILITY IMAP4rev1 STARTTLS] hello", *CLEAR)
        await peer.ok("CAPABILITY", "* 7 EXISTS", *CLEAR, PLAIN)
        await peer.expect("STARTTLS")
        await peer.say("* 8 EXISTS", *CLEAR, "$ OK begin")
        await peer.start_tls(server_context(certificate))
        await peer.ok("CAPABILITY", "* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR")
        await peer.ok("AUTHENTICATE PLAIN")
        await peer.ok("CAPABILITY", "* CAPABILITY IMAP4rev1 IDLE", "* 9 EXISTS")
        await peer.finished()

    heard: list[Response] = []
    async with (
        scripted(script) as server,
        await Connection.open(endpoint(server, certificate), on_untagged=heard.append) as connection,
    ):
        assert connection.secure
        assert connection.capabilities == {"IMAP4REV1", "AUTH=PLAIN", "SASL-IR"}
        await connection.sign_in(Credentials("joe", "secret"))
        assert connection.capabilities == {"IMAP4REV1", "IDLE"}
    assert [response.number for response in heard if response.name == "EXISTS"] == [9]
    assert {response.name for response in heard} <= {"EXISTS", "CAPABILITY", "BYE"}


@pytest.mark.parametrize("extra", ["A9 OK injected", "* 5 EXISTS", "half a li"])
async def test_bytes_after_the_answer_to_starttls_are_refused(certificate, extra):
    """S05."""

    async def script(peer: Peer) -> None:
        await peer.say("* OK hello")
        await peer.ok("CAPABILITY", PLAIN)
        await peer.expect("STARTTLS")
        await peer.send(peer.tag + b" OK begin\r\n" + extra.encode() + (b"" if "half" in extra else b"\r\n"))
        await peer.finished()

    error, _ = await refusal(script, certificate)
    assert error.step == "tls" or error.step == "greeting"


@pytest.mark.parametrize("answer", ["$ NO no", "$ BAD no", "+ go on", "* BYE no"])
async def test_a_refused_starttls_ends_without_a_secret(certificate, answer):
    """S01."""

    async def script(peer: Peer) -> None:
        await peer.say("* OK hello")
        await peer.ok("CAPABILITY", PLAIN)
        await peer.expect("STARTTLS")
        await peer.say(answer)
        await peer.finished()

    error, heard = await refusal(script, certificate)
    assert error.step == "tls"
    assert b"LOGIN" not in heard and b"AUTHENTICATE" not in heard


async def test_a_server_that_hides_starttls_is_left(certificate):
    """S01, S02."""

    async def script(peer: Peer) -> None:
        await peer.say("* OK hello")
        await peer.ok("CAPABILITY", "* CAPABILITY IMAP4rev1 AUTH=PLAIN")
        await peer.finished()

    error, heard = await refusal(script, certificate)
    assert isinstance(error, TLSFailed) and b"AUTHENTICATE" not in heard


@pytest.mark.parametrize(
    "greeting",
    ["* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] welcome", "* PREAUTH", "* preauth [CAPABILITY IMAP4rev1] hi",
     "* PREAUTH [ALERT] upload your drafts"],
)  # fmt: skip
async def test_preauth_before_tls_is_refused(certificate, greeting):
    """S03: nothing more is said, no mail is uploaded."""

    async def script(peer: Peer) -> None:
        await peer.say(greeting)
        await peer.finished()

    error, heard = await refusal(script, certificate)
    assert isinstance(error, TLSFailed) and heard == b""


async def test_preauth_inside_tls_needs_no_credentials(certificate):
    async def script(peer: Peer) -> None:
        await peer.say("* PREAUTH [CAPABILITY IMAP4rev1] welcome")
        await peer.ok("CAPABILITY", "* CAPABILITY IMAP4rev1")
        await peer.finished()

    async with scripted(script, context=server_context(certificate)) as server:
        where = endpoint(server, certificate, Security.TLS)
        async with await Connection.open(where) as connection:
            await connection.sign_in(Credentials("joe", "secret"))


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
async def test_the_certificate_is_checked_by_name(tmp_path, security):
    """S09."""
    other = make_certificate(tmp_path, names=("mail.example",))

    async def script(peer: Peer) -> None:
        await peer.say("* OK hello")
        await peer.ok("CAPABILITY", PLAIN)
        await peer.ok("STARTTLS")
        await peer.start_tls(server_context(other))

    context = server_context(other) if security is Security.TLS else None
    async with scripted(script, context=context) as server:
        with pytest.raises(TLSFailed, match="not for localhost"):
            await Connection.open(endpoint(server, other, security))


async def test_a_plain_server_on_a_tls_port_is_told_apart(certificate):
    """S10."""

    async def script(peer: Peer) -> None:
        await peer.say("* OK hello")
        await peer.finished()

    async with scripted(script) as server:
        with pytest.raises(TLSFailed, match="does not speak TLS"):
            await Connection.open(endpoint(server, certificate, Security.TLS))
