"""What was chosen on the screen is remembered."""

import pytest

from store import preferences
from store.mailstore import MailStore


def test_what_was_never_chosen_is_the_default(tx):
    assert preferences.get(tx.connection, "layout") is None
    assert preferences.get(tx.connection, "layout", "auto") == "auto"


@pytest.mark.parametrize("value", ["wide", "Kiến trúc", 7, 0.5, True, None, [1, 2], {"work/A": [1, "b"]}])
def test_a_value_comes_back_as_it_was(tx, value):
    preferences.set(tx, "choice", value)
    assert preferences.get(tx.connection, "choice", "default") == value


def test_the_last_choice_counts_until_it_is_forgotten(tx):
    preferences.set(tx, "layout", "wide")
    preferences.set(tx, "layout", "list")
    preferences.set(tx, "density", "compact")
    assert preferences.every(tx.connection) == {"density": "compact", "layout": "list"}
    preferences.forget(tx, "layout")
    assert preferences.every(tx.connection) == {"density": "compact"}


def test_what_cannot_be_read_is_the_default(tx):
    tx.execute("INSERT INTO preferences VALUES ('layout', '{')")
    assert preferences.get(tx.connection, "layout", "auto") == "auto"


async def test_a_choice_outlasts_the_program_and_nobody_is_told(tmp_path):
    async with await MailStore.open(tmp_path) as store:
        with store.changes.subscribe() as subscription:
            await store.write(lambda tx: preferences.set(tx, "layout", "wide"))
            await store.write(lambda tx: tx.changed(everything=True))
            changes = await subscription.next()
            assert changes.everything and not changes.folders
    async with await MailStore.open(tmp_path) as store:
        assert await store.read(lambda c: preferences.get(c, "layout")) == "wide"
