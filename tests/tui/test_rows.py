"""A summary as a row of columns."""

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from rich.cells import cell_len

from store.model import AccountId, Address, Cached, Flag, FolderId, MessageId, Summary, ThreadId
from store.settings import COLUMNS, Column
from tests.tui.conftest import NOW
from tui import marks
from tui.columns import Columns
from tui.format import short_date
from tui.rows import Besides, label_chips, pieces, spoken, tall_pieces
from tui.widths import GAP, widest


@pytest.fixture(autouse=True)
def utc():
    time.tzset()


SUMMARY = Summary(
    MessageId(1), AccountId(1), FolderId(1), ThreadId(1), 1, None, "<a@b>", Address("Anna Keller", "anna@example.org"),
    (Address("", "me@example.com"), Address("Bob", "bob@example.com")), (), "Rent for November", NOW, NOW - 600,
    Flag.NONE, (), 12_345, 2, "Hello, the rent is due on Monday.", Cached.FULL, 0,
)  # fmt: skip
NAMES = [
    "Anna",
    "Nguyễn Văn An",
    "山田太郎",
    "नरेन्द्र हिन्दी",
    "مرحبا بالعالم",
    "שלום",
    "👨‍👩‍👧 family",
    "🇻🇳 An ❤️",
    "தமிழ் பெயர்",
]


def text(summary: Summary, columns: Columns, **more: object) -> str:
    return "".join(piece.text for piece in pieces(summary, columns, float(NOW), Besides(**more)))  # type: ignore[arg-type]


@pytest.mark.parametrize("width", [20, 30, 40, 60, 79, 80, 99, 120, 200])
@pytest.mark.parametrize("name", NAMES)
def test_a_row_is_exactly_as_wide_as_the_list(width: int, name: str):
    summary = replace(SUMMARY, sender=Address(name, "a@b"), subject=f"Re: {name} {name}", labels=("work", "urgent"))
    for names in (("marks", "from", "subject", "date"), ("date", "subject", "marks"), COLUMNS):
        columns = Columns.of(width, 8, names)
        assert sum(columns.cells) <= width
        assert cell_len(text(summary, columns, accounts=["work"], folder="Projects")) == width


def test_no_terminal_needs_more_room_for_a_column_than_it_has():
    columns = Columns.of(80)
    for name in NAMES:
        summary = replace(SUMMARY, sender=Address(name * 4, "a@b"), subject=name * 20)
        before_gap = text(summary, columns).split(GAP)
        if len(before_gap) > 1:
            assert widest(before_gap[0].rstrip()) <= columns.cells_of("marks") + columns.cells_of("from")


def test_the_usual_row_names_who_what_and_when():
    assert text(SUMMARY, Columns.of(80)).split() == [
        "●", "@", "Anna", "Keller", "Rent", "for", "November", "Hello,", "the", "rent", "is", "due…", "13:55",
    ]  # fmt: skip


def test_columns_are_chosen_and_ordered():
    row = text(SUMMARY, Columns.of(100, 0, ("date", "to", "subject", "size")))
    assert row.split()[0] == "13:55"
    assert row.index("me@example.com +1") < row.index("Rent") < row.index("12 kB")
    assert "Anna" not in row


def test_what_can_be_spared_goes_first_where_there_is_no_room():
    chosen: tuple[Column, ...] = ("marks", "from", "subject", "size", "labels", "folder", "date")
    assert Columns.of(140, 0, chosen).names == chosen
    assert Columns.of(70, 0, chosen).names == ("marks", "from", "subject", "folder", "date")
    assert Columns.of(50, 0, chosen).names == ("marks", "from", "subject", "date")
    assert Columns.of(24, 0, chosen).names == ("marks", "subject", "date")


def test_the_account_stands_before_the_date_where_several_are_mixed():
    assert Columns.of(80, 4).names == ("marks", "from", "subject", "account", "date")
    assert Columns.of(80, 0, ("account", "subject")).names == ("subject",)
    assert text(SUMMARY, Columns.of(80, 4), accounts=["work"]).split()[-2:] == ["work", "13:55"]


def test_labels_stand_before_the_subject_as_chips():
    row = text(replace(SUMMARY, labels=("urgent", "work", "$forwarded", "nonjunk")), Columns.of(100))
    assert "[urgent] [work] Rent for November" in row
    own = text(replace(SUMMARY, labels=("urgent",)), Columns.of(120, 0, ("subject", "labels")))
    assert own.count("[urgent]") == 1 and own.startswith("Rent")


def test_labels_that_do_not_fit_are_counted():
    assert label_chips(("one", "two", "three"), 30) == "[one] [two] [three]"
    assert label_chips(("one", "two", "three"), 16) == "[one] [two] +1"
    assert label_chips(("one", "two", "three"), 4) == "+3"
    assert label_chips(("a-very-long-label-indeed",), 20) == "[a-very-long-l…]"
    assert label_chips((), 20) == ""


def test_a_tree_line_stands_before_the_subject():
    assert "│ └─Rent for November" in text(SUMMARY, Columns.of(100), lead="│ └─")


def test_columns_that_run_from_right_to_left_are_kept_apart():
    row = text(replace(SUMMARY, sender=Address("שלום", "a@b"), subject="مرحبا"), Columns.of(80))
    assert row.count(GAP) == 2
    assert GAP not in text(SUMMARY, Columns.of(80))


@pytest.mark.parametrize("width", [20, 40, 60, 80, 200])
@pytest.mark.parametrize("name", NAMES)
def test_a_tall_row_says_who_and_when_above_and_what_below(width: int, name: str):
    summary = replace(SUMMARY, sender=Address(name, "a@b"))
    lines = tall_pieces(summary, width, 0, ("marks", "from", "subject", "date"), float(NOW))
    above, below = ("".join(piece.text for piece in line) for line in lines)
    assert cell_len(above) == cell_len(below) == width
    assert "13:55" in above and "Rent" not in above
    assert below.startswith("    Rent for")


@pytest.fixture
def words() -> Iterator[None]:
    marks.choose(marks.WORDS)
    yield
    marks.choose(marks.UNICODE)


@pytest.mark.usefixtures("words")
@pytest.mark.parametrize("room", [30, 60, 80, 120])
@pytest.mark.parametrize("subject", ["Rent", "Rent for November and December " * 9, "हिन्दी में लिखा " * 20])
def test_a_sentence_that_is_too_long_says_its_date_still(room: int, subject: str):
    for sender in ("Anna", "The committee for the pigeons of the whole of the country " * 3):
        for flags in (Flag.NONE, Flag.FLAGGED | Flag.ANSWERED):
            summary = replace(SUMMARY, subject=subject, sender=Address(sender, "a@b"), flags=flags, kept=True)
            said = spoken(summary, float(NOW), Besides(["work"], selected=True), room)
            assert widest(said) <= room
            assert f"; {short_date(SUMMARY.received, NOW)}" in said


@pytest.mark.usefixtures("words")
def test_of_a_long_sentence_the_subject_gives_way_first():
    summary = replace(SUMMARY, subject="Rent for November and December and for the year that comes")
    said = spoken(summary, float(NOW), Besides(["work"]), 80)
    assert said == "unread, 2 attachments; from Anna Keller; Rent for November a~; 13:55; account w~"
