"""The folder picker offers the folders of other accounts, and says whose they are."""

from store import folders, listing
from store.mailstore import MailStore
from store.model import MessageId
from tests.tui.conftest import Run, folder_of
from tests.tui.mail_facts import mail
from tests.tui.screen_text import screen_text, until


async def in_folder(store: MailStore, account: str, path: str) -> list[str]:
    folder = await folder_of(store, account, path)
    return [row.subject for row in await store.read(lambda c: listing.page(c, [folder.id], None, 100))]


async def owner_and_other(store: MailStore, message: MessageId) -> tuple[str, str]:
    [summary] = (await store.read(lambda c: listing.summaries(c, [message]))).values()
    everyone = {one.account for one in await store.read(folders.every)}
    names = dict(await store.read(lambda c: c.execute("SELECT id, name FROM accounts").fetchall()))
    (other,) = everyone - {summary.account}
    return names[summary.account], names[other]


async def test_a_message_goes_to_a_folder_of_another_account_and_comes_back(run: Run, store: MailStore):
    async with run() as pilot:
        message, count = mail(pilot).messages.message, mail(pilot).messages.count
        assert message is not None
        _, other = await owner_and_other(store, message)
        [summary] = (await store.read(lambda c: listing.summaries(c, [message]))).values()
        await pilot.press("v")
        await until(pilot, lambda: "Move to" in screen_text(pilot.app))
        assert f"{other}: Archive" in screen_text(pilot.app)
        await pilot.press(*other, "space", *"archive", "enter")
        await until(pilot, lambda: mail(pilot).messages.count == count - 1)
        await until(pilot, lambda: f"Moved 1 to Archive of {other}" in screen_text(pilot.app))
        assert summary.subject in await in_folder(store, other, "Archive")
        await pilot.press("z")
        await until(pilot, lambda: mail(pilot).messages.count == count)
        assert summary.subject not in await in_folder(store, other, "Archive")


async def test_a_copy_in_another_account_leaves_the_message_in_the_list(run: Run, store: MailStore):
    async with run() as pilot:
        message, count = mail(pilot).messages.message, mail(pilot).messages.count
        assert message is not None
        _, other = await owner_and_other(store, message)
        mail(pilot).command("copy")
        await until(pilot, lambda: "Copy to" in screen_text(pilot.app))
        await pilot.press(*other, "space", *"archive", "enter")
        await until(pilot, lambda: f"Copied 1 to Archive of {other}" in screen_text(pilot.app))
        assert mail(pilot).messages.count == count
        assert len(await in_folder(store, other, "Archive")) == 1
