"""Gmail and the store end in the same state, whatever happens at both ends, and no message is fetched twice."""

import random
from pathlib import Path

import pytest

from store.errors import NotFound, NotPossible
from store.model import Flag
from store.operations import Archive, Copy, Delete, Move, Operation, SetFlags, SetLabels, State
from tests.servers.fake_imap import serving
from tests.servers.gmail import ALL_MAIL, SPAM, TRASH, FakeGmail, Letter
from tests.servers.imap_account import FLAGS, Account, connected, letter

PLACES = ("INBOX", "Work", "Home", ALL_MAIL, TRASH, SPAM)


def elsewhere(gmail: FakeGmail, chance: random.Random, last: int) -> int:
    """Something another client does, or a message that arrives; answers the number of the last one."""
    kind = chance.choice(("deliver", "deliver", "label", "unlabel", "star"))
    if kind == "deliver":
        last += 1
        gmail.deliver(last, letter(last), *chance.choice(((), ("INBOX", "Work"), ("Home",))))
        return last
    number = chance.randint(1, last)
    where = gmail.where(number)
    if kind == "star" and where:
        gmail.star(number)
    elif ALL_MAIL in where:
        label = chance.choice(("Work", "Home", "INBOX"))
        if kind == "label":
            gmail.label(number, label)
        elif label in where:
            gmail.unlabel(number, label)
    return last


async def here(account: Account, chance: random.Random) -> None:
    """Something the user does."""
    path = chance.choice(PLACES)
    rows = await account.rows(path)
    if not rows:
        return
    ids = (chance.choice(rows).id,)
    target = await account.folder(chance.choice(("INBOX", "Work", "Home")))
    act: Operation = chance.choice(
        (
            Archive(ids),
            Delete(ids),
            Move(ids, target.id),
            Copy(ids, target.id),
            SetFlags(ids, add=Flag.SEEN),
            SetFlags(ids, add=Flag.FLAGGED),
            SetFlags(ids, remove=Flag.FLAGGED),
            SetLabels(ids, add=("work",)),
            SetLabels(ids, remove=("home",)),
        )
    )
    try:
        await account.store.do(act)
        if chance.random() < 0.15:
            await account.store.undo()
    except (NotFound, NotPossible):
        return  # what was removed for good does not come back


async def assert_equal(account: Account, gmail: FakeGmail) -> None:
    messages: set[int] = set()
    for path in PLACES:
        there = {}
        for row in gmail.boxes[path].mails:
            assert isinstance(row, Letter)
            messages.add(row.number)
            labels = row.labels & {"Work", "Home"} - {path}
            there[row.uid] = (sum(FLAGS[flag] for flag in row.flags), {label.lower() for label in labels}, row.raw)
        found = {}
        for row in await account.rows(path):
            found[row.uid] = (int(row.flags), set(row.labels), await account.raw(row.id))
        assert found == there, path
    held = await account.store.read(lambda c: c.execute("SELECT count(*) FROM bodies").fetchone()[0])
    assert held == len(messages)


@pytest.mark.parametrize("seed", range(3))
async def test_both_ends_meet(tmp_path: Path, seed: int):
    chance = random.Random(seed)
    gmail = FakeGmail()
    for name in ("Work", "Home"):
        gmail.folder(name, "\\HasNoChildren").highestmodseq = 1000
    last = 8
    for number in range(1, last + 1):
        gmail.deliver(number, letter(number), *chance.choice(((), ("INBOX", "Work"), ("Home",))))
    async with serving(gmail), connected(gmail.port, "anna", tmp_path) as account:
        await account.sync()
        await assert_equal(account, gmail)
        for _ in range(40):
            last = elsewhere(gmail, chance, last)
            await here(account, chance)
            if chance.random() < 0.3:
                await chance.choice((account.sync, account.backend.send_journal))()
        for _ in range(3):
            await account.sync()
        # what was done here to a message that another client took out of its folder is shown to the user
        assert {one.state for one in await account.waiting()} <= {State.REFUSED}
        await assert_equal(account, gmail)
