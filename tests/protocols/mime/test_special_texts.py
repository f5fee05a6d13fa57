"""Texts neither plain nor HTML: enriched, RTF, invitations, cards, reports, what is signed or encrypted."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies

from protocols.mime.blocks import Document, Kind, LinkList, Mark
from protocols.mime.calendar import read_calendar
from protocols.mime.enriched import enriched_blocks
from protocols.mime.invitation import invitation_blocks
from protocols.mime.lzfu import unpacked_rtf
from protocols.mime.read import document
from protocols.mime.report import TYPES, report_blocks
from protocols.mime.rtf import rtf_text
from protocols.mime.vcard import card_blocks

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


def typed(kind: str, text: str) -> Document:
    return document(f"Subject: x\nContent-Type: {kind}\n\n{text}".encode())


def shown(kind: str, text: str) -> list[str]:
    return [block.text for block in typed(kind, text).blocks if block.text]


def test_enriched_text_is_shown_with_its_marks():
    """P20"""
    text = "<bold>Now</bold> is the\ntime\n\n<excerpt>said <param>x</param>before</excerpt>1 <<2 http://example.com/"
    blocks = enriched_blocks(text, LinkList())
    assert [(block.text, block.quote) for block in blocks] == [
        ("Now is the time", 0), ("said before", 1), ("1 <2 http://example.com/", 0),
    ]  # fmt: skip
    assert blocks[0].spans[0].marks == Mark.BOLD
    assert shown("text/richtext", "<bold>a</bold><nl>b\nc<lt>") == ["a", "b c<"]


def test_rtf_gives_its_text_and_the_html_that_it_was_made_of():
    assert rtf_text(rb"{\rtf1{\fonttbl{\f0 Arial;}}Gr\'fc\'dfe\par \u272?\uc1 x\par}") == ("Grüße\nĐx\n", False)
    made = rb"{\rtf1\fromhtml1{\*\htmltag64 <p>}Hello\htmlrtf {\b shown twice}\htmlrtf0 {\*\htmltag72 </p>}}"
    assert rtf_text(made) == ("<p>Hello</p>", True)
    # the example of MS-OXRTFCP section 3.1
    packed = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
    )
    assert unpacked_rtf(packed).startswith(rb"{\rtf1\ansi\ansicpg1252\pard hello world}")


INVITATION = """BEGIN:VCALENDAR
METHOD:{method}
BEGIN:VTIMEZONE
TZID:W. Europe Standard Time
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=SECONDLY
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
ORGANIZER;CN="Boss, Big":mailto:boss@example.com
ATTENDEE;PARTSTAT=ACCEPTED;CN=An:mailto:an@example.com
ATTENDEE;ROLE=OPT-PARTICIPANT:MAILTO:bo@example.com
DESCRIPTION:Bring\\, please:\\nnothing
RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TH;UNTIL=20271231T000000Z
SUMMARY:Jour fixe
DTSTART;TZID=W. Europe Standard Time:20261126T{start}
DTEND;TZID=W. Europe Standard Time:20261126T110000
UID:1
SEQUENCE:{sequence}
LOCATION:Room 1
END:VEVENT
END:VCALENDAR
"""


def invitation(method: str = "REQUEST", start: str = "100000", sequence: int = 0) -> str:
    return INVITATION.format(method=method, start=start, sequence=sequence)


def test_an_invitation_is_shown_in_the_readers_own_time():
    """P20: and a time zone that repeats every second until 2037 costs nothing."""
    blocks = invitation_blocks(invitation(), LinkList(), zone=HANOI)
    assert blocks is not None
    assert [block.text for block in blocks if block.text] == [
        "Invitation: Jour fixe",
        "When: Thu 26 Nov 2026, 16:00 to 17:00 (10:00 in W. Europe Standard Time)",
        "Repeats: every 2 weeks on Thu until 2027-12-31",
        "Where: Room 1",
        "From: Boss, Big <boss@example.com>",
        "Invited: An <an@example.com> (accepted); bo@example.com (optional)",
        "Bring, please:",
        "nothing",
    ]


def test_what_a_new_version_changes_is_named():
    earlier = read_calendar(invitation())
    blocks = invitation_blocks(invitation(start="093000", sequence=1), LinkList(), zone=HANOI, earlier=earlier)
    assert blocks is not None
    texts = [block.text for block in blocks]
    assert texts[0] == "Invitation, changed: Jour fixe"
    was = "Thu 26 Nov 2026, 16:00 to 17:00 (10:00 in W. Europe Standard Time)"
    assert f"Changed: time (was {was})" in texts
    cancelled = invitation_blocks(invitation("CANCEL"), LinkList(), zone=HANOI)
    assert cancelled is not None
    assert cancelled[0].text == "Cancelled: Jour fixe"


def event(text: str) -> str:
    return f"BEGIN:VCALENDAR\nBEGIN:VEVENT\n{text}\nEND:VEVENT\nEND:VCALENDAR"


def test_a_whole_day_and_a_time_without_a_zone_are_what_they_say():
    day = event("DTSTART;VALUE=DATE:20261126\nDTEND;VALUE=DATE:20261128")
    assert "When: Thu 26 Nov 2026 to Fri 27 Nov 2026, all day" in shown("text/calendar", day)
    floating = event("DTSTART;TZID=Nowhere/At all:20261126T100000")
    assert "When: Thu 26 Nov 2026, 10:00 (time of Nowhere/At all)" in shown("text/calendar", floating)


def test_an_invitation_among_the_choices_stands_before_the_text():
    raw = (
        'Content-Type: multipart/alternative; boundary="b"\n\n--b\n\nWe meet.\n--b\n'
        f"Content-Type: text/calendar; method=REQUEST\n\n{invitation()}\n--b--\n"
    )
    texts = [block.text for block in document(raw.encode()).blocks if block.text]
    assert texts[0] == "Invitation: Jour fixe"
    assert texts[-1] == "We meet."


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(event("DTSTART:garbage"), id="P20-no-date"),
        pytest.param("BEGIN:VCALENDAR\n" + "RRULE:FREQ=DAILY\n" * 1_000_000, id="P20-a-million-rules"),
        pytest.param("BEGIN:VEVENT\n" * 5000, id="P20-nested"),
        pytest.param("no calendar", id="P20-something-else"),
        pytest.param(
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nATTACH:file:///etc/passwd\nSEQUENCE:x\nEND:VEVENT\nEND:VCALENDAR",
            id="P20-x",
        ),
    ],
)
def test_a_broken_invitation_is_shown_as_it_stands(text: str):
    assert read_calendar(text) is None
    assert typed("text/calendar", text[:2000]).blocks[0].text == "Shown as it stands: text/calendar"


@given(strategies.text(alphabet="BEGINVCALDREVT:;=\n0129TZ\\,-+", max_size=300))
def test_any_calendar_is_survived(text: str):
    read_calendar(f"BEGIN:VCALENDAR\nBEGIN:VEVENT\n{text}\nEND:VEVENT\nEND:VCALENDAR\n")


def test_a_contact_card_is_shown():
    """P20"""
    card = (
        "BEGIN:VCARD\nVERSION:2.1\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Nguy=E1=BB=85n;An\n"
        "EMAIL;INTERNET:an@example.com\nADR;WORK:;;1 Main\\, Street;Hanoi\nPHOTO;ENCODING=B:AAAA\nEND:VCARD\n"
    )
    assert shown("text/x-vcard", card) == ["An Nguyễn", "Mail: an@example.com", "Address: 1 Main, Street; Hanoi"]
    assert card_blocks("no card", LinkList()) is None


FAILED = b"""Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; nobody@example.org
Action: failed
Status: 5.1.1
Remote-MTA: dns; mail.example.org
Diagnostic-Code: smtp; 550 no such user
"""


def test_a_delivery_report_says_who_and_why():
    """P20"""
    blocks = report_blocks(TYPES[0], FAILED, LinkList())
    assert blocks is not None
    assert [block.text for block in blocks if block.text] == [
        "Not delivered: nobody@example.org",
        "Why: 550 no such user",
        "Status: 5.1.1",
        "Said by: mail.example.org",
        "Reported by: mx.example.com",
    ]
    assert "It was shown to an@example.com" in shown(
        TYPES[1], "Final-Recipient: rfc822; an@example.com\nDisposition: manual-action/MDN-sent-manually; displayed\n"
    )
    assert "Complaint: abuse" in shown(TYPES[2], "Feedback-Type: abuse\nSource-IP: 192.0.2.1\n")


@given(strategies.sampled_from(TYPES), strategies.binary(max_size=300))
def test_any_report_is_survived(kind: str, data: bytes):
    report_blocks(kind, data, LinkList())


@pytest.mark.parametrize(
    ("kind", "text", "told"),
    [
        ('multipart/signed; protocol="application/pgp-signature"; boundary=b', "--b\n\nhi\n--b--", "is signed (PGP)"),
        ("multipart/encrypted; boundary=b", "--b\n\nhi\n--b--", "is encrypted (PGP)"),
        ("application/pkcs7-mime; smime-type=enveloped-data", "AAAA", "is encrypted (S/MIME)"),
        ("application/pkcs7-mime; smime-type=signed-data", "AAAA", "is signed (S/MIME)"),
        ("text/plain", "-----BEGIN PGP SIGNED MESSAGE-----\nhi", "A part of the text is signed (PGP)"),
        ("text/plain", "-----BEGIN PGP MESSAGE-----\nAAAA", "A part of the text is encrypted (PGP)"),
    ],
)
def test_what_is_signed_or_encrypted_is_named_and_never_called_genuine(kind: str, text: str, told: str):
    """E02, E04: no signature is checked, so none is called valid."""
    notices = [block.text for block in typed(kind, text).blocks if block.kind is Kind.NOTICE]
    assert any(told in notice for notice in notices)
    assert not any("valid" in notice or "genuine" in notice for notice in notices)


def test_p19_a_piece_of_a_message_says_which_and_shows_what_it_holds():
    kind = 'message/partial; id="a@b"; number=2; total=3'
    told = "Piece 2 of 3 of a message that was sent in pieces. The pieces are not put together here."
    assert shown(kind, "half of a sentence") == [told, "half of a sentence"]
    assert shown("message/partial; number=x", "text")[0].startswith("A piece of a message")
    assert shown(kind, "a line of text\n" * 10_000)[-1] == "The piece goes on."


def test_p19_what_lies_elsewhere_is_named_and_not_fetched():
    told = typed('message/external-body; access-type=URL; url="https://a.example/x"', "Content-Type: text/plain\n\n")
    assert [block.text for block in told.blocks] == [
        "The content is not in this message, and is not fetched. This is where it says to be:",
        "By: URL",
        "Address: https://a.example/x",
        "What: text/plain",
    ]
    assert [link.host for link in told.links] == ["a.example"]
