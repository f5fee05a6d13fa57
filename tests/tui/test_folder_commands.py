"""Folders are made, renamed and deleted from the screen, and nothing is deleted without a word about its mail."""

from collections.abc import Sequence

from textual.pilot import Pilot

from protocols.errors import Refused, Unreachable
from store import accounts, folder_changes, folders
from store.folder_changes import CreateFolder, DeleteFolder, FolderChange, RenameFolder, SubscribeFolder
from store.mailstore import MailStore
from store.model import FolderId, MessageId
from tests.tui.conftest import Run, arrival, deliver, folder_of
from tests.tui.mail_facts import mail
from tests.tui.screen_text import screen_text, until
from tui.place import of_folder


class Server:
    """The engine as the screens see it; what it is asked for it does to the store at once."""

    def __init__(self, store: MailStore) -> None:
        self.store = store
        self.asked: list[FolderChange] = []
        self.error: Exception | None = None

    async def change_folder(self, account: str, change: FolderChange) -> None:
        self.asked.append(change)
        if self.error is not None:
            raise self.error
        owner = await self.store.read(lambda c: accounts.by_name(c, account))
        if not isinstance(change, SubscribeFolder):
            await self.store.write(lambda tx: folder_changes.apply(tx, owner.id, change))

    async def fetch(self, message: MessageId, part: str | None = None) -> None:
        """Everything is here."""

    def refresh(self, account: str | None) -> None:
        """Nothing is new."""

    def focus(self, folders: Sequence[FolderId]) -> None:
        """All the same to it."""


async def go_to(pilot: Pilot[None], store: MailStore, path: str, account: str = "work") -> None:
    folder = await folder_of(store, account, path)
    owner = await store.read(lambda c: accounts.by_name(c, account))
    mail(pilot).visit(of_folder(folder, owner))
    await until(pilot, lambda: mail(pilot).place.folders == (folder.id,))


async def ask(pilot: Pilot[None], command: str, title: str) -> None:
    mail(pilot).command(command)
    await until(pilot, lambda: title in screen_text(pilot.app))


async def names(store: MailStore, account: str = "work") -> set[str]:
    owner = await store.read(lambda c: accounts.by_name(c, account))
    return {folder.path for folder in await store.read(lambda c: folders.every(c, owner.id))}


async def test_a_folder_is_created_where_the_user_is(run: Run, store: MailStore):
    server = Server(store)
    async with run((120, 40), engine=server) as pilot:
        await go_to(pilot, store, "Archive")
        await ask(pilot, "new-folder", "A new folder in work")
        await pilot.press(*"Plans/x", "enter")
        await until(pilot, lambda: "Created Plans/x" in screen_text(pilot.app))
        assert server.asked == [CreateFolder("Plans/x")]
        assert "Plans/x" in await names(store)


async def test_a_renamed_folder_stays_on_the_screen_under_its_new_name(run: Run, store: MailStore):
    server = Server(store)
    async with run((120, 40), engine=server) as pilot:
        await go_to(pilot, store, "Archive")
        await store.write(lambda tx: tx.execute("UPDATE folders SET role = NULL WHERE path = 'Archive'"))
        await ask(pilot, "rename-folder", "Another name, or another place")
        await pilot.press(*"-2026", "enter")
        await until(pilot, lambda: "Archive-2026" in screen_text(pilot.app).splitlines()[0])
        assert server.asked == [RenameFolder("Archive", "Archive-2026")]


async def test_escape_and_an_unchanged_name_change_nothing(run: Run, store: MailStore):
    server = Server(store)
    async with run((120, 40), engine=server) as pilot:
        await go_to(pilot, store, "Archive")
        for key in ("escape", "enter"):
            await ask(pilot, "rename-folder", "Another name, or another place")
            await pilot.press(key)
            await until(pilot, lambda: "Another name" not in screen_text(pilot.app))
        assert server.asked == []


async def test_deleting_says_how_many_messages_go_along_and_needs_a_y(run: Run, store: MailStore):
    server = Server(store)
    folder = await folder_of(store, "work", "Projects/[bold]Kiến trúc")
    await deliver(store, folder, *(arrival("Anna", f"Plan {n}", "text", n, uid=n) for n in range(1, 13)))
    async with run((120, 40), engine=server) as pilot:
        await go_to(pilot, store, folder.path)
        await ask(pilot, "delete-folder", "12 messages go with it and cannot come back.")
        assert "[bold]Kiến trúc of work?" in screen_text(pilot.app)
        await pilot.press("enter")
        await until(pilot, lambda: "cannot come back" not in screen_text(pilot.app))
        assert server.asked == []
        await ask(pilot, "delete-folder", "cannot come back")
        await pilot.press("y")
        await until(pilot, lambda: mail(pilot).place.folders != (folder.id,))
        assert server.asked == [DeleteFolder(folder.path, 12)]
        assert folder.path not in await names(store)


async def test_the_inbox_is_not_even_asked_about(run: Run, store: MailStore):
    server = Server(store)
    async with run((120, 40), engine=server) as pilot:
        await go_to(pilot, store, "INBOX")
        await ask(pilot, "delete-folder", "The inbox cannot be deleted.")
        assert server.asked == []


async def test_a_no_of_the_server_is_told_and_leaves_everything(run: Run, store: MailStore):
    server = Server(store)
    async with run((120, 40), engine=server) as pilot:
        await go_to(pilot, store, "Archive")
        for error in (Refused("The server refused \x1b[31mCREATE"), Unreachable("No connection.", "Nothing changed.")):
            server.error = error
            await ask(pilot, "new-folder", "A new folder in work")
            await pilot.press("x", "enter")
            await until(pilot, lambda e=error: e.title[:12] in screen_text(pilot.app))
        assert "x" not in await names(store)
        assert "\x1b" not in screen_text(pilot.app)


async def test_a_subscription_is_turned_round(run: Run, store: MailStore):
    server = Server(store)
    async with run((120, 40), engine=server) as pilot:
        await go_to(pilot, store, "Archive")
        mail(pilot).command("subscribe-folder")
        await until(pilot, lambda: "Unsubscribed Archive" in screen_text(pilot.app))
        assert server.asked == [SubscribeFolder("Archive", False)]


async def test_a_new_folder_in_a_place_of_several_accounts_asks_for_one(run: Run, store: MailStore):
    server = Server(store)
    async with run(engine=server) as pilot:
        await ask(pilot, "new-folder", "A new folder in")
        await pilot.press(*"home", "enter")
        await until(pilot, lambda: "A new folder in home" in screen_text(pilot.app))
        await pilot.press(*"Plans", "enter")
        await until(pilot, lambda: "Created Plans" in screen_text(pilot.app))
    assert "Plans" in await names(store, "home")


async def test_an_inbox_keeps_its_name_before_anything_is_typed(run: Run, store: MailStore):
    async with run(engine=Server(store)) as pilot:
        await go_to(pilot, store, "INBOX")
        await ask(pilot, "rename-folder", "An inbox keeps its name.")
        assert pilot.app.screen is mail(pilot)
