"""Signing in to scripted servers: mechanisms, quoting, refusals, and what is never sent or told."""

import base64
from collections.abc import Sequence

import pytest

from protocols.auth.sasl import TOKEN_MECHANISMS, CramMD5, Credentials, Mechanism
from protocols.errors import Misbehaved, ProtocolError, SignInRefused, Throttled
from tests.servers.greeted import greeted
from tests.servers.script import Peer, Script

JOE = Credentials("joe", "hush hush")


async def refused(
    script: Script, capabilities: str, mechanisms: Sequence[type[Mechanism]] | None = None
) -> ProtocolError:
    async with greeted(script, capabilities=capabilities) as connection:
        with pytest.raises(ProtocolError) as failed:
            await connection.sign_in(JOE, *([mechanisms] if mechanisms else []))
    return failed.value


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


async def test_plain_goes_with_the_command_where_the_server_allows_it():
    async def script(peer: Peer) -> None:
        assert (await peer.expect("AUTHENTICATE PLAIN ")).decode().split()[2] == b64("\0joe\0hush hush")
        await peer.say("$ OK [CAPABILITY GARBAGE] Logged in")
        await peer.ok("CAPABILITY", "* CAPABILITY imap4rev1 Move", "* capability IDLE")

    async with greeted(script, capabilities="AUTH=PLAIN SASL-IR") as connection:
        await connection.sign_in(JOE)
        assert connection.capabilities == {"IMAP4REV1", "MOVE", "IDLE"}
        assert connection.capabilities.has("move")


async def test_plain_waits_for_the_server_without_sasl_ir():
    async def script(peer: Peer) -> None:
        await peer.expect("AUTHENTICATE PLAIN$")
        await peer.say("+")
        assert (await peer.line()).decode() == b64("\0joe\0hush hush")
        await peer.say("$ OK in")
        await peer.ok("CAPABILITY", "* CAPABILITY IMAP4rev1")

    async with greeted(script, capabilities="auth=plain") as connection:
        await connection.sign_in(JOE)


@pytest.mark.parametrize(
    ("credentials", "lines"),
    [
        (Credentials("joe", 'a "b" \\'), [b'LOGIN joe "a \\"b\\" \\\\"']),
        (Credentials("a b", ""), [b'LOGIN "a b" ""']),
        (Credentials("hiền", "mật"), [b"LOGIN {6}", "hiền {5}".encode(), "mật".encode()]),
    ],
)
async def test_login_quotes_what_it_must(credentials, lines):
    """K03."""

    async def script(peer: Peer) -> None:
        assert await peer.expect("LOGIN") == lines[0]
        for line in lines[1:]:
            await peer.say("+ go")
            assert await peer.line() == line
        await peer.say("$ OK in")
        await peer.ok("CAPABILITY", "* CAPABILITY IMAP4rev1")

    async with greeted(script, capabilities="IDLE") as connection:
        await connection.sign_in(credentials)


async def test_who_we_are_is_said_without_inner_blanks():
    """I19."""

    async def script(peer: Peer) -> None:
        await peer.ok("LOGIN")
        await peer.ok("CAPABILITY", "* CAPABILITY IMAP4rev1 ID")
        assert await peer.expect("ID") == b'ID ("name" "bocau")'
        await peer.say("$ BAD never mind")

    async with greeted(script, capabilities="") as connection:
        await connection.sign_in(JOE)


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        ("$ NO [AUTHENTICATIONFAILED] no", SignInRefused, "AUTHENTICATIONFAILED"),
        ("$ NO no", SignInRefused, ""),
        ("$ NO [UNAVAILABLE] later", Throttled, "UNAVAILABLE"),
    ],
)
async def test_a_refused_sign_in_is_a_typed_error_and_not_tried_again(answer, kind, code):
    """I14."""

    async def script(peer: Peer) -> None:
        await peer.expect("AUTHENTICATE")
        await peer.say(answer)
        assert await peer.expect("LOGOUT")
        await peer.say("* BYE bye", "$ OK bye")

    error = await refused(script, "AUTH=PLAIN AUTH=LOGIN SASL-IR")
    assert isinstance(error, kind) and error.code == code and error.step == "login"


async def test_an_error_document_is_acknowledged_so_that_the_server_says_no():
    async def script(peer: Peer) -> None:
        await peer.expect("AUTHENTICATE XOAUTH2 ")
        await peer.say("+ " + b64('{"status":"401"}'))
        assert await peer.line() == b""
        await peer.say("$ NO [AUTHENTICATIONFAILED] bad token")

    assert isinstance(await refused(script, "AUTH=XOAUTH2 SASL-IR", TOKEN_MECHANISMS), SignInRefused)


async def test_a_mechanism_that_the_server_does_not_understand_gives_way_to_the_next():
    async def script(peer: Peer) -> None:
        await peer.expect("AUTHENTICATE PLAIN")
        await peer.say("$ BAD what")
        await peer.expect("AUTHENTICATE LOGIN")
        for answer in ("joe", "hush hush"):
            await peer.say("+ " + b64("Go on:"))
            assert (await peer.line()).decode() == b64(answer)
        await peer.say("$ OK in")
        await peer.ok("CAPABILITY", "* CAPABILITY IMAP4rev1")

    async with greeted(script, capabilities="AUTH=PLAIN AUTH=LOGIN SASL-IR") as connection:
        await connection.sign_in(JOE)


