"""Reads from an element's style how its text is drawn: not at all, at size zero, or in the colour behind it."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

Colour = tuple[int, int, int]

_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|mso-hide\s*:\s*all|opacity\s*:\s*0(?:\.0*)?\s*(?:;|!|$)|"
    r"(?:left|top|text-indent)\s*:\s*-\d{3,}",
    re.IGNORECASE,
)
_CLOSED_BOX = re.compile(r"(?:max-)?(?:height|width)\s*:\s*0(?:px)?\s*(?:;|!|$)", re.IGNORECASE)
_CLIPPED = re.compile(r"overflow\s*:\s*hidden", re.IGNORECASE)
_FONT_SIZE = re.compile(r"font-size\s*:\s*([\d.]+)", re.IGNORECASE)
_COLOUR = re.compile(r"(?:^|[;\s])color\s*:\s*([^;!]{1,60})", re.IGNORECASE)
_BACKGROUND = re.compile(r"background(?:-color|-image)?\s*:\s*([^;!]{1,200})", re.IGNORECASE)
_HEX = re.compile(r"#?([0-9a-f]{6}|[0-9a-f]{3})", re.IGNORECASE)
_RGB = re.compile(r"rgb\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)", re.IGNORECASE)
_NAMES: dict[str, Colour] = {
    "white": (255, 255, 255), "black": (0, 0, 0), "red": (255, 0, 0), "green": (0, 128, 0), "blue": (0, 0, 255),
    "yellow": (255, 255, 0), "gray": (128, 128, 128), "grey": (128, 128, 128), "silver": (192, 192, 192),
    "snow": (255, 250, 250), "ivory": (255, 255, 240), "whitesmoke": (245, 245, 245), "navy": (0, 0, 128),
}  # fmt: skip
_CLOSE = 6
"""Steps of 256 in each channel that nobody can tell apart."""
_LENGTH = 4096


class Drawing(NamedTuple):
    """How text inside an element is drawn."""

    tiny: bool = False
    colour: Colour | None = None
    behind: Colour | None = None
    """None: not known, as behind a picture or where only a style sheet would tell."""

    @property
    def is_seen(self) -> bool:
        """Whether anybody could read it."""
        return not self.tiny and not (
            self.colour is not None and self.behind is not None and _alike(self.colour, self.behind)
        )


class _Style(NamedTuple):
    hidden: bool
    size_is_zero: bool | None
    colour: Colour | None
    behind: Colour | None
    picture: bool


PLAIN = Drawing()


def is_hidden(attributes: Mapping[str, str | None]) -> bool:
    """Whether an element with these attributes, and all in it, is not drawn."""
    style = attributes.get("style")
    return "hidden" in attributes or bool(style and _style(style[:_LENGTH]).hidden)


def inside(outer: Drawing, attributes: Mapping[str, str | None]) -> Drawing:
    """How text is drawn in an element that stands in `outer`."""
    if not attributes:
        return outer
    style = attributes.get("style")
    tiny, colour, behind = outer
    if (named := attributes.get("bgcolor")) and (found := _colour(named)) is not None:
        behind = found
    if (named := attributes.get("color") or attributes.get("text")) and (found := _colour(named)) is not None:
        colour = found
    if attributes.get("background"):
        behind = None
    if style:
        said = _style(style[:_LENGTH])
        tiny = tiny if said.size_is_zero is None else said.size_is_zero
        colour = said.colour or colour
        behind = None if said.picture else said.behind or behind
    return Drawing(tiny, colour, behind)


@lru_cache(maxsize=2048)
def _style(style: str) -> _Style:
    hidden = _HIDDEN.search(style) is not None
    hidden = hidden or (_CLIPPED.search(style) is not None and _CLOSED_BOX.search(style) is not None)
    size = _FONT_SIZE.search(style)
    colour, background = _COLOUR.search(style), _BACKGROUND.search(style)
    behind = _colour(background[1]) if background else None
    return _Style(
        hidden,
        None if size is None else not size[1].strip("0."),
        _colour(colour[1]) if colour else None,
        behind,
        background is not None and behind is None,
    )


@lru_cache(maxsize=512)
def _colour(text: str) -> Colour | None:
    """A colour as CSS or HTML writes it; None for all that is not plain."""
    word = text.strip()[:60].lower()
    if found := _HEX.fullmatch(word):
        digits = found[1] if len(found[1]) == 6 else "".join(digit * 2 for digit in found[1])
        return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)
    if found := _RGB.fullmatch(word):
        return min(int(found[1]), 255), min(int(found[2]), 255), min(int(found[3]), 255)
    return _NAMES.get(word)


def _alike(one: Colour, other: Colour) -> bool:
    return all(abs(a - b) <= _CLOSE for a, b in zip(one, other, strict=True))
