"""How a message says that its list can be left."""

import pytest

from protocols.mime.headers import split_headers
from protocols.unsubscribing.ways import Method, ways


def named(headers: str) -> list[tuple[Method, str]]:
    fields, _ = split_headers(headers.encode() + b"\n\n")
    return [(way.method, way.target) for way in ways(fields)]


def test_the_easiest_way_comes_first():
    """L01"""
    headers = (
        "List-Unsubscribe: <mailto:leave@x.example?subject=leave>,\n <https://x.example/u?id=1>\n"
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click"
    )
    assert named(headers) == [
        (Method.POST, "https://x.example/u?id=1"),
        (Method.MAIL, "mailto:leave@x.example?subject=leave"),
        (Method.PAGE, "https://x.example/u?id=1"),
    ]


def test_without_the_senders_word_there_is_no_one_click():
    assert named("List-Unsubscribe: <https://x.example/u>") == [(Method.PAGE, "https://x.example/u")]


@pytest.mark.parametrize(
    ("address", "left"),
    [
        pytest.param("<http://x.example/u>", [(Method.PAGE, "http://x.example/u")], id="L01-no-one-click-without-tls"),
        pytest.param("<file:///etc/passwd>", [], id="L01-file"),
        pytest.param("<javascript:alert(1)>", [], id="L01-script"),
        pytest.param("https://x.example/u", [], id="L01-no-brackets"),
        pytest.param(
            "<mailto:a@x.example?bcc=b@y.example&body=x&attach=/etc/passwd>",
            [(Method.MAIL, "mailto:a@x.example?body=x")],
            id="L01-mailto-that-does-more",
        ),
    ],
)
def test_only_harmless_addresses_are_ways(address: str, left: list[tuple[Method, str]]):
    assert named(f"List-Unsubscribe: {address}\nList-Unsubscribe-Post: List-Unsubscribe=One-Click") == left


def test_of_many_addresses_the_first_of_each_kind_counts():
    """L01"""
    many = ", ".join(f"<https://x{number}.example/>" for number in range(50))
    assert named(f"List-Unsubscribe: {many}") == [(Method.PAGE, "https://x0.example/")]


def test_a_message_that_is_no_list_names_none():
    assert named("Subject: x") == []
