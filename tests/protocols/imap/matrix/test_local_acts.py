"""What a person does here reaches the server, once: the rows of the matrix that begin with the journal."""

from store.model import Flag, MessageId
from store.operations import Archive, Copy, Delete, Move, SetFlags, SetLabels
from tests.protocols.imap.matrix.cells import BARE, CYRUS, FAKE, PYMAP, Cell, on_all_but
from tests.servers.imap_account import letter

SETTLE = 3
"""Rounds after which an act is done and its place known: without UIDPLUS a sync of the target has to find it."""


async def filled(cell: Cell, count: int, folder: str = "INBOX") -> dict[int, MessageId]:
    """Letters that both ends have: number -> id."""
    await cell.far.deliver(*(letter(number) for number in range(1, count + 1)), folder=folder)
    await cell.rounds()
    return {number: (await cell.account.row(number, folder)).id for number in range(1, count + 1)}


async def settled(cell: Cell) -> None:
    """Nothing waits any more, nothing was refused, and both ends are the same."""
    await cell.rounds(SETTLE)
    assert await cell.account.waiting() == []
    await cell.assert_same()


@on_all_but()
async def test_read_and_star_arrive_and_can_be_taken_off(cell: Cell):
    ids = await filled(cell, 5)
    do = cell.account.store.do
    await do(SetFlags((ids[1], ids[2], ids[3]), add=Flag.SEEN))
    await do(SetFlags((ids[2], ids[4]), add=Flag.FLAGGED))
    await do(SetFlags((ids[3],), remove=Flag.SEEN))
    await settled(cell)
    flags = {subject: one.flags for subject, one in (await cell.there()).items()}
    assert flags == {
        "letter 1": ("\\seen",),
        "letter 2": ("\\flagged", "\\seen"),
        "letter 3": (),
        "letter 4": ("\\flagged",),
        "letter 5": (),
    }


@on_all_but(PYMAP)  # its mailboxes keep no keywords
async def test_labels_arrive_as_keywords_beside_those_of_others(cell: Cell):
    ids = await filled(cell, 2)
    await cell.far.mark("INBOX", 1, add=["theirs", "old"])
    await cell.rounds(full=True)
    await cell.account.store.do(SetLabels((ids[1], ids[2]), add=("ours",), remove=("old",)))
    await settled(cell)
    assert (await cell.account.row(1)).labels == ("ours", "theirs")
    assert {subject: one.flags for subject, one in (await cell.there()).items()} == {
        "letter 1": ("ours", "theirs"),
        "letter 2": ("ours",),
    }


@on_all_but()
async def test_archive_delete_and_move_keep_id_and_body(cell: Cell):
    ids = await filled(cell, 6)
    await cell.account.store.do(Archive((ids[1], ids[2])))
    await cell.account.store.do(Delete((ids[3],)))
    await cell.account.store.do(Move((ids[4],), (await cell.account.folder("Junk")).id))
    await settled(cell)
    places = {path: await cell.account.numbers(path) for path in ("INBOX", "Archive", "Trash", "Junk")}
    assert places == {"INBOX": [5, 6], "Archive": [1, 2], "Trash": [3], "Junk": [4]}
    found = {(await cell.account.row(n, p)).id for p, numbers in places.items() for n in numbers}
    assert found == set(ids.values())


@on_all_but()
async def test_a_copy_is_made_once(cell: Cell):
    ids = await filled(cell, 3)
    await cell.account.store.do(Copy((ids[1], ids[2]), (await cell.account.folder("Archive")).id))
    await settled(cell)
    assert [await cell.account.numbers(path) for path in ("INBOX", "Archive")] == [[1, 2, 3], [1, 2]]
    assert sorted(await cell.there("Archive")) == ["letter 1", "letter 2"]


@on_all_but()
async def test_deleting_from_the_trash_removes_that_message_only(cell: Cell):
    ids = await filled(cell, 3, "Trash")
    await cell.account.store.do(Delete((ids[2],)))
    await settled(cell)
    assert sorted(await cell.there("Trash")) == ["letter 1", "letter 3"]


