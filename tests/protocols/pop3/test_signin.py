"""TLS and signing in to POP3: what is sent, what is refused, and what is never sent."""

import base64
import hashlib
import hmac
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from protocols.auth.sasl import Credentials
from protocols.endpoint import Endpoint, Security
from protocols.errors import (
    ProtocolError,
    Refused,
    SignInRefused,
    Throttled,
    TLSFailed,
)
from protocols.pop3.connection import Connection
from tests.servers.certificates import make_certificate
from tests.servers.dovecot import Dovecot
from tests.servers.pop3 import ANNA, CAPABILITIES, Faults, PopServer, letters

Certificate = tuple[Path, ssl.SSLContext]


@asynccontextmanager
async def session(server: PopServer, patience: float = 30.0) -> AsyncIterator[Connection]:
    async with await Connection.open(server.endpoint(timeout=patience)) as connection:
        await connection.sign_in(ANNA)
        yield connection


async def fetched(connection: Connection, numbers: list[int]) -> dict[int, bytes | ProtocolError]:
    sizes = await connection.list_sizes()
    return {number: result async for number, result in connection.retrieve_many(numbers, sizes)}


async def test_plain_is_used_where_it_is_listed_and_capabilities_are_read_again():
    async with PopServer() as server, session(server):
        assert server.words == ["CAPA", "AUTH", "CAPA"]


async def test_user_and_pass_are_used_where_capa_is_unknown():
    async with PopServer(faults=Faults(capabilities=None)) as server, session(server) as connection:
        assert server.words == ["CAPA", "USER", "PASS", "CAPA"]
        assert connection.capabilities.names == frozenset()


async def test_a_server_that_challenges_in_spite_of_the_initial_response_is_answered():
    async with PopServer(faults=Faults(challenge_first=True)) as server, session(server) as connection:
        await connection.noop()


async def test_a_secret_too_long_for_one_line_waits_for_the_challenge():
    secret = "s" * 300
    async with PopServer(password=secret) as server, await Connection.open(server.endpoint()) as connection:
        await connection.sign_in(Credentials("anna", secret))
        assert server.commands[1] == b"AUTH PLAIN"


async def test_wrong_credentials_are_a_refused_sign_in_that_names_no_secret():
    async with PopServer() as server, await Connection.open(server.endpoint()) as connection:
        with pytest.raises(SignInRefused) as caught:
            await connection.sign_in(Credentials("anna", "wrong-canary"))
    assert caught.value.code == "AUTH"
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("capabilities", [CAPABILITIES, None])
@pytest.mark.parametrize(
    ("answer", "code", "delay"),
    [
        (b"-ERR [IN-USE] Mailbox is locked", "IN-USE", 60),
        (b"-ERR [LOGIN-DELAY] too often", "LOGIN-DELAY", 300),
        (b"-ERR [SYS/TEMP] try later", "SYS/TEMP", 60),
        (b"-ERR maildrop already locked", "IN-USE", 60),
    ],
)
async def test_a_busy_maildrop_asks_for_patience(
    capabilities: tuple[str, ...] | None, answer: bytes, code: str, delay: float
):
    """O06."""
    faults = Faults(sign_in=answer, capabilities=capabilities)
    async with PopServer(faults=faults) as server, await Connection.open(server.endpoint()) as connection:
        with pytest.raises(Throttled) as caught:
            await connection.sign_in(ANNA)
    assert (caught.value.code, caught.value.delay) == (code, delay)


async def test_the_login_delay_that_the_server_tells_is_taken():
    """O06."""
    faults = Faults(sign_in=b"-ERR [LOGIN-DELAY] x", capabilities=(*CAPABILITIES, "LOGIN-DELAY 10"))
    async with PopServer(faults=faults) as server, await Connection.open(server.endpoint()) as connection:
        with pytest.raises(Throttled) as caught:
            await connection.sign_in(ANNA)
    assert caught.value.delay == 10


