"""Whatever a server calls its folders: each has a path of its own, always the same, and none is shown raw."""

import itertools
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.imap.arguments import Literal, astring
from protocols.imap.folder_list import list_with_counts
from protocols.imap.framing import Framer
from protocols.imap.names import decode, encode
from protocols.imap.namespaces import Namespaces
from protocols.imap.parse import Listed, Space, read_list
from protocols.mime.safe import line
from store.folder_list import reconcile
from store.model import Role
from tests.servers.greeted import greeted
from tests.servers.script import Peer
from tests.store.mail import memory, seed

ANY_NAME = st.one_of(
    st.binary(min_size=1, max_size=30).filter(lambda raw: b"\0" not in raw),
    st.text(min_size=1, max_size=12).map(lambda text: text.encode("utf-8", "replace").replace(b"\0", b"?")),
    st.lists(
        st.sampled_from([b"a", b"&AOk-", b"&AOk", b"..", b"/", b".", b" ", b"INBOX", b"inbox", b'"', b"\\", b"\x1b"])
    )
    .map(b"".join)
    .filter(bool),
)
DELIMITER = st.sampled_from(["/", ".", "\\", "^", None])
LEVEL = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=12).filter(
    lambda text: "/" not in text and "." not in text and "\u2215" not in text
)


def on_the_wire(name: bytes, delimiter: str | None) -> list[bytes]:
    """A LIST response with that name, as a server has to write it."""
    sign = b"NIL" if delimiter is None else b'"%s"' % delimiter.replace("\\", "\\\\").encode()
    written = astring(name)
    if isinstance(written, Literal):
        return [b"* LIST () %s {%d}\r\n%s" % (sign, len(name), name)]
    return [b"* LIST () %s %s" % (sign, written)]


@given(ANY_NAME, DELIMITER)
def test_a_name_comes_off_the_wire_as_it_was_written(name: bytes, delimiter: str | None):
    """I10."""
    (raw,) = on_the_wire(name, delimiter)
    (response,) = Framer().feed(raw + b"\r\n")
    assert read_list(response) == Listed(frozenset(), delimiter, name)


@given(st.lists(LEVEL, min_size=1, max_size=4), DELIMITER, st.sampled_from([b"", b"INBOX.", b"~/Mail/"]))
def test_a_path_that_a_server_can_have_comes_back_as_it_was_typed(levels: list[str], delimiter: str, prefix: bytes):
    spaces = Namespaces(Space(prefix, delimiter))
    path = unicodedata.normalize("NFC", "/".join(levels))
    try:
        name = spaces.wire_name(path)
    except ValueError as error:
        assert str(error).endswith(".")
        return
    shown = spaces.path(Listed(frozenset(), delimiter, name))
    assert shown.casefold() == path.casefold() if path.split("/")[0].upper() == "INBOX" else shown == path


@given(st.lists(LEVEL, min_size=1, max_size=3), st.sampled_from([".", None]))
def test_a_slash_inside_a_level_survives_both_ways(levels: list[str], delimiter: str | None):
    name = encode("\u2215".join(levels), delimiter)
    assert encode(decode(name, delimiter), delimiter) == name
    assert "/" not in decode(name, delimiter)


@given(ANY_NAME, DELIMITER)
def test_nothing_of_a_name_reaches_the_terminal_raw(name: bytes, delimiter: str | None):
    """I10."""
    shown = line(decode(name, delimiter))
    assert not any(unicodedata.category(character) in ("Cc", "Cs") for character in shown)


async def paths_of(*lines: bytes) -> dict[bytes, str]:
    async def script(peer: Peer) -> None:
        await peer.ok("LIST", *lines)

    async with greeted(script) as connection:
        return {one.wire_name: one.path for one in (await list_with_counts(connection))[0]}


