"""Servers that mean harm: words before TLS, referrals, impossible counts, endless drips, floods and depths."""

import asyncio
from pathlib import Path

import pytest

from protocols.auth.sasl import Credentials
from protocols.endpoint import Endpoint, Security
from protocols.errors import ConnectionLost, ProtocolError
from protocols.imap.arguments import Literal
from protocols.imap.capabilities import Capabilities
from protocols.imap.connection import Connection
from protocols.imap.fetch import read_fetch
from protocols.imap.folder_list import list_with_counts
from protocols.imap.framing import Response
from protocols.imap.idle import IdleEnd
from store.operations import Move
from tests.servers.fake_imap import FULL, FakeImap, serving
from tests.servers.greeted import greeted, plain_endpoint
from tests.servers.imap_account import connected, letter
from tests.servers.script import Peer, scripted

JOE = Credentials("joe", "hush hush")


async def test_referrals_are_never_followed():
    """S04: nothing of a [REFERRAL] is an address to us, not even at LOGIN or SELECT."""
    other: list[bytes] = []

    async def attacker(peer: Peer) -> None:
        other.append(await peer.line())

    async with scripted(attacker) as trap:
        where = f"[REFERRAL IMAP://joe;AUTH=*@localhost:{trap.port}/]"

        async def script(peer: Peer) -> None:
            await peer.expect("LOGIN")
            await peer.say(f"* OK {where} go there", f"$ OK {where} in")
            await peer.ok("CAPABILITY", "* CAPABILITY IMAP4rev1")
            await peer.expect("SELECT")
            await peer.say(f"$ NO {where} the folder is there")

        async with greeted(script, capabilities="") as connection:
            await connection.sign_in(JOE)
            with pytest.raises(ProtocolError):
                await connection.run("SELECT", b"INBOX")
        assert trap.peers == [] and other == []


@pytest.mark.parametrize(
    "lines",
    [
        ["* BYE Call +1 555 0100 [ALERT] now"],
        ["* BYE [UNAVAILABLE] Call +1 555 0100"],
        ["* OK [ALERT] Call +1 555 0100", "$ NO Call +1 555 0100"],
        ["* OK [ALERT] hi", "$ BAD [555] Call +1 555 0100"],
        ["* OK [ALERT] hi", "* BYE \x1b]0;555\x1b\\ Call +1 555 0100"],
    ],
)
async def test_words_said_before_tls_are_not_quoted(lines: list[str]):
    """S07: whoever stands between may have written them; what they are for is still understood."""

    async def script(peer: Peer) -> None:
        if lines[0].startswith("* OK"):
            await peer.say(lines[0])
            await peer.expect("CAPABILITY")
        await peer.say(*lines[-1:])
        await peer.finished()

    async with scripted(script) as server:
        with pytest.raises(ProtocolError) as failed:
            await Connection.open(Endpoint("localhost", server.port, Security.STARTTLS, timeout=5))
    assert "555" not in f"{failed.value} {failed.value.hint} {failed.value.args}"


@pytest.mark.parametrize("end", ["close", "silence"])
async def test_tls_that_is_never_finished_is_given_up_without_plain_text(end: str):
    """S10: the handshake is cut or never answered; nothing is tried in the clear."""

    async def script(peer: Peer) -> None:
        await peer.exactly(5)  # the beginning of a ClientHello
        if end == "close":
            peer.cut()
        await peer.finished()

    async with scripted(script) as server:
        with pytest.raises(ProtocolError) as failed:
            await Connection.open(Endpoint("localhost", server.port, Security.TLS, timeout=0.3))
        assert len(server.peers) == 1
    assert failed.value.step in {"tls", "connect"}


async def test_a_drip_is_no_progress():
    """I01: an octet now and then, never a whole line, holds no command for ever."""

    async def script(peer: Peer) -> None:
        await peer.expect("NOOP")
        loop = asyncio.get_running_loop()
        late = loop.time() + 30
        while loop.time() < late:
            await peer.send(b"*")
            await asyncio.sleep(0.001)

    async with greeted(script) as connection:
        with pytest.raises(ConnectionLost, match="NOOP"):
            await connection.run("NOOP", deadline=0.1)
        assert connection.closed


async def test_what_a_server_offers_beyond_need_is_not_switched_on():
    """S13: neither COMPRESS=DEFLATE, which can be a bomb, nor UTF8=ACCEPT is ever asked for."""
    capability = f"{FULL} COMPRESS=DEFLATE UTF8=ACCEPT ENABLE LITERAL+"
    fake = FakeImap(capability)
    async with serving(fake), await Connection.open(plain_endpoint(fake.port)) as connection:
        await connection.sign_in(JOE)
        await list_with_counts(connection)
    assert not [line for line in fake.log if "COMPRESS" in line or "UTF8" in line]


