"""The folder pane's rows: what is in it, how many are unread, and what is wrong."""

from dataclasses import replace

from store.model import Account, AccountId, Folder, FolderId, Protocol, Role
from tui.widgets.folder_tree import entries

WORK = Account(AccountId(1), "work", Protocol.IMAP, True)
INBOX = Folder(FolderId(1), WORK.id, "INBOX", Role.INBOX, True, 9, 3, 1_700_000_000)
OTHER = replace(INBOX, id=FolderId(2), path="Projects", role=None, unread=0)


def test_a_folder_whose_parent_is_not_listed_stands_under_its_name_all_the_same():
    trash = replace(OTHER, id=FolderId(3), path="Trash", role=Role.TRASH)
    deep = [replace(OTHER, id=FolderId(4 + n), path=path) for n, path in enumerate(("Old/2025/May", "Old/2026"))]
    rows = entries([WORK], [INBOX, trash, *deep])
    assert [(row.text, row.level, row.place is not None) for row in rows[2:]] == [
        ("Trash", 1, True), ("Old", 1, False), ("2025", 2, False), ("May", 3, True), ("2026", 2, True),
    ]  # fmt: skip


def test_a_folder_that_is_not_synchronised_is_marked_beside_what_is_unread_in_it():
    rows = entries([WORK], [replace(INBOX, notice="The server rebuilt it."), OTHER])
    marks = {row.text: (row.mark, row.unread) for row in rows}
    assert marks == {"work": ("", 0), "Inbox": ("▲", 3), "Projects": ("", 0)}
