"""The connection and the readers against a real Dovecot."""

import asyncio

import pytest

from protocols.auth.sasl import Credentials, Login, Plain
from protocols.endpoint import Endpoint, Security
from protocols.errors import Refused, SignInRefused
from protocols.imap.answers import read_appended, read_copied
from protocols.imap.arguments import Literal, astring
from protocols.imap.connection import Connection
from protocols.imap.fetch import read_fetch
from protocols.imap.framing import Response
from protocols.imap.idle import IdleEnd
from protocols.imap.names import decode, encode, roles
from protocols.imap.parse import read_count, read_list, read_search, read_status
from store.model import Flag, Role

MESSAGE = b"From: a@example.org\r\nSubject: (one* \r\n\r\nbody\r\n"


async def opened(dovecot, security: Security = Security.TLS, on_untagged=None) -> Connection:
    port = dovecot.imaps if security is Security.TLS else dovecot.imap
    endpoint = Endpoint("localhost", port, security, ca_file=dovecot.ca_file, timeout=10)
    return await Connection.open(endpoint, on_untagged=on_untagged)


async def signed_in(dovecot, user: str, on_untagged=None) -> Connection:
    connection = await opened(dovecot, on_untagged=on_untagged)
    await connection.sign_in(Credentials(user, dovecot.password))
    return connection


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
@pytest.mark.parametrize("mechanism", [Plain, Login])
async def test_every_way_in_works(dovecot, security, mechanism):
    async with await opened(dovecot, security) as connection:
        await connection.sign_in(Credentials(dovecot.user(), dovecot.password), (mechanism,))
        assert connection.secure and connection.capabilities.idle


async def test_a_wrong_password_is_refused(dovecot):
    async with await opened(dovecot) as connection:
        with pytest.raises(SignInRefused) as failed:
            await connection.sign_in(Credentials(dovecot.user(), "wrong"))
    assert failed.value.code == "AUTHENTICATIONFAILED"


async def test_a_message_goes_up_and_comes_back_byte_for_byte(dovecot):
    async with await signed_in(dovecot, dovecot.user()) as connection:
        folder = encode("Đà Nẵng (a* b)", "/")
        await connection.run("CREATE", astring(folder))
        tagged = await connection.run("APPEND", astring(folder), rb"(\Seen $Work)", Literal(MESSAGE))
        validity, uid = read_appended(tagged.code)
        listed: list[Response] = []
        await connection.run("LIST", b'""', b'"*"', b"RETURN", b"(SPECIAL-USE)", sink=listed.append)
        folders = [read_list(one) for one in listed]
        assert "Đà Nẵng (a* b)" in {decode(one.name, one.delimiter) for one in folders}
        assert {Role.INBOX, Role.SENT, Role.TRASH} <= set(roles(folders).values())
        status: list[Response] = []
        await connection.run("STATUS", astring(folder), b"(MESSAGES UIDVALIDITY)", sink=status.append)
        assert read_status(status[0]).items == {"MESSAGES": 1, "UIDVALIDITY": validity}
        await connection.run("SELECT", astring(folder))
        heard: list[Response] = []
        await connection.run(
            "UID FETCH", b"1:*", b"(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])", sink=heard.append
        )
        got = read_fetch(heard[0])
        assert (got.uid, got.flags, got.labels, got.size) == (uid, Flag.SEEN, ("$Work",), len(MESSAGE))
        assert got.sections["BODY[]"] == MESSAGE and got.internaldate
        heard.clear()
        await connection.run("UID FETCH", b"1:*", b"(UID ENVELOPE BODYSTRUCTURE)", sink=heard.append)
        assert read_fetch(heard[0]).envelope.subject == b"(one*"
        copied = await connection.run("UID COPY", b"%d" % uid, b"INBOX")
        assert [source for source, _ in read_copied(copied.code)[1]] == [uid]
        found: list[Response] = []
        await connection.run("UID SEARCH", b"ALL", sink=found.append)
        assert read_search(found[0]) == [uid]
        with pytest.raises(Refused):
            await connection.run("SELECT", b"missing")


async def test_twenty_mixed_commands_at_once_are_all_answered(dovecot):
    async with await signed_in(dovecot, dovecot.user()) as connection:
        await connection.run("SELECT", b"INBOX")
        commands = [("NOOP",), ("LIST", b'""', b'"*"'), ("SUBSCRIBE", b"INBOX"), ("UID SEARCH", b"ALL")] * 5
        answers = await asyncio.gather(*(connection.run(*command) for command in commands))
        assert [answer.status for answer in answers] == ["OK"] * 20


async def test_idle_hears_of_new_mail(dovecot):
    user = dovecot.user()
    heard: list[Response] = []
    async with await signed_in(dovecot, user, heard.append) as connection, await signed_in(dovecot, user) as other:
        await connection.run("SELECT", b"INBOX")
        heard.clear()
        idle = asyncio.create_task(connection.idle(renew=20))
        await asyncio.sleep(0)
        await other.run("APPEND", b"INBOX", Literal(MESSAGE))
        assert await idle is IdleEnd.NEWS
        assert 1 in [read_count(response, "EXISTS") for response in heard]