async def test_impossible_counts_allocate_nothing_and_lose_nothing(tmp_path: Path):
    """I04: EXISTS of four thousand million, RECENT and EXPUNGE without sense."""
    fake = FakeImap()
    for number in range(1, 6):
        fake.inbox.add(letter(number))
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        for lines in (
            ["* 4294967295 EXISTS", "* 99999999999999999999 RECENT", "* -1 EXISTS"],
            ["* 5 EXISTS", "* 0 EXPUNGE", "* 4294967295 EXPUNGE", "* x EXPUNGE"],
            ["* 2 EXISTS"],
        ):
            fake.on("NOOP|SELECT", *lines, "* OK [UIDVALIDITY 7] ok", "* OK [UIDNEXT 6] n", "$ OK done", times=2)
            for _ in range(2):
                try:
                    await account.sync()
                except ProtocolError:
                    await account.reconnect()
            assert await account.numbers() == [1, 2, 3, 4, 5]
        fake.forget_quirks()
        await account.reconnect()
        await account.sync(full=True)
        assert await account.numbers() == [1, 2, 3, 4, 5]


async def test_answers_about_uids_that_nobody_asked_for_remove_and_invent_nothing(tmp_path: Path):
    """I06: doubled, decreasing, foreign and impossible UIDs in the answers to one FETCH."""
    fake = FakeImap()
    for number in range(1, 4):
        fake.inbox.add(letter(number))
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        before = [(row.id, row.uid, row.subject) for row in await account.rows()]
        odd: list[str | bytes] = [
            "* 3 FETCH (UID 3 FLAGS ())",
            "* 1 FETCH (UID 1 FLAGS ())",
            "* 1 FETCH (UID 1 FLAGS ())",
            "* 2 FETCH (UID 2 FLAGS ())",
            "* 9 FETCH (UID 77 FLAGS (\\Deleted))",
            "* 2 FETCH (UID 0 FLAGS (\\Seen))",
            "* 2 FETCH (UID 4294967296 FLAGS (\\Seen))",
            "* 2 FETCH (FLAGS (\\Seen))",
            "$ OK done",
        ]
        fake.on(r"UID FETCH \S+ \((UID )?FLAGS\)", *odd)
        for _ in range(2):
            await account.sync(full=True)
        assert [(row.id, row.uid, row.subject) for row in await account.rows()] == before


async def test_a_tree_of_ten_thousand_levels_is_a_list_of_folders():
    """I09: depth, doubles and cycles of names cost no recursion (CVE-2020-16094)."""
    deep = "/".join(["a"] * 10_000)
    lines = [f'* LIST () "/" "{deep}"', '* LIST () "/" "x/x/x"', '* LIST () "/" "x/x/x"', '* LIST () "/" INBOX']
    lines += [f'* LIST () "{sign}" "n{number}"' for number, sign in enumerate(("/", ".", "^"))]

    async def script(peer: Peer) -> None:
        await peer.ok("LIST", *lines)

    async with greeted(script) as connection:
        paths = [one.path for one in (await list_with_counts(connection))[0]]
    assert sorted(len(path) for path in paths)[-1] == len(deep)
    assert len(paths) == len(set(paths)) == 6


def test_flags_of_any_number_and_spelling_are_bounded():
    """I12: doubled, unknown and endless flags of one message."""
    words = b" ".join(b"\\Deleted\\ \\seen \\X-%d k%d k%d" % (n, n, n) for n in range(5_000))
    fetched = read_fetch(Response((b"* 1 FETCH (UID 1 FLAGS (" + words + b"))",)))
    assert len(fetched.labels) <= 256
    assert len(set(fetched.labels)) == len(fetched.labels)


async def test_a_go_ahead_that_never_comes_ends_the_append_and_stores_nothing(tmp_path: Path):
    """I15: the server is silent where it has to say `+`; the message waits and goes once."""
    fake = FakeImap()
    fake.folder("Archive", "\\Archive")
    fake.inbox.add(letter(1))
    silent = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.expect("APPEND")
        silent.set()

    async with greeted(script) as connection:
        with pytest.raises(ConnectionLost, match="APPEND"):
            await connection.run("APPEND", b"Archive", Literal(b"x" * 100), deadline=0.1)
        assert silent.is_set() and connection.closed
    async with serving(fake), connected(fake.port, "anna", tmp_path) as account:
        await account.sync()
        await account.store.do(Move(await account.ids(1), (await account.folder("Archive")).id))
        await account.sync()
        assert (len(fake.inbox.mails), len(fake.boxes["Archive"].mails)) == (0, 1)


async def test_a_flood_in_idle_is_one_piece_of_news():
    """I17: a hundred thousand EXISTS wake us once."""

    async def script(peer: Peer) -> None:
        await peer.expect("IDLE")
        await peer.say("+ idling", *(f"* {number} EXISTS" for number in range(1, 100_001)))
        assert await peer.line() == b"DONE"
        await peer.say("$ OK done")

    async with greeted(script) as connection:
        assert await connection.idle() is IdleEnd.NEWS
        assert not connection.closed


async def test_capabilities_of_a_megabyte_are_read_and_the_known_ones_count():
    """I18: a flood of words is no harm, and words that mean nothing to us change nothing."""
    words = " ".join(f"X-{number:06d}" for number in range(100_000))

    async def script(peer: Peer) -> None:
        await peer.ok("CAPABILITY", f"* CAPABILITY IMAP4rev1 {words} IDLE", "* CAPABILITY idle IDLE MOVE")

    async with greeted(script) as connection:
        await connection.refresh_capabilities()
        assert connection.capabilities.idle and connection.capabilities.has("MOVE")
    assert Capabilities.parse(b"IMAP4rev1 \x1b[31m\xff QRESYNC").has("IMAP4REV1")
