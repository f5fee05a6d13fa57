"""Decodes bytes by the charset a mail claims, or by what they turn out to be."""

import codecs
import re
import unicodedata
from functools import lru_cache

from protocols.mime.vietnamese import TABLES, from_vni

# Labels of real mail that Python does not know, and narrow labels that stand for wider practice (WHATWG Encoding).
_ALIASES = {
    "ansi": "cp1252",
    "ascii": "us-ascii",
    "ansi_x3.4-1968": "us-ascii",
    "big5": "big5hkscs",
    "big5-eten": "big5hkscs",
    "chinesebig5": "big5hkscs",
    "x-x-big5": "big5hkscs",
    "cp-850": "cp850",
    "euc-kr": "cp949",
    "ks_c_5601": "cp949",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601-1989": "cp949",
    "ksc5601": "cp949",
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "gb2312_charset": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "hz-gb-2312": "hz",
    "iso-2022-jp": "iso2022_jp_ext",
    "iso-2022-jp-1": "iso2022_jp_ext",
    "cp50220": "iso2022_jp_ext",
    "cp50221": "iso2022_jp_ext",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso_8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
    "iso-8859-6-i": "iso-8859-6",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "windows-874": "cp874",
    "koi8-ru": "koi8-u",
    "macintosh": "mac-roman",
    "x-mac-roman": "mac-roman",
    "x-mac-cyrillic": "mac-cyrillic",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "unicode-1-1-utf-8": "utf-8",
    "utf8mb4": "utf-8",
    "utf8": "utf-8",
    "utf-8": "utf-8",
    "x-windows-1258": "cp1258",
    "windows-1258": "cp1258",
    "viscii": "viscii",
    "viscii1.1-1": "viscii",
    "csviscii": "viscii",
    "tcvn": "tcvn3",
    "tcvn3": "tcvn3",
    "x-viet-tcvn": "tcvn3",
    "x-viet-tcvn5712": "tcvn3",
    "tcvn-5712": "tcvn3",
    "tcvn5712-1": "tcvn3",
    "x-viet-tcvn5712-1": "tcvn3",
    "vps": "vps",
    "x-viet-vps": "vps",
    "viet-vps": "vps",
    "vni": "vni",
    "x-viet-vni": "vni",
    "vni-windows": "vni",
    "x-vni": "vni",
}
# Codecs of Python that are no charsets: they run other people's escapes, or are quadratic, or do not yield text.
_DENIED = frozenset(
    (
        "unicode-escape",
        "raw-unicode-escape",
        "idna",
        "punycode",
        "undefined",
        "mbcs",
        "oem",
        "rot-13",
        "hex",
        "zlib",
        "uu",
    )
)
_SURROGATES = re.compile("[\ud800-\udfff]")
_LABEL = re.compile(r"[a-z0-9][a-z0-9._:+-]{0,39}")
_VALID_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH = bytes(range(0x80))


def decode(data: bytes, charset: str = "") -> str:
    """Return the text of `data`, declared as `charset`; wrong and missing declarations are repaired.  Never raises.

    The result may hold control characters, but no lone surrogates; what could not be read is U+FFFD.
    """
    name = _codec(charset)
    if name in ("", "us-ascii", "utf-8"):
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            return _guessed(data, claimed_utf8=name == "utf-8")
    if name in TABLES:
        return data.decode("latin-1").translate(TABLES[name])
    if name == "vni":
        return from_vni(data)
    if name == "utf-7" and not data.isascii():
        return decode(data)
    return _declared(data, name)


def _declared(data: bytes, name: str) -> str:
    """Decode by a codec of Python; bytes that it refuses are tried as UTF-8 before they are replaced."""
    try:
        text = data.decode(name)
    except (UnicodeError, ValueError):
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            text = data.decode("latin-1") if name == "cp1252" else data.decode(name, "replace")
    if name == "cp1258":
        text = _composed(text)
    return _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", text)


def _guessed(data: bytes, *, claimed_utf8: bool) -> str:
    """Decode 8-bit data that is not UTF-8: damaged UTF-8 when most of it is, else windows-1252 as browsers do."""
    high = len(data.translate(None, _HIGH))
    valid = sum(len(found) for found in _VALID_MULTIBYTE.findall(data[:65536]))
    if valid * 2 > min(high, 65536) or (claimed_utf8 and valid):
        return data.decode("utf-8", "replace")
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _composed(text: str) -> str:
    """Compose base and mark pairs of windows-1258 (NFC), unless sorting a long run of marks would be quadratic."""
    return text if re.search("[\u0300-\u036f]{32}", text) else unicodedata.normalize("NFC", text)


@lru_cache(maxsize=256)
def _codec(charset: str) -> str:
    """Return the Python codec, or the table, for a declared charset, and "" when it is unknown or refused."""
    label = charset[:200].strip().strip("\"'").lower()
    label = label.removeprefix("charset=").strip().strip("\"'")
    label = re.split(r"[;,\s\0]", label, maxsplit=1)[0]
    if not _LABEL.fullmatch(label):
        return ""
    if label in _ALIASES:
        return _ALIASES[label]
    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError, UnicodeError):
        return ""
    if name.replace("_", "-") in _DENIED or not _is_text(name):
        return ""
    return _ALIASES.get(name, "us-ascii" if name == "ascii" else name)


def _is_text(name: str) -> bool:
    """Tell whether a codec turns bytes into text: the others (rot13, hex) refuse `bytes.decode`."""
    try:
        return isinstance(b" ".decode(name, "replace"), str)
    except (LookupError, ValueError):
        return False
