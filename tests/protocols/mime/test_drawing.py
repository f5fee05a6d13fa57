"""A picture for a terminal is spelled anew, in letters that no terminal acts on, and is never long."""

import io
from base64 import b64decode
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from protocols import inspecting
from protocols.errors import Misbehaved
from protocols.mime.drawing import LETTERS, Drawing, Form, Space, drawing
from protocols.mime.sixel import sixels
from tests.servers.graphic_terminal import sixel_picture

SPACE = Space(30, 10, (6, 12))


def file(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    made = io.BytesIO()
    picture.save(made, kind, **options)
    return made.getvalue()


def picture_of(drawn: Drawing) -> Image.Image:
    """What a terminal would show."""
    if drawn.form == "sixel":
        return sixel_picture(drawn.letters)
    return Image.open(io.BytesIO(b64decode(drawn.letters))).convert("RGB")


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(("kitty", "sixel")), st.integers(1, 90), st.integers(1, 70), st.binary(min_size=4, max_size=64))
def test_whatever_the_picture_only_letters_of_ours_come_of_it(form: Form, width: int, height: int, some: bytes):
    """T08: Drawing refuses all others."""
    pixels = (some * (width * height * 4 // len(some) + 1))[: width * height * 4]
    drawn = drawing(file(Image.frombytes("RGBA", (width, height), pixels)), "image/png", form, SPACE)
    assert drawn is not None and drawn.letters.isascii() and drawn.letters.isprintable()
    assert 1 <= drawn.columns <= 30 and 1 <= drawn.rows <= 10
    shown = picture_of(drawn)
    assert shown.size == (drawn.width, drawn.height) == (drawn.columns * 6, drawn.rows * 12)


@pytest.mark.parametrize("form", ["kitty", "sixel"])
def test_it_shows_the_picture_on_its_ground(form: Form):
    picture = Image.new("RGBA", (60, 40), (255, 0, 0, 255))
    picture.paste((0, 0, 255, 0), (0, 20, 60, 40))
    drawn = drawing(file(picture), "image/png", form, replace(SPACE, background=(0, 255, 0)))
    assert drawn is not None and (drawn.columns, drawn.rows, drawn.was) == (10, 4, (60, 40))
    shown = picture_of(drawn)
    assert [shown.getpixel(at) for at in ((0, 0), (59, 19), (0, 21), (59, 47))] == [
        (255, 0, 0), (255, 0, 0), (0, 255, 0), (0, 255, 0)
    ]  # fmt: skip


@pytest.mark.parametrize("form", ["kitty", "sixel"])
def test_it_is_as_large_as_its_place_and_no_larger(form: Form):
    drawn = drawing(file(Image.new("RGB", (1000, 100))), "image/png", form, SPACE)
    assert drawn is not None and (drawn.columns, drawn.rows, drawn.was) == (30, 2, (1000, 100))


@pytest.mark.parametrize("form", ["kitty", "sixel"])
def test_noise_becomes_smaller_until_it_is_short(form: Form):
    noise = file(Image.effect_noise((900, 900), 120).convert("RGB"), "JPEG")
    drawn = drawing(noise, "image/jpeg", form, Space(70, 25, (8, 16)))
    assert drawn is not None and len(drawn.letters) <= LETTERS


def test_noise_takes_few_attempts(monkeypatch: pytest.MonkeyPatch):
    """A08: the process that draws has some seconds."""
    tried, made = list[tuple[int, int]](), Image.Image.quantize

    def counted(picture: Image.Image, *arguments: object, **options: object) -> Image.Image:
        tried.append(picture.size)
        return made(picture, *arguments, **options)

    monkeypatch.setattr(Image.Image, "quantize", counted)
    noise = file(Image.effect_noise((900, 900), 120).convert("RGB"), "JPEG")
    assert drawing(noise, "image/jpeg", "sixel", Space(200, 60, (10, 20))) is not None
    assert sum(width * height for width, height in tried) < 2 * tried[0][0] * tried[0][1]


def test_nothing_that_the_file_says_goes_along():
    """T08: its comments neither."""
    said = PngImagePlugin.PngInfo()
    said.add_text("Comment", "\x1b]52;c;eA==\x07 words")
    drawn = drawing(file(Image.new("RGB", (8, 8)), pnginfo=said), "image/png", "kitty", SPACE)
    assert drawn is not None
    made = b64decode(drawn.letters)
    assert b"words" not in made and b"tEXt" not in made and b"52;c" not in made


@pytest.mark.parametrize(
    ("form", "letters"),
    [
        ("kitty", "AAAA\x1b\\"), ("kitty", "AA\nAA"), ("kitty", ""), ("kitty", "A" * (LETTERS + 1)), ("kitty", "é"),
        ("sixel", '"1;1;9;9\x1b\\\x1b]52;c;eA==\x07'), ("sixel", "#0"), ("sixel", '"1;1;9;9#0\x9c'), ("sixel", ""),
        ("sixel", '"1;1;9;9\x18'),
    ],
)  # fmt: skip
def test_other_letters_are_refused(form: Form, letters: str):
    """T08: also when the process that draws has been taken over."""
    with pytest.raises(ValueError):
        Drawing(form, 1, 1, 9, 9, letters, (9, 9))


def test_sixels_repeat_and_leave_out_what_is_blank():
    assert sixels(9, 2, [(255, 255, 255), (0, 0, 0)], bytes(9) + bytes([1] * 3 + [0] * 6)) == (
        '"1;1;9;2#0;2;100;100;100#1;2;0;0;0#0@@@!6B$#1AAA'
    )


def test_the_process_draws_and_a_bomb_costs_nothing():
    """A08"""
    assert inspecting.drawn(file(Image.new("RGB", (60, 40))), "image/png", "sixel", SPACE) is not None
    assert inspecting.drawn(b"x", "image/svg+xml", "kitty", SPACE) is None
    bomb = bytearray(file(Image.new("L", (8, 8))))
    bomb[16:24] = (60_000).to_bytes(4, "big") * 2
    with pytest.raises(Misbehaved):
        inspecting.drawn(bytes(bomb), "image/png", "kitty", SPACE)
