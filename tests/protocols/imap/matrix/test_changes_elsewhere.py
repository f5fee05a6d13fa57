"""What happens on the server comes here: the rows of the matrix that begin with another mail program."""

from protocols.errors import ProtocolError
from tests.protocols.imap.matrix.cells import BARE, COURIER, CYRUS, FAKE, PLAIN, PYMAP, Cell, on, on_all_but
from tests.servers.imap_account import letter
from tests.servers.proxy import Fault, Proxy

MANY = 1500


@on_all_but(PYMAP, CYRUS, COURIER)  # so many take pymap ten seconds; on the others they are appended one by one
async def test_a_big_folder_comes_newest_first_and_goes_on_where_it_was_cut(cell: Cell):
    await cell.far.deliver(*(letter(number) for number in range(1, MANY + 1)))
    uids = [one.uid for one in (await cell.far.contents())["INBOX"]]
    account, seen = cell.account, []
    async with Proxy(cell.far.port) as proxy:
        for _ in range(20):
            proxy.to_client = Fault(cut_after=150_000, shared=True)
            try:
                await account.reconnect(proxy.port)
                await account.sync(summaries=True)
                break
            except ProtocolError:
                known = await account.known_uids()
                assert known == uids[len(uids) - len(known) :]
                seen.append(len(known))
        proxy.to_client = Fault()
        assert seen == sorted(seen)
        assert any(0 < count < MANY for count in seen)
        await account.reconnect(cell.far.port)
    await account.sync(summaries=True)
    await cell.assert_same(contents=False)


@on_all_but()
async def test_every_byte_of_every_message_is_kept(cell: Cell):
    raws = [
        letter(1, text="dòng một\r\n.\r\n..\r\n"),
        letter(2, text="x" * 3000),
        b"Subject: letter 3\r\nMessage-ID: <3@example.com>\r\n\r\nno end of line",
        b"Subject: letter 4\r\nMessage-ID: <4@example.com>\r\n\r\n",
        b"Subject: letter 5\r\nMessage-ID: <5@example.com>\r\nX-Odd: \xe9\xff\r\n\r\n\x80\xfe raw\t\x7f\r\n\r\n\r\n",
        b"Subject: letter 6\r\nMessage-ID: <6@example.com>\r\n\r\n) (FLAGS (\\Deleted)) {5}\r\n* 1 EXPUNGE\r\n",
    ]
    await cell.far.deliver(*raws)
    await cell.rounds()
    await cell.assert_same()
    assert len(await cell.account.rows()) == len(raws)


@on_all_but()
async def test_an_empty_folder_is_empty_here_until_something_comes(cell: Cell):
    await cell.rounds(2)
    await cell.assert_same()
    assert await cell.account.rows() == []
    await cell.far.deliver(letter(1))
    await cell.rounds()
    await cell.assert_same()


@on_all_but()
async def test_new_mail_is_added_to_what_is_here(cell: Cell):
    await cell.far.deliver(*(letter(number) for number in range(1, 21)))
    await cell.rounds()
    before = {row.subject: row.id for row in await cell.account.rows()}
    await cell.far.deliver(letter(21), letter(22), flags=["\\Seen"])
    await cell.rounds()
    await cell.assert_same()
    after = {row.subject: row.id for row in await cell.account.rows()}
    assert before.items() < after.items()
    assert after["letter 22"] > after["letter 21"] > max(before.values())


@on_all_but()
async def test_a_round_without_changes_costs_next_to_nothing(cell: Cell):
    await cell.far.deliver(*(letter(number) for number in range(1, 101)))
    async with Proxy(cell.far.port) as proxy:
        await cell.account.reconnect(proxy.port)
        await cell.rounds(2)
        before = proxy.passed["to_client"]
        await cell.rounds()
        assert proxy.passed["to_client"] - before < 6000  # some folders' STATUS; never a listing of the messages
        await cell.account.reconnect(cell.far.port)


@on_all_but()
async def test_flags_that_others_change_are_shown(cell: Cell):
    await cell.far.deliver(*(letter(number) for number in range(1, 11)))
    await cell.rounds()
    await cell.far.mark("INBOX", 1, 2, 3, add=["\\Seen", "\\Flagged"])
    await cell.far.mark("INBOX", 4, add=["\\Answered", "\\Draft"])
    await cell.rounds()
    await cell.assert_same()
    await cell.far.mark("INBOX", 2, 4, add=["\\Answered"], remove=["\\Seen", "\\Draft"])
    await cell.far.deliver(letter(11))
    await cell.rounds()
    await cell.assert_same()


@on_all_but(PYMAP)  # its mailboxes keep no keywords
async def test_odd_keywords_are_labels(cell: Cell):
    await cell.far.deliver(letter(1), letter(2))
    await cell.rounds()
    await cell.far.mark("INBOX", 1, add=["$Forwarded", "NonJunk", "a.b-c_d"])
    await cell.far.mark("INBOX", 2, add=["$Label1", "\\Flagged"])
    await cell.rounds(full=True)
    await cell.assert_same()
    assert (await cell.account.row(1)).labels == ("$forwarded", "a.b-c_d", "nonjunk")
    await cell.far.mark("INBOX", 1, remove=["NonJunk"])
    await cell.rounds(full=True)
    await cell.assert_same()


@on_all_but()
async def test_what_others_expunge_goes(cell: Cell):
    await cell.far.deliver(*(letter(number) for number in range(1, 11)))
    await cell.rounds()
    await cell.far.expunge("INBOX", 1, 5, 10)
    await cell.far.deliver(letter(11))
    await cell.rounds()
    await cell.assert_same()
    assert await cell.account.numbers() == [2, 3, 4, 6, 7, 8, 9, 11]


