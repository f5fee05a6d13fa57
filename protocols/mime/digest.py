"""What indexing learns from a message, in bulk: one pass over its bytes to a row and a text to search."""

import re
from functools import lru_cache

from protocols.mime import choose
from protocols.mime.headers import addresses, date, decode_header, in_utf8, message_ids, split_headers
from protocols.mime.parse import part_tree
from protocols.mime.part import Fields, Part
from protocols.mime.preview import preview
from protocols.mime.unfold import unfolded_part
from protocols.mime.visible import visible_text
from store.model import Address, Digest

TEXT_LIMIT = 262_144
"""Characters of text that go into the search index."""

_BODY_LIMIT = 1_500_000
_NOBODY = Address("", "")
_NOTHING = Digest("", (), _NOBODY, (), (), "", None, 0, (), "", None)
_REMEMBERED = 400
"""Bytes of an address list that is remembered: a mailbox has the same few people again and again."""
_WANTED = frozenset(
    ("from", "sender", "to", "cc", "subject", "date", "message-id", "references", "in-reply-to", "content-type")
)
_FOLD = re.compile(r"\r?\n[ \t]")
_ESCAPED = re.compile(r"\\(.)")
_EVENT_WORDS = re.compile(r"^(?:SUMMARY|LOCATION|DESCRIPTION)(?:;[^:\r\n]*)?:([^\r\n]+)", re.M | re.I)
_EVENT_PEOPLE = re.compile(r"^(?:ORGANIZER|ATTENDEE)([;:][^\r\n]+)", re.M | re.I)
_WORDS = ("from", "sender", "to", "cc", "subject")


def digest(raw: bytes) -> Digest:
    """Read a whole message for the index.  Never raises: of a damaged message, what could be read."""
    fields, offset = split_headers(raw)
    return digest_parts(fields, part_tree(raw, fields, offset))


def digest_parts(fields: Fields, root: Part) -> Digest:
    """Read the header fields and the parts of a message for the index; parts that are not here have no text."""
    return _with_contents(_digest(fields), root)


def digest_contents(raw: bytes) -> Digest:
    """Read the text, the preview and the attachments of a whole message; what its headers say is left empty."""
    fields, offset = split_headers(raw)
    return _with_contents(_NOTHING, part_tree(raw, fields, offset))


def words(raw: bytes) -> tuple[str, tuple[str, ...]]:
    """Read of a whole message only what is searched for below its headers: its text, and the names of its files."""
    fields, offset = split_headers(raw)
    text, attached = _contents(part_tree(raw, fields, offset))
    return text, _names(attached)


def digest_headers(raw_headers: bytes, size: int = 0) -> Digest:
    """Read a header block alone; `size` is the whole message's octets, unused when the block tells enough.

    The preview is empty, the text None, and the attachments 0: they are known when the body is.
    """
    fields, _ = split_headers(raw_headers)
    return _digest(fields)


def _with_contents(one: Digest, root: Part) -> Digest:
    text, attached = _contents(root)
    return Digest(
        one.message_id, one.references, one.sender, one.to, one.cc, one.subject, one.date,
        len(attached), _names(attached), preview(text) if text else "", text,
    )  # fmt: skip


def _contents(root: Part) -> tuple[str, tuple[Part, ...]]:
    root = unfolded_part(root)
    text = "\n".join(_texts(root))[:TEXT_LIMIT]
    if "\0" in text:
        text = text.replace("\0", "")
    return text, choose.attachments(root)


def _names(attached: tuple[Part, ...]) -> tuple[str, ...]:
    return tuple(part.name for part in attached if part.name)


def _texts(root: Part) -> list[str]:
    texts: list[str] = []
    room = TEXT_LIMIT
    for part in sorted(choose.readable(root), key=_is_calendar):  # what was written says more than what is planned
        if room <= 0:
            break
        if part.children:
            text = "\n".join(_header_line(part.children[0].fields))
        elif part.type == "text/html":
            text = visible_text(_start_of(part))
        elif _is_calendar(part):
            text = _event_words(_start_of(part))
        else:
            text = _start_of(part)
        texts.append(text[:room])
        room -= len(text)
    return texts


def _is_calendar(part: Part) -> bool:
    return part.type == "text/calendar" and not part.children


def _event_words(text: str) -> str:
    """Return what somebody would search for in a calendar (RFC 5545, 3.1 and 3.3.11): what, where, then who."""
    text = _FOLD.sub("", text)
    said = [_ESCAPED.sub(lambda at: "\n" if at[1] in "nN" else at[1], value) for value in _EVENT_WORDS.findall(text)]
    return "\n".join([*said, *_EVENT_PEOPLE.findall(text)])


def _start_of(part: Part) -> str:
    """Return the text of a part, of a huge one its beginning."""
    return (part if part.size <= _BODY_LIMIT else part.shortened(_BODY_LIMIT)).text()


def _header_line(fields: Fields) -> list[str]:
    """Return the headers of a message inside that somebody would search for."""
    return [decode_header(value) for name, value in fields if name.lower() in ("from", "to", "subject")]


def _people(value: bytes) -> tuple[Address, ...]:
    return _few_people(value) if len(value) <= _REMEMBERED else addresses(value)


_few_people = lru_cache(maxsize=4096)(addresses)


def _digest(fields: Fields) -> Digest:
    values: dict[str, bytes] = {}
    for name, value in fields:
        key = name.lower()
        if key in _WANTED:
            values.setdefault(key, value)
    for key in _WORDS:
        if key in values and not values[key].isascii():
            values[key] = in_utf8(values[key], values.get("content-type", b""))
    sender = _people(values.get("from", b""))[:1] or _people(values.get("sender", b""))[:1]
    own = message_ids(values.get("message-id", b""))
    references = message_ids(values.get("references", b"")) + message_ids(values.get("in-reply-to", b""))
    return Digest(
        message_id=own[0] if own else "",
        references=tuple(dict.fromkeys(references)),
        sender=sender[0] if sender else _NOBODY,
        to=_people(values.get("to", b"")),
        cc=_people(values.get("cc", b"")),
        subject=decode_header(values.get("subject", b"")),
        date=date(values.get("date", b"")),
        attachments=0,
        filenames=(),
        preview="",
        text=None,
    )
