"""What comes into a muted thread of a POP3 account is archived as read, and undo brings it back."""

import asyncio
from pathlib import Path

from protocols.backend import Round
from store import accounts
from store.mailstore import MailStore
from store.model import Flag, Protocol
from store.operations import Mute
from tests.servers.accounts import pop3_account
from tests.servers.dovecot import Dovecot
from tests.servers.maildrop_reader import Reader


def letter(name: str, *about: str) -> bytes:
    references = " ".join(f"<{one}@example.com>" for one in about)
    return (
        f"From: anna@example.com\r\nSubject: {name}\r\nMessage-ID: <{name}@example.com>\r\n"
        f"Date: Fri, 13 Nov 2026 14:05:00 +0000\r\nReferences: {references}\r\n\r\nHello.\r\n"
    ).encode()


async def test_what_comes_into_a_muted_thread_is_archived_and_read(tmp_path: Path, dovecot: Dovecot):
    user = dovecot.user()
    async with await MailStore.open(tmp_path / "data") as store:
        ids = await store.write(lambda tx: accounts.reconcile(tx, [("drop", Protocol.POP3, True)]))
        reader = Reader(store, ids["drop"])
        backend = reader.backend(pop3_account(dovecot.pop3, user=user), dovecot.password)

        async def fetched(*raws: bytes) -> dict[str, Flag]:
            """What stands in the inbox after some mail came."""
            for raw in raws:
                await asyncio.to_thread(dovecot.deliver, user, raw)
            await backend.sync(Round())
            return {row.subject: row.flags for row in await reader.summaries()}

        assert await fetched(letter("loud"), letter("other")) == {"loud": Flag.NONE, "other": Flag.NONE}
        loud = next(row.id for row in await reader.summaries() if row.subject == "loud")
        await store.do(Mute((loud,)))
        assert await fetched(letter("answer", "loud")) == {"other": Flag.NONE}
        assert len(await reader.every_raw()) == 3
        await store.undo()
        assert await fetched() == dict.fromkeys(("loud", "answer", "other"), Flag.NONE)
