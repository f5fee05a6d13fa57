"""What a round asks for, in which order, and how little when nothing has changed."""

import re
from pathlib import Path

import pytest

from protocols.errors import ProtocolError
from protocols.imap import contents, summaries
from tests.servers.fake_imap import FULL, FakeImap, Lines, serving
from tests.servers.imap_account import connected, letter


@pytest.fixture
def fake() -> FakeImap:
    """A server with a large inbox and some small folders, that counts folders with its list."""
    fake = FakeImap(f"{FULL} LIST-STATUS ESEARCH")
    for number in range(1, 301):
        fake.inbox.add(letter(number), date="17-Jul-2024 02:44:25 +0000")
    for name in ("Archive", "Work", "Zoo"):
        fake.folder(name).add(letter(1))

    def listing(command: str) -> Lines:
        counted = [line for name in fake.boxes for line in fake._status(f'"{name}"', [])]
        return [*fake._list("", []), *counted, "$ OK done"]

    fake.does("LIST .*STATUS", listing)
    return fake


def asked(fake: FakeImap, *words: str) -> list[str]:
    """The commands that begin with one of these words, in their order."""
    return [command for command in fake.log if re.match("|".join(words), command)]


async def test_of_an_empty_store_the_newest_page_is_asked_for_before_anything_else(fake: FakeImap, tmp_path: Path):
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync(summaries=True)
        first = [command.split("(")[0].strip() for command in fake.log[:6]]
        assert (
            first
            == ["LOGIN", "CAPABILITY", "SELECT INBOX", "UID SEARCH 201:300", "UID FETCH 201:300", "NOOP"][:5]
            + (first[5:])
        )
        assert await account.numbers() == list(range(1, 301))


async def test_where_all_mail_has_one_date_the_newest_uid_stays_on_top(fake: FakeImap, tmp_path: Path):
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync(summaries=True)
        assert [row.subject for row in await account.rows()] == [f"letter {number}" for number in range(300, 0, -1)]


@pytest.mark.parametrize("page", [True, False], ids=["newest page first", "folder by folder"])
async def test_that_stays_so_when_the_first_sync_is_cut_again_and_again(
    fake: FakeImap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: bool
):
    monkeypatch.setattr(summaries, "FIRST_PAGE", 20)
    monkeypatch.setattr(summaries, "BATCH", 30)
    path = "INBOX" if page else "Zoo"
    fake.boxes[path].mails.clear()
    for number in range(1, 301):
        fake.boxes[path].add(letter(number))
    before = fake.boxes[path].uidnext - 301
    cuts = [before + uid for uid in (250, 170, 60)]

    def cut(command: str) -> Lines | None:
        asked = re.match(r"UID FETCH (\d+):(\d+) \(UID FLAGS INTERNALDATE", command)
        if asked and cuts and int(asked[1]) <= cuts[0] <= int(asked[2]):
            cuts.pop(0)
            return ["* BYE shutting down"]
        return None

    fake.does("UID FETCH", cut)
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        while cuts:
            with pytest.raises(ProtocolError):
                await account.sync(summaries=True)
            fake.boxes[path].add(letter(400 - len(cuts)))
            await account.reconnect()
        await account.sync(summaries=True)
        expected = [400, 399, 398, *range(300, 0, -1)]
        assert [row.subject for row in await account.rows(path)] == [f"letter {number}" for number in expected]


async def test_when_nothing_has_changed_a_round_is_one_list(fake: FakeImap, tmp_path: Path):
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        for _ in range(2):
            await account.sync()
        fake.log.clear()
        await account.sync()
        assert len(asked(fake, "LIST")) == 1
        assert len(fake.log) <= 3, fake.log
        assert asked(fake, "SELECT", "UID FETCH", "UID SEARCH") == []


async def test_only_the_folder_that_changed_is_opened(fake: FakeImap, tmp_path: Path):
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        for _ in range(2):
            await account.sync()
        fake.log.clear()
        fake.boxes["Work"].add(letter(2))
        await account.sync()
        assert asked(fake, "SELECT") == ["SELECT Work"]
        assert await account.numbers("Work") == [1, 2]


async def test_the_folder_on_the_screen_comes_before_the_others(fake: FakeImap, tmp_path: Path):
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        account.backend.focus(((await account.folder("Zoo")).id,))
        for box in fake.boxes.values():
            box.add(letter(1000))
        fake.log.clear()
        await account.sync(summaries=True)
        assert asked(fake, "SELECT")[0] == "SELECT Zoo"


async def test_a_folder_that_the_server_does_not_give_out_keeps_no_other_waiting(fake: FakeImap, tmp_path: Path):
    fake.on("SELECT INBOX", "$ NO not now")
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync(summaries=True)
        assert await account.numbers("Work") == [1]


async def test_an_account_whose_patterns_leave_the_inbox_out_does_not_open_it(fake: FakeImap, tmp_path: Path):
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        account.backend._agenda._patterns = ("*", "!INBOX")
        await account.sync()
        assert "SELECT INBOX" not in fake.log
        assert await account.numbers("Work") == [1]


async def test_news_does_not_wait_for_the_end_of_all_contents(
    fake: FakeImap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(contents, "BATCH_MESSAGES", 20)
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:

        def first_body(command: str) -> None:
            if not fake.boxes["Zoo"].attributes:
                fake.boxes["Zoo"].attributes = "\\Zoo"
                fake.boxes["Zoo"].add(letter(2))
                account.backend._agenda.news.set()

        fake.does(r"UID FETCH .*BODY\.PEEK\[\]", first_body)
        await account.sync()
        seen = [number for number, command in enumerate(fake.log) if command == "SELECT Zoo"]
        bodies = [number for number, command in enumerate(fake.log) if "BODY.PEEK[]" in command]
        assert any(bodies[0] < number < bodies[-1] for number in seen)
        assert await account.numbers("Zoo") == [1, 2]
