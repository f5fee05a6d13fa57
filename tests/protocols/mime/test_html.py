"""HTML becomes readable blocks, hidden parts stay hidden, bombs do not go off."""

import random
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import protocols.mime.html
from protocols.mime.blocks import Block, Kind, LinkList, Mark
from protocols.mime.html import html_blocks

TAGS = st.sampled_from(
    [
        *(
            "<p>",
            "</p>",
            "<div>",
            "<table>",
            "<tr>",
            "<td>",
            "</td>",
            "</tr>",
            "</table>",
            "<ul>",
            "<li>",
            "</ul>",
            "<b>",
            "</b>",
        ),
        *(
            "<a href=http://x.example/>",
            "</a>",
            "<pre>",
            "</pre>",
            "<blockquote>",
            "</blockquote>",
            "<h1>",
            "</h1>",
            "<br>",
        ),
        *(
            "<hr>",
            "<!--",
            "-->",
            "<style>",
            "</style>",
            "<img alt=x>",
            "<a ",
            '"',
            "&#27;",
            "&#x202e;",
            "&",
            "# ",
            "* ",
            "1. ",
        ),
        *(
            "<div style=display:none>",
            "<svg>",
            "<template>",
            "<option>",
            "<title>",
            "\ue000",
            "\ue043",
            "\U000f0000",
            "> ",
            "\\",
        ),
    ]
)


def shown(html: str) -> list[tuple[str, str]]:
    return [(str(block.kind), block.text) for block in html_blocks(html) if block.spans or block.kind is Kind.RULE]


def kinds(blocks: list[Block]) -> set[Kind]:
    return {block.kind for block in blocks}


@settings(deadline=None)
@example("<?\r0")
@example("<?\x0c0")
@given(st.text() | st.lists(TAGS | st.text(max_size=4), max_size=40).map("".join))
def test_any_html_becomes_clean_blocks(html: str) -> None:
    links = LinkList()
    for block in html_blocks(html, links):
        assert not set(block.text) & set("\n\r\t\x1b\x9b\u202e\u2028\0")
        assert not any("\ue000" <= char <= "\uf8ff" for char in block.text)
        assert all(span.link is None or span.link < len(links.links) for span in block.spans)


def test_structure_is_kept() -> None:
    html = (
        "<h2>News</h2><p>a <b>bold</b> <i>it</i></p><ul><li>x<ul><li>y</ul></ul>"
        "<ol><li>one<li>two</ol><hr><pre>a  b\n c</pre>"
    )
    blocks = [block for block in html_blocks(html) if block.spans or block.kind is Kind.RULE]
    assert [(block.kind, block.text, block.indent, block.level) for block in blocks] == [
        (Kind.HEADING, "News", 0, 2),
        (Kind.PARAGRAPH, "a bold it", 0, 0),
        (Kind.LIST_ITEM, "• x", 0, 0),
        (Kind.LIST_ITEM, "• y", 2, 0),
        (Kind.LIST_ITEM, "1. one", 0, 0),
        (Kind.LIST_ITEM, "2. two", 0, 0),
        (Kind.RULE, "", 0, 0),
        (Kind.PREFORMATTED, "a  b", 0, 0),
        (Kind.PREFORMATTED, " c", 0, 0),
    ]
    assert [span.marks for span in blocks[1].spans] == [Mark.NONE, Mark.BOLD, Mark.NONE, Mark.ITALIC]


def test_quotes_are_counted() -> None:
    blocks = html_blocks("<blockquote>a<blockquote><p>b</blockquote></blockquote><p>c")
    assert [(block.text, block.quote) for block in blocks if block.spans] == [("a", 1), ("b", 2), ("c", 0)]


def test_a_table_of_data_is_rows_and_a_table_of_layout_is_lines() -> None:
    assert shown("<table><tr><td>Item<td>Price</tr><tr><td><p>Tea</p><td><b>5</b></tr></table>") == [
        ("table_row", "Item │ Price"),
        ("table_row", "Tea │ 5"),
    ]
    layout = "<table><tr><td><table><tr><td>nested</table><td>side<p>more</table>"
    assert shown(layout) == [("paragraph", "nested"), ("paragraph", "side"), ("paragraph", "more")]


