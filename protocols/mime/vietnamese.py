"""The Vietnamese charsets before Unicode that Python has no codec for: VISCII, TCVN 5712 (TCVN3), VPS and VNI."""

import re
import unicodedata

# Upper halves, 0x80 to 0xFF (RFC 1456; TCVN 5712:1993 VN1).  Both also put capital letters on control codes.
_VISCII_HIGH = (
    "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲÕắằặấầẩậẽẹếềểễệốồổỗỠƠộờởịỰỨỪỬơớƯ"
    "ÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳĐứÒÓÔạỷừửÙÚỹỵÝỡưàáâãảăữẫèéêẻìíĩỉđựòóôõỏọụùúũủýợỮ"
)
_VISCII_LOW = {0x02: "Ẳ", 0x05: "Ẵ", 0x06: "Ẫ", 0x14: "Ỷ", 0x19: "Ỹ", 0x1E: "Ỵ"}

_TCVN_HIGH = (
    "ÀẢÃÁẠẶẬÈẺẼÉẸỆÌỈĨÍỊÒỎÕÓỌỘỜỞỠỚỢÙỦŨ\xa0ĂÂÊÔƠƯĐăâêôơưđẰ\u0300\u0309\u0303\u0301\u0323àảãáạẲằẳẵắẴ"
    "ẮẦẨẪẤỀặầẩẫấậèỂẻẽéẹềểễếệìỉỄẾỒĩíịòỔỏõóọồổỗốộờởỡớợùỖủũúụừửữứựỳỷỹýỵỐ"
)
_TCVN_LOW = {
    0x01: "Ú",
    0x02: "Ụ",
    0x04: "Ừ",
    0x05: "Ử",
    0x06: "Ữ",
    0x11: "Ứ",
    0x12: "Ự",
    0x13: "Ỳ",
    0x14: "Ỷ",
    0x15: "Ỹ",
    0x16: "Ý",
    0x17: "Ỵ",
}


# Of the Vietnamese Professionals Society.  Capital letters with a dot below stand on control codes here too.
_VPS_HIGH = (
    "ÀẢÃẤẦẨọỗĂếềểệẮẰẲẾ‘’ỀỂỄỐỒỔỖýỷỵỚỜỞ\xa0ắằẳẵặỠớÙờởỡŨỨợỪổỬỲỸÍÌộỈĨÓửữÒỎÕự"
    "ầÁÂấẩẫậđẻÉÊẹỉễịỹƯỦồốÔỏơÈừứÚũưÝẺßàáâãảạăçèéêẽìíîĩẴĐòóôõöƠụùúủüỶẼỳ"
)
_VPS_LOW = {
    0x02: "Ạ",
    0x03: "Ậ",
    0x04: "Ặ",
    0x05: "Ẹ",
    0x06: "Ệ",
    0x10: "Ị",
    0x11: "Ọ",
    0x12: "Ộ",
    0x13: "Ợ",
    0x14: "Ụ",
    0x15: "Ự",
    0x19: "Ỵ",
    0x1C: "Ẫ",
    0x1D: "Ữ",
}


def _table(low: dict[int, str], high: str) -> dict[int, str]:
    return low | {0x80 + position: char for position, char in enumerate(high)}


TABLES = {
    "viscii": _table(_VISCII_LOW, _VISCII_HIGH),
    "tcvn3": _table(_TCVN_LOW, _TCVN_HIGH),
    "vps": _table(_VPS_LOW, _VPS_HIGH),
}
"""From the name of a charset to a `str.translate` table for its bytes read as latin-1."""

# VNI for Windows writes a vowel, then a letter of Latin-1 for its marks: "chaøo" is "chào".
_VNI_LETTERS = {"ô": "ơ", "ö": "ư", "ñ": "đ", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ"}
_GRAVE, _ACUTE, _HOOK, _TILDE, _DOT, _CIRCUMFLEX, _BREVE = "\u0300\u0301\u0309\u0303\u0323\u0302\u0306"
_VNI_MARKS = {
    "ø": _GRAVE,
    "ù": _ACUTE,
    "û": _HOOK,
    "õ": _TILDE,
    "ï": _DOT,
    "â": _CIRCUMFLEX,
    "à": _CIRCUMFLEX + _GRAVE,
    "á": _CIRCUMFLEX + _ACUTE,
    "å": _CIRCUMFLEX + _HOOK,
    "ã": _CIRCUMFLEX + _TILDE,
    "ä": _CIRCUMFLEX + _DOT,
    "ê": _BREVE,
    "è": _BREVE + _GRAVE,
    "é": _BREVE + _ACUTE,
    "ú": _BREVE + _HOOK,
    "ü": _BREVE + _TILDE,
    "ë": _BREVE + _DOT,
}
_TONES = "øùûõï"
_CIRCUMFLEXED = _TONES + "âàáåãä"
_ALL_MARKS = _CIRCUMFLEXED + "êèéúüë"
# capitals take marks of either case ("Aùnh")
_VNI = re.compile(
    f"a[{_ALL_MARKS}]|[eo][{_CIRCUMFLEXED}]|[uyôö][{_TONES}]"
    f"|A[{_ALL_MARKS}{_ALL_MARKS.upper()}]|[EO][{_CIRCUMFLEXED}{_CIRCUMFLEXED.upper()}]"
    f"|[UYÔÖ][{_TONES}{_TONES.upper()}]"
    f"|[{''.join(_VNI_LETTERS)}{''.join(_VNI_LETTERS).upper()}]"
)


def from_vni(data: bytes) -> str:
    """Return the text of VNI for Windows, in NFC."""
    return _VNI.sub(_vni_letter, data.decode("latin-1"))


def _vni_letter(found: re.Match[str]) -> str:
    sign, mark = found[0][0], found[0][1:].lower()
    letter = _VNI_LETTERS.get(sign.lower(), sign.lower())
    composed = unicodedata.normalize("NFC", letter + _VNI_MARKS.get(mark, ""))
    return composed.upper() if sign.isupper() else composed
