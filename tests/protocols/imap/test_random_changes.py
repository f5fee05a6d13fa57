"""Whatever happens on the server, in whatever order, the store says the same as the server in the end."""

import copy
import random
from pathlib import Path

import pytest

from store.model import Flag
from store.operations import SetFlags, State
from tests.servers.fake_imap import BARE, FULL, Box, FakeImap, serving
from tests.servers.imap_account import FLAGS, Account, connected, letter
from tests.servers.resync_imap import RESYNC, ResyncImap

SERVERS = {"resync": RESYNC, "condstore": RESYNC.replace(" QRESYNC", ""), "full": FULL, "bare": BARE}
STEPS = 12


class Fate:
    """What happens to one inbox, and to one account that looks at it."""

    def __init__(self, fake: FakeImap, account: Account, seed: int) -> None:
        self.fake, self.account, self.dice = fake, account, random.Random(seed)
        self.number = 0
        self.rebuilds = 0
        self.backup = self._kept()

    @property
    def box(self) -> Box:
        return self.fake.inbox

    def arrive(self) -> None:
        for _ in range(self.dice.randint(1, 4)):
            self.number += 1
            named = "" if self.dice.random() < 0.8 else None
            date = f"{self.number % 28 + 1:2d}-Jul-2024 02:44:{self.number % 60:02d} +0000"
            self.box.add(letter(self.number, message_id=named), date=date)

    def vanish(self) -> None:
        for mail in self.dice.sample(self.box.mails, min(len(self.box.mails), self.dice.randint(1, 3))):
            self.box.mails.remove(mail)

    def mark(self) -> None:
        for mail in self.dice.sample(self.box.mails, min(len(self.box.mails), 3)):
            mail.flags ^= {self.dice.choice(["\\Seen", "\\Answered"])}

    async def star(self) -> None:
        """The user does something, while offline as likely as not."""
        rows = await self.account.rows()
        if rows:
            await self.account.store.do(SetFlags((self.dice.choice(rows).id,), add=Flag.FLAGGED))

    async def rebuild(self) -> None:
        if self.rebuilds == 2:
            return
        self.rebuilds += 1
        self.dice.shuffle(self.box.mails)
        for uid, mail in enumerate(self.box.mails, self.dice.randint(1, 50)):
            mail.uid = uid
        self.box.uidvalidity += 1
        self.box.uidnext = max((mail.uid for mail in self.box.mails), default=0) + 1
        self.keep()  # what was kept before would bring the old UIDVALIDITY back
        await self.account.reconnect()

    def keep(self) -> None:
        self.backup = self._kept()

    async def restore(self) -> None:
        box, past = copy.deepcopy(self.backup)
        self.fake.boxes["INBOX"] = box
        counts = isinstance(self.fake, ResyncImap)
        if isinstance(self.fake, ResyncImap):
            self.fake.past = past
        cursor = await self.account.cursor()
        # a MODSEQ that went back, and has passed ours before we look, can only be told by UIDs that were given again
        if not counts or (cursor is not None and box.uidnext < cursor.uidnext):
            for _ in range(self.dice.randint(0, 3)):
                self.arrive()
        await self.account.reconnect()
        if counts:
            await self.account.sync()

    def _kept(self) -> object:
        past = self.fake.past if isinstance(self.fake, ResyncImap) else {}
        return copy.deepcopy((self.box, past))

    async def step(self) -> None:
        happening = self.dice.choice(
            [self.arrive] * 4 + [self.vanish, self.mark, self.star, self.restore] * 2 + [self.rebuild, self.keep]
        )
        done = happening()
        if done is not None:
            await done

    async def assert_same(self) -> None:
        there = sorted((m.uid, _subject(m.raw), sum(FLAGS.get(f, 0) for f in m.flags)) for m in self.box.mails)
        rows = await self.account.rows()
        assert sorted((row.uid or 0, row.subject, int(row.flags)) for row in rows) == there
        for row in rows:
            assert _subject(await self.account.raw(row.id) or b"") == row.subject
        assert {entry.state for entry in await self.account.waiting()} <= {State.REFUSED}


def _subject(raw: bytes) -> str:
    return raw.partition(b"Subject: ")[2].partition(b"\r\n")[0].decode()


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("server", SERVERS)
async def test_both_ends_agree_in_the_end(tmp_path: Path, server: str, seed: int):
    capability = SERVERS[server]
    fake = ResyncImap(capability) if "CONDSTORE" in capability else FakeImap(capability)
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        fate = Fate(fake, account, seed)
        for _ in range(2):
            fate.arrive()
            await account.sync()
            fate.keep()
        for _ in range(STEPS):
            await fate.step()
            if fate.dice.random() < 0.6:
                await account.sync(full=fate.dice.random() < 0.2)
        for full in (True, False, True, False):
            await account.sync(full=full)
        await fate.assert_same()
