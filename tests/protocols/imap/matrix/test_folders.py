"""Folders changed here or elsewhere, on every server: their mail is neither fetched again nor lost."""

import pytest

from store.errors import NotPossible
from store.folder_changes import CreateFolder, DeleteFolder, RenameFolder, SubscribeFolder
from store.operations import Move
from tests.protocols.imap.matrix.cells import BARE, COURIER, FAKE, Cell, on_all_but
from tests.servers.imap_account import letter


async def shown(cell: Cell) -> set[str]:
    """The paths that hold mail here."""
    return {path for path, held in (await cell.here()).items() if held}


# All of the fake's folders share one UIDVALIDITY, which proves nothing; Courier gives a renamed folder a new one.
@on_all_but(FAKE, BARE, COURIER)
async def test_a_folder_renamed_elsewhere_keeps_ids_and_bodies(cell: Cell):
    await cell.far.create("Travel")
    await cell.far.deliver(*(letter(number) for number in range(1, 4)), folder="Travel")
    await cell.rounds(2)
    before = await cell.account.ids(1, 2, 3, path="Travel")
    await cell.far.rename("Travel", "Holidays")
    await cell.rounds()
    assert await cell.account.ids(1, 2, 3, path="Holidays") == before
    await cell.assert_same()


@on_all_but()
async def test_a_folder_made_renamed_and_deleted_here_is_so_there(cell: Cell):
    await cell.far.deliver(*(letter(number) for number in range(1, 4)))
    await cell.rounds()
    change = cell.account.backend.change_folder
    await change(CreateFolder("Plans & co"))
    plans = await cell.account.folder("Plans & co")
    moved = await cell.account.ids(1, 2)
    await cell.account.store.do(Move(moved, plans.id))
    await cell.rounds()
    await cell.assert_same()
    await change(RenameFolder("Plans & co", "Kế hoạch"))
    await cell.rounds()
    await cell.assert_same()
    assert (await cell.account.folder("Kế hoạch")).id == plans.id
    assert await cell.account.ids(1, 2, path="Kế hoạch") == moved
    with pytest.raises(NotPossible):
        await change(DeleteFolder("Kế hoạch"))
    await change(DeleteFolder("Kế hoạch", 2))
    await cell.rounds()
    await cell.assert_same()
    assert await shown(cell) == {"INBOX"}


@on_all_but()
async def test_what_is_done_in_a_folder_that_is_renamed_meanwhile_arrives(cell: Cell):
    await cell.far.create("Old")
    await cell.far.deliver(letter(1), letter(2), folder="Old")
    await cell.rounds()
    inbox = await cell.account.folder()
    await cell.account.store.do(Move(await cell.account.ids(1, path="Old"), inbox.id))
    await cell.account.backend.change_folder(RenameFolder("Old", "New"))
    await cell.account.store.do(Move(await cell.account.ids(2, path="New"), inbox.id))
    await cell.rounds(2)
    await cell.assert_same()
    assert await cell.account.numbers() == [1, 2]


@on_all_but()
async def test_a_subscription_goes_and_comes(cell: Cell):
    await cell.far.create("News")
    await cell.rounds()
    for wanted in (True, False):
        await cell.account.backend.change_folder(SubscribeFolder("News", wanted))
        assert (await cell.account.folder("News")).subscribed is wanted