@pytest.mark.parametrize(("user", "secret"), [("a\r\nDELE 1", "x"), ("a", "x\n"), ("a\0", "x"), ("a", "\udcff")])
@pytest.mark.parametrize("capabilities", [CAPABILITIES, None])
async def test_credentials_that_hold_control_characters_are_refused_before_anything_is_written(
    user: str, secret: str, capabilities: tuple[str, ...] | None
):
    """K03."""
    async with PopServer(faults=Faults(capabilities=capabilities)) as server:
        async with await Connection.open(server.endpoint()) as connection:
            with pytest.raises(SignInRefused):
                await connection.sign_in(Credentials(user, secret))
            await connection.noop()
        assert server.words == ["CAPA", "NOOP"]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    path, key = make_certificate(tmp_path_factory.mktemp("pop3"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path, key)
    return path, context


@pytest.mark.parametrize("implicit", [True, False])
async def test_a_session_inside_tls(certificate: Certificate, implicit: bool):
    path, context = certificate
    security = Security.TLS if implicit else Security.STARTTLS
    async with PopServer(letters(40), context=context, implicit=implicit) as server:
        async with await Connection.open(server.endpoint(security, ca_file=path)) as connection:
            await connection.sign_in(ANNA)
            assert len(await fetched(connection, list(range(1, 41)))) == 40
            assert await connection.quit()
        assert server.words[:2] == (["CAPA", "AUTH"] if implicit else ["STLS", "CAPA"])


@pytest.mark.parametrize("implicit", [True, False])
async def test_an_unknown_certificate_is_refused(certificate: Certificate, implicit: bool):
    """S09."""
    security = Security.TLS if implicit else Security.STARTTLS
    async with PopServer(context=certificate[1], implicit=implicit) as server:
        with pytest.raises(TLSFailed, match="self-signed"):
            await Connection.open(server.endpoint(security))


async def test_a_refused_stls_never_falls_back_to_plain_text(certificate: Certificate):
    """S01."""
    async with PopServer(context=certificate[1], faults=Faults(stls=None)) as server:
        with pytest.raises(TLSFailed):
            await Connection.open(server.endpoint(Security.STARTTLS, ca_file=certificate[0]))
        assert server.words == ["STLS"]


@pytest.mark.parametrize("injected", [b"+OK", b"+OK\r\nCAPA", b"-ERR [SYS/TEMP] injected", b"x"])
async def test_plain_text_behind_the_answer_to_stls_is_refused(certificate: Certificate, injected: bytes):
    """S05."""
    faults = Faults(stls=b"+OK begin\r\n" + injected)
    async with PopServer(context=certificate[1], faults=faults) as server:
        with pytest.raises(ProtocolError) as caught:
            await Connection.open(server.endpoint(Security.STARTTLS, ca_file=certificate[0]))
        assert "injected" not in str(caught.value)
        assert server.words == ["STLS"]


async def test_words_said_before_tls_are_not_quoted(certificate: Certificate):
    """S07."""
    faults = Faults(greeting=b"-ERR call 555-1234")
    async with PopServer(context=certificate[1], faults=faults) as server:
        with pytest.raises(Refused) as caught:
            await Connection.open(server.endpoint(Security.STARTTLS, ca_file=certificate[0]))
    assert "555" not in str(caught.value) + caught.value.text


async def test_a_real_server_refuses_a_wrong_password_inside_tls(dovecot: Dovecot):
    endpoint = Endpoint("localhost", dovecot.pop3s, Security.TLS, dovecot.ca_file)
    async with await Connection.open(endpoint) as connection:
        with pytest.raises(SignInRefused):
            await connection.sign_in(Credentials(dovecot.user(), "wrong"))


async def test_a_server_that_offers_cram_md5_alone_gets_no_password():
    """S11."""
    faults = Faults(capabilities=("SASL CRAM-MD5",), answers={"AUTH": b"+ PDFAeD4=\r\n"})
    async with PopServer(faults=faults) as server, await Connection.open(server.endpoint()) as connection:
        with pytest.raises(SignInRefused):
            await connection.sign_in(ANNA)
        digest = hmac.new(b"right", b"<1@x>", "md5").hexdigest()
        assert server.commands[1:] == [b"AUTH CRAM-MD5", base64.b64encode(f"anna {digest}".encode())]


async def test_an_access_token_goes_by_xoauth2_and_its_refusal_is_acknowledged():
    challenge = base64.b64encode(b'{"status":"401"}')
    faults = Faults(
        capabilities=("SASL XOAUTH2",), answers={"AUTH": b"+ " + challenge + b"\r\n", "": b"-ERR [AUTH] x\r\n"}
    )
    async with PopServer(faults=faults) as server, await Connection.open(server.endpoint()) as connection:
        with pytest.raises(SignInRefused, match=r"access token is not accepted \(401\)"):
            await connection.sign_in(Credentials("anna", "t0ken"), "oauth2")
        assert server.commands[1] == b"AUTH XOAUTH2 " + base64.b64encode(b"user=anna\1auth=Bearer t0ken\1\1")
        assert server.commands[2] == b""


async def test_an_access_token_is_not_sent_as_a_password():
    """S11."""
    async with PopServer() as server, await Connection.open(server.endpoint()) as connection:
        with pytest.raises(SignInRefused):
            await connection.sign_in(ANNA, "oauth2")
        assert server.words == ["CAPA"]


STAMP = b"<1896.697170952@example.com>"
APOP = ("APOP", "anna", hashlib.md5(STAMP + b"right").hexdigest())


async def test_apop_is_used_only_when_it_is_asked_for():
    faults = Faults(greeting=b"+OK ready " + STAMP, answers={"APOP": b"+OK in\r\n"})
    async with PopServer(faults=faults) as server:
        async with await Connection.open(server.endpoint()) as connection:
            await connection.sign_in(ANNA, "apop")
            assert server.commands[1] == " ".join(APOP).encode()
        async with session(server):
            assert server.words.count("APOP") == 1


async def test_apop_that_is_not_offered_never_falls_back_to_the_password():
    """S11, O06."""
    async with PopServer() as server, await Connection.open(server.endpoint()) as connection:
        with pytest.raises(SignInRefused, match="APOP"):
            await connection.sign_in(ANNA, "apop")
        assert server.words == ["CAPA"]


@pytest.mark.parametrize("stamp", [b"", b"<>", b"<a>", b"<a b@c>", b"<@>", b"<a@b", b"a@b>", b"<<a@@>", b"<\xe9@b>"])
async def test_a_stamp_that_is_none_offers_no_apop(stamp: bytes):
    """O06: one that is no Message-ID helps to guess the password (CVE-2007-1558)."""
    async with PopServer(faults=Faults(greeting=b"+OK ready " + stamp)) as server:
        async with await Connection.open(server.endpoint()) as connection:
            with pytest.raises(SignInRefused, match="APOP"):
                await connection.sign_in(ANNA, "apop")
        assert "APOP" not in server.words


async def test_a_maildrop_that_cannot_be_opened_is_no_wrong_password():
    """O06: SYS/PERM; nobody is asked for another password."""
    faults = Faults(sign_in=b"-ERR [SYS/PERM] no such volume")
    async with PopServer(faults=faults) as server, await Connection.open(server.endpoint()) as connection:
        with pytest.raises(Refused) as caught:
            await connection.sign_in(ANNA)
    assert not isinstance(caught.value, SignInRefused)


async def test_capabilities_that_are_an_empty_list_are_none():
    """O06."""
    async with (
        PopServer(faults=Faults(capabilities=())) as server,
        await Connection.open(server.endpoint()) as connection,
    ):
        await connection.sign_in(ANNA)
        assert server.words[1:3] == ["USER", "PASS"] and not connection.capabilities.names


async def test_a_wrong_password_by_apop_is_a_refused_sign_in():
    faults = Faults(greeting=b"+OK " + STAMP, answers={"APOP": b"-ERR [AUTH] no\r\n"})
    async with PopServer(faults=faults) as server, await Connection.open(server.endpoint()) as connection:
        with pytest.raises(SignInRefused):
            await connection.sign_in(ANNA, "apop")


async def test_a_server_that_offers_login_alone_is_told_user_and_password_in_turn():
    user, password = base64.b64encode(b"anna"), base64.b64encode(b"right")
    answers = {"AUTH": b"+ VXNlcm5hbWU6\r\n", user.decode().upper(): b"+ UGFzc3dvcmQ6\r\n"}
    answers[password.decode().upper()] = b"+OK in\r\n"
    async with PopServer(faults=Faults(capabilities=("SASL LOGIN",), answers=answers)) as server:
        async with await Connection.open(server.endpoint()) as connection:
            await connection.sign_in(ANNA)
        assert server.commands[1:4] == [b"AUTH LOGIN", user, password]


async def test_an_access_token_goes_by_oauthbearer_where_that_is_what_the_server_lists():
    faults = Faults(capabilities=("SASL OAUTHBEARER PLAIN",), answers={"AUTH": b"+OK in\r\n"})
    async with PopServer(faults=faults) as server, await Connection.open(server.endpoint()) as connection:
        await connection.sign_in(Credentials("anna", "t0ken"), "oauth2")
        told = base64.b64encode(b"n,a=anna,\1auth=Bearer t0ken\1\1")
        assert server.commands[1] == b"AUTH OAUTHBEARER " + told
