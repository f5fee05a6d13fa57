"""Judges what an attachment really is, by its content: what to call it, and whether opening it is dangerous."""

from dataclasses import dataclass

from protocols.mime import sniff
from protocols.mime.part import ENCLOSED, Part
from protocols.mime.programs import MACROS, PROGRAMS
from protocols.mime.safe import SafeText, file_name, line

_TAIL = 256 * 1024
"""Octets of the end of a zip, where its directory is, that are looked at."""
_OFFICE = "application/vnd.openxmlformats-officedocument."
_INSIDE: tuple[tuple[bytes, str], ...] = (
    (b"AndroidManifest.xml", "application/vnd.android.package-archive"),
    (b"META-INF/MANIFEST.MF", "application/java-archive"),
    (b"word/document", f"{_OFFICE}wordprocessingml.document"),
    (b"xl/workbook", f"{_OFFICE}spreadsheetml.sheet"),
    (b"ppt/presentation", f"{_OFFICE}presentationml.presentation"),
)
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"begin:vcalendar", "text/calendar"),
    (b"begin:vcard", "text/vcard"),
    (b"[desktop entry]", "application/x-desktop"),
    (b"[internetshortcut]", "application/x-mswinurl"),
    (b"%!ps", "application/postscript"),
)
_EXTENSIONS = {
    "text/plain": "txt", "text/csv": "csv", "text/markdown": "md", "text/calendar": "ics", "text/vcard": "vcf",
    "text/x-patch": "patch", "text/x-diff": "diff", "application/json": "json", "text/html": "html",
    "image/svg+xml": "svg", "application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg", "image/gif": "gif",
    "image/webp": "webp", "image/bmp": "bmp", "image/tiff": "tiff", "image/avif": "avif", "image/heic": "heic",
    "video/mp4": "mp4", "audio/mpeg": "mp3", "audio/ogg": "ogg", "audio/flac": "flac", "audio/wav": "wav",
    "application/zip": "zip", "application/gzip": "gz", "application/x-bzip2": "bz2", "application/x-xz": "xz",
    "application/zstd": "zst", "application/x-7z-compressed": "7z", "application/vnd.rar": "rar",
    "application/x-tar": "tar", "application/rtf": "rtf", "application/epub+zip": "epub", "message/rfc822": "eml",
    "application/postscript": "ps", f"{_OFFICE}wordprocessingml.document": "docx",
    f"{_OFFICE}spreadsheetml.sheet": "xlsx", f"{_OFFICE}presentationml.presentation": "pptx",
    f"{_OPEN_DOCUMENT}text": "odt", f"{_OPEN_DOCUMENT}spreadsheet": "ods", f"{_OPEN_DOCUMENT}presentation": "odp",
    f"{_OPEN_DOCUMENT}graphics": "odg", "application/msword": "doc", "application/vnd.ms-excel": "xls",
    "application/vnd.ms-powerpoint": "ppt",
}  # fmt: skip
"""What a file of a type is called; of any other type none is opened."""
_TEXTS = frozenset(("text/csv", "text/markdown", "text/x-patch", "text/x-diff", "application/json"))
"""Kinds of text that nothing in them tells, and that are harmless whatever they hold."""
_OLD_OFFICE = {
    "doc": "application/msword", "xls": "application/vnd.ms-excel", "ppt": "application/vnd.ms-powerpoint",
}  # fmt: skip
_DANGERS = {
    "text/html": "A web page can run scripts, and tell its sender that it is read.",
    "image/svg+xml": "A picture of this kind can run scripts.",
    "application/x-desktop": "It is a shortcut, which can start any program.",
    "application/x-mswinurl": "It is a shortcut to somewhere else.",
    "application/postscript": "PostScript is a program that draws a page.",
    "application/java-archive": "It is a program.",
    "application/vnd.android.package-archive": "It is a program.",
    "application/x-iso9660-image": "It is an image of a disk, which can hold programs.",
    "application/x-ole-storage": "It is an old container of Microsoft's, perhaps an installer.",
}


@dataclass(frozen=True, slots=True)
class RealType:
    """What content is."""

    type: str
    """The media type, "" when nothing in the content tells."""
    extension: str
    """Without a dot; "" for what is not opened at all."""
    danger: SafeText
    """Why opening it is dangerous, "" when it is not known to be."""

    def file_name(self, name: str) -> SafeText:
        """A safe name that ends as content of this type does: programs choose by the ending what they do."""
        clean = file_name(name)
        if not self.extension:
            return clean
        stem, dot, ending = clean.rpartition(".")
        stem = stem if dot and stem and 1 <= len(ending) <= 8 else clean
        return file_name(f"{stem[:200]}.{self.extension}")


def of_part(part: Part) -> RealType:
    """Judge a part whose body is here, or its beginning at least; an enclosed message is what it is."""
    if part.type in ENCLOSED and part.children:
        return RealType("message/rfc822", "eml", SafeText(""))
    return real_type(part.decoded(), part.type, part.name)


def real_type(data: bytes, declared: str, name: str) -> RealType:
    """Judge content; `declared` and `name` only choose among harmless kinds, or make it more dangerous."""
    ending = file_name(name).lower().rpartition(".")[2] if "." in name else ""
    kind = sniff.content_type(data)
    if kind == "application/zip":
        kind = _zipped(data)
    elif kind == "text/plain":
        kind = _text(data, declared)
    elif kind == "application/x-ole-storage":
        kind = _OLD_OFFICE.get(ending, kind)
    return RealType(kind, _EXTENSIONS.get(kind, ""), line(_danger(kind, ending, data)))


def differs(declared: str, found: str) -> bool:
    """Whether content of the type `found` was sent as something else, as far as a person would say so."""
    if sniff.disagrees(declared, found) or sniff.is_program(found):
        return True
    return (
        declared in _EXTENSIONS and found in _EXTENSIONS and declared.partition("/")[0] != "text" and declared != found
    )


def _danger(kind: str, ending: str, data: bytes) -> str:
    if sniff.is_program(kind):
        return "It is a program."
    if kind in _DANGERS:
        return _DANGERS[kind]
    if ending in PROGRAMS:
        return f"Its name ends in .{ending}, as programs do."
    if ending in MACROS or b"vbaProject.bin" in data[-_TAIL:] or kind in _OLD_OFFICE.values():
        return "It can hold macros, which are programs."
    return ""


def _zipped(data: bytes) -> str:
    """What a zip is the container of: OpenDocument says so at its beginning, the others by what they hold."""
    if data[30:38] == b"mimetype":
        said = data[38:138].split(b"PK", 1)[0].decode("ascii", "replace").strip()
        return said if said.startswith(_OPEN_DOCUMENT) or said == "application/epub+zip" else "application/zip"
    directory = data[-_TAIL:]
    return next((kind for inside, kind in _INSIDE if inside in directory), "application/zip")


def _text(data: bytes, declared: str) -> str:
    beginning = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for start, kind in _BEGINNINGS:
        if beginning.startswith(start) or (start[:1] == b"[" and b"\n" + start in beginning):
            return kind
    return declared if declared in _TEXTS else "text/plain"
