"""Makes foreign text safe for a terminal, and marks it as safe by its type.

Decode first, clean last: everything that came in a mail, a header, a file name, a folder name or a server's answer goes
through `line` (one line), `block` (bodies), `url` or `file_name` before it is drawn.  Nothing here ever raises.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NewType

SafeText = NewType("SafeText", str)
"""Text without control characters, bidirectional controls, invisible characters or endless combining marks."""

MARKS = 8
"""Combining marks drawn on one base character; more of them would climb over the neighbouring rows."""

_REPLACED = "\N{REPLACEMENT CHARACTER}"
_BREAKS = frozenset((0x0A, 0x0B, 0x0C, 0x0D, 0x85, 0x2028, 0x2029))
_BLANKS = frozenset((0x2800, 0x3164, 0xFFA0))
_JOINERS = frozenset((0x200C, 0x200D))
# Printable by Unicode's categories, yet drawn as nothing or as a blank.
_ODD = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0\U000e0000-\U000e0fff]")
# A run long enough to hold more than MARKS marks: marks are neither word characters nor ASCII.
_STACK = re.compile(r"[^\w\x00-\x7f]{9,}")
_SPACES = re.compile("  +")
# A joiner has a purpose between emoji and between letters of scripts that join; never beside ASCII.
_IDLE_JOINER = re.compile(
    "(?<![^\\x00-\\x7f\u200c\u200d])[\u200c\u200d]+|[\u200c\u200d]+(?![^\\x00-\\x7f\u200c\u200d])"
)
_CACHE_LIMIT = 20_000


class _Table(dict[int, str]):
    """A `str.translate` table that fills itself: one entry for each code point met."""

    def __init__(self, breaks: str, kept: frozenset[int]) -> None:
        super().__init__()
        self._breaks = breaks
        self._kept = kept

    def __missing__(self, code: int) -> str:
        if len(self) > _CACHE_LIMIT:
            self.clear()
        result = self[code] = self._cleaned(code)
        return result

    def _cleaned(self, code: int) -> str:
        char = chr(code)
        if code in self._kept:
            return char
        if code in _BREAKS:
            return self._breaks
        if code in _BLANKS or code == 9:
            return " "
        if _ODD.match(char):
            return ""
        category = unicodedata.category(char)
        if category == "Zs":
            return " "
        if category == "Cf":
            return ""
        return _REPLACED if category in ("Cc", "Cs", "Cn", "Co") else char


_LINE = _Table(" ", frozenset())
_BLOCK = _Table("\n", frozenset((0x09, 0x0A, 0x3000)) | _JOINERS)


def line(text: str, limit: int = 1000) -> SafeText:
    """Return `text` as one safe line of at most `limit` characters, cut with an ellipsis.

    Breaks and tabs become spaces, runs of blanks one space; control characters become U+FFFD; bidirectional
    controls and invisible characters go; the rest is NFC.  Clean text returns at once: this runs for every list cell.
    """
    if len(text) <= limit and text.isprintable() and "  " not in text and (text.isascii() or _is_clean(text)):
        return SafeText(text)
    cleaned = _SPACES.sub(" ", _composed(text[: 16 * limit].translate(_LINE)))
    return SafeText(cleaned if len(cleaned) <= limit else cleaned[: limit - 1] + "…")


def block(text: str) -> SafeText:
    """Return `text` as safe lines separated by LF, tabs expanded to columns of 8."""
    if text.isascii() and text.isprintable():
        return SafeText(text)
    cleaned = text.replace("\r\n", "\n").translate(_BLOCK)
    if "\t" in cleaned:
        cleaned = cleaned.expandtabs(8)
    if cleaned.isascii():
        return SafeText(cleaned)
    if "\u200d" in cleaned or "\u200c" in cleaned:
        cleaned = _IDLE_JOINER.sub("", cleaned)
    return SafeText(_composed(cleaned))


def _is_clean(text: str) -> bool:
    """Tell whether printable text needs no further work."""
    return not _ODD.search(text) and not _STACK.search(text) and unicodedata.is_normalized("NFC", text)


def _composed(text: str) -> str:
    """Return `text` with few marks per base, in NFC; marks are cut first, because sorting a long run is quadratic."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", _STACK.sub(_thinned, text))


def _thinned(match: re.Match[str]) -> str:
    """Cut each run of marks to MARKS, and take the joiners out of a chain that has more than MARKS of them."""
    run = match[0]
    if run.count("\u200d") + run.count("\u200c") > MARKS:
        run = run.replace("\u200d", "").replace("\u200c", "")
    marks = "".join(char for char in set(run) if unicodedata.category(char)[0] == "M")
    return re.sub(f"(?<=[{marks}]{{{MARKS}}})[{marks}]+", "", run) if marks else run


