"""The status board announces what is different, and only that."""

import asyncio

from store.changes import ChangeFeed, ChangeSet
from store.status import AccountStatus, Activity, StatusBoard


async def test_only_what_is_different_is_announced():
    feed = ChangeFeed()
    board = StatusBoard(feed)
    with feed.subscribe() as subscription:
        board.update("home", activity=Activity.SYNCING, done=3, total=9)
        assert await subscription.next() == ChangeSet(status=True)
        board.update("home", done=3)
        board.forget("nobody")
        waiting = asyncio.ensure_future(subscription.next())
        await asyncio.sleep(0)
        assert not waiting.done()
        board.forget("home")
        assert await waiting == ChangeSet(status=True)
    assert not ChangeSet(status=True).durable


def test_an_unknown_account_is_offline():
    board = StatusBoard(ChangeFeed())
    assert board["nobody"] == AccountStatus()
    board.set("home", AccountStatus(Activity.ONLINE))
    assert dict(board.accounts) == {"home": AccountStatus(Activity.ONLINE)}
