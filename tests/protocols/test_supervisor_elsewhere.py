"""One account after sleep, in another network, and at a server that drops or refuses it."""

import asyncio
from dataclasses import replace
from pathlib import Path

from protocols.errors import ConnectionLost, SignInRefused, Throttled, TLSFailed, Unreachable
from store.status import Activity
from tests.servers.accounts import imap_account
from tests.servers.scripted import Line
from tests.servers.watched import watched


async def test_after_sleep_or_in_another_network_it_connects_again_at_once(tmp_path: Path):
    """R05."""
    line = Line()
    async with watched(tmp_path, line) as box:
        await line.until("watch")
        box.supervisor.moved()
        await line.until("watch", 2)
        assert line.connections == 2
        assert box.time.slept == []


async def test_another_network_ends_the_wait_for_the_next_try_but_not_the_one_that_a_server_asked_for(tmp_path: Path):
    line = Line()
    line.opens.append(Unreachable("no way", step="connect"))
    async with watched(tmp_path, line) as box:
        await box.time.asleep(1)
        line.opens.append(Throttled("later", delay=1000))
        box.supervisor.moved()
        await box.time.asleep(2)
        box.time.pass_by(400)
        box.supervisor.moved()
        await box.time.asleep(3)
        assert box.time.slept[1:] == [1000, 600]
        assert line.asked.count("open") == 2
        box.time.pass_by(600)
        await line.until("watch")


async def test_a_certificate_that_nobody_vouches_for_is_tried_again_in_another_network(tmp_path: Path):
    line = Line()
    line.opens.append(TLSFailed("a hotel's"))
    async with watched(tmp_path, line) as box:
        await box.until(Activity.REFUSED)
        box.supervisor.moved()
        await line.until("watch")


async def test_a_refused_password_is_not_tried_again_in_another_network(tmp_path: Path):
    line = Line()
    line.opens.append(SignInRefused("no", code="AUTHENTICATIONFAILED"))
    async with watched(tmp_path, line) as box:
        await box.until(Activity.REFUSED)
        box.supervisor.moved()
        for _ in range(10):
            await asyncio.sleep(0)
        assert line.asked.count("open") == 1
        box.supervisor.refresh()
        await line.until("watch")


async def test_a_server_that_drops_us_after_each_sign_in_is_not_hammered(tmp_path: Path):
    line = Line()
    async with watched(tmp_path, line) as box:
        for life in range(1, 11):
            await line.until("synced", life)
            line.break_off(ConnectionLost("gone"))
            await box.time.asleep(life)
            if life < 10:
                box.time.value += 1  # all in a few seconds: the user presses a key each time
                box.supervisor.refresh()
        assert box.time.slept[-1] > 280


async def test_a_refused_token_is_tried_once_more_because_the_command_prints_a_new_one(tmp_path: Path):
    """K04."""
    line = Line()
    line.opens.extend(SignInRefused("expired", code="AUTHENTICATIONFAILED") for _ in range(2))
    async with watched(tmp_path, line, settings=replace(imap_account(1), auth="oauth2")) as box:
        await box.time.asleep(1)
        assert box.status.activity is Activity.WAITING
        box.time.pass_by(2)
        await box.until(Activity.REFUSED)
        assert len(line.passwords) == 2
