"""A folder is not renamed under a sync, and not synchronised under a rename; other folders do not wait."""

import asyncio

import pytest

from protocols.imap.occupancy import Occupancy
from store.model import FolderId

A, B = FolderId(1), FolderId(2)


class Diary:
    """What happened, in order."""

    def __init__(self) -> None:
        self.room = Occupancy()
        self.lines: list[str] = []

    async def use(self, name: str, folder: FolderId, leave: asyncio.Event) -> None:
        async with self.room.using(folder):
            self.lines.append(f"{name} in")
            await leave.wait()
        self.lines.append(f"{name} out")

    async def change(self, name: str, *folders: FolderId) -> None:
        async with self.room.changing(folders):
            self.lines.append(name)


async def settle() -> None:
    """Let every task go as far as it can."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_change_waits_for_every_user_and_new_users_wait_for_it():
    diary, first, second, third = Diary(), asyncio.Event(), asyncio.Event(), asyncio.Event()
    third.set()
    async with asyncio.TaskGroup() as group:
        for name, leave in (("one", first), ("two", second)):
            group.create_task(diary.use(name, A, leave))
        await settle()
        group.create_task(diary.change("change", A, B))
        await settle()
        group.create_task(diary.use("three", A, third))
        await settle()
        assert diary.lines == ["one in", "two in"]
        second.set()
        await settle()
        assert diary.lines[2:] == ["two out"]
        first.set()
    assert diary.lines[3:] == ["one out", "change", "three in", "three out"]


async def test_another_folder_does_not_wait():
    diary, leave = Diary(), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(diary.use("one", A, leave))
        await settle()
        await diary.change("change", B)
        leave.set()
    assert diary.lines == ["one in", "change", "one out"]


async def test_changes_of_one_folder_follow_each_other_and_one_that_gave_up_blocks_nobody():
    diary, leave = Diary(), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        user = group.create_task(diary.use("one", A, leave))
        await settle()
        given_up = asyncio.create_task(diary.change("never", A))
        await settle()
        group.create_task(diary.change("change", A))
        await settle()
        given_up.cancel()
        with pytest.raises(asyncio.CancelledError):
            await given_up
        leave.set()
        await user
    assert sorted(diary.lines) == ["change", "one in", "one out"]
