"""Reads address lists (RFC 5322 section 3.4): groups, comments, routes, and broken ones, in one pass."""

import re

from protocols.mime.words import decode_words, unfolded
from store.model import Address

_LENGTH = 262_144
_COMMENTS = 50

# Nearly every From: a plain or quoted name without specials, and one address.
_SIMPLE = re.compile(
    r'(?:"([^"\\]*)"|([^"(),:;<>@\\\[\]]*))\s*<\s*([^\s<>"(),:;@\\\[\]]+@[^\s<>"(),:;@\\\[\]]+)\s*>|'
    r'([^\s<>"(),:;@\\\[\]]+@[^\s<>"(),:;@\\\[\]]+)'
)
_TOKEN = re.compile(r'=\?[^?\s]{1,64}\?[bBqQ]\?[^?<>"\r\n]*\?=|\\.|[^"(),:;<>\\=]+|.', re.DOTALL)
_BREAKS = re.compile(r"[\r\n\0]+")
_BLANKS = re.compile(r"\s+")
_ROUTE = re.compile(r"@[^:]*:")


def addresses(value: bytes | str, limit: int = 1000) -> tuple[Address, ...]:
    """Return the mailboxes of an address list, at most `limit`, names decoded, group names dropped.  Never raises.

    The structure is read before encoded words are decoded, so no word can forge an address.  Of several addresses in
    angles the last one is where mail goes; the others stay visible in its name.
    """
    text = unfolded(value[:_LENGTH])
    if not text or limit < 1:
        return ()
    if simple := _SIMPLE.fullmatch(text):
        name = simple[1] if simple[1] is not None else simple[2]
        return (Address(_name(name or ""), simple[3] or simple[4]),)
    return tuple(_Scanner(text, limit).result)


def _name(text: str) -> str:
    """Return a display name, its words decoded, on one line."""
    decoded = decode_words(text) if "=?" in text else text
    return _BREAKS.sub(" ", decoded).strip()


class _Scanner:
    """One pass over the tokens of a list; `result` grows mailbox by mailbox."""

    def __init__(self, text: str, limit: int) -> None:
        self.result: list[Address] = []
        self._limit = limit
        self._phrase: list[str] = []
        self._angle: list[str] | None = None
        self._address = ""
        self._comments: list[str] = []
        self._comment: list[str] = []
        self._depth = 0
        self._quoted: list[str] | None = None
        self._after_quotes = False
        self._held = ""
        self._last_quote = text.rfind('"')
        self._last_paren = text.rfind(")")
        for match in _TOKEN.finditer(text):
            self._take(match[0], match.start())
            if len(self.result) >= limit:
                return
        self._end_mailbox()
        self._flush()
        del self.result[limit:]

    def _take(self, token: str, position: int) -> None:
        if self._quoted is not None:
            self._in_quotes(token)
        elif self._depth:
            self._in_comment(token)
        elif token == '"':
            # A quote that is never closed is only a character.
            if position < self._last_quote:
                self._quoted = []
        elif token == "(" and position < self._last_paren:
            self._depth = 1
        elif self._angle is not None:
            self._in_angle(token)
        else:
            self._outside(token)

    def _in_quotes(self, token: str) -> None:
        assert self._quoted is not None
        if token != '"':
            self._quoted.append(token[1:] if token[0] == "\\" else token)
            return
        content = "".join(self._quoted)
        self._quoted = None
        if self._angle is not None:
            self._angle.append(f'"{content}"')
        else:
            self._phrase.append(content)
            self._after_quotes = True

    def _in_comment(self, token: str) -> None:
        if token == "(":
            self._depth += 1
        elif token == ")":
            self._depth -= 1
            if not self._depth and len(self._comments) < _COMMENTS:
                self._comments.append("".join(self._comment).strip())
                self._comment = []
        elif len(self._comment) < 200:
            self._comment.append(token[1:] if token[0] == "\\" else token)

    def _in_angle(self, token: str) -> None:
        assert self._angle is not None
        if token in (">", "<"):
            self._close_angle()
            self._angle = [] if token == "<" else None
        elif token in (",", ";") and "@" in "".join(self._angle[-3:]) and self._angle[0][:1] != "@":
            self._end_mailbox()
        else:
            self._angle.append(_BLANKS.sub("", token))

    def _close_angle(self) -> None:
        """Take the address between angles; one that stood there before moves into the name."""
        content = "".join(self._angle or ())
        content = _ROUTE.sub("", content, count=1) if content.startswith("@") else content
        self._angle = None
        if content:
            if self._address:
                self._phrase.append(f" <{self._address}> ")
            self._address = content

    def _outside(self, token: str) -> None:
        after_quotes, self._after_quotes = self._after_quotes, False
        if after_quotes and token[0] == "@" and not self._address:
            self._address = f'"{self._phrase.pop()}"{token.strip()}'
        elif token == "<":
            self._angle = []
        elif token in (",", ";"):
            self._end_mailbox()
            if token == ";":
                self._flush()
        elif token == ":" and "@" not in "".join(self._phrase[-3:]):
            self._phrase.clear()
            self._flush()
        elif token != ">":
            self._phrase.append(token[1:] if len(token) == 2 and token[0] == "\\" else token)

    def _end_mailbox(self) -> None:
        """Close the current mailbox at a separator or at the end of the list."""
        if self._angle is not None:
            self._close_angle()
        phrase = _BLANKS.sub(" ", "".join(self._phrase)).strip()
        address, comments = self._address, self._comments
        self._phrase, self._address, self._comments = [], "", []
        if address:
            held, self._held = self._held, ""
            name = ", ".join(part for part in (held, phrase) if part)
            self._append(Address(_name(name or " ".join(comments)), address))
        elif "@" in phrase:
            self._flush()
            self._append(_bare(phrase, comments))
        elif phrase:
            # Probably the first half of an unquoted "Last, First <address>".
            self._flush()
            self._held = phrase

    def _flush(self) -> None:
        """Emit a word that turned out to stand alone: a local user without a domain."""
        if self._held:
            held, self._held = self._held, ""
            self._append(Address("", held) if "=?" not in held and " " not in held else Address(_name(held), ""))

    def _append(self, address: Address) -> None:
        if len(self.result) < self._limit:
            self.result.append(address)


def _bare(phrase: str, comments: list[str]) -> Address:
    """Read a mailbox without angles; of several words the last one with an @ is the address."""
    words = phrase.split()
    place = next(number for number in range(len(words) - 1, -1, -1) if "@" in words[number])
    if words[place].strip("@") == words[place]:
        rest = " ".join(words[:place] + words[place + 1 :])
        return Address(_name(rest or " ".join(comments)), words[place])
    return Address(_name(" ".join(comments)), "".join(words))