@pytest.mark.parametrize(
    ("html", "texts"),
    [
        ("a<table><tr><td>b<td>1<tr><td>c<td>2</table>d", ["a", "", "b │ 1", "c │ 2", "", "d"]),
        ("<p>a</p><table><tr><td>b</table><table><tr><td>c</table>", ["a", "", "b", "", "c"]),
        ("<table><tr><td>a<p>b<td><img alt=c></table>", ["a", "", "b", "", "[c]"]),
        ("<table><tr><td>a<table><tr><td>b</table><tr><td>c</table>", ["a", "b", "c"]),
    ],
)
def test_tables_of_data_and_paragraphs_stand_apart_and_layout_does_not(html: str, texts: list[str]) -> None:
    blocks = html_blocks(html)
    assert [block.text for block in blocks][: len(texts)] == texts
    assert not any(block.text for block in blocks[len(texts) :])


def test_a_link_on_a_picture_of_which_nothing_is_said_is_seen_and_an_ornament_is_not() -> None:
    words = "<p>" + "Words enough that it does not seem to be made of pictures alone. " * 2
    assert ("paragraph", "[picture]") in shown(words + "<p><a href='https://x.example/pay'><img src='pay.png'></a>")
    assert len(shown(words + "<p><a href='https://x.example/'><img src='line.png' alt=''></a><img src='b.png'>")) == 1


@pytest.mark.parametrize(
    "text",
    [
        "*x* _y_ `z`",
        "# no heading",
        "> no quote",
        "1. no list",
        "- no list",
        "+ no",
        "[x](y)",
        "a | b",
        "\\_",
        "[b]x[/b]",
    ],
)
def test_h11_m01_m08_what_looks_like_markup_is_text(text: str) -> None:
    assert shown(f"<p>{text}</p>") == [("paragraph", text)]


@pytest.mark.parametrize(
    "html",
    [
        "<div style='display:none'>bad</div>",
        "<div style='visibility: hidden'>bad</div>",
        "<span style='font-size:0'>bad</span>",
        "<p hidden>bad",
        "<div style='max-height:0;overflow:hidden'>bad</div>",
        "<script>bad</script>",
        "<style>bad</style>",
        "<!-- bad -->",
        "<img src=http://t.example/ width=1 height=1 alt=bad>",
        "<img src='data:image/png;base64," + "bad0" * 100_000 + "' height=1>",
    ],
)
def test_h04_h09_what_is_not_seen_is_not_shown(html: str) -> None:
    assert shown(html + "<p>good</p>") == [("paragraph", "good")]


def test_a_wrapper_of_size_zero_does_not_hide_what_is_inside() -> None:
    assert shown("<td style='font-size:0px'><div style='font-size:13px'>good</div></td>") == [("paragraph", "good")]


@pytest.mark.parametrize(
    "html", ["<style>the text", "<title>the text", "<div hidden>the text</div>", "<script>the text"]
)
def test_h04_a_body_is_never_silently_empty(html: str) -> None:
    blocks = html_blocks(html)
    assert blocks[0].kind is Kind.NOTICE
    assert "the text" in blocks[1].text


@pytest.mark.parametrize(
    ("html", "host", "suspicious"),
    [
        ("<a href='https://evil.example/'>https://bank.com/login</a>", "evil.example", True),
        ("<a href='https://evil.example/'>bank.com</a>", "evil.example", True),
        ("<a href='https://bank.com@evil.example/'>log in</a>", "evil.example", True),
        ("<a href='https://аpple.com/'>Apple</a>", "xn--pple-43d.com", True),
        ("<a href='https://bank.com.evil.tld/'>www.bank.com</a>", "bank.com.evil.tld", True),
        ("<a href='https://www.bank.com/x'>bank.com</a>", "www.bank.com", False),
        ("<a href='https://news.example/x'>Read more</a>", "news.example", False),
    ],
)
def test_h07_the_true_host_is_known(html: str, host: str, suspicious: bool) -> None:
    links = LinkList()
    html_blocks(html, links)
    assert [(link.host, link.suspicious) for link in links.links] == [(host, suspicious)]