_NAME_LIMIT = 255
_EXTENSION_LIMIT = 32
_SEPARATORS = re.compile(r"[/\\:*?\"<>|`$\N{FRACTION SLASH}\N{DIVISION SLASH}\N{BIG SOLIDUS}\N{FULLWIDTH SOLIDUS}]")
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)


def file_name(text: str) -> SafeText:
    """Return one path component that is safe to create and to show: no path, no leading dot or dash, at most 255 bytes.

    The last component of a path is kept, and the extension when the name has to be cut; "unnamed" when nothing is left.
    """
    flat = line(text, 4096).replace("\N{REPLACEMENT CHARACTER}", "_").replace("…", "...")
    last = re.split(r"[/\\]", flat.rstrip("/\\. "))[-1]
    name = _SEPARATORS.sub("_", last).strip().lstrip(".-~ ").rstrip(". ")
    if not name.strip("_"):
        return SafeText("unnamed")
    if _DEVICES.match(name):
        name = "_" + name
    return SafeText(_shortened(name))


def _shortened(name: str) -> str:
    """Cut a name to 255 bytes of UTF-8 between characters, keeping a short extension."""
    if len(name.encode()) <= _NAME_LIMIT:
        return name
    stem, dot, extension = name.rpartition(".")
    if not dot or not stem or len(extension.encode()) > _EXTENSION_LIMIT:
        stem, dot, extension = name, "", ""
    room = _NAME_LIMIT - len((dot + extension).encode())
    return stem.encode()[:room].decode("utf-8", "ignore").rstrip(". ") + dot + extension


URL_LIMIT = 2083
_URL = re.compile(r"(https?)://([^/?#\\]*)(.*)", re.IGNORECASE)
_MAILTO = re.compile(r"mailto:([^?]*)(?:\?(.*))?", re.IGNORECASE)
_MAILTO_FIELDS = frozenset(("subject", "body", "cc", "in-reply-to", "references"))
_TABS_AND_ENDS = re.compile("[\t\r\n]")
_UNWISE = re.compile(r"[^A-Za-z0-9\-._~:/?#@!$&()*+,;=%\[\]]")
_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.?|\[[0-9a-f:.]+\]")
_PORT = re.compile(r":\d{0,5}$")


def url(text: str) -> SafeText | None:
    """Return an address that may be opened, ASCII only and at most 2083 characters, or None when it must not be.

    Only http, https and mailto; the host in its ASCII form (RFC 5891), odd characters percent-encoded.  A mailto keeps
    only the fields that cannot attach, hide or send anything (RFC 6068 section 7).
    """
    if len(text) > 2 * URL_LIMIT:
        return None
    bare = _TABS_AND_ENDS.sub("", text.strip())
    if match := _URL.fullmatch(bare):
        result = _web(match[1].lower(), match[2], match[3])
    elif match := _MAILTO.fullmatch(bare):
        result = _mailto(match[1], match[2] or "")
    else:
        return None
    return SafeText(result) if result and len(result) <= URL_LIMIT else None


def host_of(url: SafeText) -> SafeText:
    """Return where an address of `url()` really leads: its host in lower case, or the domain of a mailto."""
    scheme, _, rest = url.partition(":")
    if scheme == "mailto":
        return SafeText(rest.partition("?")[0].rpartition("@")[2].lower())
    authority = re.split(r"[/?#]", rest[2:], maxsplit=1)[0]
    return SafeText(_PORT.sub("", authority.rpartition("@")[2]).rstrip("."))


def _web(scheme: str, authority: str, rest: str) -> str | None:
    user, at, place = authority.rpartition("@")
    port = _PORT.search(place)
    host = _ascii_host(place[: port.start()] if port else place)
    if host is None:
        return None
    return f"{scheme}://{_quoted(user)}{at}{host}{port[0] if port else ''}{_quoted(rest)}"


@lru_cache(maxsize=1024)
def _ascii_host(host: str) -> str | None:
    if not host.isascii():
        if len(host) > 253:
            return None
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    host = host.lower()
    return host if len(host) <= 253 and _HOST.fullmatch(host) else None


def _mailto(recipients: str, query: str) -> str | None:
    if "@" not in recipients:
        return None
    fields = [part for part in query.split("&") if part.partition("=")[0].lower() in _MAILTO_FIELDS]
    return "mailto:" + _quoted(recipients) + ("?" + _quoted("&".join(fields)) if fields else "")


def _quoted(text: str) -> str:
    """Percent-encode what may not stand in an address (RFC 3986 section 2.1); lone surrogates become U+FFFD."""
    return _UNWISE.sub(lambda found: "".join(f"%{byte:02X}" for byte in _utf8(found[0])), text)


def _utf8(text: str) -> bytes:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