HOSTILE: tuple[bytes, ...] = (
    b"INBOX", b"inbox", b"a/b", b"a&AC8-b", b"&AOk-", b"&AOk", b"\xc3\xa9", b"\xe9", b"..", b"../../etc/passwd", b" ",
    b"\x1b[31mred", b"a\r\nb", b"x" * 3000, b'"', b"\\", b"*", b"%", b"NIL", b"(2)", b"e (2)", b"\xe2\x80\xaegnp.exe",
)  # fmt: skip


async def test_names_that_read_alike_have_paths_of_their_own_in_any_order():
    """I10."""
    written = [raw for name in HOSTILE for raw in on_the_wire(name, ".")]
    paths = await paths_of(*written)
    assert paths.keys() == set(HOSTILE)
    assert len(set(paths.values())) == len(paths)
    assert paths == await paths_of(*reversed(written))
    assert paths[b"INBOX"] == "INBOX"
    assert paths[b"inbox"] == "INBOX (2)"
    assert paths[b"&AOk-"] == "é"
    assert {paths[b"&AOk"], paths[b"\xc3\xa9"], paths[b"\xe9"]} == {"é (2)", "é (3)", "é (4)"}


async def test_thousands_of_names_that_read_alike_take_no_longer_than_others():
    alike = [b"".join(one) for one in itertools.product((b"&AOk-", b"&AOk"), repeat=12)]
    paths = await paths_of(*(raw for name in alike for raw in on_the_wire(name, ".")))
    assert len(set(paths.values())) == len(alike) == 4096


async def test_they_all_live_in_the_store_and_stay_themselves():
    """I10, D06."""
    written = [raw for name in HOSTILE for raw in on_the_wire(name, None)]

    async def script(peer: Peer) -> None:
        for _ in range(2):
            await peer.ok("LIST", *written)

    async with greeted(script) as connection:
        tx = memory()
        account = seed(tx).account
        for _ in range(2):
            reconcile(tx, account, (await list_with_counts(connection))[0])
            rows = tx.execute("SELECT wire_name, id FROM folders WHERE account_id = ?", (account,)).fetchall()
            assert {row[0] for row in rows} == set(HOSTILE)
            before, rows = rows, []
        assert tx.execute("SELECT wire_name, id FROM folders WHERE account_id = ?", (account,)).fetchall() == before
        tx.connection.close()


async def test_a_name_with_nul_and_an_empty_one_are_left_out():
    paths = await paths_of(b'* LIST () "/" INBOX', b'* LIST () "/" ""', b'* LIST () "/" {3}\r\na\0b')
    assert paths == {b"INBOX": "INBOX"}


@pytest.mark.parametrize(
    ("capabilities", "lines", "command"),
    [
        ("SPECIAL-USE LIST-EXTENDED", ['* LIST (\\HasNoChildren \\drafts) "." Entwurf'], b"RETURN (SPECIAL-USE SUBSCR"),
        ("SPECIAL-USE", ['* LIST (\\drafts) "." Entwurf'], b'LIST "" "*"'),
        ("XLIST", ['* XLIST (\\Drafts \\HasNoChildren) "/" Entwurf'], b'XLIST "" "*"'),
        ("XLIST SPECIAL-USE", ['* LIST (\\Drafts) "/" Entwurf'], b'LIST "" "*"'),
    ],
)
async def test_roles_come_in_the_words_of_each_server(capabilities: str, lines: list[str], command: bytes):
    async def script(peer: Peer) -> None:
        assert command in await peer.ok("X?LIST", *lines)

    async with greeted(script, capabilities=capabilities) as connection:
        [folder] = (await list_with_counts(connection))[0]
        assert (folder.path, folder.role) == ("Entwurf", Role.DRAFTS)


async def test_the_translated_inbox_of_xlist_is_the_inbox():
    async def script(peer: Peer) -> None:
        await peer.ok("XLIST", '* XLIST (\\Inbox) "/" "Posteingang"', '* XLIST (\\AllMail) "/" "[Gmail]/Alle"')

    async with greeted(script, capabilities="XLIST") as connection:
        found = {one.wire_name: one.role for one in (await list_with_counts(connection))[0]}
        assert found == {b"INBOX": Role.INBOX, b"[Gmail]/Alle": Role.ALL}


