"""What may stand at the cursor of a query is offered, and nothing else."""

import pytest

from tui.search_hints import Names, completion

NAMES = Names(
    ("INBOX", "Work/Khách hàng", "Work", 'odd"name', "bad\x1bname"), ("work", "home office"), ("urgent", "todo")
)


def offered(text: str, cursor: int | None = None) -> tuple[int, tuple[str, ...]] | None:
    found = completion(text, len(text) if cursor is None else cursor, NAMES)
    return None if found is None else (found.start, found.candidates)


@pytest.mark.parametrize(
    ("text", "start", "candidates"),
    [
        ("fr", 0, ("from:",)),
        ("rent fi", 5, ("filename:",)),
        ("(fr", 1, ("from:",)),
        ("-fr", 1, ("from:",)),
        ("is:un", 0, ("is:unread",)),
        ("rent IS:r", 5, ("IS:read",)),
        ("has:", 0, ("has:attachment",)),
        ("folder:work", 0, ("folder:Work", 'folder:"Work/Khách hàng"')),
        ("folder:khach", 0, ('folder:"Work/Khách hàng"',)),
        ('folder:"work/k', 0, ('folder:"Work/Khách hàng"',)),
        ("account:", 0, ('account:"home office"', "account:work")),
        ("label:u", 0, ("label:urgent",)),
        ("-label:t", 1, ("label:todo",)),
    ],
)
def test_what_fits_is_offered(text: str, start: int, candidates: tuple[str, ...]) -> None:
    assert offered(text) == (start, candidates)


@pytest.mark.parametrize(
    "text", ["", "rent ", "zz", "is:purple", "is:unread", "folder:odd", "from:anna", '"fr', "(is:x"]
)
def test_nothing_is_offered_where_nothing_fits(text: str) -> None:
    assert offered(text) is None


def test_the_word_at_the_cursor_counts_not_what_follows() -> None:
    assert offered("fr rent", 2) == (0, ("from:",))
    assert offered("fr rent", 3) is None
