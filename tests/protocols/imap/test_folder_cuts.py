"""A connection that breaks over a change of a folder, before or after the server did it: it is done once."""

from contextlib import suppress
from pathlib import Path

import pytest

from protocols.errors import ConnectionLost
from store.errors import NotFound, NotPossible
from store.folder_changes import CreateFolder, DeleteFolder, FolderChange, RenameFolder
from tests.servers.dovecot import Dovecot
from tests.servers.imap_account import Account, connected, deliver
from tests.servers.proxy import Fault, Proxy

CHANGES: list[tuple[FolderChange, bytes]] = [
    (CreateFolder("New"), b"CREATE"),
    (RenameFolder("Old", "New"), b"RENAME"),
    (DeleteFolder("Gone", 1), b"DELETE"),
]


async def held(account: Account) -> dict[str, list[int]]:
    found = {}
    for path in ("Old", "New", "Gone"):
        with suppress(NotFound):
            found[path] = await account.numbers(path)
    return found


@pytest.mark.parametrize("answered", [False, True])
@pytest.mark.parametrize(("change", "command"), CHANGES)
async def test_what_was_cut_is_done_once(
    dovecot: Dovecot, tmp_path: Path, change: FolderChange, command: bytes, answered: bool
):
    user = dovecot.user()
    await deliver(dovecot, user, [1, 2], folder="Old")
    await deliver(dovecot, user, [3], folder="Gone")
    async with Proxy(dovecot.imap) as proxy, connected(proxy.port, user, tmp_path) as account:
        await account.sync()
        before = await account.ids(1, 2, path="Old")
        words = command.capitalize() + b" completed" if answered else command
        setattr(proxy, "to_client" if answered else "to_server", Fault(cut_on=words, connections=1))
        with pytest.raises(ConnectionLost):
            await account.backend.change_folder(change)
        await account.backend.change_folder(change)  # as the supervisor does, once
        assert proxy.was_cut.is_set()
        await account.sync()
        expected = {"Old": [1, 2], "Gone": [3]}
        if isinstance(change, CreateFolder):
            expected["New"] = []
        elif isinstance(change, RenameFolder):
            expected["New"] = expected.pop("Old")
            assert await account.ids(1, 2, path="New") == before
        else:
            del expected["Gone"]
        assert await held(account) == expected
        with pytest.raises(NotPossible):
            await account.backend.change_folder(CreateFolder("Trash"))
