"""What the mail screen shows and what the store holds, asked by the tests of the screen."""

from textual.pilot import Pilot

from store import folders, listing
from store.mailstore import MailStore
from store.model import Flag, Folder, MessageId, Role
from tui.app import BocauApp
from tui.place import of_folder
from tui.screens.mail import MailScreen


def mail(pilot: Pilot[None]) -> MailScreen:
    assert isinstance(pilot.app, BocauApp)
    assert pilot.app.mail is not None
    return pilot.app.mail


def visit_folder(pilot: Pilot[None], folder: Folder) -> None:
    """Go to a folder, as somebody does who picks it."""
    screen = mail(pilot)
    account = screen.catalog.account(folder.account)
    assert account is not None
    screen.visit(of_folder(folder, account))


def subject(pilot: Pilot[None]) -> str:
    """The subject under the cursor."""
    screen = mail(pilot)
    assert screen.messages.window is not None
    summary = screen.messages.window.summary(screen.messages.message)
    return "" if summary is None else summary.subject


async def flags(store: MailStore, message: MessageId) -> Flag:
    return (await store.read(lambda c: listing.summaries(c, [message])))[message].flags


async def role_of(store: MailStore, message: MessageId) -> Role | None:
    summary = (await store.read(lambda c: listing.summaries(c, [message])))[message]
    return (await store.read(lambda c: folders.get(c, summary.folder))).role
