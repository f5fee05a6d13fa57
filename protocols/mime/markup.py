"""Guards the HTML parser against markup that costs it quadratic time, and strips tags in a hurry."""

import html
import re

from selectolax.lexbor import LexborHTMLParser

INPUT_LIMIT = 4_000_000
"""Characters of one HTML part that are looked at."""

_DEPTH = 400
_FORMATTING_DEPTH = 40
_FEW = 200

# Elements whose end HTML implies cannot nest without the containers that are counted here.
_CONTAINERS = re.compile(
    r"<(/?)(div|table|ul|ol|dl|blockquote|span|center|section|article|main|nav|aside|header|footer|form|fieldset|details|"
    r"figure|pre|button|object|svg|math|label|ruby|font|big|small|strike|strong|nobr|code|em|tt|a|b|i|s|u|sub|sup|ins|del|"
    r"[a-z0-9]+[-:][a-z0-9:-]*)(?=[\s/>])",
    re.IGNORECASE,
)
_FORMATTING = frozenset(("font", "big", "small", "strike", "strong", "nobr", "code", "em", "tt", "a", "b", "i", "s", "u"))
_DATA_URI = re.compile(r"data:[a-z0-9/+.-]{1,60};base64,[A-Za-z0-9+/=\s]{200,}", re.IGNORECASE)
_UNREAD = re.compile(r"<(script|style|title|head)\b[^<>]*>.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^<>]*>")
_BREAK = re.compile(r"<(?:br|/p|/div|/tr|/li|/h[1-6]|/blockquote|hr)\b[^<>]*>", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


def parsed(source: str) -> LexborHTMLParser | None:
    """Parse HTML, or return None when its nesting would take the parser quadratic time or space."""
    source = source[:INPUT_LIMIT]
    if "base64," in source:
        source = _DATA_URI.sub("data:", source)
    if source.count("<") > _FEW and not _is_sane(source):
        return None
    return LexborHTMLParser(source.replace("\0", ""))


def _is_sane(source: str) -> bool:
    """Follow how deep elements stand open: every tag walks that stack, and formatting is rebuilt in each paragraph."""
    deep = formatting = 0
    for closing, name in _CONTAINERS.findall(source):
        step = -1 if closing else 1
        deep = max(0, deep + step)
        if name.lower() in _FORMATTING:
            formatting = max(0, formatting + step)
        if deep > _DEPTH or formatting > _FORMATTING_DEPTH:
            return False
    return True


def stripped(source: str) -> str:
    """Return the text of HTML without parsing it: tags out, character references in.  Linear, never raises."""
    text = source[:INPUT_LIMIT]
    if "</" in text:
        text = _without_pairs(text)
    text = _TAG.sub(" ", _BREAK.sub("\n", text))
    return "\n".join(line for line in (unescaped(text)).split("\n") if line.strip())


def unescaped(text: str) -> str:
    """Replace character references; numbers of any length, which `html.unescape` refuses beyond the limit of int()."""
    return html.unescape(re.sub(r"&#[xX]?[0-9A-Fa-f]{9,};?", "\N{REPLACEMENT CHARACTER}", text))


def _without_pairs(text: str) -> str:
    """Drop scripts, styles and comments that are closed; an unclosed one hides nothing here."""
    if text.count("<!--") <= 2 * text.count("-->") + 10:
        text = _COMMENT.sub("", text)
    return _UNREAD.sub(" ", text) if text.lower().count("</s") < 1000 else text
