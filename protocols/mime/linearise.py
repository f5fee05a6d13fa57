"""Writes the visible part of HTML anew, in the few elements that html2text lays out well, in bounded chunks."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from protocols.mime.blocks import LinkList, Mark
from protocols.mime.links import linked
from protocols.mime.marks import (
    CELL,
    LINK_CLOSING,
    PREFORMATTED,
    ROW,
    closing,
    kept_blanks,
    link_opening,
    literal,
    opening,
    unsigned,
)

CHUNK = 32_768
"""Characters after which a chunk ends at the next break."""
_NESTING = 8
_ROW_LENGTH = 300

_MARKS = {
    **dict.fromkeys(("b", "strong"), Mark.BOLD),
    **dict.fromkeys(("i", "em", "cite", "var", "dfn"), Mark.ITALIC),
    **dict.fromkeys(("u", "ins"), Mark.UNDERLINE),
    **dict.fromkeys(("s", "strike", "del"), Mark.STRIKE),
    **dict.fromkeys(("code", "tt", "kbd", "samp"), Mark.CODE),
}
_STRUCTURE = frozenset(("ul", "ol", "li", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6"))
_PARAGRAPHS = frozenset(("p", "dl", "figure", "fieldset", "pre", "details"))
_LINES = frozenset(
    (
        *("div", "center", "section", "article", "main", "nav", "aside", "header", "footer", "form", "address"),
        *("table", "caption", "thead", "tbody", "tfoot", "tr", "td", "th", "dt", "dd", "figcaption", "summary"),
        *("legend", "button", "label"),
    )
)
_BREAKS = ("", "<br>", "<p>")
_BLANK = re.compile("[\\s\u00ad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u2060-\u2064\u2800\u3164\ufeff\uffa0]*")
_FOLDED = re.compile(r"\s+")
_PIXEL = re.compile(r"\s*[0-2](?:px)?\s*", re.IGNORECASE)


@dataclass(slots=True)
class _Row:
    """A table row while it is written: where its cells begin, and whether it is more than a line of data."""

    cells: list[int] = field(default_factory=list)
    length: int = 0
    fresh: bool = False
    complex: bool = False


class Lineariser:
    """Takes events of `visible.events`; `chunks` are complete pieces of simple HTML."""

    def __init__(self, links: LinkList, *, pictures: bool = False) -> None:
        """With `pictures` those without a description are named, too."""
        self.chunks: list[str] = []
        self.letters = 0
        """Characters of text so far."""
        self.unnamed = 0
        """Pictures without a description."""
        self.recipients: list[str] = []
        """Where forms would send what is typed, as they say."""
        self._pictures = pictures
        self._links = links
        self._out: list[str] = []
        self._size = 0
        self._pending = 0
        self._stack: list[str] = []
        self._rows: list[_Row] = []
        self._tables: list[bool] = []
        """Of each open table, whether it has rows of data."""
        self._anchors: list[tuple[int, str]] = []
        self._preformatted = 0

    def open(self, tag: str, attributes: Mapping[str, str | None]) -> None:
        """Begin an element."""
        if tag in _MARKS:
            self._out.append(opening(_MARKS[tag]))
        elif tag == "a":
            self._open_anchor(attributes.get("href") or "")
        elif tag in _STRUCTURE:
            self._open_structure(tag)
        elif tag == "br":
            self._break(1 if self._pending != 1 else 2)
        elif tag == "hr":
            self._break(2)
            self._write("<hr>", 0)
        elif tag == "img":
            self._image(attributes)
        elif tag in ("input", "textarea"):
            self._field(tag, attributes)
        else:
            if tag == "form" and attributes.get("action"):
                self.recipients.append(attributes["action"] or "")
            self._open_box(tag)

    def close(self, tag: str) -> None:
        """End an element."""
        if tag in _MARKS:
            self._out.append(closing(_MARKS[tag]))
        elif tag == "a":
            self._close_anchor()
        elif tag in _STRUCTURE:
            self._close_structure(tag)
        else:
            self._close_box(tag)

    def text(self, text: str) -> None:
        """Add text; blanks fold as in a browser, and padding that nobody sees is dropped."""
        if self._preformatted:
            lines = text.split("\n")
            for number, line in enumerate(lines):
                if number:
                    self._break(1)
                if line.strip():
                    self._write(PREFORMATTED + kept_blanks(line), len(line))
        elif _BLANK.fullmatch(text):
            if not self._pending and text:
                self._out.append(" ")
        else:
            folded = _FOLDED.sub(" ", text)
            self._write(literal(folded.lstrip() if self._pending else folded), len(folded))

    def finish(self) -> list[str]:
        """Return all chunks."""
        self._flush()
        return self.chunks

    def _break(self, strength: int) -> None:
        self._pending = max(self._pending, strength)

    def _write(self, content: str, length: int) -> None:
        """Write content after the break that is due; the first content of a cell marks where cells may be joined."""
        if self._rows and self._rows[-1].fresh:
            row = self._rows[-1]
            row.fresh = False
            row.cells.append(len(self._out))
            self._out.append(_BREAKS[max(1, self._pending)])
        elif self._pending:
            if self._rows:
                self._rows[-1].complex = True
            if self._size > CHUNK and not self._rows:
                self._flush()
            self._out.append(_BREAKS[self._pending])
        self._pending = 0
        self._out.append(content)
        self._size += len(content)
        self.letters += length
        if self._rows:
            self._rows[-1].length += length
            self._rows[-1].complex |= self._size > 4 * CHUNK

    def _flush(self) -> None:
        """End the chunk: open lists and quotes are closed, and opened again in the next one."""
        closed = "".join(f"</{tag}>" for tag in reversed(self._stack) if tag)
        if self._out:
            self.chunks.append("".join(self._out) + closed)
        self._stack = [tag if tag in ("blockquote", "ul", "ol") else "" for tag in self._stack]
        self._out = [f"<{tag}>" for tag in self._stack if tag]
        self._size = 0
        for row in self._rows:
            row.cells.clear()
            row.complex = True

    def _open_structure(self, tag: str) -> None:
        for row in self._rows[-1:]:
            row.complex, row.fresh = True, False
        if self._size > CHUNK:
            self._flush()
        shown = self._stack.count(tag) < _NESTING
        self._stack.append(tag if shown else "")
        self._break(1)
        if shown:
            if tag == "blockquote":
                self._out.append("<p>")
            self._out.append(f"<{tag}>")
            self._pending = 0

    def _close_structure(self, tag: str) -> None:
        if not self._stack:
            return
        shown = self._stack.pop()
        if shown:
            self._out.append(f"</{shown}>")
        self._pending = 0 if shown else 1

    def _open_box(self, tag: str) -> None:
        if tag == "table":
            self._tables.append(False)
            for row in self._rows[-1:]:
                row.complex, row.fresh = True, False
        if tag == "tr":
            self._rows.append(_Row())
        elif tag in ("td", "th") and self._rows:
            self._rows[-1].fresh = True
        if tag == "pre":
            self._preformatted += 1
        self._break(2 if tag in _PARAGRAPHS else 1 if tag in _LINES else 0)

    def _close_box(self, tag: str) -> None:
        if tag == "tr" and self._rows:
            self._end_row(self._rows.pop())
        if tag == "table" and self._tables:
            self._break(2 if self._tables.pop() or not self._rows else 1)
        if tag == "pre":
            self._preformatted = max(0, self._preformatted - 1)
        self._break(2 if tag in _PARAGRAPHS else 1 if tag in _LINES else 0)

    def _end_row(self, row: _Row) -> None:
        """Join the cells of a row of data into one line; a row of layout keeps a line for each cell."""
        if self._rows:
            self._rows[-1].fresh = False
            self._rows[-1].complex = True
        if row.complex or len(row.cells) < 2 or row.length > _ROW_LENGTH:
            return
        follows = bool(self._tables) and self._tables[-1]
        self._out[row.cells[0]] = ("<br>" if follows else "<p>") + ROW
        if self._tables:
            self._tables[-1] = True
        for place in row.cells[1:]:
            self._out[place] = CELL

    def _open_anchor(self, address: str) -> None:
        self._anchors.append((len(self._out), address))
        self._out.append("")

    def _close_anchor(self) -> None:
        """Number the link now that its text is known."""
        if not self._anchors:
            return
        place, address = self._anchors.pop()
        if place >= len(self._out) or self._out[place]:
            return
        is_short = len(self._out) - place < 200
        text = plain_of("".join(self._out[place:])).strip() if is_short else ""
        link = linked(text, address) if address else None
        number = self._links.add(link) if link else None
        if link is None or number is None:
            return
        if is_short and not text:
            return
        self._out[place] = link_opening(number)
        self._out.append(LINK_CLOSING)

    def _image(self, attributes: Mapping[str, str | None]) -> None:
        alt = _FOLDED.sub(" ", attributes.get("alt") or "").strip()
        if any(_PIXEL.fullmatch(attributes.get(side) or "") for side in ("width", "height")):
            return
        self.unnamed += not alt
        leads = any(address for _, address in self._anchors[-1:])
        if alt or self._pictures or (leads and "alt" not in attributes):  # an empty one says: an ornament
            self._stand_in(alt or "picture")

    def _field(self, tag: str, attributes: Mapping[str, str | None]) -> None:
        """A field of a form, by the words in it: a button's, or what it asks for."""
        kind = (attributes.get("type") or "text").strip().lower() if tag == "input" else "text"
        if kind == "hidden":
            return
        shown = ("placeholder",) if kind == "password" else ("alt",) if kind == "image" else ("value", "placeholder")
        words = next((found for name in shown if (found := attributes.get(name))), "") or ""
        if words := _FOLDED.sub(" ", words).strip():
            self._stand_in(words)

    def _stand_in(self, words: str) -> None:
        """Words in the place of something that is not text."""
        content = literal(f"[{words[:300]}]")
        self._write(opening(Mark.DIM) + content + closing(Mark.DIM), len(words))


_TAGS = re.compile("<[a-z]+>|</[a-z0-9]+>|[\ue000-\ue043\U000f0000-\U000fffff]")


def plain_of(text: str) -> str:
    """Return the plain text of what a lineariser wrote."""
    return unsigned(_TAGS.sub(" ", text))