@on_all_but()
async def test_a_pending_change_survives_a_sync_and_merges_with_those_of_others(cell: Cell):
    ids = await filled(cell, 3)
    await cell.account.backend.close()
    await cell.account.store.do(SetFlags((ids[1], ids[2]), add=Flag.FLAGGED))
    await cell.account.store.do(Archive((ids[2],)))
    await cell.far.mark("INBOX", 1, 2, add=["\\Seen"])
    await cell.far.deliver(letter(4))
    assert (await cell.account.row(1)).flags == Flag.FLAGGED
    assert await cell.account.numbers("Archive") == [2]
    await cell.account.reconnect()
    await settled(cell)
    assert (await cell.there())["letter 1"].flags == ("\\flagged", "\\seen")
    assert (await cell.there("Archive"))["letter 2"].flags == ("\\flagged", "\\seen")


@on_all_but()
async def test_acts_without_a_network_catch_up_with_what_others_did_meanwhile(cell: Cell):
    ids = await filled(cell, 12)
    await cell.account.backend.close()
    do = cell.account.store.do
    await do(SetFlags((ids[1], ids[2]), add=Flag.SEEN))
    await do(Archive((ids[2], ids[3], ids[4])))
    await do(SetFlags((ids[3],), add=Flag.FLAGGED))
    await do(Delete((ids[5], ids[6])))
    await do(SetFlags((ids[7],), add=Flag.SEEN))
    await cell.far.deliver(letter(13), letter(14))
    await cell.far.mark("INBOX", 8, add=["\\Answered"])
    await cell.far.expunge("INBOX", 4, 7, 9)
    await cell.far.move("INBOX", "Archive", 6, 10)
    await cell.account.reconnect()
    await settled(cell)
    inbox = await cell.there()
    assert sorted(inbox) == sorted(f"letter {n}" for n in (1, 8, 11, 12, 13, 14))
    assert inbox["letter 1"].flags == ("\\seen",)
    assert inbox["letter 8"].flags == ("\\answered",)
    archive = await cell.there("Archive")
    assert {"letter 2", "letter 3", "letter 10"} <= archive.keys()
    assert archive["letter 3"].flags == ("\\flagged",)
    assert "letter 5" in await cell.there("Trash")


@on_all_but()
async def test_a_chain_of_acts_ends_where_the_last_one_says(cell: Cell):
    await cell.far.create("Work")
    ids = await filled(cell, 3)
    work, junk = [(await cell.account.folder(path)).id for path in ("Work", "Junk")]
    await cell.account.store.do(Move((ids[1], ids[2]), work))
    await cell.account.store.do(SetFlags((ids[1],), add=Flag.FLAGGED))
    await cell.account.store.do(Move((ids[1],), junk))
    await cell.account.store.do(Delete((ids[2],)))
    await cell.account.store.do(Delete((ids[2],)))
    await settled(cell)
    assert sorted(await cell.there()) == ["letter 3"]
    assert (await cell.there("Junk"))["letter 1"].flags == ("\\flagged",)
    assert await cell.there("Work") == await cell.there("Trash") == {}
    assert (await cell.account.row(1, "Junk")).id == ids[1]


@on_all_but()
async def test_an_act_on_a_message_whose_place_is_not_known_yet_waits_for_it(cell: Cell):
    ids = await filled(cell, 2)
    await cell.account.store.do(Archive((ids[1],)))
    await cell.account.backend.send_journal()
    await cell.account.store.do(SetFlags((ids[1],), add=Flag.FLAGGED))
    await cell.account.backend.send_journal()
    await cell.account.store.do(Move((ids[1],), (await cell.account.folder()).id))
    await cell.account.backend.send_journal()
    await settled(cell)
    assert (await cell.there())["letter 1"].flags == ("\\flagged",)
    assert (await cell.account.row(1)).id == ids[1]


@on_all_but()
async def test_an_undo_before_sending_leaves_the_server_alone(cell: Cell):
    ids = await filled(cell, 3)
    await cell.account.store.do(Archive((ids[1],)))
    await cell.account.store.undo()
    await cell.account.store.do(SetFlags((ids[2],), add=Flag.SEEN))
    await cell.account.store.undo()
    uids = {one.uid for one in (await cell.far.contents())["INBOX"]}
    await settled(cell)
    assert {one.uid for one in (await cell.far.contents())["INBOX"]} == uids
    assert await cell.account.numbers() == [1, 2, 3]


