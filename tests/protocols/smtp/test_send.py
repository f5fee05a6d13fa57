"""Sending: against aiosmtpd for what works, against a scripted server for what breaks."""

import asyncio
import dataclasses
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope

from protocols.auth.sasl import Credentials
from protocols.endpoint import Endpoint, Security
from protocols.errors import (
    ConnectionLost,
    Misbehaved,
    ProtocolError,
    Refused,
    SignInRefused,
    Throttled,
    TLSFailed,
    Unreachable,
)
from protocols.smtp.send import Outcome, Refusal, send, send_over
from protocols.smtp.session import Session
from tests.servers.certificates import make_certificate
from tests.servers.smtp import listening, scripted

ANNA = Credentials("anna", "right-canary")
FROM = b"From: anna@example.com\r\n"
REST = b"Subject: x\r\n\r\n.\r\n..y\r\nBcc: z\r\n"
LETTER = FROM + b"Bcc: secret@example.com,\r\n hidden@example.com\r\n" + REST


@dataclass
class Postbox:
    """The handler of aiosmtpd: keeps what was accepted, refuses the recipients it is told to."""

    refused: dict[str, str] = field(default_factory=dict)
    verdict: str = "250 queued as 42"
    sender: str = "250 OK"
    envelopes: list[Envelope] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, name: str, lines: list[str]) -> list[str]:
        session.host_name = name
        self.names.append(name)
        return lines

    async def handle_MAIL(self, server: Any, session: Any, envelope: Envelope, address: str, options: Any) -> str:
        if self.sender.startswith("250"):
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return self.sender

    async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, address: str, options: Any) -> str:
        if address not in self.refused:
            envelope.rcpt_tos.append(address)
        return self.refused.get(address, "250 OK")

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        self.envelopes.append(envelope)
        return self.verdict


