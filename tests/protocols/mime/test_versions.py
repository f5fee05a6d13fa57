"""What other messages say of an event: what changed, and whether what is read still holds."""

from zoneinfo import ZoneInfo

from protocols.mime.blocks import LinkList
from protocols.mime.calendar import Calendar, read_calendar
from protocols.mime.invitation import invitation_blocks
from protocols.mime.versions import versions

ZONE = ZoneInfo("Europe/Berlin")


def event(
    sequence: int,
    start: str = "DTSTART:20261126T090000Z\nDTEND:20261126T100000Z\n",
    method: str = "REQUEST",
    *,
    uid: str = "1",
    organiser: str = "boss@example.com",
    more: str = "SUMMARY:Plans\nLOCATION:Room 1\n",
) -> str:
    return (
        f"BEGIN:VCALENDAR\nMETHOD:{method}\nBEGIN:VEVENT\nUID:{uid}\nSEQUENCE:{sequence}\n{start}{more}"
        f"ORGANIZER:mailto:{organiser}\nEND:VEVENT\nEND:VCALENDAR\n"
    )


def shown(text: str, *others: str) -> list[str]:
    now = read_calendar(text)
    assert now is not None
    found = versions(now, [calendar for other in others if (calendar := read_calendar(other)) is not None])
    blocks = invitation_blocks(text, LinkList(), zone=ZONE, earlier=found.earlier, later=found.later)
    assert blocks is not None
    return [block.text for block in blocks if block.text]


LATER = "DTSTART:20261127T100000Z\nDTEND:20261127T110000Z\n"


def test_the_last_version_before_is_what_it_is_compared_with():
    texts = shown(event(2, LATER), event(0, more="SUMMARY:Old\n"), event(1), event(3, method="REPLY"))
    assert texts[0] == "Invitation, changed: Plans"
    assert "When: Fri 27 Nov 2026, 11:00 to 12:00" in texts
    assert "Changed: time (was Thu 26 Nov 2026, 10:00 to 11:00)" in texts


def test_what_is_no_longer_so_is_said_first():
    assert shown(event(0), event(1, LATER))[0] == (
        "A later message changes this; it is Fri 27 Nov 2026, 11:00 to 12:00 now."
    )
    assert shown(event(0), event(0, method="CANCEL"))[0] == "A later message cancels this."
    assert shown(event(0), event(0))[0] == "Invitation: Plans"


def test_a_cancellation_says_what_it_cancels():
    texts = shown(event(1, "", "CANCEL", more=""), event(0))
    assert texts[:3] == ["Cancelled: Plans", "When: Thu 26 Nov 2026, 10:00 to 11:00", "Where: Room 1"]


def test_nobody_else_changes_an_event():
    """A UID can be copied by anybody."""
    alone = shown(event(1, LATER))
    assert shown(event(1, LATER), event(0, organiser="eve@example.net")) == alone
    assert shown(event(1, LATER), event(2, organiser="eve@example.net")) == alone
    assert shown(event(1, LATER), event(0, uid="2")) == alone
    assert shown(event(1, LATER, uid=""), event(0, uid="")) == alone


def test_one_date_of_an_event_that_repeats_is_not_compared_with_all_of_them():
    once = event(1, f"{LATER}RECURRENCE-ID:20261126T090000Z\n")
    assert not any(text.startswith("Changed") for text in shown(once, event(0)))
    assert any(
        text.startswith("Changed: place (was Room 1)")
        for text in shown(
            event(2, f"{LATER}RECURRENCE-ID:20261126T090000Z\n", more="SUMMARY:Plans\nLOCATION:Room 2\n"), once
        )
    )


def test_a_calendar_without_events_in_common_says_nothing():
    assert versions(Calendar("request", ()), []).earlier is None
