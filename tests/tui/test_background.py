"""A message that is opened says when its sender was never heard of, and what an invitation changes."""

from dataclasses import replace
from functools import partial

import pytest

from protocols.mime.digest import digest
from store import folders
from store.acquaintance import ENOUGH, OLD
from store.mailstore import MailStore
from store.messages import Arrival
from tests.store.test_credentials import account
from tests.tui.conftest import NOW, Run, arrival, deliver, folder_of
from tests.tui.screen_text import screen_text, until
from tests.tui.test_trouble_with_the_store import damage_index

INVITATION = """From: Boss <boss@example.org>\r
To: me@example.com\r
Subject: {subject}\r
Content-Type: text/calendar; charset=utf-8; method={method}\r
\r
BEGIN:VCALENDAR\r
METHOD:{method}\r
BEGIN:VEVENT\r
UID:a1@example.org\r
SEQUENCE:{sequence}\r
DTSTART;VALUE=DATE:202611{day}\r
SUMMARY:Jour\x1b[31m fixe\r
ORGANIZER;CN=Boss:mailto:boss@example.org\r
END:VEVENT\r
END:VCALENDAR\r
"""


def invited(age: int, uid: int, **words: object) -> Arrival:
    values = {"subject": f"Plans {uid}", "method": "REQUEST", "sequence": 0, "day": 23, **words}
    raw = INVITATION.format(**values).encode()
    return Arrival(digest(raw), NOW - age, len(raw), uid=uid, raw=raw)


@pytest.fixture
async def past(store: MailStore) -> MailStore:
    """Its mail is here whole, and there is enough of it."""
    inbox = await folder_of(store, "work", "INBOX")
    old = [arrival("Old", "Old", "Old.", 2 * OLD + number, uid=2000 + number) for number in range(ENOUGH)]
    await deliver(store, inbox, *old)
    sent = await folder_of(store, "work", "Sent")
    await store.write(partial(folders.set_synced, folder=sent.id, synced_at=NOW))
    return store


def letter(name: str, address: str, age: int, uid: int) -> Arrival:
    raw = f"From: {name} <{address}>\r\nTo: me@example.com\r\nSubject: From {address}\r\n\r\nHello there.\r\n".encode()
    return Arrival(digest(raw), NOW - age, len(raw), uid=uid, raw=raw)


async def test_a_stranger_is_said_to_be_one(run: Run, past: MailStore):
    inbox = await folder_of(past, "work", "INBOX")
    await deliver(past, inbox, letter("Eve", "eve@example.net", 1, 900), letter("Eve", "eve@example.net", 2, 901))
    async with run((100, 24)) as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: "Hello there." in screen_text(pilot.app))
        assert "New      " not in screen_text(pilot.app)
        await pilot.press("n")
        await until(pilot, lambda: "New      The first message from this address" in screen_text(pilot.app))


async def test_somebody_who_adds_an_account_is_no_stranger_there(run: Run, past: MailStore):
    await deliver(past, await folder_of(past, "work", "INBOX"), letter("Eve", "eve@example.net", 1, 900))
    added = replace(account("echo x"), name="eve", address="eve@example.net")
    async with run((100, 24)) as pilot:
        pilot.app.account_added(added, "")
        await pilot.press("enter")
        await until(pilot, lambda: "Hello there." in screen_text(pilot.app))
        assert "New      " not in screen_text(pilot.app)


async def test_a_known_name_with_another_address_is_warned_of(run: Run, past: MailStore):
    inbox = await folder_of(past, "work", "INBOX")
    known = [letter("Eve Adams", "eve@example.net", 50 + number, 900 + number) for number in range(2)]
    await deliver(past, inbox, *known, letter("Eve Adams", "eve@example.xyz", 1, 910))
    async with run((140, 30)) as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: "! Until now Eve Adams wrote from eve@example.net;" in screen_text(pilot.app))


async def test_a_damaged_search_index_keeps_no_message_from_being_read(run: Run, past: MailStore):
    await deliver(past, await folder_of(past, "work", "INBOX"), letter("Eve", "eve@example.net", 1, 900))
    damage_index(past)
    async with run((100, 24)) as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: "Hello there." in screen_text(pilot.app))


async def test_an_invitation_says_what_it_changes(run: Run, store: MailStore):
    inbox = await folder_of(store, "work", "INBOX")
    await deliver(
        store, inbox, invited(1, 900, sequence=1, day=24), invited(2, 901), invited(0, 902, method="CANCEL", sequence=2)
    )
    async with run((100, 30)) as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: "Cancelled: Jour" in screen_text(pilot.app))
        assert "A later message" not in screen_text(pilot.app)
        await pilot.press("n")
        await until(pilot, lambda: "Changed: time (was Mon 23 Nov 2026, all day)" in screen_text(pilot.app))
        assert "A later message cancels this." in screen_text(pilot.app)
        assert "\x1b" not in screen_text(pilot.app)
        await pilot.press("n")
        await until(pilot, lambda: "Plans 901" in screen_text(pilot.app) and "Mon 23 Nov" in screen_text(pilot.app))
        assert "A later message cancels this." in screen_text(pilot.app)
