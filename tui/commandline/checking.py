"""Tries an account's settings on the real server and says how far it came."""

import sys
from contextlib import aclosing

from protocols.check import check
from protocols.mime.safe import line
from store.settings import AccountSettings
from tui.commandline import output

WORDS = {"dns": "DNS", "connect": "connect", "tls": "TLS", "greeting": "greeting", "login": "login"}


async def check_account(settings: AccountSettings, password: str) -> None:
    """Write each step as it is done.  Raises the error of the step that fails."""
    async with aclosing(check(settings, password)) as steps:
        async for step in steps:
            name = WORDS.get(step.name, step.name)
            told = f"{name + ':':12}{'ok' if step.ok else 'FAILED'}  {line(step.detail)}"
            output.text(output.wrapped(told, sys.stdout, indent=16))
            if step.error is not None:
                raise step.error
