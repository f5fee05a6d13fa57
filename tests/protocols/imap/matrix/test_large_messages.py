"""Large messages on every server: the text first, one attachment alone, and in the end every byte."""

import hashlib
from dataclasses import replace

from protocols.imap import download
from protocols.mime.partial import partial_message
from protocols.mime.read import message_document
from protocols.mime.transfer import decode_transfer
from store import parts
from store.model import Cached, MessageId
from store.settings import Keep
from tests.protocols.imap.matrix.cells import Cell, on_all_but
from tests.servers.imap_account import letter
from tests.servers.parcels import content, parcel

SIZE = 2 * download.SLICE


def same(one: bytes | None, other: bytes) -> bool:
    return one is not None and hashlib.sha256(one).digest() == hashlib.sha256(other).digest()


async def keep(cell: Cell, words: str) -> None:
    """Let the account keep something else from now on."""
    cell.account.settings = replace(cell.account.settings, keep=Keep.parse(words))
    await cell.account.reconnect()


async def shown(cell: Cell, message: MessageId) -> str:
    held = await cell.account.store.read(lambda c: parts.readable(c, message))
    assert held is not None
    document = message_document(partial_message(held.structure, held.texts, held.complete))
    return "\n".join(block.text for block in document.blocks)


@on_all_but()
async def test_text_then_an_attachment_then_all_of_it(cell: Cell):
    await keep(cell, "text")
    await cell.far.deliver(letter(1), parcel(2, SIZE))
    await cell.rounds()
    (message,) = await cell.account.ids(2)
    assert {row.subject: row.cached for row in await cell.account.rows()} == {
        "letter 1": Cached.FULL,
        "letter 2": Cached.TEXT,
    }
    assert "Here it is. Hóa đơn 2." in await shown(cell, message)
    assert "application/pdf, " in await shown(cell, message)
    await cell.account.backend.fetch(message, "2")
    part = await cell.account.store.read(lambda c: parts.content(c, message, "2"))
    assert part is not None and same(decode_transfer(part, "base64"), content(2, SIZE))
    await keep(cell, "full")
    await cell.rounds()
    assert same(await cell.account.raw(message), parcel(2, SIZE))
    await cell.assert_same()
