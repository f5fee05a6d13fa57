"""What was undone is done again, on exactly its messages, after a restart too; and what undo passes over."""

import pytest

from store import acts, folders, history, journal, messages
from store.errors import NotFound, NotPossible, NotYet
from store.history import Standing
from store.mailstore import MailStore
from store.model import ActId, Flag, MessageId, Role
from store.operations import Archive, Copy, Delete, Keep, Move, SetFlags
from tests.store.mail import add, arrival, row, seed
from tests.store.test_acts import send_all


def place(tx, message):
    return row(tx, message)["folder_id"]


def test_what_was_never_sent_is_done_again_as_new(tx, at):
    one, two = add(tx, at, arrival(1), arrival(2))
    act = acts.perform(tx, Archive((one, two)))
    acts.undo(tx)
    again = acts.redo(tx)
    assert (again.title, set(again.messages)) == ("Redid: Archived 2", {one, two})
    assert again.id != act.id
    assert [entry.folder for entry in journal.waiting(tx.connection, at.account)] == [at.archive] * 2
    with pytest.raises(NotFound, match="nothing to redo"):
        acts.redo(tx)


def test_an_undoing_that_was_not_sent_is_forgotten(tx, at):
    [message] = add(tx, at, arrival(1))
    acts.perform(tx, Archive((message,)))
    send_all(tx, at)
    acts.undo(tx)
    acts.redo(tx)
    assert place(tx, message) == at.archive
    assert journal.waiting(tx.connection, at.account) == []
    acts.undo(tx)
    assert place(tx, message) == at.inbox


def test_back_and_forth_as_often_as_one_likes(tx, at):
    [message] = add(tx, at, arrival(1))
    acts.perform(tx, Archive((message,)))
    for _ in range(3):
        send_all(tx, at)
        acts.undo(tx)
        assert place(tx, message) == at.inbox
        send_all(tx, at)
        acts.redo(tx)
        assert place(tx, message) == at.archive


def test_a_new_act_ends_the_redoing_and_one_by_the_way_does_not(tx, at):
    [message] = add(tx, at, arrival(1))
    acts.perform(tx, SetFlags((message,), Flag.FLAGGED))
    acts.undo(tx)
    acts.perform(tx, SetFlags((message,), Flag.SEEN), aside=True)
    assert acts.redo(tx).title == "Redid: Marked 1 with a star"
    acts.undo(tx)
    assert row(tx, message)["flags"] == Flag.SEEN
    acts.perform(tx, Archive((message,)))
    with pytest.raises(NotFound, match="nothing to redo"):
        acts.redo(tx)
    assert len(history.steps(tx.connection)) == 6


def test_undo_passes_by_what_was_done_by_the_way(tx, at):
    first, second = add(tx, at, arrival(1), arrival(2))
    acts.perform(tx, Archive((first,)))
    opened = acts.perform(tx, SetFlags((second,), Flag.SEEN), aside=True)
    assert acts.undo(tx).messages == (first,)
    with pytest.raises(NotFound, match="nothing to undo"):
        acts.undo(tx)
    assert acts.undo(tx, opened.id).messages == (second,)


def test_what_was_overruled_by_the_way_counts_as_taken_back(tx, at):
    [message] = add(tx, at, arrival(1, flags=Flag.SEEN))
    acts.perform(tx, Archive((message,)))
    acts.perform(tx, SetFlags((message,), remove=Flag.SEEN))
    acts.perform(tx, SetFlags((message,), Flag.SEEN), aside=True)
    assert acts.undo(tx).title == "Undid: Marked 1 as unread"
    assert (row(tx, message)["flags"], place(tx, message)) == (Flag.SEEN, at.archive)
    assert acts.undo(tx).title == "Undid: Archived 1"
    assert [acts.redo(tx).title for _ in range(2)] == ["Redid: Archived 1", "Redid: Marked 1 as unread"]


def test_what_changes_nothing_is_no_act(tx, at):
    [message] = add(tx, at, arrival(1, flags=Flag.SEEN))
    assert acts.perform(tx, SetFlags((message,), Flag.SEEN)).id == 0
    assert history.steps(tx.connection) == []


def test_undo_goes_past_what_is_gone_for_good_and_says_so_once(tx, at):
    kept, gone = add(tx, at, arrival(1), arrival(2))
    acts.perform(tx, Archive((kept,)))
    acts.perform(tx, SetFlags((kept,), Flag.FLAGGED))
    acts.perform(tx, Delete((gone,)))
    acts.perform(tx, Delete((gone,)))
    send_all(tx, at)
    first = acts.undo(tx)
    assert first.title == (
        "Undid: Marked 1 with a star; passed over: Removed 1 for good. What was removed for good cannot come back."
    )
    assert acts.undo(tx).title == "Undid: Archived 1"
    assert history.steps(tx.connection)[0].title == "Undid: Archived 1"
    assert [one.can_undo for one in history.steps(tx.connection) if one.title == "Removed 1 for good"] == [False]


