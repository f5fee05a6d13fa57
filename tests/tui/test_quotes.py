"""Quotes that nobody reads again are folded, and shown by a key."""

from protocols.mime.blocks import LinkList
from protocols.mime.text import text_blocks
from store.mailstore import MailStore
from tests.tui.conftest import Run, arrival, deliver, folder_of
from tests.tui.screen_text import screen_text, until
from tui.quotes import Folded, folded


def quoted(number: int, level: int = 1) -> str:
    return "".join(f"{'> ' * level}line {one}\n" for one in range(number))


def told(text: str) -> list[str]:
    found = folded(text_blocks(text, LinkList()))
    return [f"{one.quote}: {one.lines}" if isinstance(one, Folded) else one.text for one in found]


ANSWER = "Yes, gladly.\n\nAnna wrote:\n"


def test_the_letter_under_an_answer_is_folded():
    assert told(ANSWER + quoted(34)) == ["Yes, gladly.", "", "Anna wrote:", "1: 34"]


def test_so_it_is_in_front_of_a_signature():
    assert told(ANSWER + quoted(9) + "\n-- \nBob")[-3:] == ["1: 9", "-- ", "Bob"] or told(
        ANSWER + quoted(9) + "\n-- \nBob"
    )[-4:] == ["1: 9", "", "-- ", "Bob"]


def test_a_short_quote_stays():
    assert "line 3" in told(ANSWER + quoted(4))


def test_what_is_answered_below_stays():
    assert "line 9" in told(quoted(10) + "Yes.\n" + quoted(10) + "No.\n")


def test_a_message_that_is_nothing_but_a_quote_stays():
    assert "line 9" in told(quoted(10))
    assert "line 9" in told("Anna wrote:\n" + quoted(10))


def test_deep_quotes_are_folded_wherever_they_stand():
    text = "> > two\n" + quoted(7, 3) + "> > two again\n> one\nAnswer."
    assert told(text) == ["two", "3: 7", "two again", "one", "Answer."]


async def test_a_key_shows_and_folds_them(run: Run, store: MailStore):
    text = ANSWER + quoted(12) + "> and the key to the garden\n"
    await deliver(store, await folder_of(store, "work", "INBOX"), arrival("Anna", "Key", text, 1, uid=900))
    async with run() as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: "… 13 quoted lines, Q shows them" in screen_text(pilot.app))
        assert "the key to the garden" not in screen_text(pilot.app)
        await pilot.press("Q")
        await until(pilot, lambda: "the key to the garden" in screen_text(pilot.app))
        await pilot.press("Q")
        await until(pilot, lambda: "13 quoted lines" in screen_text(pilot.app))
        await pilot.press("slash", *"garden", "enter")
        await until(pilot, lambda: "the key to the garden" in screen_text(pilot.app))
