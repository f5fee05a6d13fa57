"""How threads are shown, remembered over a restart: as trees, folded, read as a conversation, or not."""

import sqlite3
from dataclasses import dataclass, fields

from store import preferences
from store.database import Transaction


@dataclass(frozen=True, slots=True)
class ThreadChoices:
    """What was chosen by key."""

    trees: bool = False
    """Whether the list shows threads."""
    folded: bool = False
    """Whether each of them is one row, until it is unfolded."""
    conversation: bool = True
    """Whether a message of a thread is read among the others."""

    @classmethod
    def read(cls, connection: sqlite3.Connection, defaults: "ThreadChoices") -> "ThreadChoices":
        """What is remembered, else `defaults`; what is not of the right shape is left out."""
        found = {}
        for field in fields(cls):
            value = preferences.get(connection, _name(field.name))
            found[field.name] = value if isinstance(value, bool) else getattr(defaults, field.name)
        return cls(**found)


def remember(tx: Transaction, name: str, value: bool) -> None:
    """Remember one of them, by the name of its field."""
    preferences.set(tx, _name(name), value)


def _name(field: str) -> str:
    return f"threads.{field}"
