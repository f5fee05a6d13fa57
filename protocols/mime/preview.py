"""Makes the one-line preview of a message: the first words its sender wrote."""

import re
from collections.abc import Iterator

LENGTH = 160
"""Characters of a preview."""

_LINES = 200
_SCAN = 16_384
# "On Monday, Bob wrote:" in the languages that mailers write it in, with or without the address.
_ATTRIBUTION = re.compile(
    r".{0,300}\b(?:wrote|a écrit|schrieb|escribió|escreveu|ha scritto|schreef|skrev|đã viết|viết)[^:]{0,100}:$",
    re.IGNORECASE,
)
_ORIGINAL = re.compile(
    r"-{2,}\s*(?:original message|forwarded message|ursprüngliche nachricht|message d'origine)", re.IGNORECASE
)
# What HTML mails pad their preheader with so that the list shows nothing else.
_PADDING = re.compile("[\u00ad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u2007\u2060-\u2064\u2800\u3164\ufeff\uffa0]+")
_URL = re.compile(r"<?https?://\S{40,}")
_BLANKS = re.compile(r"\s+")


def preview(text: str) -> str:
    """Return at most 160 characters of what is new in `text`: no quotes, attributions, rules or signature."""
    kept: list[str] = []
    length = 0
    for line in _lines(text):
        bare = " ".join((line if line.isascii() else _PADDING.sub("", line)).split())
        if line.rstrip("\r") == "-- " or (bare[:1] == "-" and _ORIGINAL.match(bare)):
            break
        if not bare or bare[0] == ">" or not any(map(str.isalnum, bare)) or _is_attribution(bare[:400]):
            continue
        bare = _URL.sub("", bare).strip() or bare
        kept.append(bare)
        length += len(bare) + 1
        if length > LENGTH:
            break
    joined = " ".join(kept) or _BLANKS.sub(" ", text[:1000]).strip()
    return joined if len(joined) <= LENGTH else joined[: LENGTH - 1] + "…"


def _lines(text: str) -> Iterator[str]:
    """The first lines, each when it is asked for: as a rule three are enough."""
    start, stop = 0, min(len(text), _SCAN)
    for _ in range(_LINES):
        end = text.find("\n", start, stop)
        if end < 0:
            yield text[start:stop]
            return
        yield text[start:end]
        start = end + 1


def _is_attribution(line: str) -> bool:
    # the colon first: the expression tries every place of the line
    return line.endswith(":") and _ATTRIBUTION.match(line) is not None