@on_all_but()
async def test_an_undo_after_sending_takes_it_back_on_the_server(cell: Cell):
    ids = await filled(cell, 3)
    await cell.account.store.do(SetFlags((ids[2],), add=Flag.FLAGGED))
    await cell.account.store.do(Delete((ids[1], ids[2])))
    await settled(cell)
    await cell.account.store.undo()
    await settled(cell)
    await cell.account.store.undo()
    await settled(cell)
    assert {row.id for row in await cell.account.rows()} == set(ids.values())
    assert sorted(await cell.there()) == ["letter 1", "letter 2", "letter 3"]
    assert (await cell.there())["letter 2"].flags == ()


@on_all_but()
async def test_of_two_messages_with_one_message_id_only_the_chosen_one_moves(cell: Cell):
    twins = [letter(number, message_id="<same@example.com>") for number in (1, 2)]
    nameless = [letter(number, message_id=None) for number in (3, 4)]
    await cell.far.deliver(*twins, *nameless)
    await cell.rounds()
    ids = await cell.account.ids(2, 3)
    await cell.account.store.do(Archive(ids))
    await settled(cell)
    assert sorted(await cell.there()) == ["letter 1", "letter 4"]
    assert sorted(await cell.there("Archive")) == ["letter 2", "letter 3"]
    assert {row.id for row in await cell.account.rows("Archive")} == set(ids)


@on_all_but()
async def test_what_others_marked_as_deleted_is_never_expunged_by_an_act(cell: Cell):
    ids = await filled(cell, 6)
    await cell.far.mark("INBOX", 6, add=["\\Deleted"])
    await cell.account.store.do(Archive((ids[1],)))
    await cell.account.store.do(Delete((ids[2],)))
    await cell.rounds(SETTLE, full=True)
    await cell.assert_same()
    marked = [one.subject for one in (await cell.far.contents())["INBOX"] if one.deleted]
    assert "letter 6" in marked
    assert (sorted(await cell.there("Archive")), sorted(await cell.there("Trash"))) == (["letter 1"], ["letter 2"])


@on_all_but()
async def test_an_act_on_what_others_removed_is_dropped(cell: Cell):
    ids = await filled(cell, 4)
    await cell.far.expunge("INBOX", 1, 2, 3)
    await cell.account.store.do(SetFlags((ids[1],), add=Flag.SEEN))
    await cell.account.store.do(Archive((ids[2],)))
    await cell.account.store.do(Delete((ids[3],)))
    await settled(cell)
    assert sorted(await cell.there()) == ["letter 4"]


@on_all_but()
async def test_an_act_meets_a_new_uidvalidity(cell: Cell):
    await cell.far.create("Work")
    ids = await filled(cell, 5, "Work")
    await cell.account.backend.close()
    await cell.account.store.do(SetFlags((ids[1],), add=Flag.FLAGGED))
    await cell.account.store.do(Archive((ids[2],)))
    await cell.far.renumber("Work")
    await cell.account.reconnect()
    await settled(cell)
    work = await cell.there("Work")
    assert sorted(work) == ["letter 1", "letter 3", "letter 4", "letter 5"]
    assert work["letter 1"].flags == ("\\flagged",)
    assert sorted(await cell.there("Archive")) == ["letter 2"]


@on_all_but(BARE, FAKE, PYMAP, CYRUS)  # they have an archive that cannot go, or forget it too late
async def test_a_missing_archive_is_made(cell: Cell):
    ids = await filled(cell, 2)
    await cell.far.remove("Archive")
    await cell.account.store.do(Archive((ids[1],)))
    await settled(cell)
    assert sorted(await cell.there("Archive")) == ["letter 1"]


@on_all_but()
async def test_a_folder_that_goes_with_what_was_just_moved_into_it_stops_nothing(cell: Cell):
    await cell.far.create("Work")
    ids = await filled(cell, 3)
    work = (await cell.account.folder("Work")).id
    await cell.account.store.do(Move((ids[1],), work))
    await cell.account.backend.send_journal()
    await cell.far.remove("Work")
    await cell.account.store.do(SetFlags((ids[1], ids[2]), add=Flag.FLAGGED))
    await settled(cell)
    assert {subject: one.flags for subject, one in (await cell.there()).items()} == {
        "letter 2": ("\\flagged",),
        "letter 3": (),
    }