def test_of_an_act_that_threw_away_and_removed_the_one_half_comes_back(tx, at):
    [thrown] = add(tx, at, arrival(1))
    [removed] = add(tx, at, arrival(2), folder=at.trash)
    acts.perform(tx, Delete((thrown, removed)))
    send_all(tx, at)
    assert acts.undo(tx).title == "Undid: Deleted 2; 1 of them cannot come back"
    assert place(tx, thrown) == at.inbox


def test_what_is_being_sent_to_another_account_is_waited_for(tx, at, other):
    [message] = add(tx, at, arrival(1, raw=b"raw", text="text"))
    acts.perform(tx, SetFlags((message,), Flag.FLAGGED))
    acts.perform(tx, Move((message,), other.id))
    [entry] = journal.waiting(tx.connection, other.account)
    journal.start(tx, [entry.id])
    with pytest.raises(NotYet, match="being sent"):
        acts.undo(tx)
    assert not any(one.standing is Standing.UNDONE for one in history.steps(tx.connection))


def test_a_copy_comes_back_from_the_trash(tx, at):
    [message] = add(tx, at, arrival(1))
    acts.perform(tx, Copy((message,), at.work))
    [entry] = journal.waiting(tx.connection, at.account)
    journal.start(tx, [entry.id])
    journal.finish_copy(tx, [(entry.id, 40)], at.work)
    acts.undo(tx)
    send_all(tx, at)
    [copy] = acts.redo(tx).messages
    assert (place(tx, copy), place(tx, message)) == (at.work, at.inbox)


def test_mail_that_went_to_another_account_goes_and_comes_with_its_marks(tx, at, other):
    [message] = add(tx, at, arrival(1, "a", raw=b"raw", text="text"))
    acts.perform(tx, SetFlags((message,), Flag.FLAGGED))
    acts.perform(tx, Move((message,), other.id))
    [(copy,)] = tx.execute("SELECT id FROM messages WHERE folder_id = ?", (other.id,)).fetchall()
    acts.perform(tx, SetFlags((MessageId(copy),), Flag.SEEN))
    for undone in ("as read", "to Inbox of second", "with a star"):
        assert undone in acts.undo(tx).title
    assert (place(tx, message), row(tx, message)["flags"]) == (at.inbox, Flag.NONE)
    for redone in ("with a star", "to Inbox of second", "as read"):
        assert redone in acts.redo(tx).title
    [(flags,)] = tx.execute("SELECT flags FROM messages WHERE folder_id = ?", (other.id,)).fetchall()
    assert flags == Flag.FLAGGED | Flag.SEEN


def test_what_was_done_to_a_copy_on_its_way_is_done_to_its_source_when_it_stays(tx, at, other):
    [message] = add(tx, at, arrival(1, "a", raw=b"raw", text="text"))
    moved = acts.perform(tx, Move((message,), other.id))
    [(copy,)] = tx.execute("SELECT id FROM messages WHERE folder_id = ?", (other.id,)).fetchall()
    star = acts.perform(tx, SetFlags((MessageId(copy),), Flag.FLAGGED))
    acts.undo(tx, moved.id)
    assert (place(tx, message), row(tx, message)["flags"]) == (at.inbox, Flag.FLAGGED)
    acts.undo(tx, star.id)
    assert row(tx, message)["flags"] == Flag.NONE


def test_local_mail_on_its_way_to_a_server_keeps_its_later_marks_too(tx, at, other):
    arrived = arrival(None, "a", uidl="a", raw=b"raw", text="text")
    [message] = messages.add(tx, at.pop3, at.pop3_inbox, [arrived])
    moved = acts.perform(tx, Move((message,), other.id))
    [(copy,)] = tx.execute("SELECT id FROM messages WHERE folder_id = ?", (other.id,)).fetchall()
    acts.perform(tx, SetFlags((MessageId(copy),), Flag.FLAGGED))
    acts.undo(tx, moved.id)
    assert (place(tx, message), row(tx, message)["server_flags"]) == (at.pop3_inbox, Flag.FLAGGED)


def test_an_earlier_act_leaves_alone_what_later_ones_decided(tx, at):
    both, one = add(tx, at, arrival(1), arrival(2))
    early = acts.perform(tx, SetFlags((both, one), Flag.FLAGGED))
    acts.perform(tx, SetFlags((both,), remove=Flag.FLAGGED))
    acts.perform(tx, SetFlags((both,), Flag.FLAGGED))
    acts.undo(tx, early.id)
    assert [row(tx, message)["flags"] for message in (both, one)] == [Flag.FLAGGED, Flag.NONE]


