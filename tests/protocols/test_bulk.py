"""Mail is read in a process of its own, and whatever becomes of that process, nothing is lost or mixed up."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from protocols.bulk import COMMAND, FEW_BYTES, BulkReader
from protocols.mime.bulk_worker import Reading, read

PADDING = b"x " * (FEW_BYTES // 20)
POISONED = """
import os, signal, sys
import protocols.mime.bulk_worker as worker
real = worker.read
def read(reading, raws):
    if any(b"poison" in raw for raw in raws):
        {end}
    return real(reading, raws)
worker.read = read
worker.serve(sys.stdin.buffer, sys.stdout.buffer)
"""
DIES = (sys.executable, "-c", POISONED.format(end="os._exit(1)"))
HANGS = (sys.executable, "-c", POISONED.format(end="signal.pause()"))


def letter(number: int, text: str = "") -> bytes:
    """A letter of some 6 kB, so that a dozen of them are worth a process."""
    head = f"From: Bồ Câu <b{number}@example.org>\r\nTo: a@example.org\r\nSubject: Letter {number}\r\n\r\n"
    return head.encode() + text.encode() + b" Hello " + PADDING


@asynccontextmanager
async def reader(command=COMMAND, deadline=60.0) -> AsyncIterator[BulkReader]:
    bulk = BulkReader(command, deadline)
    try:
        yield bulk
    finally:
        await bulk.rest()


async def test_a_process_reads_what_a_thread_would_read():
    letters = [letter(number) for number in range(30)]
    async with reader() as bulk:
        for reading in Reading:
            assert await bulk.read(reading, letters) == read(reading, letters)


async def test_contents_leave_out_what_the_headers_say():
    letters = [letter(number, "Đà Nẵng") for number in range(30)]
    async with reader() as bulk:
        contents = (await bulk.read(Reading.CONTENTS, letters))[7]
    assert (contents.subject, contents.sender.address) == ("", "")
    assert contents.text is not None and contents.text.startswith("da nang hello")
    assert contents.preview.startswith("Đà Nẵng Hello")


@pytest.mark.parametrize("command", [("/nonexistent/python",), DIES], ids=["no process", "a process"])
async def test_few_messages_and_those_without_a_process_are_read_all_the_same(command):
    """R06."""
    few, many = [letter(1)], [letter(number) for number in range(30)]
    async with reader(command) as bulk:
        assert await bulk.read(Reading.WHOLE, few) == read(Reading.WHOLE, few)
        assert await bulk.read(Reading.WHOLE, many) == read(Reading.WHOLE, many)


@pytest.mark.parametrize("command", [DIES, HANGS], ids=["dies", "never ends"])
async def test_a_message_that_no_parser_survives_costs_only_itself(command):
    letters = [letter(number) for number in range(30)]
    poisoned = [*letters[:3], letter(3, "poison"), *letters[4:]]
    async with reader(command, deadline=60.0 if command is DIES else 3.0) as bulk:
        found = await bulk.read(Reading.WHOLE, poisoned)
        assert found[3].text == ""
        assert [one.subject for one in found if one.subject] == [f"Letter {n}" for n in range(30) if n != 3]


async def test_batches_behind_a_message_that_no_parser_survives_lose_nothing():
    batches = [[letter(10 * batch + number) for number in range(10)] for batch in range(6)]
    batches[1][4] = batches[4][0] = letter(0, "poison")
    wanted = [[one.subject for one in read(Reading.WHOLE, batch)] for batch in batches]
    wanted[1][4] = wanted[4][0] = ""
    async with reader(DIES) as bulk:
        found = await asyncio.gather(*(bulk.read(Reading.WHOLE, batch) for batch in batches))
    assert [[one.subject for one in batch] for batch in found] == wanted


async def test_tasks_that_ask_at_once_or_give_up_do_not_get_the_answers_of_others():
    first, second = [letter(number) for number in range(30)], [letter(number) for number in range(30, 60)]
    async with reader() as bulk:
        leaving = asyncio.create_task(bulk.read(Reading.WHOLE, first))
        asking = [asyncio.create_task(bulk.read(Reading.HEADERS, batch)) for batch in (first, second)]
        await asyncio.sleep(0)
        leaving.cancel()
        answers = await asyncio.gather(*asking)
    assert [one.subject for answer in answers for one in answer] == [f"Letter {number}" for number in range(60)]
    with pytest.raises(asyncio.CancelledError):
        await leaving


async def test_after_a_rest_it_goes_on():
    letters = [letter(number) for number in range(30)]
    async with reader() as bulk:
        await bulk.read(Reading.WHOLE, letters)
        await bulk.rest()
        assert await bulk.read(Reading.WHOLE, letters) == read(Reading.WHOLE, letters)
