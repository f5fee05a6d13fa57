"""Places by their role: of one account, of all, and Gmail's All Mail where an archive is asked for."""

from dataclasses import replace

from store.model import Account, AccountId, Folder, FolderId, Protocol, Role
from tui.catalog import Catalog
from tui.place import of_folder

GMAIL = Account(AccountId(1), "gmail", Protocol.IMAP, True)
WORK = Account(AccountId(2), "work", Protocol.IMAP, True)


def folder(number: int, account: Account, path: str, role: Role | None) -> Folder:
    return Folder(FolderId(number), account.id, path, role, True, 0, 0, None)


FOLDERS = (
    folder(1, GMAIL, "INBOX", Role.INBOX),
    folder(2, GMAIL, "[Gmail]/All Mail", Role.ALL),
    folder(3, WORK, "INBOX", Role.INBOX),
    folder(4, WORK, "Archive", Role.ARCHIVE),
    folder(5, WORK, "Everything", Role.ALL),
)


def shown(catalog: Catalog, role: Role, account: str = "") -> tuple[int, ...]:
    place = catalog.role(role, account)
    return () if place is None else place.folders


def test_the_archive_of_gmail_is_all_mail():
    catalog = Catalog((GMAIL, WORK), FOLDERS, {})
    assert shown(catalog, Role.ARCHIVE, "gmail") == (2,)
    assert shown(catalog, Role.ARCHIVE, "work") == (4,)
    assert shown(catalog, Role.ARCHIVE) == (2, 4)
    assert shown(Catalog((GMAIL,), FOLDERS[:2], {}), Role.ARCHIVE) == (2,)


def test_a_label_called_archive_comes_before_all_mail():
    catalog = Catalog((GMAIL,), (*FOLDERS[:2], folder(6, GMAIL, "Archive", Role.ARCHIVE)), {})
    assert shown(catalog, Role.ARCHIVE, "gmail") == (6,)


def test_a_place_says_why_its_folders_are_not_synchronised_and_no_other():
    stopped = replace(FOLDERS[3], notice="The server rebuilt it\x1b[2J again and again.")
    catalog = Catalog((WORK,), (FOLDERS[2], stopped), {})
    assert catalog.notices(of_folder(FOLDERS[2], WORK)) == []
    (notice,) = catalog.notices(of_folder(stopped, WORK))
    assert notice.startswith("Archive: The server rebuilt it") and "\x1b" not in notice


def test_in_place_of_a_folder_that_is_gone_comes_the_one_it_was_in_else_the_inbox():
    plans, garden = folder(7, WORK, "Plans", None), folder(8, WORK, "Plans/Home/Garden", None)
    before = Catalog((GMAIL, WORK), (*FOLDERS, plans, garden), {})
    inside = Catalog((GMAIL, WORK), (*FOLDERS, plans), {})
    assert inside.renewed(of_folder(garden, WORK), before).folders == (7,)
    assert Catalog((GMAIL, WORK), FOLDERS, {}).renewed(of_folder(plans, WORK), inside).folders == (3,)
    assert Catalog((GMAIL,), FOLDERS[:2], {}).renewed(of_folder(plans, WORK), before).folders == (1,)
