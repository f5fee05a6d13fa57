"""HTML laid out in a process that can be ended."""

import sys

import pytest

from protocols.layout import SMALL, Beginning, Layout
from protocols.mime.blocks import Kind, LinkList
from protocols.mime.html import html_blocks
from protocols.mime.parse import parse_message
from protocols.mime.read import message_document

LARGE = "<p>Read <b>this</b> at <a href='https://x.example/'>our shop</a>.</p><ul><li>one</li></ul>" * 1000


def test_a_large_text_comes_back_from_the_process_as_it_would_be_made_here():
    layout, links, expected = Layout(), LinkList(), LinkList()
    try:
        assert layout.blocks(LARGE, links, 5.0) == html_blocks(LARGE, expected, seconds=5.0)
        assert links.links == expected.links
    finally:
        layout.end()


def test_links_of_several_texts_are_numbered_on():
    layout, links = Layout(), LinkList()
    try:
        layout.blocks("<a href='https://first.example/'>first</a>", links, 5.0)
        blocks = layout.blocks(LARGE, links, 5.0)
    finally:
        layout.end()
    assert [link.host for link in links.links] == ["first.example", "x.example"]
    assert blocks[0].spans[-2].link == 1


@pytest.mark.parametrize(
    "program",
    [
        pytest.param("import time; time.sleep(60)", id="H12-it-hangs"),
        pytest.param("import os; os.abort()", id="H12-it-crashes"),
        pytest.param("x = bytearray(1 << 40)", id="H01-it-takes-all-memory"),
    ],
)
def test_a_text_over_which_the_process_ends_is_shown_without_layout_and_not_tried_again(program: str):
    layout = Layout((sys.executable, "-c", program), deadline=0.5)
    for _ in range(2):
        blocks = layout.blocks(LARGE, LinkList(), 5.0)
        assert blocks[0].kind is Kind.NOTICE
        assert "Read" in blocks[1].text


def test_without_a_process_the_text_is_shown_all_the_same():
    blocks = Layout(("/nonexistent",)).blocks(LARGE, LinkList(), 5.0)
    assert "without layout" in blocks[0].text


def test_a_small_text_starts_nothing():
    assert len("<p>hi</p>") < SMALL
    blocks = Layout(("/nonexistent",)).blocks("<p>hi</p>", LinkList(), 5.0)
    assert [block.text for block in blocks if block.text] == ["hi"]


def test_a_process_that_went_because_nobody_asked_is_started_again():
    layout = Layout()
    try:
        layout.blocks(LARGE, LinkList(), 5.0)
        process = layout._process._process
        assert process is not None
        process.terminate()
        process.wait()
        assert layout.blocks(LARGE, LinkList(), 5.0)[0].kind is Kind.PARAGRAPH
    finally:
        layout.end()


def test_a_message_is_laid_out_through_it():
    layout = Layout()
    try:
        message = parse_message(b"Content-Type: text/html\n\n" + LARGE.encode())
        assert message_document(message, lay_out=layout.blocks).blocks == message_document(message).blocks
    finally:
        layout.end()


def test_the_beginning_of_a_large_text_is_laid_out_at_once_and_says_that_more_comes():
    told: list[str] = []
    beginning, links = Beginning(lambda: told.append("more")), LinkList()
    blocks = beginning.blocks("<html><head><style>p {color: red}</style></head><body>" + LARGE, links, 5.0)
    assert beginning.was_cut
    assert told == ["more"]
    assert blocks[0] == html_blocks(LARGE, LinkList())[0]
    assert blocks[-1].kind is Kind.NOTICE
    assert len(blocks) < len(html_blocks(LARGE, LinkList()))


def test_the_beginning_of_a_small_text_is_all_of_it():
    beginning = Beginning()
    assert beginning.blocks("<p>hi</p>", LinkList(), 5.0) == html_blocks("<p>hi</p>", LinkList())
    assert not beginning.was_cut


def test_a_process_that_was_started_ahead_answers():
    layout = Layout()
    layout.start()
    try:
        assert layout.blocks(LARGE, LinkList(), 5.0) == html_blocks(LARGE, LinkList(), seconds=5.0)
    finally:
        layout.end()
