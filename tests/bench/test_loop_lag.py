"""The loop's longest block is found, wherever it stands."""

import time

from bench.loop_lag import LoopLag


async def test_a_block_of_the_loop_is_measured():
    async with LoopLag() as lag:
        time.sleep(0.03)  # noqa: ASYNC251 - the block that is to be found
    assert lag.worst >= 25
