"""Points out attachments that are programs, hold some, ask for passwords, or lie about what they are."""

from collections.abc import Iterable

from protocols.mime import sniff
from protocols.mime.archives import listing
from protocols.mime.part import Part
from protocols.mime.safe import file_name

PROGRAMS = frozenset(
    (
        "exe", "com", "scr", "pif", "bat", "cmd", "msi", "msp", "msix", "appx", "cpl", "dll", "js", "jse", "vbs", "vbe",
        "wsf", "wsh", "hta", "ps1", "psm1", "lnk", "url", "reg", "jar", "jnlp", "iso", "img", "vhd", "vhdx", "chm",
        "inf", "sh", "desktop", "appimage", "command", "app", "apk", "dmg", "pkg", "deb", "rpm", "run", "gadget", "xll",
        "one", "rdp", "msc", "wsc", "sct", "library-ms", "search-ms", "settingcontent-ms", "application",
    )
)  # fmt: skip
MACROS = frozenset(("docm", "dotm", "xlsm", "xltm", "xlam", "pptm", "potm", "ppam", "ppsm", "sldm"))
PAGES = frozenset(("html", "htm", "shtml", "xhtml", "xht", "mht", "mhtml", "svg"))
"""What a browser opens, and what can ask there for a password."""
_VIEWED = ("image/", "audio/", "video/", "application/pdf")
_ARCHIVE = 8_000_000
"""Octets of an archive that is looked into without being asked."""
_MACRO_PROJECT = "vbaproject.bin"


def dangers(attached: Iterable[Part]) -> list[str]:
    """What to beware of, a sentence for each attachment that gives a reason; names are cleaned."""
    return [told for part in attached if (told := _danger(part))]


def _danger(part: Part) -> str:
    name = file_name(part.name)
    *before, extension = name.lower().split(".")
    found = sniff.content_type(part.shortened(4 * sniff.NEEDED).decoded()) if part.here else ""
    if extension in PROGRAMS and before:
        posing = len(before) > 1 and 2 < len(before[-1]) < 5
        hidden = f", made to look like a {before[-1].upper()} file" if posing else ""
        return f"The attachment {name} is a program{hidden}."
    if sniff.is_program(found) and found != "text/x-script":
        return f"The attachment {name} is a program, although its name does not say so."
    if extension in MACROS:
        return f"The attachment {name} can hold macros, which are programs."
    if sniff.disagrees(part.type, found) and part.type.startswith(_VIEWED):
        return f"The attachment {name} calls itself {part.type}, but is {found}."
    if extension in PAGES and before:
        return f"The attachment {name} is a web page: opened in a browser it can pose as any site."
    return _inside(part, name) if found == "application/zip" else ""


def _inside(part: Part, name: str) -> str:
    """What an archive holds that is a program; its directory alone is read."""
    if not part.complete or part.here > _ARCHIVE or (found := listing(part.decoded())) is None:
        return ""
    for entry in found.entries:
        inside = file_name(entry.name.replace("\\", "/").rpartition("/")[2])
        if inside.lower().rpartition(".")[2] in PROGRAMS and "." in inside:
            return f"The archive {name} holds a program: {inside}."
        if inside.lower() == _MACRO_PROJECT:
            return f"The attachment {name} holds macros, which are programs."
    return ""
