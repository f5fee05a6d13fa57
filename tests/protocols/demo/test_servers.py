"""The demo's servers answer clients that are not ours, and stop."""

import asyncio
import base64
import imaplib
import poplib
import smtplib
from email.message import EmailMessage

import pytest

from protocols.demo.imap_server import DemoImapServer
from protocols.demo.pop3_server import DemoPop3Server
from protocols.demo.smtp_server import DemoSmtpServer

RAW = b"From: a@example.com\r\nTo: b@example.com\r\nSubject: hello\r\n\r\n.dot\r\nline two\r\n"


async def test_imap_serves_appended_mail_and_its_trash_can_be_written() -> None:
    server = DemoImapServer("work", "pigeon", ("Archive", "Trash"))
    await server.start()
    await server.append("INBOX", RAW, 1_700_000_000, frozenset({"\\Seen"}))

    def talk() -> tuple[bytes, bytes, list[bytes]]:
        with imaplib.IMAP4("127.0.0.1", server.port, timeout=10) as client:
            client.login("work", "pigeon")
            names = b" ".join(line for line in client.list()[1] if isinstance(line, bytes))
            client.select("INBOX")
            body = client.fetch("1", "(FLAGS BODY.PEEK[])")[1][0]
            assert isinstance(body, tuple)
            assert client._simple_command("UID", "MOVE", "101", "Trash")[0] == "OK"  # type: ignore[attr-defined]
            return names, body[1], client.select("Trash")[1]  # type: ignore[return-value]

    names, body, count = await asyncio.to_thread(talk)
    await server.close()
    assert b"Archive" in names
    assert body == RAW
    assert count == [b"1"]


@pytest.mark.parametrize("folder", ["INBOX", "Archive"])
async def test_imap_takes_any_keyword(folder: str) -> None:
    server = DemoImapServer("work", "pigeon", ("Archive",))
    await server.start()
    await server.append(folder, RAW, 1_700_000_000, frozenset({"\\Seen"}))

    def talk() -> tuple[object, object]:
        with imaplib.IMAP4("127.0.0.1", server.port, timeout=10) as client:
            client.login("work", "pigeon")
            client.select(folder)
            _, permanent = client.response("PERMANENTFLAGS")
            client.store("1", "+FLAGS", "(todo)")
            client.select(folder)
            return permanent, client.fetch("1", "(FLAGS)")[1]

    permanent, flags = await asyncio.to_thread(talk)
    await server.close()
    assert "\\\\*" in repr(permanent) and "todo" in repr(flags)


async def test_imap_refuses_a_wrong_password_and_stops_while_a_client_is_connected() -> None:
    server = DemoImapServer("work", "pigeon", ())
    await server.start()
    port = server.port

    def sign_in() -> imaplib.IMAP4:
        client = imaplib.IMAP4("127.0.0.1", port, timeout=10)
        with pytest.raises(imaplib.IMAP4.error):
            client.login("work", "wrong")
        return client

    client = await asyncio.to_thread(sign_in)
    await server.close()
    client.shutdown()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


async def test_imap_tells_a_waiting_client_of_new_mail() -> None:
    server = DemoImapServer("work", "pigeon", ())
    await server.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"a LOGIN work pigeon\r\nb SELECT INBOX\r\nc IDLE\r\n")
    await reader.readuntil(b"+ Idling.")
    await server.append("INBOX", RAW, 1_700_000_000)
    await reader.readuntil(b"1 EXISTS")
    await server.close()
    writer.close()


async def test_pop3_lists_sends_and_removes_only_after_quit() -> None:
    server = DemoPop3Server("old", "pigeon")
    await server.start()
    server.deliver(RAW)
    server.deliver(RAW.replace(b"hello", b"second"))

    def talk(quitting: bool) -> tuple[bytes, list[bytes]]:
        client = poplib.POP3("127.0.0.1", server.port, timeout=10)
        client.user("old")
        client.pass_("pigeon")
        assert client.stat()[0] == 2
        listing = client.uidl()[1]
        body = b"\r\n".join(client.retr(1)[1]) + b"\r\n"
        assert client.top(2, 1)[1][-1] == b".dot"
        client.dele(1)
        if quitting:
            client.quit()
        else:
            client.close()
        return body, listing

    body, listing = await asyncio.to_thread(talk, False)
    assert body == RAW
    assert len({line.split()[1] for line in listing}) == 2
    assert server.count == 2
    await asyncio.to_thread(talk, True)
    assert server.count == 1
    await server.close()


async def test_pop3_refuses_a_wrong_password() -> None:
    server = DemoPop3Server("old", "pigeon")
    await server.start()

    def talk() -> None:
        client = poplib.POP3("127.0.0.1", server.port, timeout=10)
        client.user("old")
        with pytest.raises(poplib.error_proto, match="AUTH"):
            client.pass_("wrong")
        client.close()

    await asyncio.to_thread(talk)
    await server.close()


async def test_smtp_hands_on_what_a_known_user_sends() -> None:
    sent: list[tuple[tuple[str, ...], bytes]] = []
    server = DemoSmtpServer({"work": "pigeon"}, lambda recipients, raw: sent.append((recipients, raw)))
    await server.start()
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "me@example.com", "you@example.com", "hello"
    message.set_content("text")

    def talk() -> None:
        with smtplib.SMTP("127.0.0.1", server.port, timeout=10) as client:
            client.login("work", "pigeon")
            client.send_message(message)
        with smtplib.SMTP("127.0.0.1", server.port, timeout=10) as client:
            client.ehlo()
            refused = client.docmd("AUTH PLAIN", base64.b64encode(b"\0work\0wrong").decode())
            assert refused[0] == 535

    await asyncio.to_thread(talk)
    await server.close()
    assert sent[0][0] == ("you@example.com",)
    assert b"Subject: hello" in sent[0][1]
