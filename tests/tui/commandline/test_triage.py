"""Junk, mute, keep, whole threads, undo and redo from the command line."""

import asyncio
from pathlib import Path

import pytest

from store import accounts, folder_list, folders, messages
from store.mailstore import MailStore
from store.model import Protocol, Role
from tests.store.mail import LISTED, arrival
from tests.tui.commandline.conftest import Call
from tests.tui.commandline.test_unified import configure


@pytest.fixture
def ids(tmp_path: Path) -> dict[str, int]:
    """Mail of one account: a thread of a question, its answer in Sent and one more, and a letter that is alone."""
    configure(tmp_path, anna="unified")
    return asyncio.run(fill(tmp_path / "data"))


async def fill(data: Path) -> dict[str, int]:
    found: dict[str, int] = {}
    async with await MailStore.open(data) as store:
        account = (await store.write(lambda tx: accounts.reconcile(tx, [("anna", Protocol.IMAP, True)])))["anna"]
        await store.write(lambda tx: folder_list.reconcile(tx, account, LISTED))
        for name, role, about in (
            ("question", Role.INBOX, ()),
            ("answer", Role.SENT, ("question",)),
            ("more", Role.INBOX, ("question", "answer")),
            ("alone", Role.INBOX, ()),
        ):
            folder = await store.read(lambda c, role=role: folders.by_role(c, account, role))
            assert folder is not None
            one = arrival(len(found) + 1, name, references=about, subject=name)
            [found[name]] = await store.write(
                lambda tx, folder=folder, one=one: messages.add(tx, account, folder.id, [one])
            )
    return found


def inbox(call: Call) -> set[object]:
    return {one["id"] for one in call("list", "--json").objects}


def acts(call: Call) -> list[dict[str, object]]:
    return [one for one in call("journal", "--json").objects if one["type"] == "act"]


def test_a_thread_is_archived_without_ones_own_answers_and_marked_with_them(call: Call, ids: dict[str, int]) -> None:
    assert call("archive", ids["more"], "--thread").out == "Archived 2.\n"
    assert inbox(call) == {ids["alone"]}
    assert call("undo").out == "Undid: Archived 2.\n"
    assert call("mark", "--read", ids["question"], "--thread").out == "Marked 3 as read.\n"
    assert call("move", ids["more"], "Work", "--thread").out == "Moved 2 to Work.\n"
    assert inbox(call) == {ids["alone"]}


def test_undo_and_redo_go_back_and_forth_and_the_journal_tells_it_all(call: Call, ids: dict[str, int]) -> None:
    call("archive", ids["alone"])
    call("mark", "--star", ids["more"])
    assert call("redo").code == 7
    assert call("undo").out == "Undid: Marked 1 with a star.\n"
    assert call("undo").out == "Undid: Archived 1.\n"
    assert ids["alone"] in inbox(call)
    assert call("redo").out == "Redid: Archived 1.\n"
    assert ids["alone"] not in inbox(call)
    assert call("redo").out == "Redid: Marked 1 with a star.\n"
    assert call("redo").code == 7
    titles = [(one["title"], one["state"]) for one in acts(call)]
    assert titles == [
        ("Archived 1", "undone"), ("Marked 1 with a star", "undone"),
        ("Undid: Marked 1 with a star", "undone"), ("Undid: Archived 1", "undone"),
        ("Redid: Archived 1", "waiting"), ("Redid: Marked 1 with a star", "waiting"),
    ]  # fmt: skip
    assert "1 waiting" in call("journal").out


def test_what_was_undone_is_redone_by_its_number_or_that_of_the_undo(call: Call, ids: dict[str, int]) -> None:
    call("archive", ids["alone"])
    call("undo")
    call("mark", "--star", ids["more"])
    first, undoing, _ = acts(call)
    assert (first["can_undo"], first["can_redo"], undoing["undoes"]) == (False, True, first["act"])
    assert call("redo").code == 7
    assert call("redo", str(first["act"])).out == "Redid: Archived 1.\n"
    assert call("redo", str(first["act"])).code == 2
    assert call("redo", 4711).code == 7


def test_junk_goes_to_its_folder_and_comes_back(call: Call, ids: dict[str, int]) -> None:
    assert call("junk", ids["alone"]).out == "Marked 1 as junk.\n"
    [shown] = call("list", "--role", "junk", "--json").objects
    assert (shown["id"], shown["labels"]) == (ids["alone"], ["$junk"])
    assert call("junk", ids["alone"]).out == "Nothing to do: it is so already.\n"
    assert call("junk", ids["alone"], "--not").out == "Marked 1 as not junk.\n"
    assert ids["alone"] in inbox(call)
    assert call("list", "--role", "junk", "--json").objects == []


def test_a_muted_thread_leaves_the_inbox_and_undo_brings_it_back(call: Call, ids: dict[str, int]) -> None:
    assert call("mute", ids["question"]).out == "Muted a thread.\n"
    assert inbox(call) == {ids["alone"]}
    assert call("mute", ids["more"]).out == "Nothing to do: it is so already.\n"
    assert call("undo").out == "Undid: Muted a thread.\n"
    assert inbox(call) == {ids["alone"], ids["question"], ids["more"]}
    call("redo")
    assert call("mute", ids["more"], "--off").out == "Unmuted a thread.\n"
    assert inbox(call) == {ids["alone"]}


def test_keeping_is_an_act_that_can_be_undone(call: Call, ids: dict[str, int]) -> None:
    assert call("keep", ids["alone"]).out == "1 message kept on this disk.\n"
    assert call("undo").out == "Undid: Kept 1 on this disk.\n"
    assert call("keep", ids["alone"], "--off").out == "Nothing to do: it is so already.\n"
    assert call("redo").code == 0
    assert call("keep", ids["alone"], "--off").out == "1 message no longer kept by hand.\n"


def test_an_act_that_a_later_one_decides_over_says_which(call: Call, ids: dict[str, int]) -> None:
    call("archive", ids["alone"])
    call("move", ids["alone"], "Work")
    first, second = acts(call)
    done = call("undo", str(first["act"]))
    assert done.code == 2
    assert f"act {second['act']}: Moved 1 to Work" in done.err
    assert call("undo", str(second["act"])).code == 0
    assert call("undo", str(first["act"])).code == 0
    assert ids["alone"] in inbox(call)
