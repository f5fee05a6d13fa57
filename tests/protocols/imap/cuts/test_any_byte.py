"""Cut at any byte of a session with changes on both sides, the next rounds end where an uncut session ends."""

import asyncio
import itertools
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.protocols.imap.cuts.session import Session, session
from tests.protocols.imap.cuts.story import FOREIGN_DELETED, WHOLE, Model, Story, stories
from tests.servers.dovecot import Dovecot
from tests.servers.imap_account import Account
from tests.servers.proxy import PASS, Fault

POINTS = 10
"""Cuts a server, a direction, and a way to go on, evenly over the whole session."""
STALLS = 4
SIGNED_IN = {"to_server": 150, "to_client": 1500}
EXAMPLES = int(os.environ.get("BOCAU_EXAMPLES", "12"))
"""Stories that hypothesis makes up for each server; more find more."""
_folders = (f"story{number}" for number in itertools.count())


@pytest.fixture(params=["dovecot", pytest.param("dovecot_plain", id="dovecot-plain")])
def server(request: pytest.FixtureRequest) -> tuple[Dovecot, bool]:
    """A Dovecot, and whether it is the one without MOVE, UIDPLUS, CONDSTORE and QRESYNC."""
    return request.getfixturevalue(request.param), request.param == "dovecot_plain"


async def lived(
    server: tuple[Dovecot, bool], place: Path, story: Story, direction: str, fault: Fault, killed: bool
) -> bool:
    """Live through a story with a fault and look how it ended; whether the fault struck."""
    async with session(server[0], place, plain=server[1]) as one:
        try:
            await one.begin(direction, fault, killed=killed)
            await one.live(story)
            await one.assert_ended_as(Model().tell(story))
        except BaseException as error:
            error.add_note(f"{direction}: {fault}, killed: {killed}, {story}")
            raise
        return one.proxy.was_cut.is_set()


async def length(server: tuple[Dovecot, bool], place: Path, story: Story) -> dict[str, int]:
    """Bytes of a session without faults, for each direction; it ends as the model says."""
    async with session(server[0], place, plain=server[1]) as one:
        await one.begin()
        await one.live(story)
        passed = dict(one.proxy.passed)
        await one.assert_ended_as(Model().tell(story))
        return passed


@pytest.mark.parametrize("killed", [False, True], ids=["reconnected", "killed"])
@pytest.mark.parametrize("direction", ["to_server", "to_client"])
async def test_a_session_that_is_cut_anywhere_ends_like_one_that_was_not(
    server: tuple[Dovecot, bool], tmp_path: Path, direction: str, killed: bool
):
    whole = await length(server, tmp_path / "whole", WHOLE)
    struck = 0
    for index in range(POINTS):
        point = int(whole[direction] * (index + 0.25 + 0.5 * killed) / POINTS)
        # everything is cut, or only the connection that passes that byte
        fault = Fault(cut_after=point, shared=True, reset=index % 2 == 0)
        story = FOREIGN_DELETED if index % 3 == 2 else WHOLE
        struck += await lived(server, tmp_path / str(index), story, direction, fault, killed)
    assert struck >= POINTS - 1  # a story that is a little shorter today may end before its last cut


@pytest.mark.parametrize("direction", ["to_server", "to_client"])
async def test_a_session_that_falls_silent_ends_like_one_that_did_not(
    server: tuple[Dovecot, bool], tmp_path: Path, direction: str
):
    whole = await length(server, tmp_path / "whole", WHOLE)
    for index in range(STALLS):
        # behind the sign-in, on the connection that everything begins with
        point = SIGNED_IN[direction] + int((whole[direction] - SIGNED_IN[direction]) * index / STALLS / 2)
        async with session(server[0], tmp_path / str(index), plain=server[1]) as one:
            await one.begin(direction, Fault(stall_after=point, connections=1))
            await one.live(WHOLE, patient(one))
            await one.assert_ended_as(Model().tell(WHOLE))


def patient(one: Session):
    """A round in which the clock runs ahead as soon as nothing comes any more: every deadline passes at once."""
    loop = asyncio.get_running_loop()

    async def sync(account: Account) -> None:
        stalled = asyncio.create_task(one.proxy.stalled.wait())
        round_ = asyncio.create_task(account.sync())
        try:
            await asyncio.wait({stalled, round_}, return_when=asyncio.FIRST_COMPLETED)
            if not round_.done():
                one.proxy.stalled.clear()
                one.proxy.to_client = one.proxy.to_server = PASS
                ahead = loop.time
                loop.time = lambda: ahead() + 120.0  # type: ignore[method-assign]
            await round_
        finally:
            stalled.cancel()
            await asyncio.gather(stalled, return_exceptions=True)

    return sync


@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
@given(
    story=stories(), direction=st.sampled_from(["to_server", "to_client"]), part=st.floats(0, 1), killed=st.booleans()
)
async def test_any_story_that_is_cut_anywhere_ends_as_its_model_says(
    server: tuple[Dovecot, bool], tmp_path: Path, story: Story, direction: str, part: float, killed: bool
):
    point = int(part * {"to_server": 4_000, "to_client": 16_000}[direction])
    fault = Fault(cut_after=point, shared=True)
    await lived(server, tmp_path / next(_folders), story, direction, fault, killed)
