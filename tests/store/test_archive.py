"""Where archived mail goes: the archive, else Gmail's All Mail, else a folder that is made."""

import pytest

from store import acts, folder_list, folders
from store.database import Transaction
from store.errors import NotFound
from store.folder_list import Listed
from store.model import Role
from store.operations import Archive, Delete
from tests.store.mail import LISTED, Seeded, add, arrival, row, seed

INBOX, TRASH = (one for one in LISTED if one.role in (Role.INBOX, Role.TRASH))
ARCHIVE = next(one for one in LISTED if one.role is Role.ARCHIVE)


def everything(path: str) -> Listed:
    return Listed(path, path.encode(), Role.ALL, True)


def seeded(tx: Transaction, *listed: Listed) -> Seeded:
    at = seed(tx)
    for folder in (at.archive, at.sent, at.work):
        folders.remove(tx, folder)
    folder_list.reconcile(tx, at.account, (INBOX, TRASH, *listed))
    return at


def archived_to(tx: Transaction, at: Seeded) -> str:
    [message] = add(tx, at, arrival(1))
    acts.perform(tx, Archive((message,)))
    folder = row(tx, message)["folder_id"]
    return next(one.path for one in folders.every(tx.connection) if one.id == folder)


@pytest.mark.parametrize("path", ["[Gmail]/All Mail", "[Gmail]/Alle Nachrichten", "[Google Mail]/All Mail"])
def test_gmail_archives_to_all_mail_in_any_language(tx: Transaction, path: str):
    at = seeded(tx, everything(path))
    assert archived_to(tx, at) == path
    assert folders.by_path(tx.connection, at.account, "archive").path == path
    assert folders.by_role(tx.connection, at.account, Role.ARCHIVE) is None


def test_a_label_that_is_for_the_archive_comes_first(tx: Transaction):
    assert archived_to(tx, seeded(tx, everything("[Gmail]/All Mail"), ARCHIVE)) == "Archive"


def test_elsewhere_a_folder_with_everything_takes_no_mail_in(tx: Transaction):
    at = seeded(tx, everything("All Mail"))
    with pytest.raises(NotFound):
        folders.by_path(tx.connection, at.account, "archive")
    assert archived_to(tx, at) == "Archive"


def test_what_is_in_all_mail_is_archived_already_and_can_be_deleted(tx: Transaction):
    at = seeded(tx, everything("[Gmail]/All Mail"))
    place = folders.by_path(tx.connection, at.account, "[Gmail]/All Mail").id
    [message] = add(tx, at, arrival(1), folder=place)
    assert acts.perform(tx, Archive((message,))).messages == ()
    acts.perform(tx, Delete((message,)))
    assert row(tx, message)["folder_id"] == at.trash
