"""What a person types without marks finds what was written with them."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.search.fold import fold, is_searchable


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("Hóa đơn", "hoa don"),
        ("hoá đơn", "HOA DON"),
        ("Đà Nẵng", "da nang"),
        ("Nguyễn Thị Ánh Tuyết", "nguyen thi anh tuyet"),
        ("Straße", "strasse"),
        ("Łódź", "lodz"),
        ("İstanbul ışık", "istanbul isik"),
        ("Ærø", "aero"),
        ("ΣΊΣΥΦΟΣ", "σισυφος"),
        ("ﬁnance", "finance"),
        ("ＡＢＣ１", "abc1"),
        ("in\u00advoice", "invoice"),
        ("\u200bword\u200d", "word"),
        ("é\ud800", "e"),
    ],
)
def test_marks_case_and_compatibility_forms_do_not_matter(written: str, typed: str) -> None:
    assert fold(written) == fold(typed)
    assert fold(unicodedata.normalize("NFD", written)) == fold(typed)


def test_scripts_without_blanks_are_indexed_by_character() -> None:
    assert fold("日本語 text").split() == ["日", "本", "語", "text"]
    assert fold("ｶﾞﾗｽ").split() == ["ガ", "ラ", "ス"]
    assert fold("한국").split() == ["한", "국"]


def test_kana_keep_their_marks() -> None:
    assert fold("か\u3099") == fold("が") != fold("か")


@given(st.text())
def test_folding_again_changes_no_word_and_any_text_can_be_folded(text: str) -> None:
    folded = fold(text)
    assert fold(folded).split() == fold(fold(folded)).split()
    folded.encode()


@given(st.text(st.characters(max_codepoint=0x2BFF)))
def test_the_short_way_through_plain_letters_comes_to_the_same_words(text: str) -> None:
    alone = re.findall(r"\w+", fold(text))
    beside_an_ideograph = re.findall(r"\w+", fold(f"{text} 中"))  # which makes it go the long way
    assert [*alone, "中"] == beside_an_ideograph


def test_only_letters_and_digits_can_be_searched_for() -> None:
    assert is_searchable(fold("C++"))
    assert is_searchable(fold("日"))
    assert not is_searchable(fold("-- & *\"'"))
    assert not is_searchable("")


@given(st.text(st.sampled_from("aĐđễỮằ ê“x—\u00a0•Üñç\n\r\0B1,"), max_size=60))
def test_a_text_of_frequent_letters_is_folded_as_each_letter_is(text):
    assert fold(text) == "".join(map(fold, text))
    assert fold(text + "Ω").startswith(fold(text))
