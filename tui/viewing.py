"""Looks into an attachment for the screen: a text, a message, a picture, or the list of an archive."""

from dataclasses import dataclass
from typing import Literal

from protocols import inspecting
from protocols.mime.blocks import Block, Document, Kind, Span, plain
from protocols.mime.drawing import Drawing, Form, Space
from protocols.mime.part import Part
from protocols.mime.part_document import archive_document, enclosed_document, is_enclosed, text_document
from protocols.mime.patch import ENDINGS as PATCH_ENDINGS
from protocols.mime.patch import TYPES as PATCHES
from protocols.mime.picture import FORMATS, Picture
from protocols.mime.read import LayOut
from protocols.mime.real_type import of_part
from protocols.mime.safe import SafeText, line
from store.errors import StoreError
from tui.piping import Piped

_ARCHIVES = frozenset(
    ("application/zip", "application/x-tar", "application/gzip", "application/x-bzip2", "application/x-xz",
     "application/java-archive", "application/vnd.android.package-archive", "application/epub+zip")
)  # fmt: skip
_CONTAINERS = ("application/vnd.openxmlformats", "application/vnd.oasis.opendocument")
_TEXTS = frozenset(("application/x-desktop", "application/x-mswinurl", "application/json", "image/svg+xml"))
"""Texts in spite of their type: shown as they stand."""


@dataclass(frozen=True, slots=True)
class View:
    """What is shown: a document, or a picture."""

    document: Document
    picture: Picture | Drawing | None = None


@dataclass(frozen=True, slots=True)
class Room:
    """How much room there is for a picture, in cells, and how it may be drawn there."""

    columns: int
    rows: int
    form: Form | Literal["blocks", "none"] = "blocks"
    cell: tuple[int, int] = (10, 20)
    """Width and height of a cell in pixels."""
    background: tuple[int, int, int] = (0, 0, 0)


def looked_into(part: Part, lay_out: LayOut, room: Room) -> View:
    """What there is to see of a part whose body is here.

    Raises StoreError for what cannot be shown, Misbehaved for what cannot be decoded, OSError.
    """
    if is_enclosed(part):
        return View(enclosed_document(part, lay_out))
    real = of_part(part)
    kind = real.type
    if kind in FORMATS:
        picture = _picture(part.decoded(), kind, room)
        size = f"{kind}, {picture.was[0]} × {picture.was[1]} pixels"
        return View(Document((plain(line(size), Kind.NOTICE),)), picture)
    if kind in _ARCHIVES or kind.startswith(_CONTAINERS):
        found = inspecting.listed(part.decoded())
        if found is not None:
            return View(archive_document(found))
    if kind.startswith("text/") or kind in _TEXTS or (not kind and part.type.startswith("text/")):
        is_patch = part.type in PATCHES or part.name.lower().endswith(PATCH_ENDINGS)
        shown_as = PATCHES[0] if is_patch and kind in ("text/plain", *PATCHES) else _shown_as(kind, part.type)
        return View(text_document(part, shown_as, lay_out))
    told = f"It is {kind}, nothing for a terminal." if kind else "What it is cannot be told."
    raise StoreError(told, "s saves it, | gives it to a command.")


def _picture(data: bytes, kind: str, room: Room) -> Picture | Drawing:
    if room.form == "none":
        raise StoreError('Pictures are not drawn: general.pictures is "none".', "s saves it, o opens it.")
    if room.form != "blocks":
        drawn = inspecting.drawn(data, kind, room.form, Space(room.columns, room.rows, room.cell, room.background))
        if drawn is not None:
            return drawn
    made = inspecting.pictured(data, kind, room.columns, 2 * room.rows, room.background)
    if made is None:
        raise StoreError("The picture is too large to be shown here.", "s saves it, o opens it.")
    return made


def printed(found: Piped) -> View:
    """What a command has printed."""
    blocks = [Block(Kind.PREFORMATTED, (Span(SafeText(row)),) if row else ()) for row in found.output.split("\n")]
    if found.cut:
        blocks.append(plain(SafeText("It printed more, and was stopped."), Kind.NOTICE))
    return View(Document(tuple(blocks)))


def _shown_as(kind: str, declared: str) -> str:
    """As which kind of text it is laid out: its sender's word counts where the content does not say otherwise."""
    if kind in ("text/html", "text/calendar", "text/vcard"):
        return kind
    return (
        declared if kind == "text/plain" and declared.startswith("text/") and declared != "text/html" else "text/plain"
    )
