"""Opens winmail.dat (MS-OXTNEF): the text and the files that Outlook packed into it."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from protocols.mime.charsets import decode
from protocols.mime.lzfu import unpacked_rtf
from protocols.mime.mapi import OBJECT, STRING, UNICODE, properties

TYPES = ("application/ms-tnef", "application/vnd.ms-tnef")
OCTETS = 64_000_000
"""Larger packings stay as they are."""
_ATTRIBUTES = 20_000
_FILES = 1000
_SIGNATURE = b"\x78\x9f\x3e\x22"
_ATTACHMENT = 2
_BEGINS, _TITLE, _DATA, _FILE_PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005
_BODY, _MESSAGE_PROPERTIES, _CODEPAGE = 0x800C, 0x9003, 0x9007
_SHORT_NAME, _LONG_NAME, _SHOWN_NAME, _CONTENT = 0x3704, 0x3707, 0x3001, 0x3701
_TEXT, _UNPACKED_TEXT, _HTML, _RTF, _INTERNET_CODEPAGE = 0x1000, 0x3FD9, 0x1013, 0x1009, 0x3FDE
_INTERFACE = 16
"""Octets in front of an object: what would open it."""


@dataclass(frozen=True, slots=True)
class Packed:
    """One thing in a packing: a file, or the message's text, whose `type` is known and which has no name."""

    name: str
    data: bytes
    """Of a text UTF-8, except RTF."""
    type: str = ""


def unpacked(data: bytes) -> list[Packed]:
    """What a winmail.dat holds, the best form of its text first; empty when it cannot be read.  Never raises; linear.

    No library does this here: the one there is believes every count, and 60 octets keep it busy for hours.
    """
    if len(data) > OCTETS or not data.startswith(_SIGNATURE):
        return []
    packing = _Packing()
    for number, (level, name, value) in enumerate(_attributes(data)):
        if number >= _ATTRIBUTES:
            return []
        if level == _ATTACHMENT:
            packing.file_attribute(name, value)
        else:
            packing.message_attribute(name, value)
    return [*packing.text(), *packing.packed_files()]


def _attributes(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield level, name and content of each attribute (level, name, type, length, data, checksum: section 2.1.3)."""
    position = 6
    while position + 11 < len(data):
        level, name, _, length = struct.unpack_from("<BHHI", data, position)
        yield level, name, data[position + 9 : min(position + 9 + length, len(data) - 2)]
        position += 11 + length


class _File:
    """A file while its attributes come in; they come in any order."""

    __slots__ = ("data", "long_name", "name", "shown_name")

    def __init__(self) -> None:
        self.name = self.long_name = self.shown_name = ""
        self.data = b""


class _Packing:
    """Collects what the attributes say."""

    def __init__(self) -> None:
        self.files: list[_File] = []
        self._codepage = ""
        self._texts: dict[str, bytes] = {}

    def file_attribute(self, name: int, value: bytes) -> None:
        """Take an attribute of the file that began last."""
        if name == _BEGINS and len(self.files) < _FILES:
            self.files.append(_File())
        if not self.files:
            return
        file = self.files[-1]
        if name == _TITLE:
            file.name = file.name or self._decoded(value)
        elif name == _DATA:
            file.data = value
        elif name == _FILE_PROPERTIES:
            self._file_properties(file, value)

    def _file_properties(self, file: _File, value: bytes) -> None:
        for name, kind, content in properties(value):
            if name == _SHORT_NAME:
                file.name = self._decoded(content, kind)
            elif name == _LONG_NAME:
                file.long_name = self._decoded(content, kind)
            elif name == _SHOWN_NAME:
                file.shown_name = self._decoded(content, kind)
            elif name == _CONTENT:
                file.data = content[_INTERFACE:] if kind == OBJECT else content

    def message_attribute(self, name: int, value: bytes) -> None:
        """Take an attribute of the message."""
        if name == _CODEPAGE:
            self._codepage = _charset(value)
        elif name == _BODY:
            self._texts["text/plain"] = self._decoded(value).encode("utf-8", "replace")
        elif name == _MESSAGE_PROPERTIES:
            self._message_properties(value)

    def _message_properties(self, value: bytes) -> None:
        found = {name: (content, kind) for name, kind, content in properties(value)}
        codepage = _charset(found[_INTERNET_CODEPAGE][0]) if _INTERNET_CODEPAGE in found else ""
        for name, kind in ((_UNPACKED_TEXT, "text/plain"), (_TEXT, "text/plain"), (_HTML, "text/html")):
            if name in found:
                self._texts[kind] = self._decoded(*found[name], codepage).encode("utf-8", "replace")
        if _RTF in found:
            self._texts["text/rtf"] = unpacked_rtf(found[_RTF][0])

    def _decoded(self, value: bytes, kind: int = STRING, codepage: str = "") -> str:
        """A text without the NUL at its end; UTF-8 is recognised whatever is said of it."""
        if kind == UNICODE:
            text = decode(value, "utf-16-le")
        else:
            value = value.rstrip(b"\0")
            text = decode(value, "" if _is_utf8(value) else codepage or self._codepage)
        return text.partition("\0")[0] if kind == UNICODE else text

    def text(self) -> list[Packed]:
        """The message's text in its best form."""
        for kind in ("text/html", "text/rtf", "text/plain"):
            if self._texts.get(kind, b"").strip(b"\0 \r\n\t"):
                return [Packed("", self._texts[kind], kind)]
        return []

    def packed_files(self) -> list[Packed]:
        """The files that have content or a name."""
        named = ((file.long_name or file.name or file.shown_name, file.data) for file in self.files)
        return [Packed(name.strip("\0"), data) for name, data in named if name or data]


def _charset(value: bytes) -> str:
    """A charset by the number of a Windows code page."""
    number = int.from_bytes(value[:4], "little")
    return {65001: "utf-8", 20127: "us-ascii", 20866: "koi8-r", 28591: "iso-8859-1"}.get(number, f"cp{number}")


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True
