"""What a subject is about is found under whatever mail programs put before it."""

import pytest

from store.search.fold import fold
from store.subjects import Topic, topic


def about(subject: str) -> Topic:
    return topic(fold(subject))


@pytest.mark.parametrize(
    "subject",
    [
        "Re: Invoice", "RE: INVOICE", "re[2]: invoice", "Re (3): Invoice", "AW: Invoice", "SV: Re: Invoice",
        "Antw: Invoice", "Trả lời: Invoice", "回复：Invoice", "Re: Fwd: Invoice", "[list] Re: [list] Invoice",
        "Re: [ann] invoice (fwd)", "  Re :  Invoice ", "Odp: Invoice", "R: Invoice",
    ],
)  # fmt: skip
def test_a_reply_is_about_what_it_answers(subject):
    assert about(subject) == Topic(about("Invoice").key, True)


@pytest.mark.parametrize(
    "subject", ["Fwd: Invoice", "WG: Re: Invoice", "[list] Invoice", "Tr: invoice", "Chuyển tiếp: Invoice"]
)
def test_what_is_passed_on_is_no_reply(subject):
    assert about(subject) == Topic(about("Invoice").key, False)


@pytest.mark.parametrize("subject", ["", "Re:", "Re: Fwd: ", "Re: ...", "[!]", "Re: 👍"])
def test_some_subjects_say_nothing(subject):
    assert about(subject).key == 0


def test_words_that_begin_like_a_mark_of_replies_are_words():
    assert about("Redo: garden").key != about("garden").key
    assert not about("Redo: garden").is_reply
    assert about("Tom: garden") == Topic(about("tom:   garden").key, False)


def test_a_subject_that_is_a_tag_alone_keeps_it():
    assert about("[ann]").key not in (0, about("[other]").key)
