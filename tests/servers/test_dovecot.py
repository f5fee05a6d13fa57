"""The private Dovecot is what the other tests believe it is."""

import imaplib
import poplib
import ssl

from tests.servers.dovecot import Dovecot

LETTER = b"From: a@example.com\r\nSubject: =?utf-8?q?Xin_ch=C3=A0o?=\r\nMessage-ID: <1@example.com>\r\n\r\nhello\r\n"


def test_a_delivered_message_is_seen_by_an_independent_client(dovecot: Dovecot):
    user = dovecot.user()
    dovecot.deliver(user, LETTER, flags="SF")
    (message,) = dovecot.messages(user)
    assert (message.uid, message.subject, message.message_id) == (1, "Xin chào", "<1@example.com>")
    assert message.flags == {"\\Seen", "\\Flagged"}


def test_uids_follow_the_order_of_delivery_whatever_the_dates(dovecot: Dovecot):
    user = dovecot.user()
    for day in (3, 1, 2):
        dovecot.deliver(user, b"Message-ID: <%d@x>\r\n\r\n" % day, when=1_700_000_000 + day * 86_400)
    assert [message.message_id for message in dovecot.messages(user)] == ["<3@x>", "<1@x>", "<2@x>"]


def test_the_given_time_is_the_internal_date(dovecot: Dovecot):
    user = dovecot.user()
    dovecot.deliver(user, LETTER, when=1_700_000_000)
    fetched = dovecot.doveadm("fetch", "-u", user, "date.received", "mailbox", "INBOX")
    assert "2023-11-14" in fetched


def test_every_mailbox_has_the_special_folders(dovecot: Dovecot):
    with imaplib.IMAP4(dovecot.host, dovecot.imap) as client:
        client.login(dovecot.user(), dovecot.password)
        _, rows = client.list()
    listed = b"\n".join(row for row in rows if isinstance(row, bytes))
    for role in (b"\\Drafts", b"\\Sent", b"\\Trash", b"\\Archive", b"\\Junk"):
        assert role in listed


def test_a_folder_with_any_name_can_be_filled(dovecot: Dovecot):
    user = dovecot.user()
    dovecot.deliver(user, LETTER, folder="Việc/Hóa đơn")
    dovecot.deliver(user, LETTER, folder="Archive")
    assert len(dovecot.messages(user, "Việc/Hóa đơn")) == len(dovecot.messages(user, "Archive")) == 1


def test_all_four_ports_answer_and_the_certificate_is_for_localhost(dovecot: Dovecot):
    user = dovecot.user()
    dovecot.deliver(user, LETTER)
    trusted = ssl.create_default_context(cafile=str(dovecot.ca_file))
    with imaplib.IMAP4_SSL("localhost", dovecot.imaps, ssl_context=trusted) as client:
        client.login(user, dovecot.password)
    post = poplib.POP3_SSL("localhost", dovecot.pop3s, context=trusted)
    post.user(user)
    post.pass_(dovecot.password)
    assert post.stat()[0] == 1
    post.quit()
    plain = poplib.POP3("localhost", dovecot.pop3)
    plain.stls(context=trusted)
    plain.quit()


def test_the_plain_server_hides_the_newer_extensions(dovecot: Dovecot, dovecot_plain: Dovecot):
    hidden = ("MOVE", "UIDPLUS", "CONDSTORE", "QRESYNC")
    for server, expected in ((dovecot, True), (dovecot_plain, False)):
        with imaplib.IMAP4(server.host, server.imap) as client:
            client.login(server.user(), server.password)
            _, rows = client.capability()
            announced = rows[0].decode().split()
        assert all((name in announced) is expected for name in hidden)


def test_another_client_can_be_thrown_off(dovecot: Dovecot):
    user = dovecot.user()
    with imaplib.IMAP4(dovecot.host, dovecot.imap) as client:
        client.login(user, dovecot.password)
        assert user in dovecot.doveadm("who", user)
