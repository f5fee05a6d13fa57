"""Quotes in a long text are folded as in a short one, and its lines are counted as they are drawn."""

import random
from collections.abc import Sequence

import pytest

from protocols.mime.blocks import Begin, Block, Document, Kind, LinkList, plain
from protocols.mime.long_text import joined, long_blocks
from protocols.mime.safe import SafeText
from protocols.mime.text import text_blocks
from tui.document_lines import Stretch, drawn, is_counted
from tui.quotes import Folded
from tui.wrap import Line

WIDTH = 40


def shown(blocks: Sequence[Block], *, fold: bool = True) -> list[str]:
    """The rows, folded quotes told by their number and level."""
    rows: list[str] = []
    for one in drawn(Document(blocks), WIDTH, fold=fold):
        if isinstance(one, Stretch):
            lines = list(one.lines())
            assert one.height == len(lines)
            rows += map(text_of, lines)
        elif isinstance(one, Folded):
            rows.append(f"[{one.lines} at {one.quote}]")
        elif not isinstance(one, Begin):
            rows.append(text_of(one))
    return rows


def without_end(rows: list[str]) -> list[str]:
    while rows and not rows[-1].strip("▎ "):
        rows.pop()
    return rows


def text_of(line: Line) -> str:
    return line.prefix + "".join(run.text for run in line.runs)


def letter(chance: random.Random, lines: int) -> str:
    """Lines at changing levels, some of them empty, some longer than the pane."""
    text, level = "", 0
    for number in range(lines):
        if chance.random() < 0.15:
            level = chance.choice((0, 0, 1, 2, 3, 4, 9))
        words = " ".join(["word"] * chance.choice((1, 2, 3, 12)))
        mark = chance.choice(("> ", ">")) * level
        text += mark + ("" if chance.random() < 0.15 else f"{number} {words}") + "\n"
    return text


@pytest.mark.parametrize("flowed", [False, True], ids=["fixed", "flowed"])
@pytest.mark.parametrize("seed", range(12))
def test_a_long_text_is_folded_as_a_short_one(seed: int, flowed: bool):
    chance = random.Random(seed)
    text = letter(chance, 700)
    if seed % 3 == 0:
        text += "One\nTwo\n" + "".join(f"> {number}\n" for number in range(40))
    if seed % 2 == 0 and not flowed:
        text += "-- \nA name\n"
    if flowed:
        text = text.replace("> ", ">")
    short, long = text_blocks(text, LinkList(), flowed=flowed), long_blocks(text, LinkList(), flowed=flowed)
    while not short[-1].spans:  # where text flows, the end of its last line is one more
        short.pop()
    assert without_end(shown(long)) == shown(short)
    assert without_end(shown(long, fold=False)) == shown(short, fold=False)


def test_a_quote_over_many_chunks_is_one_line():
    text = "Hello.\nI agree.\n" + "> > > old words\n" * 5000 + "Yours\n"
    assert shown(long_blocks(text, LinkList())) == ["Hello.", "I agree.", "[5000 at 3]", "Yours"]


@pytest.mark.parametrize("end", [Kind.NOTICE, Kind.PARAGRAPH])
def test_the_letter_under_an_answer_stays_where_more_is_said_below_it(end: Kind):
    text = "Hello.\nI agree.\n" + "> old words\n" * 600
    below = plain(SafeText("below"), end)
    rows = shown(joined([long_blocks(text, LinkList()), [below]]))
    assert ("[600 at 1]" in rows) == (end is Kind.NOTICE)
    assert len(rows) == (4 if end is Kind.NOTICE else 603)


def test_lines_are_counted_in_a_moment_only_when_they_were_measured_and_fit():
    blocks = long_blocks("một dòng\n> > hai\n" * 400, LinkList())
    assert not is_counted(Document(blocks), WIDTH)
    blocks.measure()
    assert is_counted(Document(blocks), WIDTH)
    assert not is_counted(Document(blocks), 4) or all(len(row) <= 10 for row in shown(blocks, fold=False))
    wide = long_blocks("word " * 30 + "\n", LinkList())
    wide.measure()
    assert not is_counted(Document(wide), WIDTH)


def test_numbers_of_links_are_counted_with_the_lines():
    links = LinkList()
    blocks = long_blocks("see www.example.org/a/long/path/of/it ok\n" * 300, links)
    document = Document(blocks, tuple(links.links))
    stretches = [one for one in drawn(document, WIDTH) if isinstance(one, Stretch)]
    assert stretches
    assert all(one.height == len(list(one.lines())) for one in stretches)
