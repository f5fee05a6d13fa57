"""The folder pane: what is in it, how many are unread, what is wrong, and how its trees fold."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from rich.cells import cell_len

from store.mailstore import MailStore
from store.model import Account, AccountId, Folder, FolderId, Protocol, Role
from tests.tui.conftest import Run
from tests.tui.mail_facts import mail
from tests.tui.screen_text import screen_text, until
from tui.catalog import Catalog
from tui.folder_rows import UNFOLDED_UP_TO, Entry, Folds, entries, trees
from tui.place import of_search
from tui.widgets.folder_tree import middle, short

WORK = Account(AccountId(1), "work", Protocol.IMAP, True)
INBOX = Folder(FolderId(1), WORK.id, "INBOX", Role.INBOX, True, 9, 3, 1_700_000_000)
OTHER = replace(INBOX, id=FolderId(2), path="Projects", role=None, unread=0)


def rows(folders: Sequence[Folder], folds: Folds | None = None) -> list[Entry]:
    return entries([WORK], trees([WORK], folders), folds=folds)


def deep(*paths: str) -> list[Folder]:
    return [replace(OTHER, id=FolderId(10 + n), path=path, unread=n + 1) for n, path in enumerate(paths)]


def test_a_folder_whose_parent_is_not_listed_stands_under_its_name_all_the_same():
    trash = replace(OTHER, id=FolderId(3), path="Trash", role=Role.TRASH)
    shown = rows([INBOX, trash, *deep("Old/2025/May", "Old/2026")])
    assert [(row.text, row.level, row.place is not None) for row in shown[2:]] == [
        ("Trash", 1, True), ("Old", 1, False), ("2025", 2, False), ("May", 3, True), ("2026", 2, True),
    ]  # fmt: skip


def test_a_folder_that_is_not_synchronised_is_marked_beside_what_is_unread_in_it():
    shown = rows([replace(INBOX, notice="The server rebuilt it."), OTHER])
    marks = {row.text: (row.mark, row.unread, row.total) for row in shown}
    assert marks == {"work": ("", 0, None), "Inbox": ("▲", 3, 9), "Projects": ("", 0, 9)}


def test_a_folded_tree_is_one_row_with_all_that_is_unread_inside():
    folders = [INBOX, OTHER, *deep("Projects/a", "Projects/a/b", "Zoo")]
    shown = rows(folders, {("work", "Projects"): True})
    assert [(row.text, row.folded, row.unread) for row in shown[2:]] == [("Projects", True, 3), ("Zoo", False, 3)]
    assert shown[2].inside == (FolderId(10), FolderId(11))
    assert [row.text for row in rows(folders)[2:]] == ["Projects", "a", "b", "Zoo"]


def test_a_folded_account_is_its_title_with_all_that_is_unread_in_it():
    shown = rows([INBOX, OTHER, *deep("Projects/a")], {("work", ""): True})
    assert [(row.text, row.unread) for row in shown] == [("work", 4)]


def test_the_trees_of_an_account_with_many_folders_begin_folded():
    many = deep(*(f"{top}/{leaf}" for top in range(10) for leaf in range(UNFOLDED_UP_TO // 5)))
    shown = rows([INBOX, *many])
    assert len(shown) == 12
    assert sum(row.unread for row in shown) == sum(folder.unread for folder in (INBOX, *many))
    assert len(rows([INBOX, *many], {("work", "3"): False})) == 12 + UNFOLDED_UP_TO // 5


def test_saved_searches_stand_above_the_accounts():
    nodes = trees([WORK], [INBOX])
    shown = entries([WORK], nodes, searches=[(of_search("is:unread from:anna", "Anna"), 2)])
    assert [(row.text, row.unread) for row in shown[:3]] == [("Searches", 0), ("Anna", 2), ("", 0)]
    place = shown[1].place
    assert place is not None
    assert place.query == "is:unread from:anna"


@pytest.mark.parametrize(
    ("text", "width", "cut"),
    [
        ("Newsletters 2026 March", 30, "Newsletters 2026 March"),
        ("Newsletters 2026 March", 16, "Newsletter…March"),
        ("Kiến trúc và xây dựng 2026", 14, "Kiến trúc…2026"),
        ("日本語のフォルダ名前", 11, "日本語の…前"),
    ],
)
def test_a_long_name_loses_its_middle(text: str, width: int, cut: str):
    assert middle(text, width) == cut
    assert cell_len(cut) <= width


def test_large_numbers_are_short():
    assert [short(n) for n in (0, 9_999, 10_000, 123_456, 1_234_567)] == ["0", "9,999", "10k", "123k", "1.2M"]


async def test_a_tree_folds_and_unfolds_by_key_and_stays_so_over_a_restart(run: Run, store: MailStore):
    async with run() as pilot:
        await pilot.press("h", "G")
        await until(pilot, lambda: "[bold]Kiến trúc" in screen_text(pilot.app))
        tree = mail(pilot).folders
        tree.move_to(next(n for n, one in enumerate(tree.entries) if one.text == "Projects"))
        await pilot.press("space")
        await until(pilot, lambda: "[bold]Kiến trúc" not in screen_text(pilot.app))
        await until(pilot, lambda: not any(one.group == "folds" for one in pilot.app.workers))
    assert (await store.read(Catalog.read)).folds == {("work", "Projects"): True}
    async with run() as pilot:
        await pilot.press("h")
        await until(pilot, lambda: "▸ Projects" in screen_text(pilot.app))
        assert "[bold]Kiến trúc" not in screen_text(pilot.app)
        tree = mail(pilot).folders
        tree.move_to(next(n for n, one in enumerate(tree.entries) if one.text == "Projects"))
        await pilot.press("right")
        await until(pilot, lambda: "[bold]Kiến trúc" in screen_text(pilot.app))
        await pilot.press("left")
        await until(pilot, lambda: "[bold]Kiến trúc" not in screen_text(pilot.app))
        await until(pilot, lambda: not any(one.group == "folds" for one in pilot.app.workers))


async def test_a_tree_folds_with_a_click_on_its_sign(run: Run):
    async with run((120, 40)) as pilot:
        await until(pilot, lambda: "▾ Projects" in screen_text(pilot.app))
        tree = mail(pilot).folders
        row = next(n for n, one in enumerate(tree.entries) if one.text == "Projects")
        await pilot.click(tree, offset=(2, row))
        await until(pilot, lambda: "▸ Projects" in screen_text(pilot.app))
        assert mail(pilot).place.title == "All inboxes"
        await until(pilot, lambda: not any(one.group == "folds" for one in pilot.app.workers))


async def test_an_act_needs_mail_in_front(run: Run):
    async with run((120, 40)) as pilot:
        await pilot.press("h", "e")
        await until(pilot, lambda: "Archive: go back to the list first (Esc)." in screen_text(pilot.app))
        assert mail(pilot).messages.count == 7
