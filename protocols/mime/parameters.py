"""Media types and dispositions with their parameters (RFC 2045 section 5, RFC 2231), bounded and tolerant."""

import re
from urllib.parse import unquote_to_bytes

from protocols.mime.charsets import decode
from protocols.mime.words import decode_words, unfolded

_COUNT = 200
_LENGTH = 16_384
_HEAD = re.compile(r"[^;\s(]*(?:\s*/\s*[^;\s(]+)?")
# A name, then a quoted value (closed or not) or a bare one: senders leave spaces and "=" bare, so only ";" ends it.
_PARAMETER = re.compile(r';\s*([^\s=;"]{1,128})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|"?([^;"]*))')
_ESCAPE = re.compile(r"\\(.)")
_SECTION = re.compile(r"([^*]+)(?:\*(\d{1,3}))?(\*)?")
_COMMENT = re.compile(r"\s*\([^()]*\)\s*$")


def parameters(value: bytes | str) -> tuple[str, dict[str, str]]:
    """Return the first word in lower case ("text/plain", "attachment", or "") and its parameters by lower-case name.

    Of duplicates the first wins, of RFC 2231 and plain forms the RFC 2231 form.  Encoded words in values, which
    RFC 2047 forbids and mailers write, are decoded.  At most 200 parameters and 16 KiB are read.
    """
    text = unfolded(value[:_LENGTH])
    head = _HEAD.match(text)
    word = re.sub(r"\s", "", head[0]).lower() if head else ""
    rest = text.find(";")
    if rest < 0:
        return word, {}
    plain: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[str, bool]]] = {}
    for count, found in enumerate(_PARAMETER.finditer(text, rest)):
        if count >= _COUNT:
            break
        name = found[1].lower()
        content = _ESCAPE.sub(r"\1", found[2]) if found[2] is not None else _bare(found[3])
        section = _SECTION.fullmatch(name) if "*" in name else None
        if section is None:
            plain.setdefault(name, _worded(content))
        else:
            order = sections.setdefault(section[1], {})
            order.setdefault(int(section[2] or 0), (content, section[3] is not None))
    return word, plain | {name: _joined(order) for name, order in sections.items()}


def _bare(text: str) -> str:
    return _COMMENT.sub("", text).strip()


def _worded(text: str) -> str:
    return decode_words(text).replace("\0", "") if "=?" in text else text


def _joined(order: dict[int, tuple[str, bool]]) -> str:
    """Join the sections of RFC 2231 up to the first gap; the charset stands in the first one."""
    charset = ""
    data = b""
    for number in range(len(order)):
        if number not in order:
            break
        content, extended = order[number]
        if extended and number == 0 and content.count("'") >= 2:
            charset, _, content = content.split("'", 2)
        data += unquote_to_bytes(content) if extended else content.encode("utf-8", "replace")
    return decode(data, charset).replace("\0", "")
