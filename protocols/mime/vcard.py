"""Shows contact cards (vCard, RFC 6350 and its ancestors); nothing of them is taken in."""

import binascii
import re

from protocols.mime.blocks import Block, LinkList
from protocols.mime.charsets import decode
from protocols.mime.labelled import empty, heading, labelled

LIMIT = 300_000
CARDS = 50
_FIELDS = {
    "ORG": "Organisation", "TITLE": "Position", "ROLE": "Role", "EMAIL": "Mail", "TEL": "Telephone", "ADR": "Address",
    "URL": "Web", "BDAY": "Born", "NOTE": "Note", "IMPP": "Chat",
}  # fmt: skip
_FOLD = re.compile(r"\r?\n[ \t]")
_ESCAPED = re.compile(r"\\(.)")
_LINE = re.compile(r"(?:[\w-]{1,60}\.)?([\w-]{1,60})((?:;[^:\r\n]{0,500}?)*):(.*)")


def card_blocks(text: str, links: LinkList) -> list[Block] | None:
    """Return the blocks of a text/vcard part, None when it holds no card.  Never raises."""
    if len(text) > LIMIT:
        return None
    blocks: list[Block] = []
    for name, values in _cards(text):
        blocks.append(heading(name or "(no name)"))
        for label, value in values:
            blocks += labelled(label, value, links)
        blocks.append(empty())
    return blocks or None


def _unfolded_qp(text: str) -> str:
    """Join lines of quoted-printable values (vCard 2.1), which end in "="."""
    return re.sub(r"=\r?\n", "", text) if "QUOTED-PRINTABLE" in text.upper() else text


def _cards(text: str) -> list[tuple[str, list[tuple[str, str]]]]:
    found: list[tuple[str, list[tuple[str, str]]]] = []
    name, parts = "", ""
    values: list[tuple[str, str]] = []
    for written in _FOLD.sub("", _unfolded_qp(text)).splitlines():
        match = _LINE.match(written.strip())
        if match is None:
            continue
        field, params, value = match[1].upper(), match[2].upper(), _value(match[2].upper(), match[3])
        if field == "BEGIN":
            name, parts, values = "", "", []
        elif field == "FN":
            name = value
        elif field == "N":
            parts = " ".join(part for part in reversed(value.split("; ")[:2]) if part)
        elif field == "END" and len(found) < CARDS:
            found.append((name or parts, values))
        elif field in _FIELDS and "ENCODING=B" not in params.replace("BASE64", "B"):
            values.append((_FIELDS[field], value))
    return found


def _value(params: str, value: str) -> str:
    """A value for people: encodings and escapes undone, the parts of a compound one joined."""
    if "QUOTED-PRINTABLE" in params:
        charset = re.search(r"CHARSET=([\w-]{1,40})", params)
        value = decode(binascii.a2b_qp(value.encode("utf-8", "replace")), charset[1] if charset else "")
    joined = "; ".join(part for part in re.split(r"(?<!\\);", value) if part)
    return _ESCAPED.sub(lambda found: " " if found[1] in "nN" else found[1], joined)
