"""Plain text or HTML: which of the two is shown."""

import pytest

from protocols.mime.forms import chosen
from protocols.mime.parse import Message, parse_message
from protocols.mime.read import message_document

LONG = "<p>" + "Some words that stand only here. " * 60 + "</p>"


def both(plain: str, html: str) -> Message:
    text = (
        'Subject: x\nContent-Type: multipart/alternative; boundary="b"\n\n'
        f"--b\nContent-Type: text/plain\n\n{plain}\n--b\nContent-Type: text/html\n\n{html}\n--b--\n"
    )
    return parse_message(text.encode())


@pytest.mark.parametrize(
    ("plain", "html", "form"),
    [
        pytest.param("Hello, here I am.", "<p>Hello, here I am.</p>", "plain", id="both-say-the-same"),
        pytest.param("", "<p>Hello</p>", "html", id="empty"),
        pytest.param("View this newsletter in your browser.", LONG, "html", id="a-stub"),
        pytest.param("Our offers: " + "https://shop.example/track/abcdefgh " * 40, LONG, "html", id="only-addresses"),
        pytest.param("Some words that stand only here. " * 40, LONG, "plain", id="a-little-less"),
        pytest.param("Short.", f"<p>Short.</p><div style='display:none'>{LONG}</div>", "plain", id="H05-hidden-text"),
    ],
)
def test_the_plain_text_is_shown_unless_the_html_clearly_says_more(plain: str, html: str, form: str):
    message = both(plain, html)
    assert chosen(message.root).form == form
    assert message_document(message).form == form


def test_either_form_is_shown_by_wish():
    message = both("In plain text.", "<p>In HTML.</p>")
    for form, text in (("plain", "In plain text."), ("html", "In HTML.")):
        found = message_document(message, prefer=form)
        assert (found.form, found.blocks[0].text) == (form, text)


def test_a_message_of_one_form_has_no_choice():
    assert chosen(parse_message(b"Subject: x\n\nHello").root, "html").form == ""
    assert chosen(parse_message(b"Content-Type: text/html\n\n<p>Hello").root, "plain").form == ""