Certificate = tuple[Path, ssl.SSLContext]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    path, key = make_certificate(tmp_path_factory.mktemp("smtp"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path, key)
    return path, context


@asynccontextmanager
async def postbox(
    box: Postbox, security: Security = Security.NONE, certificate: Certificate | None = None, **settings: Any
) -> AsyncIterator[Endpoint]:
    context = certificate[1] if certificate else None

    def make() -> asyncio.Protocol:
        starttls = context if security is Security.STARTTLS else None
        return SMTP(box, tls_context=starttls, hostname="test", **settings)

    async with listening(make, context if security is Security.TLS else None) as port:
        yield Endpoint("localhost" if certificate else "127.0.0.1", port, security, certificate and certificate[0])


def judge(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    # handled=False: aiosmtpd itself answers a failure.
    return AuthResult(success=(data.login, data.password) == (b"anna", b"right-canary"), handled=False)


async def sent(endpoint: Endpoint, *recipients: str, raw: bytes = LETTER, patience: float = 30.0) -> Outcome:
    return await send(endpoint, None, "anna@example.com", recipients or ("b@example.com",), raw, patience=patience)


@pytest.mark.parametrize("security", list(Security))
async def test_a_message_arrives_octet_by_octet_without_its_bcc(certificate: Certificate, security: Security):
    box = Postbox()
    async with postbox(box, security, None if security is Security.NONE else certificate) as endpoint:
        outcome = await sent(endpoint, "b@example.com", "secret@example.com")
    assert outcome == Outcome(frozenset({"b@example.com", "secret@example.com"}), {}, False, "queued as 42")
    (envelope,) = box.envelopes
    assert envelope.content == FROM + REST
    assert envelope.mail_from == "anna@example.com"
    assert envelope.rcpt_tos == ["b@example.com", "secret@example.com"]
    assert set(box.names) == {"[127.0.0.1]"}


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
async def test_signing_in_happens_inside_tls(certificate: Certificate, security: Security):
    box = Postbox()
    settings = {"authenticator": judge, "auth_required": True, "auth_require_tls": security is Security.STARTTLS}
    # aiosmtpd warns about AUTH without STARTTLS although the socket is inside TLS.
    with pytest.warns() if security is Security.TLS else nullcontext():
        async with postbox(box, security, certificate, **settings) as endpoint:
            outcome = await send(endpoint, ANNA, "anna@example.com", ["b@example.com"], LETTER)
            assert outcome.accepted
            with pytest.raises(SignInRefused) as caught:
                await send(endpoint, Credentials("anna", "wrong-canary"), "a@example.com", ["b@example.com"], LETTER)
    assert caught.value.code == "535"
    assert "canary" not in str(caught.value)
    assert len(box.envelopes) == 1


async def test_some_refused_recipients_do_not_stop_the_message():
    """X04."""
    box = Postbox(refused={"b@example.com": "550 5.1.1 unknown", "c@example.com": "451 4.2.2 later"})
    async with postbox(box) as endpoint:
        outcome = await sent(endpoint, "a@example.com", "b@example.com", "c@example.com")
    assert outcome.accepted == {"a@example.com"}
    assert outcome.refused == {
        "b@example.com": Refusal(550, "5.1.1 unknown", True),
        "c@example.com": Refusal(451, "4.2.2 later", False),
    }
    assert not outcome.unknown
    assert box.envelopes[0].rcpt_tos == ["a@example.com"]


async def test_when_all_recipients_are_refused_nothing_is_sent():
    box = Postbox(refused={"b@example.com": "550 unknown"})
    async with postbox(box) as endpoint:
        outcome = await sent(endpoint, "b@example.com")
    assert outcome == Outcome(frozenset(), {"b@example.com": Refusal(550, "unknown", True)}, False)
    assert box.envelopes == []


@pytest.mark.parametrize(("verdict", "permanent"), [("554 5.7.1 spam", True), ("451 4.3.0 greylisted", False)])
async def test_a_refused_message_is_refused_for_everybody(verdict: str, permanent: bool):
    async with postbox(Postbox(verdict=verdict)) as endpoint:
        outcome = await sent(endpoint, "b@example.com", "c@example.com")
    assert outcome.accepted == frozenset()
    assert {refusal.permanent for refusal in outcome.refused.values()} == {permanent}
    assert outcome.refused.keys() == {"b@example.com", "c@example.com"}


@pytest.mark.parametrize(("answer", "error"), [("550 not you", Refused), ("450 later", Throttled)])
async def test_a_refused_sender_is_an_error(answer: str, error: type[ProtocolError]):
    async with postbox(Postbox(sender=answer)) as endpoint:
        with pytest.raises(error):
            await sent(endpoint)


@pytest.mark.parametrize("final", [None, "nonsense", "25x", "354 what"])
async def test_a_connection_lost_after_the_message_leaves_it_unknown(final: str | None):
    """X04."""
    async with scripted({".": final, "RCPT": "250 ok"}) as (endpoint, seen):
        outcome = await sent(endpoint)
    assert outcome == Outcome(frozenset(), {}, True)
    assert seen[-1] == b"."


async def test_silence_after_the_message_leaves_it_unknown():
    """X04."""
    async with scripted({".": ""}) as (endpoint, _):
        raw = b"x\r\n"
        outcome = await sent(endpoint, raw=raw, patience=0.05)
    assert outcome.unknown


@pytest.mark.parametrize("word", ["MAIL", "RCPT", "DATA"])
async def test_a_connection_lost_before_the_message_means_that_nothing_was_sent(word: str):
    async with scripted({word: None}) as (endpoint, seen):
        with pytest.raises(ConnectionLost):
            await sent(endpoint)
    assert b"." not in seen


@pytest.mark.parametrize("word", ["", "EHLO", "MAIL", "RCPT", "DATA"])
async def test_a_server_that_closes_down_asks_for_patience(word: str):
    """X04."""
    async with scripted({word: "421 4.3.2 shutting down"}) as (endpoint, seen):
        with pytest.raises(Throttled):
            await sent(endpoint)
    assert b"." not in seen


@pytest.mark.parametrize("greeting", ["HTTP/1.1 400 Bad Request", "+OK POP3", "250 odd", "x" * 40_000])
async def test_an_odd_greeting_is_a_clean_failure(greeting: str):
    """S08."""
    async with scripted({"": greeting}) as (endpoint, _):
        with pytest.raises(Misbehaved):
            await sent(endpoint)


async def test_a_missing_reply_to_data_is_not_taken_for_consent():
    async with scripted({"DATA": "250 ok"}) as (endpoint, seen):
        with pytest.raises(Misbehaved):
            await sent(endpoint)
    assert seen[-1] == b"DATA"


async def test_without_starttls_nothing_secret_is_sent():
    """S01."""
    async with scripted({"EHLO": "250-test\r\n250 AUTH PLAIN LOGIN"}, Security.STARTTLS) as (endpoint, seen):
        with pytest.raises(TLSFailed, match="does not offer encryption"):
            await send(endpoint, ANNA, "a@example.com", ["b@example.com"], LETTER)
    assert seen == [b"EHLO [127.0.0.1]"]


@pytest.mark.parametrize("answer", ["454 TLS not available", "502 no", "354 what"])
async def test_a_refused_starttls_is_a_hard_failure(answer: str):
    """S01."""
    script: dict[str, str | None] = {"EHLO": "250-test\r\n250-STARTTLS\r\n250 AUTH PLAIN", "STARTTLS": answer}
    async with scripted(script, Security.STARTTLS) as (endpoint, seen):
        with pytest.raises(TLSFailed):
            await send(endpoint, ANNA, "a@example.com", ["b@example.com"], LETTER)
    assert seen == [b"EHLO [127.0.0.1]", b"STARTTLS"]


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
async def test_an_unknown_certificate_is_refused(certificate: Certificate, security: Security):
    """S09."""
    async with postbox(Postbox(), security, certificate) as endpoint:
        with pytest.raises(TLSFailed, match="self-signed"):
            await sent(Endpoint(endpoint.host, endpoint.port, security))


async def test_one_failed_sign_in_is_not_repeated_with_other_mechanisms():
    script: dict[str, str | None] = {"EHLO": "250-test\r\n250 AUTH CRAM-MD5 LOGIN PLAIN", "AUTH": "535 5.7.8 no"}
    async with scripted(script) as (endpoint, seen):
        with pytest.raises(SignInRefused):
            await send(endpoint, ANNA, "a@example.com", ["b@example.com"], LETTER)
    assert [line.split(b" ")[:2] for line in seen[1:]] == [[b"AUTH", b"PLAIN"]]


async def test_a_temporary_failure_to_sign_in_asks_for_patience():
    script: dict[str, str | None] = {"EHLO": "250-test\r\n250 AUTH PLAIN", "AUTH": "454 4.7.0 try again"}
    async with scripted(script) as (endpoint, _):
        with pytest.raises(Throttled):
            await send(endpoint, ANNA, "a@example.com", ["b@example.com"], LETTER)


async def test_a_server_without_a_known_mechanism_is_told_no_password():
    async with scripted({"EHLO": "250-test\r\n250 AUTH GSSAPI"}) as (endpoint, seen):
        with pytest.raises(SignInRefused):
            await send(endpoint, ANNA, "a@example.com", ["b@example.com"], LETTER)
    assert len(seen) == 1


async def test_an_access_token_too_long_for_one_line_waits_for_the_challenge():
    script: dict[str, str | None] = {"EHLO": "250-test\r\n250 AUTH XOAUTH2", "AUTH": "334 "}
    async with scripted(script) as (endpoint, seen):
        with pytest.raises(SignInRefused, match="access token"):  # the script knows no more than the challenge
            await send(endpoint, Credentials("a", "t" * 900), "a@x.org", ["b@x.org"], LETTER, token=True)
    assert seen[1] == b"AUTH XOAUTH2"
    assert len(seen[2]) > 900


@pytest.mark.parametrize("address", ["a@b\r\nRSET", "a b@c", "<a@b>", "nobody", "@b", "a@", "", "a\0@b", "a@b>\n"])
async def test_addresses_that_would_break_the_envelope_are_refused_before_connecting(address: str):
    """X01, X03."""
    with pytest.raises(Refused):
        await send(Endpoint("127.0.0.1", 1, Security.NONE), None, "a@example.com", [address], LETTER)


async def test_nobody_is_no_recipient():
    with pytest.raises(Refused):
        await send(Endpoint("127.0.0.1", 1, Security.NONE), None, "a@example.com", [], LETTER)


async def test_a_closed_port_is_unreachable(unused_tcp_port: int):
    with pytest.raises(Unreachable):
        await sent(Endpoint("127.0.0.1", unused_tcp_port, Security.NONE))


async def test_a_batch_goes_over_one_connection_and_survives_a_refused_message():
    box = Postbox(refused={"b@example.com": "550 unknown"})
    async with postbox(box) as endpoint, await Session.open(endpoint, None) as session:
        first = await send_over(session, "a@example.com", ["b@example.com"], LETTER)
        second = await send_over(session, "a@example.com", ["c@example.com"], LETTER)
        third = await send_over(session, "a@example.com", ["c@example.com"], LETTER)
    assert [bool(outcome.accepted) for outcome in (first, second, third)] == [False, True, True]
    assert len(box.names) == 1


UTF8 = "250-test\r\n250-8BITMIME\r\n250-SIZE 1000\r\n250 SMTPUTF8"


@pytest.mark.parametrize(
    ("recipient", "raw", "mail", "rcpt"),
    [
        ("b@example.com", b"x: y\r\n", "MAIL FROM:<a@x.org> SIZE=6", "RCPT TO:<b@example.com>"),
        ("b@exämple.com", b"x: y\r\n", "MAIL FROM:<a@x.org> SIZE=6", "RCPT TO:<b@xn--exmple-cua.com>"),
        ("bồ@câu.vn", b"x: y\r\n", "MAIL FROM:<a@x.org> SIZE=6 SMTPUTF8", "RCPT TO:<bồ@câu.vn>"),
        ("b@x.org", b"\r\n\xc3\xa9\r\n", "MAIL FROM:<a@x.org> SIZE=6 BODY=8BITMIME", "RCPT TO:<b@x.org>"),
        ("b@x.org", b"x:\xc3\xa9\r\n", "MAIL FROM:<a@x.org> SIZE=6 BODY=8BITMIME SMTPUTF8", "RCPT TO:<b@x.org>"),
    ],
)
async def test_extensions_are_used_only_when_they_are_needed(recipient: str, raw: bytes, mail: str, rcpt: str):
    """X03."""
    async with scripted({"EHLO": UTF8}) as (endpoint, seen):
        assert (await send(endpoint, None, "a@x.org", [recipient], raw)).accepted == {recipient}
    assert [line.decode() for line in seen[1:3]] == [mail, rcpt]


async def test_an_address_that_the_server_cannot_carry_is_refused():
    """X03."""
    async with scripted({}) as (endpoint, seen):
        with pytest.raises(Refused, match="bồ@câu"):
            await sent(endpoint, "bồ@câu.vn")
    assert len(seen) == 1


async def test_plain_text_behind_the_answer_to_starttls_answers_nothing():
    """S05."""
    script: dict[str, str | None] = {"EHLO": "250-test\r\n250 STARTTLS", "STARTTLS": "220 go\r\n250 injected"}
    async with scripted(script, Security.STARTTLS) as (endpoint, seen):
        impatient = dataclasses.replace(endpoint, timeout=0.1)  # the script knows no TLS and stays silent
        with pytest.raises((TLSFailed, Unreachable)):
            await send(impatient, ANNA, "a@example.com", ["b@example.com"], LETTER)
    assert seen[:2] == [b"EHLO [127.0.0.1]", b"STARTTLS"]
    assert not any(b"AUTH" in line or b"MAIL" in line for line in seen)


async def test_being_cancelled_closes_the_connection():
    async with scripted({"MAIL": ""}) as (endpoint, seen):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(sent(endpoint), 0.05)
    assert seen[-1] == b"MAIL FROM:<anna@example.com>"


@pytest.mark.parametrize("secret", ["canary\0", "canary\udcff"])
async def test_a_secret_that_cannot_be_written_is_refused_without_being_shown(secret: str):
    """K03, K05."""
    async with scripted({"EHLO": "250-test\r\n250 AUTH PLAIN"}) as (endpoint, seen):
        with pytest.raises(SignInRefused) as caught:
            await send(endpoint, Credentials("anna", secret), "a@example.com", ["b@example.com"], LETTER)
    assert "canary" not in repr(caught.value) + str(caught.value.__context__)
    assert len(seen) == 1
