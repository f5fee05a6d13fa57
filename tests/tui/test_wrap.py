"""Documents as lines."""

import itertools

import pytest
from rich.cells import cell_len

from protocols.mime.blocks import Block, Document, Kind, Link, Mark, Span, plain
from protocols.mime.safe import SafeText
from tui.document_lines import airy, lines
from tui.wrap import WIDEST, Line, block_lines, listed_links


def texts(block: Block, width: int) -> list[str]:
    return [line.prefix + "".join(run.text for run in line.runs) for line in block_lines(block, width)]


def test_a_paragraph_is_broken_at_blanks():
    assert texts(plain(SafeText("one two three four")), 10) == ["one two", "three four"]


def test_an_empty_paragraph_is_an_empty_line():
    assert texts(Block(Kind.PARAGRAPH, ()), 20) == [""]


@pytest.mark.parametrize("kind", [Kind.PARAGRAPH, Kind.PREFORMATTED, Kind.TABLE_ROW, Kind.LIST_ITEM])
@pytest.mark.parametrize("text", ["x" * 3000, "日本語" * 500, "word " * 400, "e\u0301" * 500])
def test_no_line_is_wider_than_the_pane_and_nothing_is_lost(kind: Kind, text: str):
    got = texts(plain(SafeText(text), kind), 33)
    assert max(map(cell_len, got)) <= 33
    assert "".join(got).replace(" ", "") == text.replace(" ", "")


def test_running_text_is_never_too_wide_to_read():
    assert max(map(len, texts(plain(SafeText("word " * 400)), 300))) <= WIDEST


def test_preformatted_lines_keep_their_blanks():
    assert texts(plain(SafeText("a   b    c"), Kind.PREFORMATTED), 40) == ["a   b    c"]


def test_a_preformatted_line_that_is_too_long_is_folded_at_a_blank_and_hangs_as_it_begins():
    assert texts(plain(SafeText("  said: the account that"), Kind.PREFORMATTED), 16) == [
        "  said: the ",
        "  account that",
    ]
    spans = (Span(SafeText("see  ")), Span(SafeText("https://x.example/"), Mark.LINK, 0), Span(SafeText(" now")))
    assert texts(Block(Kind.PREFORMATTED, spans), 20) == ["see  ", "https://x.example/ ", "now"]


def test_the_address_of_somebody_is_not_told_twice():
    addresses = [("anna@x.example", "mailto:anna@x.example?subject=Hi"), ("write", "mailto:anna@x.example")]
    links = tuple(Link(SafeText(text), SafeText(url), SafeText("x.example"), False) for text, url in addresses)
    assert [number for number, _ in listed_links(Document((), links))] == [1]


def test_a_message_begins_with_what_it_says_and_has_no_more_than_two_empty_lines_in_a_row():
    texts = ["", "one", "", "", "", "two", ""]
    document = Document((Block(Kind.RULE, ()), *(plain(SafeText(text)) for text in texts)))
    told = ["".join(run.text for run in one.runs) for one in airy(lines(document, 40)) if isinstance(one, Line)]
    assert told == ["one", "", "", "two", ""]


def test_what_follows_a_piece_that_ends_with_the_line_begins_the_next_one():
    spans = (Span(SafeText("x" * 20), Mark.BOLD), Span(SafeText("yz")))
    assert texts(Block(Kind.PREFORMATTED, spans), 20) == ["x" * 20, "yz"]


def test_quotes_are_marked_on_every_line():
    assert texts(plain(SafeText("one two three"), quote=2), 14) == ["▎ ▎ one two", "▎ ▎ three"]


def test_a_warning_hangs_under_its_text():
    assert texts(plain(SafeText("! one two three"), Kind.NOTICE), 10) == ["! one two", "  three"]


def test_a_list_item_hangs_under_its_text():
    item = Block(Kind.LIST_ITEM, (Span(SafeText("• ")), Span(SafeText("one two three"))), indent=2)
    assert texts(item, 14) == ["  • one two", "    three"]


def test_a_link_is_followed_by_its_number_unless_it_shows_where_it_leads():
    url = SafeText("https://example.org/a")
    links = tuple(Link(text, url, SafeText("example.org"), False) for text in (SafeText("here"), url))
    spans = (Span(SafeText("here"), Mark.LINK, 0), Span(SafeText(" or ")), Span(url, Mark.LINK, 1))
    document = Document((Block(Kind.PARAGRAPH, spans),), links)
    assert ["".join(run.text for run in line.runs) for line in lines(document, 60)] == [f"here[1] or {url}"]
    assert [number for number, _ in listed_links(document)] == [0]


def test_a_line_of_a_megabyte_costs_only_what_is_looked_at():
    document = Document((plain(SafeText("x " * 1_000_000)), plain(SafeText("y" * 1_000_000))))
    assert len(list(itertools.islice(lines(document, 80), 50))) == 50
