"""Several accounts of both kinds in one inbox; what ails one of them never disturbs another."""

from pathlib import Path

import pytest

from store.status import Activity
from tests.journeys.home import Home
from tests.journeys.letters import arrive, seen_elsewhere, send
from tests.servers.certificates import make_certificate
from tests.servers.dovecot import Dovecot

NOBODY = 1
"""A port where nobody listens."""


async def test_imap_and_pop3_come_together_in_one_inbox(home: Home, dovecot: Dovecot):
    work, drop = dovecot.user(), dovecot.user()
    home.account("work", "imap", dovecot.imap, work)
    home.account("old", "pop3", dovecot.pop3, drop, after_download="delete")
    send(dovecot, work, "Rent", "Garden")
    send(dovecot, drop, "Lunch")
    async with home.reading() as anna:
        await anna.until(lambda: sorted(anna.subjects) == ["Garden", "Lunch", "Rent"])
        await anna.is_online("work", "old")
        await anna.sees("All inboxes", "work", "old")
        assert await seen_elsewhere(dovecot, drop) == {}
        await anna.goes_to("Lunch")
        await anna.press("enter")
        await anna.sees("This is about: Lunch.")
        await anna.press("e", "escape")
        await anna.goes_to("Rent")
        await anna.press("e")
        await anna.lists("Garden")
        await anna.is_answered()
        await anna.press("g", "a")
        await anna.until(lambda: sorted(anna.subjects) == ["Lunch", "Rent"])
    assert list(await seen_elsewhere(dovecot, work, "Archive")) == ["Rent"]


async def test_mail_of_a_pop3_account_is_all_here_when_its_server_is_gone(home: Home, dovecot: Dovecot):
    drop = dovecot.user()
    home.account("old", "pop3", dovecot.pop3, drop, after_download="delete")
    send(dovecot, drop, "Lunch", "Supper")
    async with home.reading() as anna:
        await anna.is_online("old")
    home.config.unlink()
    home.account("old", "pop3", NOBODY, drop, after_download="delete")
    async with home.reading() as anna:
        await anna.is_in("old", Activity.WAITING)
        await anna.until(lambda: sorted(anna.subjects) == ["Lunch", "Supper"])
        await anna.press("enter")
        await anna.sees("This is about:")
        await anna.press("d")
        await anna.until(lambda: len(anna.subjects) == 1)
        await anna.press("escape", "z")
        await anna.until(lambda: len(anna.subjects) == 2)
        assert "to send" not in anna.screen


SENTENCES = {
    "wrong password": "password",
    "unknown host": "no-such-host.invalid",
    "refused": "refused",
    "bad certificate": "certificate",
}


@pytest.mark.parametrize("fault", SENTENCES)
async def test_an_account_that_fails_says_why_and_the_other_goes_on(
    home: Home, dovecot: Dovecot, tmp_path: Path, fault: str
):
    good, bad = dovecot.user(), dovecot.user()
    stranger, _ = make_certificate(tmp_path, stem="stranger")
    port, more = {
        "wrong password": (dovecot.imap, {"password_command": "echo wrong"}),
        "unknown host": (993, {"host": "no-such-host.invalid", "security": "tls"}),
        "refused": (NOBODY, {}),
        "bad certificate": (dovecot.imaps, {"host": "localhost", "security": "tls", "ca_file": str(stranger)}),
    }[fault]
    home.account("bad", "imap", port, bad, **more)
    home.account("good", "imap", dovecot.imap, good)
    send(dovecot, good, "Rent", "Garden")
    async with home.reading((200, 60)) as anna:
        await anna.is_in("bad", Activity.WAITING, Activity.REFUSED)
        await anna.is_online("good")
        await anna.lists("Rent", "Garden")
        told = anna.store.status["bad"]
        assert SENTENCES[fault] in f"{told.error} {told.hint}"
        await anna.sees("● good online", " bad ")
        (status,) = [line for line in anna.screen.splitlines() if "good online" in line]
        assert any(mark in status for mark in ("▲ bad", "✗ bad")), status
        await anna.press("e")
        await anna.is_answered()
        arrive(dovecot, good, "News")
        await anna.lists("News", "Garden")
    assert list(await seen_elsewhere(dovecot, good, "Archive")) == ["Rent"]
    code = {"wrong password": 5}.get(fault, 4)
    ended = await home.run("sync", "--account", "bad")
    assert (ended.code, SENTENCES[fault] in ended.said) == (code, True), ended