def test_later_moves_decide_and_go_back_to_where_the_message_would_have_been(tx, at):
    moved, stayed = add(tx, at, arrival(1), arrival(2))
    early = acts.perform(tx, Move((moved, stayed), at.work))
    late = acts.perform(tx, Archive((moved,)))
    send_all(tx, at)
    acts.undo(tx, early.id)
    assert [place(tx, message) for message in (moved, stayed)] == [at.archive, at.inbox]
    acts.undo(tx, late.id)
    assert place(tx, moved) == at.inbox


def test_an_act_of_which_nothing_is_left_to_take_back_says_what_decided(tx, at):
    [message] = add(tx, at, arrival(1))
    early = acts.perform(tx, Move((message,), at.work))
    late = acts.perform(tx, Archive((message,)))
    with pytest.raises(NotPossible, match=rf"decides how they are now \(act {late.id}: Archived 1\)") as refused:
        acts.undo(tx, early.id)
    assert f"bocau undo {late.id}" in refused.value.hint


def test_redo_of_what_is_gone_says_so(tx, at):
    [message] = add(tx, at, arrival(1))
    act = acts.perform(tx, Archive((message,)))
    acts.undo(tx)
    messages.remove_uids(tx, at.inbox, [1])
    with pytest.raises(NotPossible, match="is gone"):
        acts.redo(tx)
    with pytest.raises(NotPossible, match="is gone"):
        acts.redo(tx, act.id)
    with pytest.raises(NotFound, match="no act 99"):
        acts.redo(tx, ActId(99))


def test_redo_into_a_folder_that_is_gone_says_so(tx, at):
    [message] = add(tx, at, arrival(1))
    acts.perform(tx, Move((message,), at.work))
    acts.undo(tx)
    folders.remove(tx, at.work)
    with pytest.raises(NotPossible):
        acts.redo(tx)


def test_keeping_is_taken_back_and_done_again(tx, at):
    one, two = add(tx, at, arrival(1), arrival(2))
    assert acts.perform(tx, Keep((one, two))).title == "Kept 2 on this disk"
    acts.perform(tx, Keep((one,), kept=False))
    assert journal.waiting(tx.connection, at.account) == []
    acts.undo(tx)
    assert [row(tx, message)["kept"] for message in (one, two)] == [1, 1]
    acts.undo(tx)
    assert [row(tx, message)["kept"] for message in (one, two)] == [0, 0]
    acts.redo(tx)
    assert [row(tx, message)["kept"] for message in (one, two)] == [1, 1]


def test_the_history_tells_what_became_of_each_act(tx, at):
    one, two = add(tx, at, arrival(1), arrival(2))
    waits = acts.perform(tx, Archive((one, two)))
    refused = acts.perform(tx, SetFlags((one,), Flag.FLAGGED))
    entry = journal.waiting(tx.connection, at.account)[-1]
    journal.refuse(tx, [entry.id], "No.")
    undone = acts.perform(tx, SetFlags((two,), Flag.SEEN))
    undoing = acts.undo(tx)
    redone = acts.redo(tx)
    found = {one.act: one for one in history.steps(tx.connection)}
    assert [found[act.id].standing for act in (waits, refused, undone, undoing, redone)] == [
        Standing.WAITING, Standing.REFUSED, Standing.UNDONE, Standing.UNDONE, Standing.WAITING,
    ]  # fmt: skip
    assert (found[waits.id].messages, found[waits.id].waiting, found[refused.id].refused) == (2, 2, 1)
    assert (found[undoing.id].undoes, found[redone.id].redoes) == (undone.id, undone.id)
    assert [found[act.id].can_undo for act in (waits, undone, undoing, redone)] == [True, False, False, True]
    assert not any(one.can_redo for one in found.values())
    older = history.steps(tx.connection, before=undone.id, limit=1)
    assert [one.act for one in older] == [refused.id]


async def test_undo_and_redo_go_on_after_a_restart(tmp_path):
    async with await MailStore.open(tmp_path) as store:
        at = await store.write(seed)
        [message] = await store.write(lambda tx: add(tx, at, arrival(1)))
        await store.do(Archive((message,)))
        await store.do(SetFlags((message,), Flag.FLAGGED))
        await store.undo()
    async with await MailStore.open(tmp_path) as store:
        await store.undo()
    async with await MailStore.open(tmp_path) as store:
        assert (await store.redo()).title == "Redid: Archived 1"
        assert (await store.redo()).title == "Redid: Marked 1 with a star"
        archive = await store.read(lambda c: folders.by_role(c, at.account, Role.ARCHIVE))
        assert archive is not None and archive.total == 1