async def test_a_server_that_announces_xlist_and_does_not_know_it_is_asked_plainly():
    async def script(peer: Peer) -> None:
        await peer.expect("XLIST")
        await peer.say("$ BAD no such command")
        await peer.ok("LIST", '* LIST () "/" INBOX')

    async with greeted(script, capabilities="XLIST") as connection:
        assert [one.path for one in (await list_with_counts(connection))[0]] == ["INBOX"]


@pytest.mark.parametrize("answer", [["$ OK nothing"], ["$ BAD what"], ['* LIST () "/" INBOX', "$ NO not so"]])
async def test_where_the_list_with_counts_fails_it_is_asked_for_without(answer: list[str]):
    async def script(peer: Peer) -> None:
        await peer.expect(r'LIST "" "\*" RETURN \(SUBSCRIBED STATUS \(MESSAGES')
        await peer.say(*answer)
        await peer.expect(r'LIST "" "\*" RETURN \(SUBSCRIBED\)')
        await peer.say(*answer)
        await peer.ok(r'LIST "" "\*"$', '* LIST () "/" INBOX', '* LIST () "/" Work')

    async with greeted(script, capabilities="LIST-EXTENDED LIST-STATUS") as connection:
        listed, counts = await list_with_counts(connection)
        assert [one.path for one in listed] == ["INBOX", "Work"]
        assert counts == {}


async def test_counts_come_with_the_list_whatever_the_inbox_is_called_in_them():
    async def script(peer: Peer) -> None:
        rest = await peer.ok(
            "LIST", '* LIST () "/" Inbox', "* STATUS INBOX (MESSAGES 3 UIDNEXT 9 MAILBOXID (F1))", "* STATUS ???"
        )
        assert b"HIGHESTMODSEQ MAILBOXID" in rest

    async with greeted(script, capabilities="LIST-EXTENDED LIST-STATUS CONDSTORE OBJECTID") as connection:
        [inbox], counts = await list_with_counts(connection)
        assert (counts[b"Inbox"].messages, counts[b"Inbox"].mailbox_id, inbox.mailbox_id) == (3, "F1", "F1")


async def test_what_is_only_a_place_or_not_there_at_all():
    """I09."""

    async def script(peer: Peer) -> None:
        await peer.ok(
            "LIST",
            '* LIST (\\Noselect \\HasChildren) "/" [Gmail]',
            '* LIST (\\NonExistent \\HasChildren) "/" A',
            '* LIST (\\NonExistent \\Subscribed) "/" Gone',
            '* LIST (\\Subscribed) "/" INBOX',
        )

    async with greeted(script, capabilities="LIST-EXTENDED") as connection:
        found = {one.path: (one.selectable, one.subscribed) for one in (await list_with_counts(connection))[0]}
        assert found == {"[Gmail]": (False, False), "A": (False, False), "INBOX": (True, True)}


async def test_courier_has_everything_below_inbox():
    async def script(peer: Peer) -> None:
        await peer.ok(
            "LIST",
            '* LIST (\\Unmarked \\HasChildren) "." "INBOX"',
            '* LIST (\\HasNoChildren) "." "INBOX.Trash"',
            '* LIST (\\HasNoChildren) "." "INBOX.Work.2026"',
            '* LIST (\\HasNoChildren) "." "#shared.News"',
        )

    spaces = Namespaces(Space(b"INBOX.", "."), (Space(b"#shared.", "."),))
    async with greeted(script) as connection:
        listed, _ = await list_with_counts(connection, spaces)
        assert {one.path: one.role for one in listed} == {
            "INBOX": Role.INBOX,
            "Trash": Role.TRASH,
            "Work/2026": None,
            "#shared/News": None,
        }
