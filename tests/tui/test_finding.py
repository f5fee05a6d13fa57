"""Words that were searched for are marked in the message, and n and N go from one to the next."""

from datetime import date

import pytest
from textual.pilot import Pilot

from store.mailstore import MailStore
from store.search.query import parse
from tests.tui.conftest import DAY, Run, arrival, deliver, folder_of
from tests.tui.mail_facts import mail, subject
from tests.tui.screen_text import screen_text, until
from tui import finding

TODAY = date(2026, 11, 23)


def marked(query: str, text: str) -> list[str]:
    pattern = finding.of_query(parse(query, TODAY))
    return [] if pattern is None else [text[first:last] for first, last in finding.spans(text, pattern)]


@pytest.mark.parametrize(
    ("query", "text", "words"),
    [
        ("invoi", "An invoice, not a reinvoice", ["invoi"]),
        ("hoa don", "Hóa đơn của tôi", ["Hóa", "đơn"]),
        ('"hoa don"', "Hóa đơn, hóa đơn giá", ["Hóa đơn", "hóa đơn"]),
        ('"hoa don"', "Hóa đơnx", []),
        ("東京", "私は東京都に住む", ["東京"]),
        ("strasse", "Straße", ["Straße"]),
        ("cafe", "Cafe\u0301 noir", ["Cafe\u0301"]),
        ("rent -lunch", "rent and lunch", ["rent"]),
        ("from:anna is:unread", "Anna", ["Anna"]),
        ("filename:rent", "rent", []),
        ("is:unread", "unread", []),
        ("a+b", "a+b", ["a+b"]),
    ],
)
def test_what_a_query_found_is_what_is_marked(query: str, text: str, words: list[str]) -> None:
    assert marked(query, text) == words


@pytest.mark.parametrize(
    ("typed", "text", "words"),
    [
        ("voice", "An invoice", ["voice"]),
        ("DA NANG", "đi Đà  Nẵng", ["Đà  Nẵng"]),
        ("50% (off)", "now 50% (off)!", ["50% (off)"]),
        ("  ", "a b", []),
    ],
)
def test_a_text_is_found_wherever_it_stands(typed: str, text: str, words: list[str]) -> None:
    pattern = finding.of_text(typed)
    assert ([] if pattern is None else [text[a:b] for a, b in finding.spans(text, pattern)]) == words


async def long_letter(store: MailStore) -> None:
    text = "\n".join(f"line {n}{' with a pigeon' if n % 50 == 10 else ''}" for n in range(200))
    await deliver(store, await folder_of(store, "work", "INBOX"), arrival("A", "Long", text, 1, uid=400))


async def opened(pilot: Pilot[None], text: str) -> None:
    await pilot.press("enter")
    await until(pilot, lambda: mail(pilot).pane == "reader" and text in screen_text(pilot.app))


async def test_a_text_is_found_in_the_message_and_n_goes_on(run: Run, store: MailStore):
    await long_letter(store)
    async with run() as pilot:
        await opened(pilot, "line 0")
        await pilot.press("slash", *"pigeon")
        await until(pilot, lambda: "1 of 4" in screen_text(pilot.app))
        await pilot.press("enter")
        await until(pilot, lambda: not mail(pilot).bar.is_open)
        await pilot.press("n")
        await until(pilot, lambda: "line 60 with a pigeon" in screen_text(pilot.app))
        assert "Hit 2 of 4" in screen_text(pilot.app)
        await pilot.press("N")
        await until(pilot, lambda: "line 10 with a pigeon" in screen_text(pilot.app))
        await pilot.press("n", "n", "n", "n")  # around
        await until(pilot, lambda: "Hit 1 of 4" in screen_text(pilot.app))
        await pilot.press("escape")
        assert mail(pilot).pane == "reader"
        assert mail(pilot).view.sought is None
        await pilot.press("escape")
        assert mail(pilot).pane == "list"


async def test_escape_while_a_text_is_typed_goes_back_to_where_one_read(run: Run, store: MailStore):
    await long_letter(store)
    async with run() as pilot:
        await opened(pilot, "line 0")
        await pilot.press("slash", *"line 150")
        await until(pilot, lambda: "1 of 1" in screen_text(pilot.app))
        assert mail(pilot).view.scroll_offset.y > 100
        await pilot.press("escape")
        await until(pilot, lambda: mail(pilot).view.scroll_offset.y == 0)
        assert mail(pilot).view.sought is None
        assert mail(pilot).view.has_focus


async def test_what_is_not_in_the_message_is_said(run: Run):
    async with run() as pilot:
        await opened(pilot, "the rent is due")
        await pilot.press("slash", *"zebra")
        await until(pilot, lambda: "not in this message" in screen_text(pilot.app))
        await pilot.press("enter")
        await until(pilot, lambda: "zebra is not in this message" in screen_text(pilot.app))


async def test_in_a_result_n_goes_from_hit_to_hit_and_then_to_the_next_result(run: Run, store: MailStore):
    inbox = await folder_of(store, "work", "INBOX")
    letters = [arrival("A", f"Letter {n}", "a pigeon\n" + "x\n" * 60 + "a pigeon", DAY + n, uid=50 + n) for n in (1, 2)]
    await deliver(store, inbox, *letters)
    async with run() as pilot:
        await pilot.press("slash", *"pigeon")
        await until(pilot, lambda: mail(pilot).messages.count == 2)
        await pilot.press("enter")
        await until(pilot, lambda: not mail(pilot).bar.is_open)
        await opened(pilot, "a pigeon")
        assert mail(pilot).view.sought is not None
        await pilot.press("n")
        await until(pilot, lambda: "Hit 1 of 2" in screen_text(pilot.app))
        await pilot.press("n")
        await until(pilot, lambda: "Hit 2 of 2" in screen_text(pilot.app))
        assert subject(pilot) == "Letter 1"
        await pilot.press("n")
        await until(pilot, lambda: subject(pilot) == "Letter 2")


async def test_without_a_search_n_is_the_next_message(run: Run):
    async with run() as pilot:
        await opened(pilot, "the rent is due")
        await pilot.press("n")
        await until(pilot, lambda: subject(pilot) == "Hóa đơn tháng mười")
        await pilot.press("N")
        await until(pilot, lambda: "Nothing is searched for" in screen_text(pilot.app))
