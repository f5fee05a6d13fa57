"""Decodes header values: encoded words (RFC 2047), raw 8-bit bytes, folding."""

import binascii
import re

from protocols.mime.charsets import decode

LIMIT = 65_536
"""Bytes or characters of one header value that are looked at; more is no text that anybody reads."""

WORD = re.compile(r"=\?([^?\s]{1,64})\?([bBqQ])\?([^?]*)\?=")
_FOLD = re.compile(r"\r?\n(?=[ \t])")
_BREAK = re.compile(r"[\r\n\0]+")
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]+")
_SURROGATES = re.compile("[\ud800-\udfff]")


def decode_header(value: bytes | str) -> str:
    """Return the text of an unstructured header value, on one line and without NUL.

    Words that cannot be decoded are shown as they are; raw 8-bit bytes are UTF-8 or windows-1252.  The result is not
    cleaned for display.  Never raises; time and memory are linear in the value, which is cut at 64 KiB.
    """
    text = unfolded(value)
    return _BREAK.sub(" ", decode_words(text)) if "=?" in text else text


def unfolded(value: bytes | str) -> str:
    """Return a raw value as one line of text, encoded words untouched."""
    text = (
        decode(value[:LIMIT])
        if isinstance(value, bytes)
        else _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", value[:LIMIT])
    )
    if "\n" in text or "\r" in text or "\0" in text:
        text = _BREAK.sub(" ", _FOLD.sub("", text.rstrip("\r\n")))
    return text.strip(" \t")


def decode_words(text: str) -> str:
    """Decode every encoded word; neighbours of one charset are joined first, since some senders split characters."""
    pieces: list[str] = []
    held = b""
    charset = ""
    end = 0
    follows_word = False
    for match in WORD.finditer(text):
        between = text[end : match.start()]
        data = _word_bytes(match[2], match[3])
        label = match[1].partition("*")[0].lower()
        adjacent = follows_word and data is not None and not between.strip()
        if held and not (adjacent and label == charset):
            pieces.append(decode(held, charset))
            held = b""
        if not adjacent:
            pieces.append(between)
        if data is None:
            pieces.append(match[0])
        else:
            held += data
        follows_word = data is not None
        charset = label
        end = match.end()
    pieces.append(decode(held, charset))
    pieces.append(text[end:])
    return "".join(pieces)


def _word_bytes(encoding: str, text: str) -> bytes | None:
    """Return the bytes of an encoded word, None when they cannot be read at all."""
    if not text.isascii():
        return None
    if encoding in "qQ":
        return binascii.a2b_qp(text.replace("_", " ").encode("ascii"), header=False)
    digits = _NOT_BASE64.sub("", text)
    if len(digits) % 4 == 1:
        digits = digits[:-1]
    if not digits:
        return b"" if not text else None
    return binascii.a2b_base64(digits + "=" * (-len(digits) % 4))