async def test_a_server_that_takes_no_passwords_gets_none():
    """S11."""

    async def script(peer: Peer) -> None:
        assert await peer.expect("LOGOUT")
        await peer.say("* BYE bye", "$ OK bye")

    error = await refused(script, "LOGINDISABLED")
    assert isinstance(error, SignInRefused) and error.code == "LOGINDISABLED"
    assert isinstance(await refused(script, "AUTH=PLAIN", TOKEN_MECHANISMS), SignInRefused)


@pytest.mark.parametrize(
    "answer", [["$ OK [CAPABILITY IMAP4rev1 MOVE] in"], ["* CAPABILITY IMAP4rev1 MOVE", "$ OK in"]]
)
async def test_what_the_server_can_do_is_not_asked_again_when_it_says_so_while_signing_in(answer):
    async def script(peer: Peer) -> None:
        await peer.expect("LOGIN")
        await peer.say(*answer)
        await peer.ok("NOOP")

    async with greeted(script, capabilities="IDLE") as connection:
        await connection.sign_in(JOE)
        assert connection.capabilities == {"IMAP4REV1", "MOVE"}
        await connection.run("NOOP")


async def test_behind_a_proxy_it_is_asked_again():
    """I18."""

    async def script(peer: Peer) -> None:
        await peer.expect("LOGIN")
        await peer.say("$ OK [CAPABILITY IMAP4rev1 QRESYNC] in")
        await peer.ok("CAPABILITY", "* CAPABILITY IMAP4rev1")

    async with greeted(script, capabilities="XAPPLEPUSHSERVICE") as connection:
        await connection.sign_in(JOE)
        assert connection.capabilities == {"IMAP4REV1"}


@pytest.mark.parametrize(
    ("name", "said", "acknowledged", "words"),
    [
        ("XOAUTH2", '{"status":"401","schemes":"Bearer"}', b"", "expired"),
        ("XOAUTH2", '{"status":"400","scope":"https://mail.google.com/"}', b"", "https://mail.google.com/"),
        ("OAUTHBEARER", '{"status":"insufficient_scope","scope":"mail"}', b"AQ==", "something else"),
    ],
)
async def test_why_a_token_is_refused_is_told_in_words(name, said, acknowledged, words):
    """K04."""

    async def script(peer: Peer) -> None:
        await peer.expect(f"AUTHENTICATE {name} ")
        await peer.say("+ " + b64(said))
        assert await peer.line() == acknowledged
        await peer.say("$ NO [AUTHENTICATIONFAILED] bad token")

    error = await refused(script, f"AUTH={name} SASL-IR", TOKEN_MECHANISMS)
    assert isinstance(error, SignInRefused) and error.code == "AUTHENTICATIONFAILED"
    assert "access token" in error.title and words in error.hint
    assert "hush" not in f"{error} {error.args}"


async def test_a_challenge_of_a_megabyte_is_left():
    """S11."""

    async def script(peer: Peer) -> None:
        await peer.expect("AUTHENTICATE CRAM-MD5")
        await peer.say("+ " + b64("<1@x>" * 400_000))
        await peer.finished()

    assert isinstance(await refused(script, "AUTH=CRAM-MD5", (CramMD5,)), Misbehaved)


async def test_of_hundreds_of_mechanisms_the_best_that_we_know_is_used():
    """S11."""

    async def script(peer: Peer) -> None:
        await peer.ok("AUTHENTICATE PLAIN ")
        await peer.ok("CAPABILITY", "* CAPABILITY IMAP4rev1")

    many = " ".join(f"AUTH=X-{number}" for number in range(300))
    async with greeted(script, capabilities=f"{many} AUTH=PLAIN SASL-IR {many}") as connection:
        await connection.sign_in(JOE)


async def test_endless_challenges_are_left():
    """S11."""

    async def script(peer: Peer) -> None:
        await peer.expect("AUTHENTICATE CRAM-MD5")
        for _ in range(9):
            await peer.say("+ " + b64("<1@x>"))
        await peer.finished()

    assert isinstance(await refused(script, "AUTH=CRAM-MD5", (CramMD5,)), Misbehaved)


@pytest.mark.parametrize("capabilities", ["", "AUTH=PLAIN SASL-IR"])
async def test_a_password_that_the_server_repeats_is_not_told(capabilities):
    """K05."""

    async def script(peer: Peer) -> None:
        line = await peer.expect("LOGIN|AUTHENTICATE")
        await peer.say(b"$ NO unknown: " + line)

    error = await refused(script, capabilities)
    said = f"{error} {error!r} {error.args}"
    assert "hush" not in said and b64("\0joe\0hush hush") not in said


async def test_a_password_that_is_no_unicode_is_not_told():
    async with greeted(Peer.finished, capabilities="") as connection:
        with pytest.raises(SignInRefused) as failed:
            await connection.sign_in(Credentials("joe", "hush\ud800"))
    assert "hush" not in str(failed.value)
