"""Words of a server that nobody asked for are passed over, and answer no question but their own."""

import pytest

from protocols.imap.survey import all_ranges, present
from tests.servers.fake_imap import FULL
from tests.servers.greeted import greeted
from tests.servers.script import Peer

ODD = (
    '* QUOTA "" (STORAGE -1 99999999999999999999)', "* QUOTA", '* QUOTAROOT INBOX "\x1b[2J"', "* NAMESPACE NIL NIL NIL",
    "* NAMESPACE", '* ID ("name" "\x1b]0;x\x07" "version" NIL)', "* ID NIL", "* ID (", "* ENABLED",
    "* ENABLED \x1b[2J X",
    '* METADATA "" ("/private/comment" {3}\r\n\x1b[2)', "* METADATA", "* LANGUAGE (\x9b)", "* 0 X-NEVER-HEARD", "* ",
    "* GENURLAUTH nonsense", '* ACL INBOX "" lrs', "* 1 X (((", '* LISTRIGHTS "" \\',
)  # fmt: skip


@pytest.mark.parametrize("odd", ODD)
async def test_what_nobody_asked_for_is_passed_over(odd: str):
    """I19: it ends no command and no connection."""

    async def script(peer: Peer) -> None:
        await peer.ok("NOOP", odd, odd)
        await peer.ok("NOOP")

    async with greeted(script) as connection:
        assert (await connection.run("NOOP")).status == "OK"
        assert (await connection.run("NOOP")).status == "OK"


async def test_the_result_of_another_search_is_none_of_ours():
    """I13: an ESEARCH names the command it belongs to."""

    async def script(peer: Peer) -> None:
        await peer.expect("UID SEARCH")
        tag = peer.tag.decode()
        await peer.say(
            '* ESEARCH (TAG "other") UID ALL 1:99', "* esearch (tag X9) UID ALL 500",
            f'* ESEARCH (TAG "{tag}") UID ALL 7,3:5', "$ OK done",
        )  # fmt: skip

    async with greeted(script, capabilities=f"{FULL} ESEARCH") as connection:
        assert await all_ranges(connection) == [(3, 5), (7, 7)]


async def test_numbers_that_are_doubled_unsorted_or_impossible_count_once_or_not_at_all():
    """I13."""

    async def script(peer: Peer) -> None:
        await peer.ok("UID SEARCH", "* SEARCH 9 3 3 0 99999999999 9", "* SEARCH 4 3")
        await peer.ok("UID SEARCH", "* SEARCH 3 3 77 4294967295")

    async with greeted(script, capabilities="UIDPLUS") as connection:
        assert await all_ranges(connection) == [(3, 4), (9, 9)]
        assert await present(connection, [3, 4]) & {3, 4} == {3}


async def test_very_many_results_are_ranges():
    """I13."""
    line = "* SEARCH " + " ".join(map(str, range(1, 150_000)))

    async def script(peer: Peer) -> None:
        await peer.ok("UID SEARCH", line)

    async with greeted(script, capabilities="UIDPLUS") as connection:
        assert await all_ranges(connection) == [(1, 149_999)]
