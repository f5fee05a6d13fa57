"""Tells what bytes really are, by how they begin: a sender's word for them is no reason to believe it."""

import re

_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"%PDF-", "application/pdf"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"BM", "image/bmp"),
    (0, b"II*\0", "image/tiff"),
    (0, b"MM\0*", "image/tiff"),
    (4, b"ftypavif", "image/avif"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftyp", "video/mp4"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"PK\x05\x06", "application/zip"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"BZh", "application/x-bzip2"),
    (0, b"\xfd7zXZ\0", "application/x-xz"),
    (0, b"(\xb5/\xfd", "application/zstd"),
    (0, b"7z\xbc\xaf'\x1c", "application/x-7z-compressed"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (257, b"ustar", "application/x-tar"),
    (0, b"MZ", "application/vnd.microsoft.portable-executable"),
    (0, b"\x7fELF", "application/x-executable"),
    (0, b"\xcf\xfa\xed\xfe", "application/x-mach-binary"),
    (0, b"\xca\xfe\xba\xbe", "application/java-vm"),
    (0, b"L\0\0\0\x01\x14\x02\0", "application/x-ms-shortcut"),
    (0, b"#!", "text/x-script"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (0, b"{\\rtf", "application/rtf"),
    (0, b'x\x9f>"', "application/ms-tnef"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"OggS", "audio/ogg"),
    (0, b"fLaC", "audio/flac"),
    (8, b"WAVE", "audio/wav"),
    (32769, b"CD001", "application/x-iso9660-image"),
)
_WORDS = frozenset((b"BM", b"BZh", b"ID3"))
"""What a text may begin with too."""
_HTML = re.compile(rb"\s*(?:<!--.{0,200}?-->\s*)?<(?:!doctype html|html|head|body|script|table|div)\b", re.I | re.S)
_SVG = re.compile(rb"\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--.{0,200}?-->\s*)?<svg\b", re.I | re.S)
NEEDED = 33_000
"""Octets from the beginning that are looked at."""

_OFFICE = ("application/vnd.openxmlformats", "application/vnd.oasis", "application/vnd.ms-", "application/java-archive",
           "application/epub", "application/vnd.android")  # fmt: skip
_PROGRAMS = frozenset(
    (
        "application/vnd.microsoft.portable-executable", "application/x-executable", "application/x-mach-binary",
        "application/java-vm", "application/x-ms-shortcut", "text/x-script",
    )
)  # fmt: skip


def content_type(data: bytes) -> str:
    """The media type that content has by its first bytes, `text/plain` for text, "" when nothing tells."""
    beginning = data[:4096]
    for offset, magic, kind in _MAGIC:
        if data[offset : offset + len(magic)] == magic and not (magic in _WORDS and _is_text(beginning)):
            return kind
    if _SVG.match(beginning):
        return "image/svg+xml"
    if _HTML.match(beginning):
        return "text/html"
    return "text/plain" if beginning and _is_text(beginning) else ""


def is_program(kind: str) -> bool:
    """Whether content of this type would run."""
    return kind in _PROGRAMS


def disagrees(declared: str, found: str) -> bool:
    """Whether content of the type `found` is really something else than was declared; containers are believed."""
    if not found or found == declared or declared in ("application/octet-stream", "binary/octet-stream", ""):
        return False
    if found == "application/zip":
        return not (declared.startswith(_OFFICE) or "zip" in declared)
    if found == "application/x-ole-storage":
        return not declared.startswith("application/")
    if found in ("text/plain", "text/x-script", "text/html"):
        return declared.startswith(("image/", "audio/", "video/", "application/pdf"))
    (kind, _, detail), (said, _, more) = found.partition("/"), declared.partition("/")
    return said != kind or (kind != "application" and _plain(detail) != _plain(more))


def _plain(detail: str) -> str:
    """The subtype without what differs between names of one thing: `x-ms-bmp`, `pjpeg`, `jpg`."""
    bare = detail.removeprefix("x-").removeprefix("ms-").removeprefix("p")
    return {"jpg": "jpeg", "jpe": "jpeg", "ng": "png", "mp3": "mpeg", "wave": "wav", "vnd.wave": "wav"}.get(bare, bare)


def _is_text(data: bytes) -> bool:
    return not data.translate(None, bytes([*range(0x20, 0x100), 9, 10, 12, 13, 27]))
