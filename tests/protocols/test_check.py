"""Trying settings names the step that fails, for every way to fail."""

import base64
import re
import socket
import ssl
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from protocols.check import CheckStep, check
from store.settings import AccountSettings, Security
from tests.servers.accounts import imap_account, pop3_account
from tests.servers.certificates import make_certificate
from tests.servers.dovecot import Dovecot
from tests.servers.fake_imap import FakeImap, serving
from tests.servers.pop3 import Faults, PopServer


async def steps(settings: AccountSettings, password: str = "right") -> list[CheckStep]:
    return [step async for step in check(settings, password)]


def told(found: list[CheckStep]) -> list[tuple[str, bool]]:
    return [(step.name, step.ok) for step in found]


GOOD = [("dns", True), ("connect", True), ("greeting", True), ("login", True), ("capability", True)]


async def test_a_pop3_account_that_works_passes_every_step_and_loses_nothing():
    async with PopServer([("a", b"Subject: x\r\n\r\n")]) as server:
        found = await steps(pop3_account(server.port))
        assert told(found) == GOOD
        assert "1 messages" in found[-1].detail
        assert len(server.maildrop) == 1
        assert "DELE" not in server.words


async def test_a_wrong_password_is_the_login_step():
    async with PopServer() as server:
        found = await steps(pop3_account(server.port), "wrong")
    assert told(found) == [*GOOD[:3], ("login", False)]
    assert found[-1].error is not None
    assert found[-1].error.exit_code == 5
    assert found[-1].error.account == "drop"


async def test_an_unknown_host_is_the_dns_step():
    found = await steps(replace(pop3_account(110), host="no-such-host.invalid"))
    assert told(found) == [("dns", False)]


async def test_a_closed_port_is_the_connect_step():
    async with PopServer() as server:
        port = server.port
    assert told(await steps(pop3_account(port))) == [("dns", True), ("connect", False)]


async def test_a_server_that_greets_with_an_error_is_the_greeting_step():
    async with PopServer((), Faults(greeting=b"-ERR [SYS/PERM] gone")) as server:
        assert told(await steps(pop3_account(server.port))) == [("dns", True), ("connect", True), ("greeting", False)]


async def test_a_certificate_that_nobody_vouches_for_is_the_tls_step(tmp_path: Path):
    certificate, key = make_certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    async with PopServer(context=context, implicit=True) as server:
        settings = replace(pop3_account(server.port), host="localhost", security="tls")
        assert told(await steps(settings)) == [("dns", True), ("connect", True), ("tls", False)]
        found = await steps(replace(settings, ca_file=certificate))
        assert told(found) == [*GOOD[:2], ("tls", True), *GOOD[2:]]


async def test_a_server_without_starttls_is_the_tls_step_after_the_greeting(tmp_path: Path):
    async with PopServer((), Faults(stls=None)) as server:
        found = await steps(replace(pop3_account(server.port), security="starttls"))
    assert told(found) == [("dns", True), ("connect", True), ("greeting", True), ("tls", False)]


async def test_a_server_without_lasting_names_says_what_that_means():
    faults = Faults(uidl=False, capabilities=("TOP", "USER"))
    async with PopServer([("a", b"Subject: x\r\n\r\n")], faults) as server:
        found = await steps(pop3_account(server.port))
    assert "UIDL" in found[-1].detail


async def test_an_imap_account_is_checked_the_same_way(dovecot: Dovecot):
    user = dovecot.user()
    found = await steps(imap_account(dovecot.imap, user=user), dovecot.password)
    assert told(found) == GOOD
    assert "IDLE" in found[-1].detail
    assert told(await steps(imap_account(dovecot.imap, user=user), "wrong"))[-1] == ("login", False)


async def test_an_access_token_is_tried_as_one():
    fake = FakeImap("IMAP4rev1 AUTH=XOAUTH2 AUTH=PLAIN SASL-IR")
    token = base64.b64encode(b"user=anna\1auth=Bearer t0ken\1\1").decode()
    fake.on(re.escape(f"AUTHENTICATE XOAUTH2 {token}"), "$ OK in")
    fake.on("AUTHENTICATE PLAIN", "$ NO never")
    async with serving(fake):
        settings = replace(imap_account(fake.port), auth="oauth2")
        assert told(await steps(settings, "t0ken")) == GOOD


@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize("account", [imap_account, pop3_account])
async def test_nobody_is_asked_but_the_server_that_was_named(
    monkeypatch: pytest.MonkeyPatch, account: Callable[[int], AccountSettings], security: Security
):
    """S12: no record or page of the address's domain says where to go, and no port is guessed."""
    asked: list[tuple[object, object]] = []

    def resolve(host: object, port: object, *rest: object, **named: object) -> list[object]:
        asked.append((host, port))
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    named = replace(account(4711), address="me@attacker.invalid", host="mail.invalid", security=security)
    assert told(await steps(named)) == [("dns", False)]
    assert asked == [("mail.invalid", 4711)]