@pytest.mark.parametrize(
    "href", ["javascript:x", "data:text/html,x", "file:///etc/passwd", "vbscript:x", "app.quit", "", "//x.example"]
)
def test_h06_other_links_are_only_text(href: str) -> None:
    links = LinkList()
    assert html_blocks(f"<p>a <a href='{href}'>b</a></p>", links)[0].text == "a b"
    assert links.links == []


def test_h03_references_and_brackets_that_break_parsers_do_not() -> None:
    assert shown("a&#" + "5" * 5000 + ";&#x110000;&#xD800;&#27;<![=\nendif]--><ol start=9e99><li>x</ol>")[-1] == (
        "list_item",
        "1. x",
    )


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "html",
    [
        "<ul><li>x" * 10_000,
        "<ul><li>x" * 30 + "<li>abc" * 20_000,
        "<blockquote>x" * 5000,
        "<blockquote>" * 30 + "x<br>" * 50_000,
        "<table><tr><td>" * 5000,
        "<table>" + ("<tr>" + "<td>x" * 300) * 300,
        "<a " * 50_000,
        '<a x="' * 50_000,
        "<!--" * 50_000,
        "</" * 100_000,
        "<![CDATA[" * 50_000,
        "<" * 200_000,
        "<select>" + "<option>x" * 100_000,
        "<rt>x" * 50_000,
        "<a " + " ".join(f"a{number}=1" for number in range(100_000)) + ">",
        "<a " + " ".join(f"a{number}='>'" for number in range(100_000)) + ">",
        "".join(f"<font size={number}>" for number in range(500)) + "<p>x" * 5000,
        "<div>" * 100_000,
        "<a href='http://a.example/'>x</a> " * 85_000,
        "<p>" + "word " * 400_000,
        "<style>x</styl" * 30_000,
    ],
)
def test_h01_h02_h08_bombs_end_and_stay_small(html: str) -> None:
    blocks = html_blocks(html)
    assert sum(len(block.text) for block in blocks) <= 4 * len(html) + 70_000


def test_h12_when_time_is_up_the_text_is_still_there() -> None:
    blocks = html_blocks("<p>the text</p>", seconds=-1)
    assert kinds(blocks) == {Kind.NOTICE, Kind.PARAGRAPH}
    assert blocks[1].text == "the text"


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        pytest.param("<p style='color:#fff;background:#ffffff'>secret</p><p>seen</p>", "seen", id="H04-white-on-white"),
        pytest.param("<table bgcolor=white><tr><td><font color=#fefefe>secret</font> seen", "seen", id="H04-nearly"),
        pytest.param("<div style='background-color:#000'><p style='color:white'>seen</p></div>", "seen", id="H04-dark"),
        pytest.param("<p style='color:white'>seen</p>", "seen", id="H04-nobody-knows-what-is-behind"),
        pytest.param("<div style='background:#fff url(x.png)'><p style='color:#fff'>seen", "seen", id="H04-a-picture"),
        pytest.param(
            "<p style='background:#fff;color:#fff'>secret<b style='color:red'>seen</b>", "seen", id="H04-undone"
        ),
    ],
)
def test_text_in_the_colour_behind_it_is_hidden(html: str, shown: str):
    assert [block.text.strip() for block in html_blocks(html) if block.text.strip()] == [shown]


_BITS = (
    "<p>", "<br>", " ", "&nbsp;", "word ", "a  b", "<div>", "</div>", "<td>", "<tr>", "<table>", "</table>", "<b>x</b>",
    "1. one", "- two", "+ x", "# h", "&gt; q", "&amp;lt;", "\n", "\t", "<a href='http://x.example/z'>l</a>", "* * *",
    "---", "<pre> a\n  b</pre>", "\u3000", "\u200b", "<span> </span>", "x\\y", "đ", "\x1c",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(20))
def test_lines_and_paragraphs_alone_come_out_as_html2text_writes_them(seed: int, monkeypatch: pytest.MonkeyPatch):
    chance = random.Random(seed)
    texts = ["".join(chance.choices(_BITS, k=chance.randint(1, 25))) for _ in range(20)]
    quick = [html_blocks(text) for text in texts]
    monkeypatch.setattr(protocols.mime.html, "_STRUCTURE", re.compile(""))
    assert quick == [html_blocks(text) for text in texts]
