"""Change sets merge in any order, and a subscription loses nothing."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from store.changes import LIMIT, NOTHING, ChangeFeed, ChangeSet
from store.model import FolderId, MessageId

IDS = st.frozensets(st.integers(1, 5))
SETS = st.builds(ChangeSet, IDS, IDS, IDS, IDS, st.booleans(), st.booleans())


def some(*messages: int) -> ChangeSet:
    return ChangeSet(messages=frozenset(map(MessageId, messages)))


@given(SETS, SETS, SETS)
def test_sets_merge_in_any_order(one, two, three):
    assert one | two == two | one
    assert (one | two) | three == one | (two | three)
    assert one | NOTHING == one == one | one
    assert bool(one | two) == (bool(one) or bool(two))
    assert (one | two).durable == (one.durable or two.durable)


def test_too_many_messages_collapse_to_everything():
    """R02."""
    full = some(*range(LIMIT))
    assert not (full | some(0)).everything
    folder = ChangeSet(folders=frozenset({FolderId(1)}))
    assert full | some(LIMIT) | folder == ChangeSet(folders=folder.folders, everything=True)


async def test_what_is_published_while_nobody_waits_is_merged():
    feed = ChangeFeed()
    with feed.subscribe() as subscription:
        feed.publish(some(1))
        feed.publish(NOTHING)
        feed.publish(some(2))
        assert await subscription.next() == some(1, 2)


async def test_a_cancelled_wait_loses_nothing():
    feed = ChangeFeed()
    with feed.subscribe() as subscription:
        waiting = asyncio.ensure_future(subscription.next())
        await asyncio.sleep(0)
        feed.publish(some(1))
        waiting.cancel()
        await asyncio.wait([waiting])
        if waiting.cancelled():
            assert await subscription.next() == some(1)
        else:
            assert waiting.result() == some(1)


async def test_two_who_wait_on_one_subscription_never_get_nothing():
    feed = ChangeFeed()
    with feed.subscribe() as subscription:
        both = [asyncio.ensure_future(subscription.next()) for _ in range(2)]
        await asyncio.sleep(0)
        feed.publish(some(1))
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        feed.publish(some(2))
        assert sorted(await asyncio.gather(*both), key=str) == [some(1), some(2)]


async def test_a_listener_iterates_and_a_source_hears_nothing_of_itself():
    feed = ChangeFeed()
    with feed.subscribe() as source, feed.subscribe() as listener:
        feed.publish(some(1), source=source)
        feed.publish(some(2))
        assert await source.next() == some(2)
        async for changes in listener:
            assert changes == some(1, 2)
            break
    feed.publish(some(3))
