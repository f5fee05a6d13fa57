"""The demo's mail is reproducible, and arrives over real servers until everything is gone again."""

import asyncio
import smtplib
from collections import Counter

import pytest

from protocols.demo.mail import FOLDERS, arrivals, imap_mail, pop3_mail
from protocols.demo.people import ME
from protocols.demo.scenario import PASSWORD, demo
from protocols.mime.read import document
from store.config import load
from store.model import Protocol

NOW = 1_800_000_000


@pytest.mark.parametrize("count", [0, 1, 39, 40, 300])
def test_there_are_as_many_letters_as_asked_for_and_always_the_same(count: int):
    mail = imap_mail(count, NOW)
    assert len(mail) == count
    assert mail == imap_mail(count, NOW)
    assert len(pop3_mail(count, NOW)) == count
    assert {posted.folder for posted in mail} <= {"INBOX", *FOLDERS}
    assert all(posted.when < NOW for posted in mail)
    assert [posted.when for posted in mail] == sorted(posted.when for posted in mail)


def test_every_letter_can_be_read_and_the_mailbox_has_all_kinds():
    mail = imap_mail(300, NOW)
    assert all(document(posted.raw).blocks for posted in mail)
    everything = b"".join(posted.raw for posted in mail)
    for kind in (b"In-Reply-To:", b"text/html", b"application/pdf", b"text/calendar", b"\x1b[2J", "日程".encode()):
        assert kind in everything
    assert Counter(posted.folder for posted in mail)["INBOX"] > 100


def test_letters_arrive_without_end_and_none_twice():
    found = [letter.message_id for letter, _ in zip(arrivals(NOW), range(50), strict=False)]
    assert len(set(found)) == 50


async def test_the_demo_gives_a_configuration_receives_mail_and_leaves_nothing():
    async with demo(50, first=0, every=1e9) as running:
        accounts = {account.protocol: account for account in load(running.config).accounts}
        assert accounts[Protocol.IMAP].port == running.imap.port
        assert accounts[Protocol.POP3].smtp is not None
        assert running.pop3.count == 5
        folder = running.config.parent

        reader, writer = await asyncio.open_connection("127.0.0.1", running.imap.port)
        writer.write(f"a LOGIN {ME.address} {PASSWORD}\r\nb SELECT INBOX\r\nc IDLE\r\n".encode())
        await reader.readuntil(b"+ Idling.")

        smtp = accounts[Protocol.POP3].smtp

        def send() -> None:
            with smtplib.SMTP(smtp.host, smtp.port, timeout=10) as client:
                client.login(ME.address, PASSWORD)
                client.sendmail(ME.address, ["nobody@example.com"], b"Subject: hi\r\n\r\nhello\r\n")

        await asyncio.to_thread(send)
        await reader.readuntil(b"EXISTS")
        writer.close()
    assert not folder.exists()
