"""Lends the terminal to another program that asks something there, and takes it back as it was."""

import asyncio
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from textual.app import App

from tui.terminal_driver import Returned

Result = TypeVar("Result")


async def lent(app: App[Any], work: Callable[[int], Awaitable[Result]]) -> Result:
    """Have something done that uses the terminal, an open file; mail goes on being fetched.  Raises what it raises.

    Ctrl+C is for that program meanwhile.  What was typed for it and not read is no key of ours.
    """
    assert sys.__stdin__ is not None
    loop, since = asyncio.get_running_loop(), time.monotonic()
    loop.add_signal_handler(signal.SIGINT, lambda: None)
    try:
        error: BaseException | None = None
        with app.suspend():  # it does not come back from an exception
            try:
                found = await work(sys.__stdin__.fileno())
            except BaseException as raised:
                error = raised
        if error is not None:
            raise error
        return found
    finally:
        loop.add_signal_handler(signal.SIGINT, app.exit, None, 128 + signal.SIGINT)
        app.post_message(Returned(time.monotonic() - since, stopped=True))
