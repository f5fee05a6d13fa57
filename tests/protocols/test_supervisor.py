"""One account kept connected: wake reasons, back-off, what is the user's to fix, clean stop."""

import asyncio
import logging
from pathlib import Path

import pytest

from protocols.backend import Round
from protocols.errors import ConnectionLost, Refused, SignInRefused, Throttled, TLSFailed, Unreachable
from store.errors import CredentialsError, NotFound
from store.model import FolderId, MessageId
from store.parts import READABLE
from store.status import Activity
from tests.servers.scripted import Line
from tests.servers.watched import watched


async def test_an_account_opens_synchronises_and_watches(tmp_path: Path):
    async with watched(tmp_path, Line()) as box:
        await box.line.until("watch")
        await box.line.until("synced")
        assert sorted(box.line.asked) == ["open", "sync", "synced", "watch"]
        assert box.line.asked[0] == "open"
        assert box.status.activity is Activity.ONLINE
        assert box.line.passwords == ["right"]
    assert box.line.asked[-1] == "close"
    assert box.status.activity is Activity.OFFLINE


async def test_a_notice_of_the_server_causes_one_round_after_a_moment(tmp_path: Path):
    """R02."""
    async with watched(tmp_path, Line()) as box:
        await box.line.until("watch")
        assert box.line.notice is not None
        for _ in range(5):
            box.line.notice()
        await box.time.asleep(1)
        assert box.line.asked.count("sync") == 1
        box.time.pass_by(1)
        await box.line.until("synced", 2)
        assert box.line.rounds == [Round(), Round()]


async def test_the_journal_is_sent_beside_a_running_round(tmp_path: Path):
    async with watched(tmp_path, Line()) as box:
        box.line.hold.clear()
        await box.line.until("sync")
        box.supervisor.journal_changed()
        await box.line.until("journal")
        assert "synced" not in box.line.asked


async def test_a_message_is_fetched_beside_a_running_round(tmp_path: Path):
    async with watched(tmp_path, Line()) as box:
        box.line.hold.clear()
        await box.line.until("sync")
        await box.supervisor.fetch(MessageId(1))
        assert "synced" not in box.line.asked


async def test_a_refresh_is_a_thorough_round_at_once(tmp_path: Path):
    async with watched(tmp_path, Line()) as box:
        await box.line.until("watch")
        box.supervisor.refresh()
        await box.line.until("synced", 2)
        assert box.line.rounds[-1] == Round(full=True)
        assert box.time.slept == []


async def test_a_round_for_some_folders_is_run_as_it_was_asked(tmp_path: Path):
    async with watched(tmp_path, Line()) as box:
        await box.line.until("watch")
        await box.supervisor.sync(Round(folders=("Work",)))
        assert box.line.rounds[-1] == Round(folders=("Work",))


async def test_those_who_want_everything_share_the_first_round(tmp_path: Path):
    async with watched(tmp_path, Line()) as box:
        await asyncio.gather(box.supervisor.sync(Round(full=True)), box.supervisor.sync(Round()))
        assert box.line.rounds == [Round(full=True)]


async def test_failures_wait_longer_each_time_and_never_more_than_five_minutes(tmp_path: Path):
    """I14."""
    line = Line()
    line.opens.extend(Unreachable("no way", step="connect") for _ in range(10))
    async with watched(tmp_path, line) as box:
        for tries in range(1, 11):
            await box.time.asleep(tries)
            assert box.status.activity is Activity.WAITING
            assert box.status.error == "no way"
            assert box.status.retry_at == box.time.value + box.time.slept[-1]
            box.time.pass_by(400)
        await line.until("watch")
    assert box.time.slept == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


async def test_after_a_minute_of_use_a_failure_counts_as_the_first(tmp_path: Path):
    line = Line()
    line.opens.extend(Unreachable("no way", step="connect") for _ in range(3))
    async with watched(tmp_path, line) as box:
        for tries in range(1, 4):
            await box.time.asleep(tries)
            box.time.pass_by(400)
        await line.until("watch")
        box.time.pass_by(61)
        line.break_off(ConnectionLost("gone"))
        await box.time.asleep(4)
        assert box.time.slept[-1] == 2
        box.time.pass_by(2)
        await line.until("watch", 2)
        line.break_off(ConnectionLost("gone"))
        await box.time.asleep(5)
        assert box.time.slept[-1] == 4


async def test_a_server_that_asks_for_patience_gets_it(tmp_path: Path):
    line = Line()
    line.opens.append(Throttled("later", delay=1234))
    async with watched(tmp_path, line) as box:
        await box.time.asleep(1)
        assert box.time.slept == [1234]


async def test_the_user_does_not_have_to_wait(tmp_path: Path):
    line = Line()
    line.opens.append(Throttled("later", delay=1234))
    async with watched(tmp_path, line) as box:
        await box.time.asleep(1)
        box.supervisor.refresh()
        await line.until("synced")
        assert line.rounds == [Round(full=True)]


async def test_a_fetch_while_offline_tries_at_once_and_tells_what_is_wrong(tmp_path: Path):
    line = Line()
    line.opens.extend([Unreachable("no way"), Unreachable("still no way")])
    async with watched(tmp_path, line) as box:
        await box.time.asleep(1)
        with pytest.raises(Unreachable, match="still no way"):
            await box.supervisor.fetch(MessageId(1))


