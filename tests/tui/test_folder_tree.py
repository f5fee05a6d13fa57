"""The folder pane's rows: what is in it, how many are unread, and what is wrong."""

from dataclasses import replace

from store.model import Account, AccountId, Folder, FolderId, Protocol, Role
from tui.widgets.folder_tree import entries

WORK = Account(AccountId(1), "work", Protocol.IMAP, True)
INBOX = Folder(FolderId(1), WORK.id, "INBOX", Role.INBOX, True, 9, 3, 1_700_000_000)
OTHER = replace(INBOX, id=FolderId(2), path="Projects", role=None, unread=0)


def test_a_folder_that_is_not_synchronised_is_marked_beside_what_is_unread_in_it():
    rows = entries([WORK], [replace(INBOX, notice="The server rebuilt it."), OTHER])
    marks = {row.text: (row.mark, row.unread) for row in rows}
    assert marks == {"work": ("", 0), "Inbox": ("▲", 3), "Projects": ("", 0)}