@on_all_but()
async def test_an_expunge_that_equal_arrivals_hide_from_the_count_is_found(cell: Cell):
    await cell.far.deliver(*(letter(number) for number in range(1, 6)))
    await cell.rounds()
    await cell.far.deliver(letter(6), letter(7))
    await cell.far.expunge("INBOX", 2, 6)
    await cell.rounds()
    await cell.assert_same()


@on_all_but()
async def test_a_folder_that_others_emptied_is_empty_here(cell: Cell):
    await cell.far.deliver(*(letter(number) for number in range(1, 8)), folder="Junk")
    await cell.rounds()
    await cell.far.expunge("Junk", *range(1, 8))
    await cell.rounds(2)  # a folder that is suddenly empty has to say so twice
    await cell.assert_same()


@on_all_but()
async def test_what_others_move_and_copy_is_where_they_put_it(cell: Cell):
    await cell.far.deliver(*(letter(number) for number in range(1, 7)))
    await cell.rounds()
    await cell.far.move("INBOX", "Archive", 1, 2)
    await cell.far.copy("INBOX", "Trash", 3)
    await cell.rounds()
    await cell.assert_same()
    await cell.far.move("Archive", "INBOX", 2)
    await cell.rounds()
    await cell.assert_same()
    assert [await cell.account.numbers(path) for path in ("INBOX", "Archive", "Trash")] == [[2, 3, 4, 5, 6], [1], [3]]


@on_all_but()
async def test_a_folder_that_others_make_rename_and_remove_is_followed(cell: Cell):
    await cell.far.create("Travel")
    await cell.far.deliver(*(letter(number) for number in range(1, 4)), folder="Travel")
    await cell.rounds()
    await cell.assert_same()
    await cell.far.rename("Travel", "Đà Nẵng & co")
    await cell.rounds()
    await cell.assert_same()
    assert await cell.account.numbers("Đà Nẵng & co") == [1, 2, 3]
    await cell.far.remove("Đà Nẵng & co")
    await cell.rounds()
    await cell.assert_same()


@on_all_but()
async def test_many_folders_that_others_remove_at_once_go_when_the_server_says_so_twice(cell: Cell):
    names = [f"Travel {number}" for number in range(6)]
    for name in names:
        await cell.far.create(name)
        await cell.far.deliver(letter(1), folder=name)
    await cell.rounds()
    await cell.assert_same()
    for name in names:
        await cell.far.remove(name)
    await cell.rounds(2)
    await cell.assert_same()


@on_all_but()
async def test_a_new_uidvalidity_keeps_ids_and_bodies(cell: Cell):
    await cell.far.create("Work")
    await cell.far.deliver(*(letter(number) for number in range(1, 21)), folder="Work")
    await cell.rounds()
    before = {row.subject: row.id for row in await cell.account.rows("Work")}
    await cell.far.renumber("Work")
    await cell.far.expunge("Work", 7)
    await cell.account.reconnect()
    await cell.rounds(2)
    await cell.assert_same()
    after = {row.subject: row.id for row in await cell.account.rows("Work")}
    assert after == {subject: id_ for subject, id_ in before.items() if subject != "letter 7"}


@on_all_but()
async def test_messages_without_a_message_id_and_with_the_same_one_are_all_here(cell: Cell):
    nameless = [letter(number, message_id=None) for number in (1, 2, 3)]
    twins = [letter(number, message_id="<same@example.com>") for number in (4, 5, 6)]
    await cell.far.deliver(*nameless, *twins, letter(7), letter(7))
    await cell.rounds()
    await cell.assert_same()
    assert await cell.account.numbers() == [1, 2, 3, 4, 5, 6, 7, 7]
    await cell.far.expunge("INBOX", 2, 5)
    await cell.far.move("INBOX", "Archive", 1, 4)
    await cell.rounds()
    await cell.assert_same()


@on(PLAIN, BARE)
async def test_where_nothing_tells_changes_a_full_round_finds_them_in_old_mail(cell: Cell):
    await cell.far.deliver(*(letter(number) for number in range(1, 701)))
    await cell.account.sync(summaries=True)
    await cell.far.mark("INBOX", 3, add=["\\Flagged"])
    await cell.account.sync(summaries=True, full=True)
    await cell.assert_same(contents=False)


@on_all_but(FAKE, BARE)
async def test_everything_at_once_is_found_by_one_round(cell: Cell):
    await cell.far.deliver(*(letter(number) for number in range(1, 41)))
    await cell.far.create("Work")
    await cell.rounds()
    await cell.far.mark("INBOX", 1, 2, 3, add=["\\Seen"])
    await cell.far.move("INBOX", "Work", 4, 5, 6)
    await cell.far.expunge("INBOX", 7, 8)
    await cell.far.deliver(letter(41), letter(42), flags=["\\Flagged"])
    await cell.far.mark("INBOX", 41, add=["\\Answered"])
    await cell.far.mark("Work", 5, add=["\\Seen"])
    await cell.far.create("Later/Perhaps")
    await cell.far.deliver(letter(43), folder="Later/Perhaps")
    await cell.rounds()
    await cell.assert_same()


@on(PLAIN, BARE)
async def test_a_folder_in_which_everything_is_marked_as_deleted_is_looked_at_again(cell: Cell):
    await cell.far.deliver(letter(1), flags=["\\Deleted"])
    await cell.rounds(2)
    assert await cell.account.rows() == []
    await cell.far.deliver(letter(2), flags=["\\Deleted"])
    await cell.rounds(2)
    await cell.far.expunge("INBOX", 2)
    await cell.far.deliver(letter(3), flags=["\\Deleted"])
    await cell.rounds(2)
    assert await cell.account.rows() == []
    await cell.assert_same()
