"""What each account uses on this disk, as `doctor` tells it."""

import sqlite3

from store import accounts, usage
from store.mailstore import MailStore
from store.settings import Settings
from store.usage import Usage
from tui import format


async def told(store: MailStore, settings: Settings) -> list[tuple[str, str]]:
    """(check, sentence) for every account of the configuration, and for the room that is free in the file."""
    by_name, free = await store.read(_look)
    used = [
        (f"kept {account.name}", f'{format.usage(by_name.get(account.name, Usage()))}; keep = "{account.keep}"')
        for account in settings.accounts
    ]
    return [*used, ("free", f"{format.size(free)} of the file are free, and are filled before it grows")]


def _look(connection: sqlite3.Connection) -> tuple[dict[str, Usage], int]:
    used = usage.every(connection)
    by_name = {account.name: used.get(account.id, Usage()) for account in accounts.every(connection)}
    return by_name, usage.free_octets(connection)
