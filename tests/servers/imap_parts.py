"""Cuts a message into the sections that IMAP names, and describes them, for the fake server."""

import re

from protocols.mime.parse import parse_message
from protocols.mime.part import Part

_ITEM = re.compile(r"BODY\.PEEK\[(.*?)\](?:<(\d+)\.(\d+)>)?")


def items(raw: bytes, wanted: str) -> list[bytes]:
    """The BODYSTRUCTURE and BODY items of a FETCH answer, as literals."""
    found = [b"BODYSTRUCTURE " + structure(raw).encode()] if "BODYSTRUCTURE" in wanted else []
    for match in _ITEM.finditer(wanted):
        data, origin = section(raw, match[1]), ""
        if match[2] is not None:
            data, origin = data[int(match[2]) :][: int(match[3])], f"<{match[2]}>"
        found.append(b"BODY[%s]%s {%d}\r\n%s" % (match[1].encode(), origin.encode(), len(data), data))
    return found


def section(raw: bytes, name: str) -> bytes:
    """The bytes of one section; of one that the message has not, none."""
    if not name:
        return raw
    if name.startswith("HEADER"):
        return raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    number, _, word = name.rpartition(".") if name.endswith(("MIME", "HEADER")) else (name, "", "")
    part = next((part for part in parse_message(raw).parts if part.index == number), None)
    if part is None:
        return b""
    fields = part.children[0].fields if word == "HEADER" else part.fields
    return b"".join(b"%s: %s\r\n" % (key.encode(), value) for key, value in fields) + b"\r\n" if word else part.body


def structure(raw: bytes) -> str:
    """The BODYSTRUCTURE of a message (RFC 9051 section 7.5.2)."""
    return _described(parse_message(raw).root)


def _described(part: Part) -> str:
    kind, _, subtype = part.type.partition("/")
    disposition = f'("{part.disposition}" NIL)' if part.disposition else "NIL"
    if part.children and kind == "multipart":
        return f'({"".join(map(_described, part.children))} "{subtype}" {_params(part)} {disposition} NIL)'
    common = f'"{kind}" "{subtype}" {_params(part)} NIL NIL "{part.encoding or "7bit"}" {part.size}'
    if part.children:
        envelope = "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"
        return f"({common} {envelope} {_described(part.children[0])} 1 NIL {disposition} NIL)"
    return f"({common}{' 1' if kind == 'text' else ''} NIL {disposition} NIL)"


def _params(part: Part) -> str:
    pairs = dict(part.params) | ({"name": part.name} if part.name else {})
    quoted = " ".join(f'"{key}" "{value}"' for key, value in pairs.items() if value.isascii())
    return f"({quoted})" if quoted else "NIL"