async def test_a_fetch_over_a_connection_that_had_died_is_tried_once_more(tmp_path: Path):
    line = Line()
    async with watched(tmp_path, line) as box:
        await line.until("watch")
        line.fetches.append(ConnectionLost("was long dead"))
        await box.supervisor.fetch(MessageId(1))
        assert line.asked.count("fetch") == 2
        assert box.time.slept == []
        line.fetches.extend([ConnectionLost("once"), ConnectionLost("twice")])
        with pytest.raises(ConnectionLost, match="twice"):
            await box.supervisor.fetch(MessageId(1))


async def test_a_part_that_nobody_waits_for_any_more_comes_no_further(tmp_path: Path):
    async with watched(tmp_path, Line()) as box:
        await box.line.until("watch")
        box.line.hold_fetches.clear()
        waiting = asyncio.create_task(box.supervisor.fetch(MessageId(1), "2"))
        await box.line.until("fetch")
        waiting.cancel()
        await box.line.until("stopped")
        box.line.hold_fetches.set()
        await box.supervisor.fetch(MessageId(1), "2")
        assert (box.line.asked.count("fetch"), box.line.connections) == (2, 1)


async def test_what_is_to_be_read_comes_though_the_reader_has_gone_on(tmp_path: Path):
    async with watched(tmp_path, Line()) as box:
        await box.line.until("watch")
        box.line.hold_fetches.clear()
        waiting = asyncio.create_task(box.supervisor.fetch(MessageId(1), READABLE))
        await box.line.until("fetch")
        waiting.cancel()
        box.line.hold_fetches.set()
        await box.line.until("fetched")


async def test_a_refused_or_unknown_message_leaves_the_connection_alone(tmp_path: Path):
    line = Line()
    async with watched(tmp_path, line) as box:
        await line.until("watch")
        line.fetches.extend([Refused("no"), NotFound("what?")])
        with pytest.raises(Refused):
            await box.supervisor.fetch(MessageId(1))
        with pytest.raises(NotFound):
            await box.supervisor.fetch(MessageId(2))
        assert line.connections == 1


async def test_a_round_that_was_refused_in_part_is_shown_and_the_watch_goes_on(tmp_path: Path):
    line = Line()
    line.syncs.append(Refused("1 of 3 messages could not be fetched", "it is broken"))
    async with watched(tmp_path, line) as box:
        await line.until("watch")
        assert (box.status.activity, box.status.exit_code) == (Activity.ONLINE, 6)
        assert "1 of 3" in box.status.error
        assert line.connections == 1


@pytest.mark.parametrize(
    "error",
    [SignInRefused("no", code="AUTHENTICATIONFAILED"), SignInRefused("no", code="AUTH"), TLSFailed("expired")],
)
async def test_what_only_the_user_can_mend_is_not_tried_again(tmp_path: Path, error: Exception):
    """I14."""
    line = Line()
    line.opens.append(error)
    async with watched(tmp_path, line) as box:
        status = await box.until(Activity.REFUSED)
        assert status.exit_code == error.exit_code  # type: ignore[attr-defined]
        assert box.time.slept == []
        box.supervisor.refresh()
        await line.until("watch")
        assert box.status.activity is Activity.ONLINE


async def test_a_refusal_without_a_definite_code_needs_a_second_one(tmp_path: Path):
    line = Line()
    line.opens.extend([SignInRefused("busy?"), SignInRefused("busy?")])
    async with watched(tmp_path, line) as box:
        await box.time.asleep(1)
        assert box.status.activity is Activity.WAITING
        box.time.pass_by(2)
        await box.until(Activity.REFUSED)


async def test_no_password_is_for_the_user(tmp_path: Path):
    """K01."""

    async def none(account: object) -> str:
        raise CredentialsError("The keyring is locked.", "Unlock it.")

    async with watched(tmp_path, Line(), none) as box:
        status = await box.until(Activity.REFUSED)
        assert (status.error, status.hint, status.exit_code) == ("The keyring is locked.", "Unlock it.", 5)


async def test_a_bug_is_logged_without_its_words_shown_and_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    """K05, R03."""
    line = Line()
    line.syncs.append(RuntimeError("the mail said hunter2"))
    with caplog.at_level(logging.ERROR):
        async with watched(tmp_path, line) as box:
            await box.time.asleep(1)
            assert "RuntimeError" in box.status.error
            assert box.status.activity is Activity.WAITING
            box.time.pass_by(2)
            await line.until("watch")
    assert "hunter2" not in caplog.text
    assert "scripted.py" in caplog.text


async def test_whoever_waits_is_told_when_the_engine_stops(tmp_path: Path):
    line = Line()
    async with watched(tmp_path, line) as box:
        line.hold.clear()
        await line.until("sync")
        waiting = asyncio.create_task(box.supervisor.sync(Round()))
        await asyncio.sleep(0)
    with pytest.raises(Unreachable, match="stopping"):
        await waiting


async def test_the_watch_begins_beside_a_first_round_however_long_that_is(tmp_path: Path):
    line = Line()
    line.hold.clear()
    async with watched(tmp_path, line) as box:
        await line.until("watch")
        assert "synced" not in box.line.asked


async def test_what_the_user_looks_at_reaches_each_connection(tmp_path: Path):
    line = Line()
    async with watched(tmp_path, line) as box:
        await line.until("watch")
        box.supervisor.focus((FolderId(7),))
        assert line.focus == (FolderId(7),)
        line.focus = ()
        line.break_off(ConnectionLost("gone"))
        await box.time.asleep(1)
        box.time.pass_by(2)
        await line.until("watch", 2)
        assert line.focus == (FolderId(7),)
