"""Batches are prepared side by side and written in order; after one that failed nothing is written."""

import asyncio

import pytest

from protocols.imap.pipeline import DEPTH, Pipeline
from store.mailstore import MailStore


@pytest.fixture
async def store(tmp_path):
    async with await MailStore.open(tmp_path) as opened:
        yield opened


async def test_what_is_prepared_late_is_written_in_its_turn(store):
    written: list[int] = []
    ready = [asyncio.Event() for _ in range(DEPTH)]

    async def prepare(number):
        await ready[number].wait()
        return lambda tx: written.append(number)

    async with Pipeline(store) as pipeline:
        for number in range(DEPTH):
            await pipeline.put(prepare(number))
        for event in reversed(ready):
            event.set()
    assert written == list(range(DEPTH))


async def test_only_a_few_are_in_flight(store):
    started: list[int] = []
    go, full = asyncio.Event(), asyncio.Event()

    async def prepare(number):
        started.append(number)
        if number == DEPTH:
            full.set()
        await go.wait()
        return lambda tx: None

    async def fill():
        async with Pipeline(store) as pipeline:
            for number in range(10):
                await pipeline.put(prepare(number))

    filling = asyncio.create_task(fill())
    await full.wait()
    assert len(started) == DEPTH + 1
    go.set()
    await filling
    assert started == list(range(10))


@pytest.mark.parametrize("stage", ["preparing", "writing"])
async def test_behind_a_failure_nothing_is_written_and_it_is_raised(store, stage):
    written: list[int] = []

    def fail(tx):
        raise LookupError("no")

    async def prepare():
        if stage == "preparing":
            raise LookupError("no")
        return fail

    with pytest.raises(LookupError):
        async with Pipeline(store) as pipeline:
            await pipeline.put(prepare())
            await pipeline.write(lambda tx: written.append(1))
            await pipeline.write(lambda tx: written.append(2))
    assert written == []


async def test_an_error_of_the_block_is_the_one_that_is_raised(store):
    with pytest.raises(KeyError):
        async with Pipeline(store) as pipeline:
            await pipeline.write(lambda tx: None)
            raise KeyError
