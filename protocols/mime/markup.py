"""Guards the HTML parser against markup that costs it quadratic time, and strips tags in a hurry."""

import html
import re

from selectolax.lexbor import LexborHTMLParser

INPUT_LIMIT = 4_000_000
"""Characters of one HTML part that are looked at."""

_DEPTH = 400
_FORMATTING_DEPTH = 40
_FEW = 200

_NAMES = re.compile(r"<(/?[a-z][a-z0-9:_-]*)")
# Elements whose end HTML implies, or that have none: they do not nest without another element that is counted.
_IMPLIED = frozenset(
    (
        *(
            "p",
            "li",
            "td",
            "th",
            "tr",
            "tbody",
            "thead",
            "tfoot",
            "dt",
            "dd",
            "html",
            "head",
            "body",
            "title",
            "caption",
        ),
        *("br", "hr", "img", "input", "meta", "link", "wbr", "col", "area", "base", "embed", "source", "track"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "script", "style", "colgroup"),
    )
)
_FORMATTING = frozenset(
    ("font", "big", "small", "strike", "strong", "nobr", "code", "em", "tt", "a", "b", "i", "s", "u")
)
# Lexbor is quadratic in these elements (100,000 options: a minute); as unknown elements they are plain boxes.
_SLOW = re.compile(r"<(/?)(?:option|optgroup|select|selectedcontent|ruby|rtc|rt|rp|rb)(?=[\s/>])", re.IGNORECASE)
_TAG_LENGTH = 30_000
_OPEN_VALUE = re.compile(r"=\s*(?:\"[^\">]*>|'[^'>]*>)")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_ANY_QUOTE = re.compile(r"[\"']")
_TAG_START = re.compile(r"</?[a-zA-Z]")
_DATA_URI = re.compile(r"data:[a-z0-9/+.-]{1,60};base64,[A-Za-z0-9+/=\s]{200,}", re.IGNORECASE)
_UNREAD = re.compile(r"<!--|<(script|style|title|head)\b[^<>]*>", re.IGNORECASE)
_END_OF = {
    "": re.compile("-->"),
    **{name: re.compile(rf"</{name}\s*>", re.IGNORECASE) for name in ("script", "style", "title", "head")},
}
_TAG = re.compile(r"<[^<>]*>")
_BREAK = re.compile(r"<(?:br|/p|/div|/tr|/li|/h[1-6]|/blockquote|hr)\b[^<>]*>", re.IGNORECASE)


def parsed(source: str) -> LexborHTMLParser | None:
    """Parse HTML, or return None when its nesting would take the parser quadratic time or space."""
    source = source[:INPUT_LIMIT].replace("\0", "")
    if "base64," in source:
        source = _DATA_URI.sub("data:", source)
    lower = source.lower()
    if "<opt" in lower or "<sel" in lower or "<r" in lower:
        source = _SLOW.sub(r"<\1span", source)
    if (source.count("<") > _FEW and not _is_sane(lower)) or _has_endless_tag(source):
        return None
    return LexborHTMLParser(source)


def _is_sane(lower: str) -> bool:
    """Follow how deep elements stand open: every tag walks that stack, and formatting is rebuilt in each paragraph.

    The attributes of every further <html> and <body> are compared with those of the first.
    """
    if lower.count("<body") + lower.count("<html") > _DEPTH:
        return False
    deep = formatting = 0
    for name in _NAMES.findall(lower):
        if name in _IMPLIED:
            continue
        if name[0] != "/":
            deep += 1
            if name in _FORMATTING:
                formatting += 1
                if formatting > _FORMATTING_DEPTH:
                    return False
            if deep > _DEPTH:
                return False
        elif name[1:] not in _IMPLIED:
            deep = max(0, deep - 1)
            if name[1:] in _FORMATTING:
                formatting = max(0, formatting - 1)
    return True


def _has_endless_tag(source: str) -> bool:
    """Tell whether a tag is so long that comparing its attributes with each other would take seconds.

    A tag ends at ">", unless that stands in a quoted value; quotes are followed only where a value does hold one.
    """
    follow = _OPEN_VALUE.search(source) is not None
    pieces = source.split(">")
    if not follow and max(map(len, pieces)) < _TAG_LENGTH:
        return False
    length = 0
    quote = ""
    for piece in pieces:
        if not length:
            start = _TAG_START.search(piece)
            if start is None:
                continue
            piece = piece[start.start() :]
        length += len(piece) + 1
        if length > _TAG_LENGTH:
            return True
        quote = _open_quote(piece, quote) if follow else ""
        if not quote:
            length = 0
    return False


def _open_quote(piece: str, quote: str) -> str:
    """Return the quotation mark that is open at the end of a piece, when `quote` was open before it."""
    if quote:
        _, closed, piece = piece.partition(quote)
        if not closed:
            return quote
    left = _QUOTED.sub("", piece)
    found = _ANY_QUOTE.search(left)
    return found[0] if found else ""


def stripped(source: str) -> str:
    """Return the text of HTML without parsing it: tags out, character references in.  Linear, never raises."""
    text = source[:INPUT_LIMIT]
    if "</" in text or "-->" in text:
        text = _without_pairs(text)
    text = _TAG.sub(" ", _BREAK.sub("\n", text))
    return "\n".join(line for line in (unescaped(text)).split("\n") if line.strip())


def unescaped(text: str) -> str:
    """Replace character references; numbers of any length, which `html.unescape` refuses beyond the limit of int()."""
    return html.unescape(re.sub(r"&#[xX]?[0-9A-Fa-f]{9,};?", "\N{REPLACEMENT CHARACTER}", text))


def _without_pairs(text: str) -> str:
    """Drop scripts, styles and comments that are closed; an unclosed one hides nothing here.

    An end that is not there is looked for once: with the bytes of strangers each beginning could look for it anew.
    """
    pieces: list[str] = []
    endless: set[str] = set()
    end = 0
    found = _UNREAD.search(text)
    while found is not None:
        name = (found[1] or "").lower()
        closing = None if name in endless else _END_OF[name].search(text, found.end())
        if closing is None:
            endless.add(name)
        else:
            pieces.append(text[end : found.start()])
            end = closing.end()
        found = _UNREAD.search(text, found.end() if closing is None else end)
    return " ".join((*pieces, text[end:]))
