"""Bytes become text whatever their label says, in the charsets of old mail too."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.mime.charsets import decode
from protocols.mime.safe import block

LABELS = st.text(max_size=30) | st.sampled_from(
    [
        "utf-8",
        "utf-7",
        "utf-16",
        "utf-32",
        "iso-2022-jp",
        "iso-2022-kr",
        "hz",
        "gb2312",
        "big5",
        "euc-kr",
        "shift_jis",
        "cp1258",
        "viscii",
    ]
)


@given(st.binary(), LABELS)
def test_any_bytes_decode_under_any_label_without_lone_surrogates(data: bytes, charset: str) -> None:
    decode(data, charset).encode("utf-8")


@pytest.mark.parametrize(
    "charset",
    [
        "DEFAULT_CHARSET",
        "X-UNKNOWN",
        "unknown-8bit",
        "fakescii",
        "charset=utf-8",
        "utf-8; format",
        "'utf-8'",
        '"utf-8"',
        "utf8mb4",
        "us-ascii",
        "",
        "utf-8\0x",
        "a" * 5000,
        "é",
        "unicode_escape",
        "raw_unicode_escape",
        "idna",
        "punycode",
        "undefined",
        "rot13",
        "hex",
        "zlib",
        "bz2",
        "base64",
        "uu",
        "quopri",
        "mbcs",
    ],
)
def test_c01_c02_unknown_and_refused_labels_read_as_utf_8(charset: str) -> None:
    assert decode("xin chào \\x1b".encode(), charset) == "xin chào \\x1b"


@pytest.mark.parametrize(
    ("data", "charset", "text"),
    [
        pytest.param("日本".encode("cp932"), "x-sjis", "日本", id="C01-x-sjis"),
        pytest.param("中文".encode("gb18030"), "x-gbk", "中文", id="C01-x-gbk"),
        pytest.param("中文".encode("big5"), "CHINESEBIG5", "中文", id="C01-big5"),
        pytest.param("ไทย".encode("cp874"), "windows-874", "ไทย", id="C01-thai"),
        pytest.param("Tiếng".encode(), "us-ascii", "Tiếng", id="C06-ascii-lies"),
        pytest.param(b"caf\xe9", "utf-8", "café", id="C06-utf-8-lies"),
        pytest.param(b"\x93quoted\x94", "iso-8859-1", "“quoted”", id="C06-latin-1-is-cp1252"),
        pytest.param(b"a\x81b", "iso-8859-1", "a\x81b", id="C06-undefined-byte"),
        pytest.param(b"Ti\xea\xecng", "windows-1258", "Tiếng", id="C03-cp1258"),
        pytest.param(b"Ti\xaang Vi\xaet", "viscii", "Tiếng Việt", id="C03-viscii"),
        pytest.param(b"Ti\x89ng Vi\x8ct, \x11Th\xd2", "x-viet-vps", "Tiếng Việt, ỌThồ", id="C03-vps"),
        pytest.param(
            b"Xin cha\xf8o ca\xf9c ba\xefn, \xd1\xf6\xf4\xf8ng", "x-viet-vni", "Xin chào các bạn, Đường", id="C03-vni"
        ),
        pytest.param(b"A\xf9nh, QUO\xc1C, caf\xe9", "vni", "Ánh, QUỐC, café", id="C03-vni-capitals-and-others"),
        pytest.param(b"Ti\xd5ng Vi\xd6t", "x-viet-tcvn5712", "Tiếng Việt", id="C03-tcvn3"),
        pytest.param(b"+ABs-x", "utf-7", "\x1bx", id="C02-utf-7-when-seven-bit"),
        pytest.param("é+ABs-".encode(), "utf-7", "é+ABs-", id="C02-utf-7-when-not"),
        pytest.param(b'\x1b$B$"\x1b(B ok', "iso-2022-jp", "あ ok", id="C04-iso-2022-jp"),
        pytest.param(b'\x1b$B$" and on', "iso-2022-jp", None, id="C04-never-closed"),
        pytest.param(b"~{<:Ky~} ok ~{", "hz-gb-2312", None, id="C04-hz-cut"),
        pytest.param("中".encode("gb18030")[:1], "gb18030", "�", id="C04-gb18030-cut"),
        pytest.param("안녕".encode("euc-kr"), "ks_c_5601-1987", "안녕", id="C04-korean"),
        pytest.param(b"ok \xff \xc3\xa9", "utf-8", "ok � é", id="C05-damaged-utf-8"),
    ],
)
def test_text_is_readable(data: bytes, charset: str, text: str | None) -> None:
    found = decode(data, charset)
    if text is None:  # how much of it can be read is the codec's affair, but no escape stays in it when cleaned
        assert "\x1b" not in block(found)
    else:
        assert found == text
