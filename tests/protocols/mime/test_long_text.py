"""Long texts: the same blocks as short ones, made in chunks."""

import pytest

from protocols.mime.blocks import Block, Kind, LinkList, plain
from protocols.mime.long_text import CHUNK, Chunk, LongBlocks, joined, long_blocks
from protocols.mime.safe import SafeText
from protocols.mime.text import text_blocks

WORDS = "".join(f"{'> ' * (number % 3)}line {number} of https://x.example/{number % 40}\n" for number in range(2000))


@pytest.mark.parametrize(
    ("text", "flowed"),
    [
        pytest.param(WORDS, False, id="fixed"),
        pytest.param(WORDS + "-- \n" + WORDS, False, id="with-a-signature"),
        pytest.param("-- \n" + WORDS, False, id="a-signature-alone"),
        pytest.param(WORDS.rstrip("\n"), False, id="no-line-end"),
        pytest.param(WORDS.replace("0 of", "0 \nof"), True, id="flowed"),
        pytest.param("so \n" * 2000, True, id="one-paragraph"),
        pytest.param("\n" * 3000, False, id="P24-empty-lines"),
        pytest.param("\x1b[31m\r\t\x85Việt Nam\n" * 1000, False, id="T01-control-signs"),
    ],
)
def test_the_blocks_and_links_are_those_of_a_short_text(text: str, flowed: bool):
    links, expected = LinkList(), LinkList()
    blocks = text_blocks(text, expected, flowed=flowed)
    made = long_blocks(text, links, flowed=flowed)
    assert list(made) == blocks
    assert links.links == expected.links
    assert len(made) == len(blocks)
    assert made[0] == blocks[0]
    assert made[-1] == blocks[-1]
    assert made[3:5] == tuple(blocks[3:5])


def test_the_links_are_known_before_a_line_is_made():
    links = LinkList()
    long_blocks("word\n" * 9000 + "https://x.example/\n", links)
    assert [link.host for link in links.links] == ["x.example"]


@pytest.mark.parametrize(
    ("text", "longest"),
    [
        ("one\nthree\n", 5),
        ("one\n> two\n>>x\n", 6),
        ("đây là cây cầu\n", 14),
        ("tab\there\n", None),
        ("写真\n", None),
        ("a\u0301\n", None),
    ],
)
def test_only_lines_that_are_drawn_as_they_stand_have_a_length(text: str, longest: int | None):
    (chunk,) = chunks(long_blocks(text, LinkList()))
    assert chunk.shape.longest == longest


def chunks(blocks: LongBlocks) -> list[Chunk]:
    return [piece for piece in blocks.pieces if isinstance(piece, Chunk)]


def test_a_chunk_knows_its_lines():
    blocks = long_blocks("a\n" * (CHUNK + 3) + "b", LinkList())
    assert not any(chunk.is_measured for chunk in chunks(blocks))
    blocks.measure()
    assert all(chunk.is_measured for chunk in chunks(blocks))
    assert [chunk.shape.lines for chunk in chunks(blocks)] == [CHUNK, 3, 1]


def test_pieces_without_a_long_text_are_joined_to_one():
    block = plain(SafeText("x"))
    assert joined([[block], (block,)]) == (block, block)
    found = joined([[block], long_blocks("y\n", LinkList()), [Block(Kind.RULE, ())]])
    assert isinstance(found, LongBlocks)
    assert [one.text for one in found] == ["x", "y", ""]
