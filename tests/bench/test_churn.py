"""Random changes at both ends, a breaking network and restarts leave store and server identical."""

import pytest

from bench.churn.__main__ import read
from bench.churn.ledger import Ledger
from bench.churn.run import Plan, churning
from bench.second_client import held
from tests.servers.dovecot import Dovecot

EVENTS = 200


@pytest.mark.parametrize("plain", [False, True], ids=["with every extension", "without MOVE and UIDPLUS"])
async def test_both_ends_are_identical_after_a_churn(dovecot: Dovecot, plain: bool):
    said: list[str] = []
    async with churning(Plan(seed=7, plain=plain, events=EVENTS)) as churn:
        verdict = await churn.run(said.append)
    assert verdict.faults == [], "\n".join([*said, *verdict.faults])
    assert verdict.messages > 20
    assert min(churn.happened[who] for who in ("elsewhere", "person", "cut", "kill")) > 0


def test_what_is_lost_doubled_or_changed_is_found():
    ledger = Ledger()
    raws = {name: f"Message-ID: <{name}>\r\n\r\ntext of {name}\r\n".encode() for name in "abcde"}
    for name, raw in raws.items():
        ledger.delivered(f"<{name}>", held(1, (), raw).digest)
    ledger.copied(["<b>"])
    ledger.doom(["<c>"])
    there = [held(1, (), raws["a"]), held(2, (), raws["b"]), held(3, (), raws["b"]), held(4, (), raws["d"] + b"!")]
    assert ledger.faults({"INBOX": there}) == ["<e> is lost", "<d> has other bytes than were delivered"]
    assert ledger.faults({"INBOX": [*there, held(5, (), raws["b"]), held(6, (), raws["e"])]}) == [
        "<b> is there 3 times, 2 would be right",
        "<d> has other bytes than were delivered",
    ]


def test_what_goes_with_a_removed_folder_is_not_lost():
    ledger = Ledger()
    for name in "ab":
        ledger.delivered(f"<{name}>", "")
    ledger.sent(["<a>"], "Work")
    ledger.renamed("Work", "Play")
    ledger.folder_removed("Play", ["<b>"])
    assert ledger.faults({}) == []


def test_the_command_line_makes_a_plan():
    plan = read(["--minutes", "5", "--seed", "7", "--plain", "--check-every", "1"])
    assert (plan.minutes, plan.seed, plan.plain, plan.check_every) == (5.0, 7, True, 60.0)
