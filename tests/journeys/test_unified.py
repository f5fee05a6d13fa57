"""One letter that reaches two accounts of one person: one row, one act, one undo, and what the servers see."""

import json

from tests.journeys.home import Home
from tests.journeys.letters import seen_elsewhere, send
from tests.servers.dovecot import Dovecot


def rewrite(home: Home, account: str, **values: str) -> None:
    """Change an account's settings in the file, as a person would in an editor."""
    head, name, rest = home.config.read_text().partition(f"[accounts.{account}]\n")
    lines = [f"{key} = {json.dumps(value)}\n" for key, value in values.items()]
    home.config.write_text(head + name + "".join(lines) + rest)


async def test_a_letter_that_two_accounts_received_is_one_row_and_goes_as_one(home: Home, dovecot: Dovecot):
    work, drop = dovecot.user(), dovecot.user()
    home.account("work", "imap", dovecot.imap, work)
    home.account("old", "pop3", dovecot.pop3, drop, after_download="keep")
    send(dovecot, work, "Concert", "Rent")
    send(dovecot, drop, "Concert", "Lunch")
    async with home.reading() as anna:
        await anna.is_online("work", "old")
        await anna.until(lambda: sorted(anna.subjects) == ["Concert", "Lunch", "Rent"])
        await anna.goes_to("Concert")
        await anna.sees("work+old")
        await anna.press("s", "e")
        await anna.until(lambda: sorted(anna.subjects) == ["Lunch", "Rent"])
        await anna.sees("Archived 1 (in 2 accounts)")
        await anna.is_answered()
        assert "\\Flagged" in (await seen_elsewhere(dovecot, work, "Archive"))["Concert"]
        await anna.press("g", "a")
        await anna.lists("Concert")
        await anna.press("g", "*")
        await anna.lists("Concert")
        await anna.press("z", "g", "0")
        await anna.until(lambda: sorted(anna.subjects) == ["Concert", "Lunch", "Rent"])
        await anna.is_answered()
    assert sorted(await seen_elsewhere(dovecot, work)) == ["Concert", "Rent"]
    listed = (await home.run("list", "--json")).rows
    assert sorted(one["subject"] for one in listed) == ["Concert", "Lunch", "Rent"]
    assert [len(one["also"]) for one in listed if one["subject"] == "Concert"] == [1]


async def test_an_inbox_of_its_own_leaves_and_comes_back_while_the_screen_is_open(home: Home, dovecot: Dovecot):
    work, other = dovecot.user(), dovecot.user()
    home.account("work", "imap", dovecot.imap, work)
    home.account("other", "imap", dovecot.imap, other)
    send(dovecot, work, "Concert", "Rent")
    send(dovecot, other, "Concert", "Lunch")
    everything = home.config.read_text()
    async with home.reading() as anna:
        await anna.is_online("work", "other")
        await anna.until(lambda: sorted(anna.subjects) == ["Concert", "Lunch", "Rent"])
        rewrite(home, "other", inbox="own")
        await anna.press("$")
        await anna.until(lambda: sorted(anna.subjects) == ["Concert", "Rent"])
        await anna.goes_to("Concert")
        await anna.press("d")
        await anna.until(lambda: anna.subjects == ["Rent"])
        await anna.is_answered()
        assert sorted(await seen_elsewhere(dovecot, other)) == ["Concert", "Lunch"]
        home.config.write_text(everything)
        assert (await home.run("list", "--json")).code == 0  # any command that finds the file changed tells the screen
        await anna.press("g", "0")
        await anna.until(lambda: sorted(anna.subjects) == ["Concert", "Lunch", "Rent"])
        await anna.sees("All inboxes")
